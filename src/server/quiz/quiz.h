/* Quizzes taken in the browser. The questions are drawn from the bank at random, their choices shuffled; which one is right never leaves the server. The person is the record of the
 * register of staff whose `login` is the user. */
#pragma once

#include "base/json.h"
#include "db/db.h"
#include "server/register/record.h"

#include <stdint.h>

#define KH_QUIZ_GRACE_S 30 /* for the network, after the time is over */

struct kh_quiz_taker {
	int64_t user_id;
	const struct kh_record_by *by; /* with the user's scope */
};

/* {"attempt","title","started_s","ends_s","questions":[{"question","choices"}]}. An attempt that is under way is given again, with the same questions. KH_E_NOT_FOUND: no such quiz;
 * nobody in the register of staff is this user. KH_E_RECORD_STATE: it is not open, or the bank has too few questions. KH_E_LIMIT_REACHED: all attempts are used up. */
int kh_quiz_start(struct kh_db *writer, int64_t quiz, const struct kh_quiz_taker *taker, json_t **ret) KH_MUST_USE;

/* {"score","passed","right","questions","late","result"}; makes the record of the result. What is handed in after the time is over scores 0. KH_E_NOT_FOUND: no such attempt of this person.
 * KH_E_CONFLICT: it was handed in. KH_E_INVALID_FIELD. */
int kh_quiz_answer(struct kh_db *writer, int64_t attempt, const json_t *choices, const struct kh_quiz_taker *taker, json_t **ret) KH_MUST_USE;
