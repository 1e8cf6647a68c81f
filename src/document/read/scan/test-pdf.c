#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "document/read/scan/limits.h"
#include "document/read/scan/pdf.h"
#include "document/read/scan/test_page.h"
#include "document/read/test_reading.h"

static const struct kh_document_line *line_of(const struct test_told *told, const char *text)
{
	kh_array_each(&told->lines, line)
		if (kh_streq(line->text, text))
			return line;
	fail_msg("no line \"%s\" in:\n%s", text, kh_buf_text(&told->text));
	return NULL;
}

static void reads(const char *pdf, const char *wanted)
{
	test_reads(pdf, strlen(pdf), wanted);
}

static void lines_are_where_they_stand_and_as_they_look(void **state)
{
	static const struct test_words first[] = {{30, 20, "TỐI MẬT", .red = true, .bold = true, .points = 16}, {100, 20, "Độc lập - Tự do", .bold = true}}, second[] = {{30, 280, "MẬT"}};
	static const struct test_words *const pages[] = {first, second};
	static const size_t n[] = {KH_COUNT(first), KH_COUNT(second)};
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	test_page_pdf(pages, n, 2, &pdf);
	test_read(&told, pdf.data, pdf.len);
	const struct kh_document_line *red = line_of(&told, "TỐI MẬT"), *motto = line_of(&told, "Độc lập - Tự do"), *foot = line_of(&told, "MẬT");
	assert_true(red->red && red->bold && red->placed && red->page == 1 && red->part == KH_PART_BODY);
	assert_true(red->size_pt > 15.9f && red->size_pt < 16.1f);
	assert_true(red->left > 0.14f && red->left < 0.15f && red->top > 0.04f && red->bottom < 0.08f);
	assert_true(!motto->red && motto->bold && motto->left > 0.47f);
	assert_true(!foot->red && !foot->bold && foot->page == 2 && foot->top > 0.9f && foot->bottom <= 1);
	test_told_done(&told);
}

/* The font says what the bytes of a text are: .VnTime's are TCVN3. */
static void legacy_fonts_say_their_charset(void **state)
{
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	(void)state;
	kh_buf_adds(&pdf, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
			  "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
			  "4 0 obj<</Length 55>>stream\nBT /F 14 Tf 1 0 0 rg 20 100 Td (Tuy\\326t m\\313t) Tj ET    \nendstream endobj\n"
			  "5 0 obj<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+.VnTime/Encoding/WinAnsiEncoding/FirstChar 0/LastChar 255/Widths[");
	for (int i = 0; i < 256; i++)
		kh_buf_adds(&pdf, "500 ");
	kh_buf_adds(&pdf, "]>>endobj\ntrailer<</Root 1 0 R>>");
	reads(pdf.data, "begin pdf\nbody 1 red,placed: Tuyệt mật\nend\n");
}

#define ONE_PAGE "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R"
#define REST ">>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[<</Type/Annot/Subtype/Text/Rect[9 9 20 20]/Contents(note)>>]>>endobj\n"

static void comments_properties_and_attached_files_are_read(void **state)
{
	(void)state;
	reads(ONE_PAGE "/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>" REST "4 0 obj<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>endobj\n"
	      "5 0 obj<</Type/EmbeddedFile/Length 6>>stream\ninside\nendstream endobj 6 0 obj<</Title(a title)/Subject(b)/Keywords(c)>>endobj\ntrailer<</Root 1 0 R/Info 6 0 R>>",
	      "begin pdf\nproperties 0: a title\nproperties 0: b\nproperties 0: c\ncomment 1: note\nend\nbegin text object 5 0\nbody 0: inside\nend\n");
}

static void what_cannot_be_opened_is_told(void **state)
{
	static const char *const cut = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
	(void)state;
	reads(ONE_PAGE REST "4 0 obj<</Filter/Standard/V 1/R 2/O(01234567890123456789012345678901)/U(01234567890123456789012345678901)/P -4>>endobj\n"
	      "trailer<</Root 1 0 R/Encrypt 4 0 R/ID[(a)(b)]>>",
	      "begin pdf\ngap encrypted\nend\n");
	reads(cut, "begin pdf\ngap damaged or of an unknown kind\nend\n");
}

/* A picture that covers the page is one of writing, though nobody is here to read it; a page of words is not. */
static void pages_that_are_pictures_are_told(void **state)
{
	static const struct test_words stamp[] = {{40, 50, "TỐI MẬT", .red = true, .bold = true, .framed = true}}, label[] = {{10, 10, "Scanned by"}};
	static const struct test_words *const words[] = {test_letter, stamp};
	const size_t n[] = {test_letter_n, KH_COUNT(stamp)};
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {0};
	PIX *pix = test_page_picture(150, words, n, 2);
	(void)state;
	test_page_pdf_of_picture(pix, label, 1, &pdf);
	pixDestroy(&pix);
	test_read(&told, pdf.data, pdf.len);
	assert_string_equal(kh_buf_text(&told.text), "begin pdf\nbody 1 placed: Scanned by\ngap pictures not read\nend\n");
	test_told_done(&told);
}

/* A million pages, which are one. */
static void pages_have_an_end(void **state)
{
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {.enough_after = 1};
	(void)state;
	kh_buf_adds(&pdf, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj 2 0 obj<</Type/Pages/Count 1000000/Kids[");
	for (int i = 0; i < KH_SCAN_MAX_PAGES + 10; i++)
		kh_buf_adds(&pdf, "3 0 R ");
	kh_buf_adds(&pdf, "]>>endobj\ntrailer<</Root 1 0 R>>");
	const int64_t from = kh_monotonic_ms();
	test_read(&told, pdf.data, pdf.len);
	assert_true(kh_starts_with(kh_buf_text(&told.text), "begin pdf\n"));
	assert_true(kh_monotonic_ms() - from < 90000);
	test_told_done(&told);
}

KH_TESTS(lines_are_where_they_stand_and_as_they_look, legacy_fonts_say_their_charset, comments_properties_and_attached_files_are_read, what_cannot_be_opened_is_told,
	 pages_that_are_pictures_are_told, pages_have_an_end)
