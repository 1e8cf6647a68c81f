/* The names in an open folder, in the order in which the file system has them, without "." and "..". Asked straight of the kernel: readdir() of the C library asks three things more of each folder, and
 * most folders of a tree hold a few names. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

#define KH_ENTRIES_BYTES 32768 /* asked for at a time */

struct kh_entry {
	const char *name; /* lent until the next entry */
	int kind;         /* DT_REG, DT_DIR …; DT_UNKNOWN: the file system does not say */
};

struct kh_entries {
	int fd;     /* lent */
	int error;  /* errno, at the end; 0: that was all */
	size_t at, n;
	_Alignas(8) char bytes[KH_ENTRIES_BYTES];
};
void kh_entries_begin(struct kh_entries *e, int fd);
bool kh_entries_next(struct kh_entries *e, struct kh_entry *ret) KH_MUST_USE; /* false: the end */
