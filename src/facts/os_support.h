/* When systems stop getting security fixes: packs/lists/os-support.yaml as a table (made at build time by make_tables.py). */
#pragma once

#include "base/attr.h"

#include <stdint.h>

struct kh_os_support {
	const char *distro, *version;
	int64_t support_end_s, paid_end_s; /* end of that day, UTC+7; paid 0: none */
};

extern const struct kh_os_support kh_os_support_table[]; /* ends with distro NULL */

/* The row for ID and VERSION_ID of os-release: "9.3" finds "9", the longest match counts; NULL when the list does not know the system. */
const struct kh_os_support *kh_os_support_find(const char *distro, const char *version);
