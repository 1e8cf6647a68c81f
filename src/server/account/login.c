#include "server/account/login.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "crypto/password.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "server/store/store.h"

#include <ctype.h>
#include <stdio.h>

/* One try on its way through login: what was typed, what the database knows of it. */
struct attempt {
	struct kh_login_memory *memory;
	const struct kh_login_policy *policy;
	const char *name, *address; /* address NULL: from within a session */
	int64_t now_s;

	int64_t user_id, unit_id; /* 0: no such user */
	char *hash;               /* NULL: no such user */
	bool disabled;
	struct kh_login_failures failures;
};

/* Names and addresses are remembered side by side; nobody may type a name that is an address. */
#define KEY_SIZE (KH_USER_NAME_SIZE + 64)

static const char *name_key(const struct attempt *a, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "name %s", a->name);
	return key;
}

static const char *address_key(const struct attempt *a, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "address %s", a->address);
	return key;
}

static void attempt_done(struct attempt *a)
{
	free(a->hash);
}

/* Names as they are looked for: lower case, and not longer than a name can be. */
static void fold_name(const char *name, char ret[KH_USER_NAME_SIZE])
{
	snprintf(ret, KH_USER_NAME_SIZE, "%s", name);
	for (char *p = ret; *p; p++)
		*p = (char)tolower((unsigned char)*p);
}

/* ---- counting tries ---- */

static int64_t lock_length(const struct kh_login_policy *policy, int64_t failed)
{
	int64_t length = policy->lock_s;
	for (int64_t i = policy->tries; i < failed && length < policy->lock_max_s; i++)
		length *= 2;
	return KH_MIN(length, policy->lock_max_s);
}

static int locked(int64_t until_s, int64_t now_s)
{
	return kh_fail(KH_E_LOCKED, "for %lld more seconds", (long long)(until_s - now_s));
}

static int read_user(struct kh_db *db, struct attempt *a)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT id, unit_id, password_hash, disabled, failed, locked_until_s FROM app_user WHERE name = ?1", a->name);
	if (kh_stmt_next(s, &r)) {
		a->user_id = kh_stmt_int(s, 0);
		a->unit_id = kh_stmt_int(s, 1);
		free(a->hash);
		a->hash = kh_strdup(kh_stmt_text(s, 2));
		a->disabled = kh_stmt_int(s, 3);
		a->failures = (struct kh_login_failures){kh_stmt_int(s, 4), kh_stmt_int(s, 5)};
	} else if (r == 0) {
		char key[KEY_SIZE];
		a->failures = kh_login_memory_get(a->memory, name_key(a, key), a->now_s, INT64_MAX);
	}
	return r;
}

/* A name that does not exist costs a commit as well. */
static int write_failures(struct kh_db *db, const struct attempt *a)
{
	char key[KEY_SIZE];
	if (a->user_id)
		return kh_db_run(db, "UPDATE app_user SET failed = ?2, locked_until_s = ?3 WHERE id = ?1", a->user_id, a->failures.failed,
				 a->failures.locked_until_s);
	kh_login_memory_set(a->memory, name_key(a, key), a->failures, a->now_s);
	return kh_db_run(db, "UPDATE meta SET value = value WHERE key = 'application'");
}

/* Counts the try before the password is looked at: success takes it back. */
static int count_try(struct kh_db *db, void *arg)
{
	struct attempt *a = arg;
	int r = read_user(db, a);
	if (r < 0)
		return r;
	if (a->failures.locked_until_s > a->now_s)
		return locked(a->failures.locked_until_s, a->now_s);
	a->failures.failed++;
	if (a->failures.failed >= a->policy->tries)
		a->failures.locked_until_s = a->now_s + lock_length(a->policy, a->failures.failed);
	return write_failures(db, a);
}

static int check_address(const struct attempt *a)
{
	char key[KEY_SIZE];
	struct kh_login_failures f = kh_login_memory_get(a->memory, address_key(a, key), a->now_s, a->policy->lock_max_s);
	return f.locked_until_s > a->now_s ? locked(f.locked_until_s, a->now_s) : 0;
}

static void count_address(const struct attempt *a)
{
	char key[KEY_SIZE];
	struct kh_login_failures f = kh_login_memory_get(a->memory, address_key(a, key), a->now_s, a->policy->lock_max_s);
	if (++f.failed >= a->policy->address_tries)
		f.locked_until_s = a->now_s + a->policy->lock_max_s;
	kh_login_memory_set(a->memory, key, f, a->now_s);
}

/* ---- the outcome ---- */

static int audit(struct kh_db *db, const struct attempt *a, const char *actor, enum kh_audit_action action, const char *detail)
{
	return kh_audit_append(db, &(struct kh_audit){.actor = actor, .unit_id = a->unit_id, .action = action, .target = a->name, .detail = detail});
}

