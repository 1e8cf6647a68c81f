#include "server/quiz/quiz.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/test_store.h"

#define NOW INT64_C(1795000000)

static int64_t tinh, xa, quiz;

enum what { CREATE, MOVE, START, ANSWER };
struct doing {
	enum what what;
	const struct kh_register *reg;
	int64_t unit_id, id, now_s, user;
	const char *move;
	json_t *fields, *ret;
};

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	struct kh_scope scope = {xa};
	struct kh_record_by code = {.actor = "can-bo", .now_s = d->now_s}, user = {.actor = "nguoi-thi", .scope = &scope, .now_s = d->now_s};
	struct kh_quiz_taker taker = {d->user, &user};
	switch (d->what) {
	case CREATE: return kh_record_create(writer, d->reg, d->unit_id, d->fields, &code, &d->id);
	case MOVE: return kh_record_move(writer, d->reg, d->id, KH_RECORD_ANY_VERSION, d->move, d->fields, NULL, &code);
	case START: return kh_quiz_start(writer, d->id, &taker, &d->ret);
	default: return kh_quiz_answer(writer, d->id, d->fields, &taker, &d->ret);
	}
}

static int act(struct kh_test_store *t, struct doing *d)
{
	d->now_s = d->now_s ? d->now_s : NOW;
	d->user = d->user ? d->user : 7;
	int r = kh_store_write(t->store, run, d);
	json_decref(d->fields);
	d->fields = NULL;
	return r;
}

static int64_t create(struct kh_test_store *t, enum kh_register_id reg, int64_t unit, json_t *fields)
{
	struct doing d = {.what = CREATE, .reg = &kh_registers[reg], .unit_id = unit, .fields = fields};
	assert_int_equal(act(t, &d), 0);
	return d.id;
}

/* Ten questions whose right choice says so; of two attempts of four questions. */
static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	kh_test_sql(t, "INSERT INTO app_user(id, name, full_name, password_hash, role, unit_id, language, must_change, disabled, failed, locked_until_s, created_s)"
		       " SELECT 7, 'nguoi-thi', 'Người Thi', '', 'viewer', id, 'vi', 0, 0, 0, 0, 0 FROM unit WHERE code = 'xa'");
	(void)create(t, KH_REGISTER_STAFF, xa, json_pack("{s:s, s:s, s:s}", "full_name", "Người Thi", "position", "civil_servant", "login", "nguoi-thi"));
	for (int i = 0; i < 10; i++) {
		kh_auto_free char *question = kh_format("Câu %d", i);
		(void)create(t, KH_REGISTER_QUIZ_QUESTION, tinh, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "question", question, "topic", "malware", "choice_1", "sai", "choice_2", "ĐÚNG", "choice_3", "cũng sai", "right_choice", 2));
	}
	quiz = create(t, KH_REGISTER_QUIZ, tinh, json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "title", "Mã độc", "topic", "malware", "questions", 4, "pass_mark", 75, "minutes", 10, "attempts", 2));
	return r;
}

static void open_quiz(struct kh_test_store *t)
{
	struct doing d = {.what = MOVE, .reg = &kh_registers[KH_REGISTER_QUIZ], .id = quiz, .move = "open"};
	assert_int_equal(act(t, &d), 0);
}

static json_t *start(struct kh_test_store *t, int64_t now_s)
{
	struct doing d = {.what = START, .id = quiz, .now_s = now_s};
	assert_int_equal(act(t, &d), 0);
	return d.ret;
}

/* So many right ones, the rest left out. */
static json_t *choices(const json_t *begun, size_t right)
{
	json_t *list = json_array();
	const json_t *question = NULL, *choice = NULL;
	size_t i = 0, k = 0;
	json_array_foreach(json_object_get(begun, "questions"), i, question) {
		size_t at = 0;
		json_array_foreach(json_object_get(question, "choices"), k, choice)
			at = kh_streq(json_string_value(choice), "ĐÚNG") ? k + 1 : at;
		assert_true(at > 0);
		json_array_append_new(list, i < right ? json_integer((json_int_t)at) : json_null());
	}
	return list;
}

