#include "base/json.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/utf8.h"

#include <string.h>

int kh_json_parse(const char *text, size_t n, json_t **ret)
{
	if (n > KH_MAX_JSON_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "JSON of %zu bytes; at most %lu are read", n, KH_MAX_JSON_BYTES);
	json_error_t e;
	json_t *value = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (!value)
		return kh_fail(KH_E_SYNTAX, "%d:%d: %s", e.line, e.column, e.text);
	*ret = value;
	return 0;
}

static int missing(const char *key, const char *type)
{
	return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": expected %s", key, kh_words(type));
}

int kh_json_text(const json_t *object, const char *key, const char **ret)
{
	const char *text = json_string_value(json_object_get(object, key));
	if (!text)
		return missing(key, "a text");
	*ret = text;
	return 0;
}

int kh_json_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const json_t *j = json_object_get(object, key);
	int64_t v = json_integer_value(j);
	if (!json_is_integer(j))
		return missing(key, "a whole number");
	if (v < min || v > max)
		return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": %lld is outside %lld … %lld", key, (long long)v, (long long)min, (long long)max);
	*ret = v;
	return 0;
}

int kh_json_bool(const json_t *object, const char *key, bool *ret)
{
	const json_t *j = json_object_get(object, key);
	if (!json_is_boolean(j))
		return missing(key, "true or false");
	*ret = json_is_true(j);
	return 0;
}

static bool absent(const json_t *object, const char *key)
{
	const json_t *j = json_object_get(object, key);
	return !j || json_is_null(j);
}

int kh_json_text_or(const json_t *object, const char *key, const char *otherwise, const char **ret)
{
	if (!absent(object, key))
		return kh_json_text(object, key, ret);
	*ret = otherwise;
	return 0;
}

int kh_json_int_or(const json_t *object, const char *key, int64_t min, int64_t max, int64_t otherwise, int64_t *ret)
{
	if (!absent(object, key))
		return kh_json_int(object, key, min, max, ret);
	*ret = otherwise;
	return 0;
}

json_t *kh_json_string(const char *text)
{
	json_t *j = json_string(text);
	if (j)
		return j;
	kh_auto_buf struct kh_buf clean = KH_BUF_INIT;
	for (size_t n = strlen(text), i = 0; i < n;) {
		size_t good = kh_utf8_valid_prefix(text + i, n - i, n);
		kh_buf_add(&clean, text + i, good);
		i += good;
		if (i < n) {
			kh_buf_adds(&clean, "\xef\xbf\xbd");
			i++;
		}
	}
	j = json_string(kh_buf_text(&clean));
	kh_assert(j);
	return j;
}

void kh_json_set_text(json_t *object, const char *key, const char *text)
{
	kh_assert(json_object_set_new(object, key, text ? kh_json_string(text) : json_null()) == 0);
}

void kh_json_set_int(json_t *object, const char *key, int64_t value)
{
	kh_assert(json_object_set_new(object, key, json_integer(value)) == 0);
}

void kh_json_set_bool(json_t *object, const char *key, bool value)
{
	kh_assert(json_object_set_new(object, key, json_boolean(value)) == 0);
}

char *kh_json_dump(const json_t *value)
{
	/* 15 digits: what was written as a decimal of so many comes out as it went in; 17 would print 17.3 as 17.300000000000001. */
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	kh_assert(text);
	return text;
}
