/* The workers of a scan: hands out files, collects answers, replaces a worker that crashes, hangs or talks nonsense. One thread drives it all.
 *
 * Each worker has a short queue of files, answered in order, so that it need not wait for the host between two small files. When a worker
 * fails, the file it was at is reported with the reason, and those behind it go to another worker.
 *
 * Where the answer is that libclamav must be asked, the same descriptor goes on to a worker of another kind (scan/clamav_workers.h), and its answer into the report; what that worker
 * could not say is a gap in it. */
#pragma once

#include "base/attr.h"
#include "scan/protocol.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_scan_pool_options {
	const char *program; /* path of khien-scan-worker */
	const char *clamav;  /* path of khien-clamav-worker; NULL: beside the running program */
	size_t workers;
	int content; /* descriptor of the compiled content; lent until _free */
	const char *kept; /* folder in which it is noted that content was checked (scan/checked.h); NULL: nowhere */
	struct kh_scan_setup setup;
	int64_t file_ms; /* a file that takes longer costs the worker its life */
};

/* A file is done: `reply` is its result, or NULL with the words of what happened to the worker. Both are lent. */
typedef void (*kh_scan_on_done)(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure);

struct kh_scan_pool;

/* Loads the content once, and makes the workers from that. KH_E_WORKER_FAILED, KH_E_SANDBOX … when none can work.
 * Of content that was checked before, this is put off until there is a file for it, and goes on beside what the caller does; then the same errors come from kh_scan_pool_wait. */
int kh_scan_pool_new(const struct kh_scan_pool_options *options, kh_scan_on_done on_done, void *context, struct kh_scan_pool **ret) KH_MUST_USE;
void kh_scan_pool_free(struct kh_scan_pool *p); /* kills what still works */
KH_DEFINE_CLEANUP(scan_pool, struct kh_scan_pool *, kh_scan_pool_free);
#define kh_auto_scan_pool KH_CLEANUP(kh_cleanup_scan_pool)

/* What was said when the content was loaded, now or at an earlier scan; lent until the next call that takes the pool. */
const struct kh_scan_ready *kh_scan_pool_ready(const struct kh_scan_pool *p);
bool kh_scan_pool_is_at_work(const struct kh_scan_pool *p); /* now */

/* Instead of content that could not be loaded after all (the pool is not at work): it is loaded at once. What waits for workers waits on. */
int kh_scan_pool_use(struct kh_scan_pool *p, int content) KH_MUST_USE;

/* Takes the file over (leaving the item empty) when a worker has room for it; false: kh_scan_pool_wait first. */
bool kh_scan_pool_offer(struct kh_scan_pool *p, struct kh_walk_item *item) KH_MUST_USE;

/* Waits for something to happen, at most so long; calls on_done for each file that got done. Fails when a worker cannot be replaced. */
int kh_scan_pool_wait(struct kh_scan_pool *p, int timeout_ms) KH_MUST_USE;
/* From now on a wait ends, too, when this descriptor is readable: the caller has something else to do. Lent. */
void kh_scan_pool_wake_on(struct kh_scan_pool *p, int fd);

size_t kh_scan_pool_busy(const struct kh_scan_pool *p);     /* files taken and not done */
/* What libclamav refuses of the content's signatures, asked of all of them (scan/clamav_workers.h), while there are no files. */
struct kh_clamav_question;
int kh_scan_pool_check_signatures(struct kh_scan_pool *p, const struct kh_clamav_question *q) KH_MUST_USE;
bool kh_scan_pool_signatures_refused(const struct kh_scan_pool *p); /* by libclamav: they were left out */
uint64_t kh_scan_pool_replaced(const struct kh_scan_pool *p); /* workers that had to be */

/* CPU time that the workers have used since they were made, and this process with them. */
int64_t kh_scan_pool_cpu_ns(struct kh_scan_pool *p) KH_MUST_USE;
