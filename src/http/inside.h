/* What the files of the HTTPS server share. A request's way through them:
 *
 *     server.c     listens, starts libmicrohttpd and the workers, stops them
 *     peer.c       a connection is accepted: address and client certificate
 *     exchange.c   headers, body, suspending and resuming, the end
 *     workers.c    the threads that run `handle` where it may block
 *     request.c    what the program reads of a request
 *     answer.c     what it answers */
#pragma once

#include "base/array.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#define KH_HTTP_MAX_WORKERS 64

/* One connection; made when it is accepted, before its handshake. */
struct peer {
	char remote[INET6_ADDRSTRLEN];
	bool looked; /* `client` is set */
	struct kh_client_certificate client;
};

struct header {
	char *name, *value;
};

/* What belongs to the server in a request. */
struct exchange {
	struct kh_request request; /* first: the two are cast into each other */
	struct kh_http_server *server;
	struct MHD_Connection *connection;
	struct kh_request_plan plan;
	int64_t began_ms;
	size_t discarded;
	int refused;          /* by begin, or because of the body: a KH_E_* */
	char *refused_detail; /* the detail that belongs to it */
	bool begun, suspended;
	struct MHD_Response *response;
	int status;
	KH_ARRAY(struct header) headers;
	struct exchange *next; /* in the workers' queue */
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct exchange *first, **last;
	size_t queued;
	bool stop;
	pthread_t threads[KH_HTTP_MAX_WORKERS];
	unsigned n;
};

struct kh_http_server {
	struct kh_http_handler handler;
	struct MHD_Daemon *daemon;
	int listen_fd;
	uint16_t port;
	atomic_bool quiescing;
	atomic_llong requests;

	pthread_mutex_t lock; /* of the two counts */
	pthread_cond_t fewer;
	int64_t suspended, active; /* requests held; requests that began and have not ended */

	struct workers workers;
};

static inline struct exchange *kh_exchange_of(const struct kh_request *r)
{
	return (struct exchange *)(uintptr_t)r;
}

/* Adds to one of the server's two counts; wakes whoever waits for it to reach 0. */
void kh_http_note(struct kh_http_server *server, int64_t *what, int by);

/* ---- peer.c ---- */

void kh_peer_on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code);
/* Sets peer->client, and looks at the time again with each further request: a connection may live for weeks. */
void kh_peer_look(struct peer *peer, struct MHD_Connection *connection);

/* ---- exchange.c: what libmicrohttpd calls ---- */

enum MHD_Result kh_exchange_on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method, const char *version, const char *bytes,
				       size_t *n, void **context);
void kh_exchange_on_completed(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code);
size_t kh_exchange_unescape(void *cls, struct MHD_Connection *connection, char *text);

/* Calls the program's `handle`. True: it was answered. False: it was suspended, and may be gone already. */
bool kh_exchange_run(struct exchange *x);

/* ---- answer.c ---- */

/* Sets the answer to an error; extra as in kh_respond_error(). */
void kh_exchange_fail(struct kh_request *r, int error, const char *detail, const json_t *extra);
enum MHD_Result kh_exchange_send(struct exchange *x);
void kh_exchange_drop_answer(struct exchange *x); /* what was answered and not sent */

/* ---- workers.c ---- */

void kh_workers_start(struct kh_http_server *server, unsigned n);
void kh_workers_stop(struct workers *w);
/* False: the queue is full. */
bool kh_workers_put(struct workers *w, struct exchange *x);
