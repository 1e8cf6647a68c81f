#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/register/history.h"
#include "server/test_store.h"
#include "server/unit/decision.h"
#include "server/unit/split.h"

/* ---- the place ----
 *
 *     tinh ─┬─ phuong ─┬─ truong ── lop     machines may-1 may-2 (Tầng 2), cu (revoked); users an binh; staff Mẫu Thử; a closed repair slip, an open one
 *           │          └─ tram
 *           ├─ ben (may-ben, user ben; a contact)
 *           └─ ca ── phuong, on the police line */
struct place {
	int64_t tinh, phuong, truong, lop, tram, ben, ca;
	int64_t staff, slip, closed, foreign;
};

struct maker {
	int64_t unit, id;
	enum kh_register_id reg;
	json_t *fields; /* taken over */
	const char *move;
};

static int make(struct kh_db *db, void *arg)
{
	struct maker *m = arg;
	struct kh_record_by by = kh_record_by_system(1000);
	int r = kh_record_create(db, &kh_registers[m->reg], m->unit, m->fields, &by, &m->id);
	return r < 0 || !m->move ? r : kh_record_move(db, &kh_registers[m->reg], m->id, KH_RECORD_ANY_VERSION, m->move, NULL, NULL, &by);
}

static int64_t record(struct kh_test_store *t, enum kh_register_id reg, int64_t unit, json_t *fields, const char *move)
{
	struct maker m = {.unit = unit, .reg = reg, .fields = fields, .move = move};
	assert_int_equal(kh_store_write(t->store, make, &m), 0);
	json_decref(fields);
	return m.id;
}

static int police_line(struct kh_db *db, void *arg)
{
	const struct place *p = arg;
	return kh_unit_move(db, p->phuong, KH_LINE_POLICE, p->ca, &(struct kh_unit_by){"test", 1000, 0});
}

static int answer_all(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_posture_answer_all(db);
}

static void add_rows(struct kh_test_store *t, const struct place *p)
{
#define MACHINE(name, unit, state)                                                                                                                              \
	"INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)" \
	" VALUES('" name "', " unit ", '" name "', '" name "', 'internal', '', '" state "', '', '', '', 0, 0, 0);"
#define USER(name, unit)                                                                                                                                      \
	"INSERT INTO app_user(name, full_name, password_hash, role, unit_id, language, must_change, disabled, failed, locked_until_s, created_s)"            \
	" VALUES('" name "', '" name "', '', 'viewer', " unit ", 'vi', 0, 0, 0, 0, 0);"
	kh_auto_free char *sql = kh_format(MACHINE("may-1", "%1$lld", "active") MACHINE("may-2", "%1$lld", "active") MACHINE("cu", "%1$lld", "revoked") MACHINE("may-ben", "%2$lld", "active")
						   USER("an", "%1$lld") USER("binh", "%1$lld") USER("ben", "%2$lld")
						   "INSERT INTO enrol_token(token_hash, unit_id, uses, used, expires_s, created_s, created_by, revoked) VALUES('x', %1$lld, 1, 0, 0, 0, '', 0);"
						   "INSERT INTO posture VALUES(%1$lld, 'av_running', 5, 3, 4, 0, 0, 0);",
					   (long long)p->phuong, (long long)p->ben);
	kh_test_sql(t, sql);
}

