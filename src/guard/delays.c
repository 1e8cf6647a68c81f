#include "guard/delays.h"

#define STEP 1.2

void kh_delays_add(struct kh_delays *d, int64_t ns)
{
	double us = (double)ns / 1000, end = 1;
	unsigned step = 0;
	for (; us > end && step < KH_DELAY_STEPS - 1; step++)
		end *= STEP;
	d->counts[step]++;
	d->n++;
	d->max_ns = KH_MAX(d->max_ns, ns);
}

double kh_delays_us(const struct kh_delays *d, unsigned permille)
{
	uint64_t wanted = (d->n * permille + 999) / 1000, seen = 0;
	double end = 1;
	for (unsigned i = 0; i < KH_DELAY_STEPS && d->n; i++, end *= STEP) {
		seen += d->counts[i];
		if (seen >= wanted)
			return KH_MIN(end, (double)d->max_ns / 1000);
	}
	return 0;
}
