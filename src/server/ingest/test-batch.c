#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/test.h"
#include "server/ingest/batch.h"

#include <stdio.h>
#include <zstd.h>

#define HEADER(first, last) "{\"v\":1,\"epoch\":\"00112233445566ff\",\"first\":" #first ",\"last\":" #last ",\"time_ms\":1763700000000,\"clock_offset_ms\":-5}\n"
#define START(seq, kind) "{\"seq\":" #seq ",\"@timestamp\":\"2026-11-21T08:30:00.123Z\",\"kind\":\"" kind "\","
#define EVENT(seq) START(seq, "event") "\"event\":{\"category\":\"process\",\"action\":\"start\"}}\n"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int parse(const char *text, struct kh_batch *ret)
{
	return kh_batch_read(text, strlen(text), NULL, ret);
}

static void expect_refused(const char *text, int error, const char *detail)
{
	kh_auto_batch struct kh_batch b = {0};
	assert_int_equal(parse(text, &b), error);
	assert_null(b.records.v);
	if (!strstr(kh_fail_detail(), detail))
		fail_msg("expected \"%s\" in \"%s\"", detail, kh_fail_detail());
}

static void assert_slice(struct kh_slice s, const char *expected)
{
	if (!kh_slice_is(s, expected))
		fail_msg("expected %s, got %.*s", expected, (int)s.n, s.at);
}

static void reads_events(void **state)
{
	(void)state;
	kh_auto_batch struct kh_batch b = {0};
	assert_int_equal(parse(HEADER(7, 10) EVENT(7)
			       START(8, "event") "\"event.category\":\"file\",\"x\":[1,{\"event\":2}],\"event.action\":\"t\\u1ea1o\"}\n"
			       "{\"event\":{\"action\":\"a\",\"category\":[\"network\",\"process\"],\"more\":{}},\"kind\":\"event\",\"seq\":9,\"@timestamp\":\"2026-11-21T08:30:00Z\"}\n"
			       EVENT(10), &b), 0);
	assert_string_equal(b.epoch, "00112233445566ff");
	assert_int_equal(b.first, 7);
	assert_int_equal(b.last, 10);
	assert_true(b.time_ms == 1763700000000);
	assert_int_equal(b.clock_offset_ms, -5);
	assert_int_equal(b.records.n, 4);
	assert_slice(b.records.v[0].event.category, "process");
	assert_slice(b.records.v[1].event.category, "file");
	assert_slice(b.records.v[1].event.action, "tạo");
	assert_slice(b.records.v[2].event.category, "network");
	assert_true(b.records.v[0].at_ms == INT64_C(1795249800123));
	assert_true(b.records.v[0].line.at[b.records.v[0].line.n - 1] == '}');
	assert_ptr_equal(kh_batch_record(&b, 9), &b.records.v[2]);
	assert_null(kh_batch_record(&b, 6));
	assert_null(kh_batch_record(&b, 11));
}

static void reads_the_other_kinds(void **state)
{
	(void)state;
	kh_auto_batch struct kh_batch b = {0};
	assert_int_equal(parse(HEADER(1, 6)
		START(1, "detection") "\"engine\":\"yara\",\"rule\":\"EICAR\",\"path\":\"/home/phường/a.zip\",\"member\":\"x/y\",\"sha256\":\"" HASH "\",\"size\":68,\"verdict\":\"infected\",\"state\":\"found\"}\n"
		START(2, "detection") "\"engine\":\"yara\",\"rule\":\"EICAR\",\"path\":\"/a\",\"member\":null,\"verdict\":\"suspicious\",\"state\":\"quarantined\"}\n"
		START(3, "scan") "\"scan\":{\"kind\":\"quick\",\"started_ms\":1,\"ended_ms\":2,\"files\":3,\"bytes\":4,\"infected\":5,\"suspicious\":6,\"errors\":7,\"skipped\":8,\"partly\":9,\"rules\":10,\"new\":1}}\n"
		START(4, "health") "\"health\":{\"version\":\"1\",\"dropped\":{}}}\n"
		START(5, "order") "\"order\":12,\"state\":\"done\",\"result\":{\"n\":1}}\n"
		START(6, "order") "\"order\":13,\"state\":\"refused\"}", &b), 0);
	assert_int_equal(b.records.n, 6);
	const struct kh_record *r = b.records.v;
	assert_slice(r[0].detection.path, "/home/phường/a.zip");
	assert_slice(r[0].detection.member, "x/y");
	assert_slice(r[0].detection.sha256, HASH);
	assert_int_equal(r[0].detection.size, 68);
	assert_null(r[1].detection.member.at);
	assert_int_equal(r[1].detection.size, -1);
	assert_slice(r[2].scan.kind, "quick");
	assert_int_equal(r[2].scan.rules, 10);
	assert_slice(r[3].health.report, "{\"version\":\"1\",\"dropped\":{}}");
	assert_int_equal(r[4].order.id, 12);
	assert_slice(r[4].order.result, "{\"n\":1}");
	assert_null(r[5].order.result.at);
}

