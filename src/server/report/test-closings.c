/* Parts and wholes: in an invented province, whose wards stand below the police too, everything a report adds up is what it says in all. */
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/account/scope.h"
#include "server/api/units.h"
#include "server/demo/demo.h"
#include "server/endpoint/endpoint.h"
#include "server/posture/answer.h"
#include "server/posture/control.h"
#include "server/posture/reading.h"
#include "server/report/document.h"
#include "server/test_store.h"
#include "server/unit/unit.h"

#include "gen/roles.h"

#define UNITS 9
#define MACHINES 40

static int add_province(struct kh_db *writer, void *arg)
{
	struct kh_unit_new unit = {.code = KH_DEMO_UNIT_CODE, .name = KH_DEMO_UNIT_NAME, .kind = "province"};
	int64_t id = 0;
	(void)arg;
	return kh_unit_add(writer, &unit, "test", kh_now_s(), &id);
}

static int setup(void **state)
{
	assert_int_equal(kh_test_store_setup(state), 0);
	struct kh_test_store *t = *state;
	kh_auto_free char *pack = kh_format("%s/packs/demo/province.yaml", getenv("KHIEN_SOURCE"));
	ok(kh_store_write(t->store, add_province, NULL));
	ok(kh_demo_fill(t->store, &(struct kh_demo_options){.pack = pack, .data_dir = t->dir, .units = UNITS, .endpoints = MACHINES, .seed = 1, .now_s = kh_now_s()}));
	return 0;
}

/* ---- postures ---- */

static void check_unit(struct kh_test_store *t, int64_t id, const char *name)
{
	kh_auto_unit_briefs struct kh_unit_briefs below = {0};
	struct kh_posture all = {0}, sum = {0}, one = {0};
	struct kh_scope scope = {.unit_id = id, .admin = true};
	ok(kh_posture_read_admin(t->db, id, KH_TODAY, &all));
	ok(kh_posture_read_own(t->db, id, &sum));
	ok(kh_units_below(t->db, &scope, true, &below));
	kh_array_each(&below.of, unit) {
		if (unit->own)
			continue;
		ok(kh_posture_read_admin(t->db, unit->id, KH_TODAY, &one));
		for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
			sum.of[i] = kh_counts_plus(sum.of[i], one.of[i]);
	}
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (!kh_counts_equal(&all.of[i], &sum.of[i]))
			fail_msg("%s, %s: the parts do not add up to the whole", name, kh_controls[i].name);
	int64_t machines = 0;
	ok(kh_scope_int(t->db, &scope, &machines, "SELECT COUNT(*) FROM endpoint e WHERE e.state = 'active' AND {scope:e.unit_id}"));
	assert_int_equal(kh_posture_machines(&all), machines);
}

/* Of every unit: its own answers and those of the units directly below. The police see the wards, and count only themselves. */
static void test_postures_add_up(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_posture seen = {0}, own = {0};
	int64_t police = kh_test_number(t, "SELECT id FROM unit WHERE kind = 'police'");
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(t->db, &s, "SELECT id, name FROM unit");
	while (kh_stmt_next(s, &r))
		check_unit(t, kh_stmt_int(s, 0), kh_stmt_text(s, 1));
	ok(r);
	ok(kh_posture_read(t->db, police, KH_TODAY, &seen));
	ok(kh_posture_read_admin(t->db, police, KH_TODAY, &own));
	assert_true(kh_posture_machines(&seen) > kh_posture_machines(&own));
	assert_true(kh_posture_machines(&own) > 0);
}

/* A school of a ward may answer to the police by itself: it is taken away with its ward, and not twice. */
static void test_two_superiors_in_a_row(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "INSERT INTO unit_edge SELECT u.id, p.id, 'police', 0, NULL FROM unit u, unit p WHERE p.kind = 'police' AND u.kind NOT IN ('province', 'police', 'ward')");
	int64_t police = kh_test_number(t, "SELECT id FROM unit WHERE kind = 'police'");
	struct kh_posture all = {0}, own = {0};
	ok(kh_posture_read_admin(t->db, police, KH_TODAY, &all));
	ok(kh_posture_read_own(t->db, police, &own));
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		assert_true(kh_counts_equal(&all.of[i], &own.of[i]));
}

/* ---- what documents say ---- */

static int64_t number(const json_t *o, const char *name)
{
	const json_t *value = json_object_get(o, name);
	if (!json_is_integer(value))
		fail_msg("no number: %s", name);
	return json_integer_value(value);
}

struct closing {
	const char *whole, *parts[6];
};

static void expect_closing(const char *where, const json_t *o, const struct closing *closing)
{
	int64_t sum = 0;
	for (size_t i = 0; closing->parts[i]; i++)
		sum += number(o, closing->parts[i]);
	if (sum != number(o, closing->whole))
		fail_msg("%s: %s is %lld, its parts are %lld", where, closing->whole, (long long)number(o, closing->whole), (long long)sum);
}

