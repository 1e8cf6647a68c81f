#include "server/roster/roster.h"

#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/reading.h"
#include "server/register/record.h"
#include "server/test_store.h"

#define NOW INT64_C(1795000000)
#define HOUR INT64_C(3600)

static const struct kh_alert_policy policy = {900, 14400, 86400, NULL};
static int64_t tinh, xa, person;

enum what { CREATE, WATCH, HOLIDAYS };
struct doing {
	enum what what;
	const struct kh_register *reg;
	int64_t unit_id, id, now_s;
	json_t *fields;
	struct kh_apart apart;
};

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_record_by by = {.actor = "can-bo", .now_s = NOW};
	if (d->what == CREATE)
		return kh_record_create(writer, d->reg, d->unit_id, d->fields, &by, &d->id);
	return d->what == WATCH ? kh_rosters_watch(writer, &policy, 7 * KH_DAY_S, d->now_s, &d->apart) : kh_holidays_attend(writer, d->now_s, &d->id, &d->apart);
}

static int64_t act(struct kh_test_store *t, struct doing d)
{
	assert_int_equal(kh_store_write(t->store, run, &d), 0);
	assert_int_equal(kh_apart_result(&d.apart), 0);
	json_decref(d.fields);
	return d.id;
}

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	person = act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_STAFF], .unit_id = xa, .fields = json_pack("{s:s, s:s}", "full_name", "Người Trực", "position", "officer")});
	return r;
}

static void shift(struct kh_test_store *t, int64_t from_s, int64_t to_s)
{
	(void)act(t, (struct doing){.what = CREATE, .reg = &kh_registers[KH_REGISTER_DUTY_SHIFT], .unit_id = xa,
				    .fields = json_pack("{s:I, s:I, s:I}", "from_s", (json_int_t)from_s, "to_s", (json_int_t)to_s, "officer", (json_int_t)person)});
}

static int64_t gap(struct kh_test_store *t, int64_t length_s)
{
	int64_t hours = -1;
	assert_int_equal(kh_roster_gap(t->db, xa, NOW, length_s, &hours), 0);
	return hours;
}

static void gaps_are_counted_between_shifts(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(gap(t, 24 * HOUR), 24);
	shift(t, NOW - 2 * HOUR, NOW + 8 * HOUR);
	shift(t, NOW + 6 * HOUR, NOW + 10 * HOUR);
	shift(t, NOW + 7 * HOUR, NOW + 8 * HOUR);
	assert_int_equal(gap(t, 24 * HOUR), 14);
	shift(t, NOW + 12 * HOUR, NOW + 30 * HOUR);
	assert_int_equal(gap(t, 24 * HOUR), 2);
	kh_test_sql(t, "UPDATE reg_duty_shift SET state = 'dropped' WHERE from_s > 1795000000 + 11 * 3600");
	assert_int_equal(gap(t, 24 * HOUR), 14);
}

static void one_alert_tells_of_the_week(void **state)
{
	struct kh_test_store *t = *state;
	(void)act(t, (struct doing){.what = WATCH, .now_s = NOW});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 0); /* who keeps no roster is asked by a control, not by an alert */
	shift(t, NOW, NOW + 24 * HOUR);
	for (int i = 0; i < 3; i++)
		(void)act(t, (struct doing){.what = WATCH, .now_s = NOW + i * KH_DAY_S});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert WHERE kind = 'roster' AND count = 144"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_alert"), 1);
}

static void the_holidays_of_a_year_are_made_once(void **state)
{
	struct kh_test_store *t = *state;
	for (int i = 0; i < 2; i++)
		(void)act(t, (struct doing){.what = HOLIDAYS, .now_s = NOW});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_holiday"), 5);
	int64_t tet = 0;
	assert_true(kh_day_parse("2027-02-06", &tet));
	kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM reg_holiday WHERE occasion = 'tet' AND year = 2027 AND name = 'Tết Nguyên đán 2027' AND from_on = %lld", (long long)((tet - 1) * KH_DAY_S - 7 * HOUR));
	assert_int_equal(kh_test_number(t, sql), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_holiday_check"), 0);
}

static void checklists_come_a_month_before_and_holidays_pass(void **state)
{
	struct kh_test_store *t = *state;
	int64_t day = 0;
	assert_true(kh_day_parse("2026-12-15", &day));
	int64_t december = day * KH_DAY_S;
	assert_int_equal(act(t, (struct doing){.what = HOLIDAYS, .now_s = december}), 16);
	assert_int_equal(act(t, (struct doing){.what = HOLIDAYS, .now_s = december}), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(DISTINCT unit_id) FROM reg_holiday_check WHERE state = 'open'"), 2);
	(void)act(t, (struct doing){.what = HOLIDAYS, .now_s = december + 17 * KH_DAY_S});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_holiday WHERE occasion = 'new_year' AND state = 'active'"), 1);
	(void)act(t, (struct doing){.what = HOLIDAYS, .now_s = december + 19 * KH_DAY_S});
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_holiday WHERE occasion = 'new_year' AND year = 2027 AND state = 'over'"), 1);
}

static void a_row_that_cannot_be_made_holds_up_no_other(void **state)
{
	struct kh_test_store *t = *state;
	int64_t day = 0;
	assert_true(kh_day_parse("2026-12-15", &day));
	struct doing d = {.what = HOLIDAYS, .now_s = day * KH_DAY_S};
	(void)act(t, (struct doing){.what = HOLIDAYS, .now_s = NOW});
	kh_test_sql(t, "CREATE TRIGGER not_this BEFORE INSERT ON reg_holiday_check WHEN NEW.item = 'patches' AND NEW.unit_id = (SELECT id FROM unit WHERE code = 'xa') BEGIN SELECT RAISE(ABORT, 'not this one'); END");
	assert_int_equal(kh_store_write(t->store, run, &d), 0);
	assert_int_equal(d.id, 15);
	assert_int_equal(d.apart.failed, 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_holiday_check"), 15);
	kh_apart_done(&d.apart);
	kh_test_sql(t, "DROP TRIGGER not_this");
	assert_int_equal(act(t, (struct doing){.what = HOLIDAYS, .now_s = day * KH_DAY_S}), 1);
}

static void the_same_holiday_a_year_before(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_scope scope = {tinh};
	struct kh_holiday_figures now = {0}, before = {0};
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT 5, 'u', id, 'm', 'm', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM unit WHERE code = 'xa'");
	/* Tết 2026 began on 17 February, Tết 2025 on 29 January: by the date alone they would not meet. */
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s) VALUES"
		       "(5, 1771290000, 'y', 'r', 'a', 'infected', 'found', 0), (5, 1771290001, 'y', 'r', 'b', 'infected', 'found', 0), (5, 1771290002, 'y', 'r', 'c', 'infected', 'false_alarm', 0),"
		       "(5, 1738120000, 'y', 'r', 'd', 'infected', 'found', 0), (5, 1739800000, 'y', 'r', 'e', 'infected', 'found', 0)");
	assert_int_equal(kh_holiday_figures(t->db, &scope, KH_TET, 2026, &now), 0);
	assert_int_equal(kh_holiday_figures(t->db, &scope, KH_TET, 2025, &before), 0);
	assert_int_equal(now.detections, 2);
	assert_int_equal(now.machines, 1);
	assert_int_equal(before.detections, 1);
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(gaps_are_counted_between_shifts), TEST(one_alert_tells_of_the_week), TEST(the_holidays_of_a_year_are_made_once), TEST(checklists_come_a_month_before_and_holidays_pass), TEST(a_row_that_cannot_be_made_holds_up_no_other),
		TEST(the_same_holiday_a_year_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
