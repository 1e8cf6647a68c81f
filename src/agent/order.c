#include "agent/order.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/sign.h"
#include "record/record.h"

void kh_order_done(struct kh_order *o)
{
	for (char **p = o->paths; p && *p; p++)
		free(*p);
	free(o->paths);
	*o = (struct kh_order){0};
}

/* Absolute, plain (no "..", which a comparison of beginnings would not see), and below what this machine lets be scanned by order. */
static bool may_scan(const struct kh_agent_settings *s, const char *path)
{
	const char *const every[] = {"/", NULL};
	const char *const *below = s->orders_scan_below && s->orders_scan_below[0] ? (const char *const *)s->orders_scan_below : every;
	if (path[0] != '/' || strlen(path) >= KH_MAX_PATH || strstr(path, "/../") || kh_ends_with(path, "/.."))
		return false;
	for (; *below; below++) {
		size_t n = strlen(*below);
		while (n > 0 && (*below)[n - 1] == '/')
			n--;
		if (strncmp(path, *below, n) == 0 && (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

static int read_paths(const json_t *args, const struct kh_agent_settings *s, struct kh_order *ret)
{
	const json_t *list = json_object_get(args, "paths");
	size_t n = json_array_size(list);
	if (n < 1 || n > KH_ORDER_MAX_PATHS)
		return kh_fail(KH_E_FORBIDDEN, "order %lld: expected 1 to %d paths", (long long)ret->id, KH_ORDER_MAX_PATHS);
	ret->paths = kh_alloc_array(n + 1, sizeof *ret->paths);
	for (size_t i = 0; i < n; i++) {
		const char *path = json_string_value(json_array_get(list, i));
		if (!path || !may_scan(s, path))
			return kh_fail(KH_E_FORBIDDEN, "order %lld: the settings of this machine do not allow to scan %s", (long long)ret->id, path ? path : "-");
		ret->paths[i] = kh_strdup(path);
	}
	return 0;
}

static int read_campaign(const json_t *args, struct kh_order *ret)
{
	const char *campaign = NULL;
	int r = kh_json_text_or(args, "campaign", "", &campaign);
	if (r < 0)
		return r;
	size_t n = strspn(campaign, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	if (campaign[n] || n > KH_ORDER_MAX_CAMPAIGN)
		return kh_fail(KH_E_FORBIDDEN, "order %lld: a malformed name of a campaign", (long long)ret->id);
	memcpy(ret->campaign, campaign, n + 1);
	return 0;
}

static int read_scan(const json_t *args, const struct kh_agent_settings *s, struct kh_order *ret)
{
	static const char *const extents[] = {[KH_ORDER_QUICK] = "quick", [KH_ORDER_FULL] = "full", [KH_ORDER_PATHS] = "paths"};
	const char *extent = NULL;
	int r = kh_json_text_or(args, "scan", "quick", &extent);
	r = r < 0 ? r : read_campaign(args, ret);
	if (r < 0)
		return r;
	for (size_t i = 0; i < KH_COUNT(extents); i++)
		if (kh_streq(extents[i], extent)) {
			ret->extent = (enum kh_order_extent)i;
			return ret->extent == KH_ORDER_PATHS ? read_paths(args, s, ret) : 0;
		}
	return kh_fail(KH_E_FORBIDDEN, "order %lld: expected a scan that is quick, full or of paths, not %s", (long long)ret->id, extent);
}

static int read_kind(const json_t *j, const struct kh_agent_settings *s, struct kh_order *ret)
{
	const char *kind = NULL;
	int r = kh_json_text(j, "kind", &kind);
	if (r < 0)
		return r;
	/* A machine that was isolated all the same is always released. */
	const struct {
		const char *name;
		bool allowed;
	} kinds[] = {
		[KH_ORDER_COLLECT] = {"collect", s->orders_collect}, [KH_ORDER_SCAN] = {"scan", s->orders_scan}, [KH_ORDER_ISOLATE] = {"isolate", s->orders_isolate}, [KH_ORDER_RELEASE] = {"release", true},
		[KH_ORDER_SEARCH] = {"search", s->orders_search},
	};
	for (size_t i = 0; i < KH_COUNT(kinds); i++) {
		if (!kh_streq(kind, kinds[i].name))
			continue;
		if (!kinds[i].allowed)
			return kh_fail(KH_E_FORBIDDEN, "the settings of this machine do not allow this order");
		ret->kind = (enum kh_order_kind)i;
		return ret->kind == KH_ORDER_SCAN ? read_scan(json_object_get(j, "args"), s, ret) : 0;
	}
	return kh_fail(KH_E_FORBIDDEN, "order %lld: this agent knows no %s", (long long)ret->id, kind);
}

static int check_address(const json_t *j, const struct kh_identity *i, int64_t now_ms, int64_t id)
{
	const char *endpoint = NULL;
	int64_t expires_ms = 0;
	int r = kh_json_text(j, "endpoint", &endpoint);
	r = r < 0 ? r : kh_json_int(j, "expires_ms", 0, INT64_MAX, &expires_ms);
	if (r == 0 && !kh_streq(endpoint, i->endpoint))
		r = kh_fail(KH_E_ORDER_MISDIRECTED, "order %lld is for another machine", (long long)id);
	if (r == 0 && expires_ms < now_ms)
		r = kh_fail(KH_E_ORDER_EXPIRED, "order %lld has expired", (long long)id);
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
	int64_t id = ret->id = order.id;
	r = check_address(j, identity, now_ms, order.id);
	r = r < 0 ? r : read_kind(j, settings, &order);
	if (r < 0)
		kh_order_done(&order);
	if (r < 0)
		return kh_record_order_is_refusal(r) ? r : kh_fail_in(KH_E_FORBIDDEN, "order %lld", (long long)id);
	*ret = order;
	return 0;
}
