#include "scan/pool.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "sandbox/nursery.h"
#include "sandbox/worker.h"
#include "scan/clamav_workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct job {
	uint64_t id;
	struct kh_walk_item item;
};

/* A file of which libclamav must say the rest. */
struct asked {
	struct job job;
	struct kh_scan_reply reply;
};

struct slot {
	struct kh_worker worker;
	int64_t since_ms; /* it began with the first job of its queue */
	int64_t cpu_ns;   /* it had used when last asked */
	struct job queue[KH_SCAN_QUEUE];
	size_t queued;
	uint64_t queued_bytes;
};

struct kh_scan_pool {
	struct kh_scan_pool_options options;
	kh_scan_on_done on_done;
	void *context;
	struct kh_worker nursery;
	struct slot *slots;
	struct {
		struct job *v;
		size_t n, cap;
	} again; /* left behind by workers that failed */
	struct {
		struct asked **v;
		size_t n, cap;
	} asked;
	struct kh_clamav_workers *clamav; /* NULL: the content has nothing for them */
	struct kh_ipc_message message;
	struct kh_scan_ready ready;
	uint64_t next_id, replaced;
	int64_t cpu_gone_ns; /* used by workers that were replaced */
	int wake; /* -1: none */
};

/* ---- starting ---- */

static int set_up(struct kh_scan_pool *p)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_setup(&p->options.setup, &b);
	return kh_ipc_send(p->nursery.sock, KH_SCAN_SETUP, b.data, b.len, p->options.content);
}

static int receive_ready(struct kh_scan_pool *p)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SCAN_START_MS, .max_len = KH_IPC_MAX_INLINE};
	int r = kh_ipc_recv(p->nursery.sock, &accept, &p->message);
	if (r == 0 && p->message.type != KH_SCAN_READY)
		r = kh_fail(KH_E_WORKER_FAILED, "message %d instead of readiness", p->message.type);
	kh_scan_ready_done(&p->ready);
	return r < 0 ? r : kh_scan_decode_ready(p->message.payload, p->message.len, &p->ready);
}

/* How a nursery that gave no good answer ended, if it did. */
static int nursery_failed(struct kh_scan_pool *p)
{
	enum { MOMENT_MS = 50 };
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE];
	if (kh_worker_reap(&p->nursery, MOMENT_MS, &end))
		return kh_fail(KH_E_WORKER_FAILED, "%s could not start: %s", p->options.program, kh_worker_end_text(&end, how));
	return kh_fail_in(KH_E_WORKER_FAILED, "%s could not start", p->options.program);
}

static int start_nursery(struct kh_scan_pool *p)
{
	kh_worker_done(&p->nursery);
	int r = kh_worker_spawn(p->options.program, NULL, &p->nursery);
	if (r < 0)
		return r;
	r = set_up(p);
	if (r == 0)
		r = receive_ready(p);
	return r < 0 ? nursery_failed(p) : 0;
}

/* A nursery that has gone (the system was short of memory, say) is made anew, once. */
static int start(struct kh_scan_pool *p, struct slot *s)
{
	if (kh_nursery_split(&p->nursery, &s->worker) == 0)
		return 0;
	int r = start_nursery(p);
	return r < 0 ? r : kh_nursery_split(&p->nursery, &s->worker);
}

/* ---- queues ---- */

static bool takes(const struct slot *s, uint64_t bytes)
{
	return s->queued < KH_SCAN_QUEUE && (s->queued == 0 || s->queued_bytes + bytes <= KH_SCAN_QUEUE_BYTES);
}

static struct slot *idlest(struct kh_scan_pool *p, uint64_t bytes)
{
	struct slot *best = NULL;
	for (struct slot *s = p->slots; s < p->slots + p->options.workers; s++)
		if (takes(s, bytes) && (!best || s->queued < best->queued))
			best = s;
	return best;
}

/* That a worker could not be told shows when it is listened to, or when its time is over. */
static void hand_over(struct slot *s, struct job job)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_file(&(struct kh_scan_file){job.id, job.item.clean_but_for_hashes, job.item.path}, &b);
	kh_ignore(kh_ipc_send(s->worker.sock, KH_SCAN_FILE, b.data, b.len, job.item.fd));
	if (s->queued == 0)
		s->since_ms = kh_monotonic_ms();
	s->queue[s->queued++] = job;
	s->queued_bytes += job.item.state.size;
}

static struct job take_first(struct slot *s)
{
	struct job job = s->queue[0];
	s->queued--;
	s->queued_bytes -= job.item.state.size;
	memmove(s->queue, s->queue + 1, s->queued * sizeof *s->queue);
	s->since_ms = kh_monotonic_ms();
	return job;
}

