/* For tests of the gateway: a server of its own for each case, and agents that talk to it over real TLS, with their own HTTP client. */
#pragma once

#include "base/alloc.h"
#include "base/json.h"
#include "crypto/x509.h"
#include "http/client.h"
#include "server/account/token.h"
#include "server/gateway/gateway.h"
#include "server/order/order.h"
#include "server/test_store.h"

#define PRINT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PRINT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define EPOCH "00000000000000e1"

/* A server of its own for each case. */
struct world {
	struct kh_test_store *t;
	struct kh_ca *ca;
	struct kh_sign_key order_key;
	struct kh_certificate_info server;
	struct kh_gateway *gateway;
	struct kh_http_server *http;
	char *url, token[KH_TOKEN_SIZE], *content_keys;
};
struct agent {
	struct world *w;
	char *key, *csr, *certificate, *uid;
	struct kh_http_client *client;
	struct kh_http_reply reply;
	json_t *json; /* of the last reply */
};

int set_up(void **state);
int tear_down(void **state);

void connect_agent(struct agent *a);
struct agent new_agent(struct world *w);
int call(struct agent *a, const struct kh_http_call *call);
int post_json(struct agent *a, const char *path, const json_t *body);
const char *text_of(const struct agent *a, const char *key);
int64_t int_of(const struct agent *a, const char *key);
void take_certificate(struct agent *a);
int ask_to_enroll(struct agent *a, const char *token, const char *fingerprint);
void enroll(struct agent *a, const char *fingerprint);
int hello_at(struct agent *a, const char *fingerprint, int64_t time_ms, int64_t offset_ms);
int hello(struct agent *a, const char *fingerprint);
int send_batch(struct agent *a, const char *text);
int send_event(struct agent *a, int seq, const char *action);
void agent_done(struct agent *a);
#define auto_agent KH_CLEANUP(agent_done)
