#include "server/account/session.h"

#include "base/alloc.h"
#include "base/error.h"
#include "server/store/store.h"

#include <stdio.h>

void kh_session_done(struct kh_session *s)
{
	kh_user_done(&s->user);
	*s = (struct kh_session){0};
}

static const char *hash_cookie(const char *cookie, char ret_hex[KH_SHA256_HEX_SIZE])
{
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(cookie, strlen(cookie), hash);
	return kh_sha256_hex(hash, ret_hex);
}

int kh_session_create(struct kh_db *writer, int64_t user_id, const char *address, int64_t life_s, int64_t now_s, char ret_cookie[KH_SECRET_SIZE])
{
	char cookie[KH_SECRET_SIZE], hash[KH_SHA256_HEX_SIZE];
	hash_cookie(kh_random_secret(cookie), hash);
	int r = kh_db_run(writer, "INSERT INTO session(token_hash, user_id, created_s, seen_s, expires_s, address) VALUES(?1, ?2, ?3, ?3, ?4, ?5)", hash,
			  user_id, now_s, now_s + life_s, address);
	if (r == 0)
		memcpy(ret_cookie, cookie, sizeof cookie);
	return r;
}

struct touch {
	const char *token_hash;
	int64_t now_s;
};

static int touch(struct kh_db *db, void *arg)
{
	const struct touch *t = arg;
	return kh_db_run(db, "UPDATE session SET seen_s = ?2 WHERE token_hash = ?1 AND seen_s < ?2", t->token_hash, t->now_s);
}

static int ended(void)
{
	return kh_fail(KH_E_UNAUTHENTICATED, "no session, or one that has ended");
}

/* user_id, seen_s and expires_s of a token hash; *ret_user_id stays 0 when there is none. */
static int find(struct kh_db *db, const char *hash, int64_t *ret_user_id, int64_t *ret_seen_s, int64_t *ret_expires_s)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT user_id, seen_s, expires_s FROM session WHERE token_hash = ?1", hash);
	if (kh_stmt_next(s, &r)) {
		*ret_user_id = kh_stmt_int(s, 0);
		*ret_seen_s = kh_stmt_int(s, 1);
		*ret_expires_s = kh_stmt_int(s, 2);
	}
	return r;
}

int kh_session_check(struct kh_store *store, const struct kh_session_policy *policy, const char *cookie, int64_t now_s, struct kh_session *ret)
{
	if (!cookie || strlen(cookie) != KH_SECRET_SIZE - 1)
		return ended();
	struct kh_db *db = NULL;
	kh_auto_session struct kh_session session = {0};
	int64_t user_id = 0, seen_s = 0;
	int r = kh_store_reader(store, &db);
	if (r == 0)
		r = find(db, hash_cookie(cookie, session.token_hash), &user_id, &seen_s, &session.expires_s);
	if (r == 0)
		r = user_id ? kh_user_get(db, user_id, &session.user) : ended();
	if (r < 0)
		return r == KH_E_NOT_FOUND ? ended() : r;
	session.idle_s = session.user.role->rights & KH_RIGHT_USER_MANAGE ? policy->idle_admin_s : policy->idle_s;
	session.scope.unit_id = session.user.unit_id;
	if (session.user.disabled || now_s >= session.expires_s || now_s - seen_s >= session.idle_s)
		return ended();
	/* When it cannot be written (a full disk), people must still be able to see why: the session then only ends early. */
	if (now_s - seen_s >= KH_MIN(KH_SESSION_TOUCH_S, session.idle_s / 4))
		kh_ignore(kh_store_write(store, touch, &(struct touch){session.token_hash, now_s}));
	*ret = session;
	session = (struct kh_session){0};
	return 0;
}

int kh_session_end(struct kh_db *writer, const char *token_hash)
{
	return kh_db_run(writer, "DELETE FROM session WHERE token_hash = ?1", token_hash);
}

int kh_session_end_all(struct kh_db *writer, int64_t user_id, const char *keep)
{
	return kh_db_run(writer, "DELETE FROM session WHERE user_id = ?1 AND token_hash <> ?2", user_id, keep ? keep : "");
}

int kh_session_purge(struct kh_db *writer, const struct kh_session_policy *policy, int64_t now_s)
{
	int64_t idle_s = KH_MAX(policy->idle_s, policy->idle_admin_s);
	return kh_db_run(writer, "DELETE FROM session WHERE expires_s <= ?1 OR seen_s <= ?2", now_s, now_s - idle_s);
}
