/* Content compiled and tried by the real workers. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "content/scan.h"
#include "content/test_store.h"
#include "content/workers.h"

#include <stdio.h>

#define EICAR_RULE "rule eicar { strings: $a = \"EICAR-STANDARD-ANTIVIRUS-TEST-FILE\" condition: $a }\n"

static void store_done(struct test_store **t)
{
	test_store_free(*t);
}
#define auto_store KH_CLEANUP(store_done)

static void content_is_compiled_and_tried(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int error;
		const char *said;
		int64_t rules, left_out;
	} cases[] = {
		{EICAR_RULE, 0, "", 1, 0},
		{EICAR_RULE "rule bad { condition: nothing_such }\nrule c { condition: filesize == 1234567 }\n", 0, "", 2, 1},
		{"rule c { condition: false }\n", KH_E_CONFLICT, "does not find EICAR", 0, 0},
		{EICAR_RULE "rule greedy { strings: $a = \"clean text\" condition: $a }\n", KH_E_CONFLICT, "the rule greedy finds malware", 0, 0},
		{EICAR_RULE "rule doubts { meta: severity = \"suspicious\" strings: $a = \"clean text\" condition: $a }\n", 0, "", 2, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_store struct test_store *t = test_store_new();
		test_file(t, "clean/one", "some clean text");
		kh_auto_free char *clean = kh_format("%s/clean", t->root);
		const char *const clean_paths[] = {clean, NULL};
		const struct kh_content_workers workers = {.worker = TEST_WORKER, .clean_paths = clean_paths};
		struct kh_content_state s = {0};
		t->engine = kh_content_engine(&workers);
		int r = test_import(t, test_file(t, "rules.yar", cases[i].text), 100, NULL);
		if (r != cases[i].error || (r < 0 && !strstr(kh_fail_detail(), cases[i].said)))
			fail_msg("case %zu: %d (%s)", i, r, kh_fail_detail());
		assert_int_equal(kh_content_store_state(t->dir, &s), r < 0 ? KH_E_NOT_FOUND : 0);
		assert_int_equal(s.yara_rules, cases[i].rules);
		assert_int_equal(s.left_out, cases[i].left_out);
	}
}

static void a_worker_that_is_not_there_changes_nothing(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	const struct kh_content_workers workers = {.worker = "/nonexistent/khien-scan-worker"};
	struct kh_content_state s = {0};
	t->engine = kh_content_engine(&workers);
	assert_true(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL) < 0);
	assert_int_equal(kh_content_store_state(t->dir, &s), KH_E_NOT_FOUND);
}

static void find_line(void *context, const char *line)
{
	bool *found = context;
	*found |= strstr(line, "in_store") != NULL;
}

/* By the content in use, as a scan; that a file cannot be looked at is not its fault. */
static void questions_are_answered_by_the_content_in_use(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	test_file(t, "clean/one", "some clean text");
	kh_auto_free char *clean = kh_format("%s/clean", t->root), *file = kh_format("%s/clean/one", t->root);
	const char *const clean_paths[] = {clean, NULL};
	const struct kh_content_workers workers = {.worker = TEST_WORKER, .clean_paths = clean_paths};
	const struct kh_scan_options options = {.worker = TEST_WORKER};
	struct kh_content_state s = {0};
	bool listed = false, explained = false;
	t->engine = kh_content_engine(&workers);
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE "rule in_store { meta: severity = \"suspicious\" strings: $a = \"clean text\" condition: $a }\n"), 200, NULL), 0);
	assert_int_equal(kh_content_list_rules(t->dir, &options, find_line, &listed), 0);
	assert_int_equal(kh_content_explain(t->dir, &options, file, find_line, &explained), 0);
	assert_true(listed && explained);
	assert_int_equal(kh_content_explain(t->dir, &options, clean, find_line, &explained), KH_E_USAGE);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.current, 2);
	assert_int_equal(s.failed, 0);
}

KH_TESTS(content_is_compiled_and_tried, a_worker_that_is_not_there_changes_nothing, questions_are_answered_by_the_content_in_use)
