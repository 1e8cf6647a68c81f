/* What the routes of this directory answer, over TLS: units, posture, rows, directives, facts, the console's files, and wrong questions. */
#include "server/api/world.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "gen/controls.h"
#include "gen/figures.h"

static const json_t *at(const json_t *json, const char *path)
{
	kh_auto_free char *copy = kh_strdup(path);
	char *rest = copy;
	for (char *part = kh_split(&rest, "."); json && part; part = kh_split(&rest, ".")) {
		int64_t index = 0;
		json = kh_parse_int(part, 0, 100000, &index) ? json_array_get(json, (size_t)index) : json_object_get(json, part);
	}
	return json;
}

static const char *text_at(const json_t *json, const char *path)
{
	const char *text = json_string_value(at(json, path));
	return text ? text : "(none)";
}

static int64_t int_at(const json_t *json, const char *path)
{
	return json_is_integer(at(json, path)) ? json_integer_value(at(json, path)) : -1;
}

static const json_t *item_with(const json_t *json, const char *list, const char *path, const char *value)
{
	size_t i = 0;
	json_t *item = NULL;
	json_array_foreach(at(json, list), i, item)
		if (kh_streq(text_at(item, path), value))
			return item;
	return NULL;
}

static json_t *get(const struct world *w, const char *cookie, const char *path)
{
	return world_json(w, &(struct ask){.path = path, .cookie = cookie}, 200);
}

/* --- units --- */

static void test_tree(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *top = world_login(w, "tinh-admin"), *ward = world_login(w, "nha-viewer");
	kh_auto_json json_t *all = get(w, top, "/api/v1/units"), *own = get(w, ward, "/api/v1/units"), *one = get(w, ward, "/api/v1/units/truong-nha");
	assert_int_equal(int_at(all, "total"), 5);
	assert_string_equal(text_at(all, "items.0.code"), "tinh");
	assert_int_equal(int_at(all, "items.0.endpoints"), 7);
	assert_int_equal(int_at(all, "items.0.own_endpoints"), 1);
	assert_int_equal(int_at(all, "items.0.children"), 2);
	assert_true(json_is_null(at(all, "items.0.controls"))); /* asked for where somebody looks */

	assert_int_equal(int_at(own, "total"), 2);
	assert_string_equal(text_at(own, "items.0.code"), "xa-nha");
	assert_true(json_is_null(at(own, "items.0.parent"))); /* what is above the caller is not his to see */
	assert_int_equal(int_at(own, "items.0.endpoints"), 3);
	assert_int_equal(int_at(own, "items.0.own_endpoints"), 1);
	assert_string_equal(text_at(own, "items.1.parent"), "xa-nha");
	assert_int_equal(int_at(own, "items.1.depth"), 1);

	assert_int_equal(json_array_size(at(one, "path")), 2);
	assert_string_equal(text_at(one, "path.0.code"), "xa-nha");
	assert_string_equal(text_at(one, "path.1.code"), "truong-nha");
	assert_string_equal(text_at(one, "changes.0.what"), "add");
}

static void assert_all_controls(const json_t *standing, size_t n)
{
	static const char *const names[] = {"met", "partly", "not_met", "not_measured", "not_applicable"};
	int64_t sum = 0;
	for (size_t i = 0; i < KH_COUNT(names); i++)
		sum += int_at(at(standing, "controls"), names[i]);
	if (sum != (int64_t)n)
		fail_msg("%s: %lld of %zu controls", text_at(standing, "code"), (long long)sum, n);
}

/* The unit and those right below it, each as its own page shows it. */
static void test_standing(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *top = world_login(w, "tinh-admin"), *ward = world_login(w, "nha-viewer");
	kh_auto_json json_t *all = get(w, top, "/api/v1/units/tinh/standing"), *own = get(w, ward, "/api/v1/units/xa-nha/standing"), *school = get(w, ward, "/api/v1/units/truong-nha");
	assert_int_equal(int_at(all, "total"), 3);
	assert_int_equal(int_at(own, "total"), 2);
	assert_string_equal(text_at(own, "items.1.code"), "truong-nha");
	assert_true(json_equal(at(own, "items.1.controls"), at(school, "unit.controls")));
	size_t i = 0;
	const json_t *one = NULL;
	json_array_foreach(at(all, "items"), i, one)
		assert_all_controls(one, KH_CONTROLS_COUNT);
}

