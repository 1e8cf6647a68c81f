/* What the API counts about itself, for /metrics. Atomic: many threads add. */
#pragma once

#include "base/attr.h"

#include <stdatomic.h>
#include <stdint.h>

/* Upper ends of the buckets of a request's duration, in milliseconds; the last bucket has none. */
#define KH_METRICS_BUCKETS {5, 25, 100, 300, 1000}
#define KH_METRICS_BUCKETS_COUNT 5

struct kh_api_metrics {
	_Atomic int64_t by_class[6]; /* answers by hundreds of their status: 2xx … 5xx */
	_Atomic int64_t buckets[KH_METRICS_BUCKETS_COUNT + 1];
	_Atomic int64_t total_us;
	_Atomic int64_t files; /* of the console */
};

void kh_metrics_add(struct kh_api_metrics *metrics, int status, int64_t took_us);
