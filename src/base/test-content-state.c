#include "base/alloc.h"
#include "base/content_state.h"
#include "base/error.h"
#include "base/test.h"

static void reads_what_it_wrote(void **state)
{
	(void)state;
	const struct kh_content_state s = {.current = 12, .previous = 11, .failed = 10, .made_s = 1, .newest_s = 2, .yara_rules = 3, .clamav_signatures = 4, .hashes = 50000000, .left_out = 6, .imported = true};
	kh_auto_free char *text = kh_content_state_text(&s);
	struct kh_content_state read = {0};
	assert_int_equal(kh_content_state_parse(text, strlen(text), &read), 0);
	assert_int_equal(read.current, 12);
	assert_int_equal(read.previous, 11);
	assert_int_equal(read.failed, 10);
	assert_int_equal(read.newest_s, 2);
	assert_int_equal(read.hashes, 50000000);
	assert_int_equal(read.left_out, 6);
	assert_true(read.imported);
}

static void refuses_anything_else(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{"", KH_E_SYNTAX},
		{"{}", KH_E_SYNTAX},
		{"[]", KH_E_SYNTAX},
		{"{\"v\":1,\"current\":1}", KH_E_SYNTAX},
		{"{\"v\":1,\"current\":-1,\"previous\":0,\"failed\":0,\"made_s\":0,\"newest_s\":0,\"yara_rules\":0,\"clamav_signatures\":0,\"hashes\":0,\"left_out\":0,\"imported\":true}", KH_E_SYNTAX},
		{"{\"v\":2}", KH_E_NOT_SUPPORTED},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_content_state s = {.current = 7};
		assert_int_equal(kh_content_state_parse(cases[i].text, strlen(cases[i].text), &s), cases[i].error);
		assert_int_equal(s.current, 7);
	}
}

KH_TESTS(reads_what_it_wrote, refuses_anything_else)
