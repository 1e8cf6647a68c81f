/* Hours of the week, as settings name them: "11:30-13:00" every day, "mon-fri 19:00-06:00" with the days on which it begins; "00:00-24:00" is a whole day. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_WEEK_MINUTES (7 * 24 * 60)

struct kh_hours {
	uint8_t days;       /* on which it begins: bit 0 Monday … bit 6 Sunday */
	int16_t from, till; /* minutes of the day; till ≤ from: it ends on the next day */
};

bool kh_hours_parse(const char *text, struct kh_hours *ret) KH_MUST_USE;

/* Minutes since it began, at a minute of the week (0: Monday 00:00, local time); -1: it is not within. */
int kh_hours_since(const struct kh_hours *h, int week_minute) KH_PURE;
int kh_hours_length(const struct kh_hours *h) KH_PURE; /* in minutes */

/* The minute of the week that a moment is here, by the machine's time zone. */
int kh_week_minute(int64_t s);
