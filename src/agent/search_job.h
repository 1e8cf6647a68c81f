/* The search for documents marked secret runs in a child of the broker, `khien-agent role search`, as scans do (agent/scan_job.h): the broker's rights, the lowest priority, a share of the processor,
 * one job. It walks, hands descriptors to khien-document-worker, and writes what was found into the cases of the machine (search/cases.h) as it goes, so that a machine that is switched off
 * has lost little. Over its kh_ipc_pair() it gets one KH_SEARCH_JOB_START and answers with records for the spool, none of which has a name or a path. SIGTERM asks it to stop soon, with its answer. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_search_job_type {
	KH_SEARCH_JOB_START = 1, /* a job, as JSON */
	KH_SEARCH_JOB_EVENT,     /* fields of an event record */
	KH_SEARCH_JOB_PROGRESS,  /* struct kh_search_job_progress, about once a second */
	KH_SEARCH_JOB_END,       /* struct kh_search_job_end; the last message */
};

struct kh_search_job {
	const char *folder;            /* of the cases */
	const char *const *patterns;   /* places, with * as in a shell; NULL-terminated */
	const char *passed_over;       /* the agent's own folder */
	const char *ocr;               /* "auto", "never", "always" */
	const char *on_battery;        /* "pause", "slow", "run" */
	bool independent_lan;
	int64_t cpu_percent, max_ms, max_file_bytes, workers;
	int64_t clock_offset_ms;
};

/* Both ends are one program: as they lie in memory. */
struct kh_search_job_progress {
	uint64_t files, bytes, found;
	int64_t battery; /* 1: it waits, because the machine runs on its battery */
};

struct kh_search_job_end {
	uint64_t files, bytes, found, unread;
	int64_t complete; /* 1: to the end, and pictures could be read */
	int64_t stop;     /* enum kh_search_stop */
};

void kh_search_job_encode(const struct kh_search_job *job, struct kh_buf *out);

/* The child: receives the job, searches, answers. The exit status of the process. */
int kh_search_job_main(int sock) KH_MUST_USE;