static void hand_over_again(struct kh_scan_pool *p)
{
	while (p->again.n > 0) {
		struct job *job = &p->again.v[p->again.n - 1];
		struct slot *s = idlest(p, job->item.state.size);
		if (!s)
			return;
		hand_over(s, *job);
		p->again.n--;
	}
}

bool kh_scan_pool_offer(struct kh_scan_pool *p, struct kh_walk_item *item)
{
	const bool full = p->again.n > 0 || (p->clamav && !kh_clamav_workers_have_room(p->clamav));
	struct slot *s = full ? NULL : idlest(p, item->state.size);
	if (!s)
		return false;
	hand_over(s, (struct job){p->next_id++, *item});
	*item = (struct kh_walk_item)KH_WALK_ITEM_NONE;
	return true;
}

size_t kh_scan_pool_busy(const struct kh_scan_pool *p)
{
	size_t n = p->again.n + p->asked.n;
	for (size_t i = 0; i < p->options.workers; i++)
		n += p->slots[i].queued;
	return n;
}

/* ---- ends ---- */

static void done(struct kh_scan_pool *p, struct job job, const struct kh_scan_reply *reply, const char *failure)
{
	p->on_done(p->context, &job.item, reply, failure);
	kh_walk_item_done(&job.item);
}

/* Replaces a worker. Its first file is reported; what waited behind it goes on, in order. */
static int replace(struct kh_scan_pool *p, struct slot *s, const char *failure)
{
	kh_worker_done(&s->worker);
	p->replaced++;
	p->cpu_gone_ns += s->cpu_ns;
	s->cpu_ns = 0;
	while (s->queued > 1) {
		s->queued--;
		kh_array_push(&p->again, s->queue[s->queued]);
	}
	if (s->queued) {
		s->queued = 0;
		done(p, s->queue[0], NULL, failure);
	}
	s->queued_bytes = 0;
	return start(p, s);
}

/* The connection is closed: in the next moment, a process that ended can be asked how. */
static int replace_ended(struct kh_scan_pool *p, struct slot *s)
{
	enum { MOMENT_MS = 50 };
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE], text[160];
	if (!kh_worker_reap(&s->worker, MOMENT_MS, &end))
		return replace(p, s, "the scan worker closed its connection");
	if (end.signal == SIGBUS)
		return replace(p, s, "the file was cut short while it was scanned");
	snprintf(text, sizeof text, "the scan worker ended with %s", kh_worker_end_text(&end, how));
	return replace(p, s, text);
}

static int replace_late(struct kh_scan_pool *p, struct slot *s)
{
	char text[96];
	snprintf(text, sizeof text, "the scan worker took longer than %lld ms", (long long)p->options.file_ms);
	return replace(p, s, text);
}

/* ---- asking libclamav ---- */

static void forget(struct kh_scan_pool *p, struct asked *a)
{
	for (size_t i = 0; i < p->asked.n; i++)
		if (p->asked.v[i] == a)
			p->asked.v[i] = p->asked.v[--p->asked.n];
	kh_scan_reply_done(&a->reply);
	free(a);
}

static bool is_of_time(const char *limit)
{
	return kh_ends_with(limit, ".MaxScanTime");
}

static void on_clamav(void *context, void *job, const struct kh_clamav_result *result, const char *failure)
{
	struct kh_scan_pool *p = context;
	struct asked *a = job;
	(void)failure;
	if (!result)
		kh_malware_report_gap(&a->reply.report, KH_GAP_CLAMAV, NULL);
	else if (*result->answer.name)
		kh_malware_report_clamav(&a->reply.report, result->answer.name);
	if (result && result->answer.limited)
		kh_malware_report_gap(&a->reply.report, is_of_time(result->answer.limit) ? KH_GAP_TIME : KH_GAP_CLAMAV_LIMIT, NULL);
	done(p, a->job, &a->reply, NULL);
	forget(p, a);
}

/* Takes the reply over. */
static void ask(struct kh_scan_pool *p, struct job job, struct kh_scan_reply *reply)
{
	struct asked *a = kh_alloc(sizeof *a);
	*a = (struct asked){job, *reply};
	*reply = (struct kh_scan_reply){0};
	kh_array_push(&p->asked, a);
	const struct kh_clamav_task task = {a, a->job.item.fd, a->reply.report.clamav.v, a->reply.report.clamav.n};
	kh_clamav_workers_give(p->clamav, &task);
}

