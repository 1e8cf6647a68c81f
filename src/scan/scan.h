/* A scan from end to end, for the command line and the agent: walk → worker → verdict → quarantine → result. The files' bytes are looked at in
 * sandboxed workers only; this side walks, hands out descriptors and takes answers, which it checks like network input.
 *
 * One thread; it must live as long as the scan (the workers die with it). The answer of a scan is its results and its summary; an error is
 * returned only when there can be no scan (no worker can be started). A clean summary means that all that was asked for was looked at: see
 * kh_scan_complete(). */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "malware/content.h"
#include "malware/report.h"
#include "scan/limits.h"
#include "scan/running.h"
#include "scan/why.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_quarantine;

struct kh_scan_input {
	int fd;           /* lent */
	const char *path; /* what it is called in results */
};

/* Zeroed, it means: the shipped rules (no rules and no signatures named), a worker per processor, files up to KH_SCAN_MAX_SIZE, one file system, no quarantine, no end. */
struct kh_scan_options {
	const char *const *paths; /* files and folders; a symbolic link among them is followed, those below are not */
	size_t path_count;
	const char *const *rules; /* files, and folders with *.yar and *.yara */
	size_t rule_count;
	const char *const *signatures; /* ClamAV databases: files, and folders with them */
	size_t signature_count;
	const struct kh_yara_external *externals; /* variables of YARA rules */
	size_t external_count;
	int content; /* descriptor of compiled content that is used instead of all these; 0: none */
	/* When that could not be loaded after all, while files were told already: gives content to the function until some of it is loaded. NULL: there is no other. */
	int (*content_again)(void *context, int (*load)(void *scan, int fd), void *scan);
	void *content_context;
	const char *compiled; /* folder where compiled content is kept from scan to scan, and that it was checked (scan/checked.h); NULL: nowhere */
	const char *const *excludes;    /* absolute paths, NULL-terminated */
	const char *const *passed_over; /* likewise, without a word (scan/walk.h) */
	bool cross_file_systems;
	uint64_t max_size; /* larger files are skipped; given by the caller, that is no lack */
	size_t workers;
	const struct kh_scan_input *inputs; /* regular files that are scanned too, by descriptor: first, and never put into quarantine */
	size_t input_count;
	struct kh_quarantine *quarantine; /* infected files go there; lent */
	enum kh_running_policy processes; /* what is done to those that run a file which goes there */
	const struct kh_unpack_limits *limits; /* of one file; NULL: KH_UNPACK_LIMITS */
	const char *verdicts; /* file of the verdict cache (scan/verdict_cache.h); NULL: every file is read */
	const char *worker; /* path of khien-scan-worker; NULL: beside the running program */
	const char *clamav; /* path of khien-clamav-worker; NULL: the same */

	bool estimate; /* counts in a thread of its own what there is to scan, for the progress */

	/* How many percent of one core the scan may use, its workers included; asked about once a second, 0: it waits. NULL: as much as there is. */
	int (*cpu_percent)(void *context);
	void *cpu_context;

	/* Ending before the end; the summary then says why. */
	int64_t max_ms;
	uint64_t max_bytes;                 /* of all files together */
	const volatile sig_atomic_t *stop; /* becomes non-zero: stop soon */
};

/* What was found about one file; all is lent to the callback. */
struct kh_scan_result {
	const char *path; /* as asked for, and what is below; bytes, not always UTF-8 */
	enum kh_verdict verdict;
	bool has_size, has_hash;
	uint64_t size;
	uint8_t sha256[32];
	const struct kh_detection *detections;
	size_t detection_count;
	const struct kh_gap *gaps; /* what could not be looked at; any: it was scanned partly */
	size_t gap_count;
	enum kh_scan_why why;        /* of skipped and error */
	const char *quarantine_id;   /* it is in the quarantine, not at its path any more; NULL: it was not moved */
	const char *not_quarantined; /* the detail of why not, when it was tried */
	const struct kh_running *running; /* the processes that ran it, when it was tried; NULL: none */
	const char *reason;          /* all of this in English words, but for details of errors; NULL when there is nothing to say */
};

struct kh_scan_progress {
	uint64_t files, bytes, infected, suspicious, errors;
	int64_t elapsed_ms;
	const char *path; /* the latest; lent */
	uint64_t files_total, bytes_total; /* with options.estimate, once they are known; 0: not yet */
	int64_t left_ms;                   /* about; -1: not known */
	bool waits;                        /* nothing more is begun now, because of cpu_percent */
};

/* Either may be NULL. on_progress comes every KH_SCAN_PROGRESS_MS or so. */
struct kh_scan_events {
	void *context;
	void (*on_result)(void *context, const struct kh_scan_result *result);
	void (*on_progress)(void *context, const struct kh_scan_progress *progress);
};

enum kh_scan_stop { KH_SCAN_TO_THE_END, KH_SCAN_STOPPED, KH_SCAN_OUT_OF_TIME, KH_SCAN_ENOUGH_BYTES };

/* As it is written down: "interrupted", "time" or "bytes"; NULL: it came to the end. */
const char *kh_scan_stop_name(enum kh_scan_stop stop);

struct kh_scan_summary {
	uint64_t files;      /* looked at: clean, infected and suspicious together */
	uint64_t bytes;      /* in them */
	uint64_t infected, suspicious, skipped, errors;
	uint64_t partly;     /* of the files looked at … */
	uint64_t gaps[KH_GAP_COUNT]; /* … and why: for how many of them each reason holds */
	uint64_t known;      /* of the files looked at: clean in this very state at an earlier scan with the same content */
	uint64_t too_large;  /* of those skipped */
	uint64_t quarantined, not_quarantined;
	uint64_t replaced_workers;
	int64_t elapsed_ms;
	enum kh_scan_stop stop;
	bool size_was_chosen; /* the caller gave max_size */
	bool test_rules_only; /* nothing was imported: what comes with the program finds its test files, and no malware */

	size_t rules;                         /* that worked; 0: nothing was scanned */
	int64_t content_s;                    /* Unix time of the newest rule file; 0: none */
	struct kh_rule_problems rule_problems; /* what was left out; owned */

	/* The workers' sandbox, for health reports. seccomp holds always: without it, a worker does not start. */
	int landlock_abi;
	bool user_changed;
};
void kh_scan_summary_done(struct kh_scan_summary *s);
#define kh_auto_scan_summary KH_CLEANUP(kh_scan_summary_done)

int kh_scan_run(const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret) KH_MUST_USE;

/* Everything that was asked for was looked at, whole and with all the rules; not, when all there was to look at was skipped, nor by test rules alone. */
bool kh_scan_complete(const struct kh_scan_summary *s);

/* 1: something infected or suspicious was found (also when the scan is not complete) · 3: nothing was found, but the scan is not complete ·
 * 0: complete, and nothing found. */
int kh_scan_exit_status(const struct kh_scan_summary *s);

/* One line of NDJSON, with its line end:
 *     {"path","sha256","size","verdict","detections":[{"engine","rule","member"}],"reason"}, and for a path that is not UTF-8 "path_bytes", base64;
 *     {"summary":{…}}, the last line */
void kh_scan_json_result(struct kh_buf *b, const struct kh_scan_result *r);
void kh_scan_json_summary(struct kh_buf *b, const struct kh_scan_summary *s);
void kh_scan_json_gaps(struct kh_buf *b, const uint64_t gaps[KH_GAP_COUNT]); /* {"encrypted":3,…}: those that are not 0, by kh_gap_code() */