static const struct closing clauses = {"clauses_total", {"met", "partly", "not_met", "not_measured", "not_applicable"}};
static const struct closing figures = {"figures_total", {"figures_reached", "figures_missed", "figures_free", "figures_unknown"}};
static const struct closing counts = {"all", {"pass", "fail", "unknown"}};

static void expect_counts(const char *where, const json_t *data, const char *list)
{
	size_t i = 0;
	const json_t *o = NULL;
	json_array_foreach(json_object_get(data, list), i, o)
		expect_closing(where, o, &counts);
}

static void expect_units(const char *where, const json_t *data)
{
	static const char *const columns[] = {"machines", "silent"};
	const json_t *units = json_object_get(data, "units"), *o = NULL;
	size_t i = 0;
	for (size_t c = 0; units && c < KH_COUNT(columns); c++) {
		int64_t sum = 0;
		json_array_foreach(units, i, o)
			sum += number(o, columns[c]);
		if (sum != number(data, columns[c]))
			fail_msg("%s: %s of the units are %lld, of the whole %lld", where, columns[c], (long long)sum, (long long)number(data, columns[c]));
	}
}

static void close_directive(const char *where, const json_t *data)
{
	const json_t *units = json_object_get(data, "units"), *o = NULL;
	size_t i = 0;
	int64_t fail = 0;
	expect_closing(where, data, &clauses);
	expect_closing(where, data, &figures);
	expect_counts(where, data, "actions");
	expect_counts(where, data, "points");
	expect_units(where, data);
	json_array_foreach(units, i, o) {
		fail += number(o, "fail");
		assert_int_equal(number(o, "met") + number(o, "partly") + number(o, "not_met") + number(o, "not_measured") + number(o, "not_applicable"), number(data, "clauses_total"));
	}
	if (units)
		assert_int_equal(fail, number(data, "rows_total"));
}

static void close_period(const char *where, const json_t *data)
{
	static const struct closing found = {"found", {"handled", "false_alarms", "waiting"}};
	size_t i = 0;
	const json_t *o = NULL;
	expect_closing(where, data, &found);
	expect_closing(where, data, &figures);
	expect_counts(where, data, "actions");
	expect_units(where, data);
	json_array_foreach(json_object_get(data, "directives"), i, o)
		expect_closing(where, o, &clauses);
}

static void close_form08(const char *where, const json_t *data)
{
	static const struct closing all[] = {{"systems_total", {"classified", "unclassified"}},
					     {"systems_total", {"with_dossier", "without_dossier"}},
					     {"systems_total", {"approved", "unapproved"}},
					     {"systems_total", {"internal", "public", "infrastructure", "control", "other"}}};
	for (size_t i = 0; i < KH_COUNT(all); i++)
		expect_closing(where, data, &all[i]);
	assert_int_equal(json_array_size(json_object_get(data, "systems")), number(data, "systems_total"));
}

/* "YYYY-MM" or "YYYY" of today. */
static char *today(size_t n)
{
	char day[KH_ISO_SIZE];
	return kh_strndup(kh_time_day(kh_now_s(), day), n);
}

struct packs {
	struct kh_directives directives;
	struct kh_templates templates;
};

static void packs_done(struct packs *packs)
{
	kh_directives_done(&packs->directives);
	kh_templates_done(&packs->templates);
}

static void load_packs(struct packs *ret)
{
	kh_auto_free char *directives = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE")), *reports = kh_format("%s/packs/reports", getenv("KHIEN_SOURCE"));
	ok(kh_directives_load(directives, &ret->directives));
	ok(kh_templates_load(reports, &ret->templates));
}

static void make(struct kh_test_store *t, const struct kh_document_question *q, const char *where, void (*close)(const char *where, const json_t *data))
{
	kh_auto_document struct kh_document document = {0};
	int r = kh_document_make(t->db, q, &document);
	if (r < 0)
		fail_msg("%s: %s: %s", where, kh_error_info(r)->name, kh_fail_detail());
	close(where, document.data);
}

/* Every report of every unit. */
static void test_reports_close(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *month = today(7), *year = today(4);
	struct packs packs KH_CLEANUP(packs_done) = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	load_packs(&packs);
	int r = kh_db_query(t->db, &s, "SELECT id, name FROM unit");
	while (kh_stmt_next(s, &r)) {
		struct kh_document_question q = {.directives = &packs.directives, .templates = &packs.templates, .scope = {.unit_id = kh_stmt_int(s, 0)}, .now_s = kh_now_s(), .rights = ~0u};
		for (size_t i = 0; i < packs.directives.of.n; i++) {
			q.directive = packs.directives.of.v[i].id;
			make(t, &q, kh_stmt_text(s, 1), close_directive);
		}
		q.directive = NULL;
		q.period = month;
		make(t, &q, kh_stmt_text(s, 1), close_period);
		q.period = year;
		make(t, &q, kh_stmt_text(s, 1), close_period);
		q.period = NULL;
		q.mau08 = year;
		make(t, &q, kh_stmt_text(s, 1), close_form08);
	}
	ok(r);
}

/* ---- what has passed ---- */

