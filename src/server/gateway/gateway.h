/* Agents' side of the server: every route of docs/protocol.md, for the HTTP server's three calls (http/server.h).
 *
 *     GET  /agent/v1/ca         the authority, for the first contact
 *     POST /agent/v1/enroll     a token and a key become an endpoint with a certificate
 *     POST /agent/v1/hello      who is there, how far the server has come, which facts it holds
 *     POST /agent/v1/batch      records, acknowledged when they are on disk (server/ingest)
 *     GET  /agent/v1/orders     waits for orders
 *     GET  /agent/v1/content    bytes of the current bundle of content
 *     POST /agent/v1/renew      a new certificate
 *     POST /agent/v1/identity   a copied machine becomes an endpoint of its own
 *
 * Whose certificate it is is asked of the database with each request, so that a revocation counts at once. What an agent sends is checked field by field; an
 * error names the field. */
#pragma once

#include "crypto/sign.h"
#include "crypto/x509.h"
#include "http/server.h"
#include "server/ingest/ingest.h"
#include "server/store/store.h"

struct kh_gateway;

/* All lent, and outlive the gateway. */
struct kh_gateway_options {
	struct kh_store *store;
	const struct kh_ca *ca;
	const char *server_pin; /* of the server's own key */
	const struct kh_sign_key *order_key;
	const char *data_dir;     /* where bundles of content are */
	const char *content_keys; /* file of the keys whose bundles agents are told to believe when they enrol, read each time; NULL: none */
};

int kh_gateway_new(const struct kh_gateway_options *options, struct kh_gateway **ret) KH_MUST_USE;

/* Answers all that wait for orders, now and from now on. Between kh_http_server_quiesce() and kh_http_server_free(); batches go on being stored until the latter
 * has returned. */
void kh_gateway_stop(struct kh_gateway *gateway);
/* After kh_http_server_free(). Accepts NULL. */
void kh_gateway_free(struct kh_gateway *gateway);
KH_DEFINE_CLEANUP(gateway, struct kh_gateway *, kh_gateway_free);
#define kh_auto_gateway KH_CLEANUP(kh_cleanup_gateway)

/* Paths that are the gateway's: "/agent/…". */
bool kh_gateway_owns(const char *path);

/* For struct kh_http_handler; `app` is the struct kh_gateway *. */
int kh_gateway_begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan) KH_MUST_USE;
int kh_gateway_handle(void *app, struct kh_request *r) KH_MUST_USE;
void kh_gateway_end(void *app, struct kh_request *r);

struct kh_gateway_counts {
	struct kh_ingest_counts ingest;
	int64_t enrolled, renewed; /* since the start */
	int64_t waiting;           /* for orders, now */
};
void kh_gateway_count(struct kh_gateway *gateway, struct kh_gateway_counts *ret);
