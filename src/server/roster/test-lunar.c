#include "server/roster/lunar.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "server/posture/reading.h"

static int64_t day_of(const char *text)
{
	int64_t day = 0;
	assert_true(kh_day_parse(text, &day));
	return day;
}

/* The first days of the years 2000 to 2030 in Viet Nam; in 2007 and 2030 they are a day before those of China. */
static const char *const tet[] = {
	"2000-02-05", "2001-01-24", "2002-02-12", "2003-02-01", "2004-01-22", "2005-02-09", "2006-01-29", "2007-02-17", "2008-02-07", "2009-01-26", "2010-02-14",
	"2011-02-03", "2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12",
	"2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-02",
};

static void the_first_day_of_every_year(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_COUNT(tet); i++)
		if (kh_tet(2000 + (int)i) != day_of(tet[i]))
			fail_msg("%d: %lld, not %s", 2000 + (int)i, (long long)kh_tet(2000 + (int)i), tet[i]);
}

static void the_hung_kings(void **state)
{
	(void)state;
	static const char *const days[] = {"2015-04-28", "2016-04-16", "2017-04-06", "2018-04-25", "2019-04-14", "2020-04-02", "2021-04-21", "2022-04-10", "2023-04-29", "2024-04-18", "2025-04-07", "2026-04-26"};
	for (size_t i = 0; i < KH_COUNT(days); i++)
		assert_int_equal(kh_lunar_day(2015 + (int)i, 3, 10), day_of(days[i]));
}

static void leap_months(void **state)
{
	(void)state;
	static const struct {
		int year, month;
	} leaps[] = {{2001, 4}, {2004, 2}, {2006, 7}, {2009, 5}, {2012, 4}, {2014, 9}, {2017, 6}, {2020, 4}, {2023, 2}, {2025, 6}, {2028, 5}};
	size_t at = 0;
	for (int year = 2000; year <= 2028; year++) {
		bool leap = at < KH_COUNT(leaps) && leaps[at].year == year;
		assert_int_equal(kh_lunar_leap_month(year), leap ? leaps[at++].month : 0);
	}
}

/* Every day of sixty years follows the one before. */
static void days_follow_each_other(void **state)
{
	(void)state;
	struct kh_lunar before = kh_lunar_of_day(day_of("1990-01-01"));
	for (int64_t day = day_of("1990-01-02"); day < day_of("2050-01-01"); day++) {
		struct kh_lunar now = kh_lunar_of_day(day);
		bool next_day = now.day == before.day + 1 && now.month == before.month && now.year == before.year && now.leap == before.leap;
		bool next_month = now.day == 1 && before.day >= 29 && before.day <= 30 && (now.month == before.month % 12 + 1 || (now.leap && !before.leap && now.month == before.month)) &&
				  now.year == before.year + (before.month == 12 && !now.leap);
		if (!next_day && !next_month)
			fail_msg("day %lld: %d/%d/%d after %d/%d/%d", (long long)day, now.day, now.month, now.year, before.day, before.month, before.year);
		before = now;
	}
}

static void both_ways_agree(void **state)
{
	(void)state;
	for (int year = 2000; year < 2050; year++)
		for (int month = 1; month <= 12; month++) {
			struct kh_lunar lunar = kh_lunar_of_day(kh_lunar_day(year, month, 15));
			assert_int_equal(lunar.year, year);
			assert_int_equal(lunar.month, month);
			assert_int_equal(lunar.day, 15);
			assert_false(lunar.leap);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_day_of_every_year), cmocka_unit_test(the_hung_kings), cmocka_unit_test(leap_months), cmocka_unit_test(days_follow_each_other), cmocka_unit_test(both_ways_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
