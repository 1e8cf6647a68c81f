#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/utf8.h"

static void knows_valid_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{"", true}, {"Huế", true}, {"\xf0\x9f\x9b\xa1", true}, {"\xc0\x80", false}, {"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false}, {"a\x80", false}, {"\xe1\xba", false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_utf8_is_valid(cases[i].text, strlen(cases[i].text)), cases[i].valid);
	assert_int_equal(kh_utf8_valid_prefix("ếab", 5, 1), 3);
}

static void composes(void **state)
{
	(void)state;
	kh_auto_free char *nfc = NULL;
	assert_int_equal(kh_utf8_nfc("Hue\xcc\x82\xcc\x81", &nfc), 0); /* e + circumflex + acute */
	assert_string_equal(nfc, "Huế");
	char *none = NULL;
	assert_int_equal(kh_utf8_nfc("\xff", &none), KH_E_ENCODING);
	assert_null(none);
}

static void folds_for_search(void **state)
{
	(void)state;
	kh_auto_free char *fold = NULL;
	assert_int_equal(kh_utf8_fold("Phòng VĂN HÓA – Đường", &fold), 0);
	assert_string_equal(fold, "phong van hoa – duong");
}

static void counts_columns(void **state)
{
	(void)state;
	assert_int_equal(kh_utf8_width("Thái Hòa"), 8);
	assert_int_equal(kh_utf8_width("Hue\xcc\x82"), 3);
	assert_int_equal(kh_utf8_width("漢字"), 4);
	assert_int_equal(kh_utf8_width("\xff"), 1);
}

KH_TESTS(knows_valid_text, composes, folds_for_search, counts_columns)