static struct place plant(struct kh_test_store *t)
{
	struct place p = {.tinh = kh_test_unit(t, "tinh", 0)};
	p.phuong = kh_test_unit(t, "phuong", p.tinh);
	p.truong = kh_test_unit(t, "truong", p.phuong);
	p.lop = kh_test_unit(t, "lop", p.truong);
	p.tram = kh_test_unit(t, "tram", p.phuong);
	p.ben = kh_test_unit(t, "ben", p.tinh);
	p.ca = kh_test_unit(t, "ca", p.tinh);
	assert_int_equal(kh_store_write(t->store, police_line, &p), 0);
	add_rows(t, &p);
	p.staff = record(t, KH_REGISTER_STAFF, p.phuong, json_pack("{s:s, s:s}", "full_name", "Mẫu Thử", "position", "officer"), NULL);
	(void)record(t, KH_REGISTER_DEVICE, p.phuong, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", "Máy 2", "kind", "computer", "purpose", "office", "place", "Tầng 2", "endpoint", "may-2"), NULL);
	p.slip = record(t, KH_REGISTER_REPAIR_SLIP, p.phuong, json_pack("{s:s, s:s, s:s, s:s, s:s}", "number", "SC-1", "device", "x", "shop", "y", "disk", "removed", "out_on", "1970-01-01"), NULL);
	p.closed = record(t, KH_REGISTER_STAFF, p.phuong, json_pack("{s:s, s:s, s:s}", "full_name", "Đã Nghỉ", "position", "worker", "left_on", "1970-01-01"), "leave");
	p.foreign = record(t, KH_REGISTER_CONTACT, p.ben, json_pack("{s:s, s:s}", "name", "Bên", "phone", "113"), NULL);
	assert_int_equal(kh_store_write(t->store, answer_all, NULL), 0);
	return p;
}

/* ---- the act ---- */

struct act {
	const struct place *place;
	const char *parts;
	bool end, dry_run;
	json_t *answer;
};

static int act(struct kh_db *db, void *arg)
{
	struct act *a = arg;
	kh_auto_unit_parts struct kh_unit_parts parts = {0};
	kh_auto_json json_t *given = NULL;
	struct kh_unit_by by = {"test", 9000, 0};
	struct kh_unit_decision_new decision = {.unit_id = a->place->phuong, .number = " 12/QĐ-UBND ", .decided_on = "1970-01-01", .file_name = "C:\\tệp\\qd.pdf", .sha256 = "ab", .size = 7};
	int r = kh_json_parse(a->parts, strlen(a->parts), &given);
	r = r < 0 ? r : kh_unit_decision_add(db, &decision, by.actor, by.now_s, &by.decision);
	r = r < 0 ? r : kh_unit_parts_read(db, a->place->phuong, NULL, given, &parts);
	struct kh_unit_split split = {.unit_id = a->place->phuong, .parts = &parts, .end = a->end, .dry_run = a->dry_run};
	return r < 0 ? r : kh_unit_split(db, &split, &by, &a->answer);
}

static int run_text(struct kh_test_store *t, const struct place *p, const char *parts, bool end, bool dry_run, json_t **ret)
{
	struct act a = {.place = p, .parts = parts, .end = end, .dry_run = dry_run};
	int r = kh_store_write(t->store, act, &a);
	if (ret)
		*ret = a.answer;
	else
		json_decref(a.answer);
	return r;
}

static int64_t id_of(struct kh_test_store *t, const char *code)
{
	kh_auto_unit struct kh_unit u = {0};
	assert_int_equal(kh_unit_find(t->db, code, &u), 0);
	return u.id;
}

static int64_t count(struct kh_test_store *t, const char *sql, int64_t unit)
{
	int64_t n = -1;
	assert_int_equal(kh_db_int(t->db, &n, sql, unit), 0);
	return n;
}

#define MACHINES "SELECT COUNT(*) FROM endpoint WHERE unit_id = ?1"
#define USERS "SELECT COUNT(*) FROM app_user WHERE unit_id = ?1"
#define STAFF "SELECT COUNT(*) FROM reg_staff WHERE unit_id = ?1"
#define SEEN "SELECT COUNT(*) FROM endpoint e JOIN unit_ancestor a ON a.unit_id = e.unit_id WHERE a.ancestor_id = ?1"

static int rebuild(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_posture_rebuild_units(db);
}

/* Counted from scratch they are the same. */
static void assert_sums(struct kh_test_store *t)
{
#define SUMS                                                                                                                                                                             \
	"SELECT SUM(unit_id * (pass + 3 * fail + 7 * unknown + 11 * not_applicable + 13 * excepted)) FROM posture p"                                                                   \
	" WHERE day = (SELECT MAX(l.day) FROM posture l WHERE l.unit_id = p.unit_id AND l.control = p.control)"
	int64_t kept = kh_test_number(t, SUMS);
	assert_int_equal(kh_store_write(t->store, rebuild, NULL), 0);
	assert_int_equal(kh_test_number(t, SUMS), kept);
}

/* ---- cases ---- */

/* "Tách": what is chosen goes, the rest stays, nobody else sees anything change. */
static void a_part_leaves(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	kh_auto_json json_t *answer = NULL;
	kh_auto_free char *parts = kh_format("[{\"name\": \"Phường Mới\", \"kind\": \"ward\", \"places\": [\"tang 2\"], \"items\": [{\"what\": \"user\", \"id\": \"an\"},"
					     " {\"what\": \"unit\", \"id\": \"truong\"}, {\"what\": \"staff\", \"id\": %lld}, {\"what\": \"repair_slip\", \"id\": %lld}, {\"what\": \"endpoint\", \"id\": \"may-2\"}]}]",
					     (long long)p.staff, (long long)p.slip);
	int64_t above = count(t, SEEN, p.tinh), police = count(t, SEEN, p.ca), beside = count(t, SEEN, p.ben);
	int64_t past = count(t, "SELECT fail FROM posture WHERE unit_id = ?1 AND day = 5", p.phuong);
	assert_int_equal(run_text(t, &p, parts, false, false, &answer), 0);
	int64_t fresh = id_of(t, "phuong-moi");

	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint WHERE uid = 'may-2' AND unit_id = (SELECT id FROM unit WHERE code = 'phuong-moi') AND version = 2"), 1);
	assert_int_equal(count(t, MACHINES, p.phuong), 2); /* may-1, and the one that was revoked */
	assert_int_equal(count(t, USERS, fresh), 1);
	assert_int_equal(count(t, USERS, p.phuong), 1);
	assert_int_equal(count(t, STAFF, fresh), 1);
	assert_int_equal(count(t, STAFF, p.phuong), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_edge WHERE parent_id = ?1 AND to_s IS NULL", fresh), 1);
	assert_int_equal(count(t, SEEN, p.tinh), above);
	assert_int_equal(count(t, SEEN, p.ca), police); /* the new unit stands below the police superior of the old one */
	assert_int_equal(count(t, SEEN, p.ben), beside);
	assert_int_equal(count(t, SEEN, fresh), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1", p.lop), 5); /* itself, truong, phuong-moi, tinh, ca: no more phuong */
	assert_int_equal(count(t, "SELECT fail FROM posture WHERE unit_id = ?1 AND day = 5", p.phuong), past);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM posture WHERE unit_id = ?1 AND day <= 5", fresh), 0);
	assert_sums(t);

	assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(answer, "parts"), 0), "records")), 3); /* with the device of may-2 */
	assert_int_equal(json_integer_value(json_object_get(json_object_get(answer, "stays"), "endpoints")), 1);
	assert_int_equal(kh_test_number(t, "SELECT revoked FROM enrol_token"), 0);
	assert_int_equal(kh_test_number(t, "SELECT version FROM unit WHERE code = 'phuong'"), 3); /* moved to the police line, split */
}

