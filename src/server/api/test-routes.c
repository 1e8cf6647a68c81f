/* Every route of the table, walked: by nobody, by a stranger of another commune, and by one who may all. What a route answers must be what the OpenAPI document says. A new
 * route is tested by being in spec/api; who may what of it is the table of test-rights.c. */
#include "server/api/route_ask.h"

#include "base/str.h"
#include "gen/openapi.h"

/* --- who may --- */

static void test_nobody(void **state)
{
	const struct world *w = *state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		static const char *const cookies[] = {NULL, "khien_session=", "khien_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
		for (size_t c = 0; route->login && c < KH_COUNT(cookies); c++) {
			auto_reply struct reply r = {0};
			route_ask(w, route, OWN, true, cookies[c], &r);
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
		if (route_reads(route))
			continue;
		kh_auto_free char *path = route_path(w, route, OWN);
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

static void test_first_password(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-new");
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		bool open = kh_starts_with(route->path, "/api/v1/me") || kh_starts_with(route->path, "/api/v1/session");
		auto_reply struct reply r = {0};
		if (!route->login || open)
			continue;
		route_ask(w, route, OWN, true, cookie, &r);
		if (r.status != 403)
			fail_msg("%s before the first password was changed: %d %s", route->name, r.status, kh_buf_text(&r.body));
	}
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/me", .cookie = cookie}, 200));
}

/* --- strangers --- */

static void expect_nothing_of_theirs(const struct kh_api_route *route, const struct reply *r)
{
	static const char *const marks[] = {MARK, MARK_ABOVE};
	for (size_t i = 0; i < KH_COUNT(marks); i++)
		if (strstr(kh_buf_text(&r->body), marks[i]))
			fail_msg("%s shows what belongs to another unit: %s", route->name, kh_buf_text(&r->body));
}

/* Every route that reads, as the administrator of xa-nha: its own view, narrowed and not, shows nothing of the units beside and above. */
static void test_strangers(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin");
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		for (int narrow = 0; route->login && route_reads(route) && narrow <= 1; narrow++) {
			auto_reply struct reply r = {0};
			route_ask(w, route, OWN, narrow, cookie, &r);
			if (r.status != 200)
				fail_msg("%s of the own unit: %d %s", route->name, r.status, kh_buf_text(&r.body));
			expect_nothing_of_theirs(route, &r);
		}
	}
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
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *there = kh_format("/api/v1/endpoints/%s", w->at[BESIDE].endpoint);
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
		if (!route_reads(route))
			continue;
		route_ask(w, route, OWN, false, cookie, &r);
		if (r.status != 200)
			fail_msg("%s: %d %s", route->name, r.status, kh_buf_text(&r.body));
		kh_auto_json json_t *answer = schema ? json_loadb(kh_buf_text(&r.body), r.body.len, 0, NULL) : NULL;
		if (schema && (!answer || !fits(schema, answer, route->name)))
			fail_msg("%s answers something else than the OpenAPI document says", route->name);
	}
}

KH_TESTS_WITH(world_setup, world_teardown, test_nobody, test_foreign_pages, test_first_password, test_strangers, test_mark_is_there, test_same_answer, test_shapes)
