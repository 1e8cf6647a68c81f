#include "server/account/login.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/test_store.h"

#include <pthread.h>
#include <stdio.h>

#define GOOD "Hoa-Mai-Vang-2026"
#define OTHER "Cay-Da-Ben-Song-77"

static const struct kh_login_policy policy = {
	.tries = 3,
	.lock_s = 60,
	.lock_max_s = 200,
	.address_tries = 8,
	.session = {.idle_s = 900, .idle_admin_s = 300, .life_s = 3600},
	.password = KH_PASSWORD_POLICY_DEFAULT,
};

/* ---- short forms ---- */

/* Hashing is slow: every user of these tests has the same password. */
static struct kh_password good;

struct adding {
	struct kh_user_new user;
	int64_t id;
};

static int add(struct kh_db *db, void *arg)
{
	struct adding *a = arg;
	return kh_user_add(db, &a->user, &good, "test", 1000, &a->id);
}

static int add_user(struct kh_test_store *t, const char *name, const char *role, int64_t unit, int64_t *ret_id)
{
	struct adding a = {.user = {.name = name, .role = role, .unit_id = unit}};
	int r = kh_store_write(t->store, add, &a);
	*ret_id = a.id;
	return r;
}

static int64_t user(struct kh_test_store *t, const char *name, const char *role)
{
	int64_t unit = kh_test_number(t, "SELECT COALESCE(MIN(id), 0) FROM unit"), id = 0;
	if (!unit)
		unit = kh_test_unit(t, "top", 0);
	assert_int_equal(add_user(t, name, role, unit, &id), 0);
	return id;
}

struct disabling {
	int64_t id;
	bool disabled;
};

static int disable(struct kh_db *db, void *arg)
{
	const struct disabling *d = arg;
	return kh_user_set_disabled(db, d->id, d->disabled, "test");
}

static int set_disabled(struct kh_test_store *t, int64_t id, bool disabled)
{
	return kh_store_write(t->store, disable, &(struct disabling){id, disabled});
}

/* One log-in: the error, and whose session it is. */
static int log_in(struct kh_test_store *t, struct kh_login_memory *m, const char *name, const char *password, int64_t now_s, char cookie[KH_SECRET_SIZE])
{
	kh_auto_session struct kh_session s = {0};
	int r = kh_login(t->store, m, &policy, &(struct kh_login){name, password, "192.0.2.7"}, now_s, cookie, &s);
	if (r == 0)
		assert_true(kh_streq_nocase(s.user.name, name));
	return r;
}

static int check(struct kh_test_store *t, const char *cookie, int64_t now_s)
{
	kh_auto_session struct kh_session s = {0};
	return kh_session_check(t->store, &policy.session, cookie, now_s, &s);
}

/* ---- users ---- */

static void users_are_found(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = user(t, "Hoa.Mai", "officer"), other = 0;
	kh_auto_user struct kh_user u = {0}, none = {0};
	assert_int_equal(kh_user_find(t->db, "HOA.mai", &u), 0);
	assert_int_equal(u.id, id);
	assert_string_equal(u.name, "hoa.mai");
	assert_string_equal(u.role->name, "officer");
	assert_string_equal(u.unit_code, "top");
	assert_int_equal(kh_user_find(t->db, "nobody", &none), KH_E_NOT_FOUND);
	static const struct {
		const char *name, *role;
		int error;
	} cases[] = {
		{"hoa.mai", "viewer", KH_E_EXISTS},     {"HOA.MAI", "viewer", KH_E_EXISTS},           {"", "viewer", KH_E_INVALID_FIELD},
		{"1a", "viewer", KH_E_INVALID_FIELD},   {"a b", "viewer", KH_E_INVALID_FIELD},        {"hòa", "viewer", KH_E_INVALID_FIELD},
		{"hoa", "emperor", KH_E_INVALID_FIELD}, {"local:root", "viewer", KH_E_INVALID_FIELD},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(add_user(t, cases[i].name, cases[i].role, u.unit_id, &other), cases[i].error);
	kh_test_sql(t, "UPDATE unit SET to_s = 5");
	assert_int_equal(add_user(t, "late", "viewer", u.unit_id, &other), KH_E_UNIT_ENDED);
}

static void last_administrator_stays(void **state)
{
	struct kh_test_store *t = *state;
	int64_t one = user(t, "one", "admin"), two = user(t, "two", "admin"), viewer = user(t, "eye", "viewer");
	assert_int_equal(set_disabled(t, viewer, true), 0);
	assert_int_equal(set_disabled(t, one, true), 0);
	assert_int_equal(set_disabled(t, two, true), KH_E_LAST_ADMIN);
	assert_int_equal(set_disabled(t, one, false), 0);
	assert_int_equal(set_disabled(t, two, true), 0);
	assert_int_equal(set_disabled(t, two, true), 0);
	assert_int_equal(set_disabled(t, 99, true), KH_E_NOT_FOUND);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action IN ('user.disable', 'user.enable')"), 4);
}

/* ---- sessions ---- */

static void sessions_end(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_login_memory *m = kh_login_memory_new();
	char cookie[KH_SECRET_SIZE] = "", admin[KH_SECRET_SIZE] = "", stored[64] = "";
	int64_t hoa = user(t, "hoa", "officer");
	user(t, "root", "admin");
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1000, cookie), 0);
	assert_int_equal(log_in(t, m, "root", GOOD, 1000, admin), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM session WHERE LENGTH(token_hash) = 64"), 2);
	snprintf(stored, sizeof stored, "%s", cookie);
	stored[5] ^= 1;
	const struct {
		const char *cookie;
		int64_t now_s;
		int error;
	} cases[] = {
		{cookie, 1001, 0},
		{NULL, 1001, KH_E_UNAUTHENTICATED},
		{"", 1001, KH_E_UNAUTHENTICATED},
		{stored, 1001, KH_E_UNAUTHENTICATED},
		{admin, 1300, KH_E_UNAUTHENTICATED}, /* idle for 5 minutes */
		{cookie, 1899, 0},
		{cookie, 2700, 0},
		{cookie, 3599, 0},
		{cookie, 4498, 0},
		{cookie, 4600, KH_E_UNAUTHENTICATED}, /* its whole life */
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(check(t, cases[i].cookie, cases[i].now_s), cases[i].error);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 5000, cookie), 0);
	assert_int_equal(check(t, cookie, 5900), KH_E_UNAUTHENTICATED); /* idle */
	assert_int_equal(log_in(t, m, "hoa", GOOD, 6000, cookie), 0);
	assert_int_equal(set_disabled(t, hoa, true), 0);
	assert_int_equal(check(t, cookie, 6001), KH_E_UNAUTHENTICATED);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 6000, cookie), KH_E_LOGIN_FAILED);
	kh_login_memory_free(m);
}

