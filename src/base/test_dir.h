/* For tests only: the end of a directory that a test made for itself.
 *
 *     static char dir[] = "/tmp/khien-store-XXXXXX";
 *     … mkdtemp(dir) …
 *     return kh_test_remove(dir);
 */
#pragma once

#include "base/attr.h"

#include <ftw.h>
#include <stdio.h>

static int KH_UNUSED kh_test_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

/* With everything below it; symbolic links are not followed. 0, or -1 when something is left. */
static int KH_UNUSED kh_test_remove(const char *path)
{
	enum { DESCRIPTORS = 16 };
	return nftw(path, kh_test_remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
