#include "sheet/xlsx.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "sheet/package.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

/* What is known of a workbook before its sheet is read. */
struct book {
	struct kh_package package;
	char *sheet_id, *sheet_part; /* of the first sheet: relationship, and the part it leads to */
	bool dates_1904;
	KH_ARRAY(char *) shared;
	size_t shared_bytes;
	KH_ARRAY(int) own_dates;   /* numbers of the workbook's own formats that show days or times */
	KH_ARRAY(bool) style_date; /* by cell style */
};

static void book_done(struct book *b)
{
	free(b->sheet_id);
	free(b->sheet_part);
	kh_array_each(&b->shared, text)
		free(*text);
	kh_array_done(&b->shared);
	kh_array_done(&b->own_dates);
	kh_array_done(&b->style_date);
}

/* ---- XML ---- */

/* One part being read. The handlers of a part see local names: prefixes are a matter of taste. */
struct part {
	struct book *book;
	struct kh_sheet *sheet;
	XML_Parser xml;
	void (*start)(struct part *p, const char *name, const char **attributes);
	void (*end)(struct part *p, const char *name);
	int depth, error;
	struct kh_buf text; /* since it was last emptied */
	bool wanted;        /* text is collected */

	uint32_t row;       /* of the sheet */
	size_t column;
	char type;          /* of the cell: n, s (shared), i (inline, or the text of a formula), b, e */
	size_t style;
	bool phonetic, formats; /* inside <rPh>; inside <cellXfs> */
};

static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon ? colon + 1 : name;
}

static const char *attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (kh_streq(local(attributes[0]), name))
			return attributes[1];
	return NULL;
}

/* The id of a relationship has a prefix; a sheet has an attribute of nearly the same name without one. */
static const char *relationship(const char **attributes)
{
	for (; *attributes; attributes += 2)
		if (strchr(attributes[0], ':') && kh_streq(local(attributes[0]), "id"))
			return attributes[1];
	return NULL;
}

static void stop(struct part *p, int error)
{
	if (p->error == 0 && error < 0) {
		p->error = error;
		XML_StopParser(p->xml, XML_FALSE);
	}
}

static void on_start(void *arg, const char *name, const char **attributes)
{
	struct part *p = arg;
	if (++p->depth > KH_SHEET_MAX_DEPTH)
		stop(p, kh_fail(KH_E_TOO_LARGE, "XML deeper than %d", KH_SHEET_MAX_DEPTH));
	else if (p->start)
		p->start(p, local(name), attributes);
}

static void on_end(void *arg, const char *name)
{
	struct part *p = arg;
	p->depth--;
	if (p->end)
		p->end(p, local(name));
}

static void on_text(void *arg, const char *text, int n)
{
	struct part *p = arg;
	if (p->wanted)
		kh_buf_add(&p->text, text, (size_t)n);
	if (p->text.overflow)
		stop(p, kh_fail(KH_E_TOO_LARGE, "a cell of more than %d bytes", KH_SHEET_MAX_CELL));
}

static void on_doctype(void *arg, const char *name KH_UNUSED, const char *system KH_UNUSED, const char *public_id KH_UNUSED, int internal KH_UNUSED)
{
	stop(arg, kh_fail(KH_E_SYNTAX, "a document type: no program for tables writes one"));
}

static int feed(void *arg, const char *bytes, size_t n)
{
	struct part *p = arg;
	if (XML_Parse(p->xml, bytes, (int)n, 0) == XML_STATUS_ERROR && p->error == 0)
		p->error = kh_fail(KH_E_SYNTAX, "line %lu: %s", XML_GetCurrentLineNumber(p->xml), XML_ErrorString(XML_GetErrorCode(p->xml)));
	return p->error;
}

static void part_done(struct part *p)
{
	XML_ParserFree(p->xml);
	kh_buf_done(&p->text);
}

static int read_part(struct part *p, const char *name, bool *ret_found)
{
	p->xml = XML_ParserCreate(NULL);
	kh_assert(p->xml);
	p->text.max = KH_SHEET_MAX_CELL + 1;
	XML_SetUserData(p->xml, p);
	XML_SetElementHandler(p->xml, on_start, on_end);
	XML_SetCharacterDataHandler(p->xml, on_text);
	XML_SetStartDoctypeDeclHandler(p->xml, on_doctype);
	int r = kh_package_read(&p->book->package, name, feed, p, ret_found);
	if (r == 0 && *ret_found && XML_Parse(p->xml, "", 0, 1) == XML_STATUS_ERROR)
		r = kh_fail(KH_E_SYNTAX, "%s: %s", name, XML_ErrorString(XML_GetErrorCode(p->xml)));
	return r < 0 ? kh_fail_in(r, "%s", name) : 0;
}

/* ---- xl/workbook.xml and its relationships: which part is the first sheet ---- */

