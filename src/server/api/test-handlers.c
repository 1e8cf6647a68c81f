/* Handlers of accounts, users, units, tokens, endpoints, detections and orders over a real store. Each case leaves the site as the next expects it. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "server/api/test_call.h"

#define CALL(answer, ...) kh_test_call(*state, &(struct kh_test_ask){__VA_ARGS__}, answer)
#define NUMBER(sql) kh_test_site_number(*state, sql)

/* ---- the account ---- */

static void logging_in_and_out(void **state)
{
	struct kh_test_site *site = *state;
	kh_auto_free char *good = kh_format("{\"name\": \"Admin\", \"password\": \"%s\"}", site->first_password);
	kh_auto_json json_t *me = NULL;
	assert_int_equal(CALL(NULL, .route = "login", .args = "{\"name\": \"admin\", \"password\": \"x\"}"), KH_E_LOGIN_FAILED);
	assert_int_equal(CALL(NULL, .route = "me"), KH_E_UNAUTHENTICATED);
	assert_int_equal(CALL(&me, .route = "login", .args = good), 0);
	assert_string_equal(kh_test_text(me, "name"), "admin");
	assert_string_equal(kh_test_text(me, "unit.code"), "tinh");
	assert_int_equal(kh_test_int(me, "must_change"), 1);
	assert_int_equal(json_array_size(json_object_get(me, "rights")), KH_RIGHTS_COUNT);
	const char *header = kh_test_cookie_header();
	assert_true(strstr(header, "; HttpOnly") && strstr(header, "; Secure") && strstr(header, "; SameSite=Strict") && strstr(header, "; Path=/"));

	kh_auto_free char *cookie = kh_strndup(strchr(header, '=') + 1, strcspn(strchr(header, '=') + 1, ";"));
	assert_int_equal(CALL(NULL, .route = "me", .cookie = cookie), 0);
	assert_int_equal(CALL(NULL, .route = "logout", .cookie = cookie), 0);
	assert_non_null(strstr(kh_test_cookie_header(), "=; Path=/; Max-Age=0"));
	assert_int_equal(CALL(NULL, .route = "me", .cookie = cookie), KH_E_UNAUTHENTICATED);
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM audit WHERE action IN ('login', 'login.failed', 'logout')"), 3);
}

static void own_password_and_language(void **state)
{
	struct kh_test_site *site = *state;
	kh_auto_free char *file = kh_server_path(site->server, "first-password");
	kh_auto_free char *weak = kh_format("{\"old_password\": \"%s\", \"new_password\": \"matkhau\"}", site->first_password);
	kh_auto_free char *good = kh_format("{\"old_password\": \"%s\", \"new_password\": \"Cau-rong-7-nhip\"}", site->first_password);
	kh_auto_json json_t *me = NULL, *english = NULL;
	assert_true(kh_file_exists(file));
	assert_int_equal(CALL(NULL, .user = "admin", .route = "me_set_password", .args = weak), KH_E_WEAK_PASSWORD);
	assert_true(kh_file_exists(file));
	assert_int_equal(CALL(&me, .user = "admin", .route = "me_set_password", .args = good), 0);
	assert_int_equal(kh_test_int(me, "must_change"), 0);
	assert_false(kh_file_exists(file));
	assert_int_equal(CALL(NULL, .user = "admin", .route = "me_set_language", .args = "{\"language\": \"fr\"}"), KH_E_INVALID_FIELD);
	assert_int_equal(CALL(&english, .user = "admin", .route = "me_set_language", .args = "{\"language\": \"en\"}"), 0);
	assert_string_equal(kh_test_text(english, "language"), "en");
}

/* ---- users ---- */

static void users_are_listed(void **state)
{
	static const struct {
		const char *user, *args;
		int64_t total;
	} rows[] = {
		{"admin", NULL, 5}, {"admin", "{\"text\": \"nguyen van duc\"}", 1}, {"admin", "{\"text\": \"Quản TRỊ\"}", 2}, {"admin", "{\"text\": \"%\"}", 0},
		{"admin", "{\"unit\": \"xa-a\"}", 2}, {"quan-tri-a", NULL, 2}, {"quan-tri-b", "{\"text\": \"admin\"}", 0}, {"admin", "{\"limit\": 1, \"offset\": 4}", 5},
	};
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		kh_auto_json json_t *list = NULL;
		assert_int_equal(CALL(&list, .user = rows[i].user, .route = "user_list", .args = rows[i].args), 0);
		assert_int_equal(kh_test_int(list, "total"), rows[i].total);
	}
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "user_list"), KH_E_FORBIDDEN);
}

static char *id_of(void **state, const char *name)
{
	kh_auto_free char *sql = kh_format("SELECT id FROM app_user WHERE name = '%s'", name);
	return kh_format("%lld", (long long)NUMBER(sql));
}

