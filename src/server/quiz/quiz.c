#include "server/quiz/quiz.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/random.h"
#include "server/report/json.h"

#define QUIZ (&kh_registers[KH_REGISTER_QUIZ])
#define RESULT (&kh_registers[KH_REGISTER_QUIZ_RESULT])
#define CHOICES 4

/* ---- who ---- */

struct person {
	int64_t id, unit_id;
};

static int find_person(struct kh_db *db, int64_t user_id, struct person *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT id, unit_id FROM reg_staff WHERE login = ?1 AND state = 'active' ORDER BY id LIMIT 1", user_id);
	bool found = kh_stmt_next(s, &r);
	if (r == 0 && !found)
		return kh_fail(KH_E_NOT_FOUND, "nobody in the register of staff has your login name");
	if (found)
		*ret = (struct person){kh_stmt_int(s, 0), kh_stmt_int(s, 1)};
	return r;
}

/* ---- drawing ---- */

static void shuffle(int64_t *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = kh_random_below((uint32_t)i);
		int64_t other = v[i - 1];
		v[i - 1] = v[k];
		v[k] = other;
	}
}

struct ids {
	KH_ARRAY(int64_t) of;
};

/* The bank of the quiz's unit and those above it; a general quiz asks about everything. */
static int read_bank(struct kh_db *db, const struct kh_record *quiz, struct ids *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT q.id FROM reg_quiz_question q JOIN unit_ancestor a ON a.ancestor_id = q.unit_id AND a.unit_id = ?1"
			    " WHERE q.state = 'active' AND (?2 = 'general' OR q.topic = ?2) ORDER BY q.id",
			    quiz->unit_id, kh_record_text(quiz, "topic"));
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, kh_stmt_int(s, 0));
	return r;
}

static int choices_of(struct kh_db *db, int64_t question, size_t *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT choice_1, choice_2, choice_3, choice_4 FROM reg_quiz_question WHERE id = ?1", question);
	*ret = 0;
	if (kh_stmt_next(s, &r))
		while (*ret < CHOICES && !kh_stmt_is_null(s, (int)*ret))
			++*ret;
	return r;
}

/* {"id","order":[…]}: the choices as they are shown, by their number in the register. */
static int draw_one(struct kh_db *db, int64_t question, json_t *questions)
{
	int64_t order[CHOICES] = {1, 2, 3, 4};
	size_t n = 0;
	int r = choices_of(db, question, &n);
	json_t *list = json_array();
	shuffle(order, n);
	for (size_t i = 0; i < n; i++)
		kh_json_add(list, json_integer(order[i]));
	kh_json_add(questions, json_pack("{s:I, s:o}", "id", (json_int_t)question, "order", list));
	return r;
}

static int draw(struct kh_db *db, const struct kh_record *quiz, json_t **ret)
{
	struct ids bank = {0};
	kh_auto_json json_t *questions = json_array();
	size_t wanted = (size_t)kh_record_int(quiz, "questions");
	int r = read_bank(db, quiz, &bank);
	if (r == 0 && bank.of.n < wanted)
		r = kh_fail(KH_E_RECORD_STATE, "the question bank has %zu questions of this topic, the quiz asks %zu", bank.of.n, wanted);
	shuffle(bank.of.v, bank.of.n);
	for (size_t i = 0; r == 0 && i < wanted; i++)
		r = draw_one(db, bank.of.v[i], questions);
	kh_array_done(&bank.of);
	if (r == 0)
		*ret = kh_take(questions);
	return r;
}

/* ---- showing ---- */

static int show_question(struct kh_db *db, const json_t *drawn, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	const json_t *place = NULL;
	size_t i = 0;
	int r = kh_db_query(db, &s, "SELECT question, choice_1, choice_2, choice_3, choice_4 FROM reg_quiz_question WHERE id = ?1", (int64_t)json_integer_value(json_object_get(drawn, "id")));
	if (!kh_stmt_next(s, &r))
		return r;
	json_t *o = json_object(), *choices = json_array();
	kh_json_set_text(o, "question", kh_stmt_text(s, 0));
	kh_json_set(o, "choices", choices);
	json_array_foreach(json_object_get(drawn, "order"), i, place)
		kh_json_add(choices, kh_json_string(kh_stmt_text(s, (int)json_integer_value(place))));
	kh_json_add(list, o);
	return r;
}