static void workbook_start(struct part *p, const char *name, const char **attributes)
{
	struct book *b = p->book;
	if (kh_streq(name, "workbookPr")) {
		const char *value = attribute(attributes, "date1904");
		b->dates_1904 = kh_streq(value, "1") || kh_streq(value, "true");
	} else if (kh_streq(name, "sheet") && !b->sheet_id) {
		b->sheet_id = kh_strdup(relationship(attributes));
	}
}

static void relationships_start(struct part *p, const char *name, const char **attributes)
{
	struct book *b = p->book;
	const char *id = attribute(attributes, "Id"), *target = attribute(attributes, "Target");
	if (!kh_streq(name, "Relationship") || b->sheet_part || !kh_streq(id, b->sheet_id) || !target)
		return;
	b->sheet_part = *target == '/' ? kh_strdup(target + 1) : kh_format("xl/%s", target);
}

static int read_workbook(struct book *b)
{
	KH_CLEANUP(part_done) struct part workbook = {.book = b, .start = workbook_start}, relationships = {.book = b, .start = relationships_start};
	bool found = false;
	int r = read_part(&workbook, "xl/workbook.xml", &found);
	if (r == 0 && !found)
		return kh_fail(KH_E_NOT_SUPPORTED, "no workbook of Excel in the file");
	if (r == 0)
		r = read_part(&relationships, "xl/_rels/workbook.xml.rels", &found);
	if (r == 0 && !b->sheet_part)
		return kh_fail(KH_E_SYNTAX, "the workbook has no sheet");
	return r;
}

/* ---- xl/sharedStrings.xml ---- */

static void shared_start(struct part *p, const char *name, const char **attributes KH_UNUSED)
{
	if (kh_streq(name, "si"))
		kh_buf_reset(&p->text);
	p->phonetic |= kh_streq(name, "rPh");
	p->wanted = kh_streq(name, "t") && !p->phonetic;
}

static void shared_end(struct part *p, const char *name)
{
	struct book *b = p->book;
	p->wanted = false;
	if (kh_streq(name, "rPh"))
		p->phonetic = false;
	if (!kh_streq(name, "si"))
		return;
	b->shared_bytes += p->text.len + sizeof(char *);
	if (b->shared.n == KH_SHEET_MAX_SHARED || b->shared_bytes > KH_SHEET_MAX_TEXT) {
		stop(p, kh_fail(KH_E_TOO_LARGE, "more text than a table of %d rows has", KH_SHEET_MAX_ROWS));
		return;
	}
	(void)kh_array_push(&b->shared, kh_strdup(kh_buf_text(&p->text)));
	kh_buf_reset(&p->text);
}

/* ---- xl/styles.xml: which cells show days ---- */

/* A format of the workbook's own shows a day or a time when it has d, m, y, h or s outside of quotes, brackets and escapes. */
static bool shows_date(const char *format)
{
	bool quoted = false, bracket = false;
	for (const char *p = format; *p; p++) {
		if (*p == '\\' || *p == '_' || *p == '*') {
			p += p[1] != '\0';
			continue;
		}
		quoted ^= *p == '"';
		bracket = *p == '[' ? true : *p == ']' ? false : bracket;
		if (!quoted && !bracket && strchr("dmyhsDMYHS", *p))
			return true;
	}
	return false;
}

/* 14 to 22 and 45 to 47 are days and times in every workbook; 27 to 36 and 50 to 58 in those of East Asia. */
static bool is_date_format(const struct book *b, int64_t number)
{
	if ((number >= 14 && number <= 22) || (number >= 27 && number <= 36) || (number >= 45 && number <= 47) || (number >= 50 && number <= 58))
		return true;
	kh_array_each(&b->own_dates, own)
		if (*own == number)
			return true;
	return false;
}

static void styles_start(struct part *p, const char *name, const char **attributes)
{
	struct book *b = p->book;
	const char *number = attribute(attributes, "numFmtId"), *code = attribute(attributes, "formatCode");
	int64_t id = 0;
	bool known = number && kh_parse_int(number, 0, 100000, &id);
	if (kh_streq(name, "cellXfs"))
		p->formats = true;
	if (b->style_date.n == KH_SHEET_MAX_STYLES || b->own_dates.n == KH_SHEET_MAX_STYLES)
		stop(p, kh_fail(KH_E_TOO_LARGE, "more than %d styles", KH_SHEET_MAX_STYLES));
	else if (kh_streq(name, "numFmt") && known && code && shows_date(code))
		(void)kh_array_push(&b->own_dates, (int)id);
	else if (kh_streq(name, "xf") && p->formats)
		(void)kh_array_push(&b->style_date, known && is_date_format(b, id));
}

static void styles_end(struct part *p, const char *name)
{
	if (kh_streq(name, "cellXfs"))
		p->formats = false;
}

/* ---- a sheet ---- */

