#include "sheet/sheet.h"

#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "sheet/book.h"
#include "sheet/csv.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

/* "a|b / c": rows by " / ", cells by "|", each row with its number when that is not the one after the last. */
static char *shown(const struct kh_sheet *sheet)
{
	struct kh_buf out = KH_BUF_INIT;
	uint32_t expected = 1;
	kh_array_each(&sheet->rows, row) {
		kh_buf_addf(&out, "%s", out.len ? " / " : "");
		if (row->number != expected)
			kh_buf_addf(&out, "%u: ", row->number);
		for (size_t i = 0; i < row->n; i++)
			kh_buf_addf(&out, "%s%s", i ? "|" : "", row->cells[i]);
		expected = row->number + 1;
	}
	return out.len ? kh_buf_take(&out) : kh_strdup("");
}

/* The same, or the error's name. */
static char *parsed(const void *bytes, size_t n)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	int r = kh_sheet_parse(bytes, n, &sheet);
	return r < 0 ? kh_strdup(kh_error_info(r)->name) : shown(&sheet);
}

/* ---- CSV ---- */

static void csv_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
		const char *shown;
	} cases[] = {
#define CASE(bytes, shown) {bytes, sizeof bytes - 1, shown}
		CASE("", ""),
		CASE("a,b\r\nc,d\r\n", "a|b / c|d"),
		CASE("a;b\nc;\"d;e\"", "a|b / c|d;e"),
		CASE("a\tb,c\td\re", "a|b,c|d / e"),
		CASE("\xef\xbb\xbfTên,Số\n", "Tên|Số"),
		CASE("\"a \"\"b\"\"\r\nc\",d", "a \"b\"\r\nc|d"),
		CASE("\"a\"b,c", "ab|c"),
		CASE("a\"b,c", "a\"b|c"),
		CASE("\"open,to the end", "open,to the end"),
		CASE("sep=|\na|b;c", "a|b;c"),
		CASE("a,,c\n\n\n,,\nd", "a||c / 5: d"),
		CASE("\xff\xfe" "a\0;\0\xd0\x01\n\0", "a|ǐ"),
		CASE("\xfe\xff\0a\0,\xd8\x3d\xde\x00", "a|😀"),
		CASE("\xfe\xff\xd8\x3d", "encoding"),
		CASE("T\xean", "encoding"),
		CASE("a\0b", "encoding"),
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *got = parsed(cases[i].bytes, cases[i].n);
		if (!kh_streq(got, cases[i].shown))
			fail_msg("case %zu: \"%s\", not \"%s\"", i, got, cases[i].shown);
	}
}

static void csv_written_is_read(void **state)
{
	(void)state;
	static const char *const cells[] = {"a", "b,c", "d \"e\"", "f\ng", "=1+1", "+84 28", "-5", "-5.5", "-a", "@x", "\tq", "'=x", "Đông; ấm", "", "end"};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_csv_begin(&out);
	for (size_t i = 0; i < KH_COUNT(cells); i++)
		kh_csv_add(&out, cells[i]);
	kh_csv_end_row(&out);
	assert_non_null(strstr(kh_buf_text(&out), "\"'=1+1\""));
	assert_non_null(strstr(kh_buf_text(&out), ",-5,"));
	assert_int_equal(kh_sheet_parse(out.data, out.len, &sheet), 0);
	assert_int_equal(sheet.rows.n, 1);
	for (size_t i = 0; i < KH_COUNT(cells); i++)
		if (!kh_streq(cells[i], "'=x")) /* a text that looks escaped comes back as what it looks like */
			assert_string_equal(kh_csv_unescape(kh_sheet_cell(&sheet.rows.v[0], i)), cells[i]);
}

/* ---- XLSX of our own making ---- */