/* Who did what by which paper, and what went where, is said on both sides. */
static void history_is_kept(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	kh_auto_free char *parts = kh_format("[{\"name\": \"Mới\", \"kind\": \"ward\", \"items\": [{\"what\": \"endpoint\", \"id\": \"may-1\"}, {\"what\": \"staff\", \"id\": %lld}]}]", (long long)p.staff);
	assert_int_equal(run_text(t, &p, parts, false, false, NULL), 0);
	int64_t fresh = id_of(t, "moi");
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_change WHERE unit_id = ?1 AND what = 'split' AND detail = '→ moi' AND decision_id IS NOT NULL", p.phuong), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_change WHERE unit_id = ?1 AND what = 'split' AND detail = '← phuong'", fresh), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM audit WHERE action = 'unit.split' AND unit_id = ?1 AND detail = '→ moi · 12/QĐ-UBND'", p.phuong), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_given WHERE to_id = ?1 AND (what = 'endpoint' AND name = 'may-1' OR what = 'staff' AND name LIKE 'Mẫu Thử%')", fresh), 2);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM audit WHERE action = 'split.give' AND unit_id = ?1 AND detail = '→ moi · endpoint: may-1'", p.phuong), 1);
	kh_auto_free char *by_number = kh_format("SELECT COUNT(*) FROM audit WHERE action = 'split.give' AND unit_id = ?1 AND detail = '→ moi · staff: #%lld'", (long long)p.staff);
	assert_int_equal(count(t, by_number, p.phuong), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'split.give'"), 2);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM audit WHERE action = 'decision.add' AND unit_id = ?1 AND detail = '12/QĐ-UBND · 1970-01-01 · qd.pdf · ab'", p.phuong), 1);
	kh_auto_record struct kh_record rec = {0};
	kh_auto_json json_t *history = NULL;
	assert_int_equal(kh_record_get(t->db, &kh_registers[KH_REGISTER_STAFF], p.staff, NULL, &rec), 0);
	assert_int_equal(kh_record_history(t->db, &rec, NULL, &history), 0);
	assert_string_equal(json_string_value(json_object_get(json_array_get(history, json_array_size(history) - 1), "to")), "moi");

	kh_auto_unit_decision struct kh_unit_decision seen = {0}, hidden = {0};
	assert_int_equal(kh_unit_decision_get(t->db, fresh, 1, &seen), 0);
	assert_string_equal(seen.number, "12/QĐ-UBND");
	assert_string_equal(seen.file_name, "qd.pdf");
	assert_int_equal(kh_unit_decision_get(t->db, p.ben, 1, &hidden), KH_E_NOT_FOUND);
}

