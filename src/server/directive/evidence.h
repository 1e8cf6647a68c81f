/* A few rows under each figure, gathered once per control however many clauses lean on it. */
#pragma once

#include "gen/figures.h"
#include "server/posture/rows.h"

struct kh_evidence {
	int64_t limit; /* rows of one control; 0: gather nothing */
	int64_t all;   /* instead: the failing rows of every control, at most so many in all; 0: no */
	int64_t gathered_rows;
	int64_t now_s;
	enum kh_language language;
	bool gathered[KH_CONTROLS_COUNT];
	struct kh_row_list rows[KH_CONTROLS_COUNT]; /* worst answers first */
};
void kh_evidence_done(struct kh_evidence *evidence);
#define kh_auto_evidence KH_CLEANUP(kh_evidence_done)

/* The rows that explain a figure, worst answers first, into ret[], which has room for evidence->limit; gives how many. Of one control all that are there; of several only
 * those that fail or are unknown. */
size_t kh_evidence_of_figure(const struct kh_evidence *evidence, const struct kh_figure *figure, const struct kh_row **ret);

/* Sees to it that the rows of this control are there. */
int kh_evidence_gather(struct kh_db *db, const struct kh_scope *scope, const struct kh_control *control, struct kh_evidence *evidence) KH_MUST_USE;
int kh_evidence_gather_figure(struct kh_db *db, const struct kh_scope *scope, const struct kh_figure *figure, struct kh_evidence *evidence) KH_MUST_USE;