static int show(struct kh_db *db, int64_t attempt, const struct kh_record *quiz, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *questions = NULL, *list = json_array();
	const json_t *drawn = NULL;
	size_t i = 0;
	int r = kh_db_query(db, &s, "SELECT questions, started_s, ends_s FROM quiz_attempt WHERE id = ?1", attempt);
	if (!kh_stmt_next(s, &r))
		return r;
	r = kh_json_parse(kh_stmt_text(s, 0), kh_stmt_text_len(s, 0), &questions);
	json_array_foreach(questions, i, drawn)
		r = r < 0 ? r : show_question(db, drawn, list);
	if (r < 0)
		return r;
	json_t *o = json_pack("{s:I, s:I, s:O}", "attempt", (json_int_t)attempt, "started_s", (json_int_t)kh_stmt_int(s, 1), "questions", list);
	kh_json_set_text(o, "title", kh_record_text(quiz, "title"));
	kh_json_set(o, "ends_s", kh_stmt_is_null(s, 2) ? json_null() : json_integer(kh_stmt_int(s, 2)));
	*ret = o;
	return 0;
}

/* ---- starting ---- */

static int check_open(const struct kh_record *quiz, int64_t now_s)
{
	int64_t due_on = kh_record_int(quiz, "due_on");
	return kh_streq(quiz->state, "open") && (!due_on || due_on + KH_DAY_S > now_s) ? 0 : kh_fail(KH_E_RECORD_STATE, "the quiz is not open");
}

static int new_attempt(struct kh_db *writer, const struct kh_record *quiz, const struct person *person, int64_t now_s, int64_t *ret_id)
{
	int64_t made = 0, attempts = kh_record_int(quiz, "attempts"), minutes = kh_record_int(quiz, "minutes");
	kh_auto_json json_t *questions = NULL;
	int r = kh_db_int(writer, &made, "SELECT COUNT(*) FROM quiz_attempt WHERE quiz_id = ?1 AND person_id = ?2", quiz->id, person->id);
	if (r == 0 && attempts && made >= attempts)
		return kh_fail(KH_E_LIMIT_REACHED, "you have taken this quiz %lld times, as often as is allowed", (long long)made);
	if (r == 0)
		r = draw(writer, quiz, &questions);
	if (r < 0)
		return r;
	kh_auto_free char *text = kh_json_dump(questions);
	struct kh_db_value ends = minutes ? kh_db_value_int(now_s + minutes * 60) : kh_db_value_null(NULL);
	return kh_db_int(writer, ret_id, "INSERT INTO quiz_attempt(quiz_id, person_id, unit_id, started_s, ends_s, questions) VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id", quiz->id, person->id,
			 person->unit_id, now_s, ends, text);
}

int kh_quiz_start(struct kh_db *writer, int64_t quiz_id, const struct kh_quiz_taker *taker, json_t **ret)
{
	kh_auto_record struct kh_record quiz = {0};
	struct person person = {0};
	int64_t attempt = 0, now_s = taker->by->now_s;
	int r = kh_record_get(writer, QUIZ, quiz_id, taker->by->scope, &quiz);
	if (r == 0)
		r = check_open(&quiz, now_s);
	if (r == 0)
		r = find_person(writer, taker->user_id, &person);
	if (r == 0)
		r = kh_db_int(writer, &attempt, "SELECT MAX(id) FROM quiz_attempt WHERE quiz_id = ?1 AND person_id = ?2 AND done_s IS NULL AND (ends_s IS NULL OR ends_s > ?3)", quiz_id, person.id, now_s);
	if (r == 0 && !attempt)
		r = new_attempt(writer, &quiz, &person, now_s, &attempt);
	return r < 0 ? r : show(writer, attempt, &quiz, ret);
}

/* ---- marking ---- */

struct attempt {
	int64_t quiz, started_s, ends_s;
	json_t *questions;
};

static int read_attempt(struct kh_db *db, int64_t id, const struct person *person, struct attempt *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT quiz_id, started_s, ends_s, questions, done_s FROM quiz_attempt WHERE id = ?1 AND person_id = ?2", id, person->id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "no such attempt of yours");
	if (!kh_stmt_is_null(s, 4))
		return kh_fail(KH_E_CONFLICT, "it was handed in already");
	*ret = (struct attempt){.quiz = kh_stmt_int(s, 0), .started_s = kh_stmt_int(s, 1), .ends_s = kh_stmt_int(s, 2)};
	return kh_json_parse(kh_stmt_text(s, 3), kh_stmt_text_len(s, 3), &ret->questions);
}

