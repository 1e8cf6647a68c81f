/* Searches for documents marked secret: when they run, and what becomes of what comes back. */
#include "agent/inside.h"
#include "agent/schedule.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "search/search.h"

#include <signal.h>
#include <sys/stat.h>

#define END_TIMEOUT_MS 2000
#define GRACE_MS 300000 /* beyond its own time, until it is taken to hang */
#define MAX_RECORD (64 * KH_KIB)

static int64_t now_s(const struct kh_broker *b)
{
	return kh_broker_now_ms(b) / 1000;
}

char *kh_broker_secret_folder(const struct kh_broker *b)
{
	return kh_format("%s/secret", b->settings->state);
}

/* ---- the job ---- */

static int start_child(struct kh_broker *b)
{
	static const char *const arguments[] = {"role", "search", NULL}, *const none[] = {NULL};
	const struct kh_agent_settings *s = b->settings;
	kh_auto_free char *folder = kh_broker_secret_folder(b);
	const struct kh_search_job job = {
		.folder = folder,
		.patterns = s->secret_places ? (const char *const *)s->secret_places : none,
		.passed_over = s->state,
		.ocr = s->secret_ocr,
		.on_battery = b->search.orders.of[0] && kh_streq(s->secret_on_battery, "pause") ? "slow" : s->secret_on_battery,
		.independent_lan = kh_streq(s->secret_policy, "independent-lan"),
		.cpu_percent = s->secret_cpu,
		.max_ms = 1000 * s->secret_time_s,
		.max_file_bytes = (int64_t)KH_MIB * s->secret_max_file_mib,
		.workers = s->secret_workers,
		.clock_offset_ms = b->memory.clock_offset_ms,
	};
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	b->search.due_ms = kh_monotonic_ms() + job.max_ms + GRACE_MS;
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->search.worker);
	if (r < 0)
		return r;
	kh_search_job_encode(&job, &payload);
	r = kh_ipc_send_large(b->search.worker.sock, KH_SEARCH_JOB_START, payload.data, payload.len);
	if (r < 0)
		kh_worker_done(&b->search.worker);
	return r;
}

/* One that failed is tried again, later each time. */
static void search_ended(struct kh_broker *b, int error)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	int r = 0;
	if (error != KH_E_WORKER_FAILED)
		kh_worker_kill(&b->search.worker);
	if (kh_worker_reap(&b->search.worker, END_TIMEOUT_MS, &end))
		kh_worker_end_text(&end, how);
	kh_worker_done(&b->search.worker);
	b->search.running = false;
	if (b->search.ended) {
		kh_backoff_reset(&b->search.backoff);
		b->memory.search_s = b->search.began_s;
	} else {
		r = kh_fail_in(error, "the search ended before its result (%s)", how);
		kh_broker_trouble(b, "search", r);
		b->search.at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->search.backoff, 0);
	}
	kh_orders_finish(b, &b->search.orders, r);
	kh_log(KH_LOG_INFO, "search ended", KH_I("complete", b->search.end.complete), KH_I("files", (int64_t)b->search.end.files));
	kh_broker_remember(b);
	kh_uplink_wake(b);
}

/* What waits for one is answered by this one. */
static void start_search(struct kh_broker *b)
{
	kh_log(KH_LOG_INFO, "search begins", KH_I("order", b->search.waiting.of[0]));
	b->search.running = true;
	b->search.ended = false;
	b->search.orders = b->search.waiting;
	b->search.waiting = (struct kh_order_ids){0};
	b->search.began_s = now_s(b);
	b->search.end = (struct kh_search_job_end){0};
	b->search.progress = (struct kh_search_job_progress){0};
	int r = start_child(b);
	if (r < 0)
		search_ended(b, r);
}

static void take_message(struct kh_broker *b, const struct kh_ipc_message *m)
{
	if (m->type == KH_SEARCH_JOB_PROGRESS && m->len == sizeof b->search.progress)
		memcpy(&b->search.progress, m->payload, sizeof b->search.progress);
	if (m->type == KH_SEARCH_JOB_END && m->len == sizeof b->search.end) {
		memcpy(&b->search.end, m->payload, sizeof b->search.end);
		b->search.ended = true;
	}
	if (m->type != KH_SEARCH_JOB_EVENT)
		return;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_add(&fields, m->payload, m->len);
	kh_ignore(kh_broker_append(b, KH_SPOOL_EVENT, 0, &fields));
	kh_ignore(kh_broker_commit(b));
	kh_uplink_wake(b);
}

void kh_search_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = MAX_RECORD};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->search.worker.sock, &accept, &m);
	if (r < 0)
		search_ended(b, r);
	else
		take_message(b, &m);
}

/* ---- the schedule ---- */

/* What is told of the cases has changed, by a search or by a person at the machine: measured anew. */
static void notice_told(struct kh_broker *b)
{
	kh_auto_free char *path = kh_format("%s/secret/told.json", b->settings->state);
	struct stat st = {0};
	const int64_t changed = stat(path, &st) == 0 ? st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec : 0;
	if (changed != b->search.told_ns)
		b->facts_at_ms = 0;
	b->search.told_ns = changed;
}

/* It holds such documents rightly, and is asked other questions (controls secret_machine_*). */
static bool drafts_secrets(const struct kh_broker *b)
{
	return kh_streq(b->role, "secret");
}

static bool is_due(const struct kh_broker *b)
{
	const struct kh_agent_settings *s = b->settings;
	const int64_t place_s = kh_schedule_place_s(b->identity.endpoint, "search", s->scan_spread_s);
	return s->secret_search && !drafts_secrets(b) && !b->is_copy && !b->scanning && kh_monotonic_ms() - b->started_ms >= 1000 * place_s &&
	       kh_schedule_due(s->secret_every_s, b->memory.search_s, now_s(b));
}

static void start_ordered(struct kh_broker *b)
{
	if (drafts_secrets(b)) {
		kh_orders_finish(b, &b->search.waiting, kh_fail(KH_E_FORBIDDEN, "this machine drafts state secrets: it is not searched"));
		return;
	}
	b->health_at_ms = 0; /* whoever gave it sees that it has begun */
	start_search(b);
}

void kh_searches_due(struct kh_broker *b)
{
	notice_told(b);
	if (b->search.running && kh_monotonic_ms() > b->search.due_ms)
		search_ended(b, kh_fail(KH_E_TIMEOUT, "the search hangs"));
	if (b->search.running || !b->enrolled)
		return;
	if (b->search.waiting.of[0]) {
		start_ordered(b);
	} else if (kh_monotonic_ms() >= b->search.at_ms && is_due(b)) {
		start_search(b);
	}
}
