/* Logging in, safe against guessing.
 *
 * Each try is counted before the password is looked at, so that many at the same moment get no extra tries. After `tries` wrong passwords in a row the name is
 * locked for lock_s, then for twice as long with every further wrong one, up to lock_max_s. A name that does not exist behaves the same in every way that can be
 * seen from outside: it takes the time of an argon2id hash and of a commit, it is locked after as many tries, and it is audited. An address that
 * fails with ever new names is held back as well. What is kept for names that do not exist and for addresses is memory of fixed size. */
#pragma once

#include "base/attr.h"
#include "server/account/memory.h"
#include "server/account/session.h"

#include <stdint.h>

struct kh_store;

struct kh_login_policy {
	int64_t tries; /* wrong passwords before the first lock */
	int64_t lock_s, lock_max_s;
	int64_t address_tries; /* wrong passwords from one address within lock_max_s */
	struct kh_session_policy session;
	struct kh_password_policy password;
};

struct kh_login {
	const char *name, *password;
	const char *address; /* of the client, as text */
};

/* Takes about a tenth of a second. KH_E_LOGIN_FAILED (wrong name, wrong password or disabled: the answer does not tell which), KH_E_LOCKED with the seconds
 * left in the detail. The session's cookie is written to ret_cookie, and *ret is as kh_session_check() would give it. */
int kh_login(struct kh_store *store, struct kh_login_memory *memory, const struct kh_login_policy *policy, const struct kh_login *login, int64_t now_s,
	     char ret_cookie[KH_SECRET_SIZE], struct kh_session *ret) KH_MUST_USE;

/* One's own password: the present one is verified and counted in the same way; every other session ends. */
int kh_login_change_password(struct kh_store *store, struct kh_login_memory *memory, const struct kh_login_policy *policy, const struct kh_session *session,
			     const char *old_password, const char *new_password, int64_t now_s) KH_MUST_USE;
