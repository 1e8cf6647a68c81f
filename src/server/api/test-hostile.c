/* Every route with what no honest client sends: in each parameter of its path, its query and its body, and in each field of every register. Whatever comes, the answer is one of the
 * client's mistakes (or a good answer), as JSON with a code, and the server goes on. */
#include "server/api/route_ask.h"

#include "base/str.h"
#include "gen/registers.h"
#include "os/file.h"
#include "server/register/proof.h"

/* ---- what is sent ---- */

/* In a path or a query, as it stands on the wire. */
static const char *const words[] = {
	"0", "-1", "99999999999999999999999", "9223372036854775807", "-9223372036854775808", "1e309", "NaN", "%00", "a%00b", "%ff%fe", "%ed%a0%80", "%c0%ae", "%F0%9F%92%A9", "..%2f..%2fetc%2fpasswd",
	"%27%20OR%201=1--", "%25s%25n", "%3Cscript%3Ealert(1)%3C/script%3E", "%2Ccmd%7C'/c'!A1", "true", "null", "%7B%22a%22:1%7D", "%5B%5D", "2026-02-30", "9999-99-99", "-",
};

/* In a body, as JSON; %s stands for 100,000 letters. */
static const char *const values[] = {
	"null", "true", "0", "-1", "1.5", "1e308", "9223372036854775807", "-9223372036854775808", "\"\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud83d\\ude00\"", "\"\\u202e\\u200b\"", "\"\\n\\t\\u0007\"",
	"\"=cmd|'/c calc'!A1\"", "\"<img src=x onerror=alert(1)>\"", "\"'; DROP TABLE unit; --\"", "\"%n%s\"", "\"2026-02-30\"", "\"#9223372036854775807\"", "[]", "{}", "[[[[[[1]]]]]]", "[null,{\"a\":[1.5]}]",
	"{\"from\":{},\"to\":[]}", "\"%s\"",
};

/* Bodies that are no JSON object at all. */
static const char *const bodies[] = {
	"", " ", "null", "[]", "1", "\"text\"", "{", "}", "{\"a\":1,}", "{\"a\":1}{\"a\":1}", "{\"a\":1e999}", "{\"\":1}", "\xff\xfe", "{\"a\":\"\xc3\x28\"}", "{\"a\":NaN}", "\xef\xbb\xbf{}",
};

static char *letters(size_t n)
{
	char *text = kh_alloc(n + 1);
	memset(text, 'a', n);
	return text;
}

static char *deep(size_t n)
{
	struct kh_buf text = KH_BUF_INIT;
	kh_buf_adds(&text, "{\"a\":");
	for (size_t i = 0; i < n; i++)
		kh_buf_addc(&text, '[');
	return kh_buf_take(&text);
}

/* ---- what must come back ---- */

static void expect_answer(const struct world *w, const struct ask *a, const char *what)
{
	auto_reply struct reply r = {0};
	world_ask(w, a, &r);
	kh_auto_json json_t *json = r.body.len ? json_loadb(kh_buf_text(&r.body), r.body.len, 0, NULL) : NULL;
	bool told = r.status < 400 || json_is_string(json_object_get(json_object_get(json, "error"), "code"));
	if (r.status < 200 || r.status >= 500 || r.status == 401 || !told)
		fail_msg("%s %s with %.200s: %d %s", a->method, a->path, what, r.status, kh_buf_text(&r.body));
	/* What was sent may stand in the answer, which no browser takes for a page. */
	const char *type = kh_find_nocase(kh_buf_text(&r.head), "content-type: ");
	if (!kh_find_nocase(kh_buf_text(&r.head), "x-content-type-options: nosniff") || (type && kh_starts_with(type + strlen("content-type: "), "text/html")) || strstr(kh_buf_text(&r.body), "root:"))
		fail_msg("%s %s with %.200s: %s", a->method, a->path, what, kh_buf_text(&r.head));
}

/* Routes that would end the walk. */
static bool is_walked(const struct kh_api_route *route)
{
	return route->login && !route_ends_session(route) && !kh_streq(route->name, "me_set_password");
}

#define each_route(route) \
	for (const struct kh_api_route *route = kh_api_routes; route < kh_api_routes + KH_API_ROUTES_COUNT; route++) \
		if (is_walked(route))

/* ---- paths ---- */

/* The path with its n-th parameter replaced; NULL: it has no n-th. */
static char *path_with(const struct world *w, const struct kh_api_route *route, int n, const char *word)
{
	kh_auto_free char *template = kh_strdup(route->path), *good = route_path(w, route, OWN);
	struct kh_buf path = KH_BUF_INIT;
	char *rest = template, *made = good;
	bool found = false;
	for (char *part = kh_split(&rest, "/"), *own = kh_split(&made, "/"); part; part = kh_split(&rest, "/"), own = kh_split(&made, "/")) {
		bool here = *part == '{' && n-- == 0;
		found |= here;
		kh_buf_addf(&path, "%s%s", path.len || part != template ? "/" : "", here ? word : own);
	}
	char *text = kh_buf_take(&path);
	return found ? text : (free(text), NULL);
}

