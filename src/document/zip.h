/* A ZIP file in memory, by libarchive's writer: what DOCX is made of. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct kh_zip_member {
	const char *name; /* ASCII */
	const struct kh_buf *bytes;
};

/* KH_E_TOO_LARGE when it does not fit into `out`. */
int kh_zip_write(const struct kh_zip_member *members, size_t n, int64_t made_s, struct kh_buf *out) KH_MUST_USE;
