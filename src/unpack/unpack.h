/* What holds other content is taken apart, in memory: archives, compressed files, documents, mail, scripts (container.h decides which, by the content). Each member
 * is handed to a function, which may take it apart in turn. Nothing is written, no helper program is run. A compressed file that is no archive inside has one member,
 * named "data".
 *
 * Names of members are bytes as the container has them (in the locale's encoding where an archive's format says another: set LC_CTYPE to UTF-8). */
#pragma once

#include "base/attr.h"
#include "unpack/gap.h"
#include "unpack/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_unpack {
	const struct kh_unpack_limits *limits;
	int64_t deadline_ms; /* kh_monotonic_ms() */

	void (*on_member)(void *context, const char *name, const uint8_t *bytes, size_t n);
	void (*on_gap)(void *context, enum kh_gap_kind kind, const char *name); /* name NULL: the container itself */

	/* Asked before a member of an archive, or a stream of an OLE2 file, is unpacked: false leaves it alone, as if it were not there. NULL: all are wanted. */
	bool (*wants)(void *context, const char *name);

	/* Used so far, by all containers in one file. */
	uint64_t members, total_bytes;
	size_t held_bytes;
};

bool kh_unpack_is_container(const uint8_t *bytes, size_t n); /* or looks like one */

/* Unpacks the bytes, if they are a container; what stands in the way is told by on_gap. `context` is handed to both functions. */
void kh_unpack_run(struct kh_unpack *u, const uint8_t *bytes, size_t n, void *context);
