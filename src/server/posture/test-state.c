#include "base/attr.h"
#include "base/str.h"
#include "base/test.h"
#include "server/posture/figure.h"
#include "server/posture/state.h"

/* Counts in the order pass, fail, unknown, not applicable, excepted. */
#define C(...) ((struct kh_counts){{__VA_ARGS__}})

static void test_state(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct kh_counts controls[3];
		size_t n;
		double target;
		bool needed;
		enum kh_state expected;
	} cases[] = {
		{"no controls", {{{0}}}, 0, 100, false, KH_NOT_MEASURED},
		{"no controls, something needed", {{{0}}}, 0, 100, true, KH_NOT_MEASURED},
		{"never asked", {{{0}}}, 1, 100, false, KH_NOT_MEASURED},
		{"only unknown", {{{0, 0, 5}}}, 1, 100, false, KH_NOT_MEASURED},
		{"only unknown beside not applicable", {{{0, 0, 5, 3}}}, 1, 100, false, KH_NOT_MEASURED},
		{"all pass", {{{5}}}, 1, 100, false, KH_MET},
		{"all pass, one does not apply", {{{5, 0, 0, 1}}}, 1, 100, false, KH_MET},
		{"all pass, something needed", {{{5}}}, 1, 100, true, KH_PARTLY},
		{"one fails", {{{4, 1}}}, 1, 100, false, KH_PARTLY},
		{"one fails, target lower", {{{4, 1}}}, 1, 80, false, KH_MET},
		{"unknown counts against", {{{4, 0, 1}}}, 1, 100, false, KH_PARTLY},
		{"nothing passes", {{{0, 3}}}, 1, 100, false, KH_NOT_MET},
		{"nothing passes, some unknown", {{{0, 3, 2}}}, 1, 100, false, KH_NOT_MET},
		{"nothing passes, something needed", {{{0, 3}}}, 1, 100, true, KH_NOT_MET},
		{"does not apply", {{{0, 0, 0, 4}}}, 1, 100, false, KH_STATE_NOT_APPLICABLE},
		{"does not apply, something needed", {{{0, 0, 0, 4}}}, 1, 100, true, KH_NOT_MEASURED},
		{"all excepted", {{{0, 0, 0, 0, 2}}}, 1, 100, false, KH_MET},
		{"two met", {{{5}}, {{7}}}, 2, 100, false, KH_MET},
		{"one met, one unanswered", {{{5}}, {{0, 0, 7}}}, 2, 100, false, KH_PARTLY},
		{"one met, one does not apply", {{{5}}, {{0, 0, 0, 7}}}, 2, 100, false, KH_MET},
		{"one met, one not", {{{5}}, {{0, 7}}}, 2, 100, false, KH_PARTLY},
		{"one fails, one unanswered", {{{0, 5}}, {{0, 0, 7}}}, 2, 100, false, KH_NOT_MET},
		{"one unanswered, one does not apply", {{{0, 0, 5}}, {{0, 0, 0, 7}}}, 2, 100, false, KH_NOT_MEASURED},
		{"both do not apply", {{{0, 0, 0, 5}}, {{0, 0, 0, 7}}}, 2, 100, false, KH_STATE_NOT_APPLICABLE},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		const struct kh_counts *controls[3] = {&cases[i].controls[0], &cases[i].controls[1], &cases[i].controls[2]};
		enum kh_state got = kh_state_of(controls, cases[i].n, cases[i].target, cases[i].needed);
		if (got != cases[i].expected)
			fail_msg("%s: %s, expected %s", cases[i].what, kh_state_names[got], kh_state_names[cases[i].expected]);
	}
}

static void test_share(void **state)
{
	(void)state;
	double share = -1;
	assert_true(kh_counts_share(&C(1, 1, 2, 9, 9), &share));
	assert_true(share == 25);
	assert_false(kh_counts_share(&C(0, 0, 5, 1), &share));
	assert_false(kh_counts_share(&C(0), &share));
	assert_true(share == 25);
	assert_int_equal(kh_counts_worst(&C(1, 1, 1, 1, 1)), KH_FAIL);
	assert_int_equal(kh_counts_worst(&C(1, 0, 1)), KH_UNKNOWN);
	assert_int_equal(kh_counts_worst(&C(1, 0, 0, 0, 1)), KH_EXCEPTED);
	assert_int_equal(kh_counts_worst(&C(0)), KH_NOT_APPLICABLE);
}

static void test_answer_names(void **state)
{
	(void)state;
	enum kh_answer answer = KH_PASS;
	assert_true(kh_answer_parse("excepted", &answer));
	assert_int_equal(answer, KH_EXCEPTED);
	assert_false(kh_answer_parse("Pass", &answer));
	assert_false(kh_answer_parse(NULL, &answer));
}

