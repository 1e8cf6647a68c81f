#include "server/endpoint/endpoint.h"

#include "base/alloc.h"
#include "base/error.h"
#include "server/test_store.h"

#include <stdio.h>

#define NEW \
	"INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s) VALUES"

/* Four machines; the third has the name of the second, the fourth was replaced. */
static void plant(struct kh_test_store *t)
{
	kh_test_unit(t, "top", 0);
	kh_test_sql(
		t, NEW
		"('aaaa-1', 1, 'Máy Kế Toán', 'may ke toan', 'internal', '', 'active', '', '', '', 0, 0, 0),"
		"('aaaa-2', 1, 'PC', 'pc', 'internal', '', 'active', '', '', '', 0, 0, 0),"
		"('bbbb-3', 1, 'PC', 'pc', 'internal', '', 'active', '', '', '', 0, 0, 0),"
		"('cccc-4', 1, 'OLD', 'old', 'internal', '', 'replaced', '', '', '', 0, 0, 0);"
		"INSERT INTO certificate VALUES('s1', 1, 'k', 0, 99, NULL, NULL), ('s2', 1, 'k', 0, 99, NULL, NULL), ('s3', 1, 'k', 0, 99, 5, 'renewed'), ('s4', 2, 'k', 0, 99, NULL, NULL);"
		"INSERT INTO endpoint_order(endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES"
		"(1, 'scan', '{}', 0, '', 99, 'waiting'), (1, 'scan', '{}', 0, '', 99, 'done'), (2, 'scan', '{}', 0, '', 99, 'sent');"
		"INSERT INTO answer VALUES(1, 'av_running', 0, 1, 0, 0, 0, 0, 0); INSERT INTO posture VALUES(1, 'av_running', 1, 0, 1, 0, 0, 0)");
}

static void machines_are_found(void **state)
{
	struct kh_test_store *t = *state;
	plant(t);
	static const struct {
		const char *asked;
		int error;
		int64_t id;
	} cases[] = {
		{"aaaa-1", 0, 1},           {"bbbb", 0, 3},           {"MÁY KẾ TOÁN", 0, 1},
		{"may ke toan", 0, 1},      {"pc", KH_E_AMBIGUOUS, 0}, {"aaaa", KH_E_AMBIGUOUS, 0},
		{"bbb", KH_E_NOT_FOUND, 0}, {"cccc-4", 0, 4},         {"old", KH_E_NOT_FOUND, 0},
		{"", KH_E_NOT_FOUND, 0},    {"%", KH_E_NOT_FOUND, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t id = 0;
		assert_int_equal(kh_endpoint_find(t->db, cases[i].asked, &id), cases[i].error);
		assert_int_equal(id, cases[i].id);
	}
}

struct revoking {
	int64_t id, certificates;
};

static int revoke_one(struct kh_db *db, void *arg)
{
	struct revoking *r = arg;
	return kh_endpoint_revoke(db, r->id, "lost", "test", 7, &r->certificates);
}

static void revoking_ends_everything(void **state)
{
	struct kh_test_store *t = *state;
	plant(t);
	struct revoking one = {.id = 1}, none = {.id = 99};
	assert_int_equal(kh_store_write(t->store, revoke_one, &none), KH_E_NOT_FOUND);
	assert_int_equal(kh_store_write(t->store, revoke_one, &one), 0);
	assert_int_equal(one.certificates, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM certificate WHERE endpoint_id = 1 AND revoked_s = 7 AND reason = 'lost'"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM certificate WHERE endpoint_id = 2 AND revoked_s IS NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint WHERE state = 'revoked'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE state = 'expired'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM answer"), 0);
	assert_int_equal(kh_test_number(t, "SELECT fail FROM posture WHERE control = 'av_running' ORDER BY day DESC"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'endpoint.revoke' AND target = 'aaaa-1'"), 1);
	assert_int_equal(kh_store_write(t->store, revoke_one, &one), 0);
	assert_int_equal(one.certificates, 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'endpoint.revoke'"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {CASE(machines_are_found), CASE(revoking_ends_everything)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
