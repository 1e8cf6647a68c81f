/* The bytes of an open regular file that a worker was given. A small one is copied: it may change or shrink while it is looked at, and all that is said of it must be of the same bytes.
 * A large one is mapped, which costs no memory that the system could not take back; one that is cut short meanwhile ends the process by SIGBUS, and its host says so
 * (KH_CREW_CUT_SHORT). */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_given {
	const uint8_t *bytes;
	size_t n;

	void *map; /* private, as the rest; NULL: it was copied */
	uint8_t *copy; /* room that is used again */
	size_t copy_size;
};

enum kh_given_outcome { KH_GIVEN_TAKEN, KH_GIVEN_TOO_LARGE /* or it grew past that while it was read */, KH_GIVEN_UNREADABLE };

struct kh_given_limits {
	uint64_t max;    /* bytes that are taken at all … */
	uint64_t copied; /* … and that are copied */
};

/* *ret_error: errno, of what is UNREADABLE. To be given back in every case. */
enum kh_given_outcome kh_given_take(struct kh_given *g, int fd, const struct kh_given_limits *limits, int *ret_error) KH_MUST_USE;
void kh_given_back(struct kh_given *g);

uint64_t kh_given_size(int fd); /* as it is now */
