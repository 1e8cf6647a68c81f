#include "base/str.h"
#include "base/test.h"
#include "document/read/parts.h"
#include "document/read/test_reading.h"
#include "unpack/test_archive.h"
#include "unpack/test_cfb.h"

/* ---- lines of runs ---- */

struct run {
	const char *text;
	struct kh_run_look look;
};

static void read_runs(struct test_told *told, const struct run *runs, size_t n)
{
	struct kh_document_sink sink = test_sink(told);
	struct kh_line_builder b;
	kh_line_builder_init(&b, &sink);
	kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_BODY, .page = 1});
	for (size_t i = 0; i < n; i++)
		kh_line_add(&b, runs[i].text, strlen(runs[i].text), &runs[i].look);
	kh_line_builder_done(&b);
}

static void text_is_normalised(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"  a  b\xc2\xa0\xe2\x80\x83 c \r\n d ", "body 1: a b c d\n"},
		{"\ta\t\tb \t", "body 1: a\t\tb\n"},
		{"a\x01\x7f\xc2\x85" "b\xe2\x80\x8b" "c\xef\xbb\xbf", "body 1: a bc\n"},
		{"To\xcc\x82\xcc\x81i ma\xcc\xa3\xcc\x82t", "body 1: Tối mật\n"}, /* NFD, and marks in the other order */
		{"a\xff\xc3", "body 1: a\xef\xbf\xbd\xef\xbf\xbd\n"},
		{" \t\r\n", ""},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct test_told told = {0};
		read_runs(&told, &(struct run){.text = cases[i].in}, 1);
		assert_string_equal(kh_buf_text(&told.text), cases[i].out);
		test_told_done(&told);
	}
}

static void marks_of_one_run_join_letters_of_another(void **state)
{
	struct test_told told = {0};
	(void)state;
	read_runs(&told, (const struct run[]){{.text = "ma"}, {.text = "\xcc\xa3"}, {.text = "\xcc\x82t"}}, 3);
	assert_string_equal(kh_buf_text(&told.text), "body 1: mật\n");
	test_told_done(&told);
}

static void a_line_looks_as_most_of_its_letters_do(void **state)
{
	struct test_told told = {0};
	(void)state;
	read_runs(&told, (const struct run[]){{"Số: ", {.size_pt = 13}}, {"tối mật", {.red = true, .bold = true, .capitals = true, .size_pt = 14}}, {"!", {.red = true, .size_pt = 8}}}, 3);
	assert_string_equal(kh_buf_text(&told.text), "body 1 red,bold,capitals: Số: TỐI MẬT!\n");
	assert_true(told.lines.v[0].size_pt > 13.9f && told.lines.v[0].size_pt < 14.1f);
	assert_int_equal(told.lines.v[0].certainty, 100);
	test_told_done(&told);
}

static void a_long_line_is_given_in_pieces_that_lose_nothing(void **state)
{
	kh_auto_buf struct kh_buf in = KH_BUF_INIT, out = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	for (unsigned i = 0; i < 60000; i++)
		kh_buf_addf(&in, "ế%u", i % 10);
	read_runs(&told, &(struct run){.text = kh_buf_text(&in)}, 1);
	for (size_t i = 0; i < told.lines.n; i++) {
		assert_int_equal(told.lines.v[i].order, i);
		kh_buf_adds(&out, told.lines.v[i].text);
	}
	assert_true(told.lines.n > 50);
	assert_string_equal(kh_buf_text(&out), kh_buf_text(&in));
	test_told_done(&told);
}

static void fonts_decide_each_run(void **state)
{
	struct test_told told = {0};
	(void)state;
	read_runs(&told, (const struct run[]){{"Sè ", {.font = ".VnTime"}}, {"tèi mËt", {.font = ".VnTimeH"}}, {" soá a", {.font = "VNI-Times"}}, {"ù Cộng", {.font = "VNI-Times"}},
					      {" é", {.font = "Arial"}}}, 5);
	assert_string_equal(kh_buf_text(&told.text), "body 1 capitals: Số TỐI MẬT soá aù Cộng é\n"); /* VNI is not believed of a run that is Unicode */
	test_told_done(&told);
	told = (struct test_told){0};
	read_runs(&told, (const struct run[]){{"Soá a", {.font = "VNI-Times"}}, {"ù", {.font = "VNI-Helve"}}}, 2);
	assert_string_equal(kh_buf_text(&told.text), "body 1: Số á\n");
	assert_int_equal(told.lines.v[0].charset, KH_CHARSET_VNI);
	assert_false(told.lines.v[0].guessed);
	test_told_done(&told);
}

