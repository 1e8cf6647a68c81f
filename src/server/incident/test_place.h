/* For tests of incidents: a commune with its superiors on both lines, and acts on the writer. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "server/apart.h"
#include "server/incident/incident.h"
#include "server/test_store.h"

#define T0 INT64_C(1795000000) /* 18 November 2026: Decree 331 is in force */
#define HOUR INT64_C(3600)

/* tinh ── xa-a ── truong-a, and on the police line ca-tinh ── ca-xa ── xa-a; a machine in each */
extern int64_t tinh, xa_a, truong_a, ca_tinh, ca_xa;
extern struct kh_law law;
extern struct kh_incident_routes routes;
extern const struct kh_incident_rules rules;

int setup(void **state);
int group_setup(void **state);
int group_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)

struct doing {
	struct kh_incident_new incident;
	enum { REPORT, FOLLOW, ATTEND, WATCH, SUSPEND, RELEASE, CREATE, CHANGE, MOVE } what;
	const struct kh_register *reg;
	const char *move;
	json_t *fields;
	int64_t unit_id, id, now_s;
	struct kh_apart apart;
};

/* Takes the fields over. */
int act(struct kh_test_store *t, struct doing *d);
int64_t report(struct kh_test_store *t, const char *group, const char *severity, bool personal_data);
int64_t due_of(struct kh_test_store *t, int64_t id, const char *route);
int64_t number_of(struct kh_test_store *t, const char *format, int64_t id);
int64_t device(struct kh_test_store *t);
void check_device(struct kh_test_store *t, int64_t device_id, const char *number, int64_t now_s);
