#include "document/read/office/xls.h"

#include "base/str.h"
#include "document/read/color.h"
#include "document/read/office/biff.h"
#include "document/read/office/book.h"
#include "document/read/office/limits.h"
#include "document/read/office/ole.h"
#include "document/read/parts.h"
#include "document/read/properties.h"

#include <stdio.h>

enum {
	NUMBER_2 = 0x03, LABEL_2 = 0x04, FORMULA = 0x06, STRING_2 = 0x07, EOF_ = 0x0a, HEADER = 0x14, FOOTER = 0x15, NOTE = 0x1c, FILE_PASS = 0x2f, FONT = 0x31, CODE_PAGE = 0x42, OBJECT = 0x5d,
	SHEET = 0x85, PALETTE = 0x92, SOME_RK = 0xbd, RICH_STRING = 0xd6, FORMAT = 0xe0, MERGED = 0xe5, DRAWING_GROUP = 0xeb, DRAWING = 0xec, STRINGS = 0xfc, SHARED_LABEL = 0xfd, TEXT_BOX = 0x1b6,
	NUMBER = 0x203, LABEL = 0x204, FORMULA_3 = 0x206, STRING = 0x207, FONT_3 = 0x231, FORMAT_3 = 0x243, RK = 0x27e, FORMULA_4 = 0x406, FORMAT_4 = 0x443, BEGIN_2 = 0x009, BEGIN_3 = 0x209,
	BEGIN_4 = 0x409, BEGIN = 0x809,
};

/* A range of cells. */
struct range {
	uint16_t left, top, right, bottom;
};

struct xls {
	struct kh_reading *r;
	struct kh_biff biff;
	struct kh_book book;
	KH_ARRAY(uint16_t) colors; /* of the fonts */
	KH_ARRAY(uint32_t) sheets; /* where they begin in the stream, in the workbook's order */
	KH_ARRAY(struct range) merged; /* of the sheet */
	uint32_t page;
	bool raw, encrypted;
	size_t format;  /* of the last formula, whose text follows */
	bool in_note;   /* the last object is a comment */
	struct kh_art_options shape; /* the last one */
	struct kh_buf text;
};

/* ---- fonts and formats ---- */

static uint32_t font_number(uint16_t said)
{
	return said > 4 ? said - 1U : said; /* there is no number 4 */
}

/* Height, flags, colour, weight; the name at the end. BIFF2 has no colour, and no weight until BIFF5. */
static void on_font(struct xls *x, struct kh_biff_record *rec)
{
	enum { BOLD = 1, BOLD_WEIGHT = 600, REST = 6 /* what is above the line, underlined, family, charset */ };
	uint16_t height = 0, flags = 0, color = 0, weight = 0;
	struct kh_cursor *c = &rec->body;
	bool good = kh_cursor_u16le(c, &height) && kh_cursor_u16le(c, &flags) && (x->biff.version == 2 || kh_cursor_u16le(c, &color));
	if (good && x->biff.version >= 5)
		good = kh_cursor_u16le(c, &weight) && kh_cursor_skip(c, REST);
	if (!good || x->book.fonts.n >= KH_BOOK_MAX_FORMATS)
		return;
	kh_buf_reset(&x->text);
	kh_biff_text(&x->biff, c, 1, &x->text);
	kh_array_push(&x->colors, color);
	kh_array_push(&x->book.fonts, ((struct kh_book_font){kh_strdup(kh_buf_text(&x->text)), kh_book_color_is_red(color), x->biff.version < 5 ? flags & BOLD : weight >= BOLD_WEIGHT,
							     (float)height / 20}));
}

/* The workbook's own palette stands behind its fonts, and takes the place of the standard one from colour 8 on. */
static void on_palette(struct xls *x, struct kh_biff_record *rec)
{
	enum { FIRST = 8 };
	uint16_t count = 0;
	uint32_t rgb = 0; /* red first */
	if (!kh_cursor_u16le(&rec->body, &count))
		return;
	for (unsigned i = 0; i < count && kh_cursor_u32le(&rec->body, &rgb); i++) {
		bool red = kh_color_is_red((rgb & 0xff) << 16 | (rgb & 0xff00) | (rgb >> 16 & 0xff));
		for (size_t f = 0; f < x->colors.n; f++)
			if (x->colors.v[f] == FIRST + i)
				x->book.fonts.v[f].red = red;
	}
}

