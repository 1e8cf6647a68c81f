#include "base/test.h"
#include "document/read/pdf/limits.h"
#include "document/read/pdf/quick.h"
#include "document/read/scan/pdf.h"
#include "document/read/test_reading.h"

#include <poppler.h>

/* ---- how often Poppler was asked for a page ---- */

static size_t laid_out, asked_before; /* asked_before: how often the reader had asked whether to go on */
static const struct test_told *read_for;

PopplerPage *__wrap_poppler_document_get_page(PopplerDocument *document, int index); /* NOLINT(bugprone-reserved-identifier) */
PopplerPage *__real_poppler_document_get_page(PopplerDocument *document, int index); /* NOLINT(bugprone-reserved-identifier) */

PopplerPage *__wrap_poppler_document_get_page(PopplerDocument *document, int index) /* NOLINT(bugprone-reserved-identifier) */
{
	laid_out++;
	asked_before = read_for ? read_for->asked : 0;
	return __real_poppler_document_get_page(document, index);
}

/* ---- a PDF of one page ---- */

enum { OBJECTS = 8 };

static void build(struct kh_buf *pdf, const char *objects[OBJECTS], const char *trailer)
{
	size_t at[OBJECTS] = {0};
	kh_buf_adds(pdf, "%PDF-1.4\n");
	for (size_t i = 0; i < OBJECTS && objects[i]; i++) {
		at[i] = pdf->len;
		kh_buf_addf(pdf, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
	}
	const size_t table = pdf->len;
	kh_buf_adds(pdf, "xref\n0 1\n0000000000 65535 f \n");
	for (size_t i = 0; i < OBJECTS && objects[i]; i++)
		kh_buf_addf(pdf, "%zu 1\n%010zu 00000 n \n", i + 1, at[i]);
	kh_buf_addf(pdf, "trailer\n<<%s/Root 1 0 R/Size %d>>\nstartxref\n%zu\n%%%%EOF\n", trailer, OBJECTS + 1, table);
}

#define FONTS "/Font<</F 5 0 R/L 6 0 R>>"
#define PAGE "/Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<" FONTS "/XObject<</X 7 0 R>>>>"

static char *stream_of(const char *dictionary, const char *content)
{
	return kh_format("<<%s/Length %zu>>stream\n%s\nendstream", dictionary, strlen(content), content);
}

static char *font_of(const char *name, const char *more, const char *widths)
{
	return kh_format("<</Type/Font/Subtype/TrueType/BaseFont/%s/Encoding/WinAnsiEncoding%s/FirstChar 0/LastChar 255/Widths[%s]>>", name, more, widths);
}

/* `more`: of the page's dictionary. X: a form that shows "MẬT" by the table of its codes. */
static void page_of(struct kh_buf *pdf, const char *content, const char *more, const char *trailer)
{
	static const char map[] = "2 beginbfchar\n<01> <1EAC>\n<05> <0323>\nendbfchar\n1 beginbfrange\n<02> <04> <0042>\nendbfrange\n";
	kh_auto_free char *page = kh_format("<<" PAGE "%s>>", more), *drawn = stream_of("", content), *meanings = stream_of("", map);
	kh_auto_free char *form = stream_of("/Type/XObject/Subtype/Form/BBox[0 0 100 100]", "BT /F 14 Tf 1 0 0 1 10 10 Tm (M\001T) Tj ET");
	kh_auto_buf struct kh_buf widths = KH_BUF_INIT;
	for (int i = 0; i < 256; i++)
		kh_buf_adds(&widths, "500 ");
	kh_auto_free char *font = font_of("Plain", "/ToUnicode 8 0 R", widths.data), *legacy = font_of(".VnTime", "", widths.data);
	build(pdf, (const char *[OBJECTS]){"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>", page, drawn, font, legacy, form, meanings}, trailer);
}

/* ---- what is looked for: a line that says MẬT and nothing else, however it is set ---- */

static bool is_mat(void *context, const struct kh_document_line *line)
{
	kh_auto_buf struct kh_buf letters = KH_BUF_INIT;
	(void)context;
	for (const char *s = line->text; *s; s++)
		if (*s != ' ' && *s != '\t')
			kh_buf_addc(&letters, *s);
	return strcmp(kh_buf_text(&letters), "MẬT") == 0 || strcmp(kh_buf_text(&letters), "mật") == 0;
}

static void reads(const char *content, const char *more, const char *trailer, const char *wanted)
{
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {.of_interest = is_mat};
	page_of(&pdf, content, more, trailer);
	test_read(&told, pdf.data, pdf.len);
	assert_string_equal(kh_buf_text(&told.text), wanted);
	test_told_done(&told);
}

/* ---- */

static void rows_are_given_from_above_with_tabs_between_what_stands_apart(void **state)
{
	(void)state;
	reads("BT /F 10 Tf 20 100 Td (below) Tj 0 500 Td (a b) Tj 200 0 Td [(c)-20(d)-900(e)-300(f)] TJ ET", "", "/Info<</Title(A title)/Subject<FEFF1EAC>/Author(no)>>",
	      "begin pdf\nproperties 0: A title\nproperties 0: Ậ\nbody 1 placed: a b\tcd\te f\nbody 1 placed: below\nend\n");
	reads("q 2 0 0 2 0 0 cm BT /F 5 Tf 1 0 0 1 10 300 Tm (twice) ' 3 TL (lower) ' ET Q BT /F 10 Tf 400 20 Td (\\(1\\)\\\n \\101) Tj (\\(1\\)\\\n \\101) ' ET", "", "",
	      "begin pdf\nbody 1 placed: twice\nbody 1 placed: lower\nbody 1 placed: (1) A\nend\n");
}

/* Poppler tells the colour; the rows do not. */
static void a_page_with_what_is_looked_for_is_laid_out(void **state)
{
	static const struct {
		const char *how, *content;
	} pages[] = {
		{"in one piece", "1 0 0 rg BT /F 14 Tf 50 700 Td (M\001T) Tj ET"},
		{"letter by letter", "1 0 0 rg BT /F 14 Tf 50 700 Td (M) Tj 40 0 Td (\001) Tj 40 0 Td (T) Tj ET"},
		{"letter by letter beside words", "1 0 0 rg BT /F 14 Tf 50 700 Td (M) Tj 20 0 Td (\001) Tj 20 0 Td (T) Tj 0 g 300 0 Td (of the page) Tj ET"},
		{"twice in one place", "1 0 0 rg BT /F 14 Tf 50 700 Td (M\001T) Tj .1 0 Td (M\001T) Tj ET"},
		{"far to the right of words", "BT /F 14 Tf 50 700 Td (of the page) Tj 1 0 0 rg 300 0 Td [(M)-10(\001T)] TJ ET"},
		{"askew", "1 0 0 rg BT /F 14 Tf .7 .7 -.7 .7 100 300 Tm (M\001T) Tj ET"},
		{"in a form", "1 0 0 rg q 1 0 0 1 50 600 cm /X Do Q"},
		{"in a legacy charset", "1 0 0 rg BT /L 14 Tf 50 700 Td (m\313t) Tj ET"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(pages); i++) {
		kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
		struct test_told quick = {.of_interest = is_mat}, whole = {0};
		page_of(&pdf, pages[i].content, "", "");
		test_read(&quick, pdf.data, pdf.len);
		test_read(&whole, pdf.data, pdf.len);
		if (!strstr(kh_buf_text(&quick.text), " red") || strcmp(kh_buf_text(&quick.text), kh_buf_text(&whole.text)) != 0)
			fail_msg("%s:\n%s\nlaid out:\n%s", pages[i].how, kh_buf_text(&quick.text), kh_buf_text(&whole.text));
		test_told_done(&quick);
		test_told_done(&whole);
	}
}

/* Comments, pages that are turned, letters that no table explains, pictures as large as a stamp. */
static void what_is_not_read_is_laid_out(void **state)
{
	static const char words[] = "1 0 0 rg BT /F 14 Tf 50 700 Td (words) Tj ET", red[] = "begin pdf\nbody 1 red,placed: words\nend\n";
	(void)state;
	reads(words, "", "", "begin pdf\nbody 1 placed: words\nend\n");
	reads(words, "/Rotate 90", "", red);
	reads(words, "/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>><</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(note)>>]", "",
	      "begin pdf\nbody 1 red,placed: words\ncomment 1: note\nend\n");
	reads("1 0 0 rg BT /F 14 Tf 50 700 Td (words) Tj ET q 60 0 0 30 10 10 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \377 EI Q", "", "", red);
}

/* Of a form that draws itself, of pages that hold themselves, of a table that holds itself. */
static void loops_have_an_end(void **state)
{
	static const char *const trees[] = {"<</Type/Pages/Kids[2 0 R]/Count 1>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox 2 0 R>>", "2 0 R"};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(trees); i++) {
		kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
		struct test_told told = {.of_interest = is_mat};
		build(&pdf, (const char *[OBJECTS]){"<</Type/Catalog/Pages 2 0 R>>", trees[i], "<<" PAGE ">>", "<</Length 5>>stream\n/X Do\nendstream", "null", "null",
						    "<</Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 7 0 R>>>>/Length 5>>stream\n/X Do\nendstream"}, "");
		test_read(&told, pdf.data, pdf.len);
		assert_non_null(strstr(kh_buf_text(&told.text), "begin pdf\n"));
		test_told_done(&told);
	}
}

/* Of an object stream whose head is in itself. */
static void an_object_stream_that_holds_its_own_head_is_none(void **state)
{
	static const char head[] = "%PDF-1.5\n", stream[] = "4 0 obj<</N 1/First 6 0 R/Length 9>>stream\n6 0 <<>>\n\nendstream endobj\n";
	static const char rows[] = {1, sizeof head - 1, 0, 2, 4, 0};
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {.of_interest = is_mat};
	(void)state;
	kh_buf_addf(&pdf, "%s%s", head, stream);
	const size_t table = pdf.len;
	kh_buf_adds(&pdf, "5 0 obj<</Type/XRef/W[1 1 1]/Size 7/Index[4 1 6 1]/Root 6 0 R/Length 6>>stream\n");
	kh_buf_add(&pdf, rows, sizeof rows);
	kh_buf_addf(&pdf, "\nendstream endobj\nstartxref\n%zu\n%%%%EOF\n", table);
	test_read(&told, pdf.data, pdf.len);
	assert_non_null(strstr(kh_buf_text(&told.text), "begin pdf\n"));
	test_told_done(&told);
}

static size_t drawn_forms, drawn_bytes;

static void draw_first(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_pdf_quick q;
	struct kh_pdf_drawn drawn = {0};
	assert_true(kh_pdf_quick_open(&q, r, bytes, n));
	const bool good = kh_pdf_draw(&q.objects, &q.fonts, q.pages.v[0].page, q.pages.v[0].resources, q.pages.v[0].width, &drawn);
	assert_int_equal(good, !drawn.too_much);
	drawn_forms = drawn.forms;
	drawn_bytes = drawn.all;
	kh_pdf_drawn_done(&drawn);
	kh_pdf_quick_done(&q);
}

/* What a newer table calls free is nothing, whatever an older one says of it: of the page's form. */
static void what_was_taken_out_is_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
		struct test_told told = {.of_interest = is_mat};
		page_of(&pdf, "BT /F 10 Tf 20 100 Td (words) Tj ET /X Do", "", "");
		const size_t older = (size_t)(strstr(pdf.data, "\nxref\n") + 1 - pdf.data), table = pdf.len;
		const size_t form = (size_t)(strstr(pdf.data, "\n7 0 obj") + 1 - pdf.data);
		kh_buf_addf(&pdf, "xref\n7 1\n%010zu 00000 %c \ntrailer\n<</Root 1 0 R/Size 9/Prev %zu>>\nstartxref\n%zu\n%%%%EOF\n", form, i == 0 ? 'n' : 'f', older, table);
		test_read(&told, pdf.data, pdf.len);
		assert_int_equal(strstr(kh_buf_text(&told.text), "MẬT") != NULL, i == 0);
		test_told_done(&told);
	}
}

