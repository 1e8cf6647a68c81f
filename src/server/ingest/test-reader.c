#include "base/alloc.h"
#include "base/test.h"
#include "server/ingest/reader.h"

static const char *complaint(const char *json)
{
	struct kh_reader r = kh_reader_of(json, strlen(json));
	kh_read_skip(&r, NULL);
	kh_read_end(&r);
	return r.wrong;
}

static void accepts_what_is_json(void **state)
{
	(void)state;
	static const char *const good[] = {
		"{}", "[]", "0", "-0", "12.5e-3", "1E+9", "\"\"", "true", "false", "null", " [ 1 , {\"a\" : [ ] } ] \n", "{\"a\":{\"b\":{\"c\":\"d\"}},\"e\":[[],[{}]]}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u1ea1\\ud83d\\ude00\"", "\"Ủy ban nhân dân phường 😀\"", "123456789012345678901234567890",
		"\"a text that is longer than the eight bytes which are looked at in one go\"",
	};
	for (size_t i = 0; i < KH_COUNT(good); i++)
		if (complaint(good[i]))
			fail_msg("%s: %s", good[i], complaint(good[i]));
}

static void refuses_what_is_not(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", " ", "{", "}", "[", "]", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 \"b\":2}", "{a:1}", "{1:1}", "[1,]", "[,1]", "[1 2]", "[1,,2]",
		"01", "-", "1.", ".5", "1e", "1e+", "+1", "0x10", "tru", "nul", "True", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83dx\"",
		"\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"a\nb\"", "\"a\tb\"", "\"a\x01\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xe1\xba\"", "1 2", "{} x", "\"a\"\"b\"", "'a'",
		"\"12345678\x02\"", "\"12345678\xff\"", "NaN", "[\"a\":1]",
	};
	for (size_t i = 0; i < KH_COUNT(bad); i++)
		if (!complaint(bad[i]))
			fail_msg("accepted: %s", bad[i]);
}

static void limits_depth(void **state)
{
	(void)state;
	char deep[2 * (KH_READER_DEPTH + 1) + 1] = {0};
	memset(deep, '[', KH_READER_DEPTH);
	memset(deep + KH_READER_DEPTH, ']', KH_READER_DEPTH);
	assert_null(complaint(deep));
	memset(deep, '[', KH_READER_DEPTH + 1);
	memset(deep + KH_READER_DEPTH + 1, ']', KH_READER_DEPTH + 1);
	assert_string_equal(complaint(deep), "nested too deep");
}

/* Cut anywhere, it is no JSON; and nothing past the cut is read (the sanitizer watches: each piece has memory of its own). */
static void never_reads_past_the_end(void **state)
{
	(void)state;
	static const char whole[] = "{\"a\\u1ea1\":[1.5e3,true,null,\"Ủy ban\",{\"b\":-12}],\"c\":\"\\ud83d\\ude00\"}";
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char *piece = kh_memdup(whole, n);
		struct kh_reader r = kh_reader_of(piece, n);
		kh_read_skip(&r, NULL);
		kh_read_end(&r);
		assert_non_null(r.wrong);
		free(piece);
	}
}

static void reads_fields(void **state)
{
	(void)state;
	static const char json[] = "{ \"name\" : \"x\\ty\", \"skip\": {\"a\":[1,2]}, \"count\":-42, \"on\":true, \"off\":null, \"list\":[1,2,3] }";
	struct kh_reader r = kh_reader_of(json, sizeof json - 1);
	struct kh_slice key, name = {0}, skipped = {0};
	int64_t count = 0, sum = 0, item = 0;
	bool on = false, off = false;
	char decoded[8] = {0};
	kh_read_object(&r);
	while (kh_read_key(&r, &key))
		if (kh_slice_is(key, "name")) {
			kh_read_text(&r, &name);
		} else if (kh_slice_is(key, "count")) {
			kh_read_int(&r, &count);
		} else if (kh_slice_is(key, "on")) {
			kh_read_bool(&r, &on);
		} else if (kh_slice_is(key, "off")) {
			off = kh_reader_peek(&r) == KH_READER_NULL && kh_read_null(&r);
		} else if (kh_slice_is(key, "list")) {
			kh_read_array(&r);
			while (kh_read_item(&r))
				if (kh_read_int(&r, &item))
					sum += item;
		} else {
			kh_read_skip(&r, &skipped);
		}
	assert_true(kh_read_end(&r));
	assert_true(name.escaped);
	assert_int_equal(kh_slice_decode(name, decoded), 3);
	assert_string_equal(decoded, "x\ty");
	assert_true(kh_slice_is(skipped, "{\"a\":[1,2]}"));
	assert_int_equal(count, -42);
	assert_int_equal(sum, 6);
	assert_true(on && off);
}

static void reads_whole_numbers_that_fit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{"9223372036854775807", true, INT64_MAX}, {"-9223372036854775808", true, INT64_MIN}, {"9223372036854775808", false, 0}, {"-9223372036854775809", false, 0},
		{"0", true, 0}, {"-0", true, 0}, {"1.0", false, 0}, {"1e2", false, 0}, {"\"1\"", false, 0}, {"", false, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_reader r = kh_reader_of(cases[i].text, strlen(cases[i].text));
		int64_t value = 0;
		assert_int_equal(kh_read_int(&r, &value), cases[i].good);
		assert_true(value == cases[i].value);
	}
}

static void decodes_every_escape(void **state)
{
	(void)state;
	static const char json[] = "\"\\\"\\\\\\/\\b\\f\\n\\r\\tA\\u0041\\u00e1\\u1EA1\\ud83d\\ude00\\u0000z\"";
	static const char expected[] = "\"\\/\b\f\n\r\tAA\xc3\xa1\xe1\xba\xa1\xf0\x9f\x98\x80\0z";
	struct kh_reader r = kh_reader_of(json, sizeof json - 1);
	struct kh_slice text = {0};
	char decoded[sizeof json];
	assert_true(kh_read_text(&r, &text));
	assert_int_equal(kh_slice_decode(text, decoded), sizeof expected - 1);
	assert_memory_equal(decoded, expected, sizeof expected - 1);
}

static void keeps_its_first_complaint(void **state)
{
	(void)state;
	struct kh_reader r = kh_reader_of("[1, x]", 6);
	struct kh_slice key;
	int64_t number = 7;
	kh_read_array(&r);
	kh_read_item(&r);
	kh_read_int(&r, &number);
	kh_read_item(&r);
	assert_false(kh_read_int(&r, &number));
	assert_string_equal(r.wrong, "expected a number");
	assert_false(kh_read_key(&r, &key) || kh_read_object(&r) || kh_read_item(&r) || kh_read_end(&r) || kh_read_skip(&r, NULL));
	assert_string_equal(r.wrong, "expected a number");
	assert_int_equal(number, 1);
	assert_int_equal(kh_reader_peek(&r), KH_READER_NOTHING);
}

KH_TESTS(accepts_what_is_json, refuses_what_is_not, limits_depth, never_reads_past_the_end, reads_fields, reads_whole_numbers_that_fit, decodes_every_escape,
	 keeps_its_first_complaint)