static void reads_facts(void **state)
{
	(void)state;
	kh_auto_batch struct kh_batch b = {0};
	assert_int_equal(parse(HEADER(1, 3)
		START(1, "facts") "\"table\":\"packages\",\"state\":\"measured\",\"hash\":\"" HASH "\",\"rows\":[[\"bash\",\"5.2\",1,true,{\"x\":1}],[null,null,null,null,null]],\"columns\":[\"name\",\"version\",\"size_bytes\",\"held\",\"of_a_newer_agent\"]}\n"
		START(2, "facts") "\"table\":\"of_a_newer_agent\",\"state\":\"measured\",\"hash\":\"" HASH "\",\"columns\":[],\"rows\":[]}\n"
		START(3, "facts") "\"table\":\"accounts\",\"state\":\"not_measured\",\"reason\":\"kh\\u00f4ng c\\u00f3 quy\\u1ec1n\",\"hash\":\"" HASH "\"}", &b), 0);
	const struct kh_record *r = b.records.v;
	assert_int_equal(r[0].facts.table, KH_FACTS_PACKAGES);
	assert_true(r[0].facts.measured);
	assert_int_equal(r[0].facts.row_count, 2);
	assert_slice(r[0].facts.hash, HASH);
	assert_int_equal(r[1].facts.table, -1);
	assert_false(r[2].facts.measured);
	assert_slice(r[2].facts.reason, "không có quyền");
}

