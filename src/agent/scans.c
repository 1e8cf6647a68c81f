/* Scans: when they run, with what, and what becomes of what comes back. */
#include "agent/finds.h"
#include "agent/inside.h"
#include "agent/schedule.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/host.h"
#include "scan/quarantine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define END_TIMEOUT_MS 2000
#define GRACE_MS 300000 /* beyond its own time, until it is taken to hang */
#define MAX_RECORD (256 * KH_KIB)

/* What tells the kinds apart; what is not said is not limited. */
struct kind {
	const char *name;
	bool whole;     /* it says something of the machine: status shows its time */
	bool scheduled; /* by the calendar: it gives way to the battery and to what is more urgent */
};
static const struct kind kinds[] = {
	{"first", true, false}, {"daily", true, true}, {"quick", true, true}, {"full", true, true}, {"removable", false, false}, {"paths", false, false}, {"recheck", false, false},
};

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kh_streq(kinds[i].name, name))
			return &kinds[i];
	kh_bug(__FILE__, __LINE__, name);
}

static int64_t now_s(const struct kh_broker *b)
{
	return kh_broker_now_ms(b) / 1000;
}

static bool is_running(const struct kh_broker *b, const char *kind)
{
	return b->scanning && kh_streq(b->running.kind, kind);
}

/* ---- the job ---- */

static const char *const *places_of(const struct kh_broker *b, const char *kind)
{
	static const char *const none[] = {NULL};
	const struct kh_agent_settings *s = b->settings;
	const struct kh_order *order = &b->running.order;
	bool limited = order->id && s->orders_scan_below && s->orders_scan_below[0] && !kh_streq(s->orders_scan_below[0], "/");
	const char *const *places = kh_streq(kind, "first")   ? (const char *const *)s->scan_first
				    : kh_streq(kind, "daily") ? (const char *const *)s->scan_daily
				    : kh_streq(kind, "quick") ? (const char *const *)s->scan_quick
				    : kh_streq(kind, "paths") ? (const char *const *)order->paths
				    : kh_streq(kind, "removable") ? (const char *const *)b->plugged_in
				    : kh_streq(kind, "full") && limited ? (const char *const *)s->orders_scan_below
									 : none;
	return places ? places : none;
}

static const char *on_battery(const struct kh_broker *b, const char *kind)
{
	const char *wanted = b->settings->scan_on_battery;
	bool scheduled = kind_named(kind)->scheduled && !b->running.order.id;
	return scheduled || !kh_streq(wanted, "pause") ? wanted : "slow";
}

static void set_limits(const struct kh_agent_settings *s, const char *kind, struct kh_scan_job *job)
{
	bool first = kh_streq(kind, "first"), daily = kh_streq(kind, "daily");
	job->max_file_bytes = (int64_t)KH_MIB * s->scan_max_file_mib;
	if (first || daily) {
		job->max_ms = 1000 * (first ? s->scan_first_time_s : s->scan_daily_time_s);
		job->max_bytes = (int64_t)KH_MIB * (first ? s->scan_first_mib : s->scan_daily_mib);
	} else if (kh_streq(kind, "removable")) {
		job->max_ms = 1000 * s->scan_removable_time_s;
	}
}

static struct kh_scan_job job_of(const struct kh_broker *b, const char *kind, const char *quarantine, const char *cache)
{
	static const char *const none[] = {NULL};
	const struct kh_agent_settings *s = b->settings;
	const struct kh_order *order = &b->running.order;
	struct kh_scan_job job = {
		.kind = kind,
		.patterns = places_of(b, kind),
		.literal = kh_streq(kind, "paths") || kh_streq(kind, "removable"),
		.rules = s->rules ? (const char *const *)s->rules : none,
		.store = s->content_store,
		.quarantine = quarantine,
		.processes = s->scan_processes,
		.cache = cache,
		.state = s->state,
		.endpoint = b->identity.endpoint,
		.on_battery = on_battery(b, kind),
		.campaign = order->campaign[0] ? order->campaign : NULL,
		.order = order->id,
		.workers = s->scan_workers,
		.cpu_percent = s->scan_cpu,
		.recheck_s = s->scan_recheck_s,
		.clock_offset_ms = b->memory.clock_offset_ms,
	};
	set_limits(s, kind, &job);
	return job;
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
	b->running.due_ms = job.max_ms ? kh_monotonic_ms() + job.max_ms + GRACE_MS : INT64_MAX;
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->scan);
	if (r < 0)
		return r;
	kh_scan_job_encode(&job, &payload);
	r = kh_ipc_send_large(b->scan.sock, KH_SCAN_JOB_START, payload.data, payload.len);
	if (r < 0)
		kh_worker_done(&b->scan);
	return r;
}

/* ---- the end ---- */

static void note_time(struct kh_broker *b)
{
	struct kh_agent_memory *m = &b->memory;
	const struct kh_running_scan *scan = &b->running;
	if (kh_streq(scan->kind, "first"))
		memcpy(m->first_scan_of, b->identity.endpoint, sizeof m->first_scan_of);
	if (kh_streq(scan->kind, "first") || kh_streq(scan->kind, "daily"))
		m->daily_scan_s = scan->began_s;
	if (kh_streq(scan->kind, "quick"))
		m->quick_scan_s = scan->began_s;
	if (kh_streq(scan->kind, "full") && scan->end.stop == KH_SCAN_TO_THE_END)
		m->full_scan_s = scan->began_s;
}

