/* Content compiled and tried by the real workers. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "content/scan.h"
#include "content/test_store.h"
#include "content/workers.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
		{"rule c { condition: false }\n", KH_E_TRIAL_FAILED, "does not find EICAR", 0, 0},
		{EICAR_RULE "rule greedy { strings: $a = \"clean text\" condition: $a }\n", KH_E_TRIAL_FAILED, "the rule greedy of rules.yar reports", 0, 0},
		{EICAR_RULE "rule doubts { meta: severity = \"suspicious\" strings: $a = \"clean text\" condition: $a }\n", 0, "", 2, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_store struct test_store *t = test_store_new();
		test_file(t, "clean/one", "some clean text");
		kh_auto_free char *clean = kh_format("%s/clean", t->root);
		const char *const clean_paths[] = {clean, NULL};
		const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
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

static void put_script(const struct test_store *t, const char *path, const char *unless)
{
	kh_auto_free char *script = kh_format("#!/bin/sh\n[ \"$1\" = compile ] || [ -e %s/%s ] || { : > %s/tried; exit 1; }\nexec %s \"$@\"\n", t->root, unless, t->root, TEST_WORKER);
	assert_int_equal(kh_file_replace(path, script, strlen(script), 0755), 0);
}

/* A worker that could not start once is no fault of the content; one that never starts, no verdict on it. */
static void a_trial_is_made_once_more(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	test_file(t, "clean/one", "some clean text");
	kh_auto_free char *clean = kh_format("%s/clean", t->root), *worker = kh_format("%s/worker", t->root);
	const char *const clean_paths[] = {clean, NULL};
	const struct kh_content_workers workers = {.worker = worker, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
	t->engine = kh_content_engine(&workers);
	put_script(t, worker, "never");
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), KH_E_WORKER_FAILED);
	kh_auto_free char *tried = kh_format("%s/tried", t->root);
	assert_int_equal(unlink(tried), 0);
	put_script(t, worker, "tried");
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), 0);
	assert_int_equal(unlink(tried), 0); /* it did fail once */
}

/* By the real worker: what a file includes, and what a variable says. */
static void rules_come_with_includes_and_variables(void **state)
{
	(void)state;
	static const struct kh_yara_external externals[] = {{"place", "ward"}};
	auto_store struct test_store *t = test_store_new();
	test_file(t, "clean/one", "some clean text");
	kh_auto_free char *clean = kh_format("%s/clean", t->root);
	const char *const clean_paths[] = {clean, NULL};
	const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
	struct kh_content_state s = {0};
	t->engine = kh_content_engine(&workers);
	t->externals = externals;
	t->external_count = 1;
	test_file(t, "parts/eicar.yar", EICAR_RULE);
	assert_int_equal(test_import(t, test_file(t, "all.yar", "include \"parts/eicar.yar\"\nrule here { condition: place == \"ward\" and filesize == 123456789 }\n"), 100, NULL), 0);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.yara_rules, 2);
	assert_int_equal(s.left_out, 0);
}

/* Each is named by itself; the rest works. */
static void a_source_of_which_nothing_works_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
		bool useless;
	} cases[] = {
		{"a.yar", "rule x { condition: nothing_such }\n", true},  {"b.yar", "rule x { condition: filesize == 1234567 }\nrule y { condition: nothing_such }\n", false},
		{"c.hdb", "nonsense\nmore\n", true},                     {"d.ndb", "nonsense\n", true},
		{"e.ign2", "Some.Name\n", false},                         {"f.yar", "// only a comment\n", false},
		{"g.cvd", "no database", true},                            {"h.ndu", "Name:0:*:6162636465666768\n", true},
		{"i.sha256", "", true},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_store struct test_store *t = test_store_new();
		kh_auto_content_set struct kh_content_set set = {0};
		test_file(t, "clean/one", "some clean text");
		kh_auto_free char *clean = kh_format("%s/clean", t->root);
		const char *const clean_paths[] = {clean, NULL};
		const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
		t->engine = kh_content_engine(&workers);
		assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), 0);
		assert_int_equal(test_import(t, test_file(t, cases[i].name, cases[i].text), 100, NULL), 0);
		assert_int_equal(kh_content_store_set(t->dir, 2, &set), 0);
		const bool named = set.problems.n > 0 && kh_rule_problem_is_whole(&set.problems.v[0]) && kh_streq(set.problems.v[0].source, cases[i].name);
		if (named != cases[i].useless)
			fail_msg("%s: named %d (%s)", cases[i].name, named, set.problems.n ? set.problems.v[0].text : "-");
	}
}

/* Said when it is imported, not when a file first makes a scan ask. */
static void what_libclamav_refuses_is_named(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_content_set struct kh_content_set set = {0};
	test_file(t, "clean/one", "some clean text");
	kh_auto_free char *clean = kh_format("%s/clean", t->root);
	const char *const clean_paths[] = {clean, NULL};
	const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
	t->engine = kh_content_engine(&workers);
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "s.ndb", "Good:0:*:6162636465666768\nNot.Hex:0:*:616263646566xyzw\nGood.2:0:*:7162636465666768\n"), 100, NULL), 0);
	assert_int_equal(kh_content_store_set(t->dir, 2, &set), 0);
	assert_int_equal(set.problems.n, 1);
	assert_string_equal(set.problems.v[0].item, "Not.Hex");
	assert_false(kh_rule_problem_is_whole(&set.problems.v[0]));
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
	const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
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

/* ---- scans by the content in use ---- */

struct told {
	unsigned old, new;
};

static void on_told(void *context, const struct kh_scan_result *r)
{
	struct told *told = context;
	told->old += kh_ends_with(r->path, "/old");
	told->new += kh_ends_with(r->path, "/new");
}

