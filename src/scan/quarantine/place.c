#include "scan/quarantine/place.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One step at a time would let a longer path be opened than the kernel takes at once; in steps of whole names below PATH_MAX it does too, with fewer calls. */
static const char *first_part(const char *path, char part[KH_MAX_PATH])
{
	size_t n = strlen(path);
	if (n >= KH_MAX_PATH)
		for (n = KH_MAX_PATH - 1; n > 0 && path[n] != '/';)
			n--;
	memcpy(part, path, n);
	part[n] = '\0';
	return path + n + strspn(path + n, "/");
}

static int open_from(int at, const char *folder, int *ret_fd)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	char part[KH_MAX_PATH];
	const char *rest = first_part(folder, part);
	long fd = syscall(SYS_openat2, at, part, &how, sizeof how);
	if (fd < 0)
		return kh_fail_errno("%s", part);
	if (!*rest) {
		*ret_fd = (int)fd;
		return 0;
	}
	int r = open_from((int)fd, rest, ret_fd);
	close((int)fd);
	return r;
}

int kh_place_open(const char *path, int *ret_dir_fd)
{
	const char *slash = strrchr(path, '/');
	if (path[0] != '/' || !slash[1])
		return kh_fail(KH_E_USAGE, "%s is not the absolute path of a file", path);
	kh_auto_free char *folder = kh_strndup(path, (size_t)KH_MAX(slash - path, (ptrdiff_t)1));
	return open_from(AT_FDCWD, folder, ret_dir_fd);
}
