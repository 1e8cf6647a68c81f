#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "base/version.h"
#include "os/host.h"

static json_t *dropped(const struct kh_spool_stats *s)
{
	json_t *j = json_object();
	kh_json_set_int(j, "events", (int64_t)s->dropped[KH_SPOOL_EVENT]);
	kh_json_set_int(j, "facts", (int64_t)s->dropped[KH_SPOOL_FACTS]);
	kh_json_set_int(j, "detections", (int64_t)s->dropped[KH_SPOOL_DETECTION]);
	return j;
}

static json_t *sandbox(const struct kh_broker *b)
{
	json_t *j = json_object();
	kh_json_set_bool(j, "seccomp", b->link.seccomp);
	kh_json_set_int(j, "landlock_abi", b->link.landlock_abi);
	kh_json_set_bool(j, "own_user", b->link.user_changed);
	return j;
}

/* The one that runs; totals and time left while they are known. */
static json_t *scan(const struct kh_broker *b)
{
	const struct kh_running_scan *s = &b->running;
	const struct kh_scan_job_progress *p = &s->progress;
	if (!b->scanning)
		return json_null();
	json_t *j = json_object();
	kh_json_set_text(j, "kind", s->kind);
	kh_assert(json_object_set_new(j, "order", s->order.id ? json_integer(s->order.id) : json_null()) == 0);
	kh_json_set_text(j, "campaign", s->order.campaign[0] ? s->order.campaign : NULL);
	kh_json_set_int(j, "since_ms", s->began_s * 1000);
	kh_json_set_int(j, "files", (int64_t)p->files);
	kh_json_set_int(j, "bytes", (int64_t)p->bytes);
	kh_json_set_int(j, "found", (int64_t)p->found);
	kh_json_set_int(j, "files_total", (int64_t)p->files_total);
	kh_json_set_int(j, "bytes_total", (int64_t)p->bytes_total);
	kh_assert(json_object_set_new(j, "left_s", p->left_ms >= 0 ? json_integer(p->left_ms / 1000) : json_null()) == 0);
	kh_json_set_text(j, "paused", p->battery ? "battery" : NULL);
	return j;
}

/* The search for documents marked secret, while it runs. */
static json_t *search(const struct kh_broker *b)
{
	const struct kh_search_job_progress *p = &b->search.progress;
	if (!b->search.running)
		return json_null();
	json_t *j = json_object(), *orders = json_array();
	for (size_t i = 0; i < KH_COUNT(b->search.orders.of); i++)
		if (b->search.orders.of[i])
			kh_assert(json_array_append_new(orders, json_integer(b->search.orders.of[i])) == 0);
	kh_assert(json_object_set_new(j, "orders", orders) == 0);
	kh_assert(json_object_set_new(j, "order", b->search.orders.of[0] ? json_integer(b->search.orders.of[0]) : json_null()) == 0);
	kh_json_set_int(j, "since_ms", b->search.began_s * 1000);
	kh_json_set_int(j, "files", (int64_t)p->files);
	kh_json_set_int(j, "bytes", (int64_t)p->bytes);
	kh_json_set_int(j, "found", (int64_t)p->found);
	kh_json_set_text(j, "paused", p->battery ? "battery" : NULL);
	return j;
}

static json_t *health(const struct kh_broker *b)
{
	struct kh_spool_stats spool = {0};
	struct kh_host_usage usage = {0};
	json_t *j = json_object(), *ransom = json_object_get(b->guard_status, "ransom");
	kh_spool_stats(b->spool, &spool);
	kh_ignore(kh_host_usage(&usage));
	kh_json_set_text(j, "version", KH_VERSION);
	kh_json_set_int(j, "uptime_s", (kh_monotonic_ms() - b->started_ms) / 1000);
	kh_json_set_int(j, "rss_kib", usage.resident_kib);
	kh_json_set_int(j, "cpu_ms", usage.cpu_ms);
	kh_json_set_int(j, "spool_bytes", (int64_t)spool.bytes);
	kh_json_set_int(j, "spool_records", (int64_t)spool.records);
	kh_assert(json_object_set_new(j, "dropped", dropped(&spool)) == 0);
	kh_json_set_int(j, "refused", (int64_t)spool.refused);
	kh_json_set_int(j, "damaged", (int64_t)spool.damaged);
	kh_json_set_int(j, "clock_offset_ms", b->memory.clock_offset_ms);
	kh_assert(json_object_set_new(j, "sandbox", sandbox(b)) == 0);
	kh_assert(json_object_set(j, "ransom", ransom ? ransom : json_null()) == 0);
	kh_json_set_text(j, "last_error", b->last_error);
	kh_assert(json_object_set_new(j, "scan", scan(b)) == 0);
	kh_assert(json_object_set_new(j, "search", search(b)) == 0);
	kh_assert(json_object_set_new(j, "content", kh_content_health_json(b)) == 0);
	kh_assert(json_object_set_new(j, "isolation", kh_isolation_json(b)) == 0);
	return j;
}

void kh_health_append(struct kh_broker *b)
{
	kh_auto_json json_t *j = health(b);
	kh_auto_free char *text = kh_json_dump(j);
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_addf(&fields, "\"kind\":\"health\",\"health\":%s", text);
	kh_broker_append(b, KH_SPOOL_EVENT, 0, &fields);
}

static const char *link_word(const struct kh_broker *b)
{
	static const char *const words[] = {"connecting", "online", "stopped"};
	return !b->enrolled ? "not_enrolled" : words[b->link.state];
}

char *kh_status_json(const struct kh_broker *b)
{
	kh_auto_json json_t *j = json_object();
	kh_json_set_text(j, "link", link_word(b));
	kh_json_set_text(j, "error", b->link.error ? kh_error_info(b->link.error)->name : NULL);
	kh_json_set_text(j, "endpoint", b->enrolled ? b->identity.endpoint : NULL);
	kh_json_set_text(j, "server", b->enrolled ? b->identity.server_url : NULL);
	kh_json_set_text(j, "unit", !b->enrolled ? NULL : b->unit_name[0] ? b->unit_name : b->identity.unit_name);
	kh_json_set_text(j, "role", b->role[0] ? b->role : NULL);
	kh_json_set_int(j, "contact_s", b->memory.contact_s);
	kh_json_set_int(j, "facts_s", b->memory.facts_s);
	kh_json_set_int(j, "scan_s", b->memory.scan_s);
	kh_json_set_bool(j, "collecting", b->collecting);
	kh_json_set_bool(j, "scanning", b->scanning);
	kh_assert(json_object_set_new(j, "guard", kh_guard_status(b)) == 0);
	kh_assert(json_object_set_new(j, "health", health(b)) == 0);
	return kh_json_dump(j);
}