static void names_line_and_field_of_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{"", "line 1: header"},
		{"x", "line 1: header: expected an object"},
		{"{}\n", "line 1: v: expected 1"},
		{"{\"v\":2}\n", "line 1: v"},
		{"{\"v\":1,\"epoch\":\"XYZ\",\"first\":1,\"last\":1}\n", "line 1: epoch"},
		{HEADER(0, 1) EVENT(0) EVENT(1), "line 1: first"},
		{HEADER(5, 4), "line 1: first"},
		{HEADER(1, 2) EVENT(1), "line 3: record: is missing"},
		{HEADER(1, 1) EVENT(1) EVENT(2), "line 2: record: more lines"},
		{HEADER(1, 1) "\n", "line 2: record"},
		{HEADER(1, 1) EVENT(2), "line 2: seq: is not the next one"},
		{HEADER(1, 1) "{\"seq\":1}\n", "line 2: kind"},
		{HEADER(1, 1) "{\"seq\":1,\"kind\":\"event\"}\n", "line 2: @timestamp"},
		{HEADER(1, 1) "{\"seq\":1,\"kind\":\"event\",\"@timestamp\":\"yesterday\"}\n", "line 2: @timestamp"},
		{HEADER(1, 1) START(1, "gossip") "\"x\":1}\n", "line 2: kind"},
		{HEADER(1, 1) START(1, "event") "\"x\":1}\n", "line 2: event.category: is missing"},
		{HEADER(1, 1) START(1, "event") "\"event\":{\"category\":\"a\"}}\n", "line 2: event.action: is missing"},
		{HEADER(1, 1) START(1, "event") "\"event\":{\"category\":\"a\",\"action\":5}}\n", "line 2: event: expected a text"},
		{HEADER(1, 1) START(1, "event") "\"event\":{\"category\":\"a\",\"action\":\"\\u0000\"}}\n", "line 2: event.action: a NUL character"},
		{HEADER(1, 1) START(1, "event") "\"event\":{\"category\":\"a\",\"action\":\"b\"}} x\n", "line 2: record: something behind"},
		{HEADER(1, 1) START(1, "event") "\"event\":{\"category\":\"a\",\"action\":\"b\"},\"y\":\"\xff\"}\n", "line 2: event: text that is not UTF-8"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"yara\"}\n", "line 2: rule: is missing"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"Y A\"}\n", "line 2: engine: expected a word"},
		{HEADER(1, 1) START(1, "detection_state") "\"id\":\"u\"}\n", "line 2: state: is missing"},
		{HEADER(1, 1) START(1, "detection_state") "\"id\":\"u\",\"state\":\"gone\"}\n", "line 2: state: expected verified, not_confirmed, quarantined, left or rescanned_clean"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"y\",\"engine\":\"y\"}\n", "line 2: engine: stands twice"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"y\",\"rule\":\"r\",\"path\":\"p\",\"verdict\":\"clean\",\"state\":\"found\"}\n", "line 2: verdict"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"y\",\"rule\":\"r\",\"path\":\"p\",\"verdict\":\"infected\",\"state\":\"lost\"}\n", "line 2: state"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"y\",\"rule\":\"r\",\"path\":\"p\",\"size\":-1}\n", "line 2: size"},
		{HEADER(1, 1) START(1, "detection") "\"engine\":\"y\",\"rule\":\"r\",\"path\":\"p\",\"sha256\":\"00\"}\n", "line 2: sha256"},
		{HEADER(1, 1) START(1, "scan") "\"x\":1}\n", "line 2: scan: is missing"},
		{HEADER(1, 1) START(1, "scan") "\"scan\":{\"kind\":\"quick\"}}\n", "line 2: started_ms: is missing"},
		{HEADER(1, 1) START(1, "health") "\"health\":[]}\n", "line 2: health: expected an object"},
		{HEADER(1, 1) START(1, "order") "\"order\":1,\"state\":\"maybe\"}\n", "line 2: state"},
		{HEADER(1, 1) START(1, "facts") "\"state\":\"measured\",\"hash\":\"" HASH "\"}\n", "line 2: table"},
		{HEADER(1, 1) START(1, "facts") "\"table\":\"packages\",\"hash\":\"" HASH "\"}\n", "line 2: state"},
		{HEADER(1, 1) START(1, "facts") "\"table\":\"packages\",\"state\":\"measured\",\"hash\":\"12\"}\n", "line 2: hash"},
		{HEADER(1, 1) START(1, "facts") "\"table\":\"packages\",\"state\":\"measured\",\"hash\":\"" HASH "\"}\n", "line 2: rows"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		expect_refused(cases[i].text, KH_E_BATCH_MALFORMED, cases[i].detail);
}

#define FACTS(table, columns, rows) \
	HEADER(1, 1) START(1, "facts") "\"table\":\"" table "\",\"state\":\"measured\",\"hash\":\"" HASH "\",\"columns\":" columns ",\"rows\":" rows "}\n"

