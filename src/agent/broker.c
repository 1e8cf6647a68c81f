#include "agent/broker.h"

#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/ransom.h"
#include "os/file.h"
#include "os/service.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICK_MS 1000           /* how soon a change on disk (a new enrolment) is noticed, and a schedule kept */
#define CLOCK_SET_MS 2000      /* less is the clock being kept right */
#define FIRST_HEARTBEAT_MS 300000 /* until the server says how often it wants to hear */
#define MAX_WAITED (14 + KH_BROKER_MAX_CLIENTS)

/* ---- what the other files use ---- */

void kh_broker_trouble(struct kh_broker *b, const char *what, int error)
{
	kh_log(KH_LOG_WARNING, what, KH_ERR(error));
	snprintf(b->last_error, sizeof b->last_error, "%s: %s: %s", kh_words(what), kh_error_info(error)->text[kh_language()], kh_fail_detail());
}

bool kh_broker_append(struct kh_broker *b, enum kh_spool_class class_, uint64_t tag, const struct kh_buf *fields)
{
	uint64_t seq = 0;
	const struct kh_spool_record record = {.class_ = class_, .time_ms = kh_broker_now_ms(b), .payload = kh_buf_text(fields), .len = fields->len, .tag = tag};
	int r = kh_buf_status(fields);
	r = r < 0 ? r : kh_spool_append(b->spool, &record, &seq);
	if (r == 0 && !seq)
		r = kh_fail(KH_E_DISK_FULL, "no room for a record of %zu bytes", fields->len);
	if (r < 0)
		kh_broker_trouble(b, "spool", r);
	return r == 0;
}

int kh_broker_commit(struct kh_broker *b)
{
	int r = kh_spool_commit(b->spool);
	if (r < 0 && r != b->spool_error)
		kh_broker_trouble(b, "spool", r);
	if (r == 0 && b->spool_error)
		kh_log(KH_LOG_INFO, "the spool is written again");
	b->spool_error = r;
	return r;
}

int64_t kh_broker_now_ms(const struct kh_broker *b)
{
	return kh_now_ms() + b->memory.clock_offset_ms;
}