static void prepare_clamav(struct kh_scan_pool *p)
{
	const struct kh_clamav_workers_options options = {
		.program = p->options.clamav,
		.workers = KH_MIN(p->options.workers, (size_t)KH_SCAN_MAX_CLAMAV_WORKERS),
		.content = p->options.content,
		.places = p->ready.clamav,
		.file_ms = p->options.file_ms,
	};
	if (p->ready.clamav.some)
		p->clamav = kh_clamav_workers_new(&options, on_clamav, p);
}

/* ---- answers ---- */

static int take_reply(struct kh_scan_pool *p, struct slot *s)
{
	kh_auto_scan_reply struct kh_scan_reply reply = {0};
	int r = kh_scan_decode_reply(p->message.payload, p->message.len, &reply);
	if (r < 0 || s->queued == 0 || reply.id != s->queue[0].id || (reply.report.clamav.asked && !p->clamav))
		return replace(p, s, "the scan worker gave a malformed answer");
	if (reply.report.clamav.asked)
		ask(p, take_first(s), &reply);
	else
		done(p, take_first(s), &reply, NULL);
	return 0;
}

static int listen_to(struct kh_scan_pool *p, struct slot *s)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE}; /* poll has said that there is something */
	int r = kh_ipc_recv(s->worker.sock, &accept, &p->message);
	if (r == KH_E_WORKER_FAILED)
		return replace_ended(p, s);
	if (r == 0 && p->message.type == KH_SCAN_RESULT)
		return take_reply(p, s);
	return replace(p, s, "the scan worker gave a malformed answer");
}

/* ---- waiting ---- */

static int64_t deadline_of(const struct kh_scan_pool *p, const struct slot *s)
{
	return s->queued == 0 ? INT64_MAX : s->since_ms + p->options.file_ms;
}

/* Its answer may have come while the host was busy. */
static bool has_answered(const struct slot *s)
{
	struct pollfd fd = {.fd = s->worker.sock, .events = POLLIN};
	return poll(&fd, 1, 0) > 0;
}

static int replace_those_late(struct kh_scan_pool *p)
{
	int64_t now = kh_monotonic_ms();
	int r = 0;
	for (struct slot *s = p->slots; s < p->slots + p->options.workers && r == 0; s++)
		if (now >= deadline_of(p, s) && !has_answered(s))
			r = replace_late(p, s);
	return r;
}

int kh_scan_pool_wait(struct kh_scan_pool *p, int timeout_ms)
{
	struct pollfd fds[KH_SCAN_MAX_WORKERS + KH_SCAN_MAX_CLAMAV_WORKERS + 1], *clamav = fds + p->options.workers;
	int64_t until = kh_monotonic_ms() + timeout_ms;
	size_t count = p->options.workers;
	if (p->clamav) {
		count += kh_clamav_workers_poll(p->clamav, clamav);
		until = KH_MIN(until, kh_clamav_workers_until(p->clamav));
	}
	for (size_t i = 0; i < p->options.workers; i++) {
		fds[i] = (struct pollfd){.fd = p->slots[i].worker.sock, .events = POLLIN};
		until = KH_MIN(until, deadline_of(p, &p->slots[i]));
	}
	fds[count] = (struct pollfd){.fd = p->wake, .events = POLLIN};
	int n = poll(fds, count + 1, (int)KH_MAX(until - kh_monotonic_ms(), INT64_C(0)));
	if (n < 0 && errno != EINTR)
		return kh_fail_errno("poll");
	int r = 0;
	for (size_t i = 0; i < p->options.workers && n > 0 && r == 0; i++)
		if (fds[i].revents)
			r = listen_to(p, &p->slots[i]);
	if (r == 0 && n >= 0 && p->clamav)
		kh_clamav_workers_listen(p->clamav, clamav);
	if (r == 0)
		r = replace_those_late(p);
	if (r == 0)
		hand_over_again(p);
	return r;
}

void kh_scan_pool_wake_on(struct kh_scan_pool *p, int fd)
{
	p->wake = fd;
}

/* ---- questions ---- */

/* Lines reach a terminal: they are made printable. */
static void pass_on(const struct kh_scan_question *q, const struct kh_ipc_message *m)
{
	kh_auto_free char *text = kh_strndup((const char *)m->payload, m->len), *line = kh_alloc(4 * m->len + 1);
	kh_printable(line, 4 * m->len + 1, text);
	q->on_line(q->context, line);
}