static void users_are_added_and_changed(void **state)
{
	kh_auto_json json_t *added = NULL, *disabled = NULL, *enabled = NULL, *reset = NULL;
	assert_int_equal(CALL(&added, .user = "quan-tri-a", .route = "user_add", .args = "{\"name\": \"moi-a\", \"full_name\": \"Người mới\", \"role\": \"viewer\", \"unit\": \"xa-a\"}"), 0);
	assert_true(strlen(kh_test_text(added, "password")) >= 20);
	assert_string_equal(kh_test_text(added, "user.unit.code"), "xa-a");
	kh_auto_free char *login = kh_format("{\"name\": \"moi-a\", \"password\": \"%s\"}", kh_test_text(added, "password"));
	assert_int_equal(CALL(NULL, .route = "login", .args = login), 0);
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM session s JOIN app_user a ON a.id = s.user_id WHERE a.name = 'moi-a'"), 1);

	kh_auto_free char *id = id_of(state, "moi-a");
	assert_int_equal(CALL(&disabled, .user = "admin", .route = "user_set_disabled", .params = {id}, .args = "{\"disabled\": true}"), 0);
	assert_int_equal(kh_test_int(disabled, "disabled"), 1);
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM session s JOIN app_user a ON a.id = s.user_id WHERE a.name = 'moi-a'"), 0);
	assert_int_equal(CALL(NULL, .route = "login", .args = login), KH_E_LOGIN_FAILED);
	assert_int_equal(CALL(&enabled, .user = "admin", .route = "user_set_disabled", .params = {id}, .args = "{\"disabled\": false}"), 0);
	assert_int_equal(CALL(&reset, .user = "admin", .route = "user_reset_password", .params = {id}), 0);
	assert_int_equal(kh_test_int(reset, "user.must_change"), 1);
	assert_string_not_equal(kh_test_text(reset, "password"), kh_test_text(added, "password"));
}

/* Nobody gives or touches what he has not: no role yet manages users with fewer rights than others, so one is made up. */
static void nobody_gives_more_than_he_has(void **state)
{
	static const struct kh_role clerk = {.name = "clerk", .label = {"", ""}, .rights = KH_RIGHT_USER_MANAGE | KH_RIGHT_UNIT_READ | KH_RIGHT_ENDPOINT_READ | KH_RIGHT_POSTURE_READ};
	kh_auto_free char *admin = id_of(state, "admin"), *peer = id_of(state, "can-bo-a"), *self = id_of(state, "quan-tri-a");
#define ADD(role, unit) "{\"name\": \"leo-thang\", \"full_name\": \"x\", \"role\": \"" role "\", \"unit\": \"" unit "\"}"
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .role = &clerk, .route = "user_add", .args = ADD("admin", "xa-a")), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .role = &clerk, .route = "user_add", .args = ADD("officer", "xa-a")), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .role = &clerk, .route = "user_reset_password", .params = {peer}), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .role = &clerk, .route = "user_set_disabled", .params = {peer}, .args = "{\"disabled\": true}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "user_add", .args = ADD("viewer", "tinh")), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "user_add", .args = ADD("root", "xa-a")), KH_E_INVALID_FIELD);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "user_reset_password", .params = {admin}), KH_E_NOT_FOUND);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "user_reset_password", .params = {self}), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "user_reset_password", .params = {"quan-tri-a"}), KH_E_NOT_FOUND);
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM app_user WHERE name = 'leo-thang'"), 0);
}

/* ---- units ---- */

static void the_own_unit_stays_where_it_is(void **state)
{
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "unit_end", .params = {"xa-a"}), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "unit_move", .params = {"xa-a"}, .args = "{\"parent\": \"xa-a\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "unit_merge", .params = {"xa-a"}, .args = "{\"into\": \"xa-a\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_end", .params = {"tinh"}), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-a", .route = "unit_add", .args = "{\"code\": \"x\", \"name\": \"X\", \"kind\": \"school\", \"parent\": \"tinh\"}"), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "unit_add", .args = "{\"code\": \"x\", \"name\": \"X\", \"kind\": \"school\", \"parent\": \"xa-a\"}"), KH_E_FORBIDDEN);
}

static void units_below_are_kept(void **state)
{
	kh_auto_json json_t *school = NULL, *other = NULL, *merged = NULL, *tree = NULL;
	assert_int_equal(CALL(&school, .user = "quan-tri-b", .route = "unit_add", .args = "{\"code\": \"truong\", \"name\": \"Trường\", \"kind\": \"school\", \"parent\": \"xa-b\"}"), 0);
	assert_string_equal(kh_test_text(school, "unit.parent"), "xa-b");
	assert_string_equal(kh_test_text(school, "path.0.code"), "xa-b");
	assert_string_equal(kh_test_text(school, "path.1.code"), "truong");
	assert_string_equal(kh_test_text(school, "changes.0.what"), "add");
	assert_int_equal(CALL(&other, .user = "quan-tri-b", .route = "unit_add", .args = "{\"code\": \"tram\", \"name\": \"Trạm\", \"kind\": \"health\", \"parent\": \"truong\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_move", .params = {"tram"}, .args = "{\"parent\": \"tinh\"}"), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_move", .params = {"truong"}, .args = "{\"parent\": \"tram\"}"), KH_E_UNIT_PLACE);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_move", .params = {"tram"}, .args = "{\"parent\": \"xa-b\"}"), 0);
	assert_int_equal(CALL(&merged, .user = "quan-tri-b", .route = "unit_merge", .params = {"tram"}, .args = "{\"into\": \"truong\"}"), 0);
	assert_string_equal(kh_test_text(merged, "unit.merged_into"), "truong");
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_end", .params = {"truong"}), 0);
	assert_int_equal(CALL(&tree, .user = "quan-tri-b", .route = "unit_list"), 0);
	assert_int_equal(kh_test_int(tree, "total"), 1);
	assert_int_equal(kh_test_int(tree, "items.0.endpoints"), 1);
}