bool kh_broker_can_send(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

void kh_broker_remember(struct kh_broker *b)
{
	int r = kh_agent_memory_save(b->settings->state, &b->memory);
	if (r < 0)
		kh_broker_trouble(b, "memory", r);
}

/* ---- identity ---- */

static int64_t identity_file_changed(const struct kh_broker *b)
{
	kh_auto_free char *path = kh_format("%s/identity.json", b->settings->state);
	struct stat st = {0};
	return stat(path, &st) == 0 ? st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec : 0;
}

static void load_identity(struct kh_broker *b)
{
	struct kh_identity identity = {0};
	b->identity_changed_ns = identity_file_changed(b);
	int r = kh_identity_load(b->settings->state, &identity);
	kh_identity_done(&b->identity);
	b->identity = identity;
	b->enrolled = r == 0;
	b->is_copy = r == 0 && !kh_fingerprint_same_machine(&b->identity.fingerprint, &b->machine);
	if (r < 0 && r != KH_E_NOT_ENROLLED)
		kh_broker_trouble(b, "identity", r);
	if (r == 0)
		kh_log(KH_LOG_INFO, b->is_copy ? "this machine is a copy of another; it asks for an identity of its own" : "enrolled", KH_S("endpoint", b->identity.endpoint),
		       KH_S("server", b->identity.server_url));
	if (r == 0)
		kh_broker_new_endpoint(b);
}

void kh_broker_new_endpoint(struct kh_broker *b)
{
	if (kh_streq(b->memory.orders_of, b->identity.endpoint))
		return;
	memcpy(b->memory.orders_of, b->identity.endpoint, sizeof b->memory.orders_of);
	memset(b->memory.open_orders, 0, sizeof b->memory.open_orders);
	b->memory.last_order = b->running.order.id = 0;
	b->collect_orders = b->waiting_collects = b->search.orders = b->search.waiting = (struct kh_order_ids){0};
	kh_orders_forget(b);
	memset(b->hashes, 0, sizeof b->hashes);
	b->facts_at_ms = 0;
	b->memory.contact_s = b->memory.facts_s = b->memory.scan_s = b->memory.daily_scan_s = b->memory.quick_scan_s = b->memory.full_scan_s = b->memory.search_s = 0;
	kh_scans_load(b);
	b->role[0] = b->unit_name[0] = '\0';
	kh_broker_remember(b);
}

/* `khien enroll` may have written one while we ran. Our own writing of credentials is seen here too, and changes nothing. */
static void notice_enrolment(struct kh_broker *b)
{
	if (identity_file_changed(b) == b->identity_changed_ns)
		return;
	kh_auto_free char *old_certificate = kh_strdup(b->identity.certificate_pem);
	load_identity(b);
	if (kh_streq(old_certificate, b->identity.certificate_pem))
		return;
	kh_uplink_restart(b);
}

/* ---- the loop ---- */

struct waited {
	struct pollfd fds[MAX_WAITED];
	struct kh_client *clients[MAX_WAITED];
	size_t n;
};

static void wait_for(struct waited *w, int fd, short events, struct kh_client *client)
{
	if (fd < 0)
		return;
	w->fds[w->n] = (struct pollfd){.fd = fd, .events = events};
	w->clients[w->n++] = client;
}

static void all_sources(struct kh_broker *b, int signal_fd, struct waited *w)
{
	w->n = 0;
	wait_for(w, signal_fd, POLLIN, NULL);
	wait_for(w, b->uplink.worker.pid ? b->uplink.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->collecting ? b->collector.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->scanning ? b->scan.sock : -1, POLLIN, NULL);
	wait_for(w, b->search.running ? b->search.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->guard.worker.pid ? b->guard.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->take.worker.pid ? b->take.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->importing ? b->import.sock : -1, POLLIN, NULL);
	wait_for(w, b->isolation.worker.pid ? b->isolation.worker.sock : -1, POLLIN, NULL);
	wait_for(w, b->mounts_fd, POLLPRI, NULL); /* proc(5): it can always be read */
	wait_for(w, b->events_fd, POLLIN, NULL);
	wait_for(w, b->status_fd, POLLIN, NULL);
	for (size_t i = 0; i < KH_BROKER_MAX_CLIENTS; i++)
		wait_for(w, b->clients[i].fd, POLLIN, &b->clients[i]);
}

/* A source may have gone while an earlier one was dealt with: each is asked for by what it is now. */
static void deal_with(struct kh_broker *b, int fd, struct kh_client *client)
{
	if (client && client->fd == fd)
		kh_intake_message(b, client);
	else if (b->uplink.worker.pid && fd == b->uplink.worker.sock)
		kh_uplink_message(b);
	else if (b->collecting && fd == b->collector.worker.sock)
		kh_facts_message(b);
	else if (b->scanning && fd == b->scan.sock)
		kh_scan_message(b);
	else if (b->search.running && fd == b->search.worker.sock)
		kh_search_message(b);
	else if (b->importing && fd == b->import.sock)
		kh_content_message(b);
	else if (b->isolation.worker.pid && fd == b->isolation.worker.sock)
		kh_isolation_message(b);
	else if (fd == b->mounts_fd)
		kh_removable_look(b);
	else if (b->guard.worker.pid && fd == b->guard.worker.sock)
		kh_guard_message(b);
	else if (b->take.worker.pid && fd == b->take.worker.sock)
		kh_take_away_message(b);
	else if (fd == b->events_fd || fd == b->status_fd)
		kh_intake_accept(b, fd);
}

static void heartbeat(struct kh_broker *b)
{
	int64_t now = kh_monotonic_ms();
	if (!b->enrolled || now < b->health_at_ms)
		return;
	b->health_at_ms = now + kh_jitter(b->heartbeat_ms);
	kh_health_append(b);
	kh_uplink_wake(b);
	kh_broker_remember(b); /* when the server was last heard */
	malloc_trim(0);
}

static int64_t wall_less_boot_ms(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_BOOTTIME, &t); /* unlike the monotonic clock it goes on while the machine sleeps */
	return kh_now_ms() - t.tv_sec * INT64_C(1000) - t.tv_nsec / 1000000;
}

/* What the memory keeps and the link carries. */
static int64_t in_range(int64_t offset_ms)
{
	return KH_MIN(KH_MAX(offset_ms, -KH_LINK_MAX_CLOCK_MS), KH_LINK_MAX_CLOCK_MS);
}

/* A clock that is set while we run does not change the true time, once that is known: the offset takes up the difference. It may as well be a machine that
 * stood still (a virtual one that was paused) and whose clock was put right: the uplink begins anew, and the server says what is true. */
static void notice_clock_set(struct kh_broker *b)
{
	int64_t wall_ms = wall_less_boot_ms(), set_by_ms = wall_ms - b->wall_ms;
	if (set_by_ms > -CLOCK_SET_MS && set_by_ms < CLOCK_SET_MS)
		return;
	b->wall_ms = wall_ms;
	if (!b->clock_known)
		return;
	b->memory.clock_offset_ms = in_range(b->memory.clock_offset_ms - set_by_ms);
	kh_log(KH_LOG_INFO, "this machine's clock was set", KH_I("by_ms", set_by_ms), KH_I("offset_ms", b->memory.clock_offset_ms));
	kh_broker_remember(b);
	kh_uplink_restart(b);
}

static void keep_schedule(struct kh_broker *b)
{
	notice_clock_set(b);
	notice_enrolment(b);
	kh_isolation_due(b);
	if (b->enrolled && !b->uplink.worker.pid && kh_monotonic_ms() >= b->uplink.start_at_ms)
		kh_uplink_start(b);
	kh_measure_due(b);
	kh_content_due(b);
	kh_guard_due(b);
	kh_take_away_due(b);
	heartbeat(b);
	if (kh_broker_commit(b) == 0)
		kh_intake_answer(b);
}

