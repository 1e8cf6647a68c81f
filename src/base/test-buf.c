#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/test.h"

static void adds_and_terminates(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_string_equal(kh_buf_text(&b), "");
	kh_buf_adds(&b, "một");
	kh_buf_addc(&b, ' ');
	kh_buf_addf(&b, "%d", 2);
	assert_string_equal(b.data, "một 2");
	assert_int_equal(b.len, strlen("một 2"));
	kh_buf_add_u32le(&b, 0x04030201);
	assert_memory_equal(b.data + b.len - 4, "\1\2\3\4", 4);
	kh_auto_free char *text = kh_buf_take(&b);
	assert_non_null(text);
	assert_int_equal(b.len, 0);
}

static void past_the_maximum_nothing_is_added(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(4);
	kh_buf_adds(&b, "1234");
	assert_int_equal(kh_buf_status(&b), 0);
	kh_buf_addc(&b, '5');
	kh_buf_adds(&b, "");
	assert_int_equal(kh_buf_status(&b), KH_E_TOO_LARGE);
	assert_string_equal(b.data, "1234");
	kh_buf_reset(&b);
	kh_buf_adds(&b, "5");
	assert_int_equal(kh_buf_status(&b), 0);
}

static void escapes_json(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "\"\""},
		{"Phường", "\"Phường\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\n\t\r\b\f", "\"\\n\\t\\r\\b\\f\""},
		{"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
		{"x\xffy", "\"x\xef\xbf\xbdy\""},
		{"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""}, /* overlong '/' */
		{"cut \xe1\xba", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_buf_add_json_string(&b, cases[i].in, strlen(cases[i].in));
		assert_string_equal(b.data, cases[i].out);
	}
}

static void writes_hex(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_add_hex(&b, "\x00\xab\xff", 3);
	assert_string_equal(b.data, "00abff");
}

KH_TESTS(adds_and_terminates, past_the_maximum_nothing_is_added, escapes_json, writes_hex)
