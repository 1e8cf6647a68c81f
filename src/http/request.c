#include "http/inside.h"

#include "base/error.h"
#include "base/str.h"

static const char *looked_up(const struct kh_request *r, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	size_t n = 0;
	if (MHD_lookup_connection_value_n(kh_exchange_of(r)->connection, kind, name, strlen(name), &value, &n) != MHD_YES)
		return NULL;
	return value ? value : "";
}

const char *kh_request_query(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_GET_ARGUMENT_KIND, name);
}

const char *kh_request_header(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_HEADER_KIND, name);
}

const char *kh_request_cookie(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_COOKIE_KIND, name);
}

int kh_request_query_int(const struct kh_request *r, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *ret)
{
	const char *text = kh_request_query(r, name);
	if (!text) {
		*ret = otherwise;
		return 0;
	}
	if (!kh_parse_int(text, min, max, ret))
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected a number from %lld to %lld", name, (long long)min, (long long)max);
	return 0;
}

int kh_request_json(const struct kh_request *r, json_t **ret)
{
	kh_auto_json json_t *value = NULL;
	int e = kh_json_parse(kh_buf_text(&r->body), r->body.len, &value);
	if (e == 0 && !json_is_object(value))
		e = kh_fail(KH_E_SYNTAX, "expected a JSON object");
	if (e == 0)
		*ret = kh_take(value);
	return e;
}
