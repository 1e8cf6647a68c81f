/* An HTTPS client for one server, by libcurl: TLS 1.3, HTTP/1.1, one connection that is kept and used again, an own certificate, no redirects, no cookies,
 * no proxies of the environment.
 *
 * Whom it believes. Only `ca_pem`: chain, purpose and the name in base_url are verified in memory by GnuTLS after the handshake and before the first
 * byte of a request is sent (libcurl 7.88 reads trusted certificates from files only; its own checks are off for that reason). The very first contact has
 * no ca_pem yet: kh_http_fetch_ca() gets it from the server and believes it when it fits the pin of the enrolment link.
 *
 * A wrong clock must not lock a machine out for ever. When a certificate fails for its dates alone, and the server's key is the one in `server_pin` (learned at
 * enrolment, or from kh_http_client_server_pin() after an earlier good connection), the connection is accepted and reply.clock_doubtful is set: chain, name and
 * purpose have still been verified. Without a known pin it is KH_E_WRONG_CLOCK. The server keeps its key when it renews its certificate.
 *
 * The certificate and key reach libcurl through a sealed memory file, read at each new connection by /proc/self/fd: a sandbox must leave /proc readable.
 *
 * A client is used by one thread at a time, but for kh_http_client_cancel(). */
#pragma once

#include "base/address.h"
#include "base/attr.h"
#include "base/buf.h"
#include "crypto/x509.h"
#include "http/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_http_client;

struct kh_http_client_options {
	const char *base_url; /* "https://HOST[:PORT]", nothing behind it */
	const char *ca_pem;
	const char *certificate_pem, *key_pem; /* NULL: none */
	const char *server_pin;                /* NULL: not known; see above */
	const char *proxy;                     /* "http://[USER:PASSWORD@]HOST:PORT"; NULL or "": none */
	const struct kh_peers *pinned;         /* where the server (the proxy, when there is one) is, instead of asking for its name; NULL or none: the name is asked for */
	int connect_timeout_ms;                /* 0: 10 s */
	int timeout_ms;                        /* of a whole call, unless it says otherwise; 0: 60 s */
	size_t max_reply;                      /* bytes of a body; 0: KH_HTTP_MAX_REPLY */
};

/* KH_E_INVALID_FIELD: the URL or proxy. KH_E_CRYPTO, KH_E_SYNTAX: a certificate or key. Nothing is sent. */
int kh_http_client_new(const struct kh_http_client_options *options, struct kh_http_client **ret) KH_MUST_USE;
void kh_http_client_free(struct kh_http_client *c);
KH_DEFINE_CLEANUP(http_client, struct kh_http_client *, kh_http_client_free);
#define kh_auto_http_client KH_CLEANUP(kh_cleanup_http_client)

struct kh_http_call {
	const char *method;           /* NULL: GET, or POST when there is a body */
	const char *path;             /* "/agent/v1/hello?x=1", encoded */
	const char *content_type;     /* of the body; NULL: application/json */
	const char *content_encoding; /* NULL: none */
	const void *body;             /* lent until the call returns */
	size_t body_n;
	int timeout_ms; /* 0: the client's */
};

struct kh_http_reply {
	int status;
	struct kh_buf body;
	char content_type[64];
	int retry_after_s;    /* of Retry-After in seconds; 0: not said */
	bool clock_doubtful;  /* see above */
};
void kh_http_reply_done(struct kh_http_reply *reply);
#define kh_auto_http_reply KH_CLEANUP(kh_http_reply_done)

/* 0 for a status of 2xx. Else, with *reply filled in as far as it came:
 *   the KH_E_* named in {"error":{"code","message","detail"}}, with the server's sentence as detail (KH_E_INTERNAL when it says so of itself);
 *   KH_E_UNREACHABLE   no address, no connection, connection lost, proxy refuses, or an answer that is not Khiên's
 *   KH_E_TIMEOUT       too slow, or cancelled
 *   KH_E_PIN_MISMATCH  not our server: another authority, or a certificate for another name
 *   KH_E_WRONG_CLOCK   see above
 *   KH_E_TOO_LARGE     the reply is larger than max_reply */
int kh_http_client_call(struct kh_http_client *c, const struct kh_http_call *call, struct kh_http_reply *reply) KH_MUST_USE;

/* From any thread: the call under way ends within a second, later ones at once, until it is taken back. */
void kh_http_client_cancel(struct kh_http_client *c, bool cancel);

/* The pin of the key of the server last connected to; "" before. */
const char *kh_http_client_server_pin(const struct kh_http_client *c);

/* Where it connects to: the address of its last connection first, then all others that the name of the server (of the proxy, when there is one) has now. None before the first call. */
void kh_http_client_peers(const struct kh_http_client *c, struct kh_peers *ret);

/* First contact: GET `path` of a server that nothing is known of but the pin of its authority. Nothing secret is sent, and what comes is believed only when it
 * is a certificate with this pin: else KH_E_PIN_MISMATCH. ca_pem, certificate, key and server_pin of the options are not used. */
int kh_http_fetch_ca(const struct kh_http_client_options *options, const char *path, const char *pin, char **ret_ca_pem) KH_MUST_USE;
