#include "server/posture/test_synthetic.h"

#include "base/test.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"

struct kh_db *kh_test_synthetic(unsigned machines)
{
	struct kh_db *db = NULL;
	struct kh_synthetic s = {.wards = 2, .units_per_ward = 2, .endpoints = machines, .most_rows = 3, .records = machines ? 2 : 0, .seed = 7};
	ok(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db));
	ok(kh_synthetic_schema(db));
	ok(kh_synthetic_fill(db, &s, kh_now_s()));
	return db;
}

void kh_test_ask_all(struct kh_db *db, unsigned machines)
{
	for (int64_t unit = 1; unit <= KH_TEST_UNITS; unit++)
		ok(kh_posture_unit_changed(db, unit));
	for (int64_t id = 1; id <= machines; id++)
		ok(kh_posture_endpoint_changed(db, id, NULL, 0));
}

int64_t kh_test_exception(struct kh_db *db, int64_t unit, const char *control, int64_t until_on)
{
	int64_t id = 0, now_s = kh_now_s();
	ok(kh_db_int(db, &id,
		     "INSERT INTO reg_exception(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, control, reason, compensating, owner,"
		     " until_on) VALUES(?1, 'approved', ?2, 1, ?2, 'x', ?2, 'x', '', ?3, 'r', 'c', 'o', ?4) RETURNING id",
		     unit, now_s, control, until_on));
	return id;
}

const struct kh_control *kh_test_control(const char *name)
{
	const struct kh_control *control = kh_control_named(name);
	assert_non_null(control);
	return control;
}
