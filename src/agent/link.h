/* What broker and uplink say to each other over their kh_ipc_pair(): typed messages of bounded size, in a binary form that neither side can get wrong quietly. The
 * broker takes every message of the uplink for network input.
 *
 * The uplink asks, the broker answers, one question at a time; besides, the broker may say WAKE at any time ("there is something to send"), and the uplink
 * tells what happened (ACK, ORDER, STATUS…) without an answer. At its start it waits for CONFIG.
 *
 *     HELLO_WANTED  → HELLO                   for POST hello
 *     WELCOME       → GO or AGAIN             what the server answered; AGAIN: the epoch had to change, say hello again
 *     BATCH_WANTED  → BATCH or NOTHING
 *     CONTENT_WANTED → CONTENT or NOTHING
 *
 * Encoding: integers little endian; a text is a u32 length and its bytes; a list a u32 count and its items. A decoder takes the whole payload or nothing. */
#pragma once

#include "base/address.h"
#include "base/array.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "crypto/x509.h"
#include "identity/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_link_type {
	KH_LINK_CONFIG = 1,
	KH_LINK_HELLO,
	KH_LINK_GO,
	KH_LINK_AGAIN,
	KH_LINK_BATCH, /* struct kh_link_batch, then the lines */
	KH_LINK_NOTHING,
	KH_LINK_WAKE,
	KH_LINK_CONTENT, /* struct kh_link_fetch, with the descriptor to write to */

	KH_LINK_HELLO_WANTED = 32,
	KH_LINK_WELCOME,
	KH_LINK_BATCH_WANTED,
	KH_LINK_ACK,         /* struct kh_link_record: all up to it are the server's */
	KH_LINK_REFUSED,     /* struct kh_link_record: the server will not take this one, the first of the last batch */
	KH_LINK_CONFLICT,    /* struct kh_link_record: the server has other records of this epoch */
	KH_LINK_CLOCK,       /* i64: the server's time less ours, ms; within ±KH_LINK_MAX_CLOCK_MS */
	KH_LINK_ORDER,
	KH_LINK_CREDENTIALS, /* struct kh_identity: a renewed certificate, or (other endpoint) a new identity */
	KH_LINK_STATUS,
	KH_LINK_CONTENT_WANTED, /* struct kh_link_offer: the server has it; shall it be fetched? */
	KH_LINK_CONTENT_DONE,   /* struct kh_link_offer: it was written */
	KH_LINK_PEERS,          /* struct kh_peers: where the server (or the proxy) is */
};

#define KH_LINK_MAX_MESSAGE (256 * KH_KIB) /* of the uplink's messages; certificates are the largest */
#define KH_LINK_MAX_CLOCK_MS (INT64_C(100) * 366 * 86400 * 1000) /* a clock that stands at 1970 or 2106 */
#define KH_LINK_MAX_TABLES 256             /* fact tables named in a welcome; there are some two dozen */
#define KH_LINK_MAX_ORDER (64 * KH_KIB)    /* one signed order */
#define KH_LINK_BATCH_BYTES (1 * KH_MIB)   /* lines asked for at a time: a larger single record comes alone */

struct kh_link_config {
	struct kh_identity identity;
	char *proxy;        /* "" for none */
	struct kh_peers pinned; /* of an isolated machine: the only addresses it may speak to, instead of asking for the server's name; else none */
	char *hostname, *os;
	struct kh_fingerprint machine; /* as measured now; only its hash goes to the server, when the machine is a copy */
	bool is_copy;       /* the machine is not the one that was enrolled: a new identity is asked for first */
	int64_t clock_offset_ms;
	uint32_t uid, gid;  /* to become, when root */
};
void kh_link_config_done(struct kh_link_config *c);

struct kh_link_hello {
	uint64_t epoch, last_seq;
};

struct kh_link_batch {
	uint64_t epoch, first, last;
};

struct kh_link_table {
	char name[64];
	char hash[65];
};

struct kh_link_welcome {
	int64_t server_time_ms;
	uint64_t last_seq; /* the last that the server has of the epoch of the hello */
	uint32_t heartbeat_s;
	char unit_code[256], unit_name[1024], role[32];
	KH_ARRAY(struct kh_link_table) facts;
};
void kh_link_welcome_done(struct kh_link_welcome *w);

