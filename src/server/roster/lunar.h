/* The Vietnamese lunisolar calendar, computed: new moons and the sun's longitude by the formulas of J. Meeus, Astronomical Algorithms (chapters 25 and 49), days of UTC+7.
 *
 * A month begins on the day of the new moon. The month in which the winter solstice falls is the eleventh. Between two eleventh months lie twelve months or thirteen; of thirteen the
 * first in which the sun enters no new sign (of 30°) is a leap month and has the number of the one before it. Good to a minute or two, so a day can only be wrong when a new moon or a
 * solstice falls that near to midnight; test-lunar.c compares with the years 2000 to 2030. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_lunar {
	int year, month, day;
	bool leap; /* a leap month: of the same number as the one before */
};

/* Days are those of kh_time_day_number(). */
struct kh_lunar kh_lunar_of_day(int64_t day);

/* The first day of the year; a day of a month that is no leap month. */
int64_t kh_lunar_day(int year, int month, int day);
static inline int64_t kh_tet(int year)
{
	return kh_lunar_day(year, 1, 1);
}

/* The number of the year's leap month; 0: it has none. */
int kh_lunar_leap_month(int year);
