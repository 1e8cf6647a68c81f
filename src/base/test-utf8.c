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

static void characters_are_taken_and_added(void **state)
{
	static const char text[] = "aệ\xc3\x96\xf0\x9f\x98\x80\xff\xc3";
	static const int32_t wanted[] = {'a', 0x1ec7, 0xd6, 0x1f600, 0xfffd, 0xfffd};
	kh_auto_buf struct kh_buf again = KH_BUF_INIT;
	size_t at = 0;
	(void)state;
	for (size_t i = 0; i < KH_COUNT(wanted); i++) {
		int32_t c = 0;
		at += kh_utf8_take(text + at, sizeof text - 1 - at, &c);
		assert_int_equal(c, wanted[i]);
		kh_utf8_add(&again, c);
	}
	assert_int_equal(at, sizeof text - 1);
	assert_string_equal(kh_buf_text(&again), "aệÖ😀\xef\xbf\xbd\xef\xbf\xbd");
}

KH_TESTS(characters_are_taken_and_added, knows_valid_text, composes, folds_for_search, counts_columns)
