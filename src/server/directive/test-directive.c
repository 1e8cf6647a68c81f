#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "server/directive/directive.h"
#include "server/directive/law.h"
#include "server/posture/control.h"

#include <stdio.h>

#define HEAD "id: x\nnumber: null\ndate: \"2024\"\ntitle: {vi: a, en: b}\nissuer: UBND\nsuperseded_by: null\n"
#define CLAUSE "  - id: c1\n    clause: \"1\"\n    quote: \"…\"\n    kind: A\n    does: {vi: a, en: b}\n"
#define CLAUSE_2 "  - {id: c2, clause: \"2\", quote: q, kind: W (human), does: {vi: a, en: b}}\n"

static int parse(const char *text, struct kh_directive *ret)
{
	return kh_directive_parse("packs/directives/x.yaml", text, strlen(text), ret);
}

static void test_parse(void **state)
{
	(void)state;
	struct kh_directive d KH_CLEANUP(kh_directive_done) = {0};
	assert_int_equal(parse(HEAD "clauses:\n" CLAUSE "    figures: [K01]\n    controls: [av_running, agent_heard]\n    needs:\n      - {vi: Sổ, en: Register}\n"
				    "    target: 90\n    by: \"2024-03-31\"\n" CLAUSE_2, &d), 0);
	assert_string_equal(d.id, "x");
	assert_null(d.number);
	assert_string_equal(d.title.in[KH_EN], "b");
	assert_int_equal(d.clauses.n, 2);
	const struct kh_clause *first = &d.clauses.v[0], *second = &d.clauses.v[1];
	assert_string_equal(first->by, "2024-03-31");
	assert_true(first->target == 90);
	assert_int_equal(first->controls.n, 2);
	assert_string_equal(first->controls.v[1]->name, "agent_heard");
	assert_string_equal(first->figures.v[0]->id, "K01");
	assert_string_equal(first->needs.v[0].in[KH_VI], "Sổ");
	assert_true(second->target == 100);
	assert_int_equal(second->controls.n, 0);
	assert_null(second->by);
}

/* Each mistake is told with the place where it stands. */
static void test_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{"", "x.yaml:1:1: expected a directive"},
		{"- a\n", "x.yaml:1:1: expected a directive"},
		{HEAD, "clauses: expected 1 to 500"},
		{"id: y\n", "x.yaml:1:5: id: y must be the name of the file"},
		{HEAD "clausses: []\n", "x.yaml:7:"},
		{HEAD "clauses:\n" CLAUSE "    controls: [no_such]\n", "x.yaml:13:16: there is no control no_such"},
		{HEAD "clauses:\n" CLAUSE "    figures: [K01, K99]\n", "x.yaml:13:20: there is no figure K99"},
		{HEAD "clauses:\n" CLAUSE "    controls: [av_running, av_running]\n", "x.yaml:13:28: the control av_running stands twice"},
		{HEAD "clauses:\n" CLAUSE "    controls: av_running\n", "x.yaml:13:15: controls: expected a list"},
		{HEAD "clauses:\n" CLAUSE "    target: 101\n", "x.yaml:13:13: "},
		{HEAD "clauses:\n" CLAUSE "    by: \"2024-02-30\"\n", "x.yaml:13:9: by: expected a day"},
		{HEAD "clauses:\n" CLAUSE "    needs: [Sổ]\n", "x.yaml:13:13: expected texts in both languages"},
		{HEAD "clauses:\n" CLAUSE "    needs:\n      - {vi: Sổ}\n", "x.yaml:14:9: "},
		{HEAD "clauses:\n" CLAUSE CLAUSE, "x.yaml:13:5: the clause c1 stands twice"},
		{HEAD "clauses:\n  - id: c1\n    clause: \"1\"\n    quote: q\n    kind: B\n    does: {vi: a, en: b}\n", "x.yaml:11:11: kind: expected A, W, A+W"},
		{HEAD "clauses:\n  - id: c1\n    clause: \"1\"\n    kind: A\n", "x.yaml:8:5: "},
		{"id: x\nid: x\n", "x.yaml:2:1"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_directive d KH_CLEANUP(kh_directive_done) = {0};
		int r = parse(cases[i].text, &d);
		if (r >= 0 || !strstr(kh_fail_detail(), cases[i].detail))
			fail_msg("case %zu: expected %s, found %d %s", i, cases[i].detail, r, kh_fail_detail());
	}
}

static void load_packs(struct kh_directives *all)
{
	kh_auto_free char *path = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE"));
	if (kh_directives_load(path, all) < 0)
		fail_msg("%s", kh_fail_detail());
}

