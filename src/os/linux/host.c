#include "os/host.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

int kh_host_name(char **ret)
{
	char name[256] = "";
	if (gethostname(name, sizeof name - 1) < 0)
		return kh_fail_errno("gethostname");
	*ret = kh_strdup(name);
	return 0;
}

bool kh_host_is_privileged(void)
{
	return geteuid() == 0;
}

bool kh_host_has_package(void)
{
	kh_auto_free char *dir = NULL;
	return kh_program_dir(&dir) == 0 && kh_starts_with(dir, "/usr/") && !kh_starts_with(dir, "/usr/local/");
}

int kh_host_usage(struct kh_host_usage *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct rusage usage = {0};
	int r = kh_file_read("/proc/self/statm", 4096, &text);
	if (r < 0)
		return r;
	char *rest = text.data, *pages = NULL;
	kh_split(&rest, " ");
	pages = kh_split(&rest, " ");
	int64_t resident = 0;
	if (!pages || !kh_parse_int(pages, 0, INT64_MAX / 65536, &resident))
		return kh_fail(KH_E_SYNTAX, "/proc/self/statm");
	getrusage(RUSAGE_SELF, &usage);
	ret->resident_kib = resident * (sysconf(_SC_PAGESIZE) / 1024);
	ret->cpu_ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000) + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
	return 0;
}

int kh_host_user(const char *name, unsigned *ret_uid, unsigned *ret_gid, bool *ret_found)
{
	char strings[4096];
	struct passwd entry = {0}, *found = NULL;
	int e = getpwnam_r(name, &entry, strings, sizeof strings, &found);
	if (e)
		return kh_fail(KH_E_IO, "user %s: error %d", name, e);
	*ret_found = found != NULL;
	if (found) {
		*ret_uid = entry.pw_uid;
		*ret_gid = entry.pw_gid;
	}
	return 0;
}

int kh_host_terminal_columns(void)
{
	struct winsize size = {0};
	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}
