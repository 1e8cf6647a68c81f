/* Facts: when they are measured, and what becomes of what comes back. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "record/record.h"

#define WITHOUT_SERVER_MS 10000 /* after the start: how long the first facts wait for the server to say what it has */

/* ---- facts ---- */

/* A table goes out when it is not what the server has, or will have. */
static void take_table(struct kh_broker *b, const struct kh_collected *t)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_MAX(KH_MAX_RECORD);
	if (kh_streq(b->hashes[t->table], t->hash))
		return;
	kh_record_facts(&fields, t);
	if (kh_broker_append(b, KH_SPOOL_FACTS, (uint64_t)t->table + 1, &fields))
		memcpy(b->hashes[t->table], t->hash, sizeof t->hash);
}

static void facts_ended(struct kh_broker *b, int error)
{
	kh_collector_done(&b->collector);
	b->collector = (struct kh_collector)KH_COLLECTOR_INIT;
	b->collecting = false;
	if (error < 0) {
		kh_broker_trouble(b, "facts", error);
		b->facts_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->facts_backoff, 0);
	} else {
		b->memory.facts_s = kh_broker_now_ms(b) / 1000;
		kh_broker_remember(b);
		kh_backoff_reset(&b->facts_backoff);
	}
	kh_orders_finish(b, &b->collect_orders, error);
}

static void start_facts(struct kh_broker *b)
{
	b->facts_at_ms = kh_monotonic_ms() + kh_jitter(b->settings->facts_every_s * 1000);
	b->collect_due_ms = kh_monotonic_ms() + KH_COLLECTOR_TIMEOUT_MS;
	b->collect_orders = b->waiting_collects;
	b->waiting_collects = (struct kh_order_ids){0};
	b->collecting = true;
	kh_auto_free char *secret = kh_broker_secret_folder(b);
	int r = kh_collector_start(&(struct kh_collector_options){.content = b->settings->content_store, .secret = secret}, &b->collector);
	if (r < 0)
		facts_ended(b, r);
}

void kh_facts_message(struct kh_broker *b)
{
	struct kh_collected table = {0};
	int r = kh_collector_next(&b->collector, &table);
	b->collect_due_ms = kh_monotonic_ms() + KH_COLLECTOR_TIMEOUT_MS;
	if (r == 0)
		take_table(b, &table);
	if (r < 0 || b->collector.left == 0)
		facts_ended(b, r);
	kh_uplink_wake(b);
}

/* ---- the schedule ---- */

/* A child that says nothing any more is killed; its end is then seen as any other. */
static void end_what_hangs(struct kh_broker *b)
{
	int64_t now = kh_monotonic_ms();
	if (b->collecting && now > b->collect_due_ms)
		facts_ended(b, kh_fail(KH_E_TIMEOUT, "the collector hangs"));
}

void kh_measure_due(struct kh_broker *b)
{
	end_what_hangs(b);
	bool server_known = b->welcomed || kh_monotonic_ms() - b->started_ms > WITHOUT_SERVER_MS;
	if (b->enrolled && !b->collecting && (b->waiting_collects.of[0] || (server_known && kh_monotonic_ms() >= b->facts_at_ms)))
		start_facts(b);
	kh_scans_due(b);
	kh_searches_due(b);
}
