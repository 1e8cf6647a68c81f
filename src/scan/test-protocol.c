#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/test.h"
#include "scan/protocol.h"

static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;

static void carries_the_setup(void **state)
{
	(void)state;
	const struct kh_scan_setup setup = {12345, limits, true};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_setup(&setup, &b);
	struct kh_scan_setup got = {0};
	assert_int_equal(kh_scan_decode_setup(b.data, b.len, &got), 0);
	assert_int_equal(got.max_size, 12345);
	assert_true(got.checked);
	assert_memory_equal(&got.limits, &limits, sizeof limits);
}

static void carries_a_file_and_externals(void **state)
{
	(void)state;
	static const struct kh_yara_external vars[] = {{"filename", "thư mục/b"}, {"empty", ""}};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, c = KH_BUF_INIT;
	kh_scan_encode_file(&(struct kh_scan_file){7, true, (char[]){"/tệp \xff"}}, &b);
	kh_scan_encode_externals(vars, KH_COUNT(vars), &c);
	struct kh_scan_file file = {0};
	struct kh_scan_externals got;
	assert_int_equal(kh_scan_decode_file(b.data, b.len, &file), 0);
	kh_auto_free char *path = file.path;
	assert_int_equal(file.id, 7);
	assert_true(file.clean_but_for_hashes);
	assert_string_equal(path, "/tệp \xff");
	assert_int_equal(kh_scan_decode_externals(c.data, c.len, &got), 0);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.v[0].value, "thư mục/b");
	assert_string_equal(got.v[1].name, "empty");
	kh_scan_externals_done(&got);
}

static void carries_ready(void **state)
{
	(void)state;
	struct kh_scan_ready ready = {.landlock_abi = 7, .user_changed = true, .content = {5, 6, 7, "rules", "hashes"}, .clamav = {{64, 1}, {128, 2}, {192, 3}, 4, true}};
	for (int i = 0; i < 100; i++)
		kh_rule_problems_add(&ready.problems, "a.yar", i % 2 ? NULL : "rule_name", i, "what is wrong");
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_ready(&ready, &b);
	kh_auto_scan_ready struct kh_scan_ready got = {0};
	assert_int_equal(kh_scan_decode_ready(b.data, b.len, &got), 0);
	assert_int_equal(got.landlock_abi, 7);
	assert_true(got.user_changed);
	assert_memory_equal(&got.content, &ready.content, sizeof got.content);
	assert_memory_equal(&got.clamav, &ready.clamav, sizeof got.clamav);
	assert_int_equal(got.problems.n, KH_SCAN_MAX_PROBLEMS);
	assert_int_equal(got.problems.more, 100 - KH_SCAN_MAX_PROBLEMS);
	assert_string_equal(got.problems.v[2].item, "rule_name");
	assert_null(got.problems.v[3].item);
	assert_int_equal(got.problems.v[3].line, 3);
	kh_scan_ready_done(&ready);
}

static void fill_reply(struct kh_scan_reply *r)
{
	*r = (struct kh_scan_reply){.id = 77, .report = {.plain = true, .size = 1 << 20, .sha256 = {1, 2, 3}}};
	kh_malware_report_detected(&r->report, "yara", "Some_Rule_1", NULL, true);
	kh_malware_report_detected(&r->report, "yara", "Other", "a.zip/tệp\xff", false);
	kh_malware_report_listed(&r->report, "Of.A.List", "a.zip/c");
	kh_malware_report_gap(&r->report, KH_GAP_ENCRYPTED, "b.zip");
	kh_malware_report_gap(&r->report, KH_GAP_TIME, NULL);
	r->report.more_gaps = 9;
	r->report.clamav.asked = true;
	for (uint32_t number = 1; number <= 3; number++)
		kh_array_push(&r->report.clamav, number * 100000);
}

