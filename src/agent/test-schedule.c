#include "agent/schedule.h"

#include "base/test.h"
#include "base/time.h"

#include <stdlib.h>
#include <time.h>

#define HOUR 3600
#define MONDAY INT64_C(1732467600) /* 2024-11-25 00:00 in Viet Nam */
#define AT(day, hour) (MONDAY + (day) * KH_DAY_S + (int64_t)((hour) * HOUR))

static const char *const lunch_and_night[] = {"11:30-13:00", "19:00-06:00", NULL}, *const weekend[] = {"sat 08:00-12:00", NULL}, *const none[] = {NULL};

static int in_viet_nam(void **state KH_UNUSED)
{
	setenv("TZ", "UTC-7", 1);
	tzset();
	return 0;
}

static void what_was_long_ago_is_due(void **state KH_UNUSED)
{
	assert_true(kh_schedule_due(KH_DAY_S, 0, MONDAY));
	assert_true(kh_schedule_due(KH_DAY_S, MONDAY - KH_DAY_S, MONDAY));
	assert_false(kh_schedule_due(KH_DAY_S, MONDAY - KH_DAY_S + 1, MONDAY));
	assert_true(kh_schedule_due(KH_DAY_S, MONDAY + 1, MONDAY));
	assert_false(kh_schedule_due(0, 0, MONDAY));
}

static void a_full_scan_has_its_hours(void **state KH_UNUSED)
{
	static const struct {
		const char *const *hours;
		int64_t last_s, now_s, place_s;
		enum kh_schedule_when when;
	} cases[] = {
		{lunch_and_night, AT(-8, 12), AT(0, 10), 0, KH_SCHEDULE_NOT},          {lunch_and_night, AT(-8, 12), AT(0, 11.5), 0, KH_SCHEDULE_IN_HOURS},
		{lunch_and_night, AT(-8, 12), AT(0, 13), 0, KH_SCHEDULE_NOT},          {lunch_and_night, AT(-8, 12), AT(0, 20), 0, KH_SCHEDULE_IN_HOURS},
		{lunch_and_night, AT(-8, 12), AT(0, 11.5), 30 * 60, KH_SCHEDULE_NOT},  {lunch_and_night, AT(-8, 12), AT(0, 12), 30 * 60, KH_SCHEDULE_IN_HOURS},
		{lunch_and_night, AT(-2, 12), AT(0, 12), 0, KH_SCHEDULE_NOT},          {lunch_and_night, AT(-7, 12.5), AT(0, 11.5), 0, KH_SCHEDULE_IN_HOURS}, /* a little early */
		{lunch_and_night, AT(-9, 9), AT(0, 9), 0, KH_SCHEDULE_LATE},           {lunch_and_night, AT(-9, 9), AT(0, 12), 0, KH_SCHEDULE_IN_HOURS},
		{lunch_and_night, AT(-9, 10), AT(0, 9), 0, KH_SCHEDULE_NOT},           {weekend, AT(-7, 9), AT(1, 9), 0, KH_SCHEDULE_NOT},
		{weekend, AT(-1, 9), AT(5, 9), 0, KH_SCHEDULE_IN_HOURS},               {none, AT(-8, 0), AT(0, 9), 0, KH_SCHEDULE_IN_HOURS},
		{NULL, AT(-8, 0), AT(0, 9), 0, KH_SCHEDULE_IN_HOURS},                  {NULL, AT(-1, 0), AT(0, 9), 0, KH_SCHEDULE_NOT},
		{lunch_and_night, AT(9, 0), AT(0, 9), 0, KH_SCHEDULE_LATE}, /* the clock was wrong */
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		const struct kh_schedule_full s = {.every_s = 7 * KH_DAY_S, .late_s = 2 * KH_DAY_S, .hours = cases[i].hours, .place_s = cases[i].place_s, .last_s = cases[i].last_s};
		if (kh_schedule_full(&s, cases[i].now_s) != cases[i].when)
			fail_msg("case %zu", i);
	}
}

static void it_stops_when_they_end_and_never_when_it_has_none(void **state KH_UNUSED)
{
	const struct kh_schedule_full s = {.every_s = KH_DAY_S, .hours = lunch_and_night, .place_s = 30 * 60}, free_one = {.every_s = KH_DAY_S};
	assert_true(kh_schedule_goes_on(&s, AT(0, 11.5)));
	assert_true(kh_schedule_goes_on(&s, AT(0, 12.9)));
	assert_false(kh_schedule_goes_on(&s, AT(0, 13)));
	assert_true(kh_schedule_goes_on(&free_one, AT(0, 9)));
}

static void one_that_is_switched_off_is_never_due(void **state KH_UNUSED)
{
	const struct kh_schedule_full s = {.every_s = 0, .late_s = 0};
	assert_int_equal(kh_schedule_full(&s, MONDAY), KH_SCHEDULE_NOT);
}

/* However far apart machines are to begin, each finds a moment in its hours. */
static void every_place_is_within_the_hours(void **state KH_UNUSED)
{
	static const char *const short_hours[] = {"11:30-11:40", NULL};
	for (int64_t place = 0; place < 12 * HOUR; place += 77) {
		const struct kh_schedule_full s = {.every_s = 7 * KH_DAY_S, .late_s = 90 * KH_DAY_S, .hours = short_hours, .place_s = place, .last_s = AT(-8, 0)};
		assert_int_equal(kh_schedule_full(&s, AT(0, 11.5) + 9 * 60), KH_SCHEDULE_IN_HOURS);
	}
}

static void machines_are_spread_and_stay_in_their_places(void **state KH_UNUSED)
{
	enum { MACHINES = 10000, PARTS = 10, SPREAD = 1800 };
	int in_part[PARTS] = {0};
	for (int i = 0; i < MACHINES; i++) {
		char endpoint[40];
		snprintf(endpoint, sizeof endpoint, "%08d-0000-4000-8000-000000000000", i);
		int64_t place = kh_schedule_place_s(endpoint, "full", SPREAD);
		assert_in_range(place, 0, SPREAD - 1);
		assert_int_equal(place, kh_schedule_place_s(endpoint, "full", SPREAD));
		in_part[place * PARTS / SPREAD]++;
	}
	for (int i = 0; i < PARTS; i++)
		assert_in_range(in_part[i], MACHINES / PARTS * 8 / 10, MACHINES / PARTS * 12 / 10);
	assert_int_equal(kh_schedule_place_s("a", "full", 0), 0);
	assert_int_not_equal(kh_schedule_place_s("a", "full", 1000000), kh_schedule_place_s("a", "quick", 1000000));
}

KH_TESTS_WITH(in_viet_nam, NULL, what_was_long_ago_is_due, a_full_scan_has_its_hours, it_stops_when_they_end_and_never_when_it_has_none, one_that_is_switched_off_is_never_due,
	      every_place_is_within_the_hours, machines_are_spread_and_stay_in_their_places)
