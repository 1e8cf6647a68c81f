/* For fuzz targets: any bytes given to a reader, with limits so small that each is reached. Every byte of every member is read. */
#pragma once

#include "base/time.h"
#include "unpack/members.h"

static inline void fuzz_on_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	uint8_t *sum = context;
	for (size_t i = 0; i < n; i++)
		*sum ^= bytes[i];
	while (*name)
		*sum ^= (uint8_t)*name++;
}

static inline void fuzz_on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	uint8_t *sum = context;
	*sum ^= (uint8_t)kind;
	while (name && *name)
		*sum ^= (uint8_t)*name++;
}

/* Small, so that each is reached. */
static const struct kh_unpack_limits fuzz_limits = {
	.depth = 3,
	.members = 200,
	.member_bytes = 64 * KH_KIB,
	.held_bytes = 128 * KH_KIB,
	.total_bytes = KH_MIB,
	.ratio = 100,
	.ratio_floor = 256 * KH_KIB,
	.time_ms = 2000,
};

static inline int fuzz_reader(void (*reader)(struct kh_members *m, const uint8_t *bytes, size_t n), const uint8_t *bytes, size_t n)
{
	uint8_t sum = 0;
	struct kh_members m;
	struct kh_unpack u = {.limits = &fuzz_limits, .deadline_ms = kh_monotonic_ms() + fuzz_limits.time_ms, .on_member = fuzz_on_member, .on_gap = fuzz_on_gap};
	kh_members_init(&m, &u, &sum, n, false);
	reader(&m, bytes, n);
	kh_members_done(&m);
	return 0;
}
