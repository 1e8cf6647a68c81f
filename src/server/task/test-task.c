#include "server/register/proof.h"
#include "server/task/task.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "crypto/sign.h"
#include "os/file.h"
#include "server/test_server.h"
#include "server/unit/unit.h"

#define TASK (&kh_registers[KH_REGISTER_TASK])

static struct kh_server *server;
static int64_t tinh, xa;
static struct kh_scope scope;

enum what { UNIT, CREATE, MOVE, MEASURE, REMIND, SEND, SPREAD, UNITS };
struct doing {
	enum what what;
	const struct kh_register *reg;
	int64_t unit_id, id, now_s;
	const char *move, *code;
	json_t *fields;
	bool user;
	struct kh_dispatch_send send;
	struct kh_dispatch_sent sent;
	struct kh_apart apart;
	struct kh_review_place place;
};

/* As many below a unit as one portion of a review's rows. */
static int add_units(struct kh_db *writer, const struct doing *d)
{
	int r = 0;
	for (int i = 0; r == 0 && i < KH_ROWS_AT_ONCE; i++) {
		kh_auto_free char *code = kh_format("thon-%d", i);
		int64_t id = 0;
		r = kh_unit_add(writer, &(struct kh_unit_new){.code = code, .name = code, .kind = "school", .parent = {[KH_LINE_ADMIN] = d->unit_id}}, "test", d->now_s, &id);
	}
	return r;
}

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_record_by by = {.actor = "can-bo", .now_s = d->now_s, .scope = d->user ? &scope : NULL, .rights = KH_RIGHT_REGISTER_READ | KH_RIGHT_REGISTER_WRITE};
	switch (d->what) {
	case UNIT: return kh_unit_add(writer, &(struct kh_unit_new){.code = d->code, .name = d->code, .kind = "ward", .parent = {[KH_LINE_ADMIN] = d->unit_id}}, "test", d->now_s, &d->id);
	case CREATE: return kh_record_create(writer, d->reg, d->unit_id, d->fields, &by, &d->id);
	case MOVE: return kh_record_move(writer, d->reg, d->id, KH_RECORD_ANY_VERSION, d->move, d->fields, NULL, &by);
	case MEASURE: return kh_tasks_measure(writer, d->now_s, &d->apart);
	case REMIND: return kh_tasks_remind(writer, 2 * KH_DAY_S, d->now_s, &d->apart);
	case SEND: return kh_dispatch_send(writer, &d->send, &by, &d->sent);
	case SPREAD: return kh_reviews_spread(writer, &d->place, d->now_s, &d->place, &d->apart);
	default: return add_units(writer, d);
	}
}

static int try(struct doing *d)
{
	d->now_s = d->now_s ? d->now_s : kh_now_s();
	int r = kh_store_write(server->store, run, d);
	json_decref(d->fields);
	return r < 0 ? r : kh_apart_result(&d->apart);
}

static int64_t act(struct doing d)
{
	assert_int_equal(try(&d), 0);
	return d.id;
}

static int64_t number(const char *sql)
{
	return kh_test_server_number(server, sql);
}

static int setup(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir();
	server = kh_test_created(data);
	tinh = number("SELECT id FROM unit");
	scope = (struct kh_scope){tinh};
	xa = act((struct doing){.what = UNIT, .code = "xa-a", .unit_id = tinh});
	(void)act((struct doing){.what = UNIT, .code = "xa-b", .unit_id = tinh});
	return kh_test_server_sql(server, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
					  " SELECT 50, 'u', id, 'm', 'm', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM unit WHERE code = 'xa-a'");
}

static int teardown(void **state)
{
	(void)state;
	kh_server_free(server);
	server = NULL;
	return 0;
}

static const char *day_after(int64_t days, char out[KH_ISO_SIZE])
{
	return kh_time_day(kh_now_s() + days * KH_DAY_S, out);
}

/* ---- measured ---- */

static void answer_is(int pass, int fail, int unknown)
{
	kh_auto_free char *sql = kh_format("INSERT INTO answer(endpoint_id, control, pass, fail, unknown, not_applicable, excepted, since_s, evaluated_s) VALUES(50, 'firewall_on', %d, %d, %d, 0, 0, 1, 1)"
					   " ON CONFLICT(endpoint_id, control) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown", pass, fail, unknown);
	assert_int_equal(kh_test_server_sql(server, sql), 0);
}

