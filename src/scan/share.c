#include "scan/share.h"

#include "base/time.h"

#include <time.h>
#include <unistd.h>

enum { ASKED_EACH_MS = 1000, LONGEST_MS = 60000 };

static int64_t monotonic_ns(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void kh_share_start(struct kh_share *s, int (*percent_of)(void *context), void *context, int64_t used_ns)
{
	*s = (struct kh_share){.percent_of = percent_of, .context = context, .asked_ms = INT64_MIN / 2};
	kh_pace_start(&s->pace, monotonic_ns(), used_ns);
}

int kh_share_wait_ms(struct kh_share *s, int64_t used_ns)
{
	const int64_t now_ms = kh_monotonic_ms();
	if (!s->percent_of)
		return 0;
	if (now_ms - s->asked_ms >= ASKED_EACH_MS) {
		s->percent = s->percent_of(s->context);
		s->asked_ms = now_ms;
	}
	const int64_t wait_ns = kh_pace_wait_ns(&s->pace, s->percent, monotonic_ns(), used_ns);
	return wait_ns <= 0 ? 0 : (int)KH_MIN(wait_ns / 1000000 + 1, (int64_t)LONGEST_MS);
}

size_t kh_share_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (size_t)n;
}
