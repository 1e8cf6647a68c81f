#include "os/shipped.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"

#include <string.h>

#define LEVELS 4 /* TREE/out/build/src/khien-server */

/* "/usr/sbin" → "/usr"; false at the top. */
static bool climb(char *dir)
{
	size_t n = strlen(dir);
	while (n && dir[n - 1] != '/' && dir[n - 1] != '\\')
		n--;
	dir[n ? n - 1 : 0] = '\0';
	return *dir;
}

static bool take_if_there(char *path, char **ret)
{
	kh_auto_free char *own = path;
	if (!kh_file_exists(own))
		return false;
	*ret = kh_take(own);
	return true;
}

int kh_shipped(const char *share, const char *checkout, char **ret)
{
	kh_auto_free char *dir = NULL;
	int r = kh_program_dir(&dir);
	if (r < 0)
		return r;
	bool more = climb(dir);
	if (more && take_if_there(kh_format("%s/share/khien/%s", dir, share), ret))
		return 0;
	for (int level = 0; more && level < LEVELS && !kh_streq(dir, "/usr"); level++, more = climb(dir))
		if (take_if_there(kh_format("%s/%s", dir, checkout), ret))
			return 0;
	*ret = kh_format("/usr/share/khien/%s", share);
	return 0;
}
