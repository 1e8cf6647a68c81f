#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "ipc/ipc.h"
#include "search/protocol.h"

static void fill(struct kh_search_reply *r)
{
	*r = (struct kh_search_reply){
		.id = 77,
		.report = {.size = 1 << 20, .sha256 = {1, 2, 3}, .format = KH_DOCUMENT_TEXT, .charset = KH_CHARSET_TCVN3, .charset_known = true, .mixed = true, .state = KH_SEARCH_PARTLY,
			   .level = KH_SECRECY_TOI_MAT, .confidence = 90, .inside = true, .mark_count = 2, .gap_count = 2}};
	struct kh_search_report *report = &r->report;
	report->marks[0] = (struct kh_search_mark){"stamp", 1, KH_PART_HEADER, kh_strdup("TỐI MẬT")};
	report->marks[1] = (struct kh_search_mark){"copy_number", 3, KH_PART_BODY, NULL};
	report->gaps[0] = (struct kh_search_gap){KH_GAP_ENCRYPTED, true};
	report->gaps[1] = (struct kh_search_gap){KH_GAP_TIME, false};
}

static void carries_setup_ready_and_file(void **state)
{
	(void)state;
	static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	const struct kh_search_setup setup = {12345, limits, KH_OCR_ALWAYS, true};
	const struct kh_search_ready ready = {7, true, {9, 8, 7}};
	kh_auto_buf struct kh_buf a = KH_BUF_INIT, b = KH_BUF_INIT, c = KH_BUF_INIT;
	kh_search_encode_setup(&setup, &a);
	kh_search_encode_ready(&ready, &b);
	kh_search_encode_file(42, &c);
	struct kh_search_setup got_setup = {0};
	struct kh_search_ready got_ready = {0};
	uint64_t id = 0;
	assert_int_equal(kh_search_decode_setup(a.data, a.len, &got_setup), 0);
	assert_int_equal(kh_search_decode_ready(b.data, b.len, &got_ready), 0);
	assert_int_equal(kh_search_decode_file(c.data, c.len, &id), 0);
	assert_int_equal(got_setup.max_size, 12345);
	assert_memory_equal(&got_setup.limits, &limits, sizeof limits);
	assert_int_equal(got_setup.ocr, KH_OCR_ALWAYS);
	assert_true(got_setup.show && got_ready.user_changed);
	assert_int_equal(got_ready.landlock_abi, 7);
	assert_memory_equal(got_ready.rules, ready.rules, sizeof ready.rules);
	assert_int_equal(id, 42);
}

static void carries_a_reply(void **state)
{
	(void)state;
	struct kh_search_reply reply, got = {0};
	fill(&reply);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_reply(&reply, &b);
	assert_int_equal(kh_search_decode_reply(b.data, b.len, &got), 0);
	assert_int_equal(got.id, 77);
	assert_int_equal(got.outcome, KH_SEARCH_READ);
	assert_int_equal(got.report.size, 1 << 20);
	assert_memory_equal(got.report.sha256, reply.report.sha256, 32);
	assert_int_equal(got.report.charset, KH_CHARSET_TCVN3);
	assert_int_equal(got.report.level, KH_SECRECY_TOI_MAT);
	assert_int_equal(got.report.confidence, 90);
	assert_true(got.report.inside && got.report.mixed && got.report.charset_known);
	assert_int_equal(got.report.mark_count, 2);
	assert_string_equal(got.report.marks[0].line, "TỐI MẬT");
	assert_string_equal(got.report.marks[1].kind, "copy_number");
	assert_null(got.report.marks[1].line);
	assert_int_equal(got.report.gap_count, 2);
	assert_true(got.report.gaps[0].inside && got.report.gaps[1].kind == KH_GAP_TIME);
	kh_search_report_done(&reply.report);
	kh_search_report_done(&got.report);
}

