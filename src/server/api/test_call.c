#include "server/api/test_call.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "os/file.h"
#include "server/api/check.h"
#include "server/posture/posture.h"
#include "server/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

/* ---- the site ---- */

static int run_sql(struct kh_db *db, void *sql)
{
	return kh_db_script(db, sql);
}

void kh_test_site_sql(struct kh_test_site *site, const char *sql)
{
	kh_auto_free char *copy = kh_strdup(sql);
	assert_int_equal(kh_store_write(site->server->store, run_sql, copy), 0);
}

int64_t kh_test_site_number(struct kh_test_site *site, const char *sql)
{
	int64_t n = -1;
	assert_int_equal(kh_db_int(site->db, &n, sql), 0);
	return n;
}

static int add_units(struct kh_db *db, void *arg)
{
	int64_t *top = arg, a = 0, b = 0;
	struct kh_unit_new first = {.code = "xa-a", .name = "Xã A " KH_TEST_SECRET, .kind = "ward", .parent = {[KH_LINE_ADMIN] = *top}};
	struct kh_unit_new second = {.code = "xa-b", .name = "Xã B", .kind = "ward", .parent = {[KH_LINE_ADMIN] = *top}};
	int r = kh_unit_add(db, &first, "test", 1000, &a);
	return r < 0 ? r : kh_unit_add(db, &second, "test", 1000, &b);
}

static int add_users(struct kh_db *db, void *arg)
{
	static const char *const rows[][4] = {
		{"lanh-dao", "Nguyễn Văn Đức", "leader", "tinh"},
		{"quan-tri-a", "Quản trị A " KH_TEST_SECRET, "admin", "xa-a"},
		{"can-bo-a", "Cán bộ A " KH_TEST_SECRET, "officer", "xa-a"},
		{"quan-tri-b", "Quản trị B", "admin", "xa-b"},
	};
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_COUNT(rows); i++) {
		int64_t id = 0;
		kh_auto_unit struct kh_unit unit = {0};
		r = kh_unit_find(db, rows[i][3], &unit);
		struct kh_user_new user = {.name = rows[i][0], .full_name = rows[i][1], .role = rows[i][2], .unit_id = unit.id};
		if (r == 0)
			r = kh_user_add(db, &user, arg, "test", 1000, &id);
	}
	return r;
}

static int add_machine(struct kh_db *db, const char *name, const char *unit_code, int64_t seen_s)
{
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_free char *uid = kh_format("uid-%s", name), *host = kh_format("%s%s", name, *unit_code && unit_code[3] == 'a' ? "-" KH_TEST_SECRET : "");
	int64_t id = 0;
	int r = kh_unit_find(db, unit_code, &unit);
	if (r == 0)
		r = kh_db_int(db, &id,
			      "INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
			      " VALUES(?1, ?2, ?3, ?3, 'internet', 'Debian', 'active', '', '0.1.0', '192.0.2.1', 1000, ?4, 0) RETURNING id",
			      uid, unit.id, host, seen_s);
	if (r == 0)
		r = kh_db_run(db, "INSERT INTO certificate(serial, endpoint_id, key_hash, issued_s, expires_s) VALUES(?1, ?2, '', 1000, 2000)", uid, id);
	if (r == 0)
		r = kh_db_run(db,
			      "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s)"
			      " VALUES(?1, 5, 'yara', 'EICAR', '/home/Tải xuống/' || ?2, 'infected', 'found', 5)",
			      id, host);
	return r < 0 ? r : kh_posture_endpoint_changed(db, id, NULL, 0);
}

static int add_machines(struct kh_db *db, void *arg)
{
	(void)arg;
	int64_t now_s = kh_now_s();
	int r = add_machine(db, "a1", "xa-a", now_s);
	if (r == 0)
		r = add_machine(db, "a2", "xa-a", now_s - 10 * KH_DAY_S);
	return r < 0 ? r : add_machine(db, "b1", "xa-b", now_s);
}