/* The police see a ward by their own line; its place in the administration is not theirs to change. */
static void one_line_gives_no_hold_on_the_other(void **state)
{
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_add", .args = "{\"code\": \"ca-tinh\", \"name\": \"Công an\", \"kind\": \"police\", \"parent\": \"tinh\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_move", .params = {"xa-b"}, .args = "{\"parent\": \"ca-tinh\", \"line\": \"police\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "user_add", .args = "{\"name\": \"ca\", \"full_name\": \"CA\", \"role\": \"admin\", \"unit\": \"ca-tinh\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "ca", .route = "unit_show", .params = {"xa-b"}), 0);
	assert_int_equal(CALL(NULL, .user = "ca", .route = "unit_move", .params = {"xa-b"}, .args = "{\"parent\": \"ca-tinh\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "ca", .route = "unit_merge", .params = {"xa-b"}, .args = "{\"into\": \"ca-tinh\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "ca", .route = "unit_end", .params = {"xa-b"}), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_move", .params = {"xa-b"}, .args = "{\"line\": \"police\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "ca", .route = "unit_show", .params = {"xa-b"}), KH_E_UNKNOWN_UNIT);
}

/* A decision holds for the unit that it was written down for, or in whose history it stands. */
static void units_are_split_by_decision(void **state)
{
	kh_auto_json json_t *split = NULL, *shown = NULL, *held = NULL, *would = NULL;
#define SPLIT(more) "{\"parts\": [{\"name\": \"Xã B Mới\", \"kind\": \"ward\", \"items\": [{\"what\": \"endpoint\", \"id\": \"uid-b1\"}]}]" more "}"
	assert_int_equal(CALL(&held, .user = "admin", .route = "unit_holdings", .params = {"xa-b"}), 0);
	assert_string_equal(kh_test_text(held, "items.0.id"), "uid-b1");
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_split", .params = {"xa-b"}, .args = SPLIT("")), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_split", .params = {"xa-a"}, .args = SPLIT("")), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_split", .params = {"xa-b"}, .args = SPLIT("")), KH_E_INVALID_FIELD); /* without a decision */
	kh_test_site_sql(*state, "INSERT INTO unit_decision(id, unit_id, number, decided_on, file_name, size, sha256, added_s, added_by) SELECT 900 + id, id, '9/QĐ', '2026-01-02', 'qd.pdf', 1, '', 1, '' FROM unit");
	kh_auto_free char *wrong = kh_format(SPLIT(", \"decision\": %lld"), (long long)NUMBER("SELECT 900 + id FROM unit WHERE code = 'xa-a'"));
	kh_auto_free char *right = kh_format(SPLIT(", \"decision\": %lld"), (long long)NUMBER("SELECT 900 + id FROM unit WHERE code = 'xa-b'"));
	kh_auto_free char *number = kh_format("%lld", (long long)NUMBER("SELECT 900 + id FROM unit WHERE code = 'xa-b'"));
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_split", .params = {"xa-b"}, .args = wrong), KH_E_NOT_FOUND);
	assert_int_equal(CALL(&would, .user = "admin", .route = "unit_split", .params = {"xa-b"}, .args = SPLIT(", \"dry_run\": true")), 0);
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM unit WHERE code = 'xa-b-moi'"), 0);
	assert_int_equal(CALL(&split, .user = "admin", .route = "unit_split", .params = {"xa-b"}, .args = right), 0);
	assert_true(json_equal(json_object_get(split, "parts"), json_object_get(would, "parts")));
	assert_string_equal(kh_test_text(split, "parts.0.unit.code"), "xa-b-moi");
	assert_int_equal(kh_test_int(split, "stays.endpoints"), 0);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "endpoint_show", .params = {"uid-b1"}), KH_E_NOT_FOUND);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "unit_decision_file", .params = {"xa-a", number}), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(&shown, .user = "quan-tri-b", .route = "unit_show", .params = {"xa-b"}), 0);
	assert_string_equal(kh_test_text(shown, "changes.0.decision.number"), "9/QĐ");
	assert_string_equal(kh_test_text(shown, "given.0.to.code"), "xa-b-moi");
	assert_string_equal(kh_test_text(shown, "given.0.names.0"), "b1");
	kh_auto_free char *others = kh_format("{\"into\": \"xa-b\", \"decision\": %s}", number); /* it stands in the history of xa-b-moi, and was written down for xa-b */
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_merge", .params = {"xa-b-moi"}, .args = others), KH_E_NOT_FOUND);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_merge", .params = {"xa-b-moi"}, .args = "{\"into\": \"xa-b\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "endpoint_show", .params = {"uid-b1"}), 0);
}