/* "Chia": everything goes, the unit ends. */
static void all_of_it_leaves(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	int64_t above = count(t, SEEN, p.tinh);
	static const char parts[] = "[{\"name\": \"Một\", \"kind\": \"ward\", \"items\": [{\"what\": \"endpoint\", \"id\": \"may-1\"}, {\"what\": \"unit\", \"id\": \"tram\"}]},"
				    " {\"name\": \"Hai\", \"kind\": \"ward\", \"rest\": true}]";
	kh_test_sql(t, "INSERT INTO campaign(id, unit_id, name, scan, created_s, created_by, deadline_s) SELECT 7, id, 'x', 'quick', 1, 'x', 9 FROM unit WHERE code = 'phuong'");
	assert_int_equal(run_text(t, &p, parts, true, false, NULL), KH_E_IN_USE);
	kh_test_sql(t, "UPDATE campaign SET closed_s = 5 WHERE id = 7");
	assert_int_equal(run_text(t, &p, parts, true, false, NULL), 0);
	int64_t one = id_of(t, "mot"), two = id_of(t, "hai");
	assert_int_equal(count(t, MACHINES, one), 1);
	assert_int_equal(count(t, MACHINES, two), 1);
	assert_int_equal(count(t, MACHINES, p.phuong), 1); /* revoked before */
	assert_int_equal(count(t, USERS, two), 2);
	assert_int_equal(count(t, STAFF, two), 2); /* who had left, too */
	assert_int_equal(count(t, STAFF, p.phuong), 0);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit WHERE id = ?1 AND to_s = 9000 AND merged_into IS NULL", p.phuong), 1);
	assert_int_equal(kh_test_number(t, "SELECT revoked FROM enrol_token"), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_answer WHERE unit_id = ?1", p.phuong), 0);
	assert_int_equal(count(t, SEEN, p.tinh), above); /* the superior goes on seeing what stays with the old unit */
	assert_int_equal(count(t, "SELECT COUNT(*) FROM unit_change WHERE unit_id = ?1 AND what = 'end'", p.phuong), 1);
	assert_sums(t);
	assert_int_equal(run_text(t, &p, parts, true, false, NULL), KH_E_NOT_FOUND); /* may-1 is no longer its own */
	assert_int_equal(run_text(t, &p, "[{\"name\": \"Ba\", \"kind\": \"ward\"}]", false, false, NULL), KH_E_UNIT_ENDED);
}

/* Records of phuong in the frozen states that controls look for, and machines that were searched: may-2 in part, what it could not read was reviewed. */
static void add_frozen(struct kh_test_store *t, const struct place *p)
{
#define RECORD(reg, state, columns, values)                                                                                                                       \
	"INSERT INTO reg_" reg "(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, " columns ")"                           \
	" VALUES(%1$lld, '" state "', 1, 1, %2$lld, 'a', 1, 'a', '', " values ");"
#define SEARCHED(machine)                                                                                                                                         \
	"INSERT INTO fact_secret_search(endpoint_id, ended_s, complete, encrypted, partly, unread, unread_since_s, files, documents)"                             \
	" SELECT id, %2$lld, 1, 1, 0, 2, %2$lld, 9, 0 FROM endpoint WHERE uid = '" machine "';"                                                                   \
	"INSERT INTO fact_state(endpoint_id, fact_table, state, hash, row_count, collected_s, received_s)"                                                        \
	" SELECT id, 'secret_search', 'measured', '', 1, 1, 1 FROM endpoint WHERE uid = '" machine "';"
	kh_auto_free char *sql = kh_format(SEARCHED("may-1") SEARCHED("may-2")
						   RECORD("duty_shift", "done", "from_s, to_s, officer", "%2$lld - 800000, %2$lld + 800000, %3$lld")
						   RECORD("search_review", "reviewed", "endpoint, reviewed_on, files, way, reason, reviewer", "2, %2$lld, 3, 'opened', 'x', 'y'")
						   RECORD("exception", "approved", "control, endpoint, reason, compensating, owner, until_on", "'search_gaps_reviewed', 1, 'x', 'y', 'z', %2$lld + 864000")
						   RECORD("exception", "approved", "control, reason, compensating, owner, until_on", "'contact_verified', 'x', 'y', 'z', %2$lld + 864000")
						   RECORD("contact", "active", "name, phone", "'Cũ', '113'")
						   RECORD("plan", "approved", "title, year, design, operation, checks, risk, monitoring, response, ending", "'x', 2026, 1, 1, 1, 1, 1, 1, 1")
						   RECORD("lan_assessment", "done", "assessed_on, assessor, servers, workstations, network_gear, hardware, system_software, applications", "%2$lld, 'x', 1, 1, 1, 1, 1, 1")
						   RECORD("device", "disposed", "name, kind, purpose", "'Máy cũ', 'computer', 'office'"),
					   (long long)p->phuong, (long long)kh_now_s(), (long long)p->staff);
	kh_test_sql(t, sql);
}

#define POSTURE                                                                                                                                                   \
	"SELECT p.control, p.pass, p.fail, p.unknown, p.not_applicable, p.excepted FROM posture p WHERE p.unit_id = 1"                                            \
	" AND p.day = (SELECT MAX(l.day) FROM posture l WHERE l.unit_id = p.unit_id AND l.control = p.control)"

/* The superior's whole posture, every control asked anew from the rows, is what it was. */
static void the_rest_keeps_the_posture_of_those_above(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	assert_int_equal(p.tinh, 1);
	add_frozen(t, &p);
	assert_int_equal(kh_store_write(t->store, answer_all, NULL), 0);
	kh_test_sql(t, "CREATE TABLE was AS " POSTURE);
	assert_true(kh_test_number(t, "SELECT COUNT(*) FROM was WHERE control IN ('duty_hour_covered', 'lan_assessed') AND pass > 0") == 2);
	assert_true(kh_test_number(t, "SELECT COUNT(*) FROM was WHERE control IN ('contact_verified', 'search_gaps_reviewed') AND excepted > 0") == 2);
	assert_int_equal(run_text(t, &p, "[{\"name\": \"Hai\", \"kind\": \"department\", \"rest\": true}]", true, false, NULL), 0);
	assert_sums(t);
	assert_int_equal(kh_store_write(t->store, answer_all, NULL), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM (SELECT * FROM was EXCEPT SELECT * FROM (" POSTURE "))"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM (SELECT * FROM (" POSTURE ") EXCEPT SELECT * FROM was)"), 0);
}