static void fonts_of_an_old_template_are_not_believed(void **state)
{
	static const struct run runs[] = {{"Cộng hòa ", {.font = ".VnTime"}}, {"xã hội. ", {.font = ".VnTime", .capitals = true}}, {"và có", {.font = ".VnTime"}}, {"mËt", {.font = ".VnTimeH"}}};
	struct test_told told = {0};
	struct kh_document_sink sink = test_sink(&told);
	struct kh_line_builder b;
	(void)state;
	kh_line_builder_init(&b, &sink);
	for (size_t i = 0; i < KH_COUNT(runs); i++) {
		kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_BODY});
		kh_line_add(&b, runs[i].text, strlen(runs[i].text), &runs[i].look);
	}
	kh_line_builder_done(&b);
	assert_string_equal(kh_buf_text(&told.text), "body 0: Cộng hòa\nbody 0 capitals: XÃ HỘI.\nbody 0: và có\nbody 0 capitals: MËT\n");
	test_told_done(&told);
}

static void read_lines(struct test_told *told, const char *const *lines, size_t n)
{
	struct kh_document_sink sink = test_sink(told);
	struct kh_line_builder b;
	kh_line_builder_init(&b, &sink);
	for (size_t i = 0; i < n; i++) {
		kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_BODY, .page = 1});
		kh_line_add(&b, lines[i], strlen(lines[i]), &(struct kh_run_look){0});
	}
	kh_line_builder_done(&b);
}

static void lines_wait_until_their_document_has_said_what_it_is(void **state)
{
	static const char *const lines[] = {
		"MËT", "a", "Céng hßa x· héi chñ nghÜa ViÖt Nam", "ñy ban nh©n d©n TØNH B¾C K¹N", "Bé C¤NG AN - TèI MËT", "Cộng hòa, và", "có", "Sở", "déjà vu", "Sở, à",
	};
	struct test_told told = {0};
	(void)state;
	read_lines(&told, lines, KH_COUNT(lines));
	assert_string_equal(kh_buf_text(&told.text),
			    "body 1 capitals,guessed: MẬT\nbody 1: a\nbody 1 guessed: Cộng hòa xã hội chủ nghĩa Việt Nam\nbody 1 capitals,guessed: ủy ban nhân dân TỈNH BẮC KẠN\n"
			    "body 1 capitals,guessed: BỘ CÔNG AN - TỐI MẬT\nbody 1: Cộng hòa, và\nbody 1: có\nbody 1: Sở\nbody 1: déjà vu\nbody 1: Sở, à\n");
	test_told_done(&told);
}

static void small_letters_stand_for_capitals_only_among_capitals(void **state)
{
	static const char *const lines[] = {"Céng hßa x· héi chñ nghÜa ViÖt Nam", "Sè: 1/Q§-UB", "Së", "TèI MËT", "vÒ TèI MËT, Së"};
	struct test_told told = {0};
	(void)state;
	read_lines(&told, lines, KH_COUNT(lines));
	assert_string_equal(kh_buf_text(&told.text), "body 1 guessed: Cộng hòa xã hội chủ nghĩa Việt Nam\nbody 1 guessed: Số: 1/QĐ-UB\nbody 1 guessed: Sở\nbody 1 capitals,guessed: TỐI MẬT\n"
						     "body 1 capitals,guessed: về TỐI MẬT, Sở\n");
	test_told_done(&told);
}

static void what_ocr_has_read_does_not_wait(void **state)
{
	struct test_told told = {0};
	struct kh_document_sink sink = test_sink(&told);
	struct kh_line_builder b;
	(void)state;
	kh_line_builder_init(&b, &sink);
	kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_PICTURE, .certainty = 90});
	kh_line_add(&b, "à", 2, &(struct kh_run_look){0});
	kh_line_end(&b);
	assert_string_equal(kh_buf_text(&told.text), "picture 0: à\n");
	kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_BODY});
	kh_line_add(&b, "à", 2, &(struct kh_run_look){0});
	kh_line_end(&b);
	assert_string_equal(kh_buf_text(&told.text), "picture 0: à\n");
	kh_line_builder_settle(&b);
	assert_string_equal(kh_buf_text(&told.text), "picture 0: à\nbody 0: à\n");
	kh_line_builder_done(&b);
	test_told_done(&told);
}

