#include "server/posture/posture.h"
#include "server/unit/unit.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/register/history.h"
#include "server/test_store.h"

#include <stdio.h>

/* ---- short forms ---- */

struct act {
	int (*fn)(struct kh_db *db, int64_t id, int64_t other);
	int64_t id, other;
};

static int run_act(struct kh_db *db, void *arg)
{
	const struct act *a = arg;
	return a->fn(db, a->id, a->other);
}

static int act(struct kh_test_store *t, int (*fn)(struct kh_db *db, int64_t id, int64_t other), int64_t id, int64_t other)
{
	return kh_store_write(t->store, run_act, &(struct act){fn, id, other});
}

static int move_admin(struct kh_db *db, int64_t id, int64_t parent)
{
	return kh_unit_move(db, id, KH_LINE_ADMIN, parent, &(struct kh_unit_by){"test", 2000, 0});
}

static int move_police(struct kh_db *db, int64_t id, int64_t parent)
{
	return kh_unit_move(db, id, KH_LINE_POLICE, parent, &(struct kh_unit_by){"test", 2000, 0});
}

static int merge(struct kh_db *db, int64_t id, int64_t target)
{
	return kh_unit_merge(db, id, target, &(struct kh_unit_by){"test", 3000, 0});
}

static int end(struct kh_db *db, int64_t id, int64_t other)
{
	(void)other;
	return kh_unit_end(db, id, &(struct kh_unit_by){"test", 4000, 0});
}

/* "a b c": the codes above a unit and itself, in order of ids. */
static void assert_above(struct kh_test_store *t, int64_t id, const char *codes)
{
	kh_auto_free char *text = kh_strdup("");
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(t->db, &s, "SELECT u.code FROM unit_ancestor a JOIN unit u ON u.id = a.ancestor_id WHERE a.unit_id = ?1 ORDER BY u.id", id);
	while (kh_stmt_next(s, &r)) {
		char *longer = kh_format("%s%s%s", text, *text ? " " : "", kh_stmt_text(s, 0));
		free(text);
		text = longer;
	}
	assert_int_equal(r, 0);
	assert_string_equal(text, codes);
}

/* province > ward > school, office; police beside; a machine in the school. */
struct tree {
	int64_t province, ward, school, office, police;
};

static struct tree plant(struct kh_test_store *t)
{
	struct tree n = {0};
	n.province = kh_test_unit(t, "province", 0);
	n.ward = kh_test_unit(t, "ward", n.province);
	n.school = kh_test_unit(t, "school", n.ward);
	n.office = kh_test_unit(t, "office", n.ward);
	n.police = kh_test_unit(t, "police", n.province);
	kh_auto_free char *sql = kh_format(
		"INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		" VALUES('e1', %lld, 'PC', 'pc', 'internal', '', 'active', '', '', '', 0, 0, 0);"
		"INSERT INTO answer VALUES(1, 'av_running', 0, 1, 0, 0, 0, 0, 0);"
		"INSERT INTO posture SELECT ancestor_id, 'av_running', 1, 0, 1, 0, 0, 0 FROM unit_ancestor WHERE unit_id = %lld",
		(long long)n.school, (long long)n.school);
	kh_test_sql(t, sql);
	return n;
}

/* ---- cases ---- */

static void lines_are_closed(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	assert_above(t, n.school, "province ward school");
	assert_above(t, n.province, "province");
	assert_int_equal(act(t, move_police, n.school, n.police), 0);
	assert_above(t, n.school, "province ward school police");
	assert_int_equal(act(t, move_admin, n.school, n.office), 0);
	assert_above(t, n.school, "province ward school office police");
	assert_int_equal(act(t, move_police, n.school, 0), 0);
	assert_above(t, n.school, "province ward school office");
	kh_auto_unit struct kh_unit u = {0};
	assert_int_equal(kh_unit_find(t->db, "school", &u), 0);
	assert_int_equal(u.parent[KH_LINE_ADMIN], n.office);
	assert_int_equal(u.parent[KH_LINE_POLICE], 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit_edge WHERE child_id = 3 AND to_s IS NOT NULL"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit_change WHERE unit_id = 3 AND what = 'move'"), 3);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'unit.move'"), 3);
}