static int loop(struct kh_broker *b, int signal_fd)
{
	int64_t schedule_at = 0;
	for (;;) {
		struct waited w;
		int64_t now = kh_monotonic_ms();
		if (now >= schedule_at) {
			keep_schedule(b);
			schedule_at = kh_monotonic_ms() + TICK_MS;
		}
		all_sources(b, signal_fd, &w);
		int n = poll(w.fds, w.n, (int)KH_MAX(schedule_at - kh_monotonic_ms(), INT64_C(0)));
		if (n > 0 && w.fds[0].revents)
			return 0;
		for (size_t i = 1; n > 0 && i < w.n; i++)
			if (w.fds[i].revents)
				deal_with(b, w.fds[i].fd, w.clients[i]);
	}
}

/* ---- start and end ---- */

static int catch_signals(int *ret_fd)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	*ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret_fd < 0 ? kh_fail_errno("signalfd") : 0;
}

/* A disk that was copied here brings what the other machine had still to send: that one sends it itself. */
static void leave_copied_records(struct kh_broker *b)
{
	kh_auto_fingerprint struct kh_fingerprint wrote = {0};
	kh_fingerprint_of(b->memory.machine, &wrote);
	bool copied = b->memory.machine[0] ? !kh_fingerprint_same_machine(&wrote, &b->machine) : b->is_copy;
	int r = copied ? kh_spool_drop_earlier(b->spool) : 0;
	if (copied)
		kh_log(KH_LOG_WARNING, "the records of another machine were copied with the disk: they are left to it");
	if (r < 0) {
		kh_broker_trouble(b, "spool", r); /* they are out of this run, and the next one tries again */
		return;
	}
	bool fits = strlen(b->machine.parts) < sizeof b->memory.machine;
	snprintf(b->memory.machine, sizeof b->memory.machine, "%s", fits ? b->machine.parts : "");
	kh_broker_remember(b);
}

/* No guard does it when there is nothing to guard. */
static void remove_canaries(struct kh_broker *b)
{
	int r = kh_streq(b->settings->ransom_mode, "off") ? kh_ransom_clean(b->settings->state) : 0;
	if (r < 0)
		kh_broker_trouble(b, "removing canary files", r);
}

static int open_state(struct kh_broker *b)
{
	kh_auto_free char *spool = kh_format("%s/spool", b->settings->state);
	int r = kh_dir_make(b->settings->state, 0700);
	r = r < 0 ? r : kh_spool_open(spool, (uint64_t)b->settings->spool_max_mib * KH_MIB, &b->spool);
	r = r < 0 ? r : kh_fingerprint_measure("", &b->machine);
	if (r < 0)
		return r;
	kh_agent_memory_load(b->settings->state, &b->memory);
	load_identity(b);
	kh_scans_load(b);
	kh_removable_open(b);
	leave_copied_records(b);
	kh_isolation_open(b);
	kh_orders_interrupted(b);
	remove_canaries(b);
	if (!b->enrolled)
		kh_log(KH_LOG_INFO, "not enrolled: waiting for khien enroll");
	return 0;
}

static void broker_done(struct kh_broker *b)
{
	kh_guard_stop(b); /* first: what it watches may be what the others open */
	kh_take_away_done(b);
	kh_worker_done(&b->uplink.worker);
	kh_worker_done(&b->scan);
	kh_worker_done(&b->search.worker);
	kh_worker_done(&b->import);
	kh_worker_done(&b->isolation.worker);
	kh_collector_done(&b->collector);
	kh_intake_close(b);
	kh_removable_close(b);
	kh_orders_forget(b);
	kh_order_done(&b->running.order);
	if (b->spool)
		kh_ignore(kh_spool_commit(b->spool));
	kh_spool_free(b->spool);
	kh_spool_batch_done(&b->batch);
	kh_identity_done(&b->identity);
	kh_fingerprint_done(&b->machine);
}

static void tell_ready(void)
{
	int r = kh_service_ready();
	if (r < 0)
		kh_log(KH_LOG_WARNING, "the service manager was not told", KH_ERR(r));
}

int kh_broker_run(struct kh_agent_settings *settings)
{
	struct kh_broker b = {
		.settings = settings, .started_ms = kh_monotonic_ms(), .uplink = {.worker = KH_WORKER_NONE}, .guard = {.worker = KH_WORKER_NONE}, .take = {.worker = KH_WORKER_NONE}, .scan = KH_WORKER_NONE, .search.worker = KH_WORKER_NONE, .import = KH_WORKER_NONE, .isolation.worker = KH_WORKER_NONE, .collector = KH_COLLECTOR_INIT,
		.heartbeat_ms = FIRST_HEARTBEAT_MS, .wall_ms = wall_less_boot_ms(), .scan_at_start = settings->scan_at_start, .mounts_fd = -1, .recheck_s = INT64_MAX,
	};
	kh_auto_fd int signal_fd = -1;
	mallopt(M_ARENA_MAX, 1);
	kh_intake_init(&b);
	int r = catch_signals(&signal_fd);
	r = r < 0 ? r : open_state(&b);
	if (r == 0) {
		kh_intake_open(&b);
		tell_ready();
		r = loop(&b, signal_fd);
		kh_broker_remember(&b);
		kh_log(KH_LOG_INFO, "stopped");
	}
	broker_done(&b);
	return r;
}