/* "BC12" → 54; false for anything else. */
static bool column_of(const char *reference, size_t *ret)
{
	size_t column = 0;
	const char *p = reference;
	for (; p && *p >= 'A' && *p <= 'Z' && p - reference < 4; p++)
		column = column * 26 + (size_t)(*p - 'A' + 1);
	if (column == 0)
		return false;
	*ret = column - 1;
	return true;
}

static char type_of(const char *t)
{
	if (kh_streq(t, "s") || kh_streq(t, "b") || kh_streq(t, "e"))
		return *t;
	return kh_streq(t, "inlineStr") || kh_streq(t, "str") || kh_streq(t, "d") ? 'i' : 'n';
}

static void begin_cell(struct part *p, const char **attributes)
{
	const char *style = attribute(attributes, "s");
	int64_t number = 0;
	kh_ignore(column_of(attribute(attributes, "r"), &p->column));
	p->type = type_of(attribute(attributes, "t"));
	p->style = style && kh_parse_int(style, 0, KH_SHEET_MAX_STYLES, &number) ? (size_t)number : 0;
	kh_buf_reset(&p->text);
}

static void sheet_start(struct part *p, const char *name, const char **attributes)
{
	int64_t number = 0;
	if (kh_streq(name, "row")) {
		const char *r = attribute(attributes, "r");
		p->row = r && kh_parse_int(r, 1, 1048576, &number) ? (uint32_t)number : p->row + 1;
		p->column = 0;
	} else if (kh_streq(name, "c")) {
		begin_cell(p, attributes);
	}
	p->phonetic |= kh_streq(name, "rPh");
	p->wanted = kh_streq(name, "v") || (kh_streq(name, "t") && !p->phonetic);
}

/* Days since 1899-12-30 (or 1904-01-01) as a day, or a day and a time. Excel's 29 February 1900, which never was, shifts the two months before it; nobody's registers reach so far back. */
static char *date_words(double value, bool since_1904)
{
	double seconds = floor((value + (since_1904 ? 1462 : 0) - 25569) * 86400 + 0.5);
	struct tm tm = {0};
	time_t t = (time_t)seconds;
	char text[64];
	if (!gmtime_r(&t, &tm))
		return NULL;
	strftime(text, sizeof text, t % 86400 ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", &tm);
	return kh_strdup(text);
}

static char *number_words(const struct part *p, const char *text)
{
	char *end = NULL, words[64];
	double value = strtod(text, &end);
	bool date = p->style < p->book->style_date.n && p->book->style_date.v[p->style];
	if (end == text || *end || !isfinite(value))
		return kh_strdup(text);
	if (date && value >= 1 && value < 2958466) /* the year 10000 */
		return date_words(value, p->book->dates_1904);
	snprintf(words, sizeof words, "%.15g", value);
	return kh_strdup(words);
}

static char *cell_words(struct part *p)
{
	const char *text = kh_buf_text(&p->text);
	int64_t number = 0;
	if (p->type == 's')
		return kh_parse_int(text, 0, (int64_t)p->book->shared.n - 1, &number) ? kh_strdup(p->book->shared.v[number]) : NULL;
	if (p->type == 'b')
		return kh_strdup(kh_streq(text, "1") ? "true" : "false");
	return p->type == 'n' && *text ? number_words(p, text) : kh_strdup(text);
}

static void sheet_end(struct part *p, const char *name)
{
	p->wanted = false;
	if (kh_streq(name, "rPh"))
		p->phonetic = false;
	if (!kh_streq(name, "c"))
		return;
	char *words = cell_words(p);
	if (!words)
		stop(p, kh_fail(KH_E_SYNTAX, "row %u: a text that is not in the file", p->row));
	else
		stop(p, kh_sheet_put(p->sheet, p->row, p->column, words));
	p->column++;
}

/* ---- the whole ---- */

static int read_sheet(struct book *b, struct kh_sheet *sheet)
{
	KH_CLEANUP(part_done) struct part shared = {.book = b, .start = shared_start, .end = shared_end};
	KH_CLEANUP(part_done) struct part styles = {.book = b, .start = styles_start, .end = styles_end};
	KH_CLEANUP(part_done) struct part cells = {.book = b, .sheet = sheet, .start = sheet_start, .end = sheet_end};
	bool found = false;
	int r = read_part(&shared, "xl/sharedStrings.xml", &found);
	if (r == 0)
		r = read_part(&styles, "xl/styles.xml", &found);
	if (r == 0)
		r = read_part(&cells, b->sheet_part, &found);
	return r == 0 && !found ? kh_fail(KH_E_SYNTAX, "the workbook has no sheet") : r;
}

int kh_xlsx_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	KH_CLEANUP(book_done) struct book b = {.package = {.bytes = bytes, .n = n}};
	kh_auto_sheet struct kh_sheet sheet = {0};
	int r = read_workbook(&b);
	if (r == 0)
		r = read_sheet(&b, &sheet);
	if (r < 0)
		return r;
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}
