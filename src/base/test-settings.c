#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/test.h"

#define TABLE kh_example_settings_table, KH_EXAMPLE_SETTINGS_COUNT

static void reads_files_on_top_of_fallbacks(void **state)
{
	(void)state;
	struct kh_example_settings s = {0};
	kh_settings_init(&s, TABLE);
	assert_string_equal(s.name, "khiên");
	assert_int_equal(s.limits_every_s, 900);
	assert_string_equal(s.hosts[1], "b");
	static const char file[] = "name: khác\nlimits:\n  rows: 7\n  every: 2h\non: false\nhosts:\n  - một\n";
	assert_int_equal(kh_settings_parse(&s, TABLE, "a.yaml", file, sizeof file - 1), 0);
	assert_string_equal(s.name, "khác");
	assert_int_equal(s.limits_rows, 7);
	assert_int_equal(s.limits_every_s, 7200);
	assert_false(s.on);
	assert_string_equal(s.hosts[0], "một");
	assert_null(s.hosts[1]);
	kh_settings_done(&s, TABLE);
}

static void a_mistake_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{"name: x\nlimits:\n  rows: 101\n", "a.yaml:3:9: limits.rows: expected a whole number from 1 to 100"},
		{"name: x\nnmae: y\n", "a.yaml:2:7: unknown setting \"nmae\""},
		{"name: x\non: yes\n", "a.yaml:2:5: on: expected true or false"},
		{"name: x\nlimits:\n  every: soon\n", "a.yaml:3:10: limits.every: expected a time such as 90s, 15m, 12h, 7d"},
		{"- a\n", "a.yaml:1:1: expected keys and values"},
		{"name: [a]\n", "a.yaml:1:7: expected a text"},
	};
	struct kh_example_settings s = {0};
	kh_settings_init(&s, TABLE);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_settings_parse(&s, TABLE, "a.yaml", cases[i].text, strlen(cases[i].text)), KH_E_INVALID_CONFIG);
		assert_string_equal(kh_fail_detail(), cases[i].detail);
		assert_string_equal(s.name, "khiên");
	}
	kh_settings_done(&s, TABLE);
}

static void sets_one_key(void **state)
{
	(void)state;
	struct kh_example_settings s = {0};
	kh_settings_init(&s, TABLE);
	assert_int_equal(kh_settings_set(&s, TABLE, "limits.rows", "3"), 0);
	assert_int_equal(s.limits_rows, 3);
	assert_int_equal(kh_settings_set(&s, TABLE, "limits.rows", "x"), KH_E_INVALID_CONFIG);
	assert_int_equal(kh_settings_set(&s, TABLE, "none", "x"), KH_E_INVALID_CONFIG);
	kh_settings_done(&s, TABLE);
}

KH_TESTS(reads_files_on_top_of_fallbacks, a_mistake_changes_nothing, sets_one_key)
