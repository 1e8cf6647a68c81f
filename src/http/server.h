/* An HTTPS server: HTTP/1.1 over TLS 1.3 and nothing older, by libmicrohttpd and GnuTLS, in a few threads that each watch many connections.
 *
 * A request is dealt with in three calls of the program's:
 *
 *     begin    the headers are here: says how long the body may be and where `handle` runs; or gives an error
 *     handle   the body is here: answers by one kh_respond_*(), or suspends; or gives an error
 *     end      the answer was sent, or the peer went away: releases what `data` points to. Called once for each `begin`
 *
 * A negative KH_E_* from begin or handle is answered as {"error":{"code","message","detail"}} with the error's HTTP status and the sentence in the
 * language of Accept-Language (Vietnamese unless it asks for English). The calls come from the server's threads, many at once.
 *
 * Threads. `begin` and `end`, and `handle` by itself, run in a thread that watches connections: what takes longer than a millisecond or so belongs
 * to a worker (plan.in_worker), or must be suspended. `handle` of a worker may block.
 *
 * Suspending (long polls, waiting for a commit). In `handle`: kh_request_suspend(r), then let another thread know of r, then return
 * KH_HTTP_SUSPENDED. That thread answers by kh_respond_*() and calls kh_request_resume(r), after which r is no longer its own. Between the two calls the
 * request belongs to whoever resumes it, and lives until then even when the peer goes away. A connection that is held so costs no thread: about 20 KiB.
 *
 * Client certificates are asked for, never demanded, and verified against client_ca_pem; the program decides what each state may do.
 *
 * Not answered by the program: 400 and 431 for requests that are no HTTP or whose headers do not fit KH_HTTP_CONNECTION_MEMORY. A body
 * past plan.max_body gets too_large (413). Peers that send slower than KH_HTTP_MAX_REQUEST_S allows are cut off. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/json.h"
#include "crypto/x509.h"
#include "http/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_client_state {
	KH_CLIENT_NONE,    /* showed no certificate */
	KH_CLIENT_OK,      /* issued by client_ca_pem for clients, and valid now */
	KH_CLIENT_EXPIRED, /* issued by client_ca_pem, but not valid at this time */
	KH_CLIENT_UNKNOWN, /* anything else */
};

struct kh_client_certificate {
	enum kh_client_state state;
	struct kh_certificate_info info; /* unset for none and unknown: nothing of a stranger's certificate is to be believed */
};

struct kh_request {
	const char *method, *path; /* path without the query, %xx decoded */
	const char *remote;        /* the peer's address: "192.0.2.7", "2001:db8::7" */
	const struct kh_client_certificate *client;
	enum kh_language language;
	struct kh_buf body; /* in `handle` */
	void *data;         /* the program's own */
};

struct kh_request_plan {
	size_t max_body; /* 0: a body is too large whatever its size */
	bool in_worker;
};

#define KH_HTTP_SUSPENDED 1

struct kh_http_handler {
	void *app;
	int (*begin)(void *app, struct kh_request *r, struct kh_request_plan *ret_plan);
	int (*handle)(void *app, struct kh_request *r);
	void (*end)(void *app, struct kh_request *r); /* may be NULL */
};

struct kh_http_server_options {
	const char *address;         /* "0.0.0.0", "127.0.0.1", "::"… (NULL: "::", which takes IPv4 as well) */
	uint16_t port;               /* 0: one that is free, see kh_http_server_port() */
	const char *certificate_pem; /* the server's, and the certificates behind it */
	const char *key_pem;
	const char *client_ca_pem;    /* NULL: no client certificates are asked for */
	unsigned threads;             /* that watch connections; 0: one per CPU */
	unsigned workers;             /* for plan.in_worker; 0: 4 */
	unsigned max_connections;     /* 0: KH_HTTP_MAX_CONNECTIONS; the next one is closed at once */
	unsigned max_per_address;     /* 0: no limit; a whole ward may come from one address */
	unsigned idle_s;              /* 0: KH_HTTP_IDLE_S */
};

