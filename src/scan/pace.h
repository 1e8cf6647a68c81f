/* Keeping a scan within a share of one core, by the CPU time that it has really used: what was used beyond the share is waited for before more is begun. What
 * was left unused (the disk was slow) is kept for a moment only, so that no burst follows. Numbers only; who waits is the caller. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

#define KH_PACE_BURST_NS INT64_C(200000000) /* of unused time that is kept */
#define KH_PACE_LOOK_NS INT64_C(1000000000) /* with a share of 0, looked at again after so long */

struct kh_pace {
	int64_t at_ns, used_ns; /* when it was last asked, and what had been used then */
	int64_t credit_ns;      /* CPU time that may be used; negative: was used too early */
};

void kh_pace_start(struct kh_pace *p, int64_t now_ns, int64_t used_ns);

/* How long nothing more should be begun; 0: go on. `percent` of one core since the last question: 0 for none, 200 for two cores. */
int64_t kh_pace_wait_ns(struct kh_pace *p, int percent, int64_t now_ns, int64_t used_ns) KH_MUST_USE;
