#include "secrecy/secrecy.h"

#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "secrecy/limits.h"
#include "secrecy/sample.h"

#define STAMP "stamps:\n  - {level: mat, words: [MẬT]}\n"
#define SIGN(more) "signs:\n  - {sign: a, " more "}\n"

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *told;
	} cases[] = {
		{"stamp: []", "f.yaml:1:8: unknown key \"stamp\""},
		{"stamps: MẬT", "f.yaml:1:9: stamps: expected a list"},
		{"stamps:\n  - MẬT", "f.yaml:2:5: expected keys and values"},
		{"stamps:\n  - {level: secret, words: [MẬT]}", "f.yaml:2:13: level: there is no \"secret\""},
		{"stamps:\n  - {level: none, words: [MẬT]}", "f.yaml:2:5: level: there is no \"none\""},
		{"stamps:\n  - {words: [MẬT]}", "f.yaml:2:5: level: there is no \"\""},
		{"stamps:\n  - {level: mat}", "f.yaml:2:5: words: expected a list"},
		{"stamps:\n  - {level: mat, words: [\"!\"]}", "f.yaml:2:26: expected words of 1 to 64 letters"},
		{"stamps:\n  - {level: mat, words: [МАТ]}", "f.yaml:2:26: expected Latin letters"},
		{"stamps:\n  - {level: mat, letter: c, words: [MẬT]}", "f.yaml:2:26: expected one capital letter"},
		{SIGN("role: helper, words: [bb]"), "f.yaml:2:21: role: there is no \"helper\""},
		{SIGN("role: doubt, words: [b]"), "f.yaml:2:36: expected at least two letters"},
		{SIGN("role: doubt, then: never, words: [bb]"), "f.yaml:2:34: then: there is no \"never\""},
		{SIGN("role: doubt, points: 101, words: [bb]"), "f.yaml:2:36: "},
		{SIGN("role: doubt, words: [bb], ends: [c]"), "f.yaml:2:47: unknown key \"ends\""},
		{SIGN("role: doubt"), "f.yaml:2:5: words: expected a list"},
		{"signs:\n  - {role: doubt}", "f.yaml:2:5: "},
		{"judgement: {}", "f.yaml:1:12: judgement: verdict.limit is missing"},
		{"judgement: {places: {top: 3}}", "f.yaml:1:21: judgement: there is no section \"places\""},
		{"judgement: {place: {tip: 3}}", "f.yaml:1:26: place: there is no \"tip\""},
		{"judgement: {place: {top: high}}", "f.yaml:1:26: "},
		{"confusable: [Mn]", "f.yaml:1:14: expected capital letters and digits"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_secrecy_rules_new();
		int r = kh_secrecy_rules_add(rules, "f.yaml", cases[i].text, strlen(cases[i].text));
		if (r != KH_E_INVALID_CONFIG || !kh_starts_with(kh_fail_detail(), cases[i].told))
			fail_msg("%s\nexpected: %s\nfound: %d %s", cases[i].text, cases[i].told, r, kh_fail_detail());
	}
}

static void what_is_missing_is_told_at_the_end(void **state)
{
	(void)state;
	static const struct {
		const char *text, *told;
	} cases[] = {{"", "no stamp"}, {STAMP, "no judgement"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_secrecy_rules_new();
		assert_int_equal(kh_secrecy_rules_add(rules, "f.yaml", cases[i].text, strlen(cases[i].text)), 0);
		assert_int_equal(kh_secrecy_rules_finish(rules), KH_E_INVALID_CONFIG);
		assert_non_null(strstr(kh_fail_detail(), cases[i].told));
	}
	kh_auto_secrecy_rules struct kh_secrecy_rules *shipped = kh_sample_rules();
	static const char within[] = SIGN("role: support, words: [bb], within: nothing, lines: 3");
	assert_int_equal(kh_secrecy_rules_add(shipped, "f.yaml", within, strlen(within)), 0);
	assert_int_equal(kh_secrecy_rules_finish(shipped), KH_E_INVALID_CONFIG);
	assert_non_null(strstr(kh_fail_detail(), "there is no \"nothing\""));
}

/* An office that stamps "HỒ SƠ TUYỆT MẬT" adds a file of its own. */
static void a_wording_of_ones_own(void **state)
{
	(void)state;
	static const char own[] = "stamps:\n  - {level: tuyet_mat, words: [HỒ SƠ TUYỆT MẬT]}\n";
	static const char text[] = "HỒ SƠ TUYỆT MẬT\nBáo cáo\n";
	for (int with = 0; with < 2; with++) {
		kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_sample_rules();
		if (with)
			assert_int_equal(kh_secrecy_rules_add(rules, "own.yaml", own, strlen(own)), 0);
		assert_int_equal(kh_secrecy_rules_finish(rules), 0);
		kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, false);
		struct kh_secrecy_finding found = {0};
		kh_sample_judge(s, KH_DOCUMENT_TEXT, text, strlen(text), &found);
		assert_int_equal(found.level, with ? KH_SECRECY_TUYET_MAT : KH_SECRECY_NONE);
	}
}

static void too_many(void **state)
{
	(void)state;
	for (int what = 0; what < 2; what++) {
		kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_secrecy_rules_new();
		int r = 0;
		for (unsigned i = 0; r == 0 && i < 2000; i++) {
			char text[200];
			snprintf(text, sizeof text, what ? "signs:\n  - {sign: s%u, role: support, words: [word]}\n" : "stamps:\n  - {level: mat, words: [word%u]}\n", i);
			r = kh_secrecy_rules_add(rules, "f.yaml", text, strlen(text));
		}
		assert_int_equal(r, KH_E_TOO_LARGE);
	}
}

KH_TESTS(mistakes_are_told_with_their_place, what_is_missing_is_told_at_the_end, a_wording_of_ones_own, too_many)
