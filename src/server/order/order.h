/* Orders from the server to one agent: stored by whoever gives them, signed when they are handed out (docs/protocol.md, "orders").
 *
 * States: waiting → sent → running → done, refused or failed (what the agent says), or expired. A campaign (server/campaign) gives its orders itself. */
#pragma once

#include "base/json.h"
#include "crypto/sign.h"
#include "db/db.h"

#include <stdint.h>

#define KH_ORDER_LIFE_S (INT64_C(7) * 86400) /* a machine that is switched off over a weekend still gets it; an older order would surprise whoever sits at it */
#define KH_ORDER_URGENT_LIFE_S (INT64_C(365) * 86400) /* of "isolate" and "release": what lay in a drawer for months is to be cut off all the same */
#define KH_ORDER_MAX_OPEN 16                 /* waiting or sent, of one endpoint: more would only do the same again */
#define KH_ORDERS_AT_ONCE 20                 /* in one answer */
#define KH_ORDER_MAX_ANSWERED 64            /* by one piece of work of an agent */

struct kh_order_new {
	int64_t endpoint_id;
	const char *kind;   /* "collect", "scan" or "search"; "isolate" and "release" (server/incident alone gives them: release wants a check) are held back by no maximum */
	const json_t *args; /* an object; NULL: {} */
};

/* On the writer; writes the audit row ("endpoint.order") itself. The agent gets it within a second of the commit, if it is connected. KH_E_INVALID_FIELD: the
 * kind. KH_E_NOT_FOUND: no such endpoint, or it is not active. KH_E_LIMIT_REACHED: KH_ORDER_MAX_OPEN are open. */
int kh_order_create(struct kh_db *writer, const struct kh_order_new *order, const char *actor, int64_t now_s, int64_t *ret_id) KH_MUST_USE;

/* Open orders of an endpoint with an id greater than `after`, oldest first, signed, as the list of docs/protocol.md; *ret_last is the greatest id (0: the
 * list is empty). `uid` is the endpoint's. An order to isolate is left out once the machine has left the unit of its incident. */
int kh_orders_signed(struct kh_db *db, const struct kh_sign_key *key, int64_t endpoint_id, const char *uid, int64_t after, int64_t now_s, json_t **ret_list,
		     int64_t *ret_last) KH_MUST_USE;

/* Waiting orders up to this id were handed out. */
int kh_orders_sent(struct kh_db *writer, int64_t endpoint_id, int64_t last, int64_t now_s) KH_MUST_USE;

/* What an agent says of the scan or search it is at: {"order","orders","since_ms",…}; kept with each order that is one of this endpoint and open. Anything else is passed over. */
int kh_order_progress(struct kh_db *writer, int64_t endpoint_id, const json_t *work, int64_t at_s) KH_MUST_USE;

/* Why an order was not done, in the language of the thread, from what its agent answered (docs/protocol.md, "order"); new, or NULL: it was done, or nobody said. Words of an agent that we have
 * no Vietnamese for are not shown: its error is, in our words. */
char *kh_order_reason(const json_t *result) KH_MUST_USE;

#define KH_ORDER_RUNNING_S 86400 /* one that was begun in time may end so long after */

/* Open orders whose time is over become `expired`. */
int kh_orders_expire(struct kh_db *writer, int64_t now_s) KH_MUST_USE;
