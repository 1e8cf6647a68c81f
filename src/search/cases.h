/* The cases of a machine: documents marked secret that a search of the agent found, and what became of each, until a year after it was settled. They are decided at the machine
 * (khien secret-case): nobody else sees a path. The folder (0700) holds
 *
 *     cases.json   the cases, with paths and what people wrote (0600)
 *     told.json    all that leaves the machine: no path, no name, no text (0600). The collector reads it (fact tables secret_documents and secret_search)
 *     unread.json  files that could not be read (search/unread.h)
 *     hold/        documents taken out of their places, encrypted (scan/quarantine.h)
 *     lock         held by who changes the cases: a search, or a person
 *     searched     what was searched before (search.h, `known`)
 *
 * Both files are replaced as a whole, cases.json first; told.json follows from it. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "search/place.h"
#include "search/search.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_CASES_MAX 5000                          /* more finds are counted only: such a machine is set up anew */
#define KH_CASES_KEPT_S (INT64_C(400) * 86400)     /* of one that is settled */
#define KH_CASES_MAX_NOTE 500                      /* bytes of what a person wrote */

enum kh_case_state {
	KH_CASE_FOUND,
	KH_CASE_HELD,        /* in hold/ */
	KH_CASE_FALSE_ALARM, /* a person says so, with a reason */
	KH_CASE_HANDED_OVER, /* to the officer in charge of state secrets, and removed from this machine */
	KH_CASE_GONE,        /* a later search did not find it there any more */
	KH_CASE_STATES
};
const char *kh_case_state_name(enum kh_case_state s); /* "found" …: family secret_case_state of spec/codes.yaml */

struct kh_case {
	char id[KH_UUID_SIZE];
	char *path; /* bytes, absolute */
	uint8_t sha256[KH_SHA256_SIZE];
	enum kh_secrecy_level level;
	enum kh_search_place place;
	enum kh_case_state state;
	int64_t found_s, since_s; /* first seen; in this state since. Corrected time */
	char hold[KH_UUID_SIZE];  /* in hold/; "": it is not there */
	char *reason;             /* of a false alarm, a code (family secret_false_alarm); NULL */
	char *note;               /* what a person wrote: the reason in words, the number of the minutes; NULL. Never leaves the machine */
	bool seen;                /* in this search; not kept */
};

/* The last search that ended; ended_s 0: none has. */
struct kh_case_search {
	int64_t ended_s;
	const char *lack; /* why it is not complete: "time", "interrupted" (it was stopped), "pictures" (they could not be read); NULL: it is */
	bool independent_lan;
	uint64_t files, documents, encrypted, partly, unread;
	int64_t unread_since_s; /* of these three, when the newest came (search/unread.h); 0: there is none */
};

struct kh_cases {
	struct kh_case *v;
	size_t n, cap;
	struct kh_case_search last;
	uint64_t left_out; /* finds beyond KH_CASES_MAX; not kept */
	char *folder;
	int lock; /* -1: only read */
};
#define KH_CASES_NONE {.lock = -1}

/* To look: none when there is no such folder. KH_E_PERMISSION: it is another user's. */
int kh_cases_read(const char *folder, struct kh_cases *ret) KH_MUST_USE;
/* To change them: makes the folder, waits for whoever changes them now. A damaged file is put aside as cases.json.damaged: what still lies there is found again. */
int kh_cases_open(const char *folder, struct kh_cases *ret) KH_MUST_USE;
/* Of cases that were opened. On disk when it returns 0. */
int kh_cases_save(struct kh_cases *c, int64_t now_s) KH_MUST_USE;
void kh_cases_done(struct kh_cases *c);
#define kh_auto_cases KH_CLEANUP(kh_cases_done)

/* KH_E_NOT_FOUND; KH_E_AMBIGUOUS: several begin so. */
int kh_cases_find(struct kh_cases *c, const char *prefix, struct kh_case **ret) KH_MUST_USE;

/* ---- what a search saw ---- */

struct kh_case_find {
	const char *path;
	const uint8_t *sha256;
	enum kh_secrecy_level level;
	enum kh_search_place place;
};
/* The case of that document, marked as seen; *ret_new: it was not open before. NULL: there are KH_CASES_MAX (left_out counts it). */
struct kh_case *kh_cases_found(struct kh_cases *c, const struct kh_case_find *find, int64_t now_s, bool *ret_new);
/* Another document lies at the path now, or this one with no mark. NULL: no case is open there. */
struct kh_case *kh_cases_cleared(struct kh_cases *c, const char *path, int64_t now_s);
/* After a search: open and not seen, and nothing is at its path any more, though its folder is there. NULL: no further one. */
struct kh_case *kh_cases_next_gone(struct kh_cases *c, int64_t now_s);

/* ---- what a person decides; each is saved by the caller ---- */

/* Takes the document away into hold/. KH_E_FILE_CHANGED: it is not what was found any more. KH_E_RECORD_STATE: it is not open. */
int kh_case_hold(struct kh_cases *c, struct kh_case *k, int64_t now_s) KH_MUST_USE;
/* One that is held is put back where it was. KH_E_RECORD_STATE: it is neither open nor held. */
int kh_case_false_alarm(struct kh_cases *c, struct kh_case *k, const char *reason, const char *note, int64_t now_s) KH_MUST_USE;
/* One that is held is written to `to` (a new file on a medium that is taken away, or a folder there, for a file of its own name; NULL: it was handed over on paper or already), read back from there
 * and compared, and only then removed from hold/ for ever. Links on the way are followed, and where they lead is judged. KH_E_RECORD_STATE: it is not held. KH_E_FORBIDDEN: `to` is on this machine's
 * own disks. Else as kh_quarantine_hand_over(). */
int kh_case_hand_over(struct kh_cases *c, struct kh_case *k, const char *paper, const char *to, int64_t now_s) KH_MUST_USE;

/* Fields of an event record (record/record.h): action "secret_found", "secret_held" …, level, class of place, hash, number of the case. No path. */
void kh_case_event(struct kh_buf *out, const struct kh_case *k);