static void books_are_read(void **state)
{
	(void)state;
	static const char *const choices[] = {"đã mã hóa", "đã tháo ra", NULL};
	static const char *const guide[] = {"Cột", "Ghi chú", "Số", NULL};
	const struct kh_book_column columns[] = {
		{"Số", KH_BOOK_TEXT, true, "Số phiếu", NULL}, {"Ổ đĩa", KH_BOOK_TEXT, false, NULL, choices}, {"Máy", KH_BOOK_NUMBER, false, NULL, NULL},
		{"Ngày", KH_BOOK_DAY, false, NULL, NULL},     {"Lúc", KH_BOOK_TIME, false, NULL, NULL},
	};
	kh_auto_book struct kh_book *book = NULL;
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_book_new("Phiếu sửa chữa: [thử] với một cái tên rất dài", columns, KH_COUNT(columns), 100, &book), 0);
	kh_book_text(book, 0, "=1+1");
	kh_book_text(book, 1, "đã mã hóa");
	kh_book_number(book, 2, 12.5);
	kh_book_moment(book, 3, 1793466000);
	kh_book_moment(book, 4, 1793466000 + 8 * 3600 + 30 * 60);
	kh_book_end_row(book);
	kh_book_end_row(book);
	kh_book_text(book, 0, "<b>&amp;</b>");
	kh_book_end_row(book);
	kh_book_guide(book, "Hướng dẫn", guide, 2, 2);
	assert_int_equal(kh_book_finish(book, &file), 0);
	assert_int_equal(kh_sheet_read(file.data, file.len, TEST_WORKER, &sheet), 0);
	kh_auto_free char *got = shown(&sheet);
	assert_string_equal(got, "Số|Ổ đĩa|Máy|Ngày|Lúc / =1+1|đã mã hóa|12.5|2026-11-01|2026-11-01 08:30:00 / 4: <b>&amp;</b>");
}

/* ---- XLSX of others' making ---- */

struct zip_part {
	const char *name, *text;
};

#define WORKBOOK {"xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet name='a' sheetId='1' r:id='rId1'/></sheets></workbook>"}
#define RELATIONS {"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/></Relationships>"}
#define SHEET(xml) {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" xml "</sheetData></worksheet>"}

static void make_zip(const struct zip_part *parts, size_t n, struct kh_buf *out)
{
	size_t room = 16 * KH_MIB, used = 0; /* packed: what repeats itself takes a thousandth */
	char *to = kh_buf_reserve(out, room);
	struct archive *a = archive_write_new();
	assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, to, room, &used), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, parts[i].name);
		archive_entry_set_size(e, (la_int64_t)strlen(parts[i].text));
		archive_entry_set_filetype(e, AE_IFREG);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, parts[i].text, strlen(parts[i].text)), strlen(parts[i].text));
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	out->len += used;
}

static char *parsed_zip(const struct zip_part *parts, size_t n)
{
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	make_zip(parts, n, &file);
	return parsed(file.data, file.len);
}

#define assert_zip(expected, ...)                                                         \
	do {                                                                              \
		const struct zip_part parts_[] = {__VA_ARGS__};                           \
		kh_auto_free char *got_ = parsed_zip(parts_, KH_COUNT(parts_));           \
		if (!kh_streq(got_, expected))                                            \
			fail_msg("\"%s\" (%s), not \"%s\"", got_, kh_fail_detail(), expected); \
	} while (0)