static int scan_by_store(const struct test_store *t, const char *worker, struct kh_scan_summary *ret, struct told *told)
{
	kh_auto_free char *files = kh_format("%s/files", t->root), *kept = kh_format("%s/kept", t->root), *verdicts = kh_format("%s/verdicts", t->root);
	const char *const paths[] = {files};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .worker = worker, .clamav = TEST_CLAMAV, .compiled = kept, .verdicts = verdicts};
	assert_int_equal(kh_dir_make(kept, 0700), 0);
	return kh_content_scan(t->dir, &options, &(struct kh_scan_events){told, on_told, NULL}, ret);
}

/* Two contents by the real workers, and a file that is known to be clean. */
static struct test_store *store_in_use(void)
{
	struct test_store *t = test_store_new();
	test_file(t, "clean/one", "some clean text");
	test_file(t, "files/old", "some clean text");
	kh_auto_free char *clean = kh_format("%s/clean", t->root);
	const char *const clean_paths[] = {clean, NULL};
	const struct kh_content_workers workers = {.worker = TEST_WORKER, .clamav = TEST_CLAMAV, .clean_paths = clean_paths};
	t->engine = kh_content_engine(&workers);
	assert_int_equal(test_import(t, test_file(t, "rules.yar", EICAR_RULE), 100, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "more.yar", "rule more { condition: filesize == 1234567 }"), 100, NULL), 0);
	t->engine = (struct kh_content_engine){0}; /* its workers end here */
	return t;
}

/* A worker that cannot load the content so many times. */
static void put_failing(const struct test_store *t, const char *path, int times)
{
	kh_auto_free char *script = kh_format("#!/bin/sh\nn=$(cat %s/times)\n[ $n = 0 ] && exec %s \"$@\"\necho $((n - 1)) > %s/times\nexit 1\n", t->root, TEST_WORKER, t->root);
	kh_auto_free char *count = kh_format("%s/times", t->root), *text = kh_format("%d\n", times);
	assert_int_equal(kh_file_replace(path, script, strlen(script), 0755), 0);
	assert_int_equal(kh_file_replace(count, text, strlen(text), 0644), 0);
}

/* Content that was checked today, and that cannot be loaded when the first file needs it: once more, then the previous, and nothing is told twice. */
static void every_file_is_told_once(void **state)
{
	(void)state;
	enum { SINCE_THE_NOTE = 1, TWICE_THE_CONTENT = 3, AND_THE_PREVIOUS = 4 };
	auto_store struct test_store *t = store_in_use();
	kh_auto_free char *worker = kh_format("%s/worker", t->root);
	struct kh_content_state s = {0};
	sleep(3); /* what changed just now may still change unseen */
	for (int times = 0; times <= AND_THE_PREVIOUS; times++) {
		kh_auto_scan_summary struct kh_scan_summary known = {0}, summary = {0};
		struct told first = {0}, told = {0};
		assert_int_equal(scan_by_store(t, TEST_WORKER, &known, &first), 0); /* it is noted, again, that the content is whole */
		test_file(t, "files/new", "some clean text");
		put_failing(t, worker, times);
		int r = scan_by_store(t, worker, &summary, &told);
		if (r != (times < AND_THE_PREVIOUS ? 0 : KH_E_WORKER_FAILED) || told.old != 1 || told.new != (times < AND_THE_PREVIOUS))
			fail_msg("failed %d times: %d (%s), told %u and %u", times, r, r < 0 ? kh_fail_detail() : "", told.old, told.new);
		if (times <= TWICE_THE_CONTENT)
			assert_int_equal(summary.rules, times < TWICE_THE_CONTENT ? 2 : 1);
		if (times == SINCE_THE_NOTE)
			assert_int_equal(summary.known, 1);
		kh_auto_free char *new = kh_format("%s/files/new", t->root);
		assert_int_equal(unlink(new), 0);
	}
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.current, 2);
	assert_int_equal(s.failed, 0);
}

/* Where nothing that works was imported, a scan finds test files only, and says so. */
static void a_scan_knows_that_it_has_test_rules_only(void **state)
{
	(void)state;
	auto_store struct test_store *t = store_in_use();
	kh_auto_free char *none = kh_format("%s/none", t->root), *files = kh_format("%s/files", t->root), *rules = kh_format("%s/rules.yar", t->root);
	const char *const paths[] = {files}, *const named[] = {rules};
	const struct {
		const char *store;
		size_t rule_count;
		bool test_rules_only;
	} cases[] = {{none, 0, true}, {none, 1, false}, {t->dir, 0, false}, {t->dir, 1, false}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_scan_summary struct kh_scan_summary summary = {0};
		const struct kh_scan_options options = {.paths = paths, .path_count = 1, .rules = named, .rule_count = cases[i].rule_count, .worker = TEST_WORKER, .clamav = TEST_CLAMAV};
		int r = kh_content_scan(cases[i].store, &options, &(struct kh_scan_events){0}, &summary);
		if (r < 0 || summary.test_rules_only != cases[i].test_rules_only)
			fail_msg("case %zu: %d (%s), %d", i, r, r < 0 ? kh_fail_detail() : "", summary.test_rules_only);
	}
}

KH_TESTS(every_file_is_told_once, a_scan_knows_that_it_has_test_rules_only, content_is_compiled_and_tried, a_worker_that_is_not_there_changes_nothing, a_trial_is_made_once_more, rules_come_with_includes_and_variables,
	 a_source_of_which_nothing_works_is_named, what_libclamav_refuses_is_named, questions_are_answered_by_the_content_in_use)
