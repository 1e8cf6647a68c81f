/* How long to wait before trying again: 1 s, doubling to 15 minutes, each with ±30 % of chance, so that a thousand agents do not come back together. */
#pragma once

#include <stdint.h>

#define KH_BACKOFF_FIRST_MS INT64_C(1000)
#define KH_BACKOFF_MAX_MS (INT64_C(15) * 60 * 1000)

struct kh_backoff {
	int64_t base_ms; /* 0: nothing has failed yet */
};

/* The wait after one more failure; not shorter than the server asked for (Retry-After; 0: it did not), but for more than 15 minutes. */
int64_t kh_backoff_fail(struct kh_backoff *b, int64_t asked_ms);

/* After a success. */
void kh_backoff_reset(struct kh_backoff *b);

/* `ms` with ±30 % of chance. */
int64_t kh_jitter(int64_t ms);
