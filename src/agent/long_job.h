/* What the children of the broker that work for long have in common (agent/scan_job.h, agent/search_job.h): the lowest priority, one job that comes as JSON, a share of the processor that goes by the
 * battery, answers to the broker, and SIGTERM, which asks them to end soon. */
#pragma once

#include "base/attr.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_long_job {
	int sock;
	json_t *job;
	const char *on_battery; /* "pause", "slow", "run" */
	int64_t cpu_percent;    /* of one core */
	int64_t clock_offset_ms; /* the server's time less ours: what is reported is in its time */
	int64_t told_ms;
	bool battery; /* it waits, because the machine runs on its battery */
};

extern volatile sig_atomic_t kh_long_job_stop; /* becomes non-zero at SIGTERM */

/* Takes the job, a message of this type, over `sock`, and of it what every job has: "on_battery", "cpu_percent", "clock_offset_ms". `program` is for the log. */
int kh_long_job_begin(struct kh_long_job *j, const char *program, int sock, uint16_t type) KH_MUST_USE;

/* For the options of a scan or search: how much of a core now, 0 while it has to wait. */
int kh_long_job_cpu_percent(void *job);

int64_t kh_long_job_now_ms(const struct kh_long_job *j);

/* The broker gone, there is nobody to work for: the process ends. */
void kh_long_job_send(const struct kh_long_job *j, uint16_t type, const void *bytes, size_t n);

/* Progress is told once a second: true when it is time. */
bool kh_long_job_tells_now(struct kh_long_job *j);

/* The exit status of the process. */
int kh_long_job_end(struct kh_long_job *j, int error, const char *failed);
