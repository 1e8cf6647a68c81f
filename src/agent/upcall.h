/* What the uplink asks the server: the routes of docs/protocol.md, one function each. A reply is read field by field and bounded; an error of the server comes back
 * as its own code (http/client.h). For the uplink process only. */
#pragma once

#include "agent/link.h"
#include "http/client.h"

struct kh_upcall {
	struct kh_http_client *client;
	const struct kh_link_config *config;
	int64_t clock_offset_ms; /* the server's time less ours */
};

/* POST hello. */
int kh_upcall_hello(const struct kh_upcall *u, const struct kh_link_hello *hello, struct kh_link_welcome *ret, bool *ret_renew, uint32_t *ret_batch_records) KH_MUST_USE;

/* POST batch: `lines` are the records, each with its line end. *ret_ack: the last seq on the server's disk. */
int kh_upcall_batch(const struct kh_upcall *u, const struct kh_link_batch *batch, const char *lines, size_t n, uint64_t *ret_ack) KH_MUST_USE;

/* POST renew, and POST identity: a new key is made here, and *ret is the identity with its certificate; after `identity` it is another endpoint. */
int kh_upcall_renew(const struct kh_upcall *u, struct kh_identity *ret) KH_MUST_USE;
int kh_upcall_identity(const struct kh_upcall *u, struct kh_identity *ret) KH_MUST_USE;

/* GET orders: waits up to wait_s for orders after that id; each is handed to `take`. */
int kh_upcall_orders(const struct kh_upcall *u, int64_t after, int wait_s, int (*take)(void *arg, const struct kh_link_order *order), void *arg) KH_MUST_USE;

/* GET content: writes a piece of the bundle's file to the descriptor, at its place; *ret_n bytes, 0 at the end of what the server has. KH_E_NOT_FOUND: it has another one by now. */
int kh_upcall_content(const struct kh_upcall *u, const char *sha256, int64_t from, size_t n, int fd, size_t *ret_n) KH_MUST_USE;

/* What the server said besides, in its last answer to this thread. */
struct kh_upcall_aside {
	int64_t server_time_ms; /* with KH_E_WRONG_CLOCK; 0: not said */
	int retry_after_s;      /* not to be asked again before; 0: not said */
	struct kh_link_offer offer; /* with the answers to hello and to the poll for orders; without a hash: none */
};
struct kh_upcall_aside kh_upcall_aside(void);
