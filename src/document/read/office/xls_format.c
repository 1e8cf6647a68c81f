#include "document/read/office/xls_state.h"

#include "document/read/color.h"
#include "document/read/office/limits.h"

/* ---- fonts and formats ---- */

uint32_t kh_xls_font_number(uint16_t said)
{
	return said > 4 ? said - 1U : said; /* there is no number 4 */
}

/* Height, flags, colour, weight; the name at the end. BIFF2 has no colour, and no weight until BIFF5. */
void kh_xls_on_font(struct kh_xls *x, struct kh_biff_record *rec)
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
void kh_xls_on_palette(struct kh_xls *x, struct kh_biff_record *rec)
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
void kh_xls_on_format(struct kh_xls *x, struct kh_biff_record *rec)
{
	enum { BIFF8_BORDERS_AT = 10, BIFF5_BORDERS_AT = 8, ALIGNMENT_AT = 6, CENTRED = 2, CENTRED_ACROSS = 6 };
	struct kh_cursor align = rec->body, borders = rec->body;
	uint16_t font = 0;
	uint8_t alignment = 0;
	uint32_t first = 0, second = 0;
	struct kh_book_format f = {0};
	if (!kh_cursor_u16le(&rec->body, &font) || !kh_cursor_skip(&align, ALIGNMENT_AT) || !kh_cursor_u8(&align, &alignment) || x->book.formats.n >= KH_BOOK_MAX_FORMATS)
		return;
	f.font = kh_xls_font_number(font);
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

void kh_xls_on_old_format(struct kh_xls *x, struct kh_biff_record *rec)
{
	uint8_t font = 0;
	if (kh_cursor_u8(&rec->body, &font) && x->book.formats.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&x->book.formats, ((struct kh_book_format){.font = kh_xls_font_number(font)}));
}