static int64_t machines_of(const json_t *tree, const char *code)
{
	size_t i = 0;
	const json_t *unit = NULL;
	json_array_foreach(json_object_get(tree, "items"), i, unit)
		if (kh_streq(json_string_value(json_object_get(unit, "code")), code))
			return json_integer_value(json_object_get(unit, "endpoints"));
	return -1;
}

/* In the tree every machine is counted in one place below the top; who sees a unit by the police line alone has it below himself. */
static void two_superiors_do_not_count_twice(void **state)
{
	kh_auto_json json_t *before = NULL, *tree = NULL, *seen = NULL;
	assert_int_equal(CALL(&before, .user = "admin", .route = "unit_list"), 0);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_add", .args = "{\"code\": \"ca-2\", \"name\": \"Công an 2\", \"kind\": \"police\", \"parent\": \"tinh\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_move", .params = {"xa-a"}, .args = "{\"parent\": \"ca-2\", \"line\": \"police\"}"), 0);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "user_add", .args = "{\"name\": \"ca2\", \"full_name\": \"CA\", \"role\": \"police\", \"unit\": \"ca-2\"}"), 0);
	assert_int_equal(CALL(&tree, .user = "admin", .route = "unit_list"), 0);
	assert_int_equal(CALL(&seen, .user = "ca2", .route = "unit_list"), 0);
	assert_true(machines_of(tree, "xa-a") > 0);
	assert_int_equal(machines_of(tree, "tinh"), machines_of(before, "tinh"));
	assert_int_equal(machines_of(tree, "ca-2"), 0);
	assert_int_equal(machines_of(seen, "ca-2"), machines_of(tree, "xa-a"));
	assert_int_equal(CALL(NULL, .user = "admin", .route = "unit_move", .params = {"xa-a"}, .args = "{\"line\": \"police\"}"), 0);
}

/* ---- tokens ---- */

static void tokens_come_and_go(void **state)
{
	kh_auto_json json_t *made = NULL, *revoked = NULL, *usable = NULL, *of_a = NULL;
	assert_int_equal(CALL(&made, .user = "can-bo-a", .route = "token_create", .args = "{\"unit\": \"xa-a\", \"uses\": 3}"), 0);
	assert_true(kh_starts_with(kh_test_text(made, "link"), "https://khien.example:8443/e/"));
	assert_true(kh_starts_with(kh_test_text(made, "qr_svg"), "<svg "));
	assert_string_equal(kh_test_text(made, "token.state"), "usable");
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "token_create", .args = "{\"unit\": \"xa-b\"}"), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "token_create", .args = "{\"unit\": \"tinh\"}"), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "token_create", .args = "{\"unit\": \"xa-a\"}"), 0);
	kh_auto_free char *id = kh_format("%lld", (long long)kh_test_int(made, "token.id"));
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "token_revoke", .params = {id}), KH_E_NOT_FOUND);
	assert_int_equal(CALL(&revoked, .user = "quan-tri-a", .route = "token_revoke", .params = {id}), 0);
	assert_string_equal(kh_test_text(revoked, "state"), "revoked");
	assert_int_equal(CALL(&usable, .user = "admin", .route = "token_list", .args = "{\"state\": \"usable\"}"), 0);
	assert_int_equal(kh_test_int(usable, "total"), 1);
	assert_int_equal(CALL(&of_a, .user = "admin", .route = "token_list", .args = "{\"unit\": \"xa-a\", \"limit\": 1}"), 0);
	assert_int_equal(kh_test_int(of_a, "total"), 2);
	assert_int_equal(json_array_size(json_object_get(of_a, "items")), 1);
}

/* ---- endpoints ---- */

static void endpoints_are_chosen_and_sorted(void **state)
{
	static const struct {
		const char *args;
		int64_t total;
		const char *first;
	} rows[] = {
		{NULL, 3, "uid-a1"}, {"{\"desc\": true}", 3, "uid-b1"}, {"{\"unit\": \"xa-b\"}", 1, "uid-b1"}, {"{\"text\": \"BÍMẬT\"}", 2, "uid-a1"},
		{"{\"text\": \"_\"}", 0, NULL}, {"{\"state\": \"silent\"}", 1, "uid-a2"}, {"{\"state\": \"heard\"}", 2, "uid-a1"}, {"{\"state\": \"revoked\"}", 0, NULL},
		{"{\"state\": \"all\", \"role\": \"secret\"}", 0, NULL}, {"{\"control\": \"agent_heard\"}", 1, "uid-a2"},
		{"{\"control\": \"agent_heard\", \"answer\": \"pass\", \"sort\": \"unit\", \"desc\": true}", 2, "uid-b1"}, {"{\"sort\": \"seen\"}", 3, "uid-a2"},
		{"{\"sort\": \"fail\", \"desc\": true}", 3, "uid-a2"}, {"{\"sort\": \"enrolled\", \"limit\": 1, \"offset\": 2}", 3, "uid-b1"},
	};
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		kh_auto_json json_t *list = NULL;
		assert_int_equal(CALL(&list, .user = "lanh-dao", .route = "endpoint_list", .args = rows[i].args), 0);
		assert_int_equal(kh_test_int(list, "total"), rows[i].total);
		const char *first = kh_test_text(list, "items.0.id");
		assert_true(kh_streq(first, rows[i].first));
	}
	assert_int_equal(CALL(NULL, .user = "lanh-dao", .route = "endpoint_list", .args = "{\"control\": \"nothing\"}"), KH_E_INVALID_FIELD);
	assert_int_equal(CALL(NULL, .user = "lanh-dao", .route = "endpoint_list", .args = "{\"sort\": \"hostname; DROP TABLE endpoint\"}"), KH_E_INVALID_FIELD);
}