static int fill(struct kh_test_site *site)
{
	struct kh_password password = {.hash = (char[]){"$argon2id$nobody"}};
	int64_t top = 0;
	int r = kh_db_int(site->db, &top, "SELECT id FROM unit WHERE code = 'tinh'");
	if (r == 0)
		r = kh_store_write(site->server->store, add_units, &top);
	if (r == 0)
		r = kh_store_write(site->server->store, add_users, &password);
	return r < 0 ? r : kh_store_write(site->server->store, add_machines, NULL);
}

static int load_settings(const struct kh_test_site *site, struct kh_server_settings *ret)
{
	kh_auto_free char *path = kh_format("%s/server.yaml", site->dir);
	kh_auto_free char *text = kh_format("data: %s/data\nlisten: \"127.0.0.1:8443\"\nnames: [khien.example]\n", site->dir);
	int r = kh_file_replace(path, text, strlen(text), 0600);
	return r < 0 ? r : kh_server_settings_load(path, ret);
}

/* Made by one server and opened by another, as `init` and `serve` do. */
static int make(struct kh_test_site *site)
{
	struct kh_server_settings settings = {0};
	struct kh_server_made made = {0};
	struct kh_server_first first = {.unit_name = "Tỉnh", .unit_code = "tinh", .unit_kind = "province"};
	int r = load_settings(site, &settings);
	if (r == 0)
		r = kh_server_create(&settings, &first, &made, &site->server);
	if (r < 0)
		return r;
	site->first_password = kh_strdup(made.first_password);
	kh_server_made_done(&made);
	kh_server_free(site->server);
	site->server = NULL;
	r = load_settings(site, &settings);
	return r < 0 ? r : kh_server_open(&settings, &site->server);
}

int kh_test_site_setup(void **state)
{
	struct kh_test_site *site = kh_alloc(sizeof *site);
	memcpy(site->dir, "/tmp/khien-test-XXXXXX", sizeof "/tmp/khien-test-XXXXXX");
	*state = site;
	if (!mkdtemp(site->dir))
		return -1;
	int r = make(site);
	if (r == 0)
		r = kh_store_reader(site->server->store, &site->db);
	if (r == 0)
		r = fill(site);
	if (r < 0)
		print_error("%s: %s\n", kh_error_info(r)->name, kh_fail_detail());
	return r;
}

int kh_test_site_teardown(void **state)
{
	struct kh_test_site *site = *state;
	kh_server_free(site->server);
	int r = kh_test_remove(site->dir);
	free(site->first_password);
	free(site);
	return r;
}

/* ---- calling ---- */

static char cookie_header[300];

/* The linker puts it before kh_respond_header(): there is no connection that could take a header. */
void __wrap_kh_respond_header(struct kh_request *r, const char *name, const char *value);
void __wrap_kh_respond_header(struct kh_request *r, const char *name, const char *value)
{
	(void)r;
	if (kh_streq(name, "Set-Cookie"))
		snprintf(cookie_header, sizeof cookie_header, "%s", value);
}

const char *kh_test_cookie_header(void)
{
	return cookie_header;
}

static const struct kh_api_route *route_named(const char *name)
{
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		if (kh_streq(kh_api_routes[i].name, name))
			return &kh_api_routes[i];
	fail_msg("no route %s", name);
	return NULL;
}

static int log_in(struct kh_test_site *site, const struct kh_test_ask *ask, struct kh_api_call *call)
{
	struct kh_login_policy policy = kh_server_login_policy(site->server);
	int r = 0;
	if (ask->cookie)
		r = kh_session_check(site->server->store, &policy.session, ask->cookie, call->now_s, &call->session);
	else if (ask->user)
		r = kh_user_find(site->db, ask->user, &call->session.user);
	if (ask->role)
		call->session.user.role = ask->role;
	call->logged_in = r == 0 && call->session.user.role;
	call->scope.unit_id = call->session.user.unit_id;
	if (r < 0 || !call->route->login)
		return r;
	if (!call->logged_in)
		return KH_E_UNAUTHENTICATED;
	return kh_call_may(call, call->route->right) ? 0 : KH_E_FORBIDDEN;
}

