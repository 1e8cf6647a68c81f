/* Sessions: 256 random bits in a cookie, of which only the SHA-256 is stored. A session ends after some idle time, after its whole life, at logout,
 * when the password changes and when the user is disabled. */
#pragma once

#include "server/account/scope.h"
#include "server/account/user.h"
#include "base/attr.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "db/db.h"

#include <stdint.h>

struct kh_store;

#define KH_SESSION_TOUCH_S 30 /* seen_s is written at most this often: reading a page costs no write */

struct kh_session_policy {
	int64_t idle_s, idle_admin_s; /* administrators: role with user.manage */
	int64_t life_s;
};

struct kh_session {
	struct kh_user user;
	struct kh_scope scope; /* the user's unit and below */
	char token_hash[KH_SHA256_HEX_SIZE];
	int64_t idle_s; /* that applies to this user */
	int64_t expires_s;
};
void kh_session_done(struct kh_session *s);
#define kh_auto_session KH_CLEANUP(kh_session_done)

/* address: of the client, for the list of sessions. Writes the cookie's value. */
int kh_session_create(struct kh_db *writer, int64_t user_id, const char *address, int64_t life_s, int64_t now_s, char ret_cookie[KH_SECRET_SIZE]) KH_MUST_USE;

/* Whose cookie is it? KH_E_UNAUTHENTICATED for none, an ended or an unknown session, or a disabled user. */
int kh_session_check(struct kh_store *store, const struct kh_session_policy *policy, const char *cookie, int64_t now_s, struct kh_session *ret) KH_MUST_USE;

int kh_session_end(struct kh_db *writer, const char *token_hash) KH_MUST_USE;

/* Of a user; but not `keep` (a token hash, or NULL). */
int kh_session_end_all(struct kh_db *writer, int64_t user_id, const char *keep) KH_MUST_USE;

/* Deletes what has ended: a job, once an hour. */
int kh_session_purge(struct kh_db *writer, const struct kh_session_policy *policy, int64_t now_s) KH_MUST_USE;