static int note_failure(struct kh_db *db, void *arg)
{
	const struct attempt *a = arg;
	char tries[24], lock_s[24];
	const int64_t left_s = KH_MAX(a->failures.locked_until_s - a->now_s, (int64_t)0);
	snprintf(tries, sizeof tries, "%lld", (long long)a->failures.failed);
	snprintf(lock_s, sizeof lock_s, "%lld", (long long)left_s);
	kh_auto_free char *detail = !left_s && a->address ? kh_audit_words("from %s, try %s, not locked", a->address, tries, NULL)
				    : !left_s             ? kh_audit_words("from an open session, try %s, not locked", tries, NULL)
				    : a->address          ? kh_audit_words("from %s, try %s, locked for %s s", a->address, tries, lock_s, NULL)
							  : kh_audit_words("from an open session, try %s, locked for %s s", tries, lock_s, NULL);
	/* Whoever it was is not the one whose name was typed. */
	return audit(db, a, "-", KH_AUDIT_ACTION_LOGIN_FAILED, detail);
}

/* Verifies; a wrong password is audited and counted for the address. */
static int verify(struct kh_store *store, struct attempt *a, const char *password)
{
	bool match = false;
	int r = kh_password_verify(a->hash, password, &match);
	if (r == 0 && match && !a->disabled)
		return 0;
	if (a->address)
		count_address(a);
	if (r == 0)
		r = kh_store_write(store, note_failure, a);
	return r < 0 ? r : kh_fail(KH_E_LOGIN_FAILED, "the name or the password is wrong");
}

struct success {
	const struct attempt *attempt;
	char *cookie;         /* to be written */
	const char *new_hash; /* with the costs of today; NULL: the old one will do */
};

static int forgive(struct kh_db *db, const struct attempt *a)
{
	return kh_db_run(db, "UPDATE app_user SET failed = 0, locked_until_s = 0 WHERE id = ?1", a->user_id);
}

static int note_success(struct kh_db *db, void *arg)
{
	const struct success *s = arg;
	const struct attempt *a = s->attempt;
	int r = forgive(db, a);
	if (r == 0)
		r = kh_db_run(db, "UPDATE app_user SET login_s = ?2 WHERE id = ?1", a->user_id, a->now_s);
	if (r == 0 && s->new_hash)
		r = kh_db_run(db, "UPDATE app_user SET password_hash = ?2 WHERE id = ?1 AND password_hash = ?3", a->user_id, s->new_hash, a->hash);
	if (r == 0)
		r = kh_session_create(db, a->user_id, a->address, a->policy->session.life_s, a->now_s, s->cookie);
	kh_auto_free char *detail = kh_audit_words("from %s", a->address, NULL);
	return r < 0 ? r : audit(db, a, a->name, KH_AUDIT_ACTION_LOGIN, detail);
}

int kh_login(struct kh_store *store, struct kh_login_memory *memory, const struct kh_login_policy *policy, const struct kh_login *login, int64_t now_s,
	     char ret_cookie[KH_SECRET_SIZE], struct kh_session *ret)
{
	char name[KH_USER_NAME_SIZE], cookie[KH_SECRET_SIZE];
	fold_name(login->name, name);
	KH_CLEANUP(attempt_done) struct attempt a = {.memory = memory, .policy = policy, .name = name, .address = login->address, .now_s = now_s};
	int r = check_address(&a);
	if (r == 0)
		r = kh_store_write(store, count_try, &a);
	if (r == 0)
		r = verify(store, &a, login->password);
	kh_auto_free char *new_hash = NULL;
	if (r == 0 && kh_password_needs_rehash(a.hash))
		r = kh_password_hash(login->password, &new_hash);
	if (r == 0)
		r = kh_store_write(store, note_success, &(struct success){&a, cookie, new_hash});
	if (r == 0)
		r = kh_session_check(store, &policy->session, cookie, now_s, ret);
	if (r == 0)
		memcpy(ret_cookie, cookie, sizeof cookie);
	return r;
}

/* ---- one's own password ---- */

struct change {
	const struct attempt *attempt;
	const struct kh_password *password;
	const char *keep;
};

static int change(struct kh_db *db, void *arg)
{
	const struct change *c = arg;
	return kh_user_set_password(db, c->attempt->user_id, c->password, c->keep, c->attempt->name);
}

int kh_login_change_password(struct kh_store *store, struct kh_login_memory *memory, const struct kh_login_policy *policy, const struct kh_session *session,
			     const char *old_password, const char *new_password, int64_t now_s)
{
	KH_CLEANUP(attempt_done) struct attempt a = {.memory = memory, .policy = policy, .name = session->user.name, .now_s = now_s};
	kh_auto_password struct kh_password password = {0};
	/* What is wrong with the new one costs no try. */
	int r = kh_streq(old_password, new_password) ? kh_fail(KH_E_WEAK_PASSWORD, "it is the old password")
						     : kh_password_check(&policy->password, a.name, new_password);
	if (r == 0)
		r = kh_store_write(store, count_try, &a);
	if (r == 0)
		r = verify(store, &a, old_password);
	if (r == 0)
		r = kh_user_prepare_password(&policy->password, a.name, new_password, false, &password);
	if (r == 0)
		r = kh_store_write(store, change, &(struct change){&a, &password, session->token_hash});
	return r;
}