/* One without rules was reported as what it is, and is not tried again before its next time. */
static int note_done(struct kh_broker *b, bool looked)
{
	int r = 0;
	kh_backoff_reset(&b->scan_backoff);
	if (!looked) {
		r = kh_fail(KH_E_NOT_FOUND, "there are no rules that work: nothing was scanned");
		kh_broker_trouble(b, "scan", r);
	} else if (kind_named(b->running.kind)->whole)
		b->memory.scan_s = now_s(b);
	note_time(b);
	return r;
}

static int note_broken_off(struct kh_broker *b, int error, const char *how)
{
	int r = kh_fail_in(error, "the scan ended before its result (%s)", how);
	kh_broker_trouble(b, "scan", r);
	b->scan_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->scan_backoff, 0);
	return r;
}

static void answer_order(struct kh_broker *b, int error)
{
	const struct kh_running_scan *scan = &b->running;
	const struct kh_order_scan came = {
		.campaign = scan->order.campaign[0] ? scan->order.campaign : NULL, .stopped = kh_scan_stop_name((enum kh_scan_stop)scan->end.stop), .files = scan->end.files,
		.bytes = scan->end.bytes, .infected = scan->end.infected, .suspicious = scan->end.suspicious, .gaps = scan->end.gaps};
	kh_order_finish(b, scan->order.id, error, error ? NULL : &came);
	kh_order_done(&b->running.order);
}

void kh_scans_load(struct kh_broker *b)
{
	kh_auto_finds struct kh_finds finds = {0};
	kh_finds_load(b->settings->state, b->identity.endpoint, &finds);
	b->recheck_s = kh_finds_next_s(&finds);
}

/* The summary was committed when it came. A scan that failed is tried again, later each time. */
static void scan_ended(struct kh_broker *b, int error)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	bool reported = b->running.reported;
	if (error != KH_E_WORKER_FAILED)
		kh_worker_kill(&b->scan);
	if (kh_worker_reap(&b->scan, END_TIMEOUT_MS, &end))
		kh_worker_end_text(&end, how);
	kh_worker_done(&b->scan);
	bool looked = reported && end.status == 0;
	b->scanning = false;
	answer_order(b, reported ? note_done(b, looked) : note_broken_off(b, error, how));
	if (b->running.disks)
		kh_removable_scanned(b, reported);
	kh_scans_load(b);
	kh_log(KH_LOG_INFO, "scan ended", KH_S("kind", b->running.kind), KH_I("complete", looked && b->running.end.stop == KH_SCAN_TO_THE_END));
	kh_broker_remember(b);
	kh_uplink_wake(b);
}

/* ---- while it runs ---- */

/* Takes over the order's texts. */
static void start_scan(struct kh_broker *b, const char *kind, struct kh_order *order)
{
	kh_log(KH_LOG_INFO, "scan begins", KH_S("kind", kind));
	b->scanning = true;
	b->scan_at_start = b->scan_at_start && !kh_streq(kind, "first") && !kh_streq(kind, "daily");
	b->running = (struct kh_running_scan){.kind = kind, .began_s = now_s(b), .progress.left_ms = -1};
	if (order) {
		b->running.order = *order;
		*order = (struct kh_order){0};
		b->health_at_ms = 0; /* whoever gave it sees that it has begun */
	}
	while (kh_streq(kind, "removable") && b->plugged_in[b->running.disks])
		b->running.disks++;
	int r = start_child(b, kind);
	if (r < 0)
		scan_ended(b, r);
}

static void take_message(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_running_scan *scan = &b->running;
	const bool event = m->type == KH_SCAN_JOB_EVENT, record = event || m->type == KH_SCAN_JOB_FIND || m->type == KH_SCAN_JOB_DONE;
	if (m->type == KH_SCAN_JOB_PROGRESS && m->len == sizeof scan->progress)
		memcpy(&scan->progress, m->payload, sizeof scan->progress);
	if (m->type == KH_SCAN_JOB_END && m->len == sizeof scan->end)
		memcpy(&scan->end, m->payload, sizeof scan->end);
	if (!record)
		return;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_add(&fields, m->payload, m->len);
	kh_ignore(kh_broker_append(b, event ? KH_SPOOL_EVENT : KH_SPOOL_DETECTION, 0, &fields));
	kh_ignore(kh_broker_commit(b)); /* the file may be in quarantine by now: nobody would find it again */
	scan->reported = scan->reported || m->type == KH_SCAN_JOB_DONE;
	kh_uplink_wake(b);
}

void kh_scan_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = MAX_RECORD};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->scan.sock, &accept, &m);
	if (r < 0)
		scan_ended(b, r);
	else
		take_message(b, &m);
}

