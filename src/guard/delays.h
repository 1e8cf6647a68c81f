/* How long those who opened files were held up: counted in steps that are a fifth apart, so that any share of them can be told to that exactness. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

#define KH_DELAY_STEPS 96 /* 1 µs … 40 s */

struct kh_delays {
	uint64_t counts[KH_DELAY_STEPS];
	uint64_t n;
	int64_t max_ns;
};

void kh_delays_add(struct kh_delays *d, int64_t ns);

/* Not exceeded by so many of a thousand (500: the median), in µs; 0: none was counted. */
double kh_delays_us(const struct kh_delays *d, unsigned permille) KH_PURE;
