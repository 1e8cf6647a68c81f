/* When the agent's scans are due. Pure questions: the times are given, so tests can ask about any. Times are corrected Unix time in seconds. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a machine stands within a spread: the same at each start, different from its neighbours'. `what` tells kinds apart. In [0, spread_s). */
int64_t kh_schedule_place_s(const char *endpoint, const char *what, int64_t spread_s);

/* So long ago that it is due again; 0: it never is. A last time in the future is that of a clock which was wrong: due. */
bool kh_schedule_due(int64_t every_s, int64_t last_s, int64_t now_s) KH_PURE;

struct kh_schedule_full {
	int64_t every_s, late_s;   /* made up for outside of its hours when it is late by late_s */
	const char *const *hours;  /* base/hours.h; NULL or empty: any */
	int64_t place_s;           /* after the beginning of the hours, but in their first half */
	int64_t last_s;            /* the last one that was complete */
};

enum kh_schedule_when {
	KH_SCHEDULE_NOT,
	KH_SCHEDULE_IN_HOURS, /* to be stopped when they end */
	KH_SCHEDULE_LATE,     /* whenever the machine is on */
};
enum kh_schedule_when kh_schedule_full(const struct kh_schedule_full *s, int64_t now_s);

/* Whether one that runs may go on: its hours are not over. */
bool kh_schedule_goes_on(const struct kh_schedule_full *s, int64_t now_s);