static unsigned side_if(uint32_t style, unsigned side)
{
	return style ? side : 0;
}

/* Borders: in BIFF8 four bits each from byte 10; in BIFF5 three bits each, the lower one with the pattern. */
static void on_format(struct xls *x, struct kh_biff_record *rec)
{
	enum { BIFF8_BORDERS_AT = 10, BIFF5_BORDERS_AT = 8, ALIGNMENT_AT = 6, CENTRED = 2, CENTRED_ACROSS = 6 };
	struct kh_cursor align = rec->body, borders = rec->body;
	uint16_t font = 0;
	uint8_t alignment = 0;
	uint32_t first = 0, second = 0;
	struct kh_book_format f = {0};
	if (!kh_cursor_u16le(&rec->body, &font) || !kh_cursor_skip(&align, ALIGNMENT_AT) || !kh_cursor_u8(&align, &alignment) || x->book.formats.n >= KH_BOOK_MAX_FORMATS)
		return;
	f.font = font_number(font);
	f.centred = (alignment & 7) == CENTRED || (alignment & 7) == CENTRED_ACROSS;
	if (x->biff.version >= 8) {
		if (kh_cursor_skip(&borders, BIFF8_BORDERS_AT) && kh_cursor_u32le(&borders, &first))
			f.sides = side_if(first & 0xf, KH_BORDER_LEFT) | side_if(first >> 4 & 0xf, KH_BORDER_RIGHT) | side_if(first >> 8 & 0xf, KH_BORDER_TOP) |
				  side_if(first >> 12 & 0xf, KH_BORDER_BOTTOM);
	} else if (kh_cursor_skip(&borders, BIFF5_BORDERS_AT) && kh_cursor_u32le(&borders, &first) && kh_cursor_u32le(&borders, &second)) {
		f.sides = side_if(first >> 22 & 7, KH_BORDER_BOTTOM) | side_if(second & 7, KH_BORDER_TOP) | side_if(second >> 3 & 7, KH_BORDER_LEFT) | side_if(second >> 6 & 7, KH_BORDER_RIGHT);
	}
	kh_array_push(&x->book.formats, f);
}

static void on_old_format(struct xls *x, struct kh_biff_record *rec)
{
	uint8_t font = 0;
	if (kh_cursor_u8(&rec->body, &font) && x->book.formats.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&x->book.formats, ((struct kh_book_format){.font = font_number(font)}));
}

/* ---- shared strings ---- */

/* Runs of a string: where each begins, and its font. */
struct run {
	uint16_t from, font;
};

struct rich {
	KH_ARRAY(struct run) runs;
};

/* Where characters of UTF-16 stand in UTF-8. */
static size_t skip_characters(const char *s, size_t n, size_t at, size_t count)
{
	while (at < n && count > 0) {
		unsigned char first = (unsigned char)s[at];
		size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
		count -= size == 4 && count > 1 ? 2 : 1;
		at += size;
	}
	return KH_MIN(at, n);
}

/* Gives the text out in its runs: what is before the first has the cell's font. */
static void in_runs(const char *s, size_t n, const struct run *runs, size_t count, void (*give)(void *context, const char *s, size_t n, uint32_t font), void *context)
{
	size_t at = 0, character = 0;
	uint32_t font = KH_BOOK_FONT_OF_CELL;
	for (size_t i = 0; i < count; i++) {
		size_t next = runs[i].from > character ? skip_characters(s, n, at, runs[i].from - character) : at;
		if (next > at)
			give(context, s + at, next - at, font);
		character = KH_MAX(character, (size_t)runs[i].from);
		at = next;
		font = font_number(runs[i].font);
	}
	if (n > at)
		give(context, s + at, n - at, font);
}

static void add_shared(void *context, const char *s, size_t n, uint32_t font)
{
	kh_book_string_add(context, s, n, font);
}

static bool read_runs(struct kh_biff_chain *c, unsigned count, struct rich *ret)
{
	struct run run = {0};
	ret->runs.n = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!kh_biff_u16(c, &run.from) || !kh_biff_u16(c, &run.font))
			return false;
		kh_array_push(&ret->runs, run);
	}
	return true;
}

