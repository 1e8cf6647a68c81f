/* How far one file is looked into. Reaching a limit is no error: what was seen counts, and it is told which limit ("partly scanned"). */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_unpack_limits {
	size_t depth;          /* archives inside archives */
	uint64_t members;      /* of all archives in the file together */
	size_t member_bytes;   /* of one member: the rest of it is left out */
	size_t held_bytes;     /* members unpacked at the same time, one inside the other */
	uint64_t total_bytes;  /* unpacked, of all members together */
	uint64_t ratio;        /* unpacked bytes per byte of the archive … */
	uint64_t ratio_floor;  /* … once more than so many were unpacked: small texts shrink well */
	int64_t time_ms;       /* for the whole file */
	bool closed;           /* nothing is unpacked; that was wished, and is no lack */
};

#define KH_UNPACK_LIMITS                                                                                                                   \
	{                                                                                                                                   \
		.depth = 10,                     /* a mail in a zip in a backup is 4 deep; a quine is endless */                            \
		.members = 100000,               /* a Linux source tree has 80,000 files */                                                 \
		.member_bytes = 128 * KH_MIB,    /* malware is small; what is larger is a disk image or a film */                           \
		.held_bytes = 256 * KH_MIB,      /* bounds the memory of a worker */                                                        \
		.total_bytes = 2048 * KH_MIB,    /* some ten seconds of work */                                                             \
		.ratio = 500,                    /* logs shrink 20 to 100 times, a bomb 1,000 times and more */                             \
		.ratio_floor = 32 * KH_MIB,                                                                                                 \
		.time_ms = 60000,                                                                                                           \
	}

#define KH_UNPACK_MAX_MEMBER 512 /* bytes of a member's path */

/* What a compressor may look back to, held in memory. xz -9 asks for 64 MiB, zstd --ultra -22 for 128; a file that asks for more is of an unknown kind. */
#define KH_UNPACK_MAX_WINDOW_LOG 28
#define KH_UNPACK_MAX_DICTIONARY ((uint64_t)1 << KH_UNPACK_MAX_WINDOW_LOG)

/* As a part of a message: eight u64 in their order, closed u8. */
void kh_unpack_limits_put(const struct kh_unpack_limits *l, struct kh_buf *b);
bool kh_unpack_limits_get(struct kh_cursor *c, struct kh_unpack_limits *ret) KH_MUST_USE;
