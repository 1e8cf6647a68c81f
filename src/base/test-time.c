#include "base/test.h"
#include "base/time.h"

static void writes_iso(void **state)
{
	(void)state;
	char out[KH_ISO_SIZE];
	assert_string_equal(kh_time_iso(0, out), "1970-01-01T00:00:00.000Z");
	assert_string_equal(kh_time_iso(INT64_C(1795250096789), out), "2026-11-21T08:34:56.789Z");
	assert_string_equal(kh_time_iso(-1, out), "1969-12-31T23:59:59.999Z");
	assert_non_null(kh_time_iso(INT64_MAX, out));
	assert_non_null(kh_time_iso(INT64_MIN / 2, out));
	assert_string_equal(kh_time_day(INT64_C(1795280400), out), "2026-11-22"); /* 17:00 UTC is midnight in Viet Nam */
	assert_string_equal(kh_time_local(INT64_C(1795280400), out), "22/11/2026 00:00");
}

static void reads_iso(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t ms;
	} cases[] = {
		{"2026-11-21T08:34:56.789Z", true, INT64_C(1795250096789)},
		{"2026-11-21T15:34:56+07:00", true, INT64_C(1795250096000)},
		{"2026-11-21 08:34:56", true, INT64_C(1795250096000)},
		{"2026-11-22", true, INT64_C(1795280400000)},
		{"2026-11-2", false, 0}, {"2026-13-01", false, 0}, {"2026-02-30", false, 0}, {"2026-02-30T00:00:00Z", false, 0}, {"2026-11-21T08:34", false, 0}, {"2026-11-21T08:34:56+7", false, 0}, {"", false, 0}, {"hôm nay", false, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t ms = 0;
		assert_int_equal(kh_time_parse(cases[i].text, &ms), cases[i].good);
		assert_true(ms == cases[i].ms);
	}
}

static void days_begin_at_midnight_in_viet_nam(void **state)
{
	(void)state;
	assert_int_equal(kh_time_day_number(INT64_C(1795280399)) + 1, kh_time_day_number(INT64_C(1795280400)));
	assert_int_equal(kh_time_day_number(-7 * 3600 - 1), -1);
}

KH_TESTS(writes_iso, reads_iso, days_begin_at_midnight_in_viet_nam)