static bool read_string(struct xls *x, struct kh_biff_chain *c, struct rich *rich)
{
	enum { WIDE = 1, EXTENDED = 4, RICH = 8 };
	uint16_t count = 0, runs = 0;
	uint32_t extension = 0;
	uint8_t flags = 0;
	if (!kh_biff_u16(c, &count) || !kh_biff_bytes(c, &flags, 1) || (flags & RICH && !kh_biff_u16(c, &runs)) || (flags & EXTENDED && !kh_biff_u32(c, &extension)))
		return false;
	kh_buf_reset(&x->text);
	bool whole = kh_biff_characters(c, count, flags & WIDE, &x->text);
	whole = whole && read_runs(c, runs, rich) && kh_biff_bytes(c, NULL, extension);
	kh_book_string_begin(&x->book);
	in_runs(kh_buf_text(&x->text), x->text.len, rich->runs.v, whole ? rich->runs.n : 0, add_shared, &x->book);
	return whole;
}

static void on_strings(struct xls *x, struct kh_biff_record *rec)
{
	struct kh_biff_chain c;
	struct rich rich = {0};
	uint32_t all = 0, count = 0;
	kh_biff_chain_init(&c, &x->biff, rec);
	bool whole = kh_biff_u32(&c, &all) && kh_biff_u32(&c, &count);
	for (uint32_t i = 0; whole && i < count && !kh_reading_over(x->r); i++)
		whole = read_string(x, &c, &rich);
	if (!whole)
		kh_reading_gap(x->r, KH_GAP_DAMAGED, NULL);
	kh_array_done(&rich.runs);
	kh_biff_chain_done(&c);
}

/* ---- cells ---- */

struct cell {
	uint16_t row, column, format;
};

/* In BIFF2 three bytes of attributes stand for the number of the format. */
static bool take_cell(const struct xls *x, struct kh_cursor *c, struct cell *ret)
{
	if (!kh_cursor_u16le(c, &ret->row) || !kh_cursor_u16le(c, &ret->column))
		return false;
	ret->format = 0;
	return x->biff.version == 2 ? kh_cursor_skip(c, 3) : kh_cursor_u16le(c, &ret->format);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return x->top != y->top ? x->top - y->top : x->left - y->left;
}

static void begin_cell(struct xls *x, const struct cell *cell)
{
	const struct range at = {.left = cell->column, .top = cell->row};
	const struct range *m = x->merged.n > 0 ? bsearch(&at, x->merged.v, x->merged.n, sizeof *x->merged.v, compare_ranges) : NULL;
	kh_book_cell_begin(&x->book, x->page, cell->format);
	if (m && cell->format < x->book.formats.n) {
		unsigned elsewhere = (m->right > m->left ? KH_BORDER_RIGHT : 0U) | (m->bottom > m->top ? KH_BORDER_BOTTOM : 0U);
		x->r->lines.now.look.framed = (x->book.formats.v[cell->format].sides | elsewhere) == KH_BORDER_ALL;
	}
}

static void give_cell(struct xls *x, const struct cell *cell, const char *s, size_t n)
{
	begin_cell(x, cell);
	kh_book_cell_add(&x->book, cell->format, KH_BOOK_FONT_OF_CELL, s, n);
	kh_line_end(&x->r->lines);
}

static void give_number(struct xls *x, const struct cell *cell, double value)
{
	char words[32];
	snprintf(words, sizeof words, "%.15g", value);
	give_cell(x, cell, words, strlen(words));
}