static void lines_do_not_wait_for_ever(void **state)
{
	static const char line[] = "MËT \xc3\xa9t\xc3\xa9";
	struct test_told told = {0};
	struct kh_document_sink sink = test_sink(&told);
	struct kh_line_builder b;
	(void)state;
	kh_line_builder_init(&b, &sink);
	for (size_t i = 0; i < KH_LINE_MAX_HELD / 256 + 2; i++) {
		kh_line_begin(&b, &(struct kh_line_look){.part = KH_PART_BODY});
		kh_line_add(&b, line, strlen(line), &(struct kh_run_look){0});
	}
	assert_true(told.lines.n > 0 && b.held.bytes <= KH_LINE_MAX_HELD);
	kh_line_builder_done(&b);
	assert_int_equal(told.lines.n, KH_LINE_MAX_HELD / 256 + 2);
	test_told_done(&told);
}

/* ---- what the bytes are ---- */

static void formats_are_known_by_their_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum kh_document_format format;
	} cases[] = {
#define BYTES(s) s, sizeof(s) - 1
		{BYTES("%PDF-1.4\n"), KH_DOCUMENT_PDF},
		{BYTES("\xef\xbb\xbf%PDF-1.4\n"), KH_DOCUMENT_PDF},
		{BYTES("{\\rtf1 a}"), KH_DOCUMENT_RTF},
		{BYTES("II*\0\x08\0\0\0"), KH_DOCUMENT_TIFF},
		{BYTES("\xff\xd8\xff\xe0"), KH_DOCUMENT_JPEG},
		{BYTES("\x89PNG\r\n\x1a\n"), KH_DOCUMENT_PNG},
		{BYTES("From: a@b\r\nSubject: c\r\n\r\nd"), KH_DOCUMENT_MAIL},
		{BYTES("\x1f\x8b\x08\0\0\0\0\0"), KH_DOCUMENT_ARCHIVE},
		{BYTES("\x7f" "ELF\x02\x01\x01\0\0\0"), KH_DOCUMENT_NONE},
		{BYTES(""), KH_DOCUMENT_NONE},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_document_identify(cases[i].bytes, cases[i].n), cases[i].format);
}

static void an_archive_is_not_what_its_first_member_is(void **state)
{
	kh_auto_buf struct kh_buf tar = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	test_archive("ustar", NULL, NULL, (const struct test_member[]){{"a.pdf", "%PDF-1.4\n", 9}, {"b", "\0", 1}}, 2, &tar);
	test_read(&told, tar.data, tar.len);
	assert_string_equal(kh_buf_text(&told.text), "begin archive\nend\nbegin pdf a.pdf\ngap damaged or of an unknown kind: a.pdf\nend\nbegin none b\nend\n");
	test_told_done(&told);
}

static void packages_are_known_by_their_members(void **state)
{
	static const char opendocument[] = "application/vnd.oasis.opendocument.spreadsheet";
	static const struct {
		struct test_member member;
		enum kh_document_format format;
	} cases[] = {
		{{"word/document.xml", "<a/>", 4}, KH_DOCUMENT_DOCX},
		{{"xl/workbook.xml", "<a/>", 4}, KH_DOCUMENT_XLSX},
		{{"ppt/presentation.xml", "<a/>", 4}, KH_DOCUMENT_PPTX},
		{{"words/a", "<a/>", 4}, KH_DOCUMENT_ARCHIVE},
		{{"mimetype", opendocument, sizeof opendocument - 1}, KH_DOCUMENT_ODS},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
		const struct test_member members[] = {cases[i].member, {"[Content_Types].xml", "<b/>", 4}};
		test_archive("zip", NULL, "zip:compression=store,zip:!experimental", members, 2, &zip);
		assert_int_equal(kh_document_identify(zip.data, zip.len), cases[i].format);
	}
}

static bool is_wanted(const char *name)
{
	return kh_starts_with(name, "part");
}