/* The sums of posture over a unit equal those counted from the answers of its machines and of the units. */
static void assert_sums(void **state, const char *unit)
{
#define OF_UNIT "(SELECT id FROM unit WHERE code = '%s')"
	kh_auto_free char *stored = kh_format("SELECT SUM(p.pass * 7 + p.fail * 5 + p.unknown * 3 + p.not_applicable) FROM posture p WHERE p.unit_id = " OF_UNIT
					      " AND p.day = (SELECT MAX(l.day) FROM posture l WHERE l.unit_id = p.unit_id AND l.control = p.control)", unit);
	kh_auto_free char *counted = kh_format("SELECT COALESCE(SUM(w.pass * 7 + w.fail * 5 + w.unknown * 3 + w.not_applicable), 0) FROM"
					       " (SELECT e.unit_id AS unit_id, o.* FROM answer o JOIN endpoint e ON e.id = o.endpoint_id WHERE e.state = 'active'"
					       "  UNION ALL SELECT o.unit_id, o.* FROM unit_answer o) w"
					       " WHERE w.unit_id IN (SELECT unit_id FROM unit_ancestor WHERE ancestor_id = " OF_UNIT ")", unit);
	assert_int_equal(NUMBER(stored), NUMBER(counted));
}

static void endpoints_are_changed(void **state)
{
	kh_auto_json json_t *secret = NULL, *moved = NULL, *revoked = NULL, *shown = NULL;
	assert_int_equal(CALL(NULL, .user = "lanh-dao", .route = "endpoint_set_role", .params = {"uid-a1"}, .args = "{\"role\": \"secret\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(&secret, .user = "can-bo-a", .route = "endpoint_set_role", .params = {"uid-a2"}, .args = "{\"role\": \"secret\"}"), 0);
	assert_string_equal(kh_test_text(secret, "role"), "secret");
	assert_int_equal(kh_test_int(secret, "silent"), 0); /* 31 days for a machine off the network */
	assert_sums(state, "xa-a");
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "endpoint_move", .params = {"uid-a2"}, .args = "{\"unit\": \"xa-b\"}"), KH_E_UNKNOWN_UNIT);
	assert_int_equal(CALL(&moved, .user = "admin", .route = "endpoint_move", .params = {"uid-a2"}, .args = "{\"unit\": \"xa-b\"}"), 0);
	assert_string_equal(kh_test_text(moved, "unit.code"), "xa-b");
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "endpoint_show", .params = {"uid-a2"}), KH_E_NOT_FOUND);
	assert_int_equal(CALL(&shown, .user = "quan-tri-b", .route = "endpoint_show", .params = {"uid-a2"}), 0);
	assert_int_equal(CALL(&revoked, .user = "admin", .route = "endpoint_revoke", .params = {"uid-a2"}, .args = "{\"reason\": \"Thanh lý\\nmáy\"}"), 0);
	assert_string_equal(kh_test_text(revoked, "state"), "revoked");
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM certificate WHERE serial = 'uid-a2' AND revoked_s IS NOT NULL AND reason LIKE 'Thanh lý%'"), 1);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "endpoint_revoke", .params = {"uid-a2"}, .args = "{\"reason\": \"x\"}"), KH_E_ENDPOINT_INACTIVE);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "endpoint_move", .params = {"uid-a2"}, .args = "{\"unit\": \"xa-a\"}"), KH_E_ENDPOINT_INACTIVE);
	assert_sums(state, "xa-a");
	assert_sums(state, "xa-b");
	assert_sums(state, "tinh");
	assert_int_equal(NUMBER("SELECT COUNT(*) FROM audit WHERE target = 'uid-a2' AND action LIKE 'endpoint.%'"), 4);
}

/* ---- detections and orders ---- */

static void detections_are_chosen(void **state)
{
	static const struct {
		const char *args;
		int64_t total;
	} rows[] = {
		{NULL, 3}, {"{\"unit\": \"xa-a\"}", 1}, {"{\"state\": \"open\"}", 3}, {"{\"state\": \"cleaned\"}", 0}, {"{\"verdict\": \"suspicious\"}", 0},
		{"{\"text\": \"eicar\"}", 3}, {"{\"text\": \"Tải xuống\"}", 3}, {"{\"text\": \"b1\"}", 1}, {"{\"text\": \"100%\"}", 0}, {"{\"limit\": 1, \"offset\": 1}", 3},
	};
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		kh_auto_json json_t *list = NULL;
		assert_int_equal(CALL(&list, .user = "lanh-dao", .route = "detection_list", .args = rows[i].args), 0);
		assert_int_equal(kh_test_int(list, "total"), rows[i].total);
	}
	kh_auto_json json_t *of_a1 = NULL;
	assert_int_equal(CALL(&of_a1, .user = "can-bo-a", .route = "endpoint_detections", .params = {"uid-a1"}), 0);
	assert_int_equal(kh_test_int(of_a1, "total"), 1);
	assert_string_equal(kh_test_text(of_a1, "items.0.endpoint.id"), "uid-a1");
}

