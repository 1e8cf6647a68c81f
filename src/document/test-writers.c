#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "document/docx.h"
#include "document/pdf.h"
#include "document/sample.h"
#include "document/sheet.h"
#include "document/text.h"

#include <archive.h>
#include <archive_entry.h>

#define MADE_S 1767600000

static const char *const samples[] = {"report", "letter", "blank", "hostile"};

/* The bytes of a member of a zip. */
static void unpack(const struct kh_buf *zip, const char *name, struct kh_buf *out)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry = NULL;
	assert_int_equal(archive_read_support_format_zip(a), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(a, zip->data, zip->len), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		char block[4096];
		la_ssize_t n = 0;
		if (!kh_streq(archive_entry_pathname(entry), name))
			continue;
		while ((n = archive_read_data(a, block, sizeof block)) > 0)
			kh_buf_add(out, block, (size_t)n);
	}
	archive_read_free(a);
	assert_true(out->len > 0);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *c = strstr(text, what); c; c = strstr(c + 1, what))
		n++;
	return n;
}

/* Tags open and close in order, and nothing stands in a text that XML forbids. */
static void check_xml(const char *xml)
{
	char *open[64] = {0};
	size_t depth = 0;
	for (const char *c = xml; *c; c++) {
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
		if (*c != '<' || c[1] == '?')
			continue;
		const char *end = strchr(c, '>');
		assert_non_null(end);
		size_t n = strcspn(c + 1 + (c[1] == '/'), " />");
		char *name = kh_strndup(c + 1 + (c[1] == '/'), n);
		if (c[1] == '/') {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], name);
			free(open[depth]);
			free(name);
		} else if (end[-1] == '/') {
			free(name);
		} else {
			assert_true(depth < KH_COUNT(open));
			open[depth++] = name;
		}
	}
	assert_int_equal(depth, 0);
}

static void write_docx(const char *sample, struct kh_buf *ret_document)
{
	kh_auto_paper struct kh_paper *paper = kh_sample_paper(sample);
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	ok(kh_docx_write(paper, MADE_S, &out));
	unpack(&out, "word/document.xml", ret_document);
}

static void test_docx_is_well_formed(void **state)
{
	static const char *const parts[] = {"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml", "word/settings.xml", "word/header1.xml", "docProps/core.xml"};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(samples); i++) {
		kh_auto_paper struct kh_paper *paper = kh_sample_paper(samples[i]);
		kh_auto_buf struct kh_buf out = KH_BUF_INIT;
		ok(kh_docx_write(paper, MADE_S, &out));
		for (size_t part = 0; part < KH_COUNT(parts); part++) {
			kh_auto_buf struct kh_buf xml = KH_BUF_INIT;
			unpack(&out, parts[part], &xml);
			check_xml(kh_buf_text(&xml));
		}
	}
}

static void test_docx_says_what_the_form_wants(void **state)
{
	static const char *const said[] = {
		"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN TỈNH BÌNH AN", "PHƯỜNG HOA MAI", "Số: 05/BC-UBND",
		"Hoa Mai, ngày 05 tháng 01 năm 2026", "BÁO CÁO", "Kính gửi: Ủy ban nhân dân tỉnh Bình An", "kèm theo./.", "Nơi nhận:", "- Như trên;", "- Lưu: VT, VHXH.",
		"TM. ỦY BAN NHÂN DÂN", "Trần Thị Mẫu", "Phụ lục I", "Phụ lục II", "<w:tblHeader/>", "w:orient=\"landscape\"",
	};
	kh_auto_buf struct kh_buf xml = KH_BUF_INIT;
	(void)state;
	write_docx("report", &xml);
	for (size_t i = 0; i < KH_COUNT(said); i++)
		assert_non_null(strstr(kh_buf_text(&xml), said[i]));
	assert_int_equal(count(kh_buf_text(&xml), "<w:sectPr>"), 3); /* the body and two annexes, each numbered from 1 */
	assert_int_equal(count(kh_buf_text(&xml), "<w:titlePg/>"), 3);
	assert_int_equal(count(kh_buf_text(&xml), "./.<"), 1);
}

static void test_a_letter_has_its_subject_under_the_number(void **state)
{
	kh_auto_paper struct kh_paper *paper = kh_sample_paper("letter");
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	(void)state;
	ok(kh_plain_write(paper, &out));
	const char *text = kh_buf_text(&out), *number = strstr(text, "/UBND-VHXH"), *about = strstr(text, "V/v đề nghị hỗ trợ");
	assert_true(number && about && number < about);
	assert_non_null(strstr(text, "Kính gửi:\n- Công an tỉnh Bình An"));
	assert_null(strstr(text, "BÁO CÁO"));
}