/* The number of a decision about the unit, written down by this user. */
static int64_t decide(const struct world *w, const char *cookie, const char *unit_path)
{
	kh_auto_free char *path = kh_format("%s/decisions?number=12%%2FQ%%C4%%90&decided_on=2026-01-02&name=qd.pdf", unit_path);
	kh_auto_json json_t *made = world_json(w, &(struct ask){.path = path, .body = "%PDF-1.4", .cookie = cookie}, 200);
	kh_auto_free char *file = kh_format("%s/decisions/%lld", unit_path, (long long)int_at(made, "id"));
	auto_reply struct reply r = {0};
	world_ask(w, &(struct ask){.path = file, .cookie = cookie}, &r);
	assert_int_equal(r.status, 200);
	assert_string_equal(kh_buf_text(&r.body), "%PDF-1.4");
	return int_at(made, "id");
}

/* Asks for a change of a unit as it stands, with its version; `fields` are the further ones, or "". */
static json_t *change_unit(const struct world *w, const char *cookie, struct ask a, const char *code, const char *fields, int status)
{
	kh_auto_free char *own = kh_format("/api/v1/units/%s", code), *path = kh_format("%s/%s", own, a.path);
	kh_auto_json json_t *now = get(w, cookie, own);
	kh_auto_free char *decision = kh_streq(a.path, "name") ? kh_strdup("") : kh_format("\"decision\":%lld,", (long long)decide(w, cookie, own));
	kh_auto_free char *body = kh_format("{%s%s%s\"version\":%d}", fields, *fields ? "," : "", decision, (int)int_at(now, "unit.version"));
	return world_json(w, &(struct ask){.method = a.method, .path = path, .body = body, .cookie = cookie}, status);
}

static void test_change_tree(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *top = world_login(w, "tinh-admin"), *ward = world_login(w, "nha-admin");
	static const char add[] = "{\"name\":\"Trạm Y tế Hoa Mai\",\"kind\":\"health\",\"parent\":\"xa-nha\"}";
	kh_auto_json json_t *made = world_json(w, &(struct ask){.path = "/api/v1/units", .body = add, .cookie = ward}, 200);
	assert_string_equal(text_at(made, "unit.code"), "tram-y-te-hoa-mai");
	kh_auto_json json_t *renamed = change_unit(w, ward, (struct ask){.method = "PUT", .path = "name"}, "tram-y-te-hoa-mai", "\"name\":\"Trạm Y tế\"", 200);
	assert_string_equal(text_at(renamed, "unit.name"), "Trạm Y tế");

	/* The school moves to the other commune and back: the sums go with it. */
	kh_auto_json json_t *before = get(w, top, "/api/v1/units/xa-nha/posture");
	kh_auto_json json_t *moved = change_unit(w, top, (struct ask){.method = "PUT", .path = "parent"}, "truong-nha", "\"parent\":\"xa-kia\"", 200);
	assert_string_equal(text_at(moved, "unit.parent"), "xa-kia");
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/units/truong-nha", .cookie = ward}, 404));
	kh_auto_json json_t *less = get(w, top, "/api/v1/units/xa-nha");
	assert_int_equal(int_at(less, "unit.endpoints"), 1);
	json_decref(change_unit(w, top, (struct ask){.method = "PUT", .path = "parent"}, "truong-nha", "\"parent\":\"xa-nha\"", 200));
	kh_auto_json json_t *after = get(w, top, "/api/v1/units/xa-nha/posture");
	assert_true(json_equal(at(before, "items"), at(after, "items")));

	kh_auto_json json_t *ended = change_unit(w, ward, (struct ask){.method = "POST", .path = "end"}, "tram-y-te-hoa-mai", "", 200);
	assert_true(int_at(ended, "unit.to_s") > 0);
	json_decref(change_unit(w, ward, (struct ask){.method = "POST", .path = "end"}, "truong-nha", "", 409));                               /* has machines */
	json_decref(change_unit(w, ward, (struct ask){.method = "POST", .path = "merge"}, "truong-nha", "\"into\":\"truong-nha\"", 409)); /* into itself */
	/* Nobody ends, moves or merges the unit from which the own rights come. */
	json_decref(change_unit(w, ward, (struct ask){.method = "POST", .path = "end"}, "xa-nha", "", 403));
	json_decref(change_unit(w, ward, (struct ask){.method = "PUT", .path = "parent"}, "truong-nha", "", 400));
}

/* --- posture --- */