static void read_parts(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts parts;
	kh_parts_init(&parts, r, bytes, n, is_wanted);
	kh_array_each(&parts.list, part) {
		kh_line_begin(&r->lines, &(struct kh_line_look){.part = KH_PART_BODY});
		kh_line_add(&r->lines, part->name, strlen(part->name), &(struct kh_run_look){0});
		kh_line_add(&r->lines, (const char *)part->bytes, part->n, &(struct kh_run_look){0});
	}
	assert_ptr_equal(kh_parts_find(&parts, "PART/1"), parts.list.v);
	assert_null(kh_parts_find(&parts, "other"));
	kh_parts_done(&parts);
	assert_int_equal(r->file->unpack.held_bytes, 0);
}

static void parts_of_a_package_are_held_within_limits(void **state)
{
	static const struct kh_reader reader = {.format = KH_DOCUMENT_DOCX, .read = read_parts};
	static char large[4096];
	kh_auto_buf struct kh_buf zip = KH_BUF_INIT;
	(void)state;
	memset(large, 'x', sizeof large);
	const struct test_member members[] = {{"part/1", "a", 1}, {"other", "b", 1}, {"part/2", large, sizeof large}, {"part/3", "c", 1}};
	for (int stored = 0; stored < 2; stored++) {
		struct test_told told = {.held_bytes = 1000};
		test_archive("zip", NULL, stored ? "zip:compression=store" : NULL, members, KH_COUNT(members), &zip);
		test_read_by(&told, &reader, zip.data, zip.len);
		assert_non_null(strstr(kh_buf_text(&told.text), "gap member size limit: part/2\n"));
		assert_non_null(strstr(kh_buf_text(&told.text), "body 0: part/1a\n"));
		assert_non_null(strstr(kh_buf_text(&told.text), "body 0: part/3c\n"));
		assert_null(strstr(kh_buf_text(&told.text), "other"));
		test_told_done(&told);
	}
}

static void a_document_with_a_password_is_encrypted(void **state)
{
	static const char info[] = "\4\0\4\0\x40\0\0\0<?xml version=\"1.0\"?><encryption>words that are none of the document's</encryption>";
	const struct test_cfb_entry entries[] = {
		{"EncryptionInfo", TEST_CFB_STREAM, 0, 2, info, sizeof info - 1},
		{"EncryptedPackage", TEST_CFB_STREAM, 0, 0, "\1\2\3", 3},
	};
	struct test_told told = {0};
	struct test_cfb c;
	(void)state;
	test_cfb_make(&c, entries, KH_COUNT(entries));
	test_read(&told, c.file.data, c.file.len);
	assert_string_equal(kh_buf_text(&told.text), "begin archive\ngap encrypted\nend\n");
	test_told_done(&told);
	kh_buf_done(&c.file);
}

static void depth_has_an_end(void **state)
{
	static const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	kh_auto_buf struct kh_buf inner = KH_BUF_INIT, outer = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	kh_buf_adds(&inner, "a");
	for (size_t i = 0; i <= usual.depth; i++) {
		test_archive("zip", NULL, NULL, &(struct test_member){"z", kh_buf_text(&inner), inner.len}, 1, &outer);
		kh_buf_reset(&inner);
		kh_buf_add(&inner, outer.data, outer.len);
	}
	test_read(&told, inner.data, inner.len);
	assert_non_null(strstr(kh_buf_text(&told.text), "end\ngap depth limit: z/z/z/z/z/z/z/z/z/z\n"));
	test_told_done(&told);
}

KH_TESTS(text_is_normalised, marks_of_one_run_join_letters_of_another, a_line_looks_as_most_of_its_letters_do, a_long_line_is_given_in_pieces_that_lose_nothing, fonts_decide_each_run, fonts_of_an_old_template_are_not_believed,
	 lines_wait_until_their_document_has_said_what_it_is, small_letters_stand_for_capitals_only_among_capitals, what_ocr_has_read_does_not_wait,
	 lines_do_not_wait_for_ever,
	 formats_are_known_by_their_bytes, packages_are_known_by_their_members, an_archive_is_not_what_its_first_member_is, parts_of_a_package_are_held_within_limits,
	 a_document_with_a_password_is_encrypted, depth_has_an_end)
