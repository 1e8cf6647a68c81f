#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "gen/facts.h"
#include "server/posture/clock.h"
#include "server/posture/control.h"
#include "server/posture/posture.h"
#include "server/posture/reading.h"
#include "server/posture/rows.h"
#include "server/posture/synthetic.h"

#define MACHINES 12

#define ok(expr)                                                                             \
	do {                                                                                 \
		int r_ = (expr);                                                             \
		if (r_ < 0)                                                                  \
			fail_msg("%s: %s: %s", #expr, kh_error_info(r_)->name, kh_fail_detail()); \
	} while (0)

static struct kh_db *open_store(unsigned machines)
{
	struct kh_db *db = NULL;
	struct kh_synthetic s = {.wards = 2, .units_per_ward = 2, .endpoints = machines, .most_rows = 3, .seed = 7};
	ok(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db));
	ok(kh_synthetic_schema(db));
	ok(kh_synthetic_fill(db, &s, kh_now_s()));
	return db;
}

static void ask_all(struct kh_db *db, unsigned machines)
{
	for (int64_t id = 1; id <= machines; id++)
		ok(kh_posture_endpoint_changed(db, id, NULL, 0));
}

/* --- counted from scratch --- */

/* Every stored answer is what the control says now, and there is none of a machine that is not active. */
static void expect_answers(struct kh_db *db, int64_t now_s)
{
	int64_t active = 0, stored = 0;
	for (int64_t id = 1; id <= MACHINES; id++) {
		int64_t state = 0;
		ok(kh_db_int(db, &state, "SELECT COUNT(*) FROM endpoint WHERE id = ?1 AND state = 'active'", id));
		active += state;
		for (size_t c = 0; state && c < KH_CONTROLS_COUNT; c++) {
			struct kh_counts now = {0}, held = {0};
			ok(kh_control_count(db, &kh_controls[c], id, now_s, &now));
			kh_auto_stmt struct kh_stmt *s = NULL;
			int r = kh_db_query(db, &s, "SELECT pass, fail, unknown, not_applicable, excepted FROM answer WHERE endpoint_id = ?1 AND control = ?2", id,
					    kh_controls[c].name);
			while (kh_stmt_next(s, &r))
				for (int i = 0; i < KH_ANSWERS; i++)
					held.of[i] = kh_stmt_int(s, i);
			ok(r);
			if (!kh_counts_equal(&now, &held))
				fail_msg("%s of endpoint %d is stale", kh_controls[c].name, (int)id);
		}
	}
	ok(kh_db_int(db, &stored, "SELECT COUNT(*) FROM answer"));
	assert_int_equal(stored, active * KH_CONTROLS_COUNT);
}

static void expect_machines(struct kh_db *db, int64_t unit, const struct kh_posture *held)
{
	int64_t machines = 0;
	ok(kh_db_int(db, &machines, "SELECT COUNT(*) FROM endpoint e JOIN unit_ancestor a ON a.unit_id = e.unit_id WHERE a.ancestor_id = ?1 AND e.state = 'active'", unit));
	assert_int_equal(kh_posture_machines(held), machines);
}

/* Every unit's posture is the sum of the answers of the active machines below it. */
static void expect_sums(struct kh_db *db)
{
	for (int64_t unit = 1; unit <= 7; unit++) {
		struct kh_posture held = {0};
		ok(kh_posture_read(db, unit, KH_TODAY, &held));
		expect_machines(db, unit, &held);
		for (size_t c = 0; c < KH_CONTROLS_COUNT; c++) {
			struct kh_counts sum = {0};
			kh_auto_stmt struct kh_stmt *s = NULL;
			int r = kh_db_query(db, &s,
					    "SELECT SUM(w.pass), SUM(w.fail), SUM(w.unknown), SUM(w.not_applicable), SUM(w.excepted) FROM answer w"
					    " JOIN endpoint e ON e.id = w.endpoint_id WHERE w.control = ?2 AND e.state = 'active'"
					    " AND e.unit_id IN (SELECT unit_id FROM unit_ancestor WHERE ancestor_id = ?1)",
					    unit, kh_controls[c].name);
			while (kh_stmt_next(s, &r))
				for (int i = 0; i < KH_ANSWERS; i++)
					sum.of[i] = kh_stmt_int(s, i);
			ok(r);
			if (!kh_counts_equal(&sum, &held.of[c]))
				fail_msg("posture of %s in unit %d is not the sum of its answers", kh_controls[c].name, (int)unit);
		}
	}
}

