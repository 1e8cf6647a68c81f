#include "scan/pool.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "sandbox/worker.h"
#include "scan/checked.h"
#include "scan/clamav_workers.h"
#include "scan/loader.h"

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
	struct kh_scan_pool_options options; /* `program` is lent for _new only */
	char *program;
	kh_scan_on_done on_done;
	void *context;
	enum { ASLEEP, LOADING, AT_WORK } state;
	struct kh_scan_loader loader;
	struct kh_scan_ready told; /* what was said of the content at an earlier scan, until it is loaded */
	int trouble;               /* in beginning to load; told by the next wait */
	struct slot *slots;
	struct {
		struct job *v;
		size_t n, cap;
	} waiting; /* the last is the next: taken while the content was loaded, or left behind by workers that failed */
	struct {
		struct asked **v;
		size_t n, cap;
	} asked;
	struct kh_clamav_workers *clamav; /* NULL: the content has nothing for them */
	struct kh_ipc_message message;
	uint64_t next_id, replaced;
	int64_t cpu_gone_ns; /* used by workers that were replaced */
	int wake; /* -1: none */
};

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

static void hand_over_waiting(struct kh_scan_pool *p)
{
	while (p->waiting.n > 0) {
		struct job *job = &p->waiting.v[p->waiting.n - 1];
		struct slot *s = idlest(p, job->item.state.size);
		if (!s)
			return;
		hand_over(s, *job);
		p->waiting.n--;
	}
}

/* Behind those that came before it. */
static void put_waiting(struct kh_scan_pool *p, struct job job)
{
	kh_array_push(&p->waiting, job);
	memmove(p->waiting.v + 1, p->waiting.v, (p->waiting.n - 1) * sizeof job);
	p->waiting.v[0] = job;
}

/* For when the content is loaded, which begins with the first file. */
static bool let_wait(struct kh_scan_pool *p, struct kh_walk_item *item)
{
	if (p->state == ASLEEP && p->trouble == 0) {
		p->trouble = kh_scan_loader_begin(&p->loader);
		p->state = p->trouble < 0 ? ASLEEP : LOADING;
	}
	if (p->trouble < 0 || p->waiting.n == p->options.workers * KH_SCAN_QUEUE)
		return false;
	put_waiting(p, (struct job){p->next_id++, *item});
	return true;
}

static bool take_on(struct kh_scan_pool *p, struct kh_walk_item *item)
{
	if (p->state != AT_WORK)
		return let_wait(p, item);
	const bool full = p->waiting.n > 0 || (p->clamav && !kh_clamav_workers_have_room(p->clamav));
	struct slot *s = full ? NULL : idlest(p, item->state.size);
	if (s)
		hand_over(s, (struct job){p->next_id++, *item});
	return s != NULL;
}

bool kh_scan_pool_offer(struct kh_scan_pool *p, struct kh_walk_item *item)
{
	const bool taken = take_on(p, item);
	if (taken)
		*item = (struct kh_walk_item)KH_WALK_ITEM_NONE;
	return taken;
}

size_t kh_scan_pool_busy(const struct kh_scan_pool *p)
{
	size_t n = p->waiting.n + p->asked.n;
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
		kh_array_push(&p->waiting, s->queue[s->queued]);
	}
	if (s->queued) {
		s->queued = 0;
		done(p, s->queue[0], NULL, failure);
	}
	s->queued_bytes = 0;
	return kh_scan_loader_split(&p->loader, &s->worker);
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
		.places = p->loader.ready.clamav,
		.file_ms = p->options.file_ms,
	};
	if (p->loader.ready.clamav.some)
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

/* What was told of it before must hold still: verdicts were taken from there. */
static int begin_work(struct kh_scan_pool *p)
{
	int r = kh_scan_loader_finish(&p->loader);
	const struct kh_content_info *told = &p->told.content, *is = &p->loader.ready.content;
	if (r == 0 && p->state == LOADING && memcmp(&told->version, &is->version, sizeof told->version) != 0)
		r = kh_fail(KH_E_WORKER_FAILED, "%s could not start: it has loaded other content", p->loader.program);
	for (size_t i = 0; i < p->options.workers && r == 0; i++)
		r = kh_scan_loader_split(&p->loader, &p->slots[i].worker);
	for (size_t i = 0; i < p->options.workers && r < 0; i++)
		kh_worker_done(&p->slots[i].worker);
	if (r == 0)
		prepare_clamav(p);
	if (r == 0 && !p->loader.options.setup.checked)
		kh_checked_keep(p->options.kept, p->options.content, &p->loader.ready);
	if (r < 0 && p->loader.options.setup.checked)
		kh_checked_forget(p->options.kept, p->options.content);
	p->state = r < 0 ? ASLEEP : AT_WORK;
	p->trouble = r;
	return r;
}

