/* Facts and scans: when they run, and what becomes of what comes back. */
#include "agent/inside.h"
#include "agent/scan_job.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "os/host.h"
#include "record/record.h"
#include "scan/quarantine.h"

#include <stdio.h>

#define WITHOUT_SERVER_MS 10000 /* after the start: how long the first facts wait for the server to say what it has */
#define SCAN_END_TIMEOUT_MS 2000
#define SCAN_GRACE_MS 300000 /* beyond its own time, until it is taken to hang */
#define MAX_SCAN_RECORD (256 * KH_KIB)

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
	kh_order_finish(b, b->collect_order, error < 0 ? "failed" : "done", error < 0 ? kh_fail_detail() : NULL);
	b->collect_order = 0;
}

static void start_facts(struct kh_broker *b)
{
	b->facts_at_ms = kh_monotonic_ms() + kh_jitter(b->settings->facts_every_s * 1000);
	b->collect_due_ms = kh_monotonic_ms() + KH_COLLECTOR_TIMEOUT_MS;
	b->collect_order = b->waiting_collect;
	b->waiting_collect = 0;
	b->collecting = true;
	int r = kh_collector_start(&(struct kh_collector_options){0}, &b->collector);
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

/* ---- scans ---- */

static struct kh_scan_job job_of(const struct kh_broker *b, const char *kind, const char *quarantine, const char *cache)
{
	static const char *const everything[] = {"/", NULL}, *const none[] = {NULL};
	const struct kh_agent_settings *s = b->settings;
	bool first = kh_streq(kind, "first"), full = kh_streq(kind, "full");
	return (struct kh_scan_job){
		.kind = kind,
		.patterns = full ? (s->orders_scan_below && s->orders_scan_below[0] ? (const char *const *)s->orders_scan_below : everything)
			    : first ? (const char *const *)s->scan_first : (const char *const *)s->scan_daily,
		.rules = s->rules ? (const char *const *)s->rules : none,
		.quarantine = quarantine,
		.processes = s->scan_processes,
		.cache = cache,
		.max_ms = full ? 0 : 1000 * (first ? s->scan_first_time_s : s->scan_daily_time_s),
		.max_bytes = full ? 0 : (int64_t)KH_MIB * (first ? s->scan_first_mib : s->scan_daily_mib),
		.max_file_bytes = (int64_t)KH_MIB * s->scan_max_file_mib,
		.workers = s->scan_workers,
		.clock_offset_ms = b->memory.clock_offset_ms,
	};
}

/* That of `khien scan --quarantine`, where this is the system's own agent. One that was given another place for its state keeps it there. */
char *kh_broker_quarantine(const struct kh_broker *b)
{
	if (kh_streq(b->settings->state, KH_STATE_DIR) && kh_host_is_privileged())
		return kh_strdup(KH_QUARANTINE_SYSTEM);
	return kh_format("%s/quarantine", b->settings->state);
}

static int start_child(struct kh_broker *b, const char *kind)
{
	static const char *const arguments[] = {"role", "scan", NULL};
	kh_auto_free char *quarantine = b->settings->scan_quarantine ? kh_broker_quarantine(b) : NULL;
	kh_auto_free char *cache = kh_format("%s/cache", b->settings->state);
	const struct kh_scan_job job = job_of(b, kind, quarantine, cache);
	b->scan_due_ms = job.max_ms ? kh_monotonic_ms() + job.max_ms + SCAN_GRACE_MS : INT64_MAX;
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

/* One without rules was reported as what it is, and is not tried again before the next day. */
static void note_scan_done(struct kh_broker *b, bool looked)
{
	kh_backoff_reset(&b->scan_backoff);
	if (looked)
		b->memory.scan_s = kh_broker_now_ms(b) / 1000;
	else
		kh_broker_trouble(b, "scan", kh_fail(KH_E_NOT_FOUND, "there are no rules that work: nothing was scanned"));
	if (kh_streq(b->scan_kind, "first"))
		memcpy(b->memory.first_scan_of, b->identity.endpoint, sizeof b->memory.first_scan_of);
	else
		b->memory.daily_scan_s = b->scan_began_s;
}

/* The summary was committed when it came. A scan that failed is tried again, later each time. */
static void scan_ended(struct kh_broker *b, int error)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	bool reported = b->scan_reported;
	if (error != KH_E_WORKER_FAILED)
		kh_worker_kill(&b->scan);
	if (kh_worker_reap(&b->scan, SCAN_END_TIMEOUT_MS, &end))
		kh_worker_end_text(&end, how);
	kh_worker_done(&b->scan);
	bool looked = reported && end.status == 0;
	b->scanning = false;
	if (reported) {
		note_scan_done(b, looked);
	} else {
		kh_broker_trouble(b, "scan", kh_fail_in(error, "the scan ended before its result (%s)", how));
		b->scan_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->scan_backoff, 0);
	}
	kh_order_finish(b, b->scan_order, looked ? "done" : "failed", looked ? NULL : kh_fail_detail());
	b->scan_order = 0;
	kh_log(KH_LOG_INFO, "scan ended", KH_S("kind", b->scan_kind), KH_I("complete", looked));
	kh_broker_remember(b);
	kh_uplink_wake(b);
}

