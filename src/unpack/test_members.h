/* For tests only: what a reader gives, as text. */
#pragma once

#include "unpack/members.h"

typedef void (*test_reader)(struct kh_members *m, const uint8_t *bytes, size_t n);

/* One line for each member and gap, in order:
 *
 *     part 1: "hello"           at most 60 bytes of the content, others shown as \xNN; then "… (1000 bytes)"
 *     ! encrypted: name         a gap
 *
 * To be freed. The reader gets a copy of its own, so that reading past the end is seen. */
char *test_members_of(test_reader reader, const void *bytes, size_t n, const struct kh_unpack_limits *limits);

/* Compares, with the usual limits. */
#define check_members(reader, bytes, n, expected)                                                                \
	do {                                                                                                     \
		const struct kh_unpack_limits usual_ = KH_UNPACK_LIMITS;                                       \
		kh_auto_free char *got_ = test_members_of(reader, bytes, n, &usual_);                            \
		assert_string_equal(got_, expected);                                                             \
	} while (0)