static void carries_a_reply(void **state)
{
	(void)state;
	struct kh_scan_reply reply, got = {0};
	fill_reply(&reply);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_reply(&reply, &b);
	assert_int_equal(kh_scan_decode_reply(b.data, b.len, &got), 0);
	assert_int_equal(got.id, 77);
	assert_int_equal(got.outcome, KH_SCAN_SCANNED);
	assert_int_equal(got.report.verdict, KH_VERDICT_INFECTED);
	assert_int_equal(got.report.size, 1 << 20);
	assert_true(got.report.plain);
	assert_memory_equal(got.report.sha256, reply.report.sha256, 32);
	assert_int_equal(got.report.detections.n, 3);
	assert_true(got.report.detections.v[0].suspicious);
	assert_true(!got.report.detections.v[1].gives_way && got.report.detections.v[2].gives_way);
	assert_null(got.report.detections.v[0].member);
	assert_string_equal(got.report.detections.v[1].member, "a.zip/tệp\xff");
	assert_int_equal(got.report.gaps.n, 2);
	assert_string_equal(got.report.gaps.v[0].member, "b.zip");
	assert_int_equal(got.report.more_gaps, 9);
	assert_true(got.report.clamav.asked);
	assert_int_equal(got.report.clamav.n, 3);
	assert_int_equal(got.report.clamav.v[2], 300000);
	kh_scan_reply_done(&reply);
	kh_scan_reply_done(&got);
}

/* The largest report there can be fits one message. */
static void the_largest_reply_fits(void **state)
{
	(void)state;
	struct kh_scan_reply reply = {0};
	char rule[KH_MALWARE_MAX_RULE + 1], member[KH_UNPACK_MAX_MEMBER + 100];
	memset(rule, 'r', sizeof rule);
	memset(member, 'm', sizeof member);
	rule[sizeof rule - 1] = member[sizeof member - 1] = '\0';
	for (int i = 0; i < KH_MALWARE_MAX_DETECTIONS; i++)
		kh_malware_report_detected(&reply.report, "yara", rule, member, i < KH_MALWARE_MAX_DETECTIONS - 1);
	for (int i = 0; i < KH_MALWARE_MAX_GAPS; i++) {
		member[sizeof member - 2] = (char)('a' + i);
		kh_malware_report_gap(&reply.report, KH_GAP_DAMAGED, member);
	}
	reply.report.clamav.asked = true;
	for (uint32_t i = 0; i < KH_MALWARE_MAX_CANDIDATES; i++)
		kh_array_push(&reply.report.clamav, i);
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(64 * KH_KIB);
	kh_scan_encode_reply(&reply, &b);
	assert_int_equal(kh_buf_status(&b), 0);
	kh_auto_scan_reply struct kh_scan_reply got = {0};
	assert_int_equal(kh_scan_decode_reply(b.data, b.len, &got), 0);
	assert_true(got.report.detections.n > 50);
	assert_int_equal(got.report.verdict, KH_VERDICT_INFECTED); /* by one that did not fit */
	assert_int_equal(got.report.gaps.n, KH_MALWARE_MAX_GAPS);
	assert_int_equal(got.report.more_gaps, 1);
	kh_scan_reply_done(&reply);
}

/* Every message cut short anywhere, and with a byte too many, is refused. */
static void refuses_messages_of_wrong_length(void **state)
{
	(void)state;
	struct kh_scan_reply reply;
	fill_reply(&reply);
	static const struct kh_yara_external external = {"name", "value"};
	struct kh_scan_ready ready = {.content = {.yara_rules = 1}};
	kh_rule_problems_add(&ready.problems, "a", "b", 1, "c");
	const struct kh_scan_setup setup = {1, limits, false};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, c = KH_BUF_INIT, d = KH_BUF_INIT, e = KH_BUF_INIT, f = KH_BUF_INIT;
	kh_scan_encode_reply(&reply, &b);
	kh_scan_encode_ready(&ready, &c);
	kh_scan_encode_setup(&setup, &d);
	kh_scan_encode_file(&(struct kh_scan_file){7, false, (char[]){"path"}}, &e);
	kh_scan_encode_externals(&external, 1, &f);
	kh_buf_addc(&b, 0);
	kh_buf_addc(&c, 0);
	kh_buf_addc(&d, 0);
	kh_buf_addc(&e, 0);
	kh_buf_addc(&f, 0);
	struct kh_scan_reply got_reply;
	struct kh_scan_ready got_ready;
	struct kh_scan_setup got_setup;
	struct kh_scan_externals got_externals;
	struct kh_scan_file file;
	for (size_t n = 0; n <= b.len; n++)
		if (n != b.len - 1)
			assert_int_equal(kh_scan_decode_reply(b.data, n, &got_reply), KH_E_SYNTAX);
	for (size_t n = 0; n <= c.len; n++)
		if (n != c.len - 1)
			assert_int_equal(kh_scan_decode_ready(c.data, n, &got_ready), KH_E_SYNTAX);
	for (size_t n = 0; n <= d.len; n++)
		if (n != d.len - 1)
			assert_int_equal(kh_scan_decode_setup(d.data, n, &got_setup), KH_E_SYNTAX);
	for (size_t n = 0; n <= e.len; n++)
		if (n != e.len - 1)
			assert_int_equal(kh_scan_decode_file(e.data, n, &file), KH_E_SYNTAX);
	for (size_t n = 0; n <= f.len; n++)
		if (n != f.len - 1)
			assert_int_equal(kh_scan_decode_externals(f.data, n, &got_externals), KH_E_SYNTAX);
	kh_scan_reply_done(&reply);
	kh_scan_ready_done(&ready);
}

