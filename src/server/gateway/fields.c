#include "base/error.h"
#include "base/json.h"
#include "server/gateway/inside.h"

#include <string.h>

int kh_field_text(const json_t *object, const char *key, size_t max, const char **ret)
{
	const char *text = NULL;
	int r = kh_json_text(object, key, &text);
	if (r < 0)
		return r;
	if (strlen(text) > max)
		return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": more than %zu bytes", key, max);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": a control character", key);
	*ret = text;
	return 0;
}

int kh_field_hex(const json_t *object, const char *key, size_t digits, const char **ret)
{
	const char *text = NULL;
	int r = kh_json_text(object, key, &text);
	if (r < 0)
		return r;
	if (strlen(text) != digits || strspn(text, "0123456789abcdef") != digits)
		return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": expected %zu lower-case hex digits", key, digits);
	*ret = text;
	return 0;
}