#define ANSWERS(machine, state) "SELECT COUNT(*) FROM answer a JOIN endpoint e ON e.id = a.endpoint_id WHERE a.control = 'search_gaps_reviewed' AND e.uid = '" machine "' AND a." state " > 0"

/* What was said of a machine goes where the machine goes, unless it was put elsewhere by name. */
static void records_about_a_machine_go_with_it(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	add_frozen(t, &p);
	assert_int_equal(kh_store_write(t->store, answer_all, NULL), 0);
	assert_int_equal(kh_test_number(t, ANSWERS("may-1", "excepted")), 1);
	assert_int_equal(kh_test_number(t, ANSWERS("may-2", "pass")), 1);
	assert_int_equal(run_text(t, &p, "[{\"name\": \"Mới\", \"kind\": \"ward\", \"items\": [{\"what\": \"endpoint\", \"id\": \"may-1\"}, {\"what\": \"endpoint\", \"id\": \"may-2\"}]}, "
				      "{\"name\": \"Khác\", \"kind\": \"ward\", \"items\": [{\"what\": \"device\", \"id\": 1}]}]", false, false, NULL), 0);
	int64_t fresh = id_of(t, "moi"), other = id_of(t, "khac");
	assert_int_equal(count(t, "SELECT COUNT(*) FROM reg_search_review WHERE unit_id = ?1", fresh), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM reg_exception WHERE unit_id = ?1 AND endpoint IS NOT NULL", fresh), 1);
	assert_int_equal(count(t, "SELECT COUNT(*) FROM reg_exception WHERE unit_id = ?1 AND endpoint IS NULL", p.phuong), 1); /* of no machine */
	assert_int_equal(count(t, "SELECT COUNT(*) FROM reg_device WHERE unit_id = ?1 AND endpoint IS NOT NULL", other), 1);
	assert_int_equal(kh_test_number(t, ANSWERS("may-1", "excepted")), 1);
	assert_int_equal(kh_test_number(t, ANSWERS("may-2", "pass")), 1);
	assert_int_equal(kh_store_write(t->store, answer_all, NULL), 0);
	assert_int_equal(kh_test_number(t, ANSWERS("may-1", "excepted")), 1);
	assert_int_equal(kh_test_number(t, ANSWERS("may-2", "pass")), 1);
}

static int64_t fingerprint(struct kh_test_store *t)
{
	return kh_test_number(t, "SELECT (SELECT COUNT(*) * 1000003 + SUM(version) FROM unit) + (SELECT SUM(unit_id * id * version) FROM endpoint) + (SELECT SUM(unit_id * id * 7) FROM app_user)"
				 " + (SELECT SUM(unit_id * id * 13) FROM reg_staff) + (SELECT COUNT(*) * 17 FROM audit) + (SELECT COUNT(*) * 19 FROM unit_given)"
				 " + (SELECT COUNT(*) * 23 + COUNT(to_s) FROM unit_edge) + (SELECT SUM(unit_id * (pass + 3 * fail + 7 * unknown)) FROM posture) + (SELECT COUNT(*) * 29 FROM unit_decision)");
}

#define PART(items) "[{\"name\": \"Mới\", \"kind\": \"ward\", \"items\": [" items "]}]"
#define ITEM(what, id) "{\"what\": \"" what "\", \"id\": " id "}"

static void what_is_refused_changes_nothing(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	static const struct {
		const char *parts;
		bool end;
		int error;
	} cases[] = {
		{"[]", false, KH_E_INVALID_FIELD},
		{"{}", false, KH_E_INVALID_FIELD},
		{"[1]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\"}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"castle\"}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"itemz\": []}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"items\": {}}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"code\": \"ben\"}]", false, KH_E_EXISTS},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"places\": [\"Tầng 9\"]}]", false, KH_E_NOT_FOUND},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"places\": [3]}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"parent\": \"nowhere\"}]", false, KH_E_UNKNOWN_UNIT},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"parent\": \"tram\"}]", false, KH_E_UNIT_PLACE},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"parent\": \"phuong\", \"rest\": true}]", true, KH_E_UNIT_PLACE},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"rest\": true}]", false, KH_E_INVALID_FIELD},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"rest\": true}, {\"name\": \"Khác\", \"kind\": \"ward\", \"rest\": true}]", true, KH_E_INVALID_FIELD},
		{PART(ITEM("castle", "1")), false, KH_E_INVALID_FIELD},
		{PART(ITEM("endpoint", "true")), false, KH_E_INVALID_FIELD},
		{PART(ITEM("endpoint", "\"may-ben\"")), false, KH_E_NOT_FOUND},
		{PART(ITEM("endpoint", "\"cu\"")), false, KH_E_NOT_FOUND},
		{PART(ITEM("user", "\"ben\"")), false, KH_E_NOT_FOUND},
		{PART(ITEM("unit", "\"lop\"")), false, KH_E_NOT_FOUND}, /* below it, but not right below */
		{PART(ITEM("contact", "1")), false, KH_E_NOT_FOUND},
		{"[{\"name\": \"Mới\", \"kind\": \"ward\", \"items\": [" ITEM("user", "\"an\"") "]}, {\"name\": \"Khác\", \"kind\": \"ward\", \"items\": [" ITEM("user", "\"an\"") "]}]", false, KH_E_NOT_FOUND},
		{PART(ITEM("user", "\"an\"")), true, KH_E_IN_USE},
		{PART(ITEM("user", "\"an\"") "," ITEM("user", "\"binh\"") "," ITEM("unit", "\"truong\"") "," ITEM("unit", "\"tram\"") "," ITEM("endpoint", "\"may-1\"") "," ITEM("endpoint", "\"may-2\"")), true,
		 KH_E_IN_USE}, /* records that count */
	};
	assert_int_equal(p.foreign, 1);
	assert_int_equal(p.closed, 2);
	int64_t before = fingerprint(t);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int r = run_text(t, &p, cases[i].parts, cases[i].end, false, NULL);
		if (r != cases[i].error)
			fail_msg("%s: %d, not %d: %s", cases[i].parts, r, cases[i].error, kh_fail_detail());
		assert_true(fingerprint(t) == before);
	}
	kh_auto_buf struct kh_buf many = KH_BUF_INIT;
	for (int i = 0; i <= KH_UNIT_MAX_PARTS; i++)
		kh_buf_addf(&many, "%s{\"name\": \"Đơn vị %d\", \"kind\": \"ward\"}", i ? ", " : "[", i);
	kh_buf_addc(&many, ']');
	assert_int_equal(run_text(t, &p, kh_buf_text(&many), false, false, NULL), KH_E_INVALID_FIELD);
	assert_true(fingerprint(t) == before);
}

