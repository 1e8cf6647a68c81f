#include "server/api/check.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"

static int wrong(const struct kh_api_param *param, const char *expected)
{
	return kh_fail(KH_E_INVALID_FIELD, "%s: expected %s", param->name, kh_words(expected));
}

static int check_values(const struct kh_api_param *param, const char *text)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	for (const char *const *value = param->values; *value; value++) {
		if (kh_streq(*value, text))
			return 0;
		kh_buf_add_item(&list, *value);
	}
	return kh_fail(KH_E_INVALID_FIELD, "%s: expected one of %s", param->name, kh_buf_text(&list));
}

static int make_text(const struct kh_api_param *param, const char *text, json_t **ret)
{
	kh_auto_free char *nfc = NULL;
	int r = kh_utf8_nfc(text, &nfc);
	if (r < 0)
		return r;
	int64_t n = (int64_t)strlen(nfc);
	if (n < param->min || n > param->max)
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected %lld to %lld bytes, found %lld", param->name, (long long)param->min, (long long)param->max,
			       (long long)n);
	if (param->required && n == 0)
		return wrong(param, "a text");
	r = param->values ? check_values(param, nfc) : 0;
	if (r == 0)
		*ret = kh_json_string(nfc);
	return r;
}

static int make_int(const struct kh_api_param *param, int64_t value, json_t **ret)
{
	if (value < param->min || value > param->max)
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected a number from %lld to %lld", param->name, (long long)param->min, (long long)param->max);
	*ret = json_integer(value);
	return 0;
}

int kh_check_text(const struct kh_api_param *param, const char *text, json_t **ret)
{
	int64_t number = 0;
	switch (param->type) {
	case KH_PARAM_TEXT:
		return make_text(param, text, ret);
	case KH_PARAM_INT:
		return kh_parse_int(text, INT64_MIN, INT64_MAX, &number) ? make_int(param, number, ret) : wrong(param, "a whole number");
	case KH_PARAM_BOOL:
		if (!kh_streq(text, "true") && !kh_streq(text, "false"))
			return wrong(param, "true or false");
		*ret = json_boolean(kh_streq(text, "true"));
		return 0;
	case KH_PARAM_NUMBER:
	case KH_PARAM_JSON:
		break;
	}
	return wrong(param, "a plain value: this kind cannot stand in a query");
}

static int check_value(const struct kh_api_param *param, const json_t *value, json_t **ret)
{
	switch (param->type) {
	case KH_PARAM_TEXT:
		return json_is_string(value) ? make_text(param, json_string_value(value), ret) : wrong(param, "a text");
	case KH_PARAM_INT:
		return json_is_integer(value) ? make_int(param, json_integer_value(value), ret) : wrong(param, "a whole number");
	case KH_PARAM_BOOL:
		if (!json_is_boolean(value))
			return wrong(param, "true or false");
		break;
	case KH_PARAM_NUMBER:
		if (!json_is_number(value))
			return wrong(param, "a number");
		break;
	case KH_PARAM_JSON:
		break;
	}
	*ret = json_deep_copy(value);
	return 0;
}

/* Fallbacks are texts of the spec: checked like any other, so a wrong one shows in the first call. */
static int fill_in(const struct kh_api_param *param, json_t **ret)
{
	if (param->required)
		return kh_fail(KH_E_INVALID_FIELD, "%s: is missing", param->name);
	return param->fallback ? kh_check_text(param, param->fallback, ret) : 0;
}

static int keep(json_t *args, const struct kh_api_param *param, int r, json_t *value)
{
	if (r == 0 && value)
		kh_assert(json_object_set_new(args, param->name, value) == 0);
	return r;
}

static int refuse_unknown(const struct kh_api_param *params, const json_t *body)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)body, key, value) {
		const struct kh_api_param *param = params;
		while (param && param->name && !kh_streq(param->name, key))
			param++;
		if (!param || !param->name) {
			char name[64];
			kh_printable(name, sizeof name, key);
			return kh_fail(KH_E_INVALID_FIELD, "%s: unknown field", name);
		}
	}
	return 0;
}

int kh_check_body(const struct kh_api_param *params, const json_t *body, json_t *args)
{
	int r = refuse_unknown(params, body);
	for (const struct kh_api_param *param = params; r == 0 && param && param->name; param++) {
		const json_t *given = json_object_get(body, param->name);
		json_t *value = NULL;
		r = !given || json_is_null(given) ? fill_in(param, &value) : check_value(param, given, &value);
		r = keep(args, param, r, value);
	}
	return r;
}

static int check_query(const struct kh_api_param *params, const struct kh_request *request, json_t *args)
{
	int r = 0;
	for (const struct kh_api_param *param = params; r == 0 && param && param->name; param++) {
		const char *text = kh_request_query(request, param->name);
		json_t *value = NULL;
		r = !text || !*text ? fill_in(param, &value) : kh_check_text(param, text, &value);
		r = keep(args, param, r, value);
	}
	return r;
}

int kh_check_call(const struct kh_api_route *route, const struct kh_request *request, json_t **ret_args)
{
	kh_auto_json json_t *args = json_object(), *body = NULL;
	int r = check_query(route->query, request, args);
	if (r == 0 && route->body && route->body->name) {
		r = request->body.len ? kh_request_json(request, &body) : 0;
		if (r == 0 && !body)
			body = json_object();
		r = r < 0 ? r : kh_check_body(route->body, body, args);
	}
	if (r == 0)
		*ret_args = kh_take(args);
	return r;
}