static void a_task_follows_its_control(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	answer_is(0, 1, 0);
	(void)act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:s, s:s}", "title", "Bật tường lửa", "due_on", day_after(5, due), "control", "firewall_on", "endpoint", "u")});
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'open'"), 1);
	answer_is(1, 0, 1);
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'open'"), 1);
	answer_is(1, 0, 0);
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'done' AND measured_s IS NOT NULL AND result LIKE 'Khiên đo lại%'"), 1);
	answer_is(0, 1, 0);
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'open' AND reopened = 1 AND done_s IS NULL"), 1);
}

static void what_people_wrote_is_kept(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	kh_auto_buf struct kh_buf told = KH_BUF_INIT;
	for (int i = 0; i < 3500; i++)
		kh_buf_adds(&told, "ế");
	answer_is(1, 0, 0);
	(void)act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa,
				 .fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "title", "Bật tường lửa", "due_on", day_after(5, due), "control", "firewall_on", "endpoint", "u", "result", kh_buf_text(&told))});
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'done' AND result LIKE 'ếế%Khiên đo lại%'"), 1);
	assert_true(number("SELECT LENGTH(result) FROM reg_task") > 3500);
}

/* The machine went to another commune: what is measured there is not this one's to know. */
static void a_machine_that_moved_away_closes_nothing(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	answer_is(1, 0, 0);
	(void)act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:s, s:s}", "title", "Bật tường lửa", "due_on", day_after(5, due), "control", "firewall_on", "endpoint", "u")});
	assert_int_equal(kh_test_server_sql(server, "UPDATE endpoint SET unit_id = (SELECT id FROM unit WHERE code = 'xa-b') WHERE id = 50"), 0);
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'open'"), 1);
}

static void who_says_done_is_believed_for_a_day(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	answer_is(0, 1, 0);
	int64_t id = act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:s, s:s}", "title", "Bật tường lửa", "due_on", day_after(5, due), "control", "firewall_on", "endpoint", "u")});
	(void)act((struct doing){.what = MOVE, .reg = TASK, .id = id, .move = "finish", .fields = json_pack("{s:s}", "result", "Đã bật")});
	(void)act((struct doing){.what = MEASURE});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'done'"), 1);
	(void)act((struct doing){.what = MEASURE, .now_s = kh_now_s() + 2 * KH_DAY_S});
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE state = 'open'"), 1);
}

static void owners_are_reminded_once(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	int64_t owner = act((struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_STAFF], .unit_id = xa,
					   .fields = json_pack("{s:s, s:s, s:s}", "full_name", "Người Làm", "position", "officer", "official_mail", "lam@xa.example.vn")});
	for (int i = 0; i < 3; i++)
		(void)act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:I}", "title", "BIMAT", "due_on", day_after(i == 2 ? 30 : 1, due), "owner", (json_int_t)owner)});
	for (int i = 0; i < 2; i++)
		(void)act((struct doing){.what = REMIND});
	assert_int_equal(number("SELECT COUNT(*) FROM notice WHERE receiver = 'lam@xa.example.vn' AND body LIKE '2 nhiệm vụ%' AND body NOT LIKE '%BIMAT%'"), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM notice"), 1);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE reminded_s IS NOT NULL"), 2);
}

/* ---- dispatches ---- */

static void a_dispatch_goes_to_each_once(void **state)
{
	(void)state;
	char due[KH_ISO_SIZE];
	for (int i = 0; i < 2; i++)
		(void)act((struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_STAFF], .unit_id = xa, .fields = json_pack("{s:s, s:s}", "full_name", i ? "Người Một" : "Người Hai", "position", "officer")});
	int64_t id = act((struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_DISPATCH], .unit_id = tinh,
					.fields = json_pack("{s:s, s:s, s:s, s:s}", "number", "1/UBND", "dated_on", "2026-01-02", "issuer", "UBND", "abstract", "Rà soát")});
	kh_auto_json json_t *units = json_pack("[s]", "xa-a"), *all = json_pack("[s, s]", "xa-a", "xa-b"), *foreign = json_pack("[s]", "khong-co");
	struct doing d = {.what = SEND, .user = true, .send = {.dispatch = id, .units = units, .readings = true, .due_on = day_after(10, due), .task = "Bật tường lửa", .control = "firewall_on"}};
	assert_int_equal(try(&d), 0);
	assert_true(d.sent.units == 1 && d.sent.readings == 2 && d.sent.tasks == 1);
	d.send.units = all;
	assert_int_equal(try(&d), 0);
	assert_true(d.sent.units == 1 && d.sent.readings == 0 && d.sent.tasks == 1);
	d.send.units = foreign;
	assert_int_equal(try(&d), KH_E_UNKNOWN_UNIT);
	d.send = (struct kh_dispatch_send){.dispatch = id, .units = units, .due_on = due, .task = "x", .control = "khong_co"};
	assert_int_equal(try(&d), KH_E_INVALID_FIELD);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_dispatch_answer WHERE state = 'waiting'"), 2);
}