static double double_of(uint64_t bits)
{
	double value = 0;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* A number in four bytes: the upper half of a double or an integer, perhaps a hundredth of it. */
static double rk_of(uint32_t rk)
{
	enum { HUNDREDTH = 1, INTEGER = 2 };
	double value = rk & INTEGER ? (double)((int32_t)rk >> 2) : double_of((uint64_t)(rk & ~3U) << 32);
	return rk & HUNDREDTH ? value / 100 : value;
}

static void on_shared_label(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint32_t string = 0;
	if (!take_cell(x, &rec->body, &cell) || !kh_cursor_u32le(&rec->body, &string))
		return;
	begin_cell(x, &cell);
	kh_book_cell_shared(&x->book, cell.format, string);
	kh_line_end(&x->r->lines);
}

struct giving {
	struct xls *x;
	size_t format;
};

static void add_to_cell(void *context, const char *s, size_t n, uint32_t font)
{
	struct giving *g = context;
	kh_book_cell_add(&g->x->book, g->format, font, s, n);
}

/* Runs behind the text of a cell: in BIFF8 of two bytes each, before of one. */
static void take_runs(const struct xls *x, struct kh_cursor *c, struct rich *ret)
{
	uint16_t count = 0, from = 0, font = 0;
	uint8_t small = 0, small_from = 0, small_font = 0;
	bool wide = x->biff.version >= 8;
	if (wide ? !kh_cursor_u16le(c, &count) : !kh_cursor_u8(c, &small))
		return;
	for (unsigned i = 0; i < (wide ? count : small); i++) {
		if (wide ? !kh_cursor_u16le(c, &from) || !kh_cursor_u16le(c, &font) : !kh_cursor_u8(c, &small_from) || !kh_cursor_u8(c, &small_font))
			return;
		kh_array_push(&ret->runs, wide ? ((struct run){from, font}) : ((struct run){small_from, small_font}));
	}
}

static void on_label(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	struct rich rich = {0};
	if (!take_cell(x, &rec->body, &cell))
		return;
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version == 2 ? 1 : 2, &x->text) && rec->type == RICH_STRING)
		take_runs(x, &rec->body, &rich);
	begin_cell(x, &cell);
	in_runs(kh_buf_text(&x->text), x->text.len, rich.runs.v, rich.runs.n, add_to_cell, &(struct giving){x, cell.format});
	kh_line_end(&x->r->lines);
	kh_array_done(&rich.runs);
}

static void on_number(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint64_t bits = 0;
	if (take_cell(x, &rec->body, &cell) && kh_cursor_u64le(&rec->body, &bits))
		give_number(x, &cell, double_of(bits));
}

static void on_rk(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint32_t rk = 0;
	if (take_cell(x, &rec->body, &cell) && kh_cursor_u32le(&rec->body, &rk))
		give_number(x, &cell, rk_of(rk));
}

static void on_some_rk(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell = {0};
	uint32_t rk = 0;
	if (!kh_cursor_u16le(&rec->body, &cell.row) || !kh_cursor_u16le(&rec->body, &cell.column))
		return;
	for (; kh_cursor_left(&rec->body) > 2 && kh_cursor_u16le(&rec->body, &cell.format) && kh_cursor_u32le(&rec->body, &rk); cell.column++)
		give_number(x, &cell, rk_of(rk));
}

/* Its value: a number, or six bytes and two of all ones: what else; a text follows in a record of its own. */
static void on_formula(struct xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint64_t bits = 0;
	if (!take_cell(x, &rec->body, &cell) || !kh_cursor_u64le(&rec->body, &bits))
		return;
	x->format = cell.format;
	if (bits >> 48 != 0xffff)
		give_number(x, &cell, double_of(bits));
}

static void on_text_of_formula(struct xls *x, struct kh_biff_record *rec)
{
	const struct cell cell = {.format = (uint16_t)x->format};
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version == 2 ? 1 : 2, &x->text))
		give_cell(x, &cell, kh_buf_text(&x->text), x->text.len);
}

/* ---- what else a sheet has ---- */

static void on_page_text(struct xls *x, struct kh_biff_record *rec)
{
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version >= 8 ? 2 : 1, &x->text))
		kh_book_page_text(&x->book, x->page, rec->type == HEADER ? KH_PART_HEADER : KH_PART_FOOTER, kh_buf_text(&x->text), x->text.len);
}

/* Before BIFF8 a comment's text stands in it, as far as 2,048 bytes; in BIFF8 in a text box. */
static void on_note(struct xls *x, struct kh_biff_record *rec)
{
	const uint8_t *text = NULL;
	if (x->biff.version >= 8 || !kh_cursor_skip(&rec->body, 6) || !kh_cursor_take(&rec->body, kh_cursor_left(&rec->body), &text))
		return;
	struct kh_run_look look = {.charset = x->book.charset};
	kh_line_begin(&x->r->lines, &(struct kh_line_look){.part = KH_PART_COMMENT, .page = x->page});
	kh_buf_reset(&x->text);
	rec->body = kh_cursor_of(text - 2, (size_t)(rec->body.end - text) + 2); /* its length, in two bytes */
	if (kh_biff_text(&x->biff, &rec->body, 2, &x->text))
		kh_line_add(&x->r->lines, kh_buf_text(&x->text), x->text.len, &look);
	kh_line_end(&x->r->lines);
}