static void workbooks_are_read(void **state)
{
	(void)state;
	/* Every kind of cell, in a part with prefixes; the value of a formula, not the formula. */
	assert_zip("a|Đông Á|true|false|1.5|2026-11-01|#REF!|6 / 5: x|||z",
		   {"xl/worksheets/sheet1.xml",
		    "<x:worksheet xmlns:x='x'><x:sheetData><x:row r='1'><x:c r='A1' t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c><x:c r='B1' t='s'><x:v>1</x:v></x:c>"
		    "<x:c t='b'><x:v>1</x:v></x:c><x:c t='b'><x:v>0</x:v></x:c><x:c><x:v>1.50</x:v></x:c><x:c s='1'><x:v>46327</x:v></x:c>"
		    "<x:c t='e'><x:v>#REF!</x:v></x:c><x:c><x:f>1+2+3</x:f><x:v>6</x:v></x:c><x:c s='1'/></x:row>"
		    "<x:row r='5'><x:c r='A5' t='str'><x:f>CMD()</x:f><x:v>x</x:v></x:c><x:c r='D5' t='inlineStr'><x:is><x:r><x:t>z</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:is></x:c></x:row>"
		    "</x:sheetData></x:worksheet>"},
		   WORKBOOK, RELATIONS, {"xl/sharedStrings.xml", "<sst><si><t>no</t></si><si><r><t>Đông</t></r><r><t xml:space='preserve'> Á</t></r><rPh><t>x</t></rPh></si></sst>"},
		   {"xl/styles.xml", "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='&quot;day&quot; dd\\/mm'/></numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
				     "<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs></styleSheet>"});
	assert_zip("", WORKBOOK, RELATIONS, SHEET(""));
	/* Only the first sheet, wherever its part stands. */
	assert_zip("1", {"xl/workbook.xml", "<workbook xmlns:r='r'><workbookPr date1904='1'/><sheets><sheet r:id='b'/><sheet r:id='a'/></sheets></workbook>"},
		   {"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='a' Target='/xl/one.xml'/><Relationship Id='b' Target='/xl/two.xml'/></Relationships>"},
		   {"xl/one.xml", "<worksheet/>"}, {"xl/two.xml", "<worksheet><row><c><v>1</v></c></row></worksheet>"});
}