static int purge(struct kh_db *db, void *now_s)
{
	return kh_session_purge(db, &policy.session, *(int64_t *)now_s);
}

static void ended_sessions_are_purged(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_login_memory *m = kh_login_memory_new();
	char cookie[KH_SECRET_SIZE] = "";
	user(t, "hoa", "officer");
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1000, cookie), 0);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1800, cookie), 0);
	int64_t now_s = 1950;
	assert_int_equal(kh_store_write(t->store, purge, &now_s), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM session"), 1);
	kh_login_memory_free(m);
}

/* ---- guessing ---- */

/* A name that exists and one that does not are told apart by nothing. */
static void guessing_is_locked(void **state)
{
	struct kh_test_store *t = *state;
	user(t, "hoa", "officer");
	static const char *const names[] = {"hoa", "nobody"};
	for (size_t i = 0; i < KH_COUNT(names); i++) {
		const struct {
			int64_t now_s;
			int error;
		} cases[] = {
			{1000, KH_E_LOGIN_FAILED}, {1000, KH_E_LOGIN_FAILED}, {1000, KH_E_LOGIN_FAILED}, {1000, KH_E_LOCKED},
			{1059, KH_E_LOCKED},       {1060, KH_E_LOGIN_FAILED}, {1179, KH_E_LOCKED},       {1180, KH_E_LOGIN_FAILED},
			{1379, KH_E_LOCKED},       {1380, KH_E_LOGIN_FAILED}, {1579, KH_E_LOCKED},
		};
		struct kh_login_memory *m = kh_login_memory_new();
		char cookie[KH_SECRET_SIZE] = "";
		for (size_t c = 0; c < KH_COUNT(cases); c++)
			assert_int_equal(log_in(t, m, names[i], "wrong", cases[c].now_s, cookie), cases[c].error);
		assert_int_equal(log_in(t, m, names[i], GOOD, 1500, cookie), KH_E_LOCKED);
		assert_int_equal(log_in(t, m, "hoa", GOOD, 9999, cookie), 0);
		kh_login_memory_free(m);
	}
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'login.failed' AND target = 'hoa'"), 6);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'login.failed' AND target = 'nobody'"), 6);
	/* Of a try that locked nothing no seconds are told. */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'login.failed' AND target = 'hoa' AND detail LIKE '%not locked%'"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE detail LIKE '%locked for %s s%' AND detail LIKE '%\"0\"%'"), 0);
	assert_int_equal(kh_test_number(t, "SELECT failed FROM app_user WHERE name = 'hoa'"), 0);
}

static void address_is_held_back(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_login_memory *m = kh_login_memory_new();
	char cookie[KH_SECRET_SIZE] = "";
	user(t, "hoa", "officer");
	for (int i = 0; i < policy.address_tries; i++) {
		kh_auto_free char *name = kh_format("guess%d", i);
		assert_int_equal(log_in(t, m, name, "wrong", 1000, cookie), KH_E_LOGIN_FAILED);
	}
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1001, cookie), KH_E_LOCKED);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1201, cookie), 0);
	/* A name that is typed as an address holds no address back. */
	for (int i = 0; i < policy.tries; i++)
		assert_int_equal(log_in(t, m, "192.0.2.7", "wrong", 5000, cookie), KH_E_LOGIN_FAILED);
	assert_int_equal(log_in(t, m, "192.0.2.7", "wrong", 5000, cookie), KH_E_LOCKED);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 5000, cookie), 0);
	kh_login_memory_free(m);
}

