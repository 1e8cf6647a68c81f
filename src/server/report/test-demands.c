/* The walk over all demands: in an empty store, in one where machines and registers have everything at random, and in one where all is well. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"
#include "server/report/demands.h"

#define ONE_SENTENCE 200 /* columns */
#define ROWS 105 /* 000: 13, 001: 15, 002: 45, 003: 19, 004: 13 */

static struct kh_directives directives;

static int load(void **state)
{
	(void)state;
	kh_auto_free char *packs = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE"));
	return kh_directives_load(packs, &directives);
}

static int unload(void **state)
{
	(void)state;
	kh_directives_done(&directives);
	return 0;
}

static struct kh_posture posture_of_store(unsigned machines, unsigned records)
{
	kh_auto_db struct kh_db *db = NULL;
	struct kh_posture posture = {0};
	struct kh_synthetic s = {.wards = 1, .units_per_ward = 2, .endpoints = machines, .most_rows = 3, .records = records, .seed = 11};
	ok(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db));
	ok(kh_synthetic_schema(db));
	ok(kh_synthetic_fill(db, &s, kh_now_s()));
	for (int64_t unit = 1; records && unit <= 4; unit++)
		ok(kh_posture_unit_changed(db, unit));
	for (int64_t id = 1; id <= machines; id++)
		ok(kh_posture_endpoint_changed(db, id, NULL, 0));
	ok(kh_posture_read(db, 1, KH_TODAY, &posture));
	ok(kh_posture_measure(db, 1, &posture));
	return posture;
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Exactly these keys, in this order. */
static void expect_keys(json_t *o, const char *const *keys)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach(o, key, value) {
		assert_non_null(*keys);
		assert_string_equal(key, *keys++);
	}
	assert_null(*keys);
}

static bool check_figures(const struct kh_clause *clause, const json_t *figures)
{
	bool all_known = true;
	assert_int_equal(json_array_size(figures), clause->figures.n);
	for (size_t i = 0; i < clause->figures.n; i++) {
		json_t *f = json_array_get(figures, i);
		const struct kh_figure *figure = clause->figures.v[i];
		expect_keys(f, (const char *const[]){"id", "value", "target", NULL});
		assert_string_equal(text_of(f, "id"), figure->id);
		assert_int_equal(json_is_number(json_object_get(f, "target")), figure->has_target);
		bool known = json_is_number(json_object_get(f, "value"));
		assert_true(known || json_is_null(json_object_get(f, "value")));
		all_known &= known;
	}
	return all_known;
}

/* A figure, or an honest reason. */
static enum kh_state check_row(const struct kh_clause *clause, const struct kh_posture *posture, enum kh_language language)
{
	kh_auto_demand struct kh_demand demand = kh_demand_of(clause, posture, language);
	kh_auto_json json_t *o = kh_demand_json(&demand, posture);
	expect_keys(o, (const char *const[]){"row", "state", "figures", "reason", "details", "directive", "clause", "text", NULL});
	assert_string_equal(text_of(o, "row"), clause->id);
	assert_string_equal(text_of(o, "state"), kh_state_names[demand.state]);
	bool all_known = check_figures(clause, json_object_get(o, "figures"));
	const char *reason = text_of(o, "reason");
	if (!reason && (!all_known || clause->needs.n > 0 || (demand.state != KH_MET && demand.state != KH_STATE_NOT_APPLICABLE)))
		fail_msg("%s is %s, and nothing says why", clause->id, kh_state_names[demand.state]);
	assert_true(!reason || *reason);
	const json_t *details = json_object_get(o, "details");
	assert_int_equal(json_array_size(details) > 0, reason != NULL);
	assert_true(!reason || kh_streq(json_string_value(json_array_get(details, 0)), reason));
	assert_true(!reason || (!strstr(reason, "; K") && kh_utf8_width(reason) <= ONE_SENTENCE));
	return demand.state;
}

