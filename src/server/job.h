/* What a running server does by itself, in one thread: answers that change as time passes, and forgetting what has had its time. A job that fails is logged, stands among the
 * server's troubles (trouble.h) until it works again, and holds up no other; of a job of many parts (apart.h) one part holds up no other. */
#pragma once

#include "base/attr.h"

struct kh_server;
struct kh_jobs;

struct kh_jobs *kh_jobs_start(struct kh_server *server) KH_MUST_USE;
/* Breaks off the job that runs (base/stop.h): its next statement fails, a long one ends where it is. What a job has committed stays, the rest is done after the next start. Accepts NULL. */
void kh_jobs_stop(struct kh_jobs *jobs);
