/* A share of the processor, asked for and kept to: the caller says once a second how many percent of one core may be used (kh_scan_options, kh_search_options: `cpu_percent`), and waits as long as
 * it is told before it begins more (scan/pace.h). */
#pragma once

#include "base/attr.h"
#include "scan/pace.h"

#include <stddef.h>

struct kh_share {
	int (*percent_of)(void *context); /* NULL: there is no limit */
	void *context;
	struct kh_pace pace;
	int percent; /* as last asked … */
	int64_t asked_ms; /* … then */
};

/* `used_ns`: CPU time that the workers and this process have used so far. */
void kh_share_start(struct kh_share *s, int (*percent_of)(void *context), void *context, int64_t used_ns);

/* How long nothing more should be begun; 0: go on. */
int kh_share_wait_ms(struct kh_share *s, int64_t used_ns) KH_MUST_USE;

/* How many workers the machine has processors for. */
size_t kh_share_processors(void);