static const char too_much[] = "begin pdf\ngap limit of the reader of its format\nend\n";

/* A page whose form draws the next one twice, and so on, is drawn to its limit and no further, by nobody. */
static void forms_that_draw_forms_have_an_end(void **state)
{
	enum { FORMS = 30 };
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	size_t at[FORMS + 5] = {0}, n = 0;
	(void)state;
	static const char *const head[] = {"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>", "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
					   "<</Length 5>>stream\n/X Do\nendstream"};
	kh_buf_adds(&pdf, "%PDF-1.4\n");
	for (; n < KH_COUNT(head) + FORMS; n++) {
		at[n] = pdf.len;
		if (n < KH_COUNT(head))
			kh_buf_addf(&pdf, "%zu 0 obj\n%s\nendobj\n", n + 1, head[n]);
		else
			kh_buf_addf(&pdf, "%zu 0 obj\n<</Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X %zu 0 R>>>>/Length 11>>stream\n/X Do /X Do\nendstream\nendobj\n", n + 1, n + 2);
	}
	const size_t table = pdf.len;
	kh_buf_addf(&pdf, "xref\n0 1\n0000000000 65535 f \n1 %zu\n", n);
	for (size_t i = 0; i < n; i++)
		kh_buf_addf(&pdf, "%010zu 00000 n \n", at[i]);
	kh_buf_addf(&pdf, "trailer\n<</Root 1 0 R/Size %zu>>\nstartxref\n%zu\n%%%%EOF\n", n + 1, table);
	struct test_told told = {.of_interest = is_mat};
	test_read_by(&told, &(const struct kh_reader){.format = KH_DOCUMENT_PDF, .read = draw_first}, pdf.data, pdf.len);
	assert_true(drawn_forms == KH_PDF_MAX_FORMS + 1);
	test_told_done(&told);
	told = (struct test_told){.of_interest = is_mat};
	test_read(&told, pdf.data, pdf.len);
	assert_string_equal(kh_buf_text(&told.text), too_much);
	test_told_done(&told);
}

