/* Every route of the table, walked: by nobody, by each role, by a stranger of another commune, and by one who may all. What a route answers must be what the
 * OpenAPI document says. A new route is tested by being in spec/api. */
#include "server/api/world.h"

#include "base/str.h"
#include "gen/api.h"
#include "gen/openapi.h"

/* --- requests made from the table --- */

enum side { OURS, THEIRS }; /* objects of xa-nha, or of xa-kia */

static char *object_of(const struct world *w, enum side side, const char *param)
{
	bool theirs = side == THEIRS;
	if (kh_streq(param, "unit"))
		return kh_strdup(theirs ? "xa-kia" : "xa-nha");
	if (kh_streq(param, "endpoint"))
		return kh_strdup(theirs ? w->kia_uid : w->nha_uid);
	if (kh_streq(param, "user"))
		return kh_format("%lld", (long long)(theirs ? w->kia_user : world_number(w, "SELECT id FROM app_user WHERE name = 'nha-leader'")));
	if (kh_streq(param, "token"))
		return kh_format("%lld", (long long)(theirs ? w->kia_token : w->nha_token));
	if (kh_streq(param, "detection"))
		return kh_format("%lld", (long long)world_number(w, theirs ? "SELECT MAX(id) FROM detection WHERE rule LIKE 'BIMAT%'" : "SELECT MAX(id) FROM detection WHERE rule LIKE 'NHA%'"));
	if (kh_streq(param, "campaign"))
		return kh_format("%lld", (long long)world_number(w, theirs ? "SELECT MAX(id) FROM campaign WHERE name LIKE 'BIMAT%'" : "SELECT MAX(id) FROM campaign WHERE name LIKE 'nha%'"));
	if (kh_streq(param, "register"))
		return kh_strdup("repair_slip");
	if (kh_streq(param, "record"))
		return kh_format("%lld", (long long)(theirs ? w->kia_record : w->nha_record));
	if (kh_streq(param, "file"))
		return kh_format("%lld", (long long)(theirs ? w->kia_file : w->nha_file));
	if (kh_streq(param, "incident"))
		return kh_format("%lld", (long long)(theirs ? w->kia_incident : w->nha_incident));
	if (kh_streq(param, "portal"))
		return kh_format("%lld", (long long)(theirs ? w->kia_portal : w->nha_portal));
	if (kh_streq(param, "alarm"))
		return kh_format("%lld", (long long)(theirs ? w->kia_alarm : w->nha_alarm));
	if (kh_streq(param, "control"))
		return kh_strdup("av_running");
	if (kh_streq(param, "figure"))
		return kh_strdup("K01");
	if (kh_streq(param, "table"))
		return kh_strdup("os");
	if (kh_streq(param, "directive"))
		return kh_strdup("bien-hoa-2024");
	fail_msg("the path parameter {%s} is new: say here what it stands for", param);
	return NULL;
}

static bool belongs_to_unit(const char *param)
{
	return kh_streq(param, "unit") || kh_streq(param, "endpoint") || kh_streq(param, "user") || kh_streq(param, "token") || kh_streq(param, "detection") ||
	       kh_streq(param, "campaign") || kh_streq(param, "incident") || kh_streq(param, "record") || kh_streq(param, "file");
}

/* The path with its parameters filled in; *ret_owned: whether one of them names something that belongs to a unit. */
static char *path_of(const struct world *w, const struct kh_api_route *route, enum side side, bool *ret_owned)
{
	kh_auto_buf struct kh_buf path = KH_BUF_INIT;
	*ret_owned = false;
	for (const char *c = route->path; *c; c++) {
		if (*c != '{') {
			kh_buf_addc(&path, *c);
			continue;
		}
		kh_auto_free char *param = kh_strndup(c + 1, strcspn(c, "}") - 1), *object = object_of(w, side, param);
		*ret_owned |= belongs_to_unit(param);
		kh_buf_adds(&path, object);
		c += strcspn(c, "}");
	}
	return kh_buf_take(&path);
}

static bool names_a_unit(const char *field)
{
	return kh_streq(field, "unit") || kh_streq(field, "parent") || kh_streq(field, "into") || kh_streq(field, "police_parent");
}

static json_t *value_of(const struct world *w, const struct kh_api_param *param, enum side side)
{
	if (param->type == KH_PARAM_INT)
		return json_integer(param->min > 0 ? param->min : 1);
	if (param->type == KH_PARAM_BOOL)
		return json_false();
	if (names_a_unit(param->name)) {
		kh_auto_free char *unit = object_of(w, side, "unit");
		return json_string(unit);
	}
	if (param->values)
		return json_string(param->values[0]);
	return json_string(kh_streq(param->name, "role") ? "viewer" : kh_streq(param->name, "kind") ? "ward" : "abc");
}

