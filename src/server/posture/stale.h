/* Answers that are no longer what is stored: a control asked set-wise of many, beside what is stored; only those that differ come back. */
#pragma once

#include "base/array.h"
#include "db/db.h"
#include "gen/controls.h"
#include "server/posture/answer.h"

/* id: of an endpoint or a unit, as the control is over. */
struct kh_stale {
	int64_t id;
	enum kh_control_id control;
};
struct kh_stale_list {
	KH_ARRAY(struct kh_stale) of;
};
void kh_stale_done(struct kh_stale_list *list);
#define kh_auto_stale KH_CLEANUP(kh_stale_done)

/* Whom to ask; the unit is ?3 in SQL. */
enum kh_stale_where {
	KH_STALE_EVERYWHERE,
	KH_STALE_NEAR,           /* what a change at the unit concerns (posture.h) */
	KH_STALE_EXCEPTED_BELOW, /* from the unit downward, those with a subject that fails or is excepted */
	KH_STALE_EXCEPTED,       /* the same everywhere */
	KH_STALE_TREE,           /* units that changed what is above or below them (table tree_change), and their machines */
	KH_STALE_EXCEPTED_TREE,  /* those that changed what is above them, and their machines: with a subject that fails or is excepted */
};

/* Appends every active endpoint, or living unit, whose answer at now_s is not the stored one. unit_id 0 where it is everywhere. */
int kh_stale_find(struct kh_db *db, const struct kh_control *control, enum kh_stale_where where, int64_t unit_id, int64_t now_s, struct kh_stale_list *list) KH_MUST_USE;

/* The same with both answers, so that nobody need be asked again: for who holds the writer's transaction and stores them in it. */
struct kh_stale_answer {
	int64_t id, unit_id; /* in the order of units */
	struct kh_counts now, stored;
	bool found; /* false: nothing was stored */
	int64_t since_s;
};
struct kh_stale_answers {
	KH_ARRAY(struct kh_stale_answer) of;
};
void kh_stale_answers_done(struct kh_stale_answers *answers);
#define kh_auto_stale_answers KH_CLEANUP(kh_stale_answers_done)

int kh_stale_answers(struct kh_db *writer, const struct kh_control *control, enum kh_stale_where where, int64_t unit_id, int64_t now_s, struct kh_stale_answers *ret) KH_MUST_USE;

/* Stores what the control says now of every one asked, for all at once; there must be no answer of it yet. */
int kh_stale_answer_all(struct kh_db *writer, const struct kh_control *control, int64_t now_s) KH_MUST_USE;

/* Which exceptions. */
enum kh_stale_exceptions {
	KH_EXCEPTIONS_ALL,
	KH_EXCEPTIONS_OF_PLACES, /* in force, and not of one machine: what a change of the tree may concern */
	KH_EXCEPTIONS_CHANGED,   /* those of a unit that were changed last */
};

/* The controls that they name, once each. unit_id 0 where it is no unit's. `ret` has room for KH_CONTROLS_COUNT. */
int kh_stale_excepted_controls(struct kh_db *db, enum kh_stale_exceptions which, int64_t unit_id, int64_t now_s, const struct kh_control **ret, size_t *ret_n) KH_MUST_USE;
