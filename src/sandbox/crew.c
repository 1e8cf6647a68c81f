#include "sandbox/crew.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/time.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct job {
	uint64_t id, bytes;
	void *of_caller;
};

struct member {
	struct kh_worker worker;
	int64_t since_ms; /* it began with the first job of its queue */
	int64_t cpu_ns;   /* it had used when last asked */
	struct job queue[KH_CREW_MAX_QUEUE];
	size_t queued;
	uint64_t queued_bytes;
};

struct kh_crew {
	struct kh_crew_options options;
	struct member members[KH_CREW_MAX];
	struct {
		struct job *v;
		size_t n, cap;
	} waiting; /* left behind by those that failed; the last is the next */
	struct kh_ipc_message message;
	uint64_t next_id, replaced;
	int64_t cpu_gone_ns; /* used by those that were replaced */
};

#define each_member(c, m) for (struct member *m = (c)->members; m < (c)->members + (c)->options.workers; m++)

/* ---- queues ---- */

static bool takes(const struct kh_crew *c, const struct member *m, uint64_t bytes)
{
	return m->queued < c->options.queue && (m->queued == 0 || m->queued_bytes + bytes <= c->options.queue_bytes);
}

static struct member *idlest(struct kh_crew *c, uint64_t bytes)
{
	struct member *best = NULL;
	each_member(c, m)
		if (takes(c, m, bytes) && (!best || m->queued < best->queued))
			best = m;
	return best;
}

static void hand_over(struct kh_crew *c, struct member *m, struct job job)
{
	kh_ignore(c->options.tell(c->options.context, m->worker.sock, job.id, job.of_caller));
	if (m->queued == 0)
		m->since_ms = kh_monotonic_ms();
	m->queue[m->queued++] = job;
	m->queued_bytes += job.bytes;
}

static void forget_first(struct member *m)
{
	m->queued_bytes -= m->queue[0].bytes;
	m->queued--;
	memmove(m->queue, m->queue + 1, m->queued * sizeof *m->queue);
	m->since_ms = kh_monotonic_ms();
}

static void hand_over_waiting(struct kh_crew *c)
{
	struct member *m = NULL;
	while (c->waiting.n > 0 && (m = idlest(c, c->waiting.v[c->waiting.n - 1].bytes)))
		hand_over(c, m, c->waiting.v[--c->waiting.n]);
}

bool kh_crew_offer(struct kh_crew *c, void *job, uint64_t bytes)
{
	struct member *m = c->waiting.n > 0 ? NULL : idlest(c, bytes);
	if (m)
		hand_over(c, m, (struct job){c->next_id++, bytes, job});
	return m != NULL;
}

void *kh_crew_drop(struct kh_crew *c)
{
	if (c->waiting.n > 0)
		return c->waiting.v[--c->waiting.n].of_caller;
	each_member(c, m) {
		if (m->queued > 0) {
			m->queued_bytes -= m->queue[--m->queued].bytes;
			return m->queue[m->queued].of_caller;
		}
	}
	return NULL;
}

size_t kh_crew_busy(const struct kh_crew *c)
{
	size_t n = c->waiting.n;
	for (size_t i = 0; i < c->options.workers; i++)
		n += c->members[i].queued;
	return n;
}

/* ---- failures ---- */

/* The job that it was at has failed; what waited behind goes on, in order. */
static int replace(struct kh_crew *c, struct member *m, enum kh_crew_failure failure, const struct kh_worker_end *end)
{
	kh_worker_done(&m->worker);
	c->replaced++;
	c->cpu_gone_ns += m->cpu_ns;
	m->cpu_ns = 0;
	while (m->queued > 1)
		kh_array_push(&c->waiting, m->queue[--m->queued]);
	m->queued_bytes = 0;
	if (m->queued > 0) {
		m->queued = 0;
		c->options.on_failure(c->options.context, m->queue[0].of_caller, failure, end);
	}
	return c->options.start(c->options.context, &m->worker);
}

/* The connection is closed: in the next moment, a process that ended can be asked how. */
static int replace_ended(struct kh_crew *c, struct member *m)
{
	enum { MOMENT_MS = 50 };
	struct kh_worker_end end = {0};
	if (!kh_worker_reap(&m->worker, MOMENT_MS, &end))
		return replace(c, m, KH_CREW_CLOSED, &end);
	return replace(c, m, end.signal == SIGBUS ? KH_CREW_CUT_SHORT : KH_CREW_ENDED, &end);
}