static void start_scan(struct kh_broker *b, const char *kind)
{
	kh_log(KH_LOG_INFO, "scan begins", KH_S("kind", kind));
	b->scanning = true;
	b->scan_at_start = false;
	b->scan_reported = false;
	b->scan_kind = kind;
	b->scan_began_s = kh_broker_now_ms(b) / 1000;
	int r = start_child(b, kind);
	if (r < 0)
		scan_ended(b, r);
}

void kh_scan_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = MAX_SCAN_RECORD};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->scan.sock, &accept, &m);
	if (r < 0) {
		scan_ended(b, r);
		return;
	}
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_add(&fields, m.payload, m.len);
	if (m.type == KH_SCAN_JOB_DETECTION || m.type == KH_SCAN_JOB_DONE)
		kh_ignore(kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields));
	if (m.type == KH_SCAN_JOB_EVENT)
		kh_ignore(kh_broker_append(b, KH_SPOOL_EVENT, 0, &fields));
	kh_ignore(kh_broker_commit(b)); /* the file may be in quarantine by now: nobody would find it again */
	b->scan_reported = b->scan_reported || m.type == KH_SCAN_JOB_DONE;
	kh_uplink_wake(b);
}

/* ---- the schedule ---- */

static bool first_scan_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_first && b->settings->scan_first[0];
	return wanted && !b->is_copy && !kh_streq(b->memory.first_scan_of, b->identity.endpoint);
}

/* One that was cut short (the machine was switched off) left no time behind: it is due again at once. A last time that lies in the future is that of a clock
 * which was wrong. */
static bool daily_scan_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_daily && b->settings->scan_daily[0];
	int64_t since_s = kh_broker_now_ms(b) / 1000 - KH_MAX(b->memory.daily_scan_s, b->memory.scan_s);
	return wanted && (b->scan_at_start || since_s < 0 || since_s >= KH_DAY_S);
}

/* A child that says nothing any more is killed; its end is then seen as any other. */
static void end_what_hangs(struct kh_broker *b)
{
	int64_t now = kh_monotonic_ms();
	if (b->collecting && now > b->collect_due_ms)
		facts_ended(b, kh_fail(KH_E_TIMEOUT, "the collector hangs"));
	if (b->scanning && now > b->scan_due_ms)
		scan_ended(b, kh_fail(KH_E_TIMEOUT, "the scan hangs"));
}

static void scan_what_is_due(struct kh_broker *b)
{
	const struct kh_order order = b->waiting_scan;
	if (order.id) {
		b->scan_order = order.id;
		b->waiting_scan = (struct kh_order){0};
		start_scan(b, order.full ? "full" : "quick");
	} else if (kh_monotonic_ms() < b->scan_at_ms) {
		return;
	} else if (first_scan_due(b)) {
		start_scan(b, "first");
	} else if (daily_scan_due(b)) {
		start_scan(b, "quick");
	}
}

void kh_measure_due(struct kh_broker *b)
{
	end_what_hangs(b);
	if (!b->enrolled)
		return;
	bool server_known = b->welcomed || kh_monotonic_ms() - b->started_ms > WITHOUT_SERVER_MS;
	if (!b->collecting && (b->waiting_collect || (server_known && kh_monotonic_ms() >= b->facts_at_ms)))
		start_facts(b);
	if (!b->scanning)
		scan_what_is_due(b);
}