/* ---- documents marked secret ---- */

#define CASE_OF(number, uid, level, status, found_s, since_s)                                                                                  \
	"INSERT INTO fact_secret_documents(endpoint_id, case_id, level, sha256, place, state, found_s, since_s) SELECT id, '" number "', '" level "', 'ab" level "', 'desktop', '" status \
	"', " #found_s ", " #since_s " FROM endpoint WHERE uid = '" uid "'"
#define STEP_OF(uid, at_ms, action, number) \
	"INSERT INTO event(endpoint_id, at_ms, category, action, body) SELECT id, " #at_ms ", 'secrecy', '" action "', '{\"khien\":{\"case\":\"" number "\"}}' FROM endpoint WHERE uid = '" uid "'"

/* On a1: one that waits, one that is held and one that was handed over; on b1: one that waits, of the same content as the first of a1; on a2, which drafts secrets: no case. */
static void add_secret_cases(void **state)
{
	static const char *const rows[] = {
		"DELETE FROM fact_secret_documents", "DELETE FROM event WHERE category = 'secrecy'",
		CASE_OF("a-waits", "uid-a1", "toi_mat", "found", 5000, 9000), CASE_OF("a-held", "uid-a1", "mat", "held", 5000, 8000), CASE_OF("a-done", "uid-a1", "mat", "handed_over", 5000, 7000),
		CASE_OF("b-waits", "uid-b1", "toi_mat", "found", 5000, 6000), STEP_OF("uid-a1", 8000000, "secret_held", "a-held"), STEP_OF("uid-a1", 5000000, "secret_found", "a-held"),
		STEP_OF("uid-a1", 9000000, "secret_found", "a-waits"), STEP_OF("uid-b1", 6000000, "secret_found", "a-held"),
	};
	for (size_t i = 0; i < KH_COUNT(rows); i++)
		kh_test_site_sql(*state, rows[i]);
}

static void secret_cases_are_chosen(void **state)
{
	static const struct {
		const char *user, *args;
		int total;
		const char *first;
	} rows[] = {
		{"admin", NULL, 4, "a-waits"}, {"can-bo-a", NULL, 3, "a-waits"}, {"quan-tri-b", NULL, 1, "b-waits"}, {"can-bo-a", "{\"state\": \"open\"}", 2, "a-waits"},
		{"can-bo-a", "{\"state\": \"handed_over\"}", 1, "a-done"}, {"can-bo-a", "{\"state\": \"gone\"}", 0, NULL}, {"can-bo-a", "{\"level\": \"mat\"}", 2, "a-held"},
		{"admin", "{\"unit\": \"xa-b\"}", 1, "b-waits"}, {"admin", "{\"endpoint\": \"uid-a1\", \"limit\": 1, \"offset\": 1}", 3, "a-held"}, {"quan-tri-b", "{\"endpoint\": \"uid-a1\"}", 0, NULL},
	};
	add_secret_cases(state);
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		kh_auto_json json_t *list = NULL;
		assert_int_equal(CALL(&list, .user = rows[i].user, .route = "secret_case_list", .args = rows[i].args), 0);
		assert_int_equal(kh_test_int(list, "total"), rows[i].total);
		if (rows[i].first)
			assert_string_equal(kh_test_text(list, "items.0.id"), rows[i].first);
	}
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "secret_case_list", .args = "{\"unit\": \"xa-a\"}"), KH_E_UNKNOWN_UNIT);
	kh_test_site_sql(*state, "UPDATE endpoint SET role = 'secret' WHERE uid = 'uid-a1'");
	kh_auto_json json_t *none = NULL;
	assert_int_equal(CALL(&none, .user = "can-bo-a", .route = "secret_case_list"), 0);
	assert_int_equal(kh_test_int(none, "total"), 0); /* it holds them rightly */
	kh_test_site_sql(*state, "UPDATE endpoint SET role = 'internet' WHERE uid = 'uid-a1'");
}

static void a_secret_case_is_followed(void **state)
{
	kh_auto_json json_t *held = NULL, *waits = NULL, *above = NULL;
	add_secret_cases(state);
	assert_int_equal(CALL(&held, .user = "can-bo-a", .route = "secret_case_show", .params = {"a-held"}), 0);
	assert_string_equal(kh_test_text(held, "case.endpoint.id"), "uid-a1");
	assert_int_equal(json_array_size(json_object_get(held, "steps")), 2); /* not what another machine says */
	assert_string_equal(kh_test_text(held, "steps.0.state"), "found");
	assert_int_equal(kh_test_int(held, "steps.1.at_s"), 8000);
	assert_string_equal(kh_test_text(held, "same.0.id"), "a-done");
	assert_int_equal(CALL(&waits, .user = "can-bo-a", .route = "secret_case_show", .params = {"a-waits"}), 0);
	assert_int_equal(json_array_size(json_object_get(waits, "same")), 0); /* of the other commune */
	assert_int_equal(CALL(&above, .user = "admin", .route = "secret_case_show", .params = {"a-waits"}), 0);
	assert_string_equal(kh_test_text(above, "same.0.id"), "b-waits");
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "secret_case_show", .params = {"a-waits"}), KH_E_NOT_FOUND);
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "secret_case_show", .params = {"khong-co"}), KH_E_NOT_FOUND);
	kh_auto_json json_t *revoked = NULL;
	kh_test_site_sql(*state, "UPDATE endpoint SET state = 'revoked' WHERE uid = 'uid-a1'");
	assert_int_equal(CALL(&revoked, .user = "can-bo-a", .route = "secret_case_show", .params = {"a-held"}), 0);
	kh_test_site_sql(*state, "UPDATE endpoint SET state = 'active', role = 'secret' WHERE uid = 'uid-a1'");
	assert_int_equal(CALL(NULL, .user = "can-bo-a", .route = "secret_case_show", .params = {"a-held"}), KH_E_NOT_FOUND); /* it holds it rightly */
	kh_test_site_sql(*state, "UPDATE endpoint SET role = 'internet' WHERE uid = 'uid-a1'");
}

