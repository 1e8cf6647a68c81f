#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/register/list.h"
#include "server/register/proof.h"
#include "server/register/reference.h"
#include "server/report/due.h"
#include "server/test_server.h"
#include "server/unit/unit.h"

#include "gen/registers.h"

#define NOON 1795406400 /* 2026-11-23 12:00 in Viet Nam */

static void test_periods(void **state)
{
	static const struct {
		const char *every, *from, *before, *running; /* NULL: not open */
	} cases[] = {
		{"month", "2026-01-01", "2026-10", "2026-11"},   {"month", "2026-11-15", NULL, "2026-11"}, {"month", "2026-10-31", "2026-10", "2026-11"},
		{"month", "2026-12-01", NULL, NULL},             {"quarter", "2020-01-01", "2026-Q3", "2026-Q4"}, {"year", "2020-01-01", "2025", "2026"},
		{"year", "2026-06-01", NULL, "2026"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_due_period periods[2] = {0};
		int64_t from_day = 0;
		size_t n = (cases[i].before != NULL) + (cases[i].running != NULL);
		assert_true(kh_day_parse(cases[i].from, &from_day));
		assert_int_equal(kh_due_periods(cases[i].every, from_day, NOON, periods), n);
		if (cases[i].before)
			assert_string_equal(periods[0].text, cases[i].before);
		if (cases[i].running)
			assert_string_equal(periods[n - 1].text, cases[i].running);
	}
}

struct schedule {
	json_t *fields;
	int64_t unit_id;
};

static int create_schedule(struct kh_db *db, void *arg)
{
	struct schedule *s = arg;
	struct kh_record_by by = kh_record_by_system(NOON);
	int64_t id = 0;
	return kh_record_create(db, &kh_registers[KH_REGISTER_REPORT_SCHEDULE], s->unit_id, s->fields, &by, &id);
}

static int create_unit(struct kh_db *db, void *arg)
{
	struct kh_unit_new unit = {.name = arg, .kind = "school", .parent = {1}};
	int64_t id = 0;
	return kh_unit_add(db, &unit, "local:test", NOON, &id);
}

static void add_unit(struct kh_server *server, const char *name)
{
	ok(kh_store_write(server->store, create_unit, (void *)name));
}

/* The bytes of the only draft of a unit: a DOCX as `khien-server report` writes it. */
static void check_draft(struct kh_server *server)
{
	struct kh_db *db = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_record struct kh_record record = {0};
	kh_auto_proof struct kh_proof proof = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	int64_t id = 0, file = 0;
	ok(kh_store_reader(server->store, &db));
	int r = kh_db_query(db, &s, "SELECT f.record_id, f.id FROM record_file f WHERE f.register = 'report_due' ORDER BY f.id LIMIT 1");
	while (kh_stmt_next(s, &r)) {
		id = kh_stmt_int(s, 0);
		file = kh_stmt_int(s, 1);
	}
	ok(r);
	ok(kh_record_get(db, &kh_registers[KH_REGISTER_REPORT_DUE], id, NULL, &record));
	ok(kh_proof_get(db, &record, file, &proof));
	ok(kh_proof_read(server->data_dir, &proof, &bytes));
	assert_memory_equal(bytes.data, "PK", 2);
	assert_true(kh_ends_with(proof.name, ".docx"));
	assert_true(kh_record_int(&record, "drafted_s") == NOON);
}

static void test_rows_and_drafts(void **state)
{
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	(void)state;
	kh_auto_directives struct kh_directives directives = {0};
	kh_auto_templates struct kh_templates templates = {0};
	kh_auto_free char *d = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE")), *t = kh_format("%s/packs/reports", getenv("KHIEN_SOURCE"));
	struct kh_reports_attended done = {0};
	struct kh_report_place place = {0};
	kh_auto_apart struct kh_apart apart = {0};
	ok(kh_directives_load(d, &directives));
	ok(kh_templates_load(t, &templates));
	add_unit(server, "Trường Tiểu học Hoa Mai");
	add_unit(server, "Trạm Y tế Hoa Mai");
	kh_auto_json json_t *own = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Báo cáo tháng", "every", "month", "reach", "own", "due_days", 5, "to_body", "UBND tỉnh", "from_on", "2026-10-01");
	kh_auto_json json_t *below = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Báo cáo quý", "every", "quarter", "reach", "below", "due_days", -10, "to_body", "UBND phường", "from_on",
					       "2026-10-01");
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){own, 1}));
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){below, 1}));

	ok(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart));
	assert_int_equal(done.opened, 4);  /* October and November here, the fourth quarter in two units */
	assert_int_equal(done.drafted, 1); /* October is over */
	assert_int_equal(kh_test_server_number(server, "SELECT COUNT(*) FROM reg_report_due WHERE state = 'drafted'"), 1);
	check_draft(server);

	ok(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart));
	assert_int_equal(done.opened, 0); /* once */
	assert_int_equal(done.drafted, 0);

	ok(kh_reports_attend(server, &directives, &templates, NOON + 26 * KH_DAY_S, &place, &done, &apart)); /* 19 December: ten days before the year ends less five */
	assert_int_equal(done.opened, 1);  /* December */
	assert_int_equal(done.drafted, 3); /* November, and the quarter of two units */
}