static void test_figure(void **state)
{
	(void)state;
	struct kh_posture p = {0};
	struct kh_figure share = {.has_target = true, .target = 100, .measured = true, .value = {.kind = KH_FIGURE_SHARE, .controls = (const enum kh_control_id[]){0}, .controls_count = 1, .states = 2}};
	struct kh_figure count = {.low_is_better = true, .has_target = true, .measured = true, .value = {.kind = KH_FIGURE_COUNT, .controls = (const enum kh_control_id[]){0}, .controls_count = 1, .states = 1u << KH_FAIL}};
	struct kh_figure unknowns = {.low_is_better = true, .measured = true, .value = {.kind = KH_FIGURE_COUNT, .controls = (const enum kh_control_id[]){0}, .controls_count = 1, .states = 1u << KH_UNKNOWN}};
	struct kh_figure waits = {0};
	double value = -1;
	assert_false(kh_figure_read(&share, &p, &value));
	assert_false(kh_figure_read(&count, &p, &value));
	p.of[0] = C(0, 0, 4);
	assert_false(kh_figure_read(&share, &p, &value));
	assert_false(kh_figure_read(&count, &p, &value)); /* 0 failing of 4 that nobody could measure is no figure */
	assert_true(kh_figure_read(&unknowns, &p, &value));
	assert_true(value == 4);
	p.of[0] = C(3, 1);
	assert_true(kh_figure_read(&share, &p, &value));
	assert_true(value == 75 && !kh_figure_met(&share, value));
	assert_true(kh_figure_read(&count, &p, &value));
	assert_true(value == 1 && !kh_figure_met(&count, value));
	p.of[0] = C(0, 0, 0, 9);
	assert_true(kh_figure_read(&count, &p, &value));
	assert_true(value == 0 && kh_figure_met(&count, value));
	assert_false(kh_figure_read(&waits, &p, &value));
}

/* Of several controls the controls are counted: met ÷ those that apply, unmeasured ones among them. */
static void test_figure_of_many(void **state)
{
	(void)state;
	static const enum kh_control_id five[] = {0, 1, 2, 3, 4};
	struct kh_posture p = {0};
	struct kh_figure share = {.measured = true, .value = {.kind = KH_FIGURE_SHARE, .controls = five, .controls_count = 5}};
	struct kh_figure not_met = {.measured = true, .value = {.kind = KH_FIGURE_COUNT, .controls = five, .controls_count = 5, .states = 1u << KH_NOT_MET}};
	struct kh_figure bad = {.measured = true, .value = {.kind = KH_FIGURE_COUNT, .controls = five, .controls_count = 5, .states = 1u << KH_NOT_MET | 1u << KH_PARTLY | 1u << KH_NOT_MEASURED}};
	double value = -1;
	assert_false(kh_figure_read(&share, &p, &value));
	assert_false(kh_figure_read(&not_met, &p, &value));
	p.of[0] = C(0, 0, 0, 7); /* not applicable */
	assert_false(kh_figure_read(&share, &p, &value));
	p.of[1] = C(9);          /* met */
	p.of[2] = C(1, 1);       /* partly */
	p.of[3] = C(0, 2);       /* not met; the fifth is not measured */
	assert_true(kh_figure_read(&share, &p, &value));
	assert_true(value == 25);
	assert_true(kh_figure_read(&not_met, &p, &value));
	assert_true(value == 1);
	assert_true(kh_figure_read(&bad, &p, &value));
	assert_true(value == 3);
}

/* Of several controls that share machines out among them, their subjects are counted together. */
static void test_figure_of_subjects(void **state)
{
	(void)state;
	static const enum kh_control_id two[] = {0, 1};
	struct kh_posture p = {0};
	struct kh_figure failing = {.low_is_better = true, .measured = true, .value = {.kind = KH_FIGURE_COUNT, .controls = two, .controls_count = 2, .of_subjects = true, .states = 1u << KH_FAIL}};
	double value = -1;
	assert_false(kh_figure_of_many(&failing.value));
	assert_false(kh_figure_read(&failing, &p, &value));
	p.of[0] = C(0, 0, 5, 2); /* nothing is known of five, two are no matter of it … */
	p.of[1] = C(0, 0, 0, 5);
	assert_false(kh_figure_read(&failing, &p, &value));
	p.of[1] = C(1, 1, 0, 5); /* … but of the other */
	assert_true(kh_figure_read(&failing, &p, &value));
	assert_true(value == 1);
	p.of[0] = C(2, 3, 0, 2);
	assert_true(kh_figure_read(&failing, &p, &value));
	assert_true(value == 4);
}

static void test_figure_text(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0, "0"}, {100, "100"}, {99.97, "99,9"}, {33.333, "33,3"}, {97.4, "97,4"}, {0.04, "0"}, {1234, "1234"}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char text[KH_FIGURE_SIZE];
		assert_string_equal(kh_figure_text(cases[i].value, ',', text), cases[i].text);
	}
}

KH_TESTS(test_state, test_share, test_answer_names, test_figure, test_figure_of_many, test_figure_of_subjects, test_figure_text)
