/* Facts and scans: when they run, and what becomes of what comes back. */
#include "agent/inside.h"
#include "record/record.h"
#include "agent/scan_job.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"

#include <stdio.h>

#define WITHOUT_SERVER_MS 10000 /* after the start: how long the first facts wait for the server to say what it has */
#define SCAN_END_TIMEOUT_MS 2000
#define MAX_SCAN_RECORD (256 * KH_KIB)

/* ---- facts ---- */

void kh_facts_start(struct kh_broker *b)
{
	int r = b->collecting ? 0 : kh_collector_start(&(struct kh_collector_options){0}, &b->collector);
	b->facts_at_ms = kh_monotonic_ms() + kh_jitter(b->settings->facts_every_s * 1000);
	if (r < 0)
		kh_broker_trouble(b, "facts", r);
	else
		b->collecting = true;
}

/* A table goes out when it is not what the server has, or will have. */
static void take_table(struct kh_broker *b, const struct kh_collected *t)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_MAX(KH_MAX_RECORD);
	if (kh_streq(b->hashes[t->table], t->hash))
		return;
	kh_record_facts(&fields, t);
	int r = kh_buf_status(&fields);
	if (r < 0) {
		kh_broker_trouble(b, kh_fact_tables[t->table].name, r);
		return;
	}
	kh_broker_append(b, KH_SPOOL_FACTS, (uint64_t)t->table + 1, &fields);
	memcpy(b->hashes[t->table], t->hash, sizeof t->hash);
}

static void answer_order(struct kh_broker *b, int64_t id, const char *state, const char *why)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_order(&fields, id, state, why);
	kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields);
}

static void facts_ended(struct kh_broker *b, int error)
{
	kh_collector_done(&b->collector);
	b->collector = (struct kh_collector)KH_COLLECTOR_INIT;
	b->collecting = false;
	if (error < 0)
		kh_broker_trouble(b, "facts", error);
	else
		b->facts_done_ms = kh_now_ms();
	if (b->collect_order)
		answer_order(b, b->collect_order, error < 0 ? "failed" : "done", error < 0 ? kh_fail_detail() : NULL);
	b->collect_order = 0;
}

void kh_facts_message(struct kh_broker *b)
{
	struct kh_collected table = {0};
	int r = kh_collector_next(&b->collector, &table);
	if (r == 0)
		take_table(b, &table);
	if (r < 0 || b->collector.left == 0)
		facts_ended(b, r);
	kh_uplink_wake(b);
}

/* ---- scans ---- */

static struct kh_scan_job job_of(const struct kh_broker *b, const char *kind, const char *quarantine)
{
	static const char *const everything[] = {"/", NULL};
	const struct kh_agent_settings *s = b->settings;
	bool first = kh_streq(kind, "first"), full = kh_streq(kind, "full");
	return (struct kh_scan_job){
		.kind = kind,
		.patterns = full ? (s->orders_scan_below && s->orders_scan_below[0] ? (const char *const *)s->orders_scan_below : everything)
			    : first ? (const char *const *)s->scan_first : (const char *const *)s->scan_daily,
		.rules = (const char *const *)s->rules,
		.quarantine = quarantine,
		.max_ms = full ? 0 : 1000 * (first ? s->scan_first_time_s : s->scan_daily_time_s),
		.max_bytes = full ? 0 : (int64_t)KH_MIB * (first ? s->scan_first_mib : s->scan_daily_mib),
		.max_file_bytes = (int64_t)KH_MIB * s->scan_max_file_mib,
		.workers = s->scan_workers,
	};
}

static int start_child(struct kh_broker *b, const char *kind)
{
	static const char *const arguments[] = {"role", "scan", NULL};
	kh_auto_free char *quarantine = b->settings->scan_quarantine ? kh_format("%s/quarantine", b->settings->state) : NULL;
	const struct kh_scan_job job = job_of(b, kind, quarantine);
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->scan);
	if (r < 0)
		return r;
	kh_scan_job_encode(&job, &payload);
	r = kh_ipc_send(b->scan.sock, KH_SCAN_JOB_START, payload.data, payload.len, -1);
	if (r < 0)
		kh_worker_done(&b->scan);
	return r;
}

