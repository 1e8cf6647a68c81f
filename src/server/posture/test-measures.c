/* Figures that are no counts: spans of hours, and what is in force on a day. */
#include "base/error.h"
#include "base/test.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/reading.h"
#include "server/posture/test_synthetic.h"

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
	ok(kh_posture_measure(db, unit, &posture));
	assert_int_equal(posture.spans[KH_SPAN_MALWARE_FOUND_TO_HANDLED].known, hours > 0);
	assert_true(posture.spans[KH_SPAN_MALWARE_FOUND_TO_HANDLED].seconds == hours * 3600);
}

static void test_spans(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = kh_test_synthetic(4);
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

static struct kh_posture measured(struct kh_db *db, int64_t unit, int64_t day)
{
	struct kh_posture posture = {0};
	ok(kh_posture_read(db, unit, day, &posture));
	ok(kh_posture_measure(db, unit, &posture));
	return posture;
}

/* Of units: the slips of a unit and below, back in time or not yet. */
static void test_spans_of_units(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = kh_test_synthetic(0);
	int64_t now_s = kh_now_s(), today = kh_time_day_number(now_s);
	const int64_t units[] = {3, 4, 5, 5}, days[] = {2, 4, 10, -1}; /* -1: still out */
	for (size_t i = 0; i < KH_COUNT(units); i++)
		ok(kh_db_run(db, "INSERT INTO reg_repair_slip(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, number, out_on, back_s)"
				 " VALUES(?1, 'back', 0, 1, 0, '', 0, '', '', ?2, ?3, ?4)",
			     units[i], i, now_s - 20 * KH_DAY_S, days[i] < 0 ? kh_db_value_null(NULL) : kh_db_value_int(now_s - (20 - days[i]) * KH_DAY_S)));
	struct kh_posture all = measured(db, 1, KH_TODAY), ward = measured(db, 2, KH_TODAY), leaf = measured(db, 7, KH_TODAY), before = measured(db, 1, today - 17);
	assert_true(all.spans[KH_SPAN_REPAIR_OUT_TO_BACK].seconds == 4 * KH_DAY_S);
	assert_true(ward.spans[KH_SPAN_REPAIR_OUT_TO_BACK].seconds == 3 * KH_DAY_S);
	assert_false(leaf.spans[KH_SPAN_REPAIR_OUT_TO_BACK].known);
	assert_true(before.spans[KH_SPAN_REPAIR_OUT_TO_BACK].seconds == 2 * KH_DAY_S); /* only the first was back */
}

static void test_measures(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = kh_test_synthetic(0);
	int64_t now_s = kh_now_s(), today = kh_time_day_number(now_s);
	assert_int_equal(measured(db, 1, KH_TODAY).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].rows, 0);
	(void)kh_test_exception(db, 3, "av_running", now_s + KH_DAY_S);
	(void)kh_test_exception(db, 3, "firewall_on", now_s - 9 * KH_DAY_S);
	(void)kh_test_exception(db, 5, "av_running", now_s + KH_DAY_S);
	ok(kh_db_run(db, "UPDATE reg_exception SET approved_s = ?1", now_s - 20 * KH_DAY_S));
	assert_true(measured(db, 1, KH_TODAY).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].sum == 2);
	assert_true(measured(db, 2, KH_TODAY).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].sum == 1);
	assert_true(measured(db, 3, today - 15).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].sum == 2);
	assert_int_equal(measured(db, 3, today - 25).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].rows, 0);
	ok(kh_db_run(db, "UPDATE unit SET to_s = ?1 WHERE id = 5", now_s - 3 * KH_DAY_S));
	assert_true(measured(db, 1, KH_TODAY).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].sum == 1);
	assert_true(measured(db, 1, today - 4).measures[KH_MEASURE_EXCEPTIONS_IN_FORCE].sum == 2); /* it was alive then */
}

KH_TESTS(test_spans, test_spans_of_units, test_measures)
