#include "agent/backoff.h"

#include "base/attr.h"
#include "crypto/random.h"

int64_t kh_jitter(int64_t ms)
{
	return ms * (700 + (int64_t)kh_random_below(601)) / 1000;
}

int64_t kh_backoff_fail(struct kh_backoff *b, int64_t asked_ms)
{
	b->base_ms = b->base_ms ? KH_MIN(b->base_ms * 2, KH_BACKOFF_MAX_MS) : KH_BACKOFF_FIRST_MS;
	return KH_MAX(kh_jitter(b->base_ms), KH_MIN(asked_ms, KH_BACKOFF_MAX_MS));
}

void kh_backoff_reset(struct kh_backoff *b)
{
	b->base_ms = 0;
}