/* Two parts, items and places, `n` names in all. */
static int run_names(struct kh_test_store *t, const struct place *p, size_t n)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_buf_adds(&text, "[{\"name\": \"Một\", \"kind\": \"ward\", \"items\": [" ITEM("endpoint", "\"may-1\""));
	for (size_t i = 1; i < n / 2; i++)
		kh_buf_adds(&text, "," ITEM("endpoint", "1"));
	kh_buf_adds(&text, "]}, {\"name\": \"Hai\", \"kind\": \"ward\", \"places\": [\"Tầng 2\"");
	for (size_t i = n / 2 + 1; i < n; i++)
		kh_buf_adds(&text, i % 2 ? ",\"tang 2\"" : ",\"TẦNG 2\"");
	kh_buf_adds(&text, "]}]");
	return run_text(t, p, kh_buf_text(&text), false, true, NULL);
}

/* Every name stands in the audit log, in as many rows as that takes. */
static void many_are_audited(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	kh_test_sql(t, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
		       " INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT 'nhieu-' || i, (SELECT id FROM unit WHERE code = 'phuong'), 'may-nhieu-' || i, '', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM n");
	assert_int_equal(run_text(t, &p, "[{\"name\": \"Hai\", \"kind\": \"ward\", \"rest\": true}]", true, false, NULL), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint e WHERE e.hostname LIKE 'may-nhieu-%' AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.action = 'split.give'"
					   " AND ',' || REPLACE(a.detail, ':', ',') || ',' LIKE '%, ' || e.hostname || ',%')"), 0);
}

