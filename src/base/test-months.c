#include "base/months.h"

#include "base/i18n.h"
#include "base/test.h"

static void months_are_read_and_named(void **state KH_UNUSED)
{
	static const struct {
		const char *written, *text, *vi, *en;
	} cases[] = {
		{"2026-11", "2026-11", "Tháng 11/2026", "Month 11/2026"},      {"2025-01", "2025-01", "Tháng 1/2025", "Month 1/2025"},
		{"2026-Q4", "2026-Q4", "Quý 4/2026", "Quarter 4/2026"},        {"2026", "2026", "Năm 2026", "Year 2026"},
		{"Tháng 11/2026", "2026-11", "Tháng 11/2026", "Month 11/2026"}, {"tháng 3 năm 2026", "2026-03", "Tháng 3/2026", "Month 3/2026"},
		{"11/2026", "2026-11", "Tháng 11/2026", "Month 11/2026"},      {"Month 11/2026", "2026-11", "Tháng 11/2026", "Month 11/2026"},
		{"Quý 1/2026", "2026-Q1", "Quý 1/2026", "Quarter 1/2026"},     {"Quarter 2 of 2026", "2026-Q2", "Quý 2/2026", "Quarter 2/2026"},
		{"năm 2026", "2026", "Năm 2026", "Year 2026"},                 {"Year 2026", "2026", "Năm 2026", "Year 2026"},
	};
	char out[KH_MONTHS_SIZE];
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_months m = {0};
		if (!kh_months_read(cases[i].written, &m))
			fail_msg("%s cannot be read", cases[i].written);
		assert_string_equal(kh_months_text(&m, out), cases[i].text);
		kh_language_use(KH_VI);
		assert_string_equal(kh_months_words(&m, out), cases[i].vi);
		kh_language_use(KH_EN);
		assert_string_equal(kh_months_words(&m, out), cases[i].en);
	}
}

static void other_texts_are_no_months(void **state KH_UNUSED)
{
	static const char *const cases[] = {"",	       "x",	  "20",		"2026-13", "2026-00", "2026-1",	 "2026-Q5",   "2026-Q0",	"2026-11-21", "1999",
					    "9999-01", "13/2026", "Quý 5/2026", "quý 4",   "tháng",   "tháng 11", "năm 26", "11/2026 và sau", "Đột xuất", "2026 "};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_months m = {0};
		if (kh_months_read(cases[i], &m))
			fail_msg("\"%s\" was read as %lld-%d", cases[i], (long long)m.year, m.first);
	}
}

/* The stored form is one only. */
static void what_people_write_is_not_the_stored_form(void **state KH_UNUSED)
{
	struct kh_months m = {0};
	assert_false(kh_months_parse("Tháng 11/2026", &m));
	assert_false(kh_months_parse("11/2026", &m));
	assert_true(kh_months_parse("2026-11", &m));
}

KH_TESTS(months_are_read_and_named, other_texts_are_no_months, what_people_write_is_not_the_stored_form)