/* "scans found" of the year, unit by unit; freed by the caller. */
static char *happened(struct kh_test_store *t)
{
	kh_auto_free char *year = today(4);
	struct packs packs KH_CLEANUP(packs_done) = {0};
	struct kh_buf all = KH_BUF_INIT;
	kh_auto_stmt struct kh_stmt *s = NULL;
	load_packs(&packs);
	int r = kh_db_query(t->db, &s, "SELECT id FROM unit ORDER BY id");
	while (kh_stmt_next(s, &r)) {
		kh_auto_document struct kh_document document = {0};
		const struct kh_document_question q = {.directives = &packs.directives, .templates = &packs.templates, .period = year, .scope = {.unit_id = kh_stmt_int(s, 0)}, .now_s = kh_now_s(), .rights = ~0u};
		ok(kh_document_make(t->db, &q, &document));
		kh_buf_addf(&all, "%lld %lld\n", (long long)number(document.data, "scans"), (long long)number(document.data, "found"));
	}
	ok(r);
	return kh_buf_take(&all);
}

struct going {
	int64_t from, to;
};

static int all_go(struct kh_db *writer, void *arg)
{
	const struct going *g = arg;
	return kh_endpoint_move_all(writer, g->from, g->to, kh_now_s() + 1);
}

static int one_goes_on(struct kh_db *writer, void *arg)
{
	const struct going *g = arg;
	int64_t id = 0;
	int r = kh_db_int(writer, &id, "SELECT MIN(endpoint_id) FROM scan WHERE endpoint_id IN (SELECT id FROM endpoint WHERE unit_id = ?1)", g->to);
	return r < 0 ? r : kh_endpoint_move(writer, id, g->from, kh_now_s() + 2);
}

static void test_what_happened_stays_with_the_unit(void **state)
{
	struct kh_test_store *t = *state;
	struct going going = {0};
	kh_auto_free char *before = happened(t);
	going.from = kh_test_number(t, "SELECT e.unit_id FROM scan s JOIN endpoint e ON e.id = s.endpoint_id GROUP BY e.unit_id ORDER BY COUNT(*) DESC LIMIT 1");
	going.to = kh_test_number(t, "SELECT MAX(unit_id) FROM endpoint WHERE unit_id <> (SELECT e.unit_id FROM scan s JOIN endpoint e ON e.id = s.endpoint_id GROUP BY e.unit_id ORDER BY COUNT(*) DESC LIMIT 1)");
	assert_true(going.from && going.to);
	ok(kh_store_write(t->store, all_go, &going));
	kh_auto_free char *after = happened(t);
	assert_string_equal(after, before);
	ok(kh_store_write(t->store, one_goes_on, &going));
	kh_auto_free char *again = happened(t);
	assert_string_equal(again, before);
}

/* ---- words ---- */

/* Is the text the code of some register's field that has other words? */
static bool is_code(const char *text)
{
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		for (size_t i = 0; i < reg->fields_count; i++)
			for (const struct kh_code *code = reg->fields[i].codes; code && code->name; code++)
				if (kh_streq(code->name, text) && !kh_streq(code->text[KH_VI], text))
					return true;
	return kh_control_named(text) != NULL;
}

/* A word between blanks and marks. */
static void expect_words(const char *control, const char *text)
{
	kh_auto_free char *copy = kh_strdup(text ? text : "");
	char *rest = copy;
	for (char *word = kh_split(&rest, ",;:· "); word; word = kh_split(&rest, ",;:· "))
		if (strchr(word, '_') && is_code(word))
			fail_msg("%s: a code: %s", control, text);
	if (text && (is_code(text) || strspn(text, "0123456789") == strlen(text)))
		fail_msg("%s: a code: %s", control, text);
}

static void test_lists_are_in_words(void **state)
{
	struct kh_test_store *t = *state;
	struct packs packs KH_CLEANUP(packs_done) = {0};
	load_packs(&packs);
	for (size_t d = 0; d < packs.directives.of.n; d++) {
		kh_auto_document struct kh_document document = {0};
		struct kh_document_question q = {.directives = &packs.directives, .templates = &packs.templates, .directive = packs.directives.of.v[d].id, .scope = {.unit_id = 1}, .now_s = kh_now_s(), .rights = ~0u,
						 .all_rows = true};
		size_t i = 0;
		const json_t *o = NULL;
		ok(kh_document_make(t->db, &q, &document));
		json_array_foreach(json_object_get(document.data, "rows"), i, o) {
			const char *control = json_string_value(json_object_get(o, "control"));
			expect_words(control, json_string_value(json_object_get(o, "subject")));
			expect_words(control, json_string_value(json_object_get(o, "evidence")));
		}
		assert_true(i > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_postures_add_up, setup, kh_test_store_teardown),
		cmocka_unit_test_setup_teardown(test_two_superiors_in_a_row, setup, kh_test_store_teardown),
		cmocka_unit_test_setup_teardown(test_reports_close, setup, kh_test_store_teardown),
		cmocka_unit_test_setup_teardown(test_what_happened_stays_with_the_unit, setup, kh_test_store_teardown),
		cmocka_unit_test_setup_teardown(test_lists_are_in_words, setup, kh_test_store_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