static void add_repeated(struct kh_buf *to, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		kh_buf_adds(to, what);
}

static void large_form(struct kh_buf *pdf, const char *page, const char *content)
{
	kh_auto_buf struct kh_buf blanks = KH_BUF_INIT;
	memset(kh_buf_reserve(&blanks, 8 * KH_MIB), ' ', 8 * KH_MIB);
	blanks.len = 8 * KH_MIB;
	blanks.data[blanks.len] = '\0';
	kh_auto_free char *drawn = stream_of("", content), *form = stream_of("/Type/XObject/Subtype/Form/BBox[0 0 1 1]", blanks.data);
	build(pdf, (const char *[OBJECTS]){"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>", page, drawn, "null", "null", form}, "");
}

/* One form, small beside the limit of what is held, drawn over and over; one content that is the page's over and over. */
static void what_a_page_draws_in_all_has_an_end(void **state)
{
	enum { FORM = 8 * KH_MIB, FITS = KH_PDF_MAX_DRAWN_IN_ALL / FORM };
	(void)state;
	for (size_t times = FITS - 1; times <= 2 * FITS; times += FITS + 1) {
		kh_auto_buf struct kh_buf pdf = KH_BUF_INIT, content = KH_BUF_INIT;
		struct test_told drawn = {.of_interest = is_mat}, told = {.of_interest = is_mat};
		add_repeated(&content, "/X Do ", times);
		large_form(&pdf, "<<" PAGE ">>", kh_buf_text(&content));
		test_read_by(&drawn, &(const struct kh_reader){.format = KH_DOCUMENT_PDF, .read = draw_first}, pdf.data, pdf.len);
		assert_true(drawn_forms == KH_MIN(times, (size_t)FITS));
		assert_true(drawn_bytes <= KH_PDF_MAX_DRAWN_IN_ALL + FORM);
		if (times > FITS) {
			test_read(&told, pdf.data, pdf.len);
			assert_string_equal(kh_buf_text(&told.text), too_much);
		}
		test_told_done(&drawn);
		test_told_done(&told);
	}
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT, page = KH_BUF_INIT;
	struct test_told told = {.of_interest = is_mat};
	kh_buf_adds(&page, "<</Type/Page/Parent 2 0 R/Contents[");
	add_repeated(&page, "7 0 R ", 2 * FITS);
	kh_buf_adds(&page, "]>>");
	large_form(&pdf, page.data, "");
	test_read(&told, pdf.data, pdf.len);
	assert_string_equal(kh_buf_text(&told.text), too_much);
	test_told_done(&told);
}