/* It answers for what it has looked at; what it knows to be clean it need not read again. */
static void ask_to_stop(struct kh_broker *b, const char *why)
{
	if (b->running.asked_to_stop)
		return;
	kh_log(KH_LOG_INFO, "scan is asked to stop", KH_S("kind", b->running.kind), KH_S("why", why));
	b->running.asked_to_stop = true;
	b->running.due_ms = kh_monotonic_ms() + GRACE_MS;
	kill(b->scan.pid, SIGTERM);
}

/* ---- the schedule ---- */

static int64_t place_s(const struct kh_broker *b, const char *kind)
{
	return kh_schedule_place_s(b->identity.endpoint, kind, b->settings->scan_spread_s);
}

/* After a start machines do not begin at once what they missed: they were all switched on at the same time. */
static bool is_settled(const struct kh_broker *b, const char *kind)
{
	return kh_monotonic_ms() - b->started_ms >= 1000 * place_s(b, kind);
}

static bool first_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_first && b->settings->scan_first[0];
	return wanted && !b->is_copy && !kh_streq(b->memory.first_scan_of, b->identity.endpoint);
}

/* One that was cut short (the machine was switched off) left no time behind: it is due again. */
static bool daily_due(const struct kh_broker *b)
{
	bool wanted = b->settings->scan_daily && b->settings->scan_daily[0];
	return wanted && (b->scan_at_start || (is_settled(b, "daily") && kh_schedule_due(KH_DAY_S, b->memory.daily_scan_s, now_s(b))));
}

static bool quick_due(const struct kh_broker *b)
{
	return is_settled(b, "quick") && kh_schedule_due(b->settings->scan_quick_every_s, b->memory.quick_scan_s, now_s(b));
}

static struct kh_schedule_full full_schedule(const struct kh_broker *b)
{
	const struct kh_agent_settings *s = b->settings;
	return (struct kh_schedule_full){
		.every_s = s->scan_full_every_s, .late_s = s->scan_full_late_s, .hours = (const char *const *)s->scan_full_hours, .place_s = place_s(b, "full"), .last_s = b->memory.full_scan_s};
}

static void start_full_when_due(struct kh_broker *b)
{
	struct kh_schedule_full s = full_schedule(b);
	enum kh_schedule_when when = is_settled(b, "full") ? kh_schedule_full(&s, now_s(b)) : KH_SCHEDULE_NOT;
	if (when == KH_SCHEDULE_NOT)
		return;
	start_scan(b, "full", NULL);
	b->running.in_hours = when == KH_SCHEDULE_IN_HOURS;
}

/* A machine that was never scanned in whole waits for the hours like one that was scanned an interval ago. */
static void note_first_full(struct kh_broker *b)
{
	if (b->memory.full_scan_s || !b->settings->scan_full_every_s)
		return;
	b->memory.full_scan_s = KH_MAX(now_s(b) - b->settings->scan_full_every_s, INT64_C(1));
	kh_broker_remember(b);
}

static void start_ordered(struct kh_broker *b)
{
	static const char *const by_extent[] = {[KH_ORDER_QUICK] = "quick", [KH_ORDER_FULL] = "full", [KH_ORDER_PATHS] = "paths"};
	struct kh_order first = b->waiting_scans[0];
	memmove(b->waiting_scans, b->waiting_scans + 1, sizeof b->waiting_scans - sizeof first);
	b->waiting_scans[KH_BROKER_MAX_WAITING - 1] = (struct kh_order){0};
	start_scan(b, by_extent[first.extent], &first);
}

static void start_what_is_due(struct kh_broker *b)
{
	if (b->waiting_scans[0].id) {
		start_ordered(b);
	} else if (b->plugged_in[0] && kh_monotonic_ms() >= b->plugged_at_ms) {
		start_scan(b, "removable", NULL);
	} else if (kh_monotonic_ms() < b->scan_at_ms) {
		return;
	} else if (first_due(b)) {
		start_scan(b, "first", NULL);
	} else if (b->recheck_s <= now_s(b)) {
		start_scan(b, "recheck", NULL);
	} else if (daily_due(b)) {
		start_scan(b, "daily", NULL);
	} else if (quick_due(b)) {
		start_scan(b, "quick", NULL);
	} else {
		start_full_when_due(b);
	}
}

/* A full scan of the schedule takes hours: it makes way, and goes on later. */
static void stop_what_must_wait(struct kh_broker *b)
{
	const struct kh_running_scan *scan = &b->running;
	struct kh_schedule_full s = full_schedule(b);
	if (!is_running(b, "full") || scan->order.id)
		return;
	if (b->waiting_scans[0].id || b->plugged_in[0])
		ask_to_stop(b, "something more urgent is to be scanned");
	else if (scan->in_hours && !kh_schedule_goes_on(&s, now_s(b)))
		ask_to_stop(b, "its hours are over");
}

void kh_scans_due(struct kh_broker *b)
{
	if (b->scanning && kh_monotonic_ms() > b->running.due_ms)
		scan_ended(b, kh_fail(KH_E_TIMEOUT, "the scan hangs"));
	if (b->scanning)
		stop_what_must_wait(b);
	if (b->scanning || !b->enrolled)
		return;
	note_first_full(b);
	start_what_is_due(b);
}
