/* Scans of the agent run in a child of the broker, `khien-agent role scan`: walking and waiting for workers would hold the broker up. The child has the broker's
 * rights, runs at the lowest priority, and ends with its one job. Over their kh_ipc_pair() it gets one KH_SCAN_JOB_START and answers with records ready for the spool. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_scan_job_type {
	KH_SCAN_JOB_START = 1, /* a job, as JSON */
	KH_SCAN_JOB_DETECTION, /* fields of a detection record (record/record.h) */
	KH_SCAN_JOB_DONE,      /* fields of a scan record; the last message */
	KH_SCAN_JOB_EVENT,     /* fields of an event record */
};

struct kh_scan_job {
	const char *kind;              /* first, quick, full */
	const char *const *patterns;   /* places, with * as in a shell; NULL-terminated */
	const char *const *rules;      /* NULL-terminated */
	const char *quarantine;        /* directory; NULL: leave what is found where it is */
	const char *processes;         /* what is done to those that run a file which goes there (scan/running.h): "off", "warn", "stop" */
	const char *cache;             /* directory where compiled rules and clean verdicts are kept from scan to scan */
	int64_t max_ms, max_bytes, max_file_bytes, workers;
	int64_t clock_offset_ms;       /* the server's time less ours: what is reported is in its time */
};

void kh_scan_job_encode(const struct kh_scan_job *job, struct kh_buf *out);

/* The child: receives the job, scans, answers. The exit status of the process: not 0 also after a DONE, when there were no rules to scan with. */
int kh_scan_job_main(int sock) KH_MUST_USE;