/* --- random changes, each as the program makes it --- */

static void change_facts(struct kh_db *db, int64_t id, uint64_t *seed)
{
	size_t t = kh_synthetic_next(seed, KH_FACTS_COUNT + 2);
	const char *table = t < KH_FACTS_COUNT ? kh_fact_tables[t].name : t == KH_FACTS_COUNT ? "detection" : "scan";
	ok(kh_synthetic_facts(db, id, table, 3, kh_now_s(), seed));
	ok(kh_posture_endpoint_changed(db, id, &table, 1));
}

static void move_machine(struct kh_db *db, int64_t id, uint64_t *seed)
{
	int64_t from = 0, to = 1 + (int64_t)kh_synthetic_next(seed, 7), active = 0;
	ok(kh_db_int(db, &from, "SELECT unit_id FROM endpoint WHERE id = ?1", id));
	ok(kh_db_int(db, &active, "SELECT COUNT(*) FROM endpoint WHERE id = ?1 AND state = 'active'", id));
	ok(kh_db_run(db, "UPDATE endpoint SET unit_id = ?2 WHERE id = ?1", id, to));
	if (active)
		ok(kh_posture_endpoint_moved(db, id, from, to));
}

static void revoke_or_return(struct kh_db *db, int64_t id)
{
	int64_t active = 0;
	ok(kh_db_int(db, &active, "SELECT COUNT(*) FROM endpoint WHERE id = ?1 AND state = 'active'", id));
	ok(kh_db_run(db, "UPDATE endpoint SET state = ?2 WHERE id = ?1", id, active ? "revoked" : "active"));
	ok(active ? kh_posture_endpoint_removed(db, id) : kh_posture_endpoint_changed(db, id, NULL, 0));
}

static void change_role(struct kh_db *db, int64_t id, uint64_t *seed)
{
	static const char *const roles[] = {"internet", "internal", "secret"};
	ok(kh_db_run(db, "UPDATE endpoint SET role = ?2 WHERE id = ?1", id, roles[kh_synthetic_next(seed, 3)]));
	ok(kh_posture_endpoint_changed(db, id, NULL, 0));
}

/* Units 3, 4, 6, 7 hang below one ward (2, 5) on the administrative line, and at times below the other on the police line. */
static void change_tree(struct kh_db *db, uint64_t *seed)
{
	static const int64_t leaves[] = {3, 4, 6, 7};
	int64_t child = leaves[kh_synthetic_next(seed, 4)];
	bool police = kh_synthetic_next(seed, 2);
	ok(kh_db_run(db, "UPDATE unit_edge SET to_s = 1 WHERE child_id = ?1 AND line = ?2 AND to_s IS NULL", child, police ? "police" : "admin"));
	ok(kh_db_run(db, "INSERT INTO unit_edge VALUES(?1, ?2, ?3, 0, NULL)", child, kh_synthetic_next(seed, 2) ? 2 : 5, police ? "police" : "admin"));
	ok(kh_synthetic_ancestors(db));
	ok(kh_posture_rebuild_units(db));
}

static void test_incremental_equals_scratch(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	ask_all(db, MACHINES);
	uint64_t seed = 99;
	for (int i = 0; i < 250; i++) {
		int64_t id = 1 + (int64_t)kh_synthetic_next(&seed, MACHINES);
		switch (kh_synthetic_next(&seed, 10)) {
		case 0: move_machine(db, id, &seed); break;
		case 1: revoke_or_return(db, id); break;
		case 2: change_role(db, id, &seed); break;
		case 3: change_tree(db, &seed); break;
		default: change_facts(db, id, &seed);
		}
		if (i % 25 == 0)
			expect_sums(db);
	}
	expect_sums(db);
	expect_answers(db, kh_now_s());
}