/* A schedule whose rows cannot be made, and reports that cannot be drafted, more of them than one run drafts: the others come all the same, and it is told at the end. */
static void test_one_that_fails_holds_up_no_other(void **state)
{
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	(void)state;
	kh_auto_directives struct kh_directives directives = {0};
	kh_auto_templates struct kh_templates templates = {0};
	kh_auto_free char *t = kh_format("%s/packs/reports", getenv("KHIEN_SOURCE"));
	kh_auto_free char *many = kh_format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
					    " INSERT INTO reg_report_due(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, kind, period, to_body, due_on)"
					    " SELECT 1, 'due', 1, 1, 1, 'x', 1, 'x', '', 'month', '2026-09', 'x', 1 FROM n",
					    KH_REPORTS_AT_ONCE + 1);
	ok(kh_templates_load(t, &templates));
	kh_auto_json json_t *bad = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Hỏng", "every", "year", "reach", "own", "due_days", 5, "to_body", "Hỏng", "from_on", "2026-01-01");
	kh_auto_json json_t *good = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Báo cáo tháng", "every", "month", "reach", "own", "due_days", 5, "to_body", "UBND tỉnh", "from_on", "2026-10-01");
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){bad, 1}));
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){good, 1}));
	ok(kh_test_server_sql(server, many));
	ok(kh_test_server_sql(server, "CREATE TRIGGER not_this BEFORE INSERT ON reg_report_due WHEN NEW.to_body = 'Hỏng' BEGIN SELECT RAISE(ABORT, 'not this one'); END"));
	ok(kh_test_server_sql(server, "CREATE TRIGGER nor_these BEFORE UPDATE ON reg_report_due WHEN OLD.period = '2026-09' BEGIN SELECT RAISE(ABORT, 'not this one'); END"));
	struct kh_reports_attended done = {0};
	struct kh_report_place place = {0};
	kh_auto_apart struct kh_apart apart = {0};
	ok(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart));
	assert_int_equal(done.opened, 2);
	assert_int_equal(apart.failed, 1 + KH_REPORTS_AT_ONCE); /* no more are tried in one run */
	kh_apart_reset(&apart);
	ok(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart));
	assert_int_equal(done.drafted, 1); /* what lies behind them comes with the next */
	assert_int_equal(apart.failed, 1 + 1);
	kh_apart_reset(&apart);
	ok(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart));
	assert_int_equal(apart.failed, 1 + KH_REPORTS_AT_ONCE); /* from the beginning again */
	assert_true(kh_apart_result(&apart) < 0);
	assert_non_null(strstr(kh_fail_detail(), "report schedule 1: "));
}

