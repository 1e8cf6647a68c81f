#include "document/read/office/xls_state.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- cells ---- */

struct cell {
	uint16_t row, column, format;
};

/* In BIFF2 three bytes of attributes stand for the number of the format. */
static bool take_cell(const struct kh_xls *x, struct kh_cursor *c, struct cell *ret)
{
	if (!kh_cursor_u16le(c, &ret->row) || !kh_cursor_u16le(c, &ret->column))
		return false;
	ret->format = 0;
	return x->biff.version == 2 ? kh_cursor_skip(c, 3) : kh_cursor_u16le(c, &ret->format);
}

int kh_xls_compare_ranges(const void *a, const void *b)
{
	const struct kh_xls_range *x = a, *y = b;
	return x->top != y->top ? x->top - y->top : x->left - y->left;
}

static void begin_cell(struct kh_xls *x, const struct cell *cell)
{
	const struct kh_xls_range at = {.left = cell->column, .top = cell->row};
	const struct kh_xls_range *m = x->merged.n > 0 ? bsearch(&at, x->merged.v, x->merged.n, sizeof *x->merged.v, kh_xls_compare_ranges) : NULL;
	kh_book_cell_begin(&x->book, x->page, cell->format);
	if (m && cell->format < x->book.formats.n) {
		unsigned elsewhere = (m->right > m->left ? KH_BORDER_RIGHT : 0U) | (m->bottom > m->top ? KH_BORDER_BOTTOM : 0U);
		x->r->lines.now.look.framed = (x->book.formats.v[cell->format].sides | elsewhere) == KH_BORDER_ALL;
	}
}

static void give_cell(struct kh_xls *x, const struct cell *cell, const char *s, size_t n)
{
	begin_cell(x, cell);
	kh_book_cell_add(&x->book, cell->format, KH_BOOK_FONT_OF_CELL, s, n);
	kh_line_end(&x->r->lines);
}

/* Nearly all numbers are small and whole; of those no general conversion is needed. */
static void give_number(struct kh_xls *x, const struct cell *cell, double value)
{
	char words[32], *end = words + sizeof words, *at = end;
	bool whole = value >= 1 && value < 1e9 && value - (double)(uint32_t)value <= 0;
	for (uint32_t rest = whole ? (uint32_t)value : 0; rest > 0; rest /= 10)
		*--at = (char)('0' + rest % 10);
	if (!whole)
		end = (at = words) + snprintf(words, sizeof words, "%.15g", value);
	give_cell(x, cell, at, (size_t)(end - at));
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

void kh_xls_on_shared_label(struct kh_xls *x, struct kh_biff_record *rec)
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
	struct kh_xls *x;
	size_t format;
};

static void add_to_cell(void *context, const char *s, size_t n, uint32_t font)
{
	struct giving *g = context;
	kh_book_cell_add(&g->x->book, g->format, font, s, n);
}

/* Runs behind the text of a cell: in BIFF8 of two bytes each, before of one. */
static void take_runs(const struct kh_xls *x, struct kh_cursor *c, struct kh_xls_rich *ret)
{
	uint16_t count = 0, from = 0, font = 0;
	uint8_t small = 0, small_from = 0, small_font = 0;
	bool wide = x->biff.version >= 8;
	if (wide ? !kh_cursor_u16le(c, &count) : !kh_cursor_u8(c, &small))
		return;
	for (unsigned i = 0; i < (wide ? count : small); i++) {
		if (wide ? !kh_cursor_u16le(c, &from) || !kh_cursor_u16le(c, &font) : !kh_cursor_u8(c, &small_from) || !kh_cursor_u8(c, &small_font))
			return;
		kh_array_push(&ret->runs, wide ? ((struct kh_xls_run){from, font}) : ((struct kh_xls_run){small_from, small_font}));
	}
}

void kh_xls_on_label(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	struct kh_xls_rich rich = {0};
	if (!take_cell(x, &rec->body, &cell))
		return;
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version == 2 ? 1 : 2, &x->text) && rec->type == KH_XLS_RICH_STRING)
		take_runs(x, &rec->body, &rich);
	begin_cell(x, &cell);
	kh_xls_in_runs(kh_buf_text(&x->text), x->text.len, rich.runs.v, rich.runs.n, add_to_cell, &(struct giving){x, cell.format});
	kh_line_end(&x->r->lines);
	kh_array_done(&rich.runs);
}

void kh_xls_on_number(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint64_t bits = 0;
	if (take_cell(x, &rec->body, &cell) && kh_cursor_u64le(&rec->body, &bits))
		give_number(x, &cell, double_of(bits));
}

void kh_xls_on_rk(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint32_t rk = 0;
	if (take_cell(x, &rec->body, &cell) && kh_cursor_u32le(&rec->body, &rk))
		give_number(x, &cell, rk_of(rk));
}

void kh_xls_on_some_rk(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct cell cell = {0};
	uint32_t rk = 0;
	if (!kh_cursor_u16le(&rec->body, &cell.row) || !kh_cursor_u16le(&rec->body, &cell.column))
		return;
	for (; kh_cursor_left(&rec->body) > 2 && kh_cursor_u16le(&rec->body, &cell.format) && kh_cursor_u32le(&rec->body, &rk); cell.column++)
		give_number(x, &cell, rk_of(rk));
}

/* Its value: a number, or six bytes and two of all ones: what else; a text follows in a record of its own. */
void kh_xls_on_formula(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct cell cell;
	uint64_t bits = 0;
	if (!take_cell(x, &rec->body, &cell) || !kh_cursor_u64le(&rec->body, &bits))
		return;
	x->format = cell.format;
	if (bits >> 48 != 0xffff)
		give_number(x, &cell, double_of(bits));
}

void kh_xls_on_text_of_formula(struct kh_xls *x, struct kh_biff_record *rec)
{
	const struct cell cell = {.format = (uint16_t)x->format};
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version == 2 ? 1 : 2, &x->text))
		give_cell(x, &cell, kh_buf_text(&x->text), x->text.len);
}
