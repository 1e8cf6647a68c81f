#include "base/str.h"
#include "base/test.h"

static void parses_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{"0", true, 0},          {"42", true, 42},   {"-5", true, -5},  {"100", true, 100}, {"101", false, 0}, {"-6", false, 0},
		{"", false, 0},          {" 1", false, 0},   {"1 ", false, 0},  {"+1", false, 0},   {"0x10", false, 0}, {"1.0", false, 0},
		{"99999999999999999999", false, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t v = 77;
		assert_int_equal(kh_parse_int(cases[i].text, -5, 100, &v), cases[i].good);
		assert_int_equal(v, cases[i].good ? cases[i].value : 77);
	}
	int64_t v = 0;
	assert_false(kh_parse_int(NULL, 0, 1, &v));
}

static void parses_durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t seconds;
	} cases[] = {
		{"90", true, 90}, {"90s", true, 90}, {"15m", true, 900}, {"12h", true, 43200}, {"7d", true, 604800}, {"2w", true, 1209600},
		{"", false, 0},   {"d", false, 0},   {"-1d", false, 0},  {"1y", false, 0},     {"1 d", false, 0},    {"9999999999999999d", false, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t s = 0;
		assert_int_equal(kh_parse_duration(cases[i].text, &s), cases[i].good);
		assert_int_equal(s, cases[i].seconds);
	}
}

static void makes_printable(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Thái Hòa", "Thái Hòa"}, {"a\nb\x1b[31m", "a\\x0ab\\x1b[31m"}, {"\xff", "\\xff"}, {"", ""},
	};
	char out[32];
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_printable(out, sizeof out, cases[i].in);
		assert_string_equal(out, cases[i].out);
	}
	char small[5];
	kh_printable(small, sizeof small, "abệ"); /* ệ takes three bytes: does not fit, is not cut */
	assert_string_equal(small, "ab");
}

static void splits_and_trims(void **state)
{
	(void)state;
	char text[] = "a:b::c";
	char *rest = text;
	static const char *const fields[] = {"a", "b", "", "c"};
	for (size_t i = 0; i < KH_COUNT(fields); i++)
		assert_string_equal(kh_split(&rest, ":"), fields[i]);
	assert_null(kh_split(&rest, ":"));
	char blanks[] = " \t x y \n";
	assert_string_equal(kh_trim(blanks), "x y");
	char none[] = "  ";
	assert_string_equal(kh_trim(none), "");
}

static void compares(void **state)
{
	(void)state;
	assert_true(kh_starts_with("khien-agent", "khien"));
	assert_false(kh_starts_with("kh", "khien"));
	assert_true(kh_ends_with("x.yaml", ".yaml"));
	assert_false(kh_ends_with("yaml", ".yaml"));
	assert_true(kh_streq_nocase("LABEL", "label"));
	assert_non_null(kh_find_nocase("Debian-Security", "security"));
	assert_null(kh_find_nocase("Debian", "ubuntu"));
	assert_false(kh_streq("a", NULL));
	assert_true(kh_streq(NULL, NULL));
}

static void reads_hex(void **state)
{
	(void)state;
	uint8_t b[2] = {0};
	assert_true(kh_unhex("aB10", b, 2));
	assert_int_equal(b[0], 0xab);
	assert_int_equal(b[1], 0x10);
	assert_false(kh_unhex("ab1", b, 2));
	assert_false(kh_unhex("ab1g", b, 2));
}

static void writes_durations(void **state)
{
	(void)state;
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {{0, "0d"}, {1, "1s"}, {90, "90s"}, {5400, "90m"}, {7200, "2h"}, {86400, "1d"}, {31536000, "365d"}, {86401, "86401s"}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char text[KH_DURATION_SIZE];
		assert_string_equal(kh_duration_text(cases[i].s, text), cases[i].text);
	}
}

KH_TESTS(parses_numbers, parses_durations, writes_durations, makes_printable, splits_and_trims, compares, reads_hex)
