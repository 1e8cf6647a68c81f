/* Enrolment tokens: a secret in a link or QR code that lets so many machines join a unit until a moment. Only the hash is stored. docs/protocol.md: the link. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

#include <stdint.h>

#define KH_TOKEN_SIZE 33 /* 32 base64url characters (192 bits) and the NUL */
#define KH_TOKEN_MAX_USES 10000
#define KH_TOKEN_MAX_LIFE_S (INT64_C(365) * 86400)
#define KH_TOKEN_LIFE_S (INT64_C(7) * 86400) /* when nobody says otherwise */

struct kh_token_new {
	int64_t unit_id;
	int64_t uses;   /* 1…KH_TOKEN_MAX_USES */
	int64_t life_s; /* 60…KH_TOKEN_MAX_LIFE_S */
};

/* Writes the audit row itself. KH_E_INVALID_FIELD, KH_E_UNIT_ENDED (the unit has ended). */
int kh_token_create(struct kh_db *writer, const struct kh_token_new *token, const char *actor, int64_t now_s, char ret_token[KH_TOKEN_SIZE],
		    int64_t *ret_id) KH_MUST_USE;

/* KH_E_NOT_FOUND; one that was revoked before stays so. */
int kh_token_revoke(struct kh_db *writer, int64_t id, const char *actor) KH_MUST_USE;

/* What a token that a machine showed is good for, as things stand now. */
struct kh_token {
	int64_t id, unit_id, uses, used, expires_s;
};
/* KH_E_TOKEN_INVALID (unknown or revoked, or its unit ended) or KH_E_TOKEN_EXPIRED. Whether uses are left is not looked at: the answer to an enrolment that was
 * lost is asked for again with a used token (schema: enrolment). */
int kh_token_find(struct kh_db *db, const char *token, int64_t now_s, struct kh_token *ret) KH_MUST_USE;

/* Takes one use, inside the transaction that makes the endpoint. KH_E_TOKEN_USED when none is left. */
int kh_token_use(struct kh_db *writer, int64_t id) KH_MUST_USE;

/* "usable", "used", "expired" or "revoked". */
const char *kh_token_state(int64_t uses, int64_t used, int64_t expires_s, bool revoked, int64_t now_s);

/* "https://HOST:PORT/e/TOKEN#PIN" in new memory; an IPv6 address is put into brackets. */
char *kh_token_link(const char *host, int64_t port, const char *token, const char *pin) KH_MUST_USE;