static char *body_of(const struct world *w, const struct kh_api_route *route, enum side side)
{
	kh_auto_json json_t *body = json_object();
	for (const struct kh_api_param *param = route->body; param && param->name; param++)
		if (param->required || names_a_unit(param->name))
			json_object_set_new(body, param->name, value_of(w, param, side));
	return route->body && route->body->name ? kh_json_dump(body) : NULL;
}

static bool has_param(const struct kh_api_param *params, const char *name)
{
	for (; params && params->name; params++)
		if (kh_streq(params->name, name))
			return true;
	return false;
}

static bool reads(const struct kh_api_route *route)
{
	return kh_streq(route->method, "GET");
}

static bool ends_session(const struct kh_api_route *route)
{
	return kh_streq(route->name, "logout");
}

/* The query with what the route demands of one. */
static char *query_of(const struct kh_api_route *route, const char *query)
{
	struct kh_buf text = KH_BUF_INIT;
	kh_buf_adds(&text, query);
	for (const struct kh_api_param *param = route->query; param && param->name; param++)
		if (param->required)
			kh_buf_addf(&text, "%c%s=%s", text.len ? '&' : '?', param->name, param->values ? param->values[0] : kh_streq(param->name, "kind") ? "photo" : kh_streq(param->name, "field") ? "machine" : "abc");
	return kh_buf_take(&text);
}

static void ask_route(const struct world *w, const struct kh_api_route *route, enum side side, const char *query, const char *cookie, struct reply *ret,
		      bool *ret_owned)
{
	kh_auto_free char *path = path_of(w, route, side, ret_owned), *body = body_of(w, route, side), *asked = query_of(route, query);
	kh_auto_free char *full = kh_format("%s%s", path, asked ? asked : "");
	world_ask(w, &(struct ask){.method = route->method, .path = full, .body = reads(route) ? NULL : body, .cookie = cookie}, ret);
}

/* --- who may --- */

static void test_nobody(void **state)
{
	const struct world *w = *state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		static const char *const cookies[] = {NULL, "khien_session=", "khien_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
		for (size_t c = 0; route->login && c < KH_COUNT(cookies); c++) {
			auto_reply struct reply r = {0};
			bool owned = false;
			ask_route(w, route, OURS, "", cookies[c], &r, &owned);
			if (r.status != 401)
				fail_msg("%s without a session: %d %s", route->name, r.status, kh_buf_text(&r.body));
		}
	}
}

static void test_foreign_pages(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin");
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		bool owned = false;
		if (reads(route))
			continue;
		kh_auto_free char *path = path_of(w, route, OURS, &owned);
		const struct ask asks[] = {
			{.method = route->method, .path = path, .body = "{}", .cookie = cookie, .bare = true},
			{.method = route->method, .path = path, .body = "{}", .cookie = cookie, .header = "Origin: https://evil.example"},
			{.method = route->method, .path = path, .body = "{}", .cookie = cookie, .header = "Origin: null"},
		};
		for (size_t k = 0; k < KH_COUNT(asks); k++) {
			kh_auto_json json_t *error = world_json(w, &asks[k], 403);
			assert_string_equal(json_string_value(json_object_get(json_object_get(error, "error"), "code")), "csrf");
		}
	}
}

/* Who has not the right is refused before anything of the request is looked at; who has it is not refused for that. */
static void test_roles(void **state)
{
	const struct world *w = *state;
	for (size_t role = 0; role < KH_ROLES_COUNT; role++) {
		kh_auto_free char *name = kh_format("nha-%s", kh_roles[role].name), *cookie = world_login(w, name);
		for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
			const struct kh_api_route *route = &kh_api_routes[i];
			bool may = (kh_roles[role].rights & route->right) == route->right, owned = false;
			auto_reply struct reply r = {0};
			if (ends_session(route) || (may && !reads(route)))
				continue;
			ask_route(w, route, OURS, "", cookie, &r, &owned);
			if (may ? r.status != 200 : r.status != 403)
				fail_msg("%s as %s: %d %s", route->name, name, r.status, kh_buf_text(&r.body));
		}
	}
}

static void test_first_password(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-new");
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		bool open = kh_starts_with(route->path, "/api/v1/me") || kh_starts_with(route->path, "/api/v1/session"), owned = false;
		auto_reply struct reply r = {0};
		if (!route->login || open)
			continue;
		ask_route(w, route, OURS, "", cookie, &r, &owned);
		if (r.status != 403)
			fail_msg("%s before the first password was changed: %d %s", route->name, r.status, kh_buf_text(&r.body));
	}
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/me", .cookie = cookie}, 200));
}

/* --- strangers --- */

static void expect_nothing_of_theirs(const struct kh_api_route *route, const struct reply *r)
{
	if (strstr(kh_buf_text(&r->body), MARK))
		fail_msg("%s shows what belongs to another unit: %s", route->name, kh_buf_text(&r->body));
}