/* Of steps that are long: those that look something up; of short ones: now and then. */
static void the_clock_is_looked_at_while_a_page_is_drawn(void **state)
{
	enum { TIMES = 20000 };
	static const struct {
		const char *step;
		size_t least;
	} steps[] = {{"q Q ", TIMES * 2 / 2000}, {"/F 10 Tf ", TIMES}, {"/G gs ", TIMES}, {"/N Do ", TIMES}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(steps); i++) {
		kh_auto_buf struct kh_buf pdf = KH_BUF_INIT, content = KH_BUF_INIT;
		struct test_told told = {.of_interest = is_mat};
		add_repeated(&content, steps[i].step, TIMES);
		kh_auto_free char *drawn = stream_of("", kh_buf_text(&content));
		build(&pdf, (const char *[OBJECTS]){"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>",
						    "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F<<>>>>/ExtGState<</G<<>>>>/XObject<<>>>>>>", drawn}, "");
		test_read_by(&told, &(const struct kh_reader){.format = KH_DOCUMENT_PDF, .read = draw_first}, pdf.data, pdf.len);
		assert_true(told.asked >= steps[i].least);
		test_told_done(&told);
	}
}

/* Poppler looks at no clock: whether it is over is asked before a page is given to it, behind all that was tried. */
static void a_page_whose_time_is_over_is_left_alone(void **state)
{
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	(void)state;
	page_of(&pdf, "1 0 0 rg BT /F 14 Tf 50 700 Td (M\001T) Tj ET", "", "");
	for (size_t over = 0; over < 2; over++) {
		struct test_told told = {.of_interest = is_mat, .enough_from = over ? asked_before : 0};
		read_for = &told;
		laid_out = 0;
		test_read(&told, pdf.data, pdf.len);
		assert_int_equal(laid_out, !over);
		read_for = NULL;
		test_told_done(&told);
	}
}