static int take_end(const struct kh_scan_pool *p, const struct kh_scan_question *q)
{
	struct kh_scan_end end = {0};
	int r = kh_scan_decode_end(p->message.payload, p->message.len, &end);
	if (r < 0 || end.outcome == KH_SCAN_SCANNED)
		return r;
	if (end.outcome == KH_SCAN_TOO_LARGE)
		return kh_fail(KH_E_TOO_LARGE, "%s: larger than files that are scanned", q->path);
	if (end.outcome == KH_SCAN_ENGINE_FAILED)
		return kh_fail(KH_E_INTERNAL, "%s: the rules could not be matched", q->path);
	errno = end.error;
	return kh_fail_errno("%s", q->path);
}

int kh_scan_pool_ask(struct kh_scan_pool *p, const struct kh_scan_question *q)
{
	const struct kh_ipc_accept accept = {.timeout_ms = (int)p->options.file_ms, .max_len = KH_IPC_MAX_INLINE};
	int sock = p->slots[0].worker.sock;
	int r = kh_ipc_send(sock, q->type, q->path, strlen(q->path), q->fd);
	while (r == 0) {
		r = kh_ipc_recv(sock, &accept, &p->message);
		if (r == 0 && p->message.type == KH_SCAN_END)
			return take_end(p, q);
		if (r == 0 && p->message.type != KH_SCAN_LINE)
			return kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
		if (r == 0)
			pass_on(q, &p->message);
	}
	return r;
}

/* ---- life ---- */

const struct kh_scan_ready *kh_scan_pool_ready(const struct kh_scan_pool *p)
{
	return &p->ready;
}

int kh_scan_pool_check_signatures(struct kh_scan_pool *p, const struct kh_clamav_question *q)
{
	return p->clamav ? kh_clamav_workers_check(p->clamav, q) : 0;
}

bool kh_scan_pool_signatures_refused(const struct kh_scan_pool *p)
{
	return p->clamav && kh_clamav_workers_refused(p->clamav);
}

uint64_t kh_scan_pool_replaced(const struct kh_scan_pool *p)
{
	return p->replaced + (p->clamav ? kh_clamav_workers_replaced(p->clamav) : 0);
}

int64_t kh_scan_pool_cpu_ns(struct kh_scan_pool *p)
{
	struct timespec own = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	int64_t sum = own.tv_sec * INT64_C(1000000000) + own.tv_nsec + p->cpu_gone_ns;
	for (struct slot *s = p->slots; s < p->slots + p->options.workers; s++) {
		s->cpu_ns = KH_MAX(s->cpu_ns, kh_worker_cpu_ns(&s->worker));
		sum += s->cpu_ns;
	}
	return p->clamav ? sum + kh_clamav_workers_cpu_ns(p->clamav) : sum;
}

int kh_scan_pool_new(const struct kh_scan_pool_options *options, kh_scan_on_done on_done, void *context, struct kh_scan_pool **ret)
{
	kh_assert(options->workers > 0 && options->workers <= KH_SCAN_MAX_WORKERS);
	kh_auto_scan_pool struct kh_scan_pool *p = kh_alloc(sizeof *p);
	*p = (struct kh_scan_pool){
		.options = *options, .on_done = on_done, .context = context, .nursery = KH_WORKER_NONE, .message = KH_IPC_MESSAGE_INIT, .wake = -1};
	p->slots = kh_alloc_array(options->workers, sizeof *p->slots);
	for (size_t i = 0; i < options->workers; i++)
		p->slots[i].worker = (struct kh_worker)KH_WORKER_NONE;
	int r = start_nursery(p);
	for (size_t i = 0; i < options->workers && r == 0; i++)
		r = start(p, &p->slots[i]);
	if (r == 0) {
		prepare_clamav(p);
		*ret = kh_take(p);
	}
	return r;
}

void kh_scan_pool_free(struct kh_scan_pool *p)
{
	if (!p)
		return;
	kh_worker_done(&p->nursery);
	kh_clamav_workers_free(p->clamav);
	while (p->asked.n > 0) {
		kh_walk_item_done(&p->asked.v[0]->job.item);
		forget(p, p->asked.v[0]);
	}
	kh_array_done(&p->asked);
	for (struct slot *s = p->slots; s < p->slots + p->options.workers; s++) {
		kh_worker_done(&s->worker);
		while (s->queued)
			kh_walk_item_done(&s->queue[--s->queued].item);
	}
	kh_array_each(&p->again, job)
		kh_walk_item_done(&job->item);
	kh_array_done(&p->again);
	kh_ipc_message_done(&p->message);
	kh_scan_ready_done(&p->ready);
	free(p->slots);
	free(p);
}