void kh_scan_start(struct kh_broker *b, const char *kind)
{
	if (b->scanning)
		return;
	int r = start_child(b, kind);
	if (r < 0) {
		kh_broker_trouble(b, "scan", r);
		return;
	}
	kh_log(KH_LOG_INFO, "scan begins", KH_S("kind", kind));
	b->scanning = true;
	b->scan_reported = false;
	b->scan_kind = kind;
	if (!kh_streq(kind, "first"))
		b->memory.daily_scan_s = kh_now_s();
	kh_broker_remember(b);
}

void kh_scan_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = MAX_SCAN_RECORD};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->scan.sock, &accept, &m);
	if (r < 0) {
		kh_scan_ended(b);
		return;
	}
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_add(&fields, m.payload, m.len);
	if (m.type == KH_SCAN_JOB_DETECTION || m.type == KH_SCAN_JOB_DONE)
		kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields);
	b->scan_reported = b->scan_reported || m.type == KH_SCAN_JOB_DONE;
	kh_uplink_wake(b);
}

/* The summary is in the spool and durable before it is remembered that the scan was done. */
void kh_scan_ended(struct kh_broker *b)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE];
	bool reported = b->scan_reported;
	if (!kh_worker_reap(&b->scan, SCAN_END_TIMEOUT_MS, &end))
		end.status = -1;
	kh_worker_done(&b->scan);
	b->scanning = false;
	if (reported && kh_spool_commit(b->spool) == 0 && kh_streq(b->scan_kind, "first"))
		memcpy(b->memory.first_scan_of, b->identity.endpoint, sizeof b->memory.first_scan_of);
	if (reported)
		b->scan_done_ms = kh_now_ms();
	else
		kh_broker_trouble(b, "scan", kh_fail(KH_E_WORKER_FAILED, "the scan ended before its result: %s", kh_worker_end_text(&end, how)));
	if (b->scan_order)
		answer_order(b, b->scan_order, reported ? "done" : "failed", reported ? NULL : kh_fail_detail());
	b->scan_order = 0;
	kh_log(KH_LOG_INFO, "scan ended", KH_S("kind", b->scan_kind), KH_I("complete", reported));
	kh_broker_remember(b);
	kh_uplink_wake(b);
}

/* ---- schedule and orders ---- */

static bool first_scan_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_first && b->settings->scan_first[0];
	return wanted && b->enrolled && !b->is_copy && !kh_streq(b->memory.first_scan_of, b->identity.endpoint);
}

static bool daily_scan_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_daily && b->settings->scan_daily[0];
	bool fresh = b->scan_done_ms / 1000 > kh_now_s() - KH_DAY_S;
	return wanted && b->enrolled && !fresh && kh_now_s() - b->memory.daily_scan_s >= KH_DAY_S;
}

void kh_measure_due(struct kh_broker *b)
{
	bool server_known = b->welcomed || kh_monotonic_ms() - b->started_ms > WITHOUT_SERVER_MS;
	if (b->enrolled && !b->collecting && server_known && kh_monotonic_ms() >= b->facts_at_ms)
		kh_facts_start(b);
	if (b->scanning)
		return;
	if (b->waiting_scan.id) {
		b->scan_order = b->waiting_scan.id;
		kh_scan_start(b, b->waiting_scan.full ? "full" : "quick");
		b->waiting_scan = (struct kh_order){0};
	} else if (first_scan_due(b)) {
		kh_scan_start(b, "first");
	} else if (daily_scan_due(b)) {
		kh_scan_start(b, "quick");
	}
}

void kh_order_do(struct kh_broker *b, const struct kh_order *order)
{
	b->memory.last_order = order->id;
	kh_broker_remember(b);
	if (order->kind == KH_ORDER_SCAN && b->waiting_scan.id)
		answer_order(b, order->id, "refused", "another scan waits already");
	else if (order->kind == KH_ORDER_SCAN)
		b->waiting_scan = *order;
	else if (b->collecting || b->collect_order)
		answer_order(b, order->id, "refused", "facts are being collected already");
	else {
		b->collect_order = order->id;
		kh_facts_start(b);
	}
	kh_measure_due(b);
}