static void test_posture(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-leader");
	kh_auto_json json_t *posture = get(w, cookie, "/api/v1/units/xa-nha/posture");
	assert_int_equal(int_at(posture, "total"), KH_CONTROLS_COUNT);
	const json_t *running = item_with(posture, "items", "control", "av_running");
	int64_t fail = int_at(running, "counts.fail"), all = fail + int_at(running, "counts.pass") + int_at(running, "counts.unknown");
	all += int_at(running, "counts.not_applicable");
	assert_int_equal(all, 3);

	kh_auto_json json_t *rows = get(w, cookie, "/api/v1/units/xa-nha/controls/av_running/rows?states=fail,unknown");
	assert_int_equal(int_at(rows, "total"), fail + int_at(running, "counts.unknown"));
	assert_int_equal(json_array_size(at(rows, "items")), int_at(rows, "total"));
	kh_auto_json json_t *page = get(w, cookie, "/api/v1/units/xa-nha/controls/av_running/rows?limit=1&offset=1");
	assert_int_equal(json_array_size(at(page, "items")), 1);
	assert_int_equal(int_at(page, "total"), 3);
	kh_auto_json json_t *named = get(w, cookie, "/api/v1/units/xa-nha/controls/av_running/rows?text=NHA-2");
	assert_int_equal(int_at(named, "total"), 1);
	assert_string_equal(text_at(named, "items.0.subject"), "NHA-2");

	kh_auto_json json_t *history = get(w, cookie, "/api/v1/units/xa-nha/posture/av_running/history?days=3");
	assert_int_equal(json_array_size(at(history, "items")), 3);
	assert_int_equal(int_at(history, "items.1.counts.fail"), 0);
	assert_int_equal(int_at(history, "items.2.counts.fail"), fail);
	kh_auto_json json_t *figure = get(w, cookie, "/api/v1/units/xa-nha/figures/K01/history?days=2");
	assert_true(json_is_null(at(figure, "items.0.value")));
	kh_auto_json json_t *figures = get(w, cookie, "/api/v1/units/xa-nha/figures");
	assert_int_equal(int_at(figures, "total"), KH_FIGURES_COUNT);
	kh_auto_json json_t *past = get(w, cookie, "/api/v1/units/xa-nha/posture?at=2024-01-01");
	assert_string_equal(text_at(past, "day"), "2024-01-01");
	assert_string_equal(text_at(past, "items.0.state"), "not_measured");
}

static void test_comparison(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *top = world_login(w, "tinh-admin"), *ward = world_login(w, "nha-viewer");
	kh_auto_json json_t *province = get(w, top, "/api/v1/units/tinh/comparison"), *commune = get(w, ward, "/api/v1/units/xa-nha/comparison");
	assert_int_equal(int_at(province, "total"), 3); /* its own machine, then the communes */
	assert_int_equal(int_at(province, "items.1.endpoints"), 3);
	static const char *const columns[] = {"items.1.states", "items.1.shares", "items.1.fails", "items.1.unknowns"};
	for (size_t i = 0; i < KH_COUNT(columns); i++)
		assert_int_equal(json_array_size(at(province, columns[i])), KH_CONTROLS_COUNT);
	assert_int_equal(json_array_size(at(province, "controls")), KH_CONTROLS_COUNT);
	assert_true(json_is_true(at(commune, "items.0.own"))); /* its own machine, then the units below */
	assert_int_equal(int_at(commune, "items.0.endpoints"), 1);
	assert_string_equal(text_at(commune, "items.1.unit.code"), "truong-nha");
	assert_int_equal(int_at(commune, "items.1.endpoints"), 2);
}

/* --- directives --- */

static void test_directives(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *leader = world_login(w, "nha-leader"), *viewer = world_login(w, "nha-viewer");
	kh_auto_json json_t *list = get(w, leader, "/api/v1/directives"), *one = get(w, leader, "/api/v1/directives/bien-hoa-2024?evidence=2");
	assert_int_equal(int_at(list, "total"), 5);
	assert_int_equal(json_array_size(at(one, "clauses")), 15);
	assert_int_equal(int_at(one, "directive.clauses"), 15);
	const json_t *clause = item_with(one, "clauses", "id", "1-2b"), *figure = item_with(clause, "figures", "id", "K01");
	assert_non_null(figure);
	assert_int_equal(json_array_size(at(figure, "evidence")), 2);
	assert_string_equal(text_at(figure, "evidence.0.control"), text_at(figure, "control"));

	/* Who may not see evidence gets the figures without it. */
	kh_auto_json json_t *bare = get(w, viewer, "/api/v1/directives/bien-hoa-2024?evidence=20");
	assert_int_equal(json_array_size(at(item_with(item_with(bare, "clauses", "id", "1-2b"), "figures", "id", "K01"), "evidence")), 0);

	/* A past day has its own figures, and no rows. */
	kh_auto_json json_t *past = get(w, leader, "/api/v1/directives/bien-hoa-2024?at=2024-06-30&evidence=20");
	assert_string_equal(text_at(past, "day"), "2024-06-30");
	assert_int_equal(int_at(past, "directive.states.not_measured"), 15);
	kh_auto_json json_t *units = get(w, leader, "/api/v1/directives/bien-hoa-2024/units");
	assert_int_equal(int_at(units, "total"), 2);
}

