#include "document/read/office/xls.h"

#include "base/str.h"
#include "document/read/office/drawing.h"
#include "document/read/office/limits.h"
#include "document/read/office/ole.h"
#include "document/read/office/xls_state.h"
#include "document/read/properties.h"

#include <stdlib.h>

/* ---- the workbook ---- */

static void on_sheet(struct kh_xls *x, struct kh_biff_record *rec)
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

static void on_code_page(struct kh_xls *x, struct kh_biff_record *rec)
{
	enum { VIETNAMESE = 1258 };
	uint16_t page = 0;
	if (x->biff.version < 8 && kh_cursor_u16le(&rec->body, &page))
		x->book.charset = page == VIETNAMESE ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
}

static void on_password(struct kh_xls *x, struct kh_biff_record *rec)
{
	(void)rec;
	x->encrypted = true;
	if (x->raw) /* of an OLE2 file, that was told when it was taken apart */
		kh_reading_gap(x->r, KH_GAP_ENCRYPTED, NULL);
}

/* They stand behind the cells, and behind charts in the sheet, and say how cells look. */
static void find_merged(struct kh_xls *x)
{
	struct kh_biff ahead = x->biff;
	struct kh_biff_record rec;
	x->merged.n = 0;
	unsigned inside = 1;
	for (size_t i = 0; inside > 0 && (i % KH_XLS_ROUND || !kh_reading_over(x->r)) && kh_biff_next(&ahead, &rec); i++) {
		struct kh_xls_range m = {0};
		inside += rec.type == KH_XLS_BEGIN;
		inside -= rec.type == KH_XLS_EOF;
		if (rec.type != KH_XLS_MERGED || !kh_cursor_skip(&rec.body, 2))
			continue;
		while (kh_cursor_u16le(&rec.body, &m.top) && kh_cursor_u16le(&rec.body, &m.bottom) && kh_cursor_u16le(&rec.body, &m.left) && kh_cursor_u16le(&rec.body, &m.right) &&
		       x->merged.n < KH_BOOK_MAX_FORMATS)
			kh_array_push(&x->merged, m);
	}
	if (x->merged.n > 0)
		qsort(x->merged.v, x->merged.n, sizeof *x->merged.v, kh_xls_compare_ranges);
}

static unsigned version_of(const struct kh_biff_record *rec)
{
	enum { BIFF8 = 0x600 };
	struct kh_cursor c = rec->body;
	uint16_t version = 0;
	switch (rec->type) {
	case KH_XLS_BEGIN_2:
		return 2;
	case KH_XLS_BEGIN_3:
		return 3;
	case KH_XLS_BEGIN_4:
		return 4;
	default:
		return kh_cursor_u16le(&c, &version) && version >= BIFF8 ? 8 : 5;
	}
}

/* Of the workbook, of a sheet, or of a chart in one: whose lines are the sheet's. */
static void on_begin(struct kh_xls *x, struct kh_biff_record *rec)
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
	void (*handle)(struct kh_xls *x, struct kh_biff_record *rec);
} handlers[] = {
	{KH_XLS_SHARED_LABEL, kh_xls_on_shared_label}, {KH_XLS_NUMBER, kh_xls_on_number}, {KH_XLS_RK, kh_xls_on_rk}, {KH_XLS_SOME_RK, kh_xls_on_some_rk}, {KH_XLS_LABEL, kh_xls_on_label}, {KH_XLS_RICH_STRING, kh_xls_on_label}, {KH_XLS_FORMULA, kh_xls_on_formula}, {KH_XLS_STRING, kh_xls_on_text_of_formula},
	{KH_XLS_FORMAT, kh_xls_on_format}, {KH_XLS_FONT, kh_xls_on_font}, {KH_XLS_STRINGS, kh_xls_on_strings}, {KH_XLS_SHEET, on_sheet}, {KH_XLS_BEGIN, on_begin}, {KH_XLS_HEADER, kh_xls_on_page_text}, {KH_XLS_FOOTER, kh_xls_on_page_text}, {KH_XLS_NOTE, kh_xls_on_note},
	{KH_XLS_OBJECT, kh_xls_on_object}, {KH_XLS_TEXT_BOX, kh_xls_on_text_box}, {KH_XLS_DRAWING, kh_xls_on_drawing}, {KH_XLS_FILE_PASS, on_password}, {KH_XLS_CODE_PAGE, on_code_page}, {KH_XLS_PALETTE, kh_xls_on_palette}, {KH_XLS_BEGIN_2, on_begin}, {KH_XLS_BEGIN_3, on_begin},
	{KH_XLS_BEGIN_4, on_begin}, {KH_XLS_LABEL_2, kh_xls_on_label}, {KH_XLS_NUMBER_2, kh_xls_on_number}, {KH_XLS_STRING_2, kh_xls_on_text_of_formula}, {KH_XLS_FORMULA_3, kh_xls_on_formula}, {KH_XLS_FORMULA_4, kh_xls_on_formula}, {KH_XLS_FONT_3, kh_xls_on_font}, {KH_XLS_FORMAT_3, kh_xls_on_old_format},
	{KH_XLS_FORMAT_4, kh_xls_on_old_format},
};

static void handle(struct kh_xls *x, struct kh_biff_record *rec)
{
	for (size_t i = 0; i < KH_COUNT(handlers); i++)
		if (handlers[i].type == rec->type) {
			handlers[i].handle(x, rec);
			return;
		}
}

static void read_stream(struct kh_reading *r, const uint8_t *bytes, size_t n, bool raw)
{
	struct kh_xls x = {.r = r, .raw = raw, .biff = {.bytes = bytes, .n = n, .rest = kh_cursor_of(bytes, n)}};
	struct kh_biff_record rec;
	kh_book_init(&x.book, r);
	x.book.charset = KH_CHARSET_CP1252;
	for (size_t i = 0; !x.encrypted && (i % KH_XLS_ROUND || !kh_reading_over(r)) && kh_biff_next(&x.biff, &rec); i++)
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
	while (kh_biff_next(&biff, &rec) && rec.type != KH_XLS_EOF) {
		in_drawing = rec.type == KH_XLS_DRAWING_GROUP || (in_drawing && rec.type == KH_BIFF_CONTINUE);
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
	return known && size >= 4 && size <= 16 && (type == KH_XLS_BEGIN_2 || type == KH_XLS_BEGIN_3 || type == KH_XLS_BEGIN_4 || (type == KH_XLS_BEGIN && (version == 0x500 || version == 0x600)));
}

static bool looks_like_xls(const uint8_t *bytes, size_t n)
{
	return is_raw(bytes, n) || (is_ole2(bytes, n) && kh_package_has(bytes, n, is_stream, NULL));
}

const struct kh_reader kh_xls_reader = {KH_DOCUMENT_XLS, looks_like_xls, read_xls, give_members};