/* --- time --- */

static void test_clock(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	ask_all(db, MACHINES);
	int64_t later_s = kh_now_s() + 30 * KH_DAY_S;
	ok(kh_posture_clock(db, later_s));
	expect_answers(db, later_s);
	expect_sums(db);

	kh_auto_stale struct kh_stale_list none = {0};
	ok(kh_stale_find(db, KH_ALL_CONTROLS, later_s, &none));
	assert_int_equal(none.of.n, 0);
}

/* A machine that nobody ever asked about is found by the search, as after an upgrade that brought new controls. */
static void test_all_controls_after_upgrade(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	kh_auto_stale struct kh_stale_list all = {0};
	ok(kh_stale_find(db, KH_ALL_CONTROLS, kh_now_s(), &all));
	assert_int_equal(all.of.n, MACHINES * KH_CONTROLS_COUNT);
}

static void test_forgotten_control(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	ask_all(db, MACHINES);
	ok(kh_db_run(db, "INSERT INTO answer VALUES(1, 'gone', 1, 0, 0, 0, 0, 0, 0)"));
	ok(kh_posture_rebuild_units(db));
	int64_t rows = 0;
	ok(kh_db_int(db, &rows, "SELECT pass FROM posture WHERE unit_id = 1 AND control = 'gone'"));
	assert_int_equal(rows, 1);
	ok(kh_posture_forget_controls(db));
	ok(kh_db_int(db, &rows, "SELECT pass FROM posture WHERE unit_id = 1 AND control = 'gone' ORDER BY day DESC"));
	assert_int_equal(rows, 0);
	expect_sums(db);
}

/* --- days --- */

static const struct kh_control *control_of(const char *name)
{
	const struct kh_control *control = kh_control_named(name);
	assert_non_null(control);
	return control;
}

static void test_days(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(1); /* machine 1 belongs to unit 1 */
	const struct kh_control *heard = control_of("agent_heard");
	int64_t seen_s = kh_now_s() - 20 * KH_DAY_S, day = kh_time_day_number(seen_s);
	ok(kh_db_run(db, "UPDATE endpoint SET seen_s = ?1, role = 'internet'", seen_s));
	ok(kh_posture_ask(db, 1, heard, seen_s, NULL));
	ok(kh_posture_ask(db, 1, heard, seen_s + 3 * KH_DAY_S, NULL)); /* nothing changed: no row */
	ok(kh_posture_ask(db, 1, heard, seen_s + 10 * KH_DAY_S, NULL));

	int64_t rows = 0, since_s = 0;
	ok(kh_db_int(db, &rows, "SELECT COUNT(*) FROM posture WHERE unit_id = 1"));
	assert_int_equal(rows, 2);
	ok(kh_db_int(db, &since_s, "SELECT since_s FROM answer WHERE endpoint_id = 1"));
	assert_int_equal(since_s, seen_s + 10 * KH_DAY_S);

	struct kh_counts points[13] = {0};
	ok(kh_posture_history(db, 1, heard, day - 1, day + 11, points));
	for (int i = 0; i < 13; i++) {
		assert_int_equal(points[i].of[KH_PASS], i >= 1 && i <= 10);
		assert_int_equal(points[i].of[KH_FAIL], i >= 11);
		struct kh_posture one = {0};
		ok(kh_posture_read(db, 1, day - 1 + i, &one));
		assert_true(kh_counts_equal(&one.of[kh_control_id(heard)], &points[i]));
		assert_int_equal(kh_posture_machines(&one), i >= 1); /* none before the first day */
		assert_int_equal(kh_posture_silent(&one), i >= 11);
	}
}