/* Of what the path names, as it stands. */
static int64_t present_version(const struct kh_test_ask *ask, struct kh_api_call *call)
{
	static const char *const of[][2] = {
		{"unit_", "SELECT version FROM unit WHERE code = ?1"},          {"user_", "SELECT version FROM app_user WHERE id = CAST(?1 AS BIGINT)"},
		{"endpoint_", "SELECT version FROM endpoint WHERE uid = ?1"}, {"detection_", "SELECT version FROM detection WHERE id = CAST(?1 AS BIGINT)"},
	};
	int64_t version = 1;
	for (size_t i = 0; i < KH_COUNT(of); i++)
		if (kh_starts_with(ask->route, of[i][0]))
			assert_int_equal(kh_db_int(call->db, &version, of[i][1], ask->params[0]), 0);
	return version;
}

/* One written down for the unit that the path names, if the user sees it. */
static int64_t some_decision(struct kh_test_site *site, const struct kh_test_ask *ask, const struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	if (kh_scope_narrow(call->db, &call->scope, ask->params[0], &scope) < 0)
		return 1;
	kh_auto_free char *find = kh_format("SELECT MAX(id) FROM unit_decision WHERE unit_id = %lld", (long long)scope.unit_id);
	kh_auto_free char *add = kh_format("INSERT INTO unit_decision(unit_id, number, decided_on, file_name, size, sha256, added_s, added_by) VALUES(%lld, '1/QĐ', '2026-01-02', 'qd.pdf', 1, '', 1, '')",
					   (long long)scope.unit_id);
	if (kh_test_site_number(site, find) <= 0)
		kh_test_site_sql(site, add);
	return kh_test_site_number(site, find);
}

static bool wants(const struct kh_api_route *route, const char *name)
{
	for (const struct kh_api_param *p = route->body; p->name; p++)
		if (kh_streq(p->name, name) && p->required)
			return true;
	return false;
}

static int check_args(struct kh_test_site *site, const struct kh_test_ask *ask, struct kh_api_call *call)
{
	const struct kh_api_route *route = call->route;
	kh_auto_json json_t *given = json_loads(ask->args ? ask->args : "{}", 0, NULL);
	assert_non_null(given);
	if (wants(route, "version") && !json_object_get(given, "version"))
		kh_json_set_int(given, "version", present_version(ask, call));
	if (wants(route, "decision") && !json_object_get(given, "decision"))
		kh_json_set_int(given, "decision", some_decision(site, ask, call));
	call->args = json_object();
	return kh_check_body(route->body->name ? route->body : route->query, given, call->args);
}

static void call_done(struct kh_api_call *call)
{
	json_decref(call->args);
	json_decref(call->answer);
	kh_session_done(&call->session);
}

int kh_test_call(struct kh_test_site *site, const struct kh_test_ask *ask, json_t **ret)
{
	struct kh_request request = {.method = "TEST", .remote = "192.0.2.9"};
	struct kh_api_call call KH_CLEANUP(call_done) = {.server = site->server, .request = &request, .route = route_named(ask->route), .db = site->db, .now_s = kh_now_s()};
	for (size_t i = 0; i < KH_COUNT(ask->params); i++)
		call.params[i] = (char *)(uintptr_t)ask->params[i];
	int r = log_in(site, ask, &call);
	if (r == 0)
		r = check_args(site, ask, &call);
	if (r == 0)
		r = call.route->handler(&call);
	if (ret)
		*ret = r == 0 ? kh_take(call.answer) : NULL;
	return r;
}

/* ---- reading answers ---- */

static const json_t *at(const json_t *answer, const char *path)
{
	kh_auto_free char *copy = kh_strdup(path);
	char *rest = copy;
	for (char *part = kh_split(&rest, "."); part && answer; part = kh_split(&rest, ".")) {
		int64_t index = 0;
		answer = kh_parse_int(part, 0, 10000, &index) ? json_array_get(answer, (size_t)index) : json_object_get(answer, part);
	}
	return answer;
}

const char *kh_test_text(const json_t *answer, const char *path)
{
	return json_string_value(at(answer, path));
}

int64_t kh_test_int(const json_t *answer, const char *path)
{
	const json_t *value = at(answer, path);
	return json_is_integer(value) ? json_integer_value(value) : json_is_boolean(value) ? json_is_true(value) : -1;
}