static int mark_one(struct kh_db *db, const json_t *drawn, const json_t *choice, int64_t *right)
{
	const json_t *order = json_object_get(drawn, "order");
	int64_t wanted = 0, chosen = json_integer_value(choice);
	if (!json_is_null(choice) && (!json_is_integer(choice) || chosen < 0 || chosen > (int64_t)json_array_size(order)))
		return kh_fail(KH_E_INVALID_FIELD, "choices: expected the number of a choice");
	int r = kh_db_int(db, &wanted, "SELECT right_choice FROM reg_quiz_question WHERE id = ?1", (int64_t)json_integer_value(json_object_get(drawn, "id")));
	if (r == 0 && chosen && json_integer_value(json_array_get(order, (size_t)chosen - 1)) == wanted)
		++*right;
	return r;
}

static int mark(struct kh_db *db, const json_t *questions, const json_t *choices, int64_t *ret_right)
{
	const json_t *drawn = NULL;
	size_t i = 0;
	int r = 0;
	if (!json_is_array(choices) || json_array_size(choices) != json_array_size(questions))
		return kh_fail(KH_E_INVALID_FIELD, "choices: expected a choice for each of the %zu questions", json_array_size(questions));
	json_array_foreach(questions, i, drawn)
		r = r < 0 ? r : mark_one(db, drawn, json_array_get(choices, i), ret_right);
	return r;
}

/* The record of it, on behalf of who took it: people do not write their own results. */
static int record(struct kh_db *writer, const struct attempt *attempt, const struct person *person, int64_t score, bool passed, const struct kh_record_by *taker, int64_t *ret_id)
{
	char today[KH_ISO_SIZE];
	struct kh_record_by by = kh_record_by_code(taker);
	kh_auto_json json_t *fields = json_pack("{s:I, s:I, s:s, s:I, s:b, s:I}", "quiz", (json_int_t)attempt->quiz, "person", (json_int_t)person->id, "taken_on", kh_time_day(by.now_s, today), "score",
						(json_int_t)score, "in_browser", 1, "seconds", (json_int_t)(by.now_s - attempt->started_s));
	int r = kh_record_create(writer, RESULT, person->unit_id, fields, &by, ret_id);
	return r < 0 || !passed ? r : kh_record_move(writer, RESULT, *ret_id, KH_RECORD_ANY_VERSION, "mark_passed", NULL, NULL, &by);
}

static int finish(struct kh_db *writer, int64_t id, const struct attempt *attempt, const struct person *person, int64_t right, const struct kh_record_by *by, json_t **ret)
{
	int64_t n = (int64_t)json_array_size(attempt->questions), pass_mark = 100, result = 0;
	bool late = attempt->ends_s && by->now_s > attempt->ends_s + KH_QUIZ_GRACE_S;
	int64_t score = late || !n ? 0 : right * 100 / n;
	int r = kh_db_int(writer, &pass_mark, "SELECT pass_mark FROM reg_quiz WHERE id = ?1", attempt->quiz);
	if (r == 0)
		r = record(writer, attempt, person, score, score >= pass_mark, by, &result);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE quiz_attempt SET done_s = ?2, score = ?3, result_id = ?4 WHERE id = ?1", id, by->now_s, score, result);
	if (r == 0)
		*ret = json_pack("{s:I, s:b, s:I, s:I, s:b, s:I}", "score", (json_int_t)score, "passed", score >= pass_mark, "right", (json_int_t)right, "questions", (json_int_t)n, "late", late, "result",
				 (json_int_t)result);
	return r;
}

int kh_quiz_answer(struct kh_db *writer, int64_t id, const json_t *choices, const struct kh_quiz_taker *taker, json_t **ret)
{
	struct person person = {0};
	struct attempt attempt = {0};
	int64_t right = 0;
	int r = find_person(writer, taker->user_id, &person);
	if (r == 0)
		r = read_attempt(writer, id, &person, &attempt);
	if (r == 0)
		r = mark(writer, attempt.questions, choices, &right);
	if (r == 0)
		r = finish(writer, id, &attempt, &person, right, taker->by, ret);
	json_decref(attempt.questions);
	return r;
}
