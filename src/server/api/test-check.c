/* Finding routes, checking queries and bodies, and the origin of a write: without a server. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "server/api/check.h"
#include "server/api/guard.h"
#include "server/api/route.h"

static void test_route_find(void **state)
{
	(void)state;
	static const struct {
		const char *method, *path, *name;
		bool known;
	} cases[] = {
		{"GET", "/api/v1/units", "unit_list", true},
		{"POST", "/api/v1/units", "unit_add", true},
		{"HEAD", "/api/v1/units", "unit_list", true},
		{"GET", "/api/v1/units/xa-nha", "unit_show", true},
		{"GET", "/api/v1/units/xa-nha/controls/av_running/rows", "control_rows", true},
		{"DELETE", "/api/v1/units", NULL, true},
		{"GET", "/api/v1/units/", NULL, false},
		{"GET", "/api/v1/units//posture", NULL, false},
		{"GET", "/api/v1/unit", NULL, false},
		{"GET", "/api/v1/unitsx", NULL, false},
		{"GET", "/api/v1", NULL, false},
		{"GET", "", NULL, false},
		{"GET", "/api/v1/units/a/b/c/d/e/f", NULL, false},
		{"get", "/api/v1/units", NULL, true},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		bool known = false;
		const struct kh_api_route *route = kh_route_find(cases[i].method, cases[i].path, &known);
		if (!kh_streq(route ? route->name : NULL, cases[i].name) || known != cases[i].known)
			fail_msg("%s %s: %s", cases[i].method, cases[i].path, route ? route->name : "-");
	}
}

static void test_route_params(void **state)
{
	(void)state;
	bool known = false;
	char *params[4] = {0};
	const struct kh_api_route *route = kh_route_find("GET", "/api/v1/units/xã nhà/controls/av_running/rows", &known);
	kh_route_params(route, "/api/v1/units/xã nhà/controls/av_running/rows", params, 4);
	assert_string_equal(params[0], "xã nhà");
	assert_string_equal(params[1], "av_running");
	assert_null(params[2]);
	free(params[0]);
	free(params[1]);
	kh_auto_free char *methods = kh_route_methods("/api/v1/session");
	assert_string_equal(methods, "POST, DELETE");
}

/* Two routes never answer the same method and path: the first would hide the second. */
static void test_routes_distinct(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		bool known = false;
		assert_ptr_equal(kh_route_find(kh_api_routes[i].method, kh_api_routes[i].path, &known), &kh_api_routes[i]);
	}
}

static const struct kh_api_param params[] = {
	{.name = "name", .type = KH_PARAM_TEXT, .required = true, .min = 0, .max = 8},
	{.name = "limit", .type = KH_PARAM_INT, .min = 1, .max = 500, .fallback = "50"},
	{.name = "desc", .type = KH_PARAM_BOOL, .min = INT64_MIN, .max = INT64_MAX, .fallback = "false"},
	{.name = "role", .type = KH_PARAM_TEXT, .min = 0, .max = 32, .values = (const char *const[]){"a", "b", NULL}},
	{0},
};

static void test_body(void **state)
{
	(void)state;
	static const struct {
		const char *body, *args, *detail; /* args NULL: refused, with the detail beginning so */
	} cases[] = {
		{"{\"name\":\"x\"}", "{\"name\":\"x\",\"limit\":50,\"desc\":false}", NULL},
		{"{\"name\":\"x\",\"limit\":7,\"desc\":true,\"role\":\"b\"}", "{\"name\":\"x\",\"limit\":7,\"desc\":true,\"role\":\"b\"}", NULL},
		{"{\"name\":\"x\",\"role\":null}", "{\"name\":\"x\",\"limit\":50,\"desc\":false}", NULL},
		{"{\"name\":\"a\\u0300\"}", "{\"name\":\"\\u00e0\",\"limit\":50,\"desc\":false}", NULL}, /* composed */
		{"{}", NULL, "name: is missing"},
		{"{\"name\":\"\"}", NULL, "name: expected a text"},
		{"{\"name\":7}", NULL, "name: expected a text"},
		{"{\"name\":\"123456789\"}", NULL, "name: expected 0 to 8 bytes"},
		{"{\"name\":\"x\",\"limit\":0}", NULL, "limit: expected a number from 1 to 500"},
		{"{\"name\":\"x\",\"limit\":\"7\"}", NULL, "limit: expected a whole number"},
		{"{\"name\":\"x\",\"limit\":7.5}", NULL, "limit: expected a whole number"},
		{"{\"name\":\"x\",\"desc\":1}", NULL, "desc: expected true or false"},
		{"{\"name\":\"x\",\"role\":\"c\"}", NULL, "role: expected one of a, b"},
		{"{\"name\":\"x\",\"rolle\":\"a\"}", NULL, "rolle: unknown field"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *body = json_loads(cases[i].body, 0, NULL), *args = json_object();
		kh_auto_json json_t *expected = cases[i].args ? json_loads(cases[i].args, 0, NULL) : NULL;
		int r = kh_check_body(params, body, args);
		if (expected ? r != 0 || !json_equal(args, expected) : r != KH_E_INVALID_FIELD || !kh_starts_with(kh_fail_detail(), cases[i].detail))
			fail_msg("%s: %d %s", cases[i].body, r, r < 0 ? kh_fail_detail() : "");
	}
}

static void test_query_text(void **state)
{
	(void)state;
	kh_auto_json json_t *number = NULL, *flag = NULL, *none = NULL;
	assert_int_equal(kh_check_text(&params[1], "500", &number), 0);
	assert_int_equal(json_integer_value(number), 500);
	assert_int_equal(kh_check_text(&params[2], "true", &flag), 0);
	assert_true(json_is_true(flag));
	static const char *const wrong[] = {"501", "0", "-1", "7x", " 7", "7.0", "99999999999999999999"};
	for (size_t i = 0; i < KH_COUNT(wrong); i++)
		assert_int_equal(kh_check_text(&params[1], wrong[i], &none), KH_E_INVALID_FIELD);
	assert_int_equal(kh_check_text(&params[2], "1", &none), KH_E_INVALID_FIELD);
	assert_int_equal(kh_check_text(&params[0], "\xff", &none), KH_E_ENCODING);
}

/* Fallbacks of the spec pass their own checks. */
static void test_fallbacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		for (int k = 0; k < 2; k++)
			for (const struct kh_api_param *p = k ? kh_api_routes[i].body : kh_api_routes[i].query; p && p->name; p++) {
				kh_auto_json json_t *value = NULL;
				if (p->fallback && kh_check_text(p, p->fallback, &value) < 0)
					fail_msg("%s: %s", kh_api_routes[i].name, kh_fail_detail());
			}
}

static void test_origin(void **state)
{
	(void)state;
	assert_true(kh_guard_same_origin("https://khien.example:8443", "khien.example:8443"));
	assert_true(kh_guard_same_origin("https://Khien.Example", "khien.example"));
	assert_false(kh_guard_same_origin("http://khien.example:8443", "khien.example:8443"));
	assert_false(kh_guard_same_origin("https://khien.example", "khien.example:8443"));
	assert_false(kh_guard_same_origin("https://khien.example.evil", "khien.example"));
	assert_false(kh_guard_same_origin("null", "khien.example"));
	assert_false(kh_guard_same_origin("https://khien.example", NULL));
}

KH_TESTS(test_route_find, test_route_params, test_routes_distinct, test_body, test_query_text, test_fallbacks, test_origin)