static struct kh_states walk(const struct kh_posture *posture)
{
	struct kh_states states = {0};
	size_t n = 0;
	kh_auto_free const struct kh_clause **all = kh_demands_in_order(&directives, &n);
	assert_int_equal(n, ROWS);
	for (size_t i = 0; i < n; i++) {
		(void)check_row(all[i], posture, KH_EN);
		states.of[check_row(all[i], posture, KH_VI)]++;
	}
	return states;
}

static void test_order(void **state)
{
	(void)state;
	size_t n = 0;
	kh_auto_free const struct kh_clause **all = kh_demands_in_order(&directives, &n);
	assert_int_equal(n, ROWS);
	assert_string_equal(all[0]->id, "0-0");
	assert_string_equal(all[13]->id, "1-1a");
	assert_string_equal(all[28]->id, "2-0");
	assert_string_equal(all[ROWS - 1]->id, "4-3");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(all[i]->id, all[k]->id);
}

static void test_nothing_there(void **state)
{
	(void)state;
	struct kh_posture posture = posture_of_store(0, 0);
	struct kh_states states = walk(&posture);
	assert_int_equal(states.of[KH_NOT_MEASURED], ROWS);
}

static void test_everything_at_random(void **state)
{
	(void)state;
	struct kh_posture posture = posture_of_store(20, 3);
	struct kh_states states = walk(&posture);
	assert_true(states.of[KH_PARTLY] + states.of[KH_NOT_MET] > ROWS / 2);
}

/* Every control passes: what is then not met still needs something, and says what. */
static void test_all_is_well(void **state)
{
	(void)state;
	struct kh_posture posture = {.day = KH_TODAY};
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		posture.of[i].of[KH_PASS] = 3;
	struct kh_states states = walk(&posture);
	assert_int_equal(states.of[KH_NOT_MET], 0);
	assert_true(states.of[KH_MET] > 0);
}

/* What fails before what is unknown; each once. */
static void test_reason(void **state)
{
	(void)state;
	enum kh_control_id av = kh_control_id(kh_control_named("av_running"));
	KH_ARRAY(const struct kh_control *) controls = {0};
	KH_ARRAY(const struct kh_figure *) figures = {0};
	(void)kh_array_push(&controls, &kh_controls[av]);
	(void)kh_array_push(&figures, kh_figure_named("K01"));
	struct kh_clause clause = {.id = "9-9", .target = 100};
	clause.controls.v = controls.v, clause.controls.n = 1;
	clause.figures.v = figures.v, clause.figures.n = 1;
	struct kh_posture posture = {.day = KH_TODAY};
	struct {
		struct kh_counts counts;
		const char *state;
		size_t n;
		const char *first, *second;
	} cases[] = {
		{{{0}}, "not_measured", 1, "No machine has reported yet", NULL}, /* of the control and of its figure: once */
		{{{[KH_UNKNOWN] = 2}}, "not_measured", 1, "2 subjects that could not be measured", NULL},
		{{{[KH_PASS] = 3, [KH_FAIL] = 1, [KH_UNKNOWN] = 2}}, "partly", 2, "1 of 6 fail", "2 subjects that could not be measured"},
		{{{[KH_FAIL] = 4}}, "not_met", 1, "4 of 4 fail", NULL},
		{{{[KH_PASS] = 4, [KH_EXCEPTED] = 1}}, "met", 0, NULL, NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		posture.of[av] = cases[i].counts;
		kh_auto_demand struct kh_demand demand = kh_demand_of(&clause, &posture, KH_EN);
		assert_string_equal(kh_state_names[demand.state], cases[i].state);
		assert_int_equal(demand.reasons.n, cases[i].n);
		if (cases[i].n && !strstr(demand.reasons.v[0], cases[i].first))
			fail_msg("%zu: %s", i, demand.reasons.v[0]);
		if (cases[i].n > 1 && !strstr(demand.reasons.v[1], cases[i].second))
			fail_msg("%zu: %s", i, demand.reasons.v[1]);
	}
	kh_array_done(&controls);
	kh_array_done(&figures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_nothing_there), cmocka_unit_test(test_everything_at_random),
					   cmocka_unit_test(test_all_is_well), cmocka_unit_test(test_reason)};
	return cmocka_run_group_tests(tests, load, unload);
}
