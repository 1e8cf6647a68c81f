/* The demands, one by one: every clause of every directive in a few words. What `khien-server demands` prints.
 *
 *   {"row":"2-3m","state":"partly","figures":[{"id":"K19","value":97.4,"target":100}],"reason":"…","details":["…","…"],"directive":"thai-hoa-2025","clause":"3, điểm m","text":"…"}
 *
 * row: the clause's id · state: met, partly, not_met, not_measured, not_applicable · value: null where nothing was measured; target: null where the figure has none ·
 * reason: null where nothing is missing; else, in one sentence, what weighs most · details: all that is missing, that first: how much of a control fails or why it has no answer (what fails
 * most before), why a figure has no value, what the clause still needs and nothing measures ·
 * directive: its id · clause: the number in it · text: its own words. */
#pragma once

#include "base/i18n.h"
#include "base/json.h"
#include "server/directive/directive.h"

struct kh_demand {
	const struct kh_clause *clause;
	enum kh_state state;
	KH_ARRAY(char *) reasons; /* what is missing, what weighs most first; none: nothing is */
};
void kh_demand_done(struct kh_demand *demand);
#define kh_auto_demand KH_CLEANUP(kh_demand_done)

/* The posture must have its measures (kh_posture_measure()). */
struct kh_demand kh_demand_of(const struct kh_clause *clause, const struct kh_posture *posture, enum kh_language language);

/* The object above; new. */
json_t *kh_demand_json(const struct kh_demand *demand, const struct kh_posture *posture) KH_MUST_USE;

/* All clauses in the order of their ids, "0-0" before "1-1a"; those of one directive as they stand in it. `ret` is new memory. */
const struct kh_clause **kh_demands_in_order(const struct kh_directives *directives, size_t *ret_n) KH_MUST_USE;

/* Which of them; zeroed: all. */
struct kh_demand_choice {
	const char *directive;             /* id; NULL: of all */
	const char *const *rows, *const *states; /* ids; names (kh_state_names) */
	size_t n_rows, n_states;           /* 0: all */
};
bool kh_demand_is_chosen(const struct kh_demand_choice *choice, const struct kh_clause *clause, enum kh_state state);

struct kh_cli_call;
/* `khien-server demands`. */
int kh_verb_demands(struct kh_cli_call *call) KH_MUST_USE;
