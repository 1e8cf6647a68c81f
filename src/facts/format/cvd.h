/* Head of a ClamAV database (.cvd, .cld): 512 bytes of text, "ClamAV-VDB:07 Nov 2024 10-32 +0100:27451:2067301:90:MD5:SIGNATURE:BUILDER:TIME". */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct kh_cvd {
	int64_t built_s, version, signatures;
};

/* KH_E_SYNTAX when it is none. */
int kh_cvd_parse(const char *bytes, size_t n, struct kh_cvd *ret) KH_MUST_USE;
