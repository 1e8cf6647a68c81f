/* For tests only: a store with a made-up authority (synthetic.h), and what is asked and changed in it. A call that fails ends the running case. */
#pragma once

#include "db/db.h"
#include "server/posture/control.h"

#define KH_TEST_MACHINES 12
#define KH_TEST_UNITS 7 /* a province, two wards, two units in each */

/* In memory. So many machines in the seven units; where there are any, two records of each register in each unit too. */
struct kh_db *kh_test_synthetic(unsigned machines);

/* Every control of all seven units and of machines 1…`machines`. */
void kh_test_ask_all(struct kh_db *db, unsigned machines);

/* An approved exception until then; its id. Nothing is asked. */
int64_t kh_test_exception(struct kh_db *db, int64_t unit, const char *control, int64_t until_on);

const struct kh_control *kh_test_control(const char *name);
