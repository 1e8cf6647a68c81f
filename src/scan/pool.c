#include "scan/pool.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "sandbox/crew.h"
#include "scan/checked.h"
#include "scan/clamav_workers.h"
#include "scan/loader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A file on its way: waiting for the content, with a worker, or with libclamav. */
struct job {
	struct kh_walk_item item;
	struct kh_scan_reply reply; /* of which libclamav must say the rest */
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
	struct kh_crew *crew;
	struct {
		struct job **v;
		size_t n, cap;
	} waiting /* for the content, in order */, asked /* libclamav, in no order */;
	struct kh_clamav_workers *clamav; /* NULL: the content has nothing for them */
	int wake; /* -1: none */
};

static void job_free(struct job *j)
{
	kh_walk_item_done(&j->item);
	kh_scan_reply_done(&j->reply);
	free(j);
}

/* ---- taking files on ---- */

static void hand_over_waiting(struct kh_scan_pool *p)
{
	size_t n = 0;
	while (n < p->waiting.n && kh_crew_offer(p->crew, p->waiting.v[n], p->waiting.v[n]->item.state.size))
		n++;
	p->waiting.n -= n;
	if (n > 0)
		memmove(p->waiting.v, p->waiting.v + n, p->waiting.n * sizeof *p->waiting.v);
}

/* For when the content is loaded, which begins with the first file. */
static bool let_wait(struct kh_scan_pool *p, struct job *job)
{
	if (p->state == ASLEEP && p->trouble == 0) {
		p->trouble = kh_scan_loader_begin(&p->loader);
		p->state = p->trouble < 0 ? ASLEEP : LOADING;
	}
	if (p->trouble < 0 || p->waiting.n == p->options.workers * KH_SCAN_QUEUE)
		return false;
	kh_array_push(&p->waiting, job);
	return true;
}

static bool take_on(struct kh_scan_pool *p, struct job *job)
{
	if (p->state != AT_WORK)
		return let_wait(p, job);
	const bool full = p->waiting.n > 0 || (p->clamav && !kh_clamav_workers_have_room(p->clamav));
	return !full && kh_crew_offer(p->crew, job, job->item.state.size);
}

bool kh_scan_pool_offer(struct kh_scan_pool *p, struct kh_walk_item *item)
{
	struct job *job = kh_alloc(sizeof *job);
	*job = (struct job){.item = *item};
	const bool taken = take_on(p, job);
	if (taken)
		*item = (struct kh_walk_item)KH_WALK_ITEM_NONE;
	else
		free(job);
	return taken;
}

size_t kh_scan_pool_busy(const struct kh_scan_pool *p)
{
	return p->waiting.n + p->asked.n + kh_crew_busy(p->crew);
}

static void done(struct kh_scan_pool *p, struct job *job, const struct kh_scan_reply *reply, const char *failure)
{
	p->on_done(p->context, &job->item, reply, failure);
	job_free(job);
}

/* ---- asking libclamav ---- */

static void forget(struct kh_scan_pool *p, const struct job *job)
{
	for (size_t i = 0; i < p->asked.n; i++)
		if (p->asked.v[i] == job)
			p->asked.v[i] = p->asked.v[--p->asked.n];
}

static bool is_of_time(const char *limit)
{
	return kh_ends_with(limit, ".MaxScanTime");
}

static void on_clamav(void *context, void *asked, const struct kh_clamav_result *result, const char *failure)
{
	struct kh_scan_pool *p = context;
	struct job *job = asked;
	struct kh_malware_report *report = &job->reply.report;
	(void)failure;
	if (!result)
		kh_malware_report_gap(report, KH_GAP_CLAMAV, NULL);
	else if (*result->answer.name)
		kh_malware_report_clamav(report, result->answer.name);
	if (result && result->answer.limited)
		kh_malware_report_gap(report, is_of_time(result->answer.limit) ? KH_GAP_TIME : KH_GAP_CLAMAV_LIMIT, NULL);
	forget(p, job);
	done(p, job, &job->reply, NULL);
}