static void on_object(struct xls *x, struct kh_biff_record *rec)
{
	enum { COMMENT = 0x19 };
	uint16_t type = 0;
	if (kh_cursor_skip(&rec->body, 4) && kh_cursor_u16le(&rec->body, &type))
		x->in_note = type == COMMENT;
}

static void add_to_box(void *context, const char *s, size_t n, uint32_t font)
{
	struct xls *x = context;
	struct kh_run_look look = kh_book_look(&x->book, SIZE_MAX, font);
	const struct kh_line_look line = x->r->lines.now.look;
	for (const char *end = s + n; s < end;) {
		const char *newline = memchr(s, '\n', (size_t)(end - s)), *stop = newline ? newline : end;
		kh_line_add(&x->r->lines, s, (size_t)(stop - s), &look);
		if (newline)
			kh_line_begin(&x->r->lines, &line);
		s = stop + (newline != NULL);
	}
}

/* The text in the CONTINUE behind it, its runs in the next one. */
static void on_text_box(struct xls *x, struct kh_biff_record *rec)
{
	enum { CENTRED = 2 };
	struct kh_biff_chain c;
	struct rich rich = {0};
	uint16_t flags = 0, count = 0, size_of_runs = 0;
	kh_biff_chain_init(&c, &x->biff, rec);
	struct kh_cursor *first = &c.parts.v[0];
	bool good = kh_cursor_u16le(first, &flags) && kh_cursor_skip(first, 8) && kh_cursor_u16le(first, &count) && kh_cursor_u16le(first, &size_of_runs) && kh_cursor_skip(first, kh_cursor_left(first));
	kh_buf_reset(&x->text);
	if (good && count > 0 && kh_biff_characters(&c, count, false, &x->text))
		for (unsigned i = 0; i < size_of_runs / 8U; i++) {
			struct run run = {0};
			if (!kh_biff_u16(&c, &run.from) || !kh_biff_u16(&c, &run.font) || !kh_biff_bytes(&c, NULL, 4))
				break;
			if (run.from < count)
				kh_array_push(&rich.runs, run);
		}
	struct kh_line_look line = {.part = x->in_note ? KH_PART_COMMENT : KH_PART_BOX, .page = x->page, .centred = (flags >> 1 & 7) == CENTRED};
	line.framed = !x->in_note && (!x->shape.line_said || x->shape.line);
	kh_line_begin(&x->r->lines, &line);
	in_runs(kh_buf_text(&x->text), x->text.len, rich.runs.v, rich.runs.n, add_to_box, x);
	kh_line_end(&x->r->lines);
	kh_array_done(&rich.runs);
	kh_biff_chain_done(&c);
}

/* A piece of the sheet's drawing: of what is in it, the shapes' options. */
static void on_drawing(struct xls *x, struct kh_biff_record *rec)
{
	struct kh_art_record a = {0};
	struct kh_cursor body;
	while (kh_art_take(&rec->body, &a)) {
		if (a.version == KH_ART_CONTAINER) {
			if (a.type == KH_ART_SHAPE)
				x->shape = (struct kh_art_options){0};
			continue;
		}
		if (!kh_cursor_sub(&rec->body, KH_MIN((size_t)a.size, kh_cursor_left(&rec->body)), &body))
			return;
		if (a.type == KH_ART_OPTIONS) {
			kh_art_read_options(body.at, kh_cursor_left(&body), a.instance, &x->shape);
			kh_art_give_words(x->r, &x->shape, &(struct kh_line_look){.part = KH_PART_BOX, .page = x->page});
		}
	}
}

/* ---- the workbook ---- */

static void on_sheet(struct xls *x, struct kh_biff_record *rec)
{
	uint32_t at = 0;
	if (!kh_cursor_u32le(&rec->body, &at) || !kh_cursor_skip(&rec->body, 2) || x->sheets.n >= KH_BOOK_MAX_SHEETS)
		return;
	kh_array_push(&x->sheets, at);
	kh_buf_reset(&x->text);
	kh_line_begin(&x->r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES, .page = (uint32_t)x->sheets.n});
	if (kh_biff_text(&x->biff, &rec->body, 1, &x->text))
		kh_line_add(&x->r->lines, kh_buf_text(&x->text), x->text.len, &(struct kh_run_look){.charset = x->book.charset});
	kh_line_end(&x->r->lines);
}

