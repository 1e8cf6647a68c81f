#include "base/alloc.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "record/batch.h"
#include "record/record.h"

#include <zstd.h>

/* The line as the server reads it; released by the caller. */
static json_t *line_of(const struct kh_buf *fields)
{
	kh_auto_buf struct kh_buf line = KH_BUF_INIT;
	json_t *j = NULL;
	kh_record_line(&line, 7, 1763700000123, fields->data, fields->len);
	assert_int_equal(line.data[line.len - 1], '\n');
	assert_null(memchr(line.data, '\n', line.len - 1));
	assert_int_equal(kh_json_parse(line.data, line.len - 1, &j), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "seq")), 7);
	assert_string_equal(json_string_value(json_object_get(j, "@timestamp")), "2025-11-21T04:40:00.123Z");
	return j;
}

static const char *text_at(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static void facts_are_whole(void **state)
{
	(void)state;
	const struct kh_collected t = {.table = 0, .state = KH_FACTS_MEASURED, .hash = "00ff", .columns = "[\"a\"]", .body = "[[1],[2]]rest", .body_len = 9};
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_facts(&fields, &t);
	kh_auto_json json_t *j = line_of(&fields);
	assert_string_equal(text_at(j, "kind"), "facts");
	assert_string_equal(text_at(j, "table"), kh_fact_tables[0].name);
	assert_string_equal(text_at(j, "state"), "measured");
	assert_true(json_is_null(json_object_get(j, "reason")));
	assert_int_equal(json_array_size(json_object_get(j, "rows")), 2);
}

static void not_measured_says_why(void **state)
{
	(void)state;
	const struct kh_collected t = {.state = KH_FACTS_NOT_MEASURED, .reason = KH_FACTS_NEEDS_ROOT, .hash = "00", .columns = "[]", .body = "[]", .body_len = 2};
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_facts(&fields, &t);
	kh_auto_json json_t *j = line_of(&fields);
	assert_string_equal(text_at(j, "state"), "not_measured");
	assert_string_equal(text_at(j, "reason"), kh_facts_reason_name(KH_FACTS_NEEDS_ROOT));
}

/* Names of files and rules come from anywhere. */
static void detections_stay_one_line_of_json(void **state)
{
	static const char *const paths[] = {"/tmp/a\nb\"\\\x01", "/tmp/\xff\xfe", "/nhà/phường.zip", ""};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(paths); i++) {
		const struct kh_scan_result file = {.path = paths[i], .has_size = true, .size = 68, .quarantine_id = i ? NULL : "id"};
		const struct kh_detection d = {.engine = (char *)"yara", .rule = (char *)"E\"ICAR", .suspicious = i == 1};
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, &file, &d, i == 2 ? "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6" : NULL);
		kh_auto_json json_t *j = line_of(&fields);
		assert_string_equal(text_at(j, "rule"), "E\"ICAR");
		assert_string_equal(text_at(j, "verdict"), i == 1 ? "suspicious" : "infected");
		assert_string_equal(text_at(j, "state"), i ? "found" : "quarantined");
		assert_int_equal(json_integer_value(json_object_get(j, "size")), 68);
		assert_null(json_object_get(j, "sha256"));
		assert_int_equal(json_object_get(j, "id") != NULL, i == 2);
	}
}

static void events_of_the_quarantine_have_their_fields(void **state)
{
	(void)state;
	struct kh_detection d = {.engine = (char *)"yara", .rule = (char *)"E\"ICAR"};
	struct kh_quarantine_entry e = {.id = "00000000-0000-4000-8000-000000000000", .path = (char *)"/a\nb\xff"};
	kh_array_push(&e.detections, d);
	const struct kh_quarantine_who who = {0, 1000};
	struct kh_running running = {.ended = 2};
	kh_array_push(&running.pids, 12);
	kh_array_push(&running.pids, 34);
	const struct kh_scan_result file = {.path = "/x", .detections = &d, .detection_count = 1, .running = &running};
	kh_auto_buf struct kh_buf restored = KH_BUF_INIT, stopped = KH_BUF_INIT;
	kh_record_quarantine(&restored, "quarantine_restored", &e, &who, "root", NULL);
	kh_record_processes(&stopped, &file);
	kh_auto_json json_t *j = line_of(&restored), *s = line_of(&stopped);
	assert_string_equal(text_at(j, "kind"), "event");
	assert_string_equal(text_at(json_object_get(j, "event"), "action"), "quarantine_restored");
	assert_string_equal(text_at(json_object_get(j, "rule"), "name"), "E\"ICAR");
	assert_string_equal(text_at(json_object_get(j, "user"), "name"), "root");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "khien"), "login_uid")), 1000);
	assert_string_equal(text_at(json_object_get(s, "event"), "action"), "process_stopped");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(json_object_get(s, "process"), "pid"), 1)), 34);
	kh_array_done(&running.pids);
	kh_array_done(&e.detections);
}