static void names_have_a_maximum(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	assert_int_equal(run_names(t, &p, 2000), 0); /* doubled ones are one */
	assert_int_equal(run_names(t, &p, KH_UNIT_MAX_ITEMS + 1), KH_E_LIMIT_REACHED);
}

/* Done and undone: it says what would be, and nothing is. */
static void a_dry_run_writes_nothing(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	kh_auto_json json_t *would = NULL, *done = NULL;
	static const char parts[] = "[{\"name\": \"Một\", \"kind\": \"ward\", \"rest\": true}]";
	kh_test_sql(t, "INSERT INTO unit_decision(unit_id, number, decided_on, file_name, size, sha256, added_s, added_by) VALUES(2, 'x', 'x', 'x', 1, 'x', 1, 'x')");
	int64_t before = fingerprint(t);
	assert_int_equal(run_text(t, &p, parts, true, true, &would), 0);
	assert_int_equal(fingerprint(t), before + 29 + 17); /* the decision that act() writes down itself, and its audit row */
	assert_int_equal(run_text(t, &p, parts, true, false, &done), 0);
	assert_true(json_equal(json_object_get(would, "parts"), json_object_get(done, "parts")));
	assert_true(json_equal(json_object_get(would, "stays"), json_object_get(done, "stays")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(done, "parts"), 0), "endpoints")), 2);
}

