/* What a running server does by itself, in one thread: answers that change as time passes, and forgetting what has had its time. */
#pragma once

#include "base/attr.h"

struct kh_server;
struct kh_jobs;

struct kh_jobs *kh_jobs_start(struct kh_server *server) KH_MUST_USE;
/* Waits for the job that runs. Accepts NULL. */
void kh_jobs_stop(struct kh_jobs *jobs);