static void cycles_are_refused(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	const struct {
		int (*fn)(struct kh_db *db, int64_t id, int64_t other);
		int64_t id, other;
		int error;
	} cases[] = {
		{move_admin, n.ward, n.ward, KH_E_UNIT_PLACE},
		{move_admin, n.ward, n.school, KH_E_UNIT_PLACE},
		{move_admin, n.province, n.school, KH_E_UNIT_PLACE},
		{move_police, n.province, n.police, KH_E_UNIT_PLACE},
		{move_admin, n.ward, 0, KH_E_UNIT_PLACE},
		{move_admin, n.ward, 99, KH_E_UNKNOWN_UNIT},
		{move_admin, 99, n.ward, KH_E_UNKNOWN_UNIT},
		{merge, n.ward, n.ward, KH_E_UNIT_PLACE},
		{merge, n.ward, n.school, KH_E_UNIT_PLACE},
		{merge, n.ward, 99, KH_E_UNKNOWN_UNIT},
		{move_admin, n.school, n.ward, KH_E_UNIT_PLACE}, /* where it stands */
		{move_police, n.school, 0, KH_E_UNIT_PLACE},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(act(t, cases[i].fn, cases[i].id, cases[i].other), cases[i].error);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit_change WHERE what <> 'add'"), 0);
}

/* Of a unit that is no more nobody below could close a campaign. */
static void a_campaign_is_closed_before_its_unit_ends(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	kh_auto_free char *sql = kh_format("INSERT INTO campaign(unit_id, name, scan, created_s, created_by, deadline_s) VALUES(%lld, 'x', 'quick', 1, 'x', 9), (%lld, 'x', 'quick', 1, 'x', 9)",
					   (long long)n.office, (long long)n.ward);
	kh_test_sql(t, sql);
	assert_int_equal(act(t, end, n.office, 0), KH_E_IN_USE);
	assert_int_equal(act(t, merge, n.office, n.school), KH_E_IN_USE);
	kh_test_sql(t, "UPDATE campaign SET closed_s = 5 WHERE unit_id = (SELECT id FROM unit WHERE code = 'office')");
	assert_int_equal(act(t, merge, n.office, n.school), 0); /* one of the unit above is no matter */
}

static void depth_is_limited(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = 0;
	for (int i = 0; i < KH_UNIT_MAX_DEPTH; i++) {
		kh_auto_free char *code = kh_format("level%d", i);
		id = kh_test_unit(t, code, id);
	}
	int64_t other = kh_test_unit(t, "other", 0), below = kh_test_unit(t, "below", other);
	assert_int_equal(act(t, move_admin, other, id), KH_E_UNIT_PLACE);
	assert_int_equal(act(t, move_admin, below, id), KH_E_UNIT_PLACE);
	assert_int_equal(act(t, move_admin, below, id - 1), 0);
}

static int64_t failing(struct kh_test_store *t, int64_t unit)
{
	int64_t n = 0;
	assert_int_equal(kh_db_int(t->db, &n, "SELECT fail FROM posture WHERE unit_id = ?1 AND control = 'av_running' ORDER BY day DESC LIMIT 1", unit), 0);
	return n;
}

static int rebuild(struct kh_db *db, int64_t id, int64_t other)
{
	(void)id, (void)other;
	return kh_posture_rebuild_units(db);
}

/* Counted from scratch they are the same. */
static void assert_sums(struct kh_test_store *t)
{
#define SUMS "SELECT SUM(unit_id * (pass + 3 * fail + 7 * unknown + 11 * not_applicable + 13 * excepted)) FROM posture"
	int64_t kept = kh_test_number(t, SUMS);
	assert_int_equal(act(t, rebuild, 0, 0), 0);
	assert_int_equal(kh_test_number(t, SUMS), kept);
}

static void sums_follow_the_tree(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	assert_int_equal(act(t, move_admin, n.office, n.school), 0);
	assert_int_equal(failing(t, n.school), 1);
	assert_int_equal(failing(t, n.ward), 1);
	assert_int_equal(failing(t, n.province), 1);
	assert_int_equal(act(t, move_admin, n.school, n.police), 0);
	assert_int_equal(failing(t, n.ward), 0);
	assert_int_equal(failing(t, n.police), 1);
	assert_int_equal(failing(t, n.province), 1);
	assert_sums(t);
}

static void merging_takes_everything(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	int64_t room = kh_test_unit(t, "room", n.school);
	kh_auto_free char *sql = kh_format(
		"INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		" VALUES('e2', %lld, 'PC2', 'pc2', 'internal', '', 'active', '', '', '', 0, 0, 0);"
		"INSERT INTO answer VALUES(2, 'av_running', 1, 0, 0, 0, 0, 0, 0);"
		"INSERT INTO app_user(name, full_name, password_hash, role, unit_id, language, must_change, disabled, failed, locked_until_s, created_s)"
		" VALUES('hoa', 'Hoa', '', 'viewer', %lld, 'vi', 0, 0, 0, 0, 0);"
		"INSERT INTO enrol_token(token_hash, unit_id, uses, used, expires_s, created_s, created_by, revoked) VALUES('x', %lld, 1, 0, 0, 0, '', 0)",
		(long long)room, (long long)n.school, (long long)n.school);
	kh_test_sql(t, sql);
	assert_int_equal(act(t, rebuild, 0, 0), 0);
	assert_int_equal(act(t, merge, n.school, n.office), 0);
	assert_int_equal(kh_test_number(t, "SELECT unit_id FROM endpoint"), n.office);
	assert_int_equal(kh_test_number(t, "SELECT unit_id FROM app_user"), n.office);
	assert_int_equal(kh_test_number(t, "SELECT unit_id FROM enrol_token"), n.office);
	assert_above(t, room, "province ward office room");
	assert_above(t, n.school, "province ward school");
	assert_int_equal(failing(t, n.office), 1);
	assert_int_equal(failing(t, n.school), 0);
	assert_int_equal(failing(t, n.province), 1);
	assert_sums(t);
	kh_auto_unit struct kh_unit u = {0};
	assert_int_equal(kh_unit_get(t->db, n.school, &u), 0);
	assert_int_equal(u.to_s, 3000);
	assert_int_equal(u.merged_into, n.office);
	assert_int_equal(act(t, merge, n.school, n.office), KH_E_UNIT_ENDED);
	assert_int_equal(act(t, merge, n.office, n.school), KH_E_UNIT_ENDED);
	assert_int_equal(act(t, move_admin, n.school, n.province), KH_E_UNIT_ENDED);
	assert_int_equal(act(t, move_admin, n.office, n.school), KH_E_UNIT_ENDED);
}

struct contact {
	int64_t unit, id;
	const char *name;
};

static int add_contact(struct kh_db *db, void *arg)
{
	struct contact *c = arg;
	struct kh_record_by by = kh_record_by_system(1000);
	kh_auto_json json_t *fields = json_pack("{s:s, s:s}", "name", c->name, "phone", "113");
	return kh_record_create(db, &kh_registers[KH_REGISTER_CONTACT], c->unit, fields, &by, &c->id);
}

/* What the target has by the same name stays where it was; the others go, and their history says so. */
static void merging_takes_records(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	struct contact contacts[] = {{n.school, 0, "Trực ban"}, {n.school, 0, "Văn thư"}, {n.office, 0, "Trực ban"}};
	for (size_t i = 0; i < KH_COUNT(contacts); i++)
		assert_int_equal(kh_store_write(t->store, add_contact, &contacts[i]), 0);
	assert_int_equal(act(t, merge, n.school, n.office), 0);
	const int64_t wanted[] = {n.school, n.office, n.office};
	for (size_t i = 0; i < KH_COUNT(contacts); i++) {
		kh_auto_record struct kh_record rec = {0};
		assert_int_equal(kh_record_get(t->db, &kh_registers[KH_REGISTER_CONTACT], contacts[i].id, NULL, &rec), 0);
		assert_int_equal(rec.unit_id, wanted[i]);
		kh_auto_json json_t *history = NULL;
		assert_int_equal(kh_record_history(t->db, &rec, NULL, &history), 0);
		assert_int_equal(json_array_size(history), i == 1 ? 2 : 1);
		if (i == 1)
			assert_string_equal(json_string_value(json_object_get(json_array_get(history, 1), "to")), "office");
	}
}

static void only_empty_units_end(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	assert_int_equal(act(t, end, n.ward, 0), KH_E_IN_USE);
	assert_int_equal(act(t, end, n.school, 0), KH_E_IN_USE);
	assert_int_equal(act(t, end, n.office, 0), 0);
	assert_int_equal(act(t, end, n.office, 0), KH_E_UNIT_ENDED);
	kh_test_sql(t, "UPDATE endpoint SET state = 'revoked'");
	assert_int_equal(act(t, end, n.school, 0), 0);
	assert_int_equal(act(t, end, n.ward, 0), 0);
	assert_above(t, n.school, "province ward school");
}

static int rename_unit(struct kh_db *db, int64_t id, int64_t other)
{
	return kh_unit_rename(db, id, other ? "" : "  Tru\xcc\x9bo\xcc\x9b\xcc\x80ng Hoa Mai ", "test", 5000);
}

static void names_are_kept_clean(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	assert_int_equal(act(t, rename_unit, n.school, 0), 0);
	kh_auto_unit struct kh_unit u = {0};
	assert_int_equal(kh_unit_find(t->db, "school", &u), 0);
	assert_string_equal(u.name, "Trường Hoa Mai");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit WHERE name_fold = 'truong hoa mai'"), 1);
	assert_int_equal(act(t, rename_unit, n.school, 1), KH_E_INVALID_FIELD);
}

static int add_new(struct kh_db *db, void *arg)
{
	int64_t id = 0;
	return kh_unit_add(db, arg, "test", 1000, &id);
}

static void bad_units_are_refused(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	char long_name[4 * KH_UNIT_MAX_NAME];
	memset(long_name, 'a', sizeof long_name);
	long_name[KH_UNIT_MAX_NAME + 1] = '\0';
	const struct {
		struct kh_unit_new unit;
		int error;
	} cases[] = {
		{{.code = "school", .name = "x", .kind = "school"}, KH_E_EXISTS},
		{{.code = "Big", .name = "x", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.code = "", .name = "x", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.code = "-a", .name = "x", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.code = "a b", .name = "x", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = "", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = "  ", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = "two\nlines", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = "\xff", .kind = "school"}, KH_E_ENCODING},
		{{.name = "!!!", .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = long_name, .kind = "school"}, KH_E_INVALID_FIELD},
		{{.name = "x", .kind = "castle"}, KH_E_INVALID_FIELD},
		{{.name = "x", .kind = "school", .parent = {99, 0}}, KH_E_UNKNOWN_UNIT},
		{{.name = "Trường Mầm non Hoa Đào", .kind = "school", .parent = {n.ward, n.police}}, 0},
		{{.name = "Trường Mầm non Hoa Đào", .kind = "school", .parent = {n.ward, 0}}, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_unit_new unit = cases[i].unit;
		assert_int_equal(kh_store_write(t->store, add_new, &unit), cases[i].error);
	}
	kh_auto_unit struct kh_unit u = {0};
	assert_int_equal(kh_unit_find(t->db, "truong-mam-non-hoa-dao", &u), 0);
	assert_above(t, u.id, "province ward police truong-mam-non-hoa-dao");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM unit WHERE code = 'truong-mam-non-hoa-dao-2'"), 1);
}

static void assert_tree(struct kh_test_store *t, const struct kh_scope *scope, bool ended, const char *expected)
{
	KH_CLEANUP(kh_unit_tree_done) struct kh_unit_tree tree = {0};
	assert_int_equal(kh_unit_tree_load(t->db, &(struct kh_unit_tree_options){.scope = scope, .ended = ended}, &tree), 0);
	kh_auto_free char *text = kh_strdup("");
	for (size_t i = 0; i < tree.n; i++) {
		char *longer = kh_format("%s%d%s%s ", text, tree.v[i].depth, tree.v[i].unit.code, tree.v[i].last ? "." : "");
		free(text);
		text = longer;
	}
	assert_string_equal(text, expected);
}

static void trees_are_in_order(void **state)
{
	struct kh_test_store *t = *state;
	struct tree n = plant(t);
	assert_tree(t, NULL, false, "0province. 1police 1ward. 2office 2school. ");
	assert_int_equal(act(t, move_police, n.school, n.police), 0);
	struct kh_scope police = {n.police}, ward = {n.ward}, nothing = {99};
	assert_tree(t, NULL, false, "0province. 1police 1ward. 2office 2school. ");
	assert_tree(t, &police, false, "0police. 1school. ");
	assert_tree(t, &ward, false, "0ward. 1office 1school. ");
	assert_tree(t, &nothing, false, "");
	assert_int_equal(act(t, end, n.office, 0), 0);
	assert_tree(t, &ward, false, "0ward. 1school. ");
	assert_tree(t, &ward, true, "0ward. 1office 1school. ");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(lines_are_closed),     CASE(cycles_are_refused),   CASE(depth_is_limited),      CASE(a_campaign_is_closed_before_its_unit_ends), CASE(sums_follow_the_tree), CASE(merging_takes_everything), CASE(merging_takes_records),
		CASE(only_empty_units_end), CASE(names_are_kept_clean), CASE(bad_units_are_refused), CASE(trees_are_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
