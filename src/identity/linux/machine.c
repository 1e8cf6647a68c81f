#include "identity/machine.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/file.h"

#include <sys/utsname.h>

enum { MAX_NAME = 200 };

/* The value of PRETTY_NAME="…": quotes off, escapes left alone (no system has any there). */
static char *pretty_name(char *text)
{
	for (char *line = NULL; (line = kh_split(&text, "\n")) != NULL;) {
		if (!kh_starts_with(line, "PRETTY_NAME="))
			continue;
		char *value = kh_trim(line + strlen("PRETTY_NAME="));
		size_t n = strlen(value);
		bool quoted = n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value;
		value += quoted ? 1 : 0;
		n -= quoted ? 2 : 0;
		return kh_strndup(value, kh_utf8_valid_prefix(value, KH_MIN(n, (size_t)MAX_NAME), MAX_NAME));
	}
	return NULL;
}

char *kh_machine_os_name(const char *root)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/etc/os-release", root), *elsewhere = kh_format("%s/usr/lib/os-release", root);
	kh_auto_free char *name = NULL;
	if (kh_file_read(path, 64 * KH_KIB, &text) == 0 || kh_file_read(elsewhere, 64 * KH_KIB, &text) == 0)
		name = text.data ? pretty_name(text.data) : NULL;
	if (name && *name)
		return kh_take(name);
	struct utsname kernel = {0};
	uname(&kernel);
	return kh_format("%.60s %.100s", kernel.sysname, kernel.release);
}
