#include "server/api/route_ask.h"

#include "base/str.h"

bool route_reads(const struct kh_api_route *route)
{
	return kh_streq(route->method, "GET");
}

bool route_ends_session(const struct kh_api_route *route)
{
	return kh_streq(route->name, "logout");
}

bool route_has(const struct kh_api_param *params, const char *name)
{
	for (; params && params->name; params++)
		if (kh_streq(params->name, name))
			return true;
	return false;
}

/* ---- what a name stands for ---- */

static const struct {
	const char *name;
	size_t at; /* in struct place */
} numbers[] = {
	{"user", offsetof(struct place, user)},           {"token", offsetof(struct place, token)},       {"detection", offsetof(struct place, detection)},
	{"campaign", offsetof(struct place, campaign)},   {"record", offsetof(struct place, record)},     {"file", offsetof(struct place, file)},
	{"incident", offsetof(struct place, incident)},   {"portal", offsetof(struct place, portal)},     {"alarm", offsetof(struct place, alarm)},
	{"dispatch", offsetof(struct place, dispatch)},   {"quiz", offsetof(struct place, quiz)},         {"attempt", offsetof(struct place, attempt)},
	{"assessment", offsetof(struct place, assessment)}, {"system", offsetof(struct place, system)},   {"device", offsetof(struct place, device)},
	{"decision", offsetof(struct place, decision)},
};

static bool number_of(const struct place *at, const char *name, int64_t *ret)
{
	for (size_t i = 0; i < KH_COUNT(numbers); i++)
		if (kh_streq(numbers[i].name, name)) {
			*ret = *(const int64_t *)(const void *)((const char *)at + numbers[i].at);
			return true;
		}
	return false;
}

static bool is_unit(const char *name)
{
	return kh_streq(name, "unit") || kh_streq(name, "parent") || kh_streq(name, "into") || kh_streq(name, "police_parent");
}

static bool belongs_to_unit(const char *name)
{
	int64_t n = 0;
	static const struct place nowhere;
	return is_unit(name) || kh_streq(name, "endpoint") || kh_streq(name, "secret_case") || kh_streq(name, "units") || kh_streq(name, "records") || number_of(&nowhere, name, &n);
}

/* What is the same everywhere. */
static const char *common_of(const char *name)
{
	static const char *const known[][2] = {
		{"register", "repair_slip"}, {"control", "av_running"}, {"figure", "K01"}, {"table", "os"}, {"directive", "bien-hoa-2024"}, {"kind", "photo"}, {"field", "machine"},
		{"role", "viewer"},          {"due_on", "2030-01-01"},     {"move", "take_back"}, {"decided_on", "2026-01-02"},
	};
	for (size_t i = 0; i < KH_COUNT(known); i++)
		if (kh_streq(known[i][0], name))
			return known[i][1];
	return NULL;
}

static char *object_of(const struct place *at, const char *name)
{
	int64_t n = 0;
	const char *common = common_of(name);
	if (is_unit(name))
		return kh_strdup(at->unit);
	if (kh_streq(name, "endpoint") || kh_streq(name, "secret_case")) /* one of each machine is numbered like it */
		return kh_strdup(at->endpoint);
	if (number_of(at, name, &n))
		return kh_format("%lld", (long long)n);
	if (!common)
		fail_msg("the path parameter {%s} is new: say in route_ask.c what it stands for", name);
	return kh_strdup(common);
}

/* ---- the path ---- */

char *route_path(const struct world *w, const struct kh_api_route *route, enum side side)
{
	struct kh_buf path = KH_BUF_INIT;
	for (const char *c = route->path; *c; c++) {
		if (*c != '{') {
			kh_buf_addc(&path, *c);
			continue;
		}
		kh_auto_free char *name = kh_strndup(c + 1, strcspn(c, "}") - 1), *object = object_of(&w->at[side], name);
		kh_buf_adds(&path, object);
		c += strcspn(c, "}");
	}
	return kh_buf_take(&path);
}

static bool path_names(const struct kh_api_route *route)
{
	for (const char *c = strchr(route->path, '{'); c; c = strchr(c + 1, '{')) {
		kh_auto_free char *name = kh_strndup(c + 1, strcspn(c, "}") - 1);
		if (belongs_to_unit(name))
			return true;
	}
	return false;
}

static bool any_names(const struct kh_api_param *params)
{
	for (; params && params->name; params++)
		if (belongs_to_unit(params->name))
			return true;
	return false;
}

bool route_must_name(const struct kh_api_route *route)
{
	return path_names(route) || any_names(route->body);
}

bool route_names(const struct kh_api_route *route)
{
	return route_must_name(route) || any_names(route->query);
}

/* ---- the query ---- */

static char *query_value(const struct place *at, const struct kh_api_param *param, bool narrow)
{
	const char *common = common_of(param->name);
	if (belongs_to_unit(param->name) && (narrow || param->required))
		return object_of(at, param->name);
	return param->required ? kh_strdup(param->values ? param->values[0] : common ? common : "abc") : NULL;
}

char *route_query(const struct world *w, const struct kh_api_route *route, enum side side, bool narrow)
{
	struct kh_buf text = KH_BUF_INIT;
	for (const struct kh_api_param *param = route->query; param && param->name; param++) {
		kh_auto_free char *value = query_value(&w->at[side], param, narrow);
		if (value)
			kh_buf_addf(&text, "%c%s=%s", text.len ? '&' : '?', param->name, value);
	}
	return kh_buf_take(&text);
}

/* ---- the body ---- */

static json_t *json_of(const struct place *at, const char *name)
{
	if (kh_streq(name, "units"))
		return json_pack("[s]", at->unit);
	if (kh_streq(name, "records"))
		return json_pack("[{s:I, s:i}]", "id", (json_int_t)at->record, "version", 1);
	if (kh_streq(name, "parts"))
		return json_pack("[{s:s, s:s}]", "name", "Đơn vị mới", "kind", "school");
	return kh_streq(name, "choices") ? json_array() : json_object();
}

static json_t *value_of(const struct place *at, const struct kh_api_param *param)
{
	int64_t n = 0;
	const char *common = common_of(param->name);
	if (param->type == KH_PARAM_INT)
		return json_integer(number_of(at, param->name, &n) ? n : param->min > 0 ? param->min : 1);
	if (param->type == KH_PARAM_BOOL)
		return json_false();
	if (param->type == KH_PARAM_JSON)
		return json_of(at, param->name);
	if (param->values)
		return json_string(param->values[0]);
	return json_string(is_unit(param->name) ? at->unit : kh_streq(param->name, "kind") ? "ward" : common ? common : "abc");
}

char *route_body(const struct world *w, const struct kh_api_route *route, enum side side)
{
	kh_auto_json json_t *body = json_object();
	for (const struct kh_api_param *param = route->body; param && param->name; param++)
		if (param->required || belongs_to_unit(param->name))
			json_object_set_new(body, param->name, value_of(&w->at[side], param));
	return route->body && route->body->name ? kh_json_dump(body) : NULL;
}

/* ---- asking ---- */

void route_ask(const struct world *w, const struct kh_api_route *route, enum side side, bool narrow, const char *cookie, struct reply *ret)
{
	kh_auto_free char *path = route_path(w, route, side), *body = route_body(w, route, side), *query = route_query(w, route, side, narrow), *full = kh_format("%s%s", path, query);
	world_ask(w, &(struct ask){.method = route->method, .path = full, .body = route_reads(route) ? NULL : body, .cookie = cookie}, ret);
}