static void test_paths(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *longest = letters(4000);
	each_route(route) {
		kh_auto_free char *body = route_body(w, route, OWN), *query = route_query(w, route, OWN, false);
		for (int n = 0; n < 4; n++)
			for (size_t i = 0; i <= KH_COUNT(words); i++) {
				kh_auto_free char *path = path_with(w, route, n, i < KH_COUNT(words) ? words[i] : longest);
				if (!path)
					break;
				kh_auto_free char *full = kh_format("%s%s", path, query);
				expect_answer(w, &(struct ask){.method = route->method, .path = full, .body = route_reads(route) ? NULL : body, .cookie = cookie}, "a path");
			}
	}
}

/* ---- queries ---- */

static void test_queries(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *longest = letters(6000);
	each_route(route) {
		kh_auto_free char *path = route_path(w, route, OWN), *body = route_body(w, route, OWN), *query = route_query(w, route, OWN, false);
		for (const struct kh_api_param *param = route->query; param && param->name; param++)
			for (size_t i = 0; i <= KH_COUNT(words); i++) {
				/* The first of two counts; what is required comes behind. */
				kh_auto_free char *full = kh_format("%s?%s=%s%s%s", path, param->name, i < KH_COUNT(words) ? words[i] : longest, *query ? "&" : "", *query ? query + 1 : "");
				expect_answer(w, &(struct ask){.method = route->method, .path = full, .body = route_reads(route) ? NULL : body, .cookie = cookie}, param->name);
			}
	}
}

/* ---- bodies ---- */

static void send_body(const struct world *w, const struct kh_api_route *route, const char *cookie, const char *body)
{
	kh_auto_free char *path = route_path(w, route, OWN), *query = route_query(w, route, OWN, false), *full = kh_format("%s%s", path, query);
	expect_answer(w, &(struct ask){.method = route->method, .path = full, .body = body, .cookie = cookie}, body);
}

static char *value_text(size_t i, const char *longest)
{
	return kh_streq(values[i], "\"%s\"") ? kh_format("\"%s\"", longest) : kh_strdup(values[i]);
}

static void test_bodies(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *longest = letters(100000), *deepest = deep(100000);
	each_route(route) {
		if (route_reads(route))
			continue;
		for (size_t i = 0; i < KH_COUNT(bodies); i++)
			send_body(w, route, cookie, bodies[i]);
		send_body(w, route, cookie, deepest);
		for (const struct kh_api_param *param = route->body; param && param->name; param++)
			for (size_t i = 0; i < KH_COUNT(values); i++) {
				kh_auto_free char *good = route_body(w, route, OWN), *value = value_text(i, longest);
				kh_auto_json json_t *rest = json_loads(good, 0, NULL);
				json_object_del(rest, param->name);
				kh_auto_free char *others = json_dumps(rest, JSON_COMPACT), *body = kh_format("{\"%s\":%s%s%s", param->name, value, json_object_size(rest) ? "," : "", others + 1);
				send_body(w, route, cookie, body);
			}
	}
}

/* ---- fields of registers ---- */

static char *fields_with(const struct kh_register *reg, const char *value)
{
	struct kh_buf fields = KH_BUF_INIT;
	kh_buf_adds(&fields, "{\"fields\":{");
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		kh_buf_addf(&fields, "%s\"%s\":%s", f == reg->fields ? "" : ",", f->name, value);
	kh_buf_adds(&fields, "},\"version\":1}");
	return kh_buf_take(&fields);
}

static void test_fields(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *longest = letters(20000);
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		for (size_t i = 0; i < KH_COUNT(values); i++) {
			kh_auto_free char *value = value_text(i, longest), *body = fields_with(reg, value);
			kh_auto_free char *create = kh_format("/api/v1/registers/%s/records", reg->name), *filter = kh_format("%s?filter=%%7B%%22%s%%22:%%22x%%22%%7D&sort=%s", create, reg->fields[0].name, reg->fields[0].name);
			json_t *made = json_loads(body, 0, NULL);
			json_object_del(made, "version");
			kh_auto_free char *alone = json_dumps(made, JSON_COMPACT | JSON_ENCODE_ANY);
			json_decref(made);
			expect_answer(w, &(struct ask){.method = "POST", .path = create, .body = alone ? alone : body, .cookie = cookie}, body);
			expect_answer(w, &(struct ask){.method = "GET", .path = filter, .cookie = cookie}, "a filter");
		}
}

/* A file that is refused leaves nothing on disk. */
static void test_refused_files(void **state)
{
	const struct world *w = *state;
	static const char *const refused[] = {"kind=abc&name=a.txt", "kind=photo&name=..", "kind=photo&name=%01"};
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *dir = kh_format("%s/" KH_PROOF_DIR, w->server->data_dir);
	for (size_t i = 0; i < KH_COUNT(refused); i++) {
		uint8_t hash[KH_SHA256_SIZE];
		char hex[KH_SHA256_HEX_SIZE];
		kh_auto_free char *bytes = kh_format("refused %zu", i), *path = kh_format("/api/v1/registers/repair_slip/records/%lld/files?%s", (long long)w->at[OWN].record, refused[i]);
		kh_sha256_of(bytes, strlen(bytes), hash);
		kh_auto_free char *file = kh_format("%s/%s", dir, kh_sha256_hex(hash, hex));
		json_decref(world_json(w, &(struct ask){.method = "POST", .path = path, .body = bytes, .cookie = cookie}, 400));
		assert_false(kh_file_exists(file));
	}
}

/* After all of that the server answers as before. */
static void test_goes_on(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/units", .cookie = cookie}, 200));
}

KH_TESTS_WITH(world_setup, world_teardown, test_paths, test_queries, test_bodies, test_fields, test_refused_files, test_goes_on)