/* A number that changes with any row of the other commune. */
static int64_t their_rows(const struct world *w)
{
	return world_number(w, "SELECT (SELECT COUNT(*) * 1000003 + SUM(LENGTH(state || role || hostname) + unit_id) FROM endpoint WHERE hostname LIKE 'BIMAT%')"
			       " + (SELECT SUM(disabled * 7 + must_change * 11 + LENGTH(password_hash) + unit_id + LENGTH(role)) FROM app_user WHERE name LIKE 'kia%')"
			       " + (SELECT SUM(revoked * 13 + uses + used) FROM enrol_token WHERE created_by LIKE 'BIMAT%')"
			       " + (SELECT COUNT(*) * 17 FROM endpoint_order o JOIN endpoint e ON e.id = o.endpoint_id WHERE e.hostname LIKE 'BIMAT%')"
			       " + (SELECT SUM(LENGTH(state) * 29 + changed_s) FROM detection WHERE rule LIKE 'BIMAT%') + (SELECT COUNT(*) * 31 FROM detection_change)"
			       " + (SELECT COUNT(*) * 37 + COUNT(closed_s) FROM campaign WHERE name LIKE 'BIMAT%')"
			       " + (SELECT SUM(LENGTH(state || search) * 41 + version) FROM reg_repair_slip WHERE number LIKE 'BIMAT%') + (SELECT COUNT(*) * 43 FROM record_change WHERE register = 'repair_slip' AND record_id IN (SELECT id FROM reg_repair_slip WHERE number LIKE 'BIMAT%'))"
			       " + (SELECT COUNT(*) * 47 FROM record_file WHERE register = 'repair_slip' AND record_id IN (SELECT id FROM reg_repair_slip WHERE number LIKE 'BIMAT%') AND removed_s IS NULL)"
			       " + (SELECT SUM(LENGTH(state || search) * 53 + version) FROM reg_incident WHERE title LIKE 'BIMAT%')"
			       " + (SELECT SUM(LENGTH(name || kind || code)) + COUNT(to_s) FROM unit WHERE name LIKE '%BIMAT%')"
			       " + (SELECT COUNT(*) FROM unit_edge WHERE to_s IS NULL) * 19 + (SELECT COUNT(*) FROM unit_ancestor) * 23");
}

/* Every route as the administrator of xa-nha: its own view shows nothing of xa-kia; named objects of xa-kia do not exist; nothing of xa-kia changes. */
static void test_strangers(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin");
	int64_t before = their_rows(w);
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		auto_reply struct reply own = {0}, theirs = {0}, asked = {0};
		bool owned = false;
		if (!route->login || ends_session(route))
			continue;
		if (reads(route)) {
			ask_route(w, route, OURS, "", cookie, &own, &owned);
			assert_int_equal(own.status, 200);
			expect_nothing_of_theirs(route, &own);
		}
		ask_route(w, route, THEIRS, "", cookie, &theirs, &owned);
		expect_nothing_of_theirs(route, &theirs);
		bool by_body = has_param(route->body, "unit") || has_param(route->body, "parent") || has_param(route->body, "into");
		if ((owned || by_body) && theirs.status != 404)
			fail_msg("%s about another unit: %d %s", route->name, theirs.status, kh_buf_text(&theirs.body));
		if (has_param(route->query, "unit")) {
			ask_route(w, route, OURS, "?unit=xa-kia", cookie, &asked, &owned);
			assert_int_equal(asked.status, 404);
			expect_nothing_of_theirs(route, &asked);
		}
	}
	assert_int_equal(their_rows(w), before);
}

/* The walk above would find nothing if the word were nowhere: who sees the whole province meets it in these. */
static void test_mark_is_there(void **state)
{
	const struct world *w = *state;
	static const char *const paths[] = {"/api/v1/units", "/api/v1/endpoints", "/api/v1/detections", "/api/v1/campaigns", "/api/v1/content/machines", "/api/v1/users", "/api/v1/tokens", "/api/v1/audit",
					    "/api/v1/units/tinh/comparison", "/api/v1/units/tinh/controls/av_running/rows?limit=500",
					    "/api/v1/directives/bien-hoa-2024?evidence=20", "/api/v1/directives/bien-hoa-2024/units", "/api/v1/registers/repair_slip/records"};
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	for (size_t i = 0; i < KH_COUNT(paths); i++) {
		auto_reply struct reply r = {0};
		world_ask(w, &(struct ask){.path = paths[i], .cookie = cookie}, &r);
		if (r.status != 200 || !strstr(kh_buf_text(&r.body), MARK))
			fail_msg("%s: %d %s", paths[i], r.status, kh_buf_text(&r.body));
	}
}