/* A machine may say what it likes, as often as it likes. */
static void a_secret_case_has_no_end_of_steps(void **state)
{
	kh_auto_json json_t *waits = NULL;
	add_secret_cases(state);
	kh_test_site_sql(*state, "INSERT INTO event(endpoint_id, at_ms, category, action, body) SELECT e.id, 1000 * n.id, 'secrecy', 'secret_held', '{\"khien\":{\"case\":\"a-waits\"}}' FROM endpoint e"
				 " JOIN (WITH RECURSIVE of(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM of WHERE id < 300) SELECT id FROM of) n ON e.uid = 'uid-a1'");
	assert_int_equal(CALL(&waits, .user = "can-bo-a", .route = "secret_case_show", .params = {"a-waits"}), 0);
	assert_int_equal(json_array_size(json_object_get(waits, "steps")), 200);
	assert_int_equal(kh_test_int(waits, "steps.0.at_s"), 102);
	assert_int_equal(kh_test_int(waits, "steps.199.at_s"), 9000);
}

static void secret_cases_are_counted(void **state)
{
	kh_auto_json json_t *all = NULL, *own = NULL, *weeks = NULL, *theirs = NULL;
	add_secret_cases(state);
	assert_int_equal(CALL(&all, .user = "admin", .route = "secret_case_units"), 0);
	assert_int_equal(kh_test_int(all, "total"), 2);
	assert_int_equal(CALL(&own, .user = "quan-tri-a", .route = "secret_case_units"), 0);
	assert_int_equal(kh_test_int(own, "total"), 1);
	assert_int_equal(100 * kh_test_int(own, "items.0.toi_mat") + 10 * kh_test_int(own, "items.0.held") + kh_test_int(own, "items.0.handled"), 111);
	assert_int_equal(kh_test_int(own, "items.0.mat") + kh_test_int(own, "items.0.false_alarms"), 0); /* the held one is counted as held */
	assert_int_equal(CALL(&weeks, .user = "quan-tri-a", .route = "secret_case_weeks", .params = {"xa-a"}, .args = "{\"weeks\": 2}"), 0);
	assert_int_equal(kh_test_int(weeks, "total"), 2);
	assert_int_equal(10 * kh_test_int(weeks, "items.0.toi_mat") + kh_test_int(weeks, "items.1.mat"), 11); /* found or held */
	assert_int_equal(CALL(&theirs, .user = "quan-tri-b", .route = "secret_case_weeks", .params = {"xa-b"}, .args = "{\"weeks\": 1}"), 0);
	assert_int_equal(10 * kh_test_int(theirs, "items.0.toi_mat") + kh_test_int(theirs, "items.0.mat"), 10);
	assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = "secret_case_weeks", .params = {"xa-a"}), KH_E_UNKNOWN_UNIT);
}

static void orders_are_given(void **state)
{
	kh_auto_json json_t *order = NULL, *list = NULL;
	assert_int_equal(CALL(NULL, .user = "lanh-dao", .route = "endpoint_order", .params = {"uid-a1"}, .args = "{\"kind\": \"collect\"}"), KH_E_FORBIDDEN);
	assert_int_equal(CALL(NULL, .user = "admin", .route = "endpoint_order", .params = {"uid-a2"}, .args = "{\"kind\": \"collect\"}"), KH_E_ENDPOINT_INACTIVE);
	assert_int_equal(CALL(&order, .user = "can-bo-a", .route = "endpoint_order", .params = {"uid-a1"}, .args = "{\"kind\": \"scan\", \"scan\": \"full\"}"), 0);
	assert_string_equal(kh_test_text(order, "state"), "waiting");
	assert_string_equal(kh_test_text(order, "args.scan"), "full");
	int r = 0, given = 1;
	while ((r = CALL(NULL, .user = "can-bo-a", .route = "endpoint_order", .params = {"uid-a1"}, .args = "{\"kind\": \"collect\"}")) == 0)
		given++;
	assert_int_equal(r, KH_E_LIMIT_REACHED);
	assert_int_equal(given, 16);
	kh_test_site_sql(*state, "UPDATE endpoint_order SET expires_s = 1 WHERE id = (SELECT MAX(id) FROM endpoint_order)");
	assert_int_equal(CALL(&list, .user = "lanh-dao", .route = "endpoint_orders", .params = {"uid-a1"}), 0);
	assert_int_equal(kh_test_int(list, "total"), 16);
	assert_string_equal(kh_test_text(list, "items.0.state"), "expired");
	assert_string_equal(kh_test_text(list, "items.1.state"), "waiting");
}