/* The wall clock steps back a day: the latest row goes on being the truth. */
static void test_clock_steps_back(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(1);
	const struct kh_control *heard = control_of("agent_heard");
	int64_t now_s = kh_now_s();
	ok(kh_db_run(db, "UPDATE endpoint SET seen_s = ?1, role = 'internet'", now_s - 10 * KH_DAY_S));
	ok(kh_posture_ask(db, 1, heard, now_s + KH_DAY_S, NULL));
	ok(kh_db_run(db, "UPDATE endpoint SET seen_s = ?1", now_s));
	ok(kh_posture_ask(db, 1, heard, now_s, NULL));
	struct kh_posture p = {0};
	ok(kh_posture_read(db, 1, KH_TODAY, &p));
	assert_int_equal(p.of[kh_control_id(heard)].of[KH_PASS], 1);
	assert_int_equal(p.of[kh_control_id(heard)].of[KH_FAIL], 0);
}

static void test_day_text(void **state)
{
	(void)state;
	int64_t day = 0, now_s = 1795226400; /* 2026-11-21 09:00 in UTC+7 */
	char text[KH_DAY_SIZE];
	ok(kh_posture_day("2026-11-20", now_s, &day));
	assert_string_equal(kh_posture_day_text(day, now_s, text), "2026-11-20");
	ok(kh_posture_day("2026-11-21", now_s, &day));
	assert_true(day == KH_TODAY);
	ok(kh_posture_day(NULL, now_s, &day));
	assert_true(day == KH_TODAY);
	assert_string_equal(kh_posture_day_text(day, now_s, text), "2026-11-21");
	static const char *const wrong[] = {"2026-11-22", "21/11/2026", "2026-13-01", "2026-02-30", "1999-01-01", "2026-11-20T00:00:00Z", "x"};
	for (size_t i = 0; i < KH_COUNT(wrong); i++)
		assert_int_equal(kh_posture_day(wrong[i], now_s, &day), KH_E_INVALID_FIELD);
}

/* --- rows --- */

static void expect_page(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, const struct kh_row_list *all)
{
	kh_auto_rows struct kh_row_list page = {0};
	ok(kh_posture_rows(db, scope, q, &page, NULL));
	assert_int_equal(page.of.n, KH_MIN(q->limit, (int64_t)all->of.n > q->offset ? (int64_t)all->of.n - q->offset : 0));
	for (size_t i = 0; i < page.of.n; i++) {
		const struct kh_row *have = &page.of.v[i], *want = &all->of.v[(size_t)q->offset + i];
		assert_string_equal(have->endpoint, want->endpoint);
		assert_string_equal(have->subject, want->subject);
		assert_int_equal(have->answer, want->answer);
	}
}

/* For every control and unit: as many rows as posture counts, worst first, and any page is a cut of the whole. */
static void test_rows(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	ask_all(db, MACHINES);
	for (size_t c = 0; c < KH_CONTROLS_COUNT; c++)
		for (int64_t unit = 1; unit <= 4; unit++) {
			struct kh_scope scope = {unit};
			struct kh_row_question q = {.control = &kh_controls[c], .limit = KH_MAX_ROWS, .now_s = kh_now_s()};
			kh_auto_rows struct kh_row_list all = {0};
			struct kh_counts counted = {0}, seen = {0};
			struct kh_posture posture = {0};
			ok(kh_posture_rows(db, &scope, &q, &all, &counted));
			ok(kh_posture_read(db, unit, KH_TODAY, &posture));
			kh_array_each(&all.of, row)
				seen.of[row->answer]++;
			assert_true(kh_counts_equal(&seen, &counted));
			assert_true(kh_counts_equal(&seen, &posture.of[c]));
			q.limit = 3;
			for (q.offset = 0; q.offset < 9; q.offset += 2)
				expect_page(db, &scope, &q, &all);
		}
}

