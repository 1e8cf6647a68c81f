/* logrotate's configuration (logrotate.conf(5)), as far as it says how long a log is kept: daily/weekly/monthly/yearly, rotate N, maxage N. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_logrotate {
	int64_t period_days, rotate, max_age_days; /* 0: not said */
};

/* Reads n bytes; settings outside of blocks change *defaults. When a block names a log that fits `path`, *ret is defaults with the block's
 * settings, *ret_found true. */
void kh_logrotate_parse(const char *text, size_t n, const char *path, struct kh_logrotate *defaults, struct kh_logrotate *ret, bool *ret_found);

/* Days a log is kept by these settings; 0: they do not say. */
int64_t kh_logrotate_days(const struct kh_logrotate *l);