/* Before there are workers. */
static int wait_for_content(struct kh_scan_pool *p, int timeout_ms)
{
	struct pollfd fds[] = {{.fd = p->state == LOADING ? p->loader.process.sock : -1, .events = POLLIN}, {.fd = p->wake, .events = POLLIN}};
	if (p->trouble < 0)
		return p->trouble;
	if (poll(fds, KH_COUNT(fds), timeout_ms) < 0 && errno != EINTR)
		return kh_fail_errno("poll");
	if (p->state == ASLEEP || (fds[0].revents == 0 && kh_monotonic_ms() < p->loader.until_ms))
		return 0;
	int r = begin_work(p);
	if (r == 0)
		hand_over_waiting(p);
	return r;
}

static int wait_for_workers(struct kh_scan_pool *p, int timeout_ms)
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
		hand_over_waiting(p);
	return r;
}

int kh_scan_pool_wait(struct kh_scan_pool *p, int timeout_ms)
{
	return p->state == AT_WORK ? wait_for_workers(p, timeout_ms) : wait_for_content(p, timeout_ms);
}

void kh_scan_pool_wake_on(struct kh_scan_pool *p, int fd)
{
	p->wake = fd;
}

/* ---- life ---- */

const struct kh_scan_ready *kh_scan_pool_ready(const struct kh_scan_pool *p)
{
	return p->state == AT_WORK ? &p->loader.ready : &p->told;
}

bool kh_scan_pool_is_at_work(const struct kh_scan_pool *p)
{
	return p->state == AT_WORK;
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

static void init_loader(struct kh_scan_pool *p, bool checked)
{
	const struct kh_scan_pool_options *o = &p->options;
	const struct kh_scan_loader_options options = {p->program, o->content, {o->setup.max_size, o->setup.limits, checked}};
	kh_scan_loader_init(&p->loader, &options);
}

static int load_at_once(struct kh_scan_pool *p)
{
	p->trouble = kh_scan_loader_begin(&p->loader);
	return p->trouble < 0 ? p->trouble : begin_work(p);
}

int kh_scan_pool_new(const struct kh_scan_pool_options *options, kh_scan_on_done on_done, void *context, struct kh_scan_pool **ret)
{
	kh_assert(options->workers > 0 && options->workers <= KH_SCAN_MAX_WORKERS);
	kh_auto_scan_pool struct kh_scan_pool *p = kh_alloc(sizeof *p);
	*p = (struct kh_scan_pool){.options = *options, .program = kh_strdup(options->program), .on_done = on_done, .context = context, .message = KH_IPC_MESSAGE_INIT, .wake = -1};
	p->slots = kh_alloc_array(options->workers, sizeof *p->slots);
	for (size_t i = 0; i < options->workers; i++)
		p->slots[i].worker = (struct kh_worker)KH_WORKER_NONE;
	const bool checked = kh_checked_find(options->kept, options->content, &p->told);
	init_loader(p, checked);
	int r = checked ? 0 : load_at_once(p);
	if (r == 0)
		*ret = kh_take(p);
	return r;
}

int kh_scan_pool_use(struct kh_scan_pool *p, int content)
{
	kh_assert(p->state == ASLEEP);
	kh_scan_loader_done(&p->loader);
	p->options.content = content;
	init_loader(p, false);
	kh_array_each(&p->waiting, job)
		job->item.clean_but_for_hashes = false; /* that was known of the content before */
	int r = load_at_once(p);
	if (r == 0)
		hand_over_waiting(p);
	return r;
}

void kh_scan_pool_free(struct kh_scan_pool *p)
{
	if (!p)
		return;
	kh_scan_loader_done(&p->loader);
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
	kh_array_each(&p->waiting, job)
		kh_walk_item_done(&job->item);
	kh_array_done(&p->waiting);
	kh_ipc_message_done(&p->message);
	kh_scan_ready_done(&p->told);
	free(p->slots);
	free(p->program);
	free(p);
}
