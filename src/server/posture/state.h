/* What the answers to one or several controls come to, in one word: for a clause of a directive, for a cell of the heat table. */
#pragma once

#include "base/i18n.h"
#include "server/posture/answer.h"

#include <stddef.h>

enum kh_state { KH_MET, KH_PARTLY, KH_NOT_MET, KH_NOT_MEASURED, KH_STATE_NOT_APPLICABLE, KH_STATES };

extern const char *const kh_state_names[KH_STATES]; /* "met" "partly" "not_met" "not_measured" "not_applicable" */

/* "Đạt một phần", "Partly met"… */
const char *kh_state_text(enum kh_language language, enum kh_state state);

/* Controls whose question applies to no subject at all say nothing and are put aside. Of the others:
 *
 *   none left                                   not_applicable, but not_measured when something is still needed
 *   none has a measured answer                  not_measured
 *   all answered, all at the target (percent of subjects that pass, unknown ones counted against it), nothing needed
 *                                               met
 *   something passes, or all that was answered is at the target
 *                                               partly
 *   else                                        not_met
 *
 * `needed`: the clause needs something besides that nothing measures yet. No controls at all is not_measured. */
enum kh_state kh_state_of(const struct kh_counts *const *controls, size_t n, double target, bool needed);

/* One control by itself, target 100 %. */
enum kh_state kh_state_of_one(const struct kh_counts *control);

/* How many are in each state. */
struct kh_states {
	int64_t of[KH_STATES];
};
