#include "server/api/call.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/posture/reading.h"
#include "server/posture/rows.h"

int kh_call_open(struct kh_api_call *call)
{
	return kh_store_reader(call->server->store, &call->db);
}

const char *kh_call_param(const struct kh_api_call *call, size_t place)
{
	kh_assert(place < KH_CALL_PARAMS && call->params[place]);
	return call->params[place];
}

static bool has(const struct kh_api_param *params, const char *name)
{
	for (; params && params->name; params++)
		if (kh_streq(params->name, name))
			return true;
	return false;
}

static const json_t *arg(const struct kh_api_call *call, const char *name)
{
	kh_assert(has(call->route->query, name) || has(call->route->body, name));
	return json_object_get(call->args, name);
}

const char *kh_call_text(const struct kh_api_call *call, const char *name)
{
	return json_string_value(arg(call, name));
}

int64_t kh_call_int(const struct kh_api_call *call, const char *name)
{
	return json_integer_value(arg(call, name));
}

bool kh_call_bool(const struct kh_api_call *call, const char *name)
{
	return json_is_true(arg(call, name));
}

const json_t *kh_call_json(const struct kh_api_call *call, const char *name)
{
	return arg(call, name);
}

int kh_call_narrow(const struct kh_api_call *call, const char *unit_code, struct kh_scope *ret)
{
	return kh_scope_narrow(call->db, &call->scope, unit_code, ret);
}

int kh_call_check_version(const struct kh_api_call *call, int64_t present)
{
	return kh_call_int(call, "version") == present ? 0 : kh_fail(KH_E_STALE_VERSION, "look at it as it is now, then decide anew");
}

int kh_call_day(const struct kh_api_call *call, int64_t *ret_day)
{
	return kh_posture_day(kh_call_text(call, "at"), call->now_s, ret_day);
}

static char *pattern_of(const char *text)
{
	kh_auto_free char *escaped = kh_like_escape(text);
	return kh_format("%%%s%%", escaped);
}

int kh_call_pattern(const struct kh_api_call *call, char **ret)
{
	const char *text = kh_call_text(call, "text");
	kh_auto_free char *folded = NULL;
	int r = text ? kh_utf8_fold(text, &folded) : 0;
	if (r == 0)
		*ret = text ? pattern_of(folded) : NULL;
	return r;
}

char *kh_call_raw_pattern(const struct kh_api_call *call)
{
	const char *text = kh_call_text(call, "text");
	return text ? pattern_of(text) : NULL;
}

int kh_call_endpoint(const struct kh_api_call *call, size_t place, int64_t *ret_id)
{
	int64_t id = 0;
	int r = kh_scope_int(call->db, &call->scope, &id, "SELECT e.id FROM endpoint e WHERE e.uid = ?1 AND {scope:e.unit_id}", kh_call_param(call, place));
	if (r == 0 && id == 0)
		return kh_fail(KH_E_NOT_FOUND, "endpoint");
	if (r == 0)
		*ret_id = id;
	return r;
}

void kh_call_answer(struct kh_api_call *call, json_t *answer)
{
	json_decref(call->answer);
	call->answer = answer;
}

void kh_call_respond(struct kh_api_call *call, const char *content_type, struct kh_buf *bytes)
{
	kh_respond_buf(call->request, 200, content_type, bytes);
	call->responded = true;
}

json_t *kh_call_page(json_t *items, int64_t total)
{
	return json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)total);
}
