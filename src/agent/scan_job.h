/* Scans of the agent run in a child of the broker, `khien-agent role scan`: walking and waiting for workers would hold the broker up. The child has the broker's
 * rights, runs at the lowest priority and within its share of the processor, and ends with its one job. Over their kh_ipc_pair() it gets one KH_SCAN_JOB_START and
 * answers with records ready for the spool. SIGTERM asks it to stop soon, with its answer.
 *
 * What it finds it looks at a second time before anything is done about it (agent/second_look.h). */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "malware/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_scan_job_type {
	KH_SCAN_JOB_START = 1, /* a job, as JSON */
	KH_SCAN_JOB_FIND,      /* fields of a detection or detection_state record (record/record.h) */
	KH_SCAN_JOB_PROGRESS,  /* struct kh_scan_job_progress, about once a second */
	KH_SCAN_JOB_END,       /* struct kh_scan_job_end */
	KH_SCAN_JOB_DONE,      /* fields of a scan record; the last message */
	KH_SCAN_JOB_EVENT,     /* fields of an event record */
};

struct kh_scan_job {
	const char *kind;              /* as in docs/protocol.md */
	const char *const *patterns;   /* places besides what the kind looks at; NULL-terminated */
	bool literal;                  /* of these: paths as they are; else with * as in a shell */
	const char *const *rules;      /* NULL-terminated */
	const char *store;             /* content store */
	const char *quarantine;        /* directory; NULL: leave what is found where it is */
	const char *processes;         /* what is done to those that run a file which goes there (scan/running.h): "off", "warn", "stop" */
	const char *cache;             /* directory where compiled rules and clean verdicts are kept from scan to scan */
	const char *state, *endpoint;  /* directory of the finds, and whose they are */
	const char *on_battery;        /* "pause", "slow", "run" */
	const char *campaign;          /* NULL: none */
	int64_t order;                 /* 0: none */
	int64_t max_ms, max_bytes, max_file_bytes, workers;
	int64_t cpu_percent;           /* of one core */
	int64_t recheck_s;             /* until the place of a find is looked at again */
	int64_t clock_offset_ms;       /* the server's time less ours: what is reported is in its time */
};

/* Both ends are one program: as they lie in memory. */
struct kh_scan_job_progress {
	uint64_t files, bytes, found, files_total, bytes_total;
	int64_t left_ms;  /* -1: not known */
	int64_t battery;  /* 1: it waits, because the machine runs on its battery */
};

struct kh_scan_job_end {
	uint64_t files, bytes, infected, suspicious;
	int64_t stop; /* enum kh_scan_stop */
	uint64_t gaps[KH_GAP_COUNT];
};

void kh_scan_job_encode(const struct kh_scan_job *job, struct kh_buf *out);

/* The child: receives the job, scans, answers. The exit status of the process: not 0 also after a DONE, when there were no rules to scan with. */
int kh_scan_job_main(int sock) KH_MUST_USE;
