/* Parts and wholes: in an invented province, whose wards stand below the police too, everything a report adds up is what it says in all. */
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/account/scope.h"
#include "server/api/units.h"
#include "server/demo/demo.h"
#include "server/posture/answer.h"
#include "server/posture/reading.h"
#include "server/report/document.h"
#include "server/test_store.h"
#include "server/unit/unit.h"

#include "gen/roles.h"

#define UNITS 9
#define MACHINES 40

#define ok(expr)                                                                                  \
	do {                                                                                      \
		int r_ = (expr);                                                                  \
		if (r_ < 0)                                                                       \
			fail_msg("%s: %s: %s", #expr, kh_error_info(r_)->name, kh_fail_detail()); \
	} while (0)

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
	ok(kh_units_below(t->db, &scope, KH_TODAY, &below));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_postures_add_up, setup, kh_test_store_teardown),
		cmocka_unit_test_setup_teardown(test_two_superiors_in_a_row, setup, kh_test_store_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
