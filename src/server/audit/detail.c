#include "server/audit/detail.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"

#include <stdarg.h>
#include <string.h>

static const char place[] = "%s";

/* SIZE_MAX: there are other places than texts. */
static size_t places_of(const char *words)
{
	size_t n = 0;
	for (const char *at = words; (at = strchr(at, '%')) != NULL; at += sizeof place - 1, n++)
		if (!kh_starts_with(at, place))
			return SIZE_MAX;
	return n;
}

char *kh_audit_words(const char *words, ...)
{
	kh_auto_json json_t *stored = json_array();
	size_t n = 0;
	va_list values;
	json_array_append_new(stored, json_string(words));
	va_start(values, words);
	for (const char *value = NULL; (value = va_arg(values, const char *)) != NULL; n++) {
		char clean[KH_AUDIT_MAX_VALUE];
		kh_printable(clean, sizeof clean, value);
		json_array_append_new(stored, json_string(clean));
	}
	va_end(values);
	kh_assert(n <= KH_AUDIT_MAX_VALUES && places_of(words) == n && places_of(kh_words(words)) == n);
	return kh_json_dump(stored);
}

/* NULL: it is no such array. */
static json_t *read_words(const char *stored)
{
	kh_auto_json json_t *array = *stored == '[' ? json_loads(stored, 0, NULL) : NULL;
	const size_t n = json_array_size(array);
	for (size_t i = 0; i < n; i++)
		if (!json_is_string(json_array_get(array, i)))
			return NULL;
	return n > 0 && places_of(json_string_value(json_array_get(array, 0))) == n - 1 ? kh_take(array) : NULL;
}

char *kh_audit_say(const char *stored)
{
	kh_auto_json json_t *array = read_words(stored);
	if (!array)
		return kh_strdup(stored);
	const char *words = kh_words(json_string_value(json_array_get(array, 0)));
	kh_auto_buf struct kh_buf said = KH_BUF_INIT;
	for (size_t i = 1; i < json_array_size(array); i++) {
		const char *next = strstr(words, place);
		kh_buf_add(&said, words, (size_t)(next - words));
		kh_buf_adds(&said, json_string_value(json_array_get(array, i)));
		words = next + sizeof place - 1;
	}
	kh_buf_adds(&said, words);
	return kh_buf_take(&said);
}
