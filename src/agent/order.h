/* Orders of the server (docs/protocol.md): believed when the signature is right, they are for this endpoint, not ended and not dealt with before; done when the
 * settings allow it. */
#pragma once

#include "agent/link.h"
#include "agent/memory.h"
#include "base/attr.h"
#include "gen/settings.h"
#include "identity/identity.h"

#include <stdbool.h>

enum kh_order_kind { KH_ORDER_COLLECT, KH_ORDER_SCAN, KH_ORDER_ISOLATE, KH_ORDER_RELEASE, KH_ORDER_SEARCH };

enum kh_order_extent { KH_ORDER_QUICK, KH_ORDER_FULL, KH_ORDER_PATHS };

#define KH_ORDER_MAX_PATHS 100
#define KH_ORDER_MAX_CAMPAIGN 64

struct kh_order {
	int64_t id;
	enum kh_order_kind kind;

	/* Of a scan. */
	enum kh_order_extent extent;
	char **paths; /* of KH_ORDER_PATHS: absolute, below orders.scan_below; NULL-terminated */
	char campaign[KH_ORDER_MAX_CAMPAIGN + 1]; /* "" for none */
};
void kh_order_done(struct kh_order *o);

/* 0: *ret is to be done. KH_E_SIGNATURE_INVALID: not the server's: nothing is answered. KH_E_ORDER_REPEATED: dealt with before: nothing is answered either. One that
 * kh_record_order_is_refusal(): KH_E_FORBIDDEN (malformed, not allowed by the settings), KH_E_ORDER_EXPIRED, KH_E_ORDER_MISDIRECTED (for another endpoint); the detail says why, and ret->id is set. Any other error: signed, but with no id to answer to. */
int kh_order_read(const struct kh_link_order *signed_order, const struct kh_identity *identity, const struct kh_agent_memory *memory,
		  const struct kh_agent_settings *settings, int64_t now_ms, struct kh_order *ret) KH_MUST_USE;