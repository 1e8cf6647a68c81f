#include "agent/order.h"

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/sign.h"

static int read_kind(const json_t *j, const struct kh_agent_settings *s, struct kh_order *ret)
{
	const char *kind = NULL, *extent = NULL;
	int r = kh_json_text(j, "kind", &kind);
	r = r < 0 ? r : kh_json_text_or(json_object_get(j, "args"), "scan", "quick", &extent);
	if (r < 0)
		return r;
	if (!kh_streq(extent, "quick") && !kh_streq(extent, "full"))
		return kh_fail(KH_E_FORBIDDEN, "order %lld: expected a scan that is quick or full, not %s", (long long)ret->id, extent);
	bool collect = kh_streq(kind, "collect"), scan = kh_streq(kind, "scan");
	if (!collect && !scan)
		return kh_fail(KH_E_FORBIDDEN, "order %lld: this agent knows no %s", (long long)ret->id, kind);
	if ((collect && !s->orders_collect) || (scan && !s->orders_scan))
		return kh_fail(KH_E_FORBIDDEN, "order %lld: the settings of this machine do not allow %s", (long long)ret->id, kind);
	ret->kind = collect ? KH_ORDER_COLLECT : KH_ORDER_SCAN;
	ret->full = kh_streq(extent, "full");
	return 0;
}

static int check_address(const json_t *j, const struct kh_identity *i, int64_t now_ms, int64_t id)
{
	const char *endpoint = NULL;
	int64_t expires_ms = 0;
	int r = kh_json_text(j, "endpoint", &endpoint);
	r = r < 0 ? r : kh_json_int(j, "expires_ms", 0, INT64_MAX, &expires_ms);
	if (r == 0 && !kh_streq(endpoint, i->endpoint))
		r = kh_fail(KH_E_FORBIDDEN, "order %lld is for another machine", (long long)id);
	if (r == 0 && expires_ms < now_ms)
		r = kh_fail(KH_E_FORBIDDEN, "order %lld has expired", (long long)id);
	return r;
}

int kh_order_read(const struct kh_link_order *o, const struct kh_identity *identity, const struct kh_agent_memory *memory, const struct kh_agent_settings *settings,
		  int64_t now_ms, struct kh_order *ret)
{
	kh_auto_json json_t *j = NULL;
	struct kh_order order = {0};
	if (!kh_sign_verify(identity->order_key, o->text, o->len, o->signature))
		return kh_fail(KH_E_SIGNATURE_INVALID, "order %lld", (long long)o->id);
	int r = kh_json_parse(o->text, o->len, &j);
	r = r < 0 ? r : kh_json_int(j, "id", 1, INT64_MAX, &order.id);
	if (r < 0)
		return r;
	if (order.id <= memory->last_order)
		return kh_fail(KH_E_ORDER_REPEATED, "order %lld was dealt with before", (long long)order.id);
	ret->id = order.id;
	r = check_address(j, identity, now_ms, order.id);
	r = r < 0 ? r : read_kind(j, settings, &order);
	if (r < 0)
		return r == KH_E_FORBIDDEN ? r : kh_fail(KH_E_FORBIDDEN, "order %lld: %s", (long long)order.id, kh_fail_detail());
	*ret = order;
	return 0;
}
