/* People who log in: names, roles, passwords. Logging in itself is account/login.h, the session account/session.h.
 *
 * Functions that change something want the writer (kh_store_write) and write the audit row themselves. Hashing takes a tenth of a second, so it is done
 * before the transaction: kh_user_prepare_password(). */
#pragma once

#include "base/attr.h"
#include "crypto/password.h"
#include "db/db.h"
#include "gen/roles.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_USER_NAME_SIZE 65 /* with the NUL */

struct kh_user {
	int64_t id, unit_id;
	char *name, *full_name, *unit_code, *unit_name;
	const struct kh_role *role; /* static; a role that the program no longer has: one without rights */
	char language[3];           /* "vi", "en" */
	bool must_change, disabled;
	int64_t failed, locked_until_s, created_s, login_s; /* login_s 0: never */
	int64_t version; /* grows when the password is set, or the account disabled or enabled */
};
void kh_user_done(struct kh_user *u);
#define kh_auto_user KH_CLEANUP(kh_user_done)

/* Login names are compared in lower case. KH_E_NOT_FOUND. */
int kh_user_find(struct kh_db *db, const char *name, struct kh_user *ret) KH_MUST_USE;
int kh_user_get(struct kh_db *db, int64_t id, struct kh_user *ret) KH_MUST_USE;

/* NULL when there is no such role; the other says which there are: KH_E_INVALID_FIELD. */
const struct kh_role *kh_role_find(const char *name);
int kh_role_unknown(const char *name);

/* The form of a login name in lower case: KH_E_INVALID_FIELD. */
int kh_user_check_name(const char *name) KH_MUST_USE;

/* A password on its way into the database. */
struct kh_password {
	char *hash;
	bool must_change; /* somebody else chose it: the owner changes it at the first login */
};
/* Checks the rules and hashes (slow). KH_E_WEAK_PASSWORD says which rule. */
int kh_user_prepare_password(const struct kh_password_policy *policy, const char *user_name, const char *password, bool must_change,
			     struct kh_password *ret) KH_MUST_USE;
void kh_password_done(struct kh_password *p);
#define kh_auto_password KH_CLEANUP(kh_password_done)

struct kh_user_new {
	const char *name;      /* a-z 0-9 . _ -, 1…64, begins with a letter; made lower case */
	const char *full_name; /* NULL: the name */
	const char *role, *language;
	int64_t unit_id;
};

/* KH_E_EXISTS: the name is taken. KH_E_INVALID_FIELD: name, role or language. KH_E_UNIT_ENDED: the unit has ended. */
int kh_user_add(struct kh_db *writer, const struct kh_user_new *user, const struct kh_password *password, const char *actor, int64_t now_s,
		int64_t *ret_id) KH_MUST_USE;

/* A new password; ends the user's sessions (but `keep`, a session's token hash, or NULL) and the lock. meta.first_password_user goes when it was this user's:
 * then the server removes the file first-password. */
int kh_user_set_password(struct kh_db *writer, int64_t id, const struct kh_password *password, const char *keep, const char *actor) KH_MUST_USE;

/* Disabling ends the sessions. KH_E_LAST_ADMIN: it would disable the last administrator that can log in. */
int kh_user_set_disabled(struct kh_db *writer, int64_t id, bool disabled, const char *actor) KH_MUST_USE;

int kh_user_set_language(struct kh_db *writer, int64_t id, const char *language) KH_MUST_USE;