struct kh_link_wanted {
	uint32_t max_records, max_bytes;
};

struct kh_link_record {
	uint64_t epoch, seq;
};

struct kh_link_order {
	int64_t id;
	uint8_t signature[KH_SIGNATURE_SIZE];
	char *text; /* the signed text, not looked into */
	size_t len;
};
void kh_link_order_done(struct kh_link_order *o);

enum kh_link_state {
	KH_LINK_CONNECTING, /* no answer yet, or not any more: trying again */
	KH_LINK_ONLINE,
	KH_LINK_STOPPED,    /* the server will not have us: waiting for an administrator or a new enrolment */
};

struct kh_link_status {
	enum kh_link_state state;
	int error; /* KH_E_* or 0 */
	char detail[KH_MAX_ERROR_DETAIL];
	bool seccomp;          /* the uplink's own sandbox */
	int32_t landlock_abi;
	bool user_changed;
};

/* A bundle of content that the server has; of its file. */
struct kh_link_offer {
	char sha256[65]; /* hex; "": none */
	int64_t bytes, made_s;
};

struct kh_link_fetch {
	int64_t from;      /* so many bytes are there already */
	uint32_t rate_kib; /* a second */
	char *mirror;      /* where it is fetched; "": from the server. Owned by what was decoded */
};
void kh_link_fetch_done(struct kh_link_fetch *f);

/* Encoders append to a buffer; decoders give false for anything that is not exactly one such message (what was allocated is released). */
void kh_link_put_config(struct kh_buf *b, const struct kh_link_config *c);
bool kh_link_get_config(const void *bytes, size_t n, struct kh_link_config *ret) KH_MUST_USE;
void kh_link_put_hello(struct kh_buf *b, const struct kh_link_hello *h);
bool kh_link_get_hello(const void *bytes, size_t n, struct kh_link_hello *ret) KH_MUST_USE;
void kh_link_put_batch(struct kh_buf *b, const struct kh_link_batch *h); /* the lines are appended behind it */
bool kh_link_get_batch(const void *bytes, size_t n, struct kh_link_batch *ret, const char **ret_lines, size_t *ret_len) KH_MUST_USE;
void kh_link_put_welcome(struct kh_buf *b, const struct kh_link_welcome *w);
bool kh_link_get_welcome(const void *bytes, size_t n, struct kh_link_welcome *ret) KH_MUST_USE;
void kh_link_put_wanted(struct kh_buf *b, const struct kh_link_wanted *w);
bool kh_link_get_wanted(const void *bytes, size_t n, struct kh_link_wanted *ret) KH_MUST_USE;
void kh_link_put_record(struct kh_buf *b, const struct kh_link_record *r);
bool kh_link_get_record(const void *bytes, size_t n, struct kh_link_record *ret) KH_MUST_USE;
void kh_link_put_clock(struct kh_buf *b, int64_t offset_ms);
bool kh_link_get_clock(const void *bytes, size_t n, int64_t *ret_offset_ms) KH_MUST_USE;
void kh_link_put_order(struct kh_buf *b, const struct kh_link_order *o);
bool kh_link_get_order(const void *bytes, size_t n, struct kh_link_order *ret) KH_MUST_USE;
void kh_link_put_identity(struct kh_buf *b, const struct kh_identity *i);
bool kh_link_get_identity(const void *bytes, size_t n, struct kh_identity *ret) KH_MUST_USE;
void kh_link_put_offer(struct kh_buf *b, const struct kh_link_offer *o);
bool kh_link_get_offer(const void *bytes, size_t n, struct kh_link_offer *ret) KH_MUST_USE; /* with a good hash and at least one byte */
void kh_link_put_peers(struct kh_buf *b, const struct kh_peers *p);
bool kh_link_get_peers(const void *bytes, size_t n, struct kh_peers *ret) KH_MUST_USE; /* each one that kh_peers_add() takes */
void kh_link_put_fetch(struct kh_buf *b, const struct kh_link_fetch *f);
bool kh_link_get_fetch(const void *bytes, size_t n, struct kh_link_fetch *ret) KH_MUST_USE;
void kh_link_put_status(struct kh_buf *b, const struct kh_link_status *s);
bool kh_link_get_status(const void *bytes, size_t n, struct kh_link_status *ret) KH_MUST_USE;
