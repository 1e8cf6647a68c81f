#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "document/clean.h"
#include "document/form.h"
#include "document/limits.h"
#include "document/paper.h"

static void test_clean(void **state)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{NULL, ""},
		{"", ""},
		{"Ủy ban", "Ủy ban"},
		{"U\xCC\x89y ban", "Ủy ban"},                        /* NFD */
		{"a\x01\x1b[31mb\x7f", "a[31mb"},                    /* an escape code loses its teeth */
		{"a\tb\nc\r\nd", "a b\nc\nd"},
		{"a\xC2\x9B" "b", "ab"},                             /* C1 */
		{"tai\xE2\x80\xAE" "fdp.exe", "taifdp.exe"},          /* right-to-left override */
		{"a\xE2\x81\xA6" "b\xE2\x81\xA9", "ab"},              /* isolates */
		{"a\xEF\xBF\xBF" "b\xEF\xBF\xBE", "ab"},              /* noncharacters, forbidden in XML */
		{"a\xff" "b", "a\xEF\xBF\xBD" "b"},
		{"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}, /* a surrogate */
		{"\xE2\x80\xA8", " "},                               /* line separator */
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *clean = kh_paper_clean(cases[i].text);
		assert_string_equal(clean, cases[i].clean);
	}
}

static void test_too_long_is_cut_at_a_character(void **state)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	(void)state;
	kh_buf_addc(&text, 'a');
	while (text.len < 4 * KH_PAPER_TEXT)
		kh_buf_adds(&text, "ệ");
	kh_auto_free char *clean = kh_paper_clean(kh_buf_text(&text));
	assert_true(strlen(clean) <= KH_PAPER_TEXT + strlen("…"));
	assert_true(kh_ends_with(clean, "ệ…"));
}

static void test_capitals(void **state)
{
	(void)state;
	kh_auto_free char *text = kh_paper_capitals("Ủy ban nhân dân xã Đắk Ơ 1");
	assert_string_equal(text, "ỦY BAN NHÂN DÂN XÃ ĐẮK Ơ 1");
}

static void test_numbers(void **state)
{
	static const struct {
		double number;
		int places;
		const char *text;
	} cases[] = {{0, 0, "0"}, {999, 0, "999"}, {1234, 0, "1.234"}, {1234567.25, 1, "1.234.567,2"}, {-1234, 0, "-1.234"}, {-12, 0, "-12"}, {97.4, 1, "97,4"}, {1e300, 0, "1.000.000.000.000.000"}};
	char text[KH_PAPER_NUMBER_SIZE];
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_string_equal(kh_paper_number_text(cases[i].number, cases[i].places, text), cases[i].text);
}