/* ---- reviews ---- */

static void its_figures_are_frozen_and_signed(void **state)
{
	(void)state;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_REVIEW];
	int64_t id = act((struct doing){.what = CREATE, .reg = reg, .unit_id = tinh, .fields = json_pack("{s:s, s:s, s:s}", "title", "Rà soát", "opened_on", "2026-01-02", "close_by", "2026-12-31")});
	for (int i = 0; i < 2; i++) {
		(void)act((struct doing){.what = SPREAD});
		assert_int_equal(number("SELECT COUNT(*) FROM reg_review_result"), 2);
	}
	assert_int_equal(kh_reviews_freeze(server, &(struct kh_apart){0}), 0);
	assert_int_equal(number("SELECT COUNT(*) FROM record_file"), 0);
	(void)act((struct doing){.what = MOVE, .reg = reg, .id = id, .move = "close"});
	for (int i = 0; i < 2; i++)
		assert_int_equal(kh_reviews_freeze(server, &(struct kh_apart){0}), 0);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_review r JOIN record_file f ON f.register = 'review' AND f.record_id = r.id AND f.sha256 = r.snapshot_sha256"), 1);
	struct kh_db *db = NULL;
	kh_auto_free char *sha256 = NULL;
	assert_int_equal(kh_store_reader(server->store, &db), 0);
	assert_int_equal(kh_db_text(db, &sha256, "SELECT snapshot_sha256 FROM reg_review"), 0);
	kh_auto_free char *path = kh_format("%s/files/%s", server->data_dir, sha256);
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	kh_auto_json json_t *file = NULL;
	assert_int_equal(kh_file_read(path, 10000000, &bytes), 0);
	assert_int_equal(kh_json_parse(kh_buf_text(&bytes), bytes.len, &file), 0);
	uint8_t signature[KH_SIGNATURE_SIZE];
	size_t n = 0;
	assert_true(kh_base64_read(json_string_value(json_object_get(file, "signature")), signature, sizeof signature, &n));
	kh_auto_free char *signed_text = kh_format("%s%s", KH_SNAPSHOT_DOMAIN, json_string_value(json_object_get(file, "snapshot")));
	assert_true(kh_sign_verify(server->order_key.public, signed_text, strlen(signed_text), signature));
	kh_auto_json json_t *snapshot = json_loads(json_string_value(json_object_get(file, "snapshot")), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(snapshot, "units")), 3);
	assert_non_null(json_object_get(json_object_get(json_array_get(json_object_get(snapshot, "units"), 0), "figures"), "K01"));
}

