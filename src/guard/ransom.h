/* The ransomware watch: canaries, and what happens to many files at a time. docs/ransomware.md says what it sees and what it does not.
 *
 * The kernel tells of every file that was closed after writing, renamed, made or deleted on the file systems of the watched places. What happens in a watched folder is
 * judged by names and by a few bytes of the file (ransom_look.h), and counted for the process and those above it (ransom_tally.h, ransom_actors.h). Who reaches the
 * threshold, or changes a canary, is stopped first (mode stop), then reported.
 *
 * Not for several threads. Its own process, and all that is done by it, is not looked at. It opens files: where another part of the same process answers the kernel's questions
 * about opened files, that must be on another thread. */
#pragma once

#include "base/attr.h"
#include "guard/ransom_tally.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kh_ransom_options {
	bool stop;                                /* else it only says so */
	const char *const *places, *const *excludes; /* patterns; NULL-terminated, lent as the others */
	const char *const *canary_places;         /* NULL: no canaries, and those that were placed are removed */
	bool canaries_shown;
	const char *const *programs;              /* not counted: kh_ransom_actors_new() */
	const char *state;                        /* a directory of ours: ransom-canaries.json, ransom-alarms.json */
	struct kh_ransom_rules rules;
};

struct kh_ransom_events {
	void *context;
	void (*on_alarm)(void *context, const json_t *alarm); /* ransom_alarms.h; after the process was stopped */
	void (*on_trouble)(void *context, const char *what, int error); /* a literal of kh_words() */
};

struct kh_ransom;

/* KH_E_NOT_SUPPORTED, KH_E_PERMISSION: the kernel or the rights do not allow it. */
int kh_ransom_new(const struct kh_ransom_options *options, const struct kh_ransom_events *events, struct kh_ransom **ret) KH_MUST_USE;
void kh_ransom_free(struct kh_ransom *r); /* canaries stay, who was stopped stays so */

int kh_ransom_fd(const struct kh_ransom *r);  /* readable: _take */
void kh_ransom_take(struct kh_ransom *r);     /* all that has been reported by now */
int64_t kh_ransom_due(struct kh_ransom *r, int64_t now_ms); /* what is due, monotonic; the time of the next */

/* {"mode","file_systems","refused","canaries","stopped":bool,"overflows","alarms":[the latest first]}; new. */
json_t *kh_ransom_status(const struct kh_ransom *r) KH_MUST_USE;

/* Lets the tree that `pid` was stopped with go on, and never counts it again; or ends it. False: none such is stopped. */
bool kh_ransom_release(struct kh_ransom *r, pid_t pid) KH_MUST_USE;
bool kh_ransom_kill(struct kh_ransom *r, pid_t pid) KH_MUST_USE;

/* Removes the canaries that an earlier watch placed, when there is none now. */
int kh_ransom_clean(const char *state) KH_MUST_USE;
