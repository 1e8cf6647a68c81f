/* What a scan says in the end: lines of NDJSON, the summary, the exit status. */
#include "base/json.h"
#include "base/test.h"
#include "scan/scan.h"

static void writes_json(void **state)
{
	(void)state;
	const struct kh_detection found[] = {{(char *)"yara", (char *)"A", NULL, false}, {(char *)"yara", (char *)"B", (char *)"in/\xff\"", true}};
	const struct kh_gap gap = {0};
	const struct kh_scan_result cases[] = {
		{.path = "/a \"b\"\n", .verdict = KH_VERDICT_CLEAN, .has_size = true, .has_hash = true, .size = 5},
		{.path = "/bad \xff\xfe name", .verdict = KH_VERDICT_INFECTED, .detections = found, .detection_count = 2, .gaps = &gap, .gap_count = 1, .reason = "why"},
		{.path = "/c", .verdict = KH_VERDICT_SKIPPED, .why = KH_SCAN_WHY_OTHER_FILE_SYSTEM, .reason = "on another file system"},
	};
	static const char *const expected[] = {
		"{\"path\":\"/a \\\"b\\\"\\n\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"size\":5,\"verdict\":\"clean\","
		"\"detections\":[],\"code\":null,\"reason\":null}\n",
		"{\"path\":\"/bad \uFFFD\uFFFD name\",\"sha256\":null,\"size\":null,\"verdict\":\"infected\",\"detections\":["
		"{\"engine\":\"yara\",\"rule\":\"A\",\"member\":null},{\"engine\":\"yara\",\"rule\":\"B\",\"member\":\"in/\uFFFD\\\"\"}],\"code\":\"partly_scanned\",\"reason\":\"why\","
		"\"path_bytes\":\"L2JhZCD//iBuYW1l\"}\n",
		"{\"path\":\"/c\",\"sha256\":null,\"size\":null,\"verdict\":\"skipped\",\"detections\":[],\"code\":\"other_file_system\",\"reason\":\"on another file system\"}\n",
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_auto_json json_t *j = NULL;
		kh_scan_json_result(&b, &cases[i]);
		assert_string_equal(b.data, expected[i]);
		assert_int_equal(kh_json_parse(b.data, b.len, &j), 0);
	}
}

static void writes_the_summary(void **state)
{
	(void)state;
	struct kh_scan_summary s = {.files = 3, .partly = 1, .gaps = {[KH_GAP_DEPTH] = 1, [KH_GAP_ENCRYPTED] = 2}, .elapsed_ms = 1500, .rules = 2, .content_s = 1700000000, .stop = KH_SCAN_OUT_OF_TIME};
	kh_rule_problems_add(&s.rule_problems, "a.yar", NULL, 3, "wrong \"thing\"");
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_json json_t *j = NULL;
	kh_scan_json_summary(&b, &s);
	assert_int_equal(kh_json_parse(b.data, b.len, &j), 0);
	json_t *summary = json_object_get(j, "summary");
	assert_int_equal(json_integer_value(json_object_get(summary, "files")), 3);
	assert_true(json_is_false(json_object_get(summary, "complete")));
	assert_true(json_is_false(json_object_get(summary, "test_rules_only")));
	assert_string_equal(json_string_value(json_object_get(summary, "stopped")), "time");
	assert_string_equal(json_string_value(json_object_get(summary, "content")), "2023-11-14T22:13:20.000Z");
	assert_int_equal(json_array_size(json_object_get(summary, "rules_left_out")), 1);
	kh_auto_free char *gaps = json_dumps(json_object_get(summary, "gaps"), JSON_COMPACT);
	assert_string_equal(gaps, "{\"depth\":1,\"encrypted\":2}");
	kh_scan_summary_done(&s);
}

static void exit_status_never_hides_a_lack(void **state)
{
	(void)state;
	static const struct {
		struct kh_scan_summary summary;
		int status;
	} cases[] = {
		{{.rules = 1}, 0}, /* an empty folder */
		{{.rules = 5, .files = 1, .test_rules_only = true}, 3},
		{{.rules = 5, .files = 1, .infected = 1, .test_rules_only = true}, 1},
		{{.rules = 1, .files = 1, .skipped = 2}, 0}, /* other file systems, exclusions: as asked */
		{{.rules = 0}, 3},
		{{.rules = 1, .infected = 1}, 1},
		{{.rules = 1, .suspicious = 1}, 1},
		{{.rules = 1, .errors = 1}, 3},
		{{.rules = 1, .partly = 1}, 3},
		{{.rules = 1, .infected = 1, .errors = 1}, 1},
		{{.rules = 1, .skipped = 1, .too_large = 1}, 3},
		{{.rules = 1, .files = 1, .skipped = 1, .too_large = 1, .size_was_chosen = true}, 0},
		{{.rules = 1, .skipped = 1, .too_large = 1, .size_was_chosen = true}, 3}, /* not one file was looked at */
		{{.rules = 1, .skipped = 1}, 3},
		{{.rules = 1, .stop = KH_SCAN_STOPPED}, 3},
		{{.rules = 1, .rule_problems = {.more = 1}}, 3},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_scan_exit_status(&cases[i].summary), cases[i].status);
}

KH_TESTS(writes_json, writes_the_summary, exit_status_never_hides_a_lack)
