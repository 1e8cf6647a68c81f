/* Head of a ClamAV database (.cvd, .cld): 512 bytes of text, filled with blanks,
 *
 *     ClamAV-VDB:07 Nov 2024 10-32 +0100:27451:2067301:90:MD5:SIGNATURE:BUILDER:1730971920
 *
 * Here because both what reads a machine's state and what reads databases need it. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define KH_CVD_HEAD 512

struct kh_cvd {
	int64_t built_s, version, signatures;
	int64_t level;       /* of the engine that understands all of it */
	char md5[33];        /* of what follows the head, hex; "X" in a .cld */
	char signature[384]; /* of the MD5; "X" in a .cld */
};

/* KH_E_SYNTAX when it is none. */
int kh_cvd_parse(const char *bytes, size_t n, struct kh_cvd *ret) KH_MUST_USE;
