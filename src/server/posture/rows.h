/* The rows behind a number: which subjects of a control gave which answer, and why.
 *
 * The stored answers say which endpoints or units to ask and how many rows to step over, so a page costs those it shows, not the 10,000 it does not. The
 * rows are asked for as of now, the totals are those of posture: where time changed an answer since the last run of the clock (≤ 10 minutes) a page
 * may hold a row less than promised. Rows of the past are not kept. */
#pragma once

#include "base/array.h"
#include "base/i18n.h"
#include "gen/controls.h"
#include "server/account/scope.h"
#include "server/posture/answer.h"

#include <stddef.h>
#include <stdint.h>

#define KH_ALL_ANSWERS ((1u << KH_ANSWERS) - 1)
#define KH_MAX_ROWS 500 /* of one page */
#define KH_MAX_SAMPLE 1000000 /* of one sample: a list to work by holds them all */

struct kh_row {
	char *endpoint, *hostname; /* uid and name; NULL of a control over units */
	char *unit_code, *unit_name;
	char *subject;  /* as the control names it; the host name, or that of the unit, where the subject is the machine, or the unit */
	char *evidence; /* may be NULL */
	int64_t record; /* id in the register control->record_of; 0: the row is of no record */
	enum kh_answer answer;
	const struct kh_control *control;
};

struct kh_row_list {
	KH_ARRAY(struct kh_row) of;
};
void kh_row_list_done(struct kh_row_list *list);
#define kh_auto_rows KH_CLEANUP(kh_row_list_done)

struct kh_row_question {
	const struct kh_control *control;
	unsigned answers;        /* bits 1u << enum kh_answer; 0: all */
	const char *name;        /* part of the machine's name, over units of the unit's, folded (kh_utf8_fold) and with LIKE's signs escaped by '\'; NULL: every one */
	int64_t endpoint_id;     /* 0: every machine; a control over units has no rows of one machine */
	int64_t offset, limit;   /* limit ≤ KH_MAX_ROWS; of a sample KH_MAX_SAMPLE */
	int64_t now_s;
	enum kh_language language; /* of subject and evidence */
};

/* Worst answers first (fail, unknown, excepted, pass, not applicable), in each by the name of the machine or the unit, then by subject. ret_counts (may be NULL): how many subjects give
 * which answer over everything the question chooses, whatever its `answers`, offset and limit. */
int kh_posture_rows(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret, struct kh_counts *ret_counts) KH_MUST_USE;

/* Some rows with one of the answers, worst first but in no other order: the sample under a figure. Stops as soon as it has `limit`. */
int kh_posture_sample(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, struct kh_row_list *ret) KH_MUST_USE;

/* Whose row it is: the machine's name, or that of the unit. */
const char *kh_row_of(const struct kh_row *row) KH_PURE;

/* "50%_done" → "50\%\_done", for LIKE ?n ESCAPE '\'; new memory. */
char *kh_like_escape(const char *text) KH_MUST_USE;