/* Takes the reply over. */
static void ask(struct kh_scan_pool *p, struct job *job, struct kh_scan_reply *reply)
{
	job->reply = *reply;
	*reply = (struct kh_scan_reply){0};
	kh_array_push(&p->asked, job);
	const struct kh_clamav_task task = {job, job->item.fd, job->reply.report.clamav.v, job->reply.report.clamav.n};
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

/* ---- the crew ---- */

static int start_worker(void *context, struct kh_worker *ret)
{
	struct kh_scan_pool *p = context;
	return kh_scan_loader_split(&p->loader, ret);
}

static int tell(void *context, int sock, uint64_t id, void *job)
{
	(void)context;
	const struct kh_walk_item *item = &((struct job *)job)->item;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_file(&(struct kh_scan_file){id, item->clean_but_for_hashes, item->path}, &b);
	return kh_ipc_send(sock, KH_SCAN_FILE, b.data, b.len, item->fd);
}

static int on_answer(void *context, uint64_t id, void *job, struct kh_ipc_message *m)
{
	struct kh_scan_pool *p = context;
	kh_auto_scan_reply struct kh_scan_reply reply = {0};
	int r = m->type == KH_SCAN_RESULT ? kh_scan_decode_reply(m->payload, m->len, &reply) : kh_fail(KH_E_SYNTAX, "no result");
	if (r == 0 && (reply.id != id || (reply.report.clamav.asked && !p->clamav)))
		r = kh_fail(KH_E_SYNTAX, "no answer to what was asked");
	if (r == 0 && reply.report.clamav.asked)
		ask(p, job, &reply);
	else if (r == 0)
		done(p, job, &reply, NULL);
	return r;
}

static void on_failure(void *context, void *job, enum kh_crew_failure failure, const struct kh_worker_end *end)
{
	static const char *const words[] = {
		[KH_CREW_CUT_SHORT] = "the file was cut short while it was scanned",
		[KH_CREW_CLOSED] = "the scan worker closed its connection",
		[KH_CREW_MALFORMED] = "the scan worker gave a malformed answer",
	};
	struct kh_scan_pool *p = context;
	char how[KH_WORKER_END_SIZE], text[160];
	if (failure == KH_CREW_ENDED)
		snprintf(text, sizeof text, "the scan worker ended with %s", kh_worker_end_text(end, how));
	else if (failure == KH_CREW_LATE)
		snprintf(text, sizeof text, "the scan worker took longer than %lld ms", (long long)p->options.file_ms);
	done(p, job, NULL, failure == KH_CREW_ENDED || failure == KH_CREW_LATE ? text : words[failure]);
}

/* ---- waiting ---- */

/* What was told of it before must hold still: verdicts were taken from there. */
static int begin_work(struct kh_scan_pool *p)
{
	int r = kh_scan_loader_finish(&p->loader);
	const struct kh_content_info *told = &p->told.content, *is = &p->loader.ready.content;
	if (r == 0 && p->state == LOADING && memcmp(&told->version, &is->version, sizeof told->version) != 0)
		r = kh_fail(KH_E_WORKER_FAILED, "%s could not start: it has loaded other content", p->loader.program);
	r = r < 0 ? r : kh_crew_start(p->crew);
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
	struct pollfd fds[KH_CREW_MAX + KH_SCAN_MAX_CLAMAV_WORKERS + 1], *clamav = fds + p->options.workers;
	int64_t until = KH_MIN(kh_monotonic_ms() + timeout_ms, kh_crew_until(p->crew));
	size_t count = kh_crew_poll(p->crew, fds);
	if (p->clamav) {
		count += kh_clamav_workers_poll(p->clamav, clamav);
		until = KH_MIN(until, kh_clamav_workers_until(p->clamav));
	}
	fds[count] = (struct pollfd){.fd = p->wake, .events = POLLIN};
	int n = poll(fds, count + 1, (int)KH_MAX(until - kh_monotonic_ms(), INT64_C(0)));
	if (n < 0 && errno != EINTR)
		return kh_fail_errno("poll");
	for (size_t i = 0; i <= count && n < 0; i++)
		fds[i].revents = 0;
	int r = kh_crew_listen(p->crew, fds);
	if (r == 0 && p->clamav)
		kh_clamav_workers_listen(p->clamav, clamav);
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
	return kh_crew_replaced(p->crew) + (p->clamav ? kh_clamav_workers_replaced(p->clamav) : 0);
}

int64_t kh_scan_pool_cpu_ns(struct kh_scan_pool *p)
{
	struct timespec own = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	int64_t sum = own.tv_sec * INT64_C(1000000000) + own.tv_nsec + kh_crew_cpu_ns(p->crew);
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

static struct kh_crew *new_crew(struct kh_scan_pool *p)
{
	const struct kh_crew_options options = {
		.workers = p->options.workers,
		.queue = KH_SCAN_QUEUE,
		.queue_bytes = KH_SCAN_QUEUE_BYTES,
		.job_ms = p->options.file_ms,
		.context = p,
		.start = start_worker,
		.tell = tell,
		.on_answer = on_answer,
		.on_failure = on_failure,
	};
	return kh_crew_new(&options);
}

int kh_scan_pool_new(const struct kh_scan_pool_options *options, kh_scan_on_done on_done, void *context, struct kh_scan_pool **ret)
{
	kh_assert(options->workers > 0 && options->workers <= KH_SCAN_MAX_WORKERS);
	kh_auto_scan_pool struct kh_scan_pool *p = kh_alloc(sizeof *p);
	*p = (struct kh_scan_pool){.options = *options, .program = kh_strdup(options->program), .on_done = on_done, .context = context, .wake = -1};
	p->crew = new_crew(p);
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
		(*job)->item.clean_but_for_hashes = false; /* that was known of the content before */
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
	for (struct job *job = kh_crew_drop(p->crew); job; job = kh_crew_drop(p->crew))
		job_free(job);
	kh_crew_free(p->crew);
	kh_array_each(&p->asked, job)
		job_free(*job);
	kh_array_each(&p->waiting, job)
		job_free(*job);
	kh_array_done(&p->asked);
	kh_array_done(&p->waiting);
	kh_scan_ready_done(&p->told);
	free(p->program);
	free(p);
}