static int replace_malformed(struct kh_crew *c, struct member *m)
{
	return replace(c, m, KH_CREW_MALFORMED, &(struct kh_worker_end){0});
}

/* ---- answers ---- */

static int listen_to(struct kh_crew *c, struct member *m)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE}; /* poll has said that there is something */
	int r = kh_ipc_recv(m->worker.sock, &accept, &c->message);
	if (r == KH_E_WORKER_FAILED)
		return replace_ended(c, m);
	if (r < 0 || m->queued == 0)
		return replace_malformed(c, m);
	const struct job first = m->queue[0];
	if (c->options.on_answer(c->options.context, first.id, first.of_caller, &c->message) < 0)
		return replace_malformed(c, m);
	forget_first(m);
	return 0;
}

/* ---- the loop ---- */

static int64_t deadline_of(const struct kh_crew *c, const struct member *m)
{
	return m->queued == 0 ? INT64_MAX : m->since_ms + c->options.job_ms;
}

/* Its answer may have come while the host was busy. */
static bool has_answered(const struct member *m)
{
	struct pollfd fd = {.fd = m->worker.sock, .events = POLLIN};
	return poll(&fd, 1, 0) > 0;
}

size_t kh_crew_poll(const struct kh_crew *c, struct pollfd fds[KH_CREW_MAX])
{
	for (size_t i = 0; i < c->options.workers; i++)
		fds[i] = (struct pollfd){.fd = c->members[i].worker.sock, .events = POLLIN};
	return c->options.workers;
}

int64_t kh_crew_until(const struct kh_crew *c)
{
	int64_t until = INT64_MAX;
	for (size_t i = 0; i < c->options.workers; i++)
		until = KH_MIN(until, deadline_of(c, &c->members[i]));
	return until;
}

int kh_crew_listen(struct kh_crew *c, const struct pollfd *fds)
{
	int r = 0;
	for (size_t i = 0; i < c->options.workers && r == 0; i++)
		if (fds[i].revents)
			r = listen_to(c, &c->members[i]);
	const int64_t now_ms = kh_monotonic_ms();
	for (struct member *m = c->members; m < c->members + c->options.workers && r == 0; m++)
		if (now_ms >= deadline_of(c, m) && !has_answered(m))
			r = replace(c, m, KH_CREW_LATE, &(struct kh_worker_end){0});
	if (r == 0)
		hand_over_waiting(c);
	return r;
}

uint64_t kh_crew_replaced(const struct kh_crew *c)
{
	return c->replaced;
}

int64_t kh_crew_cpu_ns(struct kh_crew *c)
{
	int64_t sum = c->cpu_gone_ns;
	each_member(c, m) {
		m->cpu_ns = KH_MAX(m->cpu_ns, kh_worker_cpu_ns(&m->worker));
		sum += m->cpu_ns;
	}
	return sum;
}

/* ---- life ---- */

struct kh_crew *kh_crew_new(const struct kh_crew_options *options)
{
	kh_assert(options->workers > 0 && options->workers <= KH_CREW_MAX && options->queue > 0 && options->queue <= KH_CREW_MAX_QUEUE);
	struct kh_crew *c = kh_alloc(sizeof *c);
	*c = (struct kh_crew){.options = *options, .message = KH_IPC_MESSAGE_INIT};
	each_member(c, m)
		m->worker = (struct kh_worker)KH_WORKER_NONE;
	return c;
}

int kh_crew_start(struct kh_crew *c)
{
	int r = 0;
	for (size_t i = 0; i < c->options.workers && r == 0; i++)
		r = c->options.start(c->options.context, &c->members[i].worker);
	for (size_t i = 0; i < c->options.workers && r < 0; i++)
		kh_worker_done(&c->members[i].worker);
	return r;
}

void kh_crew_free(struct kh_crew *c)
{
	if (!c)
		return;
	each_member(c, m)
		kh_worker_done(&m->worker);
	kh_array_done(&c->waiting);
	kh_ipc_message_done(&c->message);
	free(c);
}
