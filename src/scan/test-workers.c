/* Scans with workers that misbehave, or cannot start. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "scan/test_scan.h"

#include <stdio.h>
#include <string.h>

/* What the file's other engines found stands; that libclamav could not say its part is told. */
static void goes_on_when_a_clamav_worker_fails(void **state)
{
	(void)state;
	static const struct kh_unpack_limits quick = {.time_ms = 500}; /* a worker is given up after two seconds */
	static const struct {
		const char *text, *line;
		int replaced;
	} cases[] = {
		{"crash", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"hang!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"exit!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"noise", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"ready", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"other", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"esc!!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"esc!!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"error", "clean /f05 (partly scanned: failure of ClamAV's engine)", 0},
		{"limit", "infected /f05 Limited@ (partly scanned: limit of ClamAV's engine)", 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		test_fresh();
		for (int k = 0; k < 20; k++) {
			char name[32], text[64];
			snprintf(name, sizeof name, "f%02d", k);
			snprintf(text, sizeof text, "%s find-me-here", k == 5 ? cases[i].text : "fine!");
			test_put(name, text);
		}
		struct kh_scan_options options = test_with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\n");
		options.clamav = TEST_BAD_CLAMAV;
		options.limits = &quick;
		auto_outcome struct test_outcome o = test_scan(options);
		assert_int_equal(o.error, 0);
		if (!strstr(o.text, cases[i].line) || (int)o.summary.replaced_workers != cases[i].replaced || o.summary.partly != 1 || o.summary.files != 20)
			fail_msg("%s: %d workers replaced\n%s", cases[i].text, (int)o.summary.replaced_workers, o.text);
		assert_int_equal(o.summary.infected, 19 + (i == KH_COUNT(cases) - 1));
	}
}

static void says_when_no_clamav_worker_starts(void **state)
{
	(void)state;
	static const char *const workers[] = {"/nonexistent", "/bin/false", TEST_WORKER};
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		test_fresh();
		test_put("with", "some find-me-here text");
		test_put("both", EICAR " find-me-here");
		test_put("clean", "nothing");
		struct kh_scan_options options = test_with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\n");
		options.clamav = workers[i];
		auto_outcome struct test_outcome o = test_scan(options);
		assert_int_equal(o.error, 0);
		assert_int_equal(o.summary.files, 3);
		assert_int_equal(o.summary.partly, 2);
		assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	}
}

/* ---- with a worker that misbehaves ---- */

static void goes_on_when_a_worker_fails(void **state)
{
	(void)state;
	static const struct kh_unpack_limits quick = {.time_ms = 0}; /* a worker is given up after a second */
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"crash", "the scan worker ended with signal 6 (Aborted)"},
		{"exit!", "the scan worker ended with exit status 5"},
		{"hang!", "the scan worker took longer than 1000 ms"},
		{"noise", "the scan worker gave a malformed answer"},
		{"ready", "the scan worker gave a malformed answer"},
		{"other", "the scan worker gave a malformed answer"},
		{"withf", "the scan worker gave a malformed answer"},
		{"close", "the scan worker closed its connection"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		test_fresh();
		for (int k = 0; k < 30; k++) {
			char name[32];
			snprintf(name, sizeof name, "f%02d", k);
			test_put(name, k == 5 || k == 17 ? cases[i].text : "fine");
		}
		auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.worker = TEST_BAD_WORKER, .limits = &quick});
		kh_auto_free char *first = kh_format("error /f05 (%s)\n", cases[i].reason), *second = kh_format("error /f17 (%s)\n", cases[i].reason);
		assert_int_equal(o.error, 0);
		if (!strstr(o.text, first) || !strstr(o.text, second) || o.summary.errors != 2 || o.summary.replaced_workers != 2)
			fail_msg("%s: %d workers replaced\n%s", cases[i].text, (int)o.summary.replaced_workers, o.text);
		assert_int_equal(o.summary.files, 28); /* those that waited behind them too */
		assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	}
}

/* An answer that nobody asked for belongs to no file: whichever file it hits, the others are scanned. */
static void goes_on_after_an_answer_too_many(void **state)
{
	(void)state;
	test_fresh();
	test_put("a", "twice");
	test_put("b", "fine");
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.worker = TEST_BAD_WORKER, .workers = 1});
	assert_int_equal(o.error, 0);
	assert_int_equal(o.summary.files + o.summary.errors, 2);
}

static void says_when_no_worker_starts(void **state)
{
	(void)state;
	test_fresh();
	static const struct {
		const char *worker;
		int error;
	} cases[] = {{"/bin/false", KH_E_WORKER_FAILED}, {"/nonexistent", KH_E_NOT_FOUND}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.worker = cases[i].worker});
		assert_int_equal(o.error, cases[i].error);
	}
}

KH_TESTS_WITH(test_setup, test_teardown, goes_on_when_a_clamav_worker_fails, says_when_no_clamav_worker_starts, goes_on_when_a_worker_fails, goes_on_after_an_answer_too_many,
	      says_when_no_worker_starts)
