/* Answers of controls, counted. A control asks one yes/no question of each of its subjects; what comes back is counted per answer: for one
 * endpoint (table `answer`) and for all endpoints of a unit and below (table `posture`). */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_answer { KH_PASS, KH_FAIL, KH_UNKNOWN, KH_NOT_APPLICABLE, KH_EXCEPTED, KH_ANSWERS };

/* Their names in SQL, JSON and the columns of `answer` and `posture`. */
extern const char *const kh_answer_names[KH_ANSWERS];

/* All answers, the one a person should see first in front: fail, unknown, excepted, pass, not_applicable. */
extern const enum kh_answer kh_answers_worst_first[KH_ANSWERS];

/* The answer of that name; false for any other text. */
bool kh_answer_parse(const char *name, enum kh_answer *ret) KH_MUST_USE;

/* Number of subjects by answer. */
struct kh_counts {
	int64_t of[KH_ANSWERS];
};

bool kh_counts_equal(const struct kh_counts *a, const struct kh_counts *b) KH_PURE;

/* a + b and a - b, answer by answer. */
struct kh_counts kh_counts_plus(struct kh_counts a, struct kh_counts b) KH_PURE;
struct kh_counts kh_counts_minus(struct kh_counts a, struct kh_counts b) KH_PURE;

/* Sum over the answers whose bit (1u << enum kh_answer) is set. */
int64_t kh_counts_sum(const struct kh_counts *c, unsigned answers) KH_PURE;

/* The worst answer that any subject gave; not applicable when there is no subject. */
enum kh_answer kh_counts_worst(const struct kh_counts *c) KH_PURE;

/* Did any subject to which the question applies get an answer (pass, fail, excepted)? */
bool kh_counts_answered(const struct kh_counts *c) KH_PURE;

/* Are there subjects, and does the question apply to none of them? */
bool kh_counts_neutral(const struct kh_counts *c) KH_PURE;

/* pass ÷ (pass + fail + unknown) in percent: what could not be measured counts against the target. False (not measured) when nothing passed or failed. */
bool kh_counts_share(const struct kh_counts *c, double *ret_percent);

/* Answered, and the share reaches the target (percent); when every subject is excepted, it is reached. */
bool kh_counts_reach(const struct kh_counts *c, double target) KH_PURE;
