/* A search for documents with marks of state secrets, from end to end, for the command line and the agent: walk → worker → report. Files are read in sandboxed workers only
 * (khien-document-worker); this side walks, hands out descriptors and takes answers, which it checks like network input.
 *
 * One thread; it must live as long as the search. The answer is its results and its summary; an error is returned only when there can be no search. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "document/read/read.h"
#include "scan/why.h"
#include "search/report.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, it means: the rules and letters that are installed, a worker per processor, files up to KH_SEARCH_MAX_SIZE, one file system, pictures read when they may bear a stamp. */
struct kh_search_options {
	const char *const *paths; /* files and folders; a symbolic link among them is followed, those below are not */
	size_t path_count;
	const char *const *excludes;    /* absolute paths, NULL-terminated */
	const char *const *passed_over; /* likewise, without a word (scan/walk.h) */
	bool cross_file_systems;
	uint64_t max_size; /* larger files are skipped; given by the caller, that is no lack */
	size_t workers;
	enum kh_ocr ocr;
	bool show;               /* matched lines are in the reports: for the terminal only */
	const char *rules;       /* folder; NULL: packs/secrecy of what is installed */
	const char *letters;     /* file of Tesseract's trained data; NULL: looked for where Debian has it */
	const char *known;       /* file of what was searched before (scan/verdict_cache.h); NULL: every file is read */
	const char *worker;      /* path of khien-document-worker; NULL: beside the running program */
	const struct kh_unpack_limits *limits; /* of one file; NULL: KH_UNPACK_LIMITS */
	bool estimate;           /* counts in a thread of its own what there is, for the progress */

	/* How many percent of one core the search may use, as in scan/scan.h. */
	int (*cpu_percent)(void *context);
	void *cpu_context;

	int64_t max_ms;                    /* ends it before the end; 0: never */
	const volatile sig_atomic_t *stop; /* becomes non-zero: stop soon */
};

/* What is known about one file; all is lent to the callback. */
struct kh_search_result {
	const char *path; /* bytes, not always UTF-8 */
	bool known;       /* unchanged since an earlier search found no mark in it: only size and hash of the report hold */
	bool hashed;      /* the report's sha256 holds: it is a document */
	bool skipped;     /* too large, excluded …: `why` */
	const struct kh_search_report *report;
	enum kh_scan_why why; /* of what was skipped, and of an error */
	const char *reason;   /* all of that in English words; NULL when there is nothing to say */
	int fd;               /* of the open file; -1: none. Lent */
	const char *real_path; /* absolute, without symbolic links; NULL: it was not opened */
};

struct kh_search_progress {
	uint64_t files, bytes, found, errors;
	int64_t elapsed_ms;
	const char *path; /* the latest; lent */
	uint64_t files_total, bytes_total; /* with options.estimate, once they are known; 0: not yet */
	int64_t left_ms;                   /* about; -1: not known */
};

struct kh_search_events {
	void *context;
	void (*on_result)(void *context, const struct kh_search_result *result);
	void (*on_progress)(void *context, const struct kh_search_progress *progress);
};

enum kh_search_stop { KH_SEARCH_TO_THE_END, KH_SEARCH_STOPPED, KH_SEARCH_OUT_OF_TIME };
const char *kh_search_stop_name(enum kh_search_stop s); /* "interrupted", "time"; NULL: it came to the end */

struct kh_search_summary {
	uint64_t files, bytes; /* looked at */
	uint64_t documents;    /* of them, those that are documents and were read now */
	uint64_t known;        /* of them, those known from before */
	uint64_t found[KH_SECRECY_LEVELS]; /* files by level; [KH_SECRECY_NONE] is not used */
	uint64_t partly, encrypted, skipped, errors;
	uint64_t too_large;    /* of those skipped */
	uint64_t replaced_workers;
	int64_t elapsed_ms;
	enum kh_search_stop stop;
	bool size_was_chosen; /* the caller gave max_size */
	bool pictures;        /* could be read, or were not to be */
	int landlock_abi;
	bool user_changed;
};

int kh_search_run(const struct kh_search_options *options, const struct kh_search_events *events, struct kh_search_summary *ret) KH_MUST_USE;

uint64_t kh_search_found(const struct kh_search_summary *s); /* of all levels */

/* 1: something marked was found (also when the search is not complete) · 3: nothing, but it is not complete: files that could not be read, or only in part, or are encrypted ·
 * 0: complete, and nothing found. */
int kh_search_exit_status(const struct kh_search_summary *s);

/* One line of NDJSON, with its line end:
 *     {"path","sha256","format","encoding","state","reason","level","confidence","marks":[{"kind","page","where"}]}; for a path that is not UTF-8 "path_bytes", base64;
 *     {"summary":{…}}, the last line */
void kh_search_json_result(struct kh_buf *b, const struct kh_search_result *r);
void kh_search_json_summary(struct kh_buf *b, const struct kh_search_summary *s);
