/* What the files of the gateway share; for no other folder. */
#pragma once

#include "base/i18n.h"
#include "server/gateway/gateway.h"
#include "server/gateway/limits.h"

#include <stdatomic.h>

struct kh_polls;

struct kh_gateway {
	struct kh_store *store;
	const struct kh_ca *ca;
	const char *server_pin;
	const struct kh_sign_key *order_key;
	const char *data_dir;
	const char *content_keys;
	struct kh_ingest *ingest;
	struct kh_polls *polls;
	atomic_llong enrolled, renewed;
};

/* ---- certificate.c: whose request it is ---- */

struct kh_agent {
	int64_t endpoint_id, unit_id;
	char uid[37];
	char fingerprint[65]; /* on record; "" when there is none */
	char role[16];
	int64_t seen_s;
	int64_t issued_s, expires_s; /* of the certificate of this request */
};

/* KH_E_CERTIFICATE_MISSING, _UNKNOWN, _EXPIRED, _REVOKED. With `renewing`, a certificate that ended less than KH_CERTIFICATE_GRACE_S ago, or that gave way to a
 * newer one, will do. */
int kh_agent_identify(struct kh_gateway *g, const struct kh_request *r, bool renewing, struct kh_agent *ret) KH_MUST_USE;

/* What can be said before anything is read: did it show a certificate of ours at all? */
int kh_agent_has_certificate(const struct kh_request *r) KH_MUST_USE;

/* Issues for the key of the request, and keeps that it did; on the writer. key_hash is kh_x509_request_pin(). */
int kh_certificate_issue(struct kh_db *writer, const struct kh_ca *ca, int64_t endpoint_id, const char *uid, const char *csr, int64_t now_s, char **ret_pem) KH_MUST_USE;

/* ---- clock.c ---- */

/* 0, or KH_E_WRONG_CLOCK, whose answer with the server's time is then set. An agent that stamps with corrected time is right by time_ms alone. */
int kh_clock_check(struct kh_request *r, int64_t time_ms, int64_t clock_offset_ms) KH_MUST_USE;

/* ---- fields.c: what agents say of themselves ---- */

/* A text of at most `max` bytes without control characters. */
int kh_field_text(const json_t *object, const char *key, size_t max, const char **ret) KH_MUST_USE;
int kh_field_hex(const json_t *object, const char *key, size_t digits, const char **ret) KH_MUST_USE;

/* ---- the routes ---- */

int kh_agent_ca(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_enroll(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_hello(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_batch(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_orders(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_renew(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_content(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;
int kh_agent_identity(struct kh_gateway *g, struct kh_request *r) KH_MUST_USE;

/* Releases what kh_agent_batch() left in r->data. */
void kh_agent_batch_end(struct kh_request *r);

/* ---- content.c ---- */

json_t *kh_gateway_content(struct kh_db *db) KH_MUST_USE; /* the bundle that agents are told of; null: none */

/* ---- polls.c: requests that wait for orders ---- */

struct kh_polls *kh_polls_new(struct kh_gateway *g);
void kh_polls_stop(struct kh_polls *polls); /* answers all */
void kh_polls_free(struct kh_polls *polls);
int64_t kh_polls_count(struct kh_polls *polls);

/* Takes a suspended request over; when the machine's certificate is withdrawn meanwhile, it is refused within KH_POLL_TICK_MS or so. One that waits for the same endpoint already is answered with an empty list: its agent has come back. */
void kh_polls_hold(struct kh_polls *polls, struct kh_request *r, const struct kh_agent *agent, int64_t after, int64_t wait_s);