static bool opened;

static void open_only(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_pdf_quick q;
	opened = kh_pdf_quick_open(&q, r, bytes, n);
	kh_pdf_quick_done(&q);
}

/* Each reference may want a long index to be gone through. */
static void no_reference_is_followed_when_time_is_over(void **state)
{
	static const struct kh_reader reader = {.format = KH_DOCUMENT_PDF, .read = open_only};
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	(void)state;
	page_of(&pdf, "", "", "");
	for (int over = 0; over < 2; over++) {
		struct test_told told = {.of_interest = is_mat, .time_ms = over ? -1 : 0};
		test_read_by(&told, &reader, pdf.data, pdf.len);
		assert_int_equal(opened, !over);
		test_told_done(&told);
	}
}

/* A mark drawn behind a blank of its own is of the letter before. Places that are no numbers are Poppler's. */
static void marks_and_numbers_that_stand_nowhere(void **state)
{
	char huge[400];
	(void)state;
	memset(huge, '9', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	kh_auto_free char *nowhere = kh_format("1 0 0 rg BT /F 14 Tf 50 700 Td (words) Tj -%s 0 Td %s 0 Td (words) Tj ET", huge, huge);
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	struct test_told told = {.of_interest = is_mat};
	reads("BT /F 10 Tf 20 100 Td (xe) Tj ( ) Tj (\005) Tj 50 0 Td (y) Tj ET", "", "", "begin pdf\nbody 1 placed: xẹ\ty\nend\n");
	page_of(&pdf, nowhere, "", "");
	test_read(&told, pdf.data, pdf.len);
	assert_non_null(strstr(kh_buf_text(&told.text), " red,placed: words"));
	test_told_done(&told);
}

KH_TESTS(rows_are_given_from_above_with_tabs_between_what_stands_apart, a_page_with_what_is_looked_for_is_laid_out, what_is_not_read_is_laid_out, loops_have_an_end, an_object_stream_that_holds_its_own_head_is_none,
	 what_was_taken_out_is_not_there, forms_that_draw_forms_have_an_end, what_a_page_draws_in_all_has_an_end, the_clock_is_looked_at_while_a_page_is_drawn, a_page_whose_time_is_over_is_left_alone,
	 no_reference_is_followed_when_time_is_over, marks_and_numbers_that_stand_nowhere)
