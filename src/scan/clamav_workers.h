/* The workers that ask libclamav (khien-clamav-worker), for a scan's pool: started when the first file needs one, replaced when one crashes, hangs or talks nonsense; the file it was at is
 * answered with what happened. When one cannot even start, none is started again.
 *
 * The caller's loop polls their sockets with its own:
 *
 *     n = kh_clamav_workers_poll(w, fds);
 *     poll(…, until the earlier of its own deadline and kh_clamav_workers_until(w));
 *     kh_clamav_workers_listen(w, fds);
 *
 * Answers may come from any call that takes the workers but _free. */
#pragma once

#include "base/attr.h"
#include "malware/clamav/protocol.h"
#include "malware/content.h"
#include "scan/limits.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_clamav_workers_options {
	const char *program; /* path of khien-clamav-worker; NULL: beside the running program */
	size_t workers;      /* at most KH_SCAN_MAX_CLAMAV_WORKERS */
	int content;         /* descriptor of the compiled content; lent */
	struct kh_content_clamav places;
	int64_t file_ms; /* a file that takes longer costs the worker its life */
};

/* `result`: NULL when there is none; then it was as `failure` says. Both are lent. */
typedef void (*kh_clamav_on_answer)(void *context, void *job, const struct kh_clamav_result *result, const char *failure);

struct kh_clamav_workers;
struct kh_clamav_workers *kh_clamav_workers_new(const struct kh_clamav_workers_options *options, kh_clamav_on_answer on_answer, void *context) KH_MUST_USE;
void kh_clamav_workers_free(struct kh_clamav_workers *w); /* kills what still works; unanswered jobs stay the caller's */

struct kh_clamav_task {
	void *job;
	int fd;                     /* open file; with the candidates lent until the answer */
	const uint32_t *candidates;
	size_t candidate_count;
};
bool kh_clamav_workers_have_room(const struct kh_clamav_workers *w); /* not: better nothing is given now */
void kh_clamav_workers_give(struct kh_clamav_workers *w, const struct kh_clamav_task *task);

/* Asks one of them, which has nothing else to do, what libclamav says of each of the content's signatures; waits for it. Gives the names of those that it refuses ("": it has none), and
 * how far it is. KH_E_WORKER_FAILED. */
struct kh_clamav_question {
	void (*on_refused)(void *context, const char *name, uint64_t more); /* more: so many that are not named; then the name is NULL */
	void (*on_progress)(void *context, uint64_t done, uint64_t of);
	void *context;
};
int kh_clamav_workers_check(struct kh_clamav_workers *w, const struct kh_clamav_question *q) KH_MUST_USE;

size_t kh_clamav_workers_poll(const struct kh_clamav_workers *w, struct pollfd fds[KH_SCAN_MAX_CLAMAV_WORKERS]); /* how many are to be polled */
int64_t kh_clamav_workers_until(const struct kh_clamav_workers *w); /* kh_monotonic_ms() when one will be late; INT64_MAX: none */
void kh_clamav_workers_listen(struct kh_clamav_workers *w, const struct pollfd *fds);

int64_t kh_clamav_workers_cpu_ns(struct kh_clamav_workers *w); /* CPU time that they have used since they were made */
uint64_t kh_clamav_workers_replaced(const struct kh_clamav_workers *w);
bool kh_clamav_workers_refused(const struct kh_clamav_workers *w); /* libclamav did not accept some signature, which was left out */