struct guess {
	struct kh_test_store *t;
	struct kh_login_memory *m;
	int failed;
};

static void *guess_once(void *arg)
{
	struct guess *g = arg;
	kh_auto_session struct kh_session s = {0};
	char cookie[KH_SECRET_SIZE] = "";
	g->failed = kh_login(g->t->store, g->m, &policy, &(struct kh_login){"hoa", "wrong", "192.0.2.7"}, 1000, cookie, &s) == KH_E_LOGIN_FAILED;
	return NULL;
}

/* Many tries at the same moment get no more answers than one after the other. */
static void tries_at_once_are_counted(void **state)
{
	struct kh_test_store *t = *state;
	user(t, "hoa", "officer");
	struct kh_login_memory *m = kh_login_memory_new();
	pthread_t threads[8];
	struct guess g[8] = {0};
	int failed = 0;
	for (size_t i = 0; i < KH_COUNT(g); i++) {
		g[i] = (struct guess){t, m, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, guess_once, &g[i]), 0);
	}
	for (size_t i = 0; i < KH_COUNT(g); i++) {
		pthread_join(threads[i], NULL);
		failed += g[i].failed;
	}
	assert_int_equal(failed, policy.tries);
	kh_login_memory_free(m);
}

static void own_password_is_changed(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_login_memory *m = kh_login_memory_new();
	char here[KH_SECRET_SIZE] = "", elsewhere[KH_SECRET_SIZE] = "";
	user(t, "hoa", "officer");
	kh_test_sql(t, "INSERT INTO meta VALUES('first_password_user', '1')");
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1000, here), 0);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1000, elsewhere), 0);
	kh_auto_session struct kh_session s = {0};
	assert_int_equal(kh_session_check(t->store, &policy.session, here, 1000, &s), 0);
	assert_true(s.user.must_change);
	const struct {
		const char *old_password, *new_password;
		int error;
	} cases[] = {
		{GOOD, GOOD, KH_E_WEAK_PASSWORD},
		{GOOD, "short", KH_E_WEAK_PASSWORD},
		{GOOD, "matkhau123456", KH_E_WEAK_PASSWORD},
		{"wrong", OTHER, KH_E_LOGIN_FAILED},
		{GOOD, OTHER, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_login_change_password(t->store, m, &policy, &s, cases[i].old_password, cases[i].new_password, 1000), cases[i].error);
	assert_int_equal(check(t, here, 1001), 0);
	assert_int_equal(check(t, elsewhere, 1001), KH_E_UNAUTHENTICATED);
	assert_int_equal(log_in(t, m, "hoa", GOOD, 1001, elsewhere), KH_E_LOGIN_FAILED);
	assert_int_equal(log_in(t, m, "hoa", OTHER, 1001, elsewhere), 0);
	assert_int_equal(kh_test_number(t, "SELECT must_change FROM app_user"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM meta WHERE key = 'first_password_user'"), 0);
	kh_login_memory_free(m);
}

static void memory_forgets_the_oldest(void **state)
{
	(void)state;
	struct kh_login_memory *m = kh_login_memory_new();
	for (int i = 0; i < 3 * KH_LOGIN_MEMORY_KEYS; i++) {
		kh_auto_free char *key = kh_format("key%d", i);
		kh_login_memory_set(m, key, (struct kh_login_failures){i, 0}, i);
	}
	int known = 0;
	for (int i = 0; i < 3 * KH_LOGIN_MEMORY_KEYS; i++) {
		kh_auto_free char *key = kh_format("key%d", i);
		struct kh_login_failures f = kh_login_memory_get(m, key, i, INT64_MAX);
		assert_true(f.failed == i || f.failed == 0);
		known += f.failed != 0;
	}
	assert_true(known > KH_LOGIN_MEMORY_KEYS * 9 / 10 && known <= KH_LOGIN_MEMORY_KEYS);
	kh_login_memory_set(m, "last", (struct kh_login_failures){7, 9}, 100000);
	assert_int_equal(kh_login_memory_get(m, "last", 100060, 60).failed, 7);
	assert_int_equal(kh_login_memory_get(m, "last", 100061, 60).failed, 0);
	kh_login_memory_free(m);
}

static int hash_once(void **state)
{
	(void)state;
	return kh_user_prepare_password(&policy.password, "x", GOOD, true, &good);
}

static int forget_hash(void **state)
{
	(void)state;
	kh_password_done(&good);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(users_are_found),           CASE(last_administrator_stays), CASE(sessions_end),
		CASE(ended_sessions_are_purged), CASE(guessing_is_locked),       CASE(address_is_held_back),
		CASE(tries_at_once_are_counted), CASE(own_password_is_changed),  CASE(memory_forgets_the_oldest),
	};
	return cmocka_run_group_tests(tests, hash_once, forget_hash);
}
