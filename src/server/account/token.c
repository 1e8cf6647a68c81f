#include "server/account/token.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"

#include <inttypes.h>
#include <stdio.h>

static void hash_token(const char *token, char ret_hex[KH_SHA256_HEX_SIZE])
{
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(token, strlen(token), hash);
	kh_sha256_hex(hash, ret_hex);
}

static int check_new(struct kh_db *db, const struct kh_token_new *token)
{
	if (token->uses < 1 || token->uses > KH_TOKEN_MAX_USES)
		return kh_fail(KH_E_INVALID_FIELD, "uses %lld: expected 1 to %d", (long long)token->uses, KH_TOKEN_MAX_USES);
	if (token->life_s < 60 || token->life_s > KH_TOKEN_MAX_LIFE_S)
		return kh_fail(KH_E_INVALID_FIELD, "a token lives from 1 minute to %lld days", (long long)(KH_TOKEN_MAX_LIFE_S / 86400));
	int64_t alive = 0;
	int r = kh_db_int(db, &alive, "SELECT COUNT(*) FROM unit WHERE id = ?1 AND to_s IS NULL", token->unit_id);
	return r == 0 && !alive ? kh_fail(KH_E_UNIT_ENDED, "the unit has ended") : r;
}

static int audit(struct kh_db *db, const char *actor, int64_t unit_id, enum kh_audit_action action, int64_t id, const char *detail)
{
	kh_auto_free char *target = kh_format("token %lld", (long long)id);
	return kh_audit_append(db, &(struct kh_audit){.actor = actor, .unit_id = unit_id, .action = action, .target = target, .detail = detail});
}

int kh_token_create(struct kh_db *writer, const struct kh_token_new *token, const char *actor, int64_t now_s, char ret_token[KH_TOKEN_SIZE], int64_t *ret_id)
{
	uint8_t secret[24];
	char text[KH_TOKEN_SIZE], hash[KH_SHA256_HEX_SIZE];
	_Static_assert(KH_BASE64URL_LEN(sizeof secret) == KH_TOKEN_SIZE - 1, "32 characters");
	kh_random_bytes(secret, sizeof secret);
	hash_token(kh_base64url(secret, sizeof secret, text), hash);
	int64_t id = 0;
	int r = check_new(writer, token);
	if (r == 0)
		r = kh_db_int(
			writer, &id,
			"INSERT INTO enrol_token(token_hash, unit_id, uses, used, expires_s, created_s, created_by, revoked) VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, 0) RETURNING id",
			hash, token->unit_id, token->uses, now_s + token->life_s, now_s, actor);
	char uses[24], until[KH_ISO_SIZE];
	snprintf(uses, sizeof uses, "%lld", (long long)token->uses);
	kh_auto_free char *detail = kh_audit_words("%s uses, until %s", uses, kh_time_local(now_s + token->life_s, until), NULL);
	if (r == 0)
		r = audit(writer, actor, token->unit_id, KH_AUDIT_ACTION_TOKEN_CREATE, id, detail);
	if (r < 0)
		return r;
	memcpy(ret_token, text, sizeof text);
	*ret_id = id;
	return 0;
}

int kh_token_revoke(struct kh_db *writer, int64_t id, const char *actor)
{
	int64_t unit_id = 0, revoked = 0;
	int r = kh_db_int(writer, &unit_id, "SELECT unit_id FROM enrol_token WHERE id = ?1", id);
	if (r == 0 && !unit_id)
		return kh_fail(KH_E_NOT_FOUND, "token %lld", (long long)id);
	if (r == 0)
		r = kh_db_int(writer, &revoked, "SELECT revoked FROM enrol_token WHERE id = ?1", id);
	if (r < 0 || revoked)
		return r;
	r = kh_db_run(writer, "UPDATE enrol_token SET revoked = 1 WHERE id = ?1", id);
	return r < 0 ? r : audit(writer, actor, unit_id, KH_AUDIT_ACTION_TOKEN_REVOKE, id, NULL);
}

int kh_token_find(struct kh_db *db, const char *token, int64_t now_s, struct kh_token *ret)
{
	char hash[KH_SHA256_HEX_SIZE];
	hash_token(token, hash);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT t.id, t.unit_id, t.uses, t.used, t.expires_s FROM enrol_token t JOIN unit u ON u.id = t.unit_id"
			    " WHERE t.token_hash = ?1 AND t.revoked = 0 AND u.to_s IS NULL",
			    hash);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_TOKEN_INVALID, "no such token, or it was revoked");
	struct kh_token found = {kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_stmt_int(s, 2), kh_stmt_int(s, 3), kh_stmt_int(s, 4)};
	if (found.expires_s <= now_s)
		return kh_fail(KH_E_TOKEN_EXPIRED, "token %lld", (long long)found.id);
	*ret = found;
	return 0;
}

int kh_token_use(struct kh_db *writer, int64_t id)
{
	int r = kh_db_run(writer, "UPDATE enrol_token SET used = used + 1 WHERE id = ?1 AND used < uses", id);
	return r == 0 && kh_db_changes(writer) == 0 ? kh_fail(KH_E_TOKEN_USED, "token %lld", (long long)id) : r;
}

const char *kh_token_state(int64_t uses, int64_t used, int64_t expires_s, bool revoked, int64_t now_s)
{
	if (revoked)
		return "revoked";
	if (used >= uses)
		return "used";
	return expires_s <= now_s ? "expired" : "usable";
}

char *kh_token_link(const char *host, int64_t port, const char *token, const char *pin)
{
	bool six = strchr(host, ':') != NULL;
	return kh_format("https://%s%s%s:%" PRId64 "/e/%s#%s", six ? "[" : "", host, six ? "]" : "", port, token, pin);
}