/* The five dispatches, all rows of them. */
static void test_packs(void **state)
{
	(void)state;
	kh_auto_directives struct kh_directives all = {0};
	size_t clauses = 0;
	load_packs(&all);
	kh_array_each(&all.of, directive)
		clauses += directive->clauses.n;
	assert_int_equal(all.of.n, 5);
	assert_int_equal(clauses, 105);
	assert_non_null(kh_directive_named(&all, "minh-long-2024"));
	assert_null(kh_directive_named(&all, "minh-long"));
}

static void test_missing_directory(void **state)
{
	(void)state;
	struct kh_directives all = {0};
	assert_int_equal(kh_directives_load("/nonexistent/directives", &all), KH_E_NOT_FOUND);
}

static void test_states(void **state)
{
	(void)state;
	kh_auto_directives struct kh_directives all = {0};
	load_packs(&all);
	struct kh_posture none = {0}, good = {0};
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		good.of[i].of[KH_PASS] = 3;
	kh_array_each(&all.of, directive) {
		struct kh_states before = kh_directive_states(directive, &none), after = kh_directive_states(directive, &good);
		assert_int_equal(before.of[KH_NOT_MEASURED], directive->clauses.n);
		assert_int_equal(after.of[KH_NOT_MET], 0);
		kh_array_each(&directive->clauses, clause) {
			enum kh_state expected = clause->controls.n == 0 ? KH_NOT_MEASURED : clause->needs.n ? KH_PARTLY : KH_MET;
			assert_int_equal(kh_clause_state(clause, &good), expected);
		}
	}
}

/* --- the law --- */

static void test_law(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/packs/law", getenv("KHIEN_SOURCE"));
	kh_auto_law struct kh_law law = {0};
	int64_t before = 0, after = 0;
	if (kh_law_load(path, &law) < 0)
		fail_msg("%s", kh_fail_detail());
	assert_true(kh_day_parse("2018-01-01", &before) && kh_day_parse("2026-11-21", &after));
	const struct kh_law_rule *rule = kh_law_find(&law, "av_signature_days", 0, after);
	assert_non_null(rule);
	assert_string_equal(rule->value, "15");
	assert_string_equal(rule->unit, "day");
	assert_non_null(rule->text);
	assert_string_equal(rule->text->id, "cv-2290-2018");
	assert_null(kh_law_find(&law, "av_signature_days", 0, before)); /* not yet in force */
	assert_null(kh_law_find(&law, "no_such_rule", 0, after));
}

static void test_law_mistakes(void **state)
{
	(void)state;
	static const char texts[] = "texts:\n  - {id: t, number: \"1\", vi: a, en: b, in_force_from: \"2020-01-01\", in_force_to: null, trust: A, source: s}\n";
#define RULE "  - {rule: r, vi: a, en: b, value: 1, unit: day, trust: A, source: s, "
	static const struct {
		const char *rules, *detail;
	} cases[] = {
		{"rules:\n" RULE "text: t, from: \"2020-01-01\", to: null}\n", NULL},
		{"rules:\n" RULE "text: u, from: \"2020-01-01\", to: null}\n", "rules.yaml:2:77: there is no text u"},
		{"rules:\n" RULE "text: t, from: \"2020-01-32\", to: null}\n", "rules.yaml:2:86: from: expected a day"},
		{"rules:\n" RULE "text: t, from: \"2020-01-02\", to: \"2020-01-01\"}\n", "rules.yaml:2:5: to lies before from"},
		{"rules:\n" RULE "text: t, from: \"2020-01-01\", to: null}\n" RULE "text: t, from: \"2021-01-01\", to: null}\n",
		 "rules.yaml:3:5: the rule r holds on the same days as another of its name"},
		{"rules:\n" RULE "text: t, from: \"2020-01-01\", to: \"2020-12-31\"}\n" RULE "text: t, from: \"2021-01-01\", to: null}\n", NULL},
		{"rules:\n" RULE "text: t, lvel: 1, from: \"2020-01-01\", to: null}\n", "rules.yaml:2:"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_law struct kh_law law = {0};
		assert_int_equal(kh_law_add(&law, "texts.yaml", texts, strlen(texts)), 0);
		int r = kh_law_add(&law, "rules.yaml", cases[i].rules, strlen(cases[i].rules));
		if (cases[i].detail ? r >= 0 || !strstr(kh_fail_detail(), cases[i].detail) : r < 0)
			fail_msg("case %zu: %d %s", i, r, kh_fail_detail());
	}
}

KH_TESTS(test_parse, test_mistakes, test_packs, test_missing_directory, test_states, test_law, test_law_mistakes)
