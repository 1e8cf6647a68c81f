#include "base/hours.h"

#include "base/test.h"

#include <stdlib.h>
#include <time.h>

enum { MON, TUE, WED, THU, FRI, SAT, SUN };
#define AT(day, hour, minute) ((day) * 1440 + (hour) * 60 + (minute))

static void hours_hold_what_they_say(void **state KH_UNUSED)
{
	static const struct {
		const char *text;
		int minute;
		bool within;
	} cases[] = {
		{"11:30-13:00", AT(MON, 11, 30), true},       {"11:30-13:00", AT(SUN, 12, 59), true},       {"11:30-13:00", AT(WED, 13, 0), false},  {"11:30-13:00", AT(WED, 11, 29), false},
		{"19:00-06:00", AT(MON, 0, 0), true},         {"19:00-06:00", AT(MON, 5, 59), true},        {"19:00-06:00", AT(MON, 6, 0), false},   {"19:00-06:00", AT(SUN, 23, 59), true},
		{"mon-fri 19:00-06:00", AT(SAT, 5, 0), true}, {"mon-fri 19:00-06:00", AT(SAT, 19, 0), false}, {"mon-fri 19:00-06:00", AT(MON, 5, 0), false},
		{"sun 22:00-02:00", AT(MON, 1, 0), true},     {"sun 22:00-02:00", AT(SUN, 1, 0), false},    {"fri-mon 08:00-09:00", AT(SUN, 8, 0), true},
		{"fri-mon 08:00-09:00", AT(TUE, 8, 0), false}, {"Sat 00:00-24:00", AT(SAT, 23, 59), true},  {"sat 00:00-24:00", AT(SUN, 0, 0), false}, {" sat  8:00-9:00 ", AT(SAT, 8, 30), true},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_hours h = {0};
		if (!kh_hours_parse(cases[i].text, &h))
			fail_msg("%s cannot be read", cases[i].text);
		if ((kh_hours_since(&h, cases[i].minute) >= 0) != cases[i].within)
			fail_msg("%s at minute %d", cases[i].text, cases[i].minute);
	}
}

static void hours_say_how_long_they_have_been(void **state KH_UNUSED)
{
	struct kh_hours h = {0};
	assert_true(kh_hours_parse("mon-fri 19:00-06:00", &h));
	assert_int_equal(kh_hours_length(&h), 11 * 60);
	assert_int_equal(kh_hours_since(&h, AT(MON, 19, 0)), 0);
	assert_int_equal(kh_hours_since(&h, AT(SAT, 5, 59)), 11 * 60 - 1);
	assert_int_equal(kh_hours_since(&h, AT(SAT, 6, 0)), -1);
}

static void what_is_no_hours_is_refused(void **state KH_UNUSED)
{
	static const char *const wrong[] = {"", "-", "11:30", "11:30-", "-13:00", "11:30-11:30", "11.30-13", "25:00-26:00", "24:00-06:00", "11:60-12:00", "1130-1300", "xyz 11:30-13:00",
					    "mon- 11:30-13:00", "mon-xyz 11:30-13:00", "11:30-13:00 mon", "11:30-24:01", "11:3-12:00", "mon tue 11:30-13:00",
					    "mon                                                              11:30-13:00"};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		struct kh_hours h = {0};
		if (kh_hours_parse(wrong[i], &h))
			fail_msg("\"%s\" was taken", wrong[i]);
	}
}

static void a_moment_has_its_place_in_the_week(void **state KH_UNUSED)
{
	setenv("TZ", "UTC-7", 1); /* Viet Nam */
	tzset();
	assert_int_equal(kh_week_minute(1732147200), AT(THU, 7, 0)); /* 2024-11-21 00:00 UTC */
	assert_int_equal(kh_week_minute(1732467540), AT(SUN, 23, 59));
	assert_int_equal(kh_week_minute(1732467600), AT(MON, 0, 0));
}

KH_TESTS(hours_hold_what_they_say, hours_say_how_long_they_have_been, what_is_no_hours_is_refused, a_moment_has_its_place_in_the_week)