struct kh_http_server;

/* Listens and serves. Raises the process's soft limit of descriptors to what max_connections needs, as far as the hard limit allows. KH_E_PORT_IN_USE, KH_E_PERMISSION (ports below 1024), KH_E_INVALID_FIELD (the address), KH_E_CRYPTO (certificate or key). */
int kh_http_server_new(const struct kh_http_server_options *options, const struct kh_http_handler *handler, struct kh_http_server **ret) KH_MUST_USE;

/* Stopping, first half: no new connections; requests that begin from now on are told `busy`. The program then resumes all that it holds. */
void kh_http_server_quiesce(struct kh_http_server *server);

/* Second half: waits until the last suspended request was resumed and the workers are done, closes all connections. Accepts NULL. */
void kh_http_server_free(struct kh_http_server *server);
KH_DEFINE_CLEANUP(http_server, struct kh_http_server *, kh_http_server_free);
#define kh_auto_http_server KH_CLEANUP(kh_cleanup_http_server)

uint16_t kh_http_server_port(const struct kh_http_server *server);

struct kh_http_counts {
	int64_t requests;                /* since the start */
	int64_t connections, suspended;  /* now */
	int64_t queued;                  /* waiting for a worker, now */
};
void kh_http_server_count(struct kh_http_server *server, struct kh_http_counts *ret);

/* ---- reading a request (in begin, handle; and by whoever holds it suspended) ---- */

/* Decoded; NULL when absent, "" for a name without a value; the first when there are several. Lent until `end`. */
const char *kh_request_query(const struct kh_request *r, const char *name);
const char *kh_request_header(const struct kh_request *r, const char *name);
const char *kh_request_cookie(const struct kh_request *r, const char *name);

/* A whole number of the query; `otherwise` when absent, KH_E_INVALID_FIELD when it is none or out of range. */
int kh_request_query_int(const struct kh_request *r, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *ret) KH_MUST_USE;

/* The body as one JSON object; KH_E_SYNTAX. */
int kh_request_json(const struct kh_request *r, json_t **ret) KH_MUST_USE;

/* ---- answering: one of these, once. A later answer takes the place of an earlier one that was not sent yet. ---- */

/* Bytes are copied. Sent with `Cache-Control: no-store` and `X-Content-Type-Options: nosniff` unless kh_respond_header() says otherwise. */
void kh_respond(struct kh_request *r, int status, const char *content_type, const void *bytes, size_t n);
/* Bytes that outlive the server. */
void kh_respond_lent(struct kh_request *r, int status, const char *content_type, const void *bytes, size_t n);
/* The buffer's bytes are taken over; it is empty after. */
void kh_respond_buf(struct kh_request *r, int status, const char *content_type, struct kh_buf *b);
void kh_respond_json(struct kh_request *r, int status, const json_t *value);
void kh_respond_empty(struct kh_request *r, int status); /* 204, 304 */

/* As if `handle` had given the error; the detail is kh_fail_detail() of this thread. `extra` (NULL: none) is an object whose fields are set beside "error". */
void kh_respond_error(struct kh_request *r, int error, const json_t *extra);

/* A header of the answer, before or after kh_respond_*(). A second header of the same name is added, except for those set by themselves. At most 16. */
void kh_respond_header(struct kh_request *r, const char *name, const char *value);

/* The headers of pages for people: Content-Security-Policy (everything from this server and nowhere else, nothing inline, no frames, no plugins), Referrer-Policy,
 * X-Frame-Options, Cross-Origin-Opener-Policy, Permissions-Policy. */
void kh_respond_page_headers(struct kh_request *r);

/* ---- suspending ---- */

void kh_request_suspend(struct kh_request *r);
void kh_request_resume(struct kh_request *r);