/* ---- the second unit sees and changes nothing of the first ---- */

static void foreign_objects_do_not_exist(void **state)
{
	kh_auto_free char *user = id_of(state, "can-bo-a");
	kh_auto_free char *token = kh_format("%lld", (long long)NUMBER("SELECT t.id FROM enrol_token t JOIN unit u ON u.id = t.unit_id WHERE u.code = 'xa-a'"));
	const struct {
		const char *route, *param, *args;
		int expected;
	} rows[] = {
		{"user_list", NULL, "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT}, {"user_add", NULL, ADD("viewer", "xa-a"), KH_E_UNKNOWN_UNIT},
		{"user_set_disabled", user, "{\"disabled\": true}", KH_E_NOT_FOUND}, {"user_reset_password", user, NULL, KH_E_NOT_FOUND},
		{"unit_show", "xa-a", NULL, KH_E_UNKNOWN_UNIT}, {"unit_move", "xa-a", "{\"parent\": \"xa-b\"}", KH_E_UNKNOWN_UNIT},
		{"unit_merge", "xa-a", "{\"into\": \"xa-b\"}", KH_E_UNKNOWN_UNIT}, {"unit_end", "xa-a", NULL, KH_E_UNKNOWN_UNIT},
		{"unit_add", NULL, "{\"code\": \"y\", \"name\": \"Y\", \"kind\": \"school\", \"parent\": \"xa-b\", \"police_parent\": \"xa-a\"}", KH_E_UNKNOWN_UNIT},
		{"token_list", NULL, "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT}, {"token_create", NULL, "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT},
		{"token_revoke", token, NULL, KH_E_NOT_FOUND}, {"endpoint_list", NULL, "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT},
		{"endpoint_show", "uid-a1", NULL, KH_E_NOT_FOUND}, {"endpoint_set_role", "uid-a1", "{\"role\": \"secret\"}", KH_E_NOT_FOUND},
		{"endpoint_move", "uid-a1", "{\"unit\": \"xa-b\"}", KH_E_NOT_FOUND}, {"endpoint_move", "uid-b1", "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT},
		{"endpoint_revoke", "uid-a1", "{\"reason\": \"x\"}", KH_E_NOT_FOUND}, {"endpoint_detections", "uid-a1", NULL, KH_E_NOT_FOUND},
		{"endpoint_orders", "uid-a1", NULL, KH_E_NOT_FOUND}, {"endpoint_order", "uid-a1", "{\"kind\": \"collect\"}", KH_E_NOT_FOUND},
		{"detection_list", NULL, "{\"unit\": \"xa-a\"}", KH_E_UNKNOWN_UNIT},
	};
	int64_t before = NUMBER("PRAGMA data_version");
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		assert_int_equal(CALL(NULL, .user = "quan-tri-b", .route = rows[i].route, .params = {rows[i].param}, .args = rows[i].args), rows[i].expected);
		assert_null(strstr(kh_fail_detail(), KH_TEST_SECRET));
		assert_null(strstr(kh_fail_detail(), "uid-a1"));
	}
	assert_int_equal(NUMBER("PRAGMA data_version"), before); /* nothing was written */
}

static void lists_show_nothing_foreign(void **state)
{
	static const char *const routes[] = {"me", "user_list", "unit_list", "token_list", "endpoint_list", "detection_list"};
	for (size_t i = 0; i < KH_COUNT(routes); i++) {
		kh_auto_json json_t *mine = NULL, *theirs = NULL;
		assert_int_equal(CALL(&mine, .user = "quan-tri-b", .route = routes[i]), 0);
		assert_int_equal(CALL(&theirs, .user = "quan-tri-a", .route = routes[i]), 0);
		kh_auto_free char *text = kh_json_dump(mine), *control = kh_json_dump(theirs);
		assert_null(strstr(text, i == 4 || i == 5 ? "uid-a1" : KH_TEST_SECRET)); /* a2 has moved to xa-b with its name */
		assert_non_null(strstr(control, i == 4 || i == 5 ? "uid-a1" : KH_TEST_SECRET));
	}
}

KH_TESTS_WITH(kh_test_site_setup, kh_test_site_teardown, logging_in_and_out, own_password_and_language, users_are_listed, users_are_added_and_changed,
	      nobody_gives_more_than_he_has, the_own_unit_stays_where_it_is, units_below_are_kept, one_line_gives_no_hold_on_the_other, units_are_split_by_decision, two_superiors_do_not_count_twice, tokens_come_and_go,
	      endpoints_are_chosen_and_sorted, endpoints_are_changed, detections_are_chosen, secret_cases_are_chosen, a_secret_case_is_followed,
	      a_secret_case_has_no_end_of_steps, secret_cases_are_counted, orders_are_given, foreign_objects_do_not_exist, lists_show_nothing_foreign)