/* What was opened and not committed was not opened. */
static void test_nothing_is_opened_without_a_commit(void **state)
{
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	(void)state;
	kh_auto_directives struct kh_directives directives = {0};
	kh_auto_templates struct kh_templates templates = {0};
	kh_auto_json json_t *good = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Báo cáo tháng", "every", "month", "reach", "own", "due_days", 5, "to_body", "UBND tỉnh", "from_on", "2026-10-01");
	kh_auto_json json_t *bad = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", "Hỏng", "every", "year", "reach", "own", "due_days", 5, "to_body", "Hỏng", "from_on", "2026-01-01");
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){good, 1}));
	ok(kh_store_write(server->store, create_schedule, &(struct schedule){bad, 1}));
	ok(kh_test_server_sql(server, "CREATE TRIGGER all_is_lost BEFORE INSERT ON reg_report_due WHEN NEW.to_body = 'Hỏng' BEGIN SELECT RAISE(ROLLBACK, 'the store gave up'); END"));
	struct kh_reports_attended done = {0};
	struct kh_report_place place = {0};
	kh_auto_apart struct kh_apart apart = {0};
	assert_true(kh_reports_attend(server, &directives, &templates, NOON, &place, &done, &apart) < 0);
	assert_int_equal(done.opened, 0);
	assert_int_equal(kh_test_server_number(server, "SELECT COUNT(*) FROM reg_report_due"), 0);
}

struct due {
	const char *period;
	int64_t id;
};

static int create_due(struct kh_db *db, void *arg)
{
	struct due *due = arg;
	struct kh_record_by by = kh_record_by_system(NOON);
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:s, s:s}", "period", due->period, "kind", "other", "to_body", "UBND tỉnh", "due_on", "2026-12-05");
	return kh_record_create(db, &kh_registers[KH_REGISTER_REPORT_DUE], 1, fields, &by, &due->id);
}

/* One form in the column, however it was written; its title wherever people read it. */
static void test_titles_of_periods(void **state)
{
	static const struct {
		const char *written, *stored, *vi, *en;
	} cases[] = {
		{"2026-11", "2026-11", "Tháng 11/2026 · UBND tỉnh", "Month 11/2026 · UBND tỉnh"},
		{"tháng 10 năm 2026", "2026-10", "Tháng 10/2026 · UBND tỉnh", "Month 10/2026 · UBND tỉnh"},
		{"Quarter 4/2026", "2026-Q4", "Quý 4/2026 · UBND tỉnh", "Quarter 4/2026 · UBND tỉnh"},
		{"2026", "2026", "Năm 2026 · UBND tỉnh", "Year 2026 · UBND tỉnh"},
		{"Tuần 47", "Tuần 47", "Tuần 47 · UBND tỉnh", "Tuần 47 · UBND tỉnh"},
	};
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	struct kh_db *db = NULL;
	(void)state;
	ok(kh_store_reader(server->store, &db));
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct due due = {.period = cases[i].written};
		kh_auto_free char *stored = NULL, *vi = NULL, *en = NULL;
		ok(kh_store_write(server->store, create_due, &due));
		ok(kh_db_text(db, &stored, "SELECT period FROM reg_report_due WHERE id = ?1", due.id));
		kh_language_use(KH_VI);
		ok(kh_record_label(db, &kh_registers[KH_REGISTER_REPORT_DUE], due.id, &vi));
		kh_language_use(KH_EN);
		ok(kh_record_label(db, &kh_registers[KH_REGISTER_REPORT_DUE], due.id, &en));
		assert_string_equal(stored, cases[i].stored);
		assert_string_equal(vi, cases[i].vi);
		assert_string_equal(en, cases[i].en);
	}
}

KH_TESTS_WITH(kh_test_root_make, kh_test_root_remove, test_periods, test_rows_and_drafts, test_one_that_fails_holds_up_no_other, test_nothing_is_opened_without_a_commit, test_titles_of_periods)
