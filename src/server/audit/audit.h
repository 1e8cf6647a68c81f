/* Who did what: a chain of rows in which each holds the hash of all before it.
 *
 * The canonical form of a row, whose SHA-256 (lower-case hex) is its `hash`, is nine lines, each ended by "\n":
 *
 *     hash of the row before (64 zeros for the first)
 *     id                        decimal; rows are numbered 1, 2, 3 … without a gap
 *     at_ms                     decimal
 *     <bytes of actor>:actor
 *     unit_id                   decimal, or "-" when the act concerns no unit
 *     <bytes of action>:action
 *     <bytes of target>:target
 *     <bytes of detail>:detail
 *     .
 *
 * The lengths keep a text with line ends from passing for two fields. meta.audit_head holds "<count> <hash>" of the last row and is changed in the same
 * transaction, so rows taken off the end show; and the file `audit.heads` in the data directory gets a line "<count> <hash> <time>" after every commit
 * that appended rows, so that a changed database with a changed head shows too, as long as that file (chattr +a, a copy on another machine, the
 * journal) cannot be changed with it. The file may lag: every line in it must fit the chain, the last line need not be the last row. */
#pragma once

#include "base/attr.h"
#include "db/db.h"
#include "gen/codes.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_AUDIT_MAX_DETAIL 2000 /* bytes of one text; longer ones are cut at a character */

struct kh_audit {
	const char *actor;  /* login name; "local:USER" for the command line; "endpoint:UID" for a machine; "system" */
	int64_t unit_id;    /* what it concerns; 0: no unit. It decides who may read the row */
	enum kh_audit_action action;
	const char *target; /* what was acted on, as people call it: a login name, a unit code, an endpoint's id */
	const char *detail; /* what else there is to know, in one line; words of ours by kh_audit_words() (server/audit/detail.h); never passwords, tokens, keys. NULL: "" */
};

/* Inside the transaction of the change it records. */
int kh_audit_append(struct kh_db *writer, const struct kh_audit *entry) KH_MUST_USE;

struct kh_audit_verdict {
	bool intact;
	int64_t rows;      /* that were read */
	int64_t broken_id; /* the first row that does not fit (or is missing); 0: the break is not in a row */
	char what[256];    /* "row 7: the content was changed", in the language of the thread */
};

/* Reads the whole chain, the head in meta, and heads_path (NULL or a file that does not exist: not looked at). What is found is no error. */
int kh_audit_verify(struct kh_db *db, const char *heads_path, struct kh_audit_verdict *ret) KH_MUST_USE;

/* Count and hash of the last row; "" for an empty log. For kh_audit_note_head(). */
struct kh_audit_head {
	int64_t count;
	char hash[65];
};
int kh_audit_head(struct kh_db *db, struct kh_audit_head *ret) KH_MUST_USE;

/* Appends a line to the heads file when the head is another than *last, which is brought up to date. */
int kh_audit_note_head(struct kh_db *db, const char *heads_path, struct kh_audit_head *last) KH_MUST_USE;