static void names_the_cell_that_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *detail;
	} cases[] = {
		{FACTS("packages", "[\"name\",\"size_bytes\"]", "[[\"a\",1],[\"b\",\"2\"]]"), "packages.rows[1].size_bytes: expected a number"},
		{FACTS("packages", "[\"name\",\"held\"]", "[[\"a\",1]]"), "packages.rows[0].held: expected true or false"},
		{FACTS("packages", "[\"name\"]", "[[5]]"), "packages.rows[0].name: expected a text"},
		{FACTS("packages", "[\"name\"]", "[[\"a\\u0000\"]]"), "packages.rows[0].name: a text that"},
		{FACTS("packages", "[\"name\"]", "[[\"a\",1]]"), "more cells"},
		{FACTS("packages", "[\"name\",\"version\"]", "[[\"a\"]]"), "fewer cells"},
		{FACTS("packages", "[\"name\",\"name\"]", "[]"), "columns: one stands twice"},
		{FACTS("packages", "[1]", "[]"), "columns: expected a text"},
		{FACTS("packages", "[\"name\"]", "{}"), "rows: expected a list"},
		{FACTS("packages", "[\"name\"]", "[1]"), "rows[0]"},
		{FACTS("os", "[]", "[]"), "rows: expected exactly one"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		expect_refused(cases[i].text, KH_E_BATCH_MALFORMED, cases[i].detail);
}

static void limits_every_size(void **state)
{
	(void)state;
	static const char tail[] = "\",\"event\":{\"category\":\"a\",\"action\":\"b\"}}\n";
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_adds(&b, HEADER(1, 1) START(1, "event") "\"x\":\"");
	while (b.len < KH_MAX_EVENT + 1000)
		kh_buf_adds(&b, "xxxxxxxxxxxxxxxx");
	kh_buf_adds(&b, tail);
	expect_refused(b.data, KH_E_BATCH_MALFORMED, "too long for its kind");
	expect_refused(HEADER(1, 10001), KH_E_TOO_LARGE, "10000 records");
	kh_buf_reset(&b);
	kh_buf_adds(&b, HEADER(1, 1) START(1, "facts") "\"table\":\"packages\",\"state\":\"measured\",\"hash\":\"" HASH "\",\"columns\":[\"name\"],\"rows\":[[\"");
	for (int i = 0; i < KH_MAX_TEXT + 1; i++)
		kh_buf_addc(&b, 'x');
	kh_buf_adds(&b, "\"]]}\n");
	expect_refused(b.data, KH_E_BATCH_MALFORMED, "too long");
}

/* ---- zstd ---- */

static size_t pack(const void *bytes, size_t n, void *to, size_t size, bool say_size)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, say_size);
	size_t packed = ZSTD_compress2(c, to, size, bytes, n);
	ZSTD_freeCCtx(c);
	assert_false(ZSTD_isError(packed));
	return packed;
}

static void unpacks_frames_with_and_without_their_size(void **state)
{
	(void)state;
	static const char text[] = HEADER(1, 2) EVENT(1) EVENT(2);
	char packed[4096];
	for (int say = 0; say < 2; say++) {
		kh_auto_batch struct kh_batch b = {0};
		size_t half = sizeof text / 2, n = pack(text, half, packed, sizeof packed, say);
		n += pack(text + half, sizeof text - 1 - half, packed + n, sizeof packed - n, say); /* two frames, one behind the other */
		assert_int_equal(kh_batch_read(packed, n, "zstd", &b), 0);
		assert_int_equal(b.records.n, 2);
	}
}

static void refuses_broken_and_oversized_frames(void **state)
{
	(void)state;
	static const char text[] = HEADER(1, 2) EVENT(1) EVENT(2);
	char packed[4096];
	kh_auto_batch struct kh_batch b = {0};
	size_t n = pack(text, sizeof text - 1, packed, sizeof packed, true);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(kh_batch_read(packed, cut, "zstd", &b), KH_E_BATCH_MALFORMED);
	packed[n] = 'x';
	assert_int_equal(kh_batch_read(packed, n + 1, "zstd", &b), KH_E_BATCH_MALFORMED);
	assert_int_equal(kh_batch_read(text, sizeof text - 1, "zstd", &b), KH_E_BATCH_MALFORMED);
	assert_int_equal(kh_batch_read(text, sizeof text - 1, "gzip", &b), KH_E_BATCH_MALFORMED);

	size_t huge = KH_MAX_BATCH_BYTES + 1, room = ZSTD_compressBound(huge);
	kh_auto_free char *zeros = kh_alloc(huge), *bomb = kh_alloc(room);
	for (int say = 0; say < 2; say++) {
		n = pack(zeros, huge, bomb, room, say);
		assert_int_equal(kh_batch_read(bomb, n, "zstd", &b), KH_E_TOO_LARGE);
	}
	assert_null(b.records.v);
}

KH_TESTS(reads_events, reads_the_other_kinds, reads_facts, names_line_and_field_of_what_is_wrong, names_the_cell_that_is_wrong, limits_every_size,
	 unpacks_frames_with_and_without_their_size, refuses_broken_and_oversized_frames)