static void bad_workbooks_are_refused(void **state)
{
	(void)state;
	assert_zip("not_supported", {"word/document.xml", "<w/>"});
	assert_zip("syntax", WORKBOOK, RELATIONS);
	assert_zip("syntax", WORKBOOK, {"xl/_rels/workbook.xml.rels", "<Relationships/>"});
	assert_zip("syntax", {"xl/workbook.xml", "<workbook><sheets/></workbook>"}, RELATIONS);
	assert_zip("syntax", WORKBOOK, RELATIONS, {"xl/worksheets/sheet1.xml", "<worksheet><row>"});
	assert_zip("syntax", WORKBOOK, RELATIONS, {"xl/worksheets/sheet1.xml", ""});
	assert_zip("syntax", WORKBOOK, RELATIONS, SHEET("<row><c t='s'><v>0</v></c></row>"));
	assert_zip("syntax", WORKBOOK, RELATIONS, SHEET("<row><c t='s'><v>-1</v></c></row>"), {"xl/sharedStrings.xml", "<sst><si><t>a</t></si></sst>"});
	assert_zip("too_large", WORKBOOK, RELATIONS, SHEET("<row><c r='ZZZ1'><v>1</v></c></row>"));
	/* A billion laughs, and a file of the machine: no document type is read at all. */
	assert_zip("syntax", WORKBOOK, RELATIONS,
		   {"xl/worksheets/sheet1.xml", "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;'>]><worksheet><row><c><v>&d;</v></c></row></worksheet>"});
	assert_non_null(strstr(kh_fail_detail(), "document type"));
	assert_zip("syntax", WORKBOOK, RELATIONS, {"xl/worksheets/sheet1.xml", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><worksheet/>"});
	kh_auto_free char *ole = parsed("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8), *zip = parsed("PK\3\4 and no more", 17);
	assert_string_equal(ole, "not_supported");
	assert_string_equal(zip, "syntax");
}

/* n times the text. */
static char *repeated(const char *text, size_t n)
{
	size_t len = strlen(text);
	char *all = kh_alloc(n * len + 1);
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * len, text, len);
	return all;
}

static void limits_hold(void **state)
{
	(void)state;
	static const struct {
		const char *before, *again, *after, *shared;
		size_t times;
	} cases[] = {
		{"<worksheet>", "<row><c><v>1</v></c></row>", "</worksheet>", "<sst/>", KH_SHEET_MAX_ROWS + 1},
		{"<worksheet><row>", "<c><v>1</v></c>", "</row></worksheet>", "<sst/>", KH_SHEET_MAX_COLUMNS + 1},
		{"<worksheet><row><c t='str'><v>", "a", "</v></c></row></worksheet>", "<sst/>", KH_SHEET_MAX_CELL + 1},
		{"<worksheet>", "<a>", "</worksheet>", "<sst/>", KH_SHEET_MAX_DEPTH + 1},
		{"<worksheet>", " ", "</worksheet>", "<sst/>", KH_SHEET_MAX_UNPACKED},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *middle = repeated(cases[i].again, cases[i].times), *xml = kh_format("%s%s%s", cases[i].before, middle, cases[i].after);
		assert_zip("too_large", WORKBOOK, RELATIONS, {"xl/worksheets/sheet1.xml", xml}, {"xl/sharedStrings.xml", cases[i].shared});
	}
}

/* One long text that stands in every cell: small as a file, endless as a table. */
static void shared_texts_do_not_multiply(void **state)
{
	(void)state;
	kh_auto_free char *text = repeated("a", KH_SHEET_MAX_CELL), *shared = kh_format("<sst><si><t>%s</t></si></sst>", text);
	kh_auto_free char *rows = repeated("<row><c t='s'><v>0</v></c></row>", 5000), *xml = kh_format("<worksheet>%s</worksheet>", rows);
	assert_zip("too_large", WORKBOOK, RELATIONS, {"xl/worksheets/sheet1.xml", xml}, {"xl/sharedStrings.xml", shared});
}

/* A good file cut and changed: an error or a table, never a crash (and under the sanitizers no look past an end). */
static void damage_is_survived(void **state)
{
	(void)state;
	const struct zip_part parts[] = {WORKBOOK, RELATIONS, SHEET("<row><c><v>1</v></c></row>")};
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	make_zip(parts, KH_COUNT(parts), &file);
	for (size_t i = 0; i < file.len; i += 3) {
		kh_auto_free char *cut = parsed(file.data, i);
		file.data[i] ^= 0x55;
		kh_auto_free char *changed = parsed(file.data, file.len);
		file.data[i] ^= 0x55;
		assert_true(cut && changed);
	}
	kh_auto_free char *whole = parsed(file.data, file.len);
	assert_string_equal(whole, "1");
}

/* ---- the worker ---- */

static void workers_tell_errors(void **state)
{
	(void)state;
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_sheet_read("T\xean", 3, TEST_WORKER, &sheet), KH_E_ENCODING);
	assert_non_null(strstr(kh_fail_detail(), "CSV UTF-8"));
	assert_int_equal(kh_sheet_read("", 0, TEST_WORKER, &sheet), KH_E_SYNTAX);
	assert_int_equal(kh_sheet_read("a", KH_SHEET_MAX_FILE + 1, TEST_WORKER, &sheet), KH_E_TOO_LARGE);
	assert_int_equal(kh_sheet_read("a", 1, "/bin/true", &sheet), KH_E_WORKER_FAILED);
	assert_int_equal(kh_sheet_read("a", 1, "/nowhere", &sheet), KH_E_NOT_FOUND);
	assert_int_equal(kh_sheet_read("a,b", 3, TEST_WORKER, &sheet), 0);
	assert_string_equal(kh_sheet_cell(&sheet.rows.v[0], 1), "b");
	assert_string_equal(kh_sheet_cell(&sheet.rows.v[0], 2), "");
}

static void answers_are_not_trusted(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
	} wrong[] = {
		{"", 0}, {"\1\0\0\0", 4}, {"\0\0\0\0x", 5}, {"\377\377\377\377", 4}, {"\1\0\0\0\1\0\0\0\377\377\0\0", 12},
		{"\1\0\0\0\1\0\0\0\1\0\0\0\5\0\0\0abc", 19}, {"\1\0\0\0\1\0\0\0\1\0\0\0\3\0\0\0a\0c", 19}, {"\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\377", 17},
	};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		kh_auto_sheet struct kh_sheet sheet = {0};
		assert_int_equal(kh_sheet_decode(wrong[i].bytes, wrong[i].n, &sheet), KH_E_WORKER_FAILED);
	}
}

KH_TESTS(csv_is_read, csv_written_is_read, books_are_read, workbooks_are_read, bad_workbooks_are_refused, limits_hold, shared_texts_do_not_multiply, damage_is_survived,
	 workers_tell_errors, answers_are_not_trusted)
