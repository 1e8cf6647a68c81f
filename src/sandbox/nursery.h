/* Workers that share what took long to load: a nursery is a worker that gets ready once (reads its rules, enters KH_SANDBOX_NURSERY) and then splits
 * off a copy of itself whenever its host asks for one. The copies are children of the host, share the nursery's memory until they write to it,
 * and live in KH_SANDBOX_PURE. When one fails, its replacement is there in a millisecond.
 *
 * Wire: KH_NURSERY_SPLIT with the socket of the new worker, answered by KH_NURSERY_CHILD with its pid (u32, little endian). */
#pragma once

#include "base/attr.h"
#include "sandbox/worker.h"

#define KH_NURSERY_SPLIT 0x7001
#define KH_NURSERY_CHILD 0x7002

/* In the nursery, which is in KH_SANDBOX_NURSERY and has one thread: serves its host on KH_WORKER_SOCK. Returns 0 in each new worker, whose KH_WORKER_SOCK is its own.
 * In the nursery it returns only an error; KH_E_WORKER_FAILED: the host has closed the connection. */
int kh_nursery_serve(void) KH_MUST_USE;

/* In the host: a new worker, to be ended by kh_worker_done(). KH_E_WORKER_FAILED when the nursery is gone or talks nonsense: then it is of no more use. */
int kh_nursery_split(const struct kh_worker *nursery, struct kh_worker *ret_worker) KH_MUST_USE;
