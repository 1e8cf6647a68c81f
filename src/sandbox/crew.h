/* A crew: workers of one kind (sandbox/worker.h) that are given jobs and answer them. Each has a short queue, answered in order, so that it need not wait for its host between two small jobs.
 * One that crashes, hangs or talks nonsense is replaced: the job it was at has failed, those behind it go to another. One thread drives it all; the caller's loop polls:
 *
 *     n = kh_crew_poll(c, fds);
 *     poll(…, until the earlier of its own deadline and kh_crew_until(c));
 *     r = kh_crew_listen(c, fds);
 *
 * What a job is, and how it is told, the crew does not know: it is a pointer of the caller's, which comes back exactly once, by `on_answer`, `on_failure` or kh_crew_drop(). */
#pragma once

#include "base/attr.h"
#include "ipc/ipc.h"
#include "sandbox/worker.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_crew_failure {
	KH_CREW_ENDED,     /* `end` says how */
	KH_CREW_CUT_SHORT, /* the file that it had mapped became shorter (SIGBUS) */
	KH_CREW_CLOSED,    /* it closed its connection */
	KH_CREW_LATE,      /* it took longer than job_ms */
	KH_CREW_MALFORMED, /* its answer was none */
};

struct kh_crew_options {
	size_t workers;       /* at most KH_CREW_MAX */
	size_t queue;         /* jobs that one has, with the one it is at; at most KH_CREW_MAX_QUEUE … */
	uint64_t queue_bytes; /* … and so many bytes in them, when it has more than one */
	int64_t job_ms;
	void *context;
	int (*start)(void *context, struct kh_worker *ret);
	/* Tells a worker of a job. An error is passed over: it shows when the worker is listened to, or late. */
	int (*tell)(void *context, int sock, uint64_t id, void *job);
	/* Takes what a worker answered, as an answer to this job and no other. An error: it is none, the job stays the crew's. */
	int (*on_answer)(void *context, uint64_t id, void *job, struct kh_ipc_message *m);
	void (*on_failure)(void *context, void *job, enum kh_crew_failure failure, const struct kh_worker_end *end);
};

#define KH_CREW_MAX 64
#define KH_CREW_MAX_QUEUE 16

struct kh_crew;
struct kh_crew *kh_crew_new(const struct kh_crew_options *options) KH_MUST_USE; /* starts nobody yet */
void kh_crew_free(struct kh_crew *c);                                          /* kills who still works; kh_crew_drop() before */
KH_DEFINE_CLEANUP(crew, struct kh_crew *, kh_crew_free);
#define kh_auto_crew KH_CLEANUP(kh_cleanup_crew)

/* Starts them all; on failure none is left. */
int kh_crew_start(struct kh_crew *c) KH_MUST_USE;

/* False when nobody has room: listen first. */
bool kh_crew_offer(struct kh_crew *c, void *job, uint64_t bytes) KH_MUST_USE;

/* An unanswered job, in no order, to be released by the caller, while the crew is given up; NULL: there is none any more. */
void *kh_crew_drop(struct kh_crew *c);

size_t kh_crew_poll(const struct kh_crew *c, struct pollfd fds[KH_CREW_MAX]); /* how many are to be polled */
int64_t kh_crew_until(const struct kh_crew *c);                              /* kh_monotonic_ms() when one will be late; INT64_MAX: none */
int kh_crew_listen(struct kh_crew *c, const struct pollfd *fds) KH_MUST_USE; /* fails when one cannot be replaced */

size_t kh_crew_busy(const struct kh_crew *c);     /* jobs not answered */
uint64_t kh_crew_replaced(const struct kh_crew *c);
int64_t kh_crew_cpu_ns(struct kh_crew *c);        /* CPU time that they used since the crew was made */
