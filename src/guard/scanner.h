/* Scanning for a loop that must not wait: a thread of its own loads the content in use on this machine (else the rules that come with the program), keeps the workers
 * (scan/pool.h), and gives verdicts. When the content changes it says so; a new scanner then loads the new one while this one still works. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"
#include "malware/report.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_scanner_state {
	KH_SCANNER_LOADING,
	KH_SCANNER_READY,
	KH_SCANNER_FAILED, /* it can do nothing; what it had is given back as not scanned */
	KH_SCANNER_ENDED,  /* it was retired, and has given all its verdicts */
};

struct kh_scanner_info {
	enum kh_scanner_state state;
	bool outdated; /* other content is in use by now */
	uint64_t rules; /* of all kinds */
	int64_t content_s; /* Unix time of the newest source of the content */
	uint64_t replaced; /* workers that had to be */
	char trouble[256]; /* why it failed */
};

/* Of one file. Owns the report. */
struct kh_scanner_verdict {
	struct kh_file_state state; /* as it was given */
	bool scanned;               /* not: the report is empty */
	struct kh_malware_report report;
	char user[64]; /* name of the uid that was given, when something was found; "": it has none */
	struct kh_scanner_verdict *next;
};
void kh_scanner_verdict_free(struct kh_scanner_verdict *v);

struct kh_scanner;

/* Starts loading. The settings are lent. */
int kh_scanner_new(const struct kh_agent_settings *settings, struct kh_scanner **ret) KH_MUST_USE;
/* Takes no more files, finishes those it has, and ends. */
void kh_scanner_retire(struct kh_scanner *s);
/* Waits for its end: at once for one that has ended, else some seconds. */
void kh_scanner_free(struct kh_scanner *s);

/* Readable when there is a verdict, or the state has changed. */
int kh_scanner_fd(const struct kh_scanner *s);
void kh_scanner_info(struct kh_scanner *s, struct kh_scanner_info *ret);

/* Hands a file over: a descriptor and a path, both its own from now on. Somebody waits for those that are urgent: they go first. */
struct kh_scanner_file {
	int fd;
	char *path;
	struct kh_file_state state; /* no two that are under way have the same */
	unsigned uid;
	bool urgent;
};
void kh_scanner_offer(struct kh_scanner *s, const struct kh_scanner_file *file);
void kh_scanner_hurry(struct kh_scanner *s, const struct kh_file_state *state); /* this one has become urgent */

/* The next verdict, NULL: none now. The caller frees it. */
struct kh_scanner_verdict *kh_scanner_next(struct kh_scanner *s) KH_MUST_USE;