/* One that cannot be frozen (no room for its file) holds up no other. */
static void a_review_that_cannot_be_frozen_holds_up_no_other(void **state)
{
	(void)state;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_REVIEW];
	kh_auto_apart struct kh_apart apart = {0}, again = {0};
	int64_t full = 0, good = 0;
	for (int i = 0; i < 2; i++) {
		full = good;
		good = act((struct doing){.what = CREATE, .reg = reg, .unit_id = tinh, .fields = json_pack("{s:s, s:s, s:s}", "title", i ? "Sau" : "Trước", "opened_on", "2026-01-02", "close_by", "2026-12-31")});
		(void)act((struct doing){.what = MOVE, .reg = reg, .id = good, .move = "close"});
	}
	kh_auto_free char *fill = kh_format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO record_file(register, record_id, kind, name, size, sha256, added_s, added_by)"
					    " SELECT 'review', %lld, 'photo', 'x', 1, 'x', 1, 'x' FROM n",
					    KH_PROOF_MAX_FILES, (long long)full);
	assert_int_equal(kh_test_server_sql(server, fill), 0);
	assert_int_equal(kh_reviews_freeze(server, &apart), 0);
	assert_int_equal(apart.failed, 1);
	assert_int_equal(kh_apart_result(&apart), KH_E_LIMIT_REACHED);
	kh_auto_free char *frozen = kh_format("SELECT COUNT(*) FROM reg_review WHERE id = %lld AND snapshot_sha256 IS NOT NULL", (long long)good);
	assert_int_equal(number(frozen), 1);
	assert_int_equal(kh_test_server_sql(server, "DELETE FROM record_file WHERE kind = 'photo'"), 0);
	assert_int_equal(kh_reviews_freeze(server, &again), 0);
	assert_int_equal(again.failed, 0);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_review WHERE snapshot_sha256 IS NULL AND state = 'closed'"), 0);
}

/* Nor do rows of one that cannot be made, and were they more than are tried at once. */
static void rows_that_cannot_be_made_hold_up_no_others(void **state)
{
	(void)state;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_REVIEW];
	(void)act((struct doing){.what = UNITS, .unit_id = xa});
	int64_t bad = act((struct doing){.what = CREATE, .reg = reg, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:s}", "title", "Trước", "opened_on", "2026-01-02", "close_by", "2026-12-31")});
	int64_t other = act((struct doing){.what = UNIT, .unit_id = tinh, .code = "xa-c"});
	(void)act((struct doing){.what = UNIT, .unit_id = other, .code = "truong-c"});
	(void)act((struct doing){.what = CREATE, .reg = reg, .unit_id = other, .fields = json_pack("{s:s, s:s, s:s}", "title", "Sau", "opened_on", "2026-01-02", "close_by", "2026-12-31")});
	kh_auto_free char *trigger = kh_format("CREATE TRIGGER none BEFORE INSERT ON reg_review_result WHEN NEW.review = %lld BEGIN SELECT RAISE(ABORT, 'not this one'); END", (long long)bad);
	assert_int_equal(kh_test_server_sql(server, trigger), 0);
	struct doing spread = {.what = SPREAD};
	int64_t failed = 0;
	do {
		kh_ignore(try(&spread));
		failed += spread.apart.failed;
		kh_apart_done(&spread.apart);
	} while (spread.place.review);
	assert_int_equal(failed, KH_ROWS_AT_ONCE);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_review_result"), 1);
}

/* A task that cannot be closed holds up no other. */
static void a_task_that_fails_holds_up_no_other(void **state)
{
	(void)state;
	struct doing measure = {.what = MEASURE};
	answer_is(1, 0, 0);
	for (int i = 0; i < 2; i++)
		(void)act((struct doing){.what = CREATE, .reg = TASK, .unit_id = xa, .fields = json_pack("{s:s, s:s, s:s, s:s}", "title", i ? "Sau" : "Trước", "due_on", "2099-01-01", "control", "firewall_on", "endpoint", "u")});
	assert_int_equal(kh_test_server_sql(server, "CREATE TRIGGER stays BEFORE UPDATE ON reg_task WHEN OLD.title = 'Trước' BEGIN SELECT RAISE(ABORT, 'not this one'); END"), 0);
	assert_true(try(&measure) < 0);
	assert_int_equal(measure.apart.failed, 1);
	kh_apart_done(&measure.apart);
	assert_int_equal(number("SELECT COUNT(*) FROM reg_task WHERE title = 'Sau' AND state = 'done'"), 1);
	assert_int_equal(kh_test_server_sql(server, "DROP TRIGGER stays"), 0);
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_task_follows_its_control), TEST(what_people_wrote_is_kept), TEST(a_machine_that_moved_away_closes_nothing), TEST(who_says_done_is_believed_for_a_day), TEST(owners_are_reminded_once), TEST(a_dispatch_goes_to_each_once), TEST(its_figures_are_frozen_and_signed),
		TEST(a_review_that_cannot_be_frozen_holds_up_no_other), TEST(rows_that_cannot_be_made_hold_up_no_others), TEST(a_task_that_fails_holds_up_no_other),
	};
	return cmocka_run_group_tests(tests, kh_test_root_make, kh_test_root_remove);
}