static void on_code_page(struct xls *x, struct kh_biff_record *rec)
{
	enum { VIETNAMESE = 1258 };
	uint16_t page = 0;
	if (x->biff.version < 8 && kh_cursor_u16le(&rec->body, &page))
		x->book.charset = page == VIETNAMESE ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
}

static void on_password(struct xls *x, struct kh_biff_record *rec)
{
	(void)rec;
	x->encrypted = true;
	if (x->raw) /* of an OLE2 file, that was told when it was taken apart */
		kh_reading_gap(x->r, KH_GAP_ENCRYPTED, NULL);
}

/* They stand behind the cells, and behind charts in the sheet, and say how cells look. */
static void find_merged(struct xls *x)
{
	struct kh_biff ahead = x->biff;
	struct kh_biff_record rec;
	x->merged.n = 0;
	for (unsigned inside = 1; inside > 0 && !kh_reading_over(x->r) && kh_biff_next(&ahead, &rec);) {
		struct range m = {0};
		inside += rec.type == BEGIN;
		inside -= rec.type == EOF_;
		if (rec.type != MERGED || !kh_cursor_skip(&rec.body, 2))
			continue;
		while (kh_cursor_u16le(&rec.body, &m.top) && kh_cursor_u16le(&rec.body, &m.bottom) && kh_cursor_u16le(&rec.body, &m.left) && kh_cursor_u16le(&rec.body, &m.right) &&
		       x->merged.n < KH_BOOK_MAX_FORMATS)
			kh_array_push(&x->merged, m);
	}
	if (x->merged.n > 0)
		qsort(x->merged.v, x->merged.n, sizeof *x->merged.v, compare_ranges);
}

static unsigned version_of(const struct kh_biff_record *rec)
{
	enum { BIFF8 = 0x600 };
	struct kh_cursor c = rec->body;
	uint16_t version = 0;
	switch (rec->type) {
	case BEGIN_2:
		return 2;
	case BEGIN_3:
		return 3;
	case BEGIN_4:
		return 4;
	default:
		return kh_cursor_u16le(&c, &version) && version >= BIFF8 ? 8 : 5;
	}
}

/* Of the workbook, of a sheet, or of a chart in one: whose lines are the sheet's. */
static void on_begin(struct xls *x, struct kh_biff_record *rec)
{
	x->biff.version = version_of(rec);
	if (x->biff.version >= 8)
		x->book.charset = KH_CHARSET_UNICODE;
	for (size_t i = 0; i < x->sheets.n; i++)
		if (x->sheets.v[i] == rec->at) {
			x->page = (uint32_t)i + 1;
			find_merged(x);
			break;
		}
	if (x->biff.version < 5)
		x->page = 1;
}

static const struct {
	uint16_t type;
	void (*handle)(struct xls *x, struct kh_biff_record *rec);
} handlers[] = {
	{SHARED_LABEL, on_shared_label}, {NUMBER, on_number}, {RK, on_rk}, {SOME_RK, on_some_rk}, {LABEL, on_label}, {RICH_STRING, on_label}, {FORMULA, on_formula}, {STRING, on_text_of_formula},
	{FORMAT, on_format}, {FONT, on_font}, {STRINGS, on_strings}, {SHEET, on_sheet}, {BEGIN, on_begin}, {HEADER, on_page_text}, {FOOTER, on_page_text}, {NOTE, on_note},
	{OBJECT, on_object}, {TEXT_BOX, on_text_box}, {DRAWING, on_drawing}, {FILE_PASS, on_password}, {CODE_PAGE, on_code_page}, {PALETTE, on_palette}, {BEGIN_2, on_begin}, {BEGIN_3, on_begin},
	{BEGIN_4, on_begin}, {LABEL_2, on_label}, {NUMBER_2, on_number}, {STRING_2, on_text_of_formula}, {FORMULA_3, on_formula}, {FORMULA_4, on_formula}, {FONT_3, on_font}, {FORMAT_3, on_old_format},
	{FORMAT_4, on_old_format},
};