static json_t *answer(struct kh_test_store *t, const json_t *begun, size_t right, int64_t now_s)
{
	struct doing d = {.what = ANSWER, .id = json_integer_value(json_object_get(begun, "attempt")), .fields = choices(begun, right), .now_s = now_s};
	assert_int_equal(act(t, &d), 0);
	return d.ret;
}

static void it_is_drawn_marked_and_recorded(void **state)
{
	struct kh_test_store *t = *state;
	open_quiz(t);
	kh_auto_json json_t *begun = start(t, NOW);
	kh_auto_free char *text = kh_json_dump(begun);
	assert_null(strstr(text, "right"));
	assert_int_equal(json_array_size(json_object_get(begun, "questions")), 4);
	kh_auto_json json_t *same = start(t, NOW + 10);
	assert_true(json_equal(begun, same));
	kh_auto_json json_t *marked = answer(t, begun, 3, NOW + 60);
	assert_int_equal(json_integer_value(json_object_get(marked, "score")), 75);
	assert_true(json_is_true(json_object_get(marked, "passed")));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_quiz_result WHERE state = 'passed' AND score = 75 AND in_browser = 1 AND seconds = 60"), 1);
	struct doing again = {.what = ANSWER, .id = json_integer_value(json_object_get(begun, "attempt")), .fields = choices(begun, 4)};
	assert_int_equal(act(t, &again), KH_E_CONFLICT);
}

static void attempts_and_time_are_limited(void **state)
{
	struct kh_test_store *t = *state;
	open_quiz(t);
	kh_auto_json json_t *first = start(t, NOW);
	kh_auto_json json_t *late = answer(t, first, 4, NOW + 631);
	assert_true(json_is_true(json_object_get(late, "late")));
	assert_int_equal(json_integer_value(json_object_get(late, "score")), 0);
	kh_auto_json json_t *second = start(t, NOW + 700);
	kh_auto_json json_t *failed = answer(t, second, 2, NOW + 800);
	assert_true(json_is_false(json_object_get(failed, "passed")));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_quiz_result WHERE state = 'failed'"), 2);
	struct doing third = {.what = START, .id = quiz, .now_s = NOW + 900};
	assert_int_equal(act(t, &third), KH_E_LIMIT_REACHED);
}

static void wrong_answers_are_refused(void **state)
{
	struct kh_test_store *t = *state;
	struct doing closed = {.what = START, .id = quiz};
	assert_int_equal(act(t, &closed), KH_E_RECORD_STATE);
	open_quiz(t);
	struct doing nobody = {.what = START, .id = quiz, .user = 8};
	assert_int_equal(act(t, &nobody), KH_E_NOT_FOUND);
	kh_auto_json json_t *begun = start(t, NOW);
	int64_t attempt = json_integer_value(json_object_get(begun, "attempt"));
	static const char *const wrong[] = {"[1]", "[1, 1, 1, 9]", "[1, 1, 1, -1]", "[1, 1, 1, \"1\"]", "{}"};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		struct doing d = {.what = ANSWER, .id = attempt};
		assert_int_equal(kh_json_parse(wrong[i], strlen(wrong[i]), &d.fields), 0);
		assert_int_equal(act(t, &d), KH_E_INVALID_FIELD);
	}
	struct doing other = {.what = ANSWER, .id = attempt + 1, .fields = json_array()};
	assert_int_equal(act(t, &other), KH_E_NOT_FOUND);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_quiz_result"), 0);
}

static void too_few_questions_are_said(void **state)
{
	struct kh_test_store *t = *state;
	open_quiz(t);
	kh_test_sql(t, "UPDATE reg_quiz_question SET topic = 'phishing' WHERE id > 3");
	struct doing d = {.what = START, .id = quiz};
	assert_int_equal(act(t, &d), KH_E_RECORD_STATE);
}

int main(void)
{
	kh_language_use(KH_EN);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_is_drawn_marked_and_recorded), TEST(attempts_and_time_are_limited), TEST(wrong_answers_are_refused), TEST(too_few_questions_are_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