static void test_the_same_document_gives_the_same_file(void **state)
{
	static int (*const writers[])(const struct kh_paper *, int64_t, struct kh_buf *) = {kh_docx_write, kh_pdf_write};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(writers); i++) {
		kh_auto_paper struct kh_paper *paper = kh_sample_paper("letter");
		kh_auto_buf struct kh_buf one = KH_BUF_INIT, two = KH_BUF_INIT;
		ok(writers[i](paper, MADE_S, &one));
		ok(writers[i](paper, MADE_S, &two));
		assert_int_equal(one.len, two.len);
		assert_memory_equal(one.data, two.data, one.len);
	}
}

static void test_pdf(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_COUNT(samples); i++) {
		kh_auto_paper struct kh_paper *paper = kh_sample_paper(samples[i]);
		kh_auto_buf struct kh_buf out = KH_BUF_INIT;
		ok(kh_pdf_write(paper, MADE_S, &out));
		assert_memory_equal(out.data, "%PDF-1.", 7);
		assert_non_null(strstr(out.data + out.len - 8, "%%EOF"));
	}
}

static void test_no_text_becomes_a_formula(void **state)
{
	kh_auto_paper struct kh_paper *paper = kh_sample_paper("hostile");
	kh_auto_buf struct kh_buf out = KH_BUF_INIT, sheet = KH_BUF_INIT, strings = KH_BUF_INIT;
	(void)state;
	ok(kh_sheet_write(paper, MADE_S, &out));
	unpack(&out, "xl/worksheets/sheet2.xml", &sheet);
	unpack(&out, "xl/sharedStrings.xml", &strings);
	assert_null(strstr(kh_buf_text(&sheet), "<f>"));
	assert_non_null(strstr(kh_buf_text(&strings), "=1+1"));
	assert_null(strstr(kh_buf_text(&sheet), "hyperlink"));
}

static void test_days_and_numbers_stay_what_they_are(void **state)
{
	kh_auto_paper struct kh_paper *paper = kh_sample_paper("report");
	kh_auto_buf struct kh_buf out = KH_BUF_INIT, sheet = KH_BUF_INIT;
	(void)state;
	ok(kh_sheet_write(paper, MADE_S, &out));
	unpack(&out, "xl/worksheets/sheet2.xml", &sheet);
	assert_non_null(strstr(kh_buf_text(&sheet), "<v>46027</v>")); /* 2026-01-05 as Excel counts */
	assert_non_null(strstr(kh_buf_text(&sheet), "<v>37</v>"));
}

static void test_a_document_that_is_too_large_is_refused(void **state)
{
	kh_auto_paper struct kh_paper *paper = kh_paper_new();
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	(void)state;
	for (int i = 0; i < 200; i++)
		kh_paper_add_to(paper, "x");
	assert_int_equal(kh_docx_write(paper, MADE_S, &out), KH_E_TOO_LARGE);
	assert_int_equal(kh_pdf_write(paper, MADE_S, &out), KH_E_TOO_LARGE);
	assert_int_equal(kh_sheet_write(paper, MADE_S, &out), KH_E_TOO_LARGE);
	assert_int_equal(kh_plain_write(paper, &out), KH_E_TOO_LARGE);
	assert_int_equal(out.len, 0);
}

/* A signature is painted, taken from where it is kept, and stands in both. */
static void test_signature(void **state)
{
	static const uint8_t points[] = {0xff, 0, 0, 0xff, 0, 0, 0, 0, 0, 1, 2, 0x80, 0xff, 0xff, 0xff, 0xff};
	kh_auto_picture struct kh_picture picture = {0};
	kh_auto_buf struct kh_buf docx = KH_BUF_INIT, bare = KH_BUF_INIT, pdf = KH_BUF_INIT, text = KH_BUF_INIT;
	kh_auto_paper struct kh_paper *paper = kh_sample_paper("report");
	(void)state;
	assert_int_equal(kh_picture_paint(0, 1, points, &picture), KH_E_TOO_LARGE);
	kh_buf_adds(&text, "not a picture at all, but long enough for a head");
	assert_int_equal(kh_picture_take(&text, &picture), KH_E_SYNTAX);
	ok(kh_picture_paint(2, 2, points, &picture));
	ok(kh_docx_write(paper, MADE_S, &bare));
	ok(kh_picture_take(&picture.png, &paper->signature));
	assert_int_equal(paper->signature.width, 2);
	ok(kh_docx_write(paper, MADE_S, &docx));
	ok(kh_pdf_write(paper, MADE_S, &pdf));
	assert_non_null(memmem(docx.data, docx.len, "word/media/signature.png", strlen("word/media/signature.png")));
	assert_null(memmem(bare.data, bare.len, "word/media/signature.png", strlen("word/media/signature.png")));
	assert_non_null(memmem(pdf.data, pdf.len, "/Subtype /Image", strlen("/Subtype /Image")));
}

KH_TESTS(test_signature, test_docx_is_well_formed, test_docx_says_what_the_form_wants, test_a_letter_has_its_subject_under_the_number, test_the_same_document_gives_the_same_file, test_pdf,
	 test_no_text_becomes_a_formula, test_days_and_numbers_stay_what_they_are, test_a_document_that_is_too_large_is_refused)