static void handle(struct xls *x, struct kh_biff_record *rec)
{
	for (size_t i = 0; i < KH_COUNT(handlers); i++)
		if (handlers[i].type == rec->type) {
			handlers[i].handle(x, rec);
			return;
		}
}

static void read_stream(struct kh_reading *r, const uint8_t *bytes, size_t n, bool raw)
{
	struct xls x = {.r = r, .raw = raw, .biff = {.bytes = bytes, .n = n, .rest = kh_cursor_of(bytes, n)}};
	struct kh_biff_record rec;
	kh_book_init(&x.book, r);
	x.book.charset = KH_CHARSET_CP1252;
	while (!x.encrypted && !kh_reading_over(r) && kh_biff_next(&x.biff, &rec))
		handle(&x, &rec);
	kh_array_done(&x.colors);
	kh_array_done(&x.sheets);
	kh_array_done(&x.merged);
	kh_buf_done(&x.text);
	kh_book_done(&x.book);
}

/* ---- the file ---- */

static bool is_workbook(const char *path)
{
	return kh_streq_nocase(path, "Workbook") || kh_streq_nocase(path, "Book");
}

static bool is_wanted(const char *path)
{
	return is_workbook(path) || kh_streq(path, KH_PROPERTIES_STREAM);
}

static bool is_ole2(const uint8_t *bytes, size_t n)
{
	return n >= 8 && memcmp(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* A workbook saved for Excel 5 and for Excel 97 has both streams; they say the same. */
static void read_xls(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts parts;
	if (!is_ole2(bytes, n)) {
		read_stream(r, bytes, n, true);
		return;
	}
	kh_parts_init(&parts, r, bytes, n, is_wanted);
	const struct kh_part *p = kh_parts_find(&parts, "Workbook");
	const struct kh_part *properties = kh_parts_find(&parts, KH_PROPERTIES_STREAM);
	p = p ? p : kh_parts_find(&parts, "Book");
	if (properties)
		kh_properties_read(r, properties->bytes, properties->n);
	if (p)
		read_stream(r, p->bytes, p->n, false);
	kh_parts_done(&parts);
}

/* ---- what is inside ---- */

/* The pictures of all sheets stand in one drawing, cut into records. */
static void give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_biff biff = {.bytes = bytes, .n = n, .rest = kh_cursor_of(bytes, n)};
	struct kh_biff_record rec;
	kh_auto_buf struct kh_buf drawing = KH_BUF_MAX(KH_BOOK_MAX_TEXT);
	bool in_drawing = false;
	while (kh_biff_next(&biff, &rec) && rec.type != EOF_) {
		in_drawing = rec.type == DRAWING_GROUP || (in_drawing && rec.type == KH_BIFF_CONTINUE);
		if (in_drawing)
			kh_buf_add(&drawing, rec.body.at, kh_cursor_left(&rec.body));
	}
	kh_art_give_pictures(r, (const uint8_t *)kh_buf_text(&drawing), drawing.len);
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	if (is_ole2(bytes, n))
		kh_ole_give_members(r, bytes, n, is_workbook, give_pictures);
	else
		give_pictures(r, bytes, n);
}

/* ---- is it one? ---- */

static bool is_stream(void *context, const char *path)
{
	(void)context;
	return is_workbook(path);
}

/* A stream by itself: how it begins, and of what it says it is the beginning. */
static bool is_raw(const uint8_t *bytes, size_t n)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	uint16_t type = 0, size = 0, version = 0, kind = 0;
	if (!kh_cursor_u16le(&c, &type) || !kh_cursor_u16le(&c, &size) || !kh_cursor_u16le(&c, &version) || !kh_cursor_u16le(&c, &kind))
		return false;
	bool known = kind == 0x05 || kind == 0x10 || kind == 0x20 || kind == 0x40 || kind == 0x100;
	return known && size >= 4 && size <= 16 && (type == BEGIN_2 || type == BEGIN_3 || type == BEGIN_4 || (type == BEGIN && (version == 0x500 || version == 0x600)));
}

static bool looks_like_xls(const uint8_t *bytes, size_t n)
{
	return is_raw(bytes, n) || (is_ole2(bytes, n) && kh_package_has(bytes, n, is_stream, NULL));
}

const struct kh_reader kh_xls_reader = {KH_DOCUMENT_XLS, looks_like_xls, read_xls, give_members};
