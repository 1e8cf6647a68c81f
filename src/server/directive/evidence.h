/* A few rows under each figure, gathered once per control however many clauses lean on it. */
#pragma once

#include "server/posture/rows.h"

struct kh_evidence {
	int64_t limit; /* rows of one control; 0: gather nothing */
	int64_t now_s;
	bool gathered[KH_CONTROLS_COUNT];
	struct kh_row_list rows[KH_CONTROLS_COUNT]; /* worst answers first */
};
void kh_evidence_done(struct kh_evidence *evidence);
#define kh_auto_evidence KH_CLEANUP(kh_evidence_done)

/* Sees to it that the rows of this control are there. */
int kh_evidence_gather(struct kh_db *db, const struct kh_scope *scope, const struct kh_control *control, struct kh_evidence *evidence) KH_MUST_USE;