/* Values that an honest worker cannot send. */
static void refuses_values_out_of_range(void **state)
{
	(void)state;
	enum { OUTCOME = 8, ERROR = 9, VERDICT = 13, PLAIN = 14, PROFILES = 15, DETECTIONS = 57, ENGINE = 59, SUSPICIOUS = 60, GIVES_WAY = 61, RULE = 64 };
	static const struct {
		size_t at;
		char value;
	} cases[] = {{OUTCOME, 9}, {ERROR + 3, 1}, {VERDICT, KH_VERDICT_CLEAN}, {VERDICT, KH_VERDICT_SUSPICIOUS}, {VERDICT, KH_VERDICT_ERROR},
		     {PLAIN, 2}, {PROFILES + 1, 0x10}, {DETECTIONS, 4}, {DETECTIONS + 1, 100}, {ENGINE, 3}, {SUSPICIOUS, 2}, {GIVES_WAY, 1}, {GIVES_WAY, 2}, {RULE, (char)0x1b}, {RULE, (char)0xff}, {RULE, 0}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scan_reply reply, got;
		fill_reply(&reply);
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_scan_encode_reply(&reply, &b);
		assert_int_equal(b.data[DETECTIONS], 3);
		assert_int_equal(b.data[RULE], 'S');
		b.data[cases[i].at] = cases[i].value;
		assert_int_equal(kh_scan_decode_reply(b.data, b.len, &got), KH_E_SYNTAX);
		kh_scan_reply_done(&reply);
	}
}

/* Candidates of what is not asked, or more than there may be. */
static void refuses_candidates_that_cannot_be(void **state)
{
	(void)state;
	enum { TAIL = 3 * 4 + 2 + 1 }; /* asked, how many, three of them */
	struct kh_scan_reply reply, got;
	fill_reply(&reply);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, many = KH_BUF_INIT;
	kh_scan_encode_reply(&reply, &b);
	b.data[b.len - TAIL] = 0;
	assert_int_equal(kh_scan_decode_reply(b.data, b.len, &got), KH_E_SYNTAX);
	b.data[b.len - TAIL] = 2;
	assert_int_equal(kh_scan_decode_reply(b.data, b.len, &got), KH_E_SYNTAX);
	for (uint32_t i = 3; i <= KH_MALWARE_MAX_CANDIDATES; i++)
		kh_array_push(&reply.report.clamav, i);
	kh_scan_encode_reply(&reply, &many);
	assert_int_equal(kh_scan_decode_reply(many.data, many.len, &got), KH_E_SYNTAX);
	kh_scan_reply_done(&reply);
}


static void carries_the_end_of_an_answer(void **state)
{
	(void)state;
	static const struct {
		struct kh_scan_end end;
		int error;
	} cases[] = {
		{{KH_SCAN_SCANNED, 0}, 0}, {{KH_SCAN_UNREADABLE, 21}, 0}, {{KH_SCAN_ENGINE_FAILED, 0}, 0}, {{KH_SCAN_STILL_CLEAN, 0}, KH_E_SYNTAX}, {{KH_SCAN_SCANNED, 4096}, KH_E_SYNTAX},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		struct kh_scan_end got = {0};
		kh_scan_encode_end(&cases[i].end, &b);
		assert_int_equal(kh_scan_decode_end(b.data, b.len, &got), cases[i].error);
		assert_int_equal(kh_scan_decode_end(b.data, b.len - 1, &got), KH_E_SYNTAX);
		if (cases[i].error == 0) {
			assert_int_equal(got.outcome, cases[i].end.outcome);
			assert_int_equal(got.error, cases[i].end.error);
		}
	}
}

KH_TESTS(carries_the_setup, carries_a_file_and_externals, carries_ready, carries_a_reply, the_largest_reply_fits, refuses_messages_of_wrong_length, refuses_values_out_of_range,
	 refuses_candidates_that_cannot_be, carries_the_end_of_an_answer)
