/* One header of the rpm database: what rpm keeps of an installed package.
 *
 * Format (rpm.org, "RPM V4 package format", header structure; in the database without magic): u32 number of entries, u32 bytes of data, then the
 * entries {u32 tag, u32 type, i32 offset, u32 count} and the data, all big-endian; strings end with NUL. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* Texts are lent from the bytes parsed; NULL when the header has none. */
struct kh_rpm_header {
	const char *name, *version, *release, *arch, *vendor, *licence, *group, *source_rpm;
	int64_t epoch, install_s, size_bytes; /* -1: not there */
};

/* KH_E_SYNTAX for bytes that are no header, or one without name, version or release. */
int kh_rpm_header_parse(const void *bytes, size_t n, struct kh_rpm_header *ret) KH_MUST_USE;