/* What lies outside is answered exactly like what does not exist. */
static void test_same_answer(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *there = kh_format("/api/v1/endpoints/%s", w->kia_uid);
	auto_reply struct reply a = {0}, b = {0};
	world_ask(w, &(struct ask){.path = there, .cookie = cookie}, &a);
	world_ask(w, &(struct ask){.path = "/api/v1/endpoints/00000000-0000-4000-8000-999999999999", .cookie = cookie}, &b);
	assert_int_equal(a.status, 404);
	assert_string_equal(kh_buf_text(&a.body), kh_buf_text(&b.body));
}

/* --- shapes --- */

static const json_t *openapi;

static bool fits(const json_t *schema, const json_t *value, const char *where);

static bool fits_object(const json_t *schema, const json_t *value, const char *where)
{
	const json_t *properties = json_object_get(schema, "properties"), *rest = json_object_get(schema, "additionalProperties");
	const char *key = NULL;
	json_t *item = NULL;
	size_t i = 0;
	if (!json_is_object(value))
		return false;
	json_array_foreach(json_object_get(schema, "required"), i, item)
		if (!json_object_get(value, json_string_value(item))) {
			print_error("%s: %s is missing\n", where, json_string_value(item));
			return false;
		}
	json_object_foreach((json_t *)value, key, item) {
		const json_t *property = json_object_get(properties, key);
		if (!property && !json_is_object(rest)) {
			print_error("%s: %s is not in the document\n", where, key);
			return false;
		}
		if (!fits(property ? property : rest, item, key))
			return false;
	}
	return true;
}

static bool fits_type(const json_t *schema, const json_t *value, const char *where)
{
	const char *type = json_string_value(json_object_get(schema, "type"));
	if (!type)
		return true;
	if (kh_streq(type, "object"))
		return fits_object(schema, value, where);
	if (kh_streq(type, "array")) {
		size_t i = 0;
		json_t *item = NULL;
		if (!json_is_array(value))
			return false;
		json_array_foreach(value, i, item)
			if (!fits(json_object_get(schema, "items"), item, where))
				return false;
		return true;
	}
	return kh_streq(type, "string")    ? json_is_string(value)
	       : kh_streq(type, "integer") ? json_is_integer(value)
	       : kh_streq(type, "number")  ? json_is_number(value)
	       : kh_streq(type, "boolean") ? json_is_boolean(value)
					   : json_is_null(value);
}

static bool fits(const json_t *schema, const json_t *value, const char *where)
{
	const char *reference = json_string_value(json_object_get(schema, "$ref"));
	const json_t *either = json_object_get(schema, "anyOf");
	size_t i = 0;
	json_t *one = NULL;
	const json_t *schemas = json_object_get(json_object_get(openapi, "components"), "schemas");
	if (reference)
		return fits(json_object_get(schemas, strrchr(reference, '/') + 1), value, reference);
	if (!either) {
		if (fits_type(schema, value, where))
			return true;
		kh_auto_free char *text = json_dumps(value, JSON_ENCODE_ANY);
		print_error("%s: %s does not fit\n", where, text);
		return false;
	}
	if (json_is_null(value))
		return true;
	json_array_foreach(either, i, one)
		if (!kh_streq(json_string_value(json_object_get(one, "type")), "null") && fits(one, value, where))
			return true;
	return false;
}

static const json_t *schema_of(const struct kh_api_route *route)
{
	const json_t *operation = json_object_get(json_object_get(json_object_get(openapi, "paths"), route->path), "get");
	const json_t *response = json_object_get(json_object_get(operation, "responses"), "200");
	return json_object_get(json_object_get(json_object_get(response, "content"), "application/json"), "schema");
}

/* Every GET, as one who may all, about a unit with machines: 200, and the JSON the document promises. */
static void test_shapes(void **state)
{
	const struct world *w = *state;
	kh_auto_json json_t *document = json_loads(kh_openapi_json, 0, NULL);
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	openapi = document;
	assert_non_null(document);
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		const json_t *schema = schema_of(route);
		auto_reply struct reply r = {0};
		bool owned = false;
		if (!reads(route))
			continue;
		ask_route(w, route, OURS, "", cookie, &r, &owned);
		if (r.status != 200)
			fail_msg("%s: %d %s", route->name, r.status, kh_buf_text(&r.body));
		kh_auto_json json_t *answer = schema ? json_loadb(kh_buf_text(&r.body), r.body.len, 0, NULL) : NULL;
		if (schema && (!answer || !fits(schema, answer, route->name)))
			fail_msg("%s answers something else than the OpenAPI document says", route->name);
	}
}

KH_TESTS_WITH(world_setup, world_teardown, test_nobody, test_foreign_pages, test_roles, test_first_password, test_strangers, test_mark_is_there, test_same_answer, test_shapes)