static void test_rows_chosen(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(MACHINES);
	ask_all(db, MACHINES);
	struct kh_scope top = {1};
	struct kh_row_question q = {.control = control_of("av_running"), .limit = 50, .now_s = kh_now_s(), .answers = 1u << KH_FAIL};
	kh_auto_rows struct kh_row_list failing = {0}, sample = {0}, one = {0}, named = {0};
	ok(kh_posture_rows(db, &top, &q, &failing, NULL));
	assert_true(failing.of.n > 0);
	kh_array_each(&failing.of, row) {
		assert_int_equal(row->answer, KH_FAIL);
		assert_string_equal(row->subject, row->hostname); /* the subject of this control is the machine */
	}
	q.limit = 1;
	ok(kh_posture_sample(db, &top, &q, &sample));
	assert_int_equal(sample.of.n, 1);
	q = (struct kh_row_question){.control = q.control, .limit = 50, .now_s = q.now_s, .endpoint_id = 5};
	ok(kh_posture_rows(db, &top, &q, &one, NULL));
	assert_int_equal(one.of.n, 1);
	assert_string_equal(one.of.v[0].hostname, "may-00005");
	q = (struct kh_row_question){.control = q.control, .limit = 50, .now_s = q.now_s, .hostname = "ay-0001"};
	ok(kh_posture_rows(db, &top, &q, &named, NULL)); /* may-00010, 11, 12 */
	assert_int_equal(named.of.n, 3);
}

static void add_handled(struct kh_db *db, int64_t endpoint_id, int64_t handled_s, int hours, const char *state)
{
	ok(kh_db_run(db,
		     "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s, handled_s) VALUES(?1, ?2, 'yara', 'r', '/x', 'infected', ?3, ?4, ?4)",
		     endpoint_id, handled_s - hours * 3600, state, handled_s));
}

static void expect_hours(struct kh_db *db, int64_t unit, int64_t day, double hours)
{
	struct kh_posture posture = {0};
	ok(kh_posture_read(db, unit, day, &posture));
	assert_int_equal(posture.spans[KH_SPAN_MALWARE_FOUND_TO_HANDLED].known, hours > 0);
	assert_true(posture.spans[KH_SPAN_MALWARE_FOUND_TO_HANDLED].hours == hours);
}

static void test_spans(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = open_store(4);
	int64_t now_s = kh_now_s(), today = kh_time_day_number(now_s), unit = 0, other = 0;
	ok(kh_db_script(db, "DELETE FROM detection"));
	ok(kh_db_int(db, &unit, "SELECT unit_id FROM endpoint WHERE id = 1"));
	expect_hours(db, unit, KH_TODAY, 0); /* nothing was dealt with */
	add_handled(db, 1, now_s - 60, 2, "quarantined");
	add_handled(db, 1, now_s - 60, 10, "cleaned");
	add_handled(db, 1, now_s - 5 * KH_DAY_S, 4, "handled");
	add_handled(db, 1, now_s - 60, 7, "false_alarm");
	add_handled(db, 1, now_s - 31 * KH_DAY_S, 90, "handled"); /* too long ago for today */
	expect_hours(db, unit, KH_TODAY, 4);
	expect_hours(db, unit, today - 2, 47); /* of 4 and 90 */
	expect_hours(db, unit, today - 10, 90);
	expect_hours(db, unit, today - 70, 0);
	ok(kh_db_int(db, &other, "SELECT MIN(id) FROM endpoint WHERE unit_id <> ?1", unit));
	add_handled(db, other, now_s - 60, 6, "handled");
	expect_hours(db, 1, KH_TODAY, 5); /* of 2, 4, 6, 10 in the whole tree */
	expect_hours(db, unit, KH_TODAY, unit == 1 ? 5 : 4);
	ok(kh_db_run(db, "UPDATE endpoint SET state = 'revoked' WHERE id = ?1", other));
	expect_hours(db, 1, KH_TODAY, 4);
}

static void test_controls_compile(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *good = open_store(0), *broken = open_store(0);
	ok(kh_controls_check(good));
	ok(kh_db_script(broken, "DROP TABLE fact_protection"));
	assert_int_equal(kh_controls_check(broken), KH_E_DATABASE);
	assert_non_null(strstr(kh_fail_detail(), "control av_"));
}

static void test_like_escape(void **state)
{
	(void)state;
	kh_auto_free char *escaped = kh_like_escape("50%_a\\b");
	assert_string_equal(escaped, "50\\%\\_a\\\\b");
}

KH_TESTS(test_incremental_equals_scratch, test_clock, test_all_controls_after_upgrade, test_forgotten_control, test_days, test_clock_steps_back,
	 test_day_text, test_rows, test_rows_chosen, test_spans, test_controls_compile, test_like_escape)