static void the_largest_reply_fits(void **state)
{
	(void)state;
	struct kh_search_reply reply = {.report = {.level = KH_SECRECY_MAT, .confidence = 100, .state = KH_SEARCH_PARTLY, .mark_count = KH_SEARCH_MAX_MARKS, .gap_count = KH_SEARCH_MAX_GAPS}}, got = {0};
	char line[KH_SEARCH_MAX_LINE + 1];
	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	for (size_t i = 0; i < KH_SEARCH_MAX_MARKS; i++) {
		struct kh_search_mark *m = &reply.report.marks[i];
		memset(m->kind, 'k', sizeof m->kind - 1);
		m->line = kh_strdup(line);
	}
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_IPC_MAX_INLINE);
	kh_search_encode_reply(&reply, &b);
	assert_int_equal(kh_buf_status(&b), 0);
	assert_int_equal(kh_search_decode_reply(b.data, b.len, &got), 0);
	assert_int_equal(got.report.mark_count, KH_SEARCH_MAX_MARKS);
	assert_string_equal(got.report.marks[KH_SEARCH_MAX_MARKS - 1].line, line);
	kh_search_report_done(&reply.report);
	kh_search_report_done(&got.report);
}

/* Every message cut short anywhere, and with a byte too many, is refused. */
static void refuses_messages_of_wrong_length(void **state)
{
	(void)state;
	struct kh_search_reply reply, got_reply = {0};
	struct kh_search_ready got_ready = {0};
	struct kh_search_setup got_setup = {0};
	uint64_t id = 0;
	kh_auto_buf struct kh_buf a = KH_BUF_INIT, b = KH_BUF_INIT, c = KH_BUF_INIT, d = KH_BUF_INIT;
	fill(&reply);
	kh_search_encode_reply(&reply, &a);
	kh_search_encode_ready(&(struct kh_search_ready){0}, &b);
	kh_search_encode_setup(&(struct kh_search_setup){.limits = KH_UNPACK_LIMITS}, &c);
	kh_search_encode_file(1, &d);
	struct kh_buf *const all[] = {&a, &b, &c, &d};
	for (size_t i = 0; i < KH_COUNT(all); i++)
		kh_buf_addc(all[i], 0);
	for (size_t n = 0; n <= a.len; n++)
		if (n != a.len - 1)
			assert_int_equal(kh_search_decode_reply(a.data, n, &got_reply), KH_E_SYNTAX);
	for (size_t n = 0; n <= b.len; n++)
		if (n != b.len - 1)
			assert_int_equal(kh_search_decode_ready(b.data, n, &got_ready), KH_E_SYNTAX);
	for (size_t n = 0; n <= c.len; n++)
		if (n != c.len - 1)
			assert_int_equal(kh_search_decode_setup(c.data, n, &got_setup), KH_E_SYNTAX);
	for (size_t n = 0; n <= d.len; n++)
		if (n != d.len - 1)
			assert_int_equal(kh_search_decode_file(d.data, n, &id), KH_E_SYNTAX);
	kh_search_report_done(&reply.report);
}

/* Values that an honest worker cannot send. */
static void refuses_values_out_of_range(void **state)
{
	(void)state;
	enum { OUTCOME = 8, ERROR = 9, FORMAT = 53, CHARSET, KNOWN, MIXED, STATE, LEVEL, CONFIDENCE, INSIDE, MARKS, KIND = 64 };
	static const struct {
		size_t at;
		char value;
	} cases[] = {{OUTCOME, KH_SEARCH_OUTCOMES}, {ERROR + 3, 1}, {FORMAT, KH_DOCUMENT_FORMATS}, {CHARSET, KH_CHARSETS}, {KNOWN, 2}, {MIXED, 2}, {STATE, KH_SEARCH_STATES}, {STATE, KH_SEARCH_SCANNED},
		     {LEVEL, KH_SECRECY_LEVELS}, {LEVEL, KH_SECRECY_NONE}, {CONFIDENCE, 101}, {CONFIDENCE, 0}, {INSIDE, 2}, {MARKS, KH_SEARCH_MAX_MARKS + 1}, {MARKS, 0}, {KIND, (char)0x1b}, {KIND, 'S'}, {KIND, ' '}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_search_reply reply, got = {0};
		fill(&reply);
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_search_encode_reply(&reply, &b);
		kh_search_report_done(&reply.report);
		assert_int_equal(b.data[MARKS], 2);
		assert_int_equal(b.data[KIND], 's');
		b.data[cases[i].at] = cases[i].value;
		if (kh_search_decode_reply(b.data, b.len, &got) != KH_E_SYNTAX)
			fail_msg("byte %zu as %d was taken", cases[i].at, cases[i].value);
	}
}

KH_TESTS(carries_setup_ready_and_file, carries_a_reply, the_largest_reply_fits, refuses_messages_of_wrong_length, refuses_values_out_of_range)