static const char *name_of(const json_t *holdings, const char *what, size_t place)
{
	size_t i = 0;
	const json_t *one = NULL;
	json_array_foreach(holdings, i, one)
		if (kh_streq(json_string_value(json_object_get(one, "what")), what) && place-- == 0)
			return json_string_value(json_object_get(one, "name"));
	return NULL;
}

static void holdings_are_what_can_be_given(void **state)
{
	struct kh_test_store *t = *state;
	struct place p = plant(t);
	kh_auto_json json_t *all = NULL, *few = NULL;
	add_frozen(t, &p);
	assert_int_equal(kh_unit_holdings(t->db, p.phuong, ~0U, &all), 0);
	assert_string_equal(name_of(all, "endpoint", 0), "may-1");
	assert_string_equal(name_of(all, "endpoint", 1), "may-2");
	assert_null(name_of(all, "endpoint", 2));
	assert_string_equal(name_of(all, "unit", 1), "truong");
	assert_string_equal(name_of(all, "user", 1), "binh");
	assert_non_null(name_of(all, "staff", 0));
	assert_null(name_of(all, "staff", 1)); /* who left: over */
	assert_non_null(name_of(all, "exception", 1)); /* frozen, and in force */
	assert_non_null(name_of(all, "duty_shift", 0));
	assert_null(name_of(all, "device", 1)); /* disposed of */
	assert_string_equal(json_string_value(json_object_get(json_array_get(all, 1), "place")), "Tầng 2");
	assert_int_equal(kh_unit_holdings(t->db, p.phuong, 0, &few), 0);
	assert_null(name_of(few, "staff", 0)); /* a register that this user may not read */
}

static void decisions_are_looked_at(void **state)
{
	(void)state;
	char long_number[2 * KH_DECISION_MAX_NUMBER];
	memset(long_number, '1', sizeof long_number);
	long_number[KH_DECISION_MAX_NUMBER + 1] = '\0';
	const struct {
		const char *number, *day, *file;
		int error;
	} cases[] = {
		{"12/QĐ-UBND", "2026-11-20", "qd.pdf", 0},
		{"", "2026-11-20", "qd.pdf", KH_E_INVALID_FIELD},
		{" ", "2026-11-20", "qd.pdf", KH_E_INVALID_FIELD},
		{"1\n2", "2026-11-20", "qd.pdf", KH_E_INVALID_FIELD},
		{long_number, "2026-11-20", "qd.pdf", KH_E_INVALID_FIELD},
		{"\xff", "2026-11-20", "qd.pdf", KH_E_ENCODING},
		{"12", "20/11/2026", "qd.pdf", KH_E_INVALID_FIELD},
		{"12", "2026-02-30", "qd.pdf", KH_E_INVALID_FIELD},
		{"12", "2026-11-22", "qd.pdf", KH_E_INVALID_FIELD}, /* tomorrow */
		{"12", "2026-11-21", "..", KH_E_INVALID_FIELD},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_unit_decision_check(&(struct kh_unit_decision_new){.number = cases[i].number, .decided_on = cases[i].day, .file_name = cases[i].file}, 1795230000), cases[i].error);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_part_leaves),
		CASE(history_is_kept),
		CASE(all_of_it_leaves),
		CASE(the_rest_keeps_the_posture_of_those_above),
		CASE(records_about_a_machine_go_with_it),
		CASE(what_is_refused_changes_nothing),
		CASE(many_are_audited),
		CASE(names_have_a_maximum),
		CASE(a_dry_run_writes_nothing),
		CASE(holdings_are_what_can_be_given),
		cmocka_unit_test(decisions_are_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