/* Annex I, II.3.c and II.4.b: a 0 before numbers and days below 10, and before the months 1 and 2 only. */
static void test_number_and_date(void **state)
{
	static const struct {
		const char *number;
		int64_t day;
		const char *number_line, *place_line;
	} cases[] = {
		{"5", 20458, "Số: 05/BC-UBND", "Hoa Mai, ngày 05 tháng 01 năm 2026"},
		{"12", 20485, "Số: 12/BC-UBND", "Hoa Mai, ngày 01 tháng 02 năm 2026"},
		{"05", 20521, "Số: 05/BC-UBND", "Hoa Mai, ngày 09 tháng 3 năm 2026"},
		{"120", 20778, "Số: 120/BC-UBND", "Hoa Mai, ngày 21 tháng 11 năm 2026"},
		{"", KH_PAPER_NO_DAY, "Số:         /BC-UBND", "Hoa Mai, ngày … tháng … năm 2026"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_paper struct kh_paper *p = kh_paper_new();
		p->number = cases[i].number;
		p->symbol = "BC-UBND";
		p->place = "Hoa Mai";
		p->day = cases[i].day;
		p->year = 2026;
		kh_auto_free char *number = kh_paper_number_line(p), *place = kh_paper_place_line(p);
		assert_string_equal(number, cases[i].number_line);
		assert_string_equal(place, cases[i].place_line);
	}
}

static void test_recipients(void **state)
{
	kh_auto_paper struct kh_paper *p = kh_paper_new();
	(void)state;
	kh_auto_free char *alone = kh_paper_recipient_line(p, 0);
	assert_string_equal(alone, "- Lưu: VT.");
	kh_paper_add_to(p, "UBND tỉnh");
	kh_paper_add_recipient(p, "Công an phường");
	p->kept = "VT, VHXH";
	static const char *const lines[] = {"- Như trên;", "- Công an phường;", "- Lưu: VT, VHXH."};
	assert_int_equal(kh_paper_recipient_lines(p), KH_COUNT(lines));
	for (size_t i = 0; i < KH_COUNT(lines); i++) {
		kh_auto_free char *line = kh_paper_recipient_line(p, i);
		assert_string_equal(line, lines[i]);
	}
}

static void test_annexes(void **state)
{
	static const char *const roman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI"};
	kh_auto_paper struct kh_paper *p = kh_paper_new();
	(void)state;
	(void)kh_paper_add_annex(p, "a", false);
	kh_auto_free char *only = kh_paper_annex_line(p, 0);
	assert_string_equal(only, "Phụ lục");
	for (size_t i = 1; i < KH_PAPER_ANNEXES; i++)
		(void)kh_paper_add_annex(p, "b", true);
	for (size_t i = 0; i < KH_COUNT(roman); i++) {
		kh_auto_free char *line = kh_paper_annex_line(p, i), *expected = kh_format("Phụ lục %s", roman[i]);
		assert_string_equal(line, expected);
	}
	kh_auto_free char *last = kh_paper_annex_line(p, 98);
	assert_string_equal(last, "Phụ lục XCIX");
	assert_int_equal(kh_paper_status(p), 0);
	assert_non_null(kh_paper_add_annex(p, "one too many", false));
	assert_int_equal(kh_paper_status(p), KH_E_TOO_LARGE);
}

static void test_maxima(void **state)
{
	kh_auto_paper struct kh_paper *blocks = kh_paper_new(), *columns = kh_paper_new();
	(void)state;
	for (size_t i = 0; i < KH_PAPER_BLOCKS; i++)
		kh_paper_add(blocks, &blocks->body, KH_BLOCK_TEXT, "", "x");
	assert_int_equal(kh_paper_status(blocks), 0);
	kh_paper_add(blocks, &blocks->body, KH_BLOCK_TEXT, "", "x");
	assert_int_equal(kh_paper_status(blocks), KH_E_TOO_LARGE);
	struct kh_paper_table *t = kh_paper_add_table(columns, &columns->body);
	for (size_t i = 0; i <= KH_PAPER_COLUMNS; i++)
		kh_paper_table_add_column(columns, t, "x", 1, false);
	assert_int_equal(t->columns.n, KH_PAPER_COLUMNS);
	assert_int_equal(kh_paper_status(columns), KH_E_TOO_LARGE);
}

/* The sizes and bounds of Annex I, point by point: a change of form.c must stay within them. */
static void test_form(void **state)
{
	static const struct {
		enum kh_face face;
		double least, most;
		bool bold, italic;
	} sizes[] = {
		{KH_FACE_NATION, 12, 13, true, false}, {KH_FACE_MOTTO, 13, 14, true, false},      {KH_FACE_PARENT, 12, 13, false, false},   {KH_FACE_ISSUER, 12, 13, true, false},
		{KH_FACE_NUMBER, 13, 13, false, false}, {KH_FACE_PLACE, 13, 14, false, true},     {KH_FACE_ABOUT, 12, 13, false, false},    {KH_FACE_TYPE, 13, 14, true, false},
		{KH_FACE_ABSTRACT, 13, 14, true, false}, {KH_FACE_TO, 13, 14, false, false},      {KH_FACE_TO_MANY, 13, 14, false, false},  {KH_FACE_TO_ITEM, 13, 14, false, false},
		{KH_FACE_BASIS, 13, 14, false, true},   {KH_FACE_TEXT, 13, 14, false, false},     {KH_FACE_ITEM, 13, 14, false, false},     {KH_FACE_SECTION, 13, 14, true, false},
		{KH_FACE_CLAUSE, 13, 14, true, false},  {KH_FACE_RECIPIENTS, 12, 12, true, true}, {KH_FACE_RECIPIENT, 11, 11, false, false}, {KH_FACE_AUTHORITY, 13, 14, true, false},
		{KH_FACE_SIGNER, 13, 14, true, false},  {KH_FACE_ANNEX, 14, 14, true, false},     {KH_FACE_ANNEX_TITLE, 13, 14, true, false}, {KH_FACE_ANNEX_OF, 13, 14, false, true},
		{KH_FACE_PAGE_NUMBER, 13, 14, false, false},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(sizes); i++) {
		const struct kh_face_form *form = &kh_form[sizes[i].face];
		assert_true(form->size_pt >= sizes[i].least && form->size_pt <= sizes[i].most);
		assert_int_equal(form->bold, sizes[i].bold);
		assert_int_equal(form->italic, sizes[i].italic);
	}
	for (int i = 0; i < KH_FACES; i++) {
		assert_non_null(kh_form[i].name);
		assert_true(kh_form[i].lines >= 1 && kh_form[i].lines <= 1.5);
	}
	assert_true(kh_form[KH_FACE_TEXT].before_pt >= 6 && kh_form[KH_FACE_TEXT].align == KH_ALIGN_JUSTIFY);
	assert_true(KH_FORM_MARGIN_MM_TOP >= 20 && KH_FORM_MARGIN_MM_TOP <= 25 && KH_FORM_MARGIN_MM_BOTTOM >= 20 && KH_FORM_MARGIN_MM_BOTTOM <= 25);
	assert_true(KH_FORM_MARGIN_MM_LEFT >= 30 && KH_FORM_MARGIN_MM_LEFT <= 35 && KH_FORM_MARGIN_MM_RIGHT >= 15 && KH_FORM_MARGIN_MM_RIGHT <= 20);
}

KH_TESTS(test_clean, test_too_long_is_cut_at_a_character, test_capitals, test_numbers, test_number_and_date, test_recipients, test_annexes, test_maxima, test_form)