static void scans_and_orders_have_their_fields(void **state)
{
	(void)state;
	const struct kh_scan_summary s = {.files = 3, .bytes = 4, .rules = 5, .partly = 1}, cut = {.stop = KH_SCAN_OUT_OF_TIME, .rules = 5, .test_rules_only = true};
	kh_auto_buf struct kh_buf scan = KH_BUF_INIT, late = KH_BUF_INIT, done = KH_BUF_INIT, refused = KH_BUF_INIT;
	kh_record_scan(&scan, &(struct kh_scan_record){.kind = "quick", .started_ms = 1, .ended_ms = 2}, &s);
	kh_record_scan(&late, &(struct kh_scan_record){.kind = "full", .started_ms = 1, .ended_ms = 2, .order = 9, .campaign = "a-1"}, &cut);
	kh_record_order(&refused, 9, KH_E_FORBIDDEN, "the \"settings\"", NULL);
	const uint64_t gaps[KH_GAP_COUNT] = {[KH_GAP_DAMAGED] = 7};
	kh_record_order(&done, 9, 0, NULL, &(struct kh_order_scan){.campaign = "a-1", .files = 3, .infected = 1, .gaps = gaps});
	kh_auto_json json_t *j = line_of(&scan), *l = line_of(&late), *d = line_of(&done), *r = line_of(&refused);
	const json_t *inner = json_object_get(j, "scan");
	assert_string_equal(text_at(inner, "kind"), "quick");
	assert_int_equal(json_integer_value(json_object_get(inner, "rules")), 5);
	assert_int_equal(json_object_size(inner), 12);
	assert_true(json_is_null(json_object_get(inner, "stopped")));
	assert_string_equal(text_at(json_object_get(l, "scan"), "stopped"), "time");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(l, "scan"), "rules")), 0);
	assert_string_equal(text_at(json_object_get(l, "scan"), "campaign"), "a-1");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(l, "scan"), "order")), 9);
	assert_int_equal(json_integer_value(json_object_get(d, "order")), 9);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(d, "result"), "infected")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json_object_get(d, "result"), "gaps"), "damaged")), 7);
	assert_int_equal(json_object_size(json_object_get(r, "result")), 2);
	assert_string_equal(text_at(r, "state"), "refused");
	assert_string_equal(text_at(json_object_get(r, "result"), "error"), "forbidden");
	assert_null(json_object_get(json_object_get(d, "result"), "error"));
	assert_true(json_is_null(json_object_get(json_object_get(d, "result"), "reason")));
	assert_string_equal(text_at(json_object_get(r, "result"), "reason"), "the \"settings\"");
}

static void finds_have_their_states(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_find(&fields, &(struct kh_find_record){.id = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6", .state = "left", .detail = "it has \"other\" names"});
	kh_auto_json json_t *j = line_of(&fields);
	assert_string_equal(text_at(j, "kind"), "detection_state");
	assert_string_equal(text_at(j, "state"), "left");
	assert_string_equal(text_at(j, "detail"), "it has \"other\" names");
	assert_true(json_is_null(json_object_get(j, "quarantine")));
}

static void only_events_and_detections_are_handed_in(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"{\"kind\":\"event\",\"event\":{}}", true}, {"{\"kind\":\"detection\",\"rule\":\"a\"}", true}, {"{\"kind\":\"facts\",\"table\":\"x\"}", false},
		{"{\"kind\":\"order\",\"order\":1}", false},  {"{\"kind\":\"events\",\"a\":1}", false},           {"{\"kind\":\"event\"}", false},
		{"{\"kind\":\"event\",", false},             {"{\"kind\":\"event\",\n}", false},               {" {\"kind\":\"event\",\"a\":1}", false},
		{"{\"kind\":\"event\",\"a\":\"\xff\"}", false}, {"", false},                                     {"{", false},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		if (kh_record_handed_in(&fields, cases[i].text, strlen(cases[i].text)) != cases[i].good)
			fail_msg("%s", cases[i].text);
		assert_true(cases[i].good == (fields.len > 0));
	}
}

static void a_batch_is_packed_with_its_header(void **state)
{
	(void)state;
	const struct kh_batch_header header = {.epoch = 0x1122, .first = 1, .last = 1, .time_ms = 5, .clock_offset_ms = -6};
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT;
	char text[256] = "";
	assert_int_equal(kh_batch_pack(&header, "{}\n", 3, &packed), 0);
	size_t n = ZSTD_decompress(text, sizeof text - 1, packed.data, packed.len);
	assert_false(ZSTD_isError(n));
	text[n] = '\0'; /* what is behind was room to work in */
	assert_string_equal(text, "{\"v\":1,\"epoch\":\"0000000000001122\",\"first\":1,\"last\":1,\"time_ms\":5,\"clock_offset_ms\":-6}\n{}\n");
}

static void a_batch_has_a_maximum(void **state)
{
	(void)state;
	const struct kh_batch_header header = {.first = 1, .last = 1};
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT;
	kh_auto_free char *lines = kh_alloc(KH_MAX_BATCH_BYTES);
	assert_true(kh_batch_pack(&header, lines, KH_MAX_BATCH_BYTES, &packed) < 0);
	assert_int_equal(packed.len, 0);
}

KH_TESTS(facts_are_whole, not_measured_says_why, detections_stay_one_line_of_json, events_of_the_quarantine_have_their_fields, scans_and_orders_have_their_fields, finds_have_their_states, only_events_and_detections_are_handed_in,
	 a_batch_is_packed_with_its_header, a_batch_has_a_maximum)