static void test_law(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-viewer");
	kh_auto_json json_t *today = get(w, cookie, "/api/v1/law"), *before = get(w, cookie, "/api/v1/law?at=2020-01-01");
	const json_t *rule = item_with(today, "items", "rule", "av_signature_days");
	assert_string_equal(text_at(rule, "value"), "15");
	assert_string_equal(text_at(rule, "text.id"), "cv-2290-2018");
	assert_true(int_at(before, "total") < int_at(today, "total"));
}

static void test_report_files(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-officer");
	static const struct {
		const char *path, *type, *name, *begins;
	} cases[] = {
		{"/api/v1/directives/bien-hoa-2024/report", "text/csv", "bien-hoa-2024_xa-nha_", "\xEF\xBB\xBF\"Đơn vị\""},
		{"/api/v1/directives/bien-hoa-2024/report?format=json&unit=truong-nha", "application/json", "bien-hoa-2024_truong-nha_",
		 "{\"unit\":{\"code\":\"truong-nha\""},
		{"/api/v1/directives/bien-hoa-2024/report?format=text", "text/plain", ".txt", "\nKết quả"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_reply struct reply r = {0};
		world_ask(w, &(struct ask){.path = cases[i].path, .cookie = cookie}, &r);
		assert_int_equal(r.status, 200);
		assert_non_null(strstr(kh_buf_text(&r.head), cases[i].type));
		assert_non_null(strstr(kh_buf_text(&r.head), cases[i].name));
		assert_true(kh_starts_with(kh_buf_text(&r.body), cases[i].begins));
	}
}

/* --- one machine --- */

static void test_machine(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-officer"), *path = kh_format("/api/v1/endpoints/%s", w->at[OWN].endpoint);
	kh_auto_json json_t *machine = get(w, cookie, path);
	assert_string_equal(text_at(machine, "endpoint.hostname"), "NHA-1");
	assert_string_equal(text_at(machine, "health.version"), "0.1.0");
	assert_string_equal(text_at(machine, "certificate.serial"), "NHA-1");
	assert_true(int_at(machine, "last_scan.files") > 0);
	size_t of_machines = 0;
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		of_machines += kh_controls[i].over == KH_OVER_ENDPOINT;
	assert_int_equal(json_array_size(at(machine, "answers")), of_machines);
	assert_non_null(item_with(machine, "facts", "table", "os"));

	kh_auto_free char *facts = kh_format("%s/facts/os", path), *searched = kh_format("%s/facts/os?text=khong-co", path);
	kh_auto_free char *none = kh_format("%s/facts/nothing", path), *sorted = kh_format("%s/facts/os?sort=nothing", path);
	kh_auto_json json_t *os = get(w, cookie, facts), *empty = get(w, cookie, searched);
	assert_int_equal(int_at(os, "total"), 1);
	assert_string_equal(text_at(os, "columns.0.label.en"), "System");
	assert_string_equal(text_at(os, "items.0.0"), "NHA-1");
	assert_int_equal(int_at(empty, "total"), 0);
	json_decref(world_json(w, &(struct ask){.path = none, .cookie = cookie}, 404));
	json_decref(world_json(w, &(struct ask){.path = sorted, .cookie = cookie}, 400));

	kh_auto_free char *rows = kh_format("%s/controls/av_running/rows", path);
	kh_auto_json json_t *why = get(w, cookie, rows);
	assert_int_equal(int_at(why, "total"), 1);
}

/* --- questions that are wrong --- */

static void test_wrong_questions(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	static const struct {
		struct ask ask;
		int status;
		const char *code;
	} cases[] = {
		{{.path = "/api/v1/nothing"}, 404, "not_found"},
		{{.path = "/api/v2/units"}, 404, "not_found"},
		{{.method = "DELETE", .path = "/api/v1/units"}, 405, "method_not_allowed"},
		{{.path = "/api/v1/units/khong-co"}, 404, "unknown_unit"},
		{{.path = "/api/v1/directives/khong-co"}, 404, "unknown_directive"},
		{{.path = "/api/v1/directives?unit=khong-co"}, 404, "unknown_unit"},
		{{.path = "/api/v1/directives?at=2026-02-30"}, 400, "invalid_field"},
		{{.path = "/api/v1/directives?at=2999-01-01"}, 400, "invalid_field"},
		{{.path = "/api/v1/units/tinh/controls/khong-co/rows"}, 404, "not_found"},
		{{.path = "/api/v1/units/tinh/controls/av_running/rows?limit=0"}, 400, "invalid_field"},
		{{.path = "/api/v1/units/tinh/controls/av_running/rows?limit=x"}, 400, "invalid_field"},
		{{.path = "/api/v1/units/tinh/controls/av_running/rows?offset=-1"}, 400, "invalid_field"},
		{{.path = "/api/v1/units/tinh/controls/av_running/rows?states=good"}, 400, "invalid_field"},
		{{.path = "/api/v1/units/tinh/figures/K99/history"}, 404, "not_found"},
		{{.path = "/api/v1/units", .body = "{\"name\":"}, 400, "syntax"},
		{{.path = "/api/v1/units", .body = "[]"}, 400, "syntax"},
		{{.path = "/api/v1/units", .body = "{\"name\":\"x\"}"}, 400, "invalid_field"},
		{{.path = "/api/v1/units", .body = "{\"name\":\"x\",\"kind\":\"ward\",\"parent\":\"tinh\",\"x\":1}"}, 400, "invalid_field"},
		{{.path = "/api/v1/units", .body = "{\"name\":\"x\",\"code\":\"xa-nha\",\"kind\":\"ward\",\"parent\":\"tinh\"}"}, 409, "exists"},
		{{.path = "/api/v1/units/tinh';DROP TABLE unit;--"}, 404, "unknown_unit"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct ask ask = cases[i].ask;
		ask.cookie = cookie;
		if (strchr(ask.path, ' '))
			ask.path = "/api/v1/units/tinh';DROP%20TABLE%20unit;--";
		kh_auto_json json_t *error = world_json(w, &ask, cases[i].status);
		if (!kh_streq(text_at(error, "error.code"), cases[i].code))
			fail_msg("%s: %s, expected %s", cases[i].ask.path, text_at(error, "error.code"), cases[i].code);
	}
}

static void test_language(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-viewer");
	const struct ask stranger = {.path = "/api/v1/me", .header = "Accept-Language: en"};
	const struct ask known = {.path = "/api/v1/units/khong-co", .cookie = cookie, .header = "Accept-Language: en"};
	kh_auto_json json_t *english = world_json(w, &stranger, 401), *vietnamese = world_json(w, &known, 404);
	assert_string_equal(text_at(english, "error.message"), "Log in first");
	assert_string_equal(text_at(vietnamese, "error.message"), "Không có đơn vị này");
	/* The details too: of the guard, of the check of a body, and of the store, whose writing may happen on another thread. */
	static const struct {
		const char *body;
		int status;
		const char *code, *detail[2];
	} cases[] = {
		{"{\"code\": \"tinh\", \"name\": \"x\", \"kind\": \"school\", \"parent\": \"tinh\"}", 409, "exists", {"đơn vị tinh", "unit tinh"}},
		{"{\"code\": \"Nhà\", \"name\": \"x\", \"kind\": \"school\", \"parent\": \"tinh\"}", 400, "invalid_field", {"mã \"Nhà\": cần tối đa", "code \"Nhà\": expected up to"}},
		{"{\"code\": 1}", 400, "invalid_field", {"code: cần một đoạn chữ", "code: expected a text"}},
		{"{\"odd\": 1}", 400, "invalid_field", {"odd: không có trường này", "odd: unknown field"}},
		{"[]", 400, "syntax", {"cần một đối tượng JSON", "expected a JSON object"}},
	};
	kh_auto_free char *admin = world_login(w, "tinh-admin");
	for (size_t i = 0; i < KH_COUNT(cases) * 2; i++) {
		enum kh_language language = i % 2 ? KH_EN : KH_VI;
		kh_auto_json json_t *me = world_json(w, &(struct ask){.method = "PUT", .path = "/api/v1/me/language", .cookie = admin,
								     .body = language == KH_EN ? "{\"language\": \"en\"}" : "{\"language\": \"vi\"}"}, 200);
		kh_auto_json json_t *error = world_json(w, &(struct ask){.method = "POST", .path = "/api/v1/units", .cookie = admin, .body = cases[i / 2].body}, cases[i / 2].status);
		assert_string_equal(text_at(error, "error.code"), cases[i / 2].code);
		if (!kh_starts_with(text_at(error, "error.detail"), cases[i / 2].detail[language]))
			fail_msg("%s: %s", cases[i / 2].body, text_at(error, "error.detail"));
	}
}

static void test_allow(void **state)
{
	const struct world *w = *state;
	auto_reply struct reply r = {0};
	world_ask(w, &(struct ask){.method = "PUT", .path = "/api/v1/session", .body = "{}"}, &r);
	assert_int_equal(r.status, 405);
	assert_non_null(kh_find_nocase(kh_buf_text(&r.head), "allow: POST, DELETE"));
}

/* --- the service and the console --- */

static void test_service(void **state)
{
	const struct world *w = *state;
	kh_auto_json json_t *health = get(w, NULL, "/healthz"), *ready = get(w, NULL, "/readyz"), *document = get(w, NULL, "/api/openapi.json");
	assert_string_equal(text_at(health, "status"), "ok");
	assert_string_equal(text_at(ready, "status"), "ready");
	assert_string_equal(text_at(document, "openapi"), "3.1.0");
	auto_reply struct reply r = {0};
	world_ask(w, &(struct ask){.path = "/metrics"}, &r);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(kh_buf_text(&r.body), "khien_endpoints{state=\"active\"} 7\n"));
	assert_non_null(strstr(kh_buf_text(&r.body), "khien_api_request_seconds_bucket{le=\"+Inf\"}"));
}

static void test_console(void **state)
{
	const struct world *w = *state;
	static const struct {
		const char *path;
		int status;
		const char *head, *body;
	} cases[] = {
		{"/", 200, "text/html", "<title>Khiên"},
		{"/index.html", 200, "text/html", "<title>Khiên"},
		{"/units/xa-nha", 200, "text/html", "<title>Khiên"}, /* the console's own path */
		{"/e/abcdef", 200, "text/html", "<title>Khiên"},     /* an enrolment link opened in a browser */
		{"/assets/index-4f3a9c21.js", 200, "immutable", "console.log"},
		{"/assets/gone.js", 404, "json", "not_found"},
		{"/../secret", 200, "text/html", "<title>Khiên"},    /* a page name like any other: no file is looked for */
		{"/..%2fsecret.txt", 404, "json", "not_found"},
		{"/assets/../../secret.txt", 404, "json", "not_found"},
		{"/assets/%2e%2e/%2e%2e/secret.txt", 404, "json", "not_found"},
		{"//etc/passwd", 200, "text/html", "<title>Khiên"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_reply struct reply r = {0};
		world_ask(w, &(struct ask){.path = cases[i].path}, &r);
		if (r.status != cases[i].status || !strstr(kh_buf_text(&r.head), cases[i].head) || !strstr(kh_buf_text(&r.body), cases[i].body))
			fail_msg("%s: %d\n%s%s", cases[i].path, r.status, kh_buf_text(&r.head), kh_buf_text(&r.body));
		assert_null(strstr(kh_buf_text(&r.body), "outside of the console"));
	}
	auto_reply struct reply post = {0}, head = {0};
	world_ask(w, &(struct ask){.method = "POST", .path = "/units", .body = "{}"}, &post);
	assert_int_equal(post.status, 405);
	world_ask(w, &(struct ask){.method = "HEAD", .path = "/assets/index-4f3a9c21.js"}, &head);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.body.len, 0);
}

static void test_session_ends(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-viewer");
	json_decref(get(w, cookie, "/api/v1/me"));
	json_decref(world_json(w, &(struct ask){.method = "DELETE", .path = "/api/v1/session", .cookie = cookie}, 204));
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/me", .cookie = cookie}, 401));
}

KH_TESTS_WITH(world_setup, world_teardown, test_tree, test_standing, test_posture, test_comparison, test_directives, test_law, test_report_files, test_machine, test_wrong_questions,
	      test_language, test_allow, test_service, test_console, test_session_ends, test_change_tree)
