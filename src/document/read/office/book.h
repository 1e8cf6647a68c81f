/* What the workbooks of Excel's formats have in common: fonts, formats of cells, shared strings made of runs, and the little language of a page's header and footer. Sources: ECMA-376
 * part 1, 18 (SpreadsheetML); [MS-XLS]. */
#pragma once

#include "document/read/reading.h"

enum kh_border { KH_BORDER_LEFT = 1, KH_BORDER_RIGHT = 2, KH_BORDER_TOP = 4, KH_BORDER_BOTTOM = 8, KH_BORDER_ALL = 15 };

struct kh_book_font {
	char *name; /* NULL: not said */
	bool red, bold;
	float size_pt;
};

struct kh_book_format {
	uint32_t font;
	unsigned sides; /* with a border */
	bool centred;
};

#define KH_BOOK_FONT_OF_CELL UINT32_MAX

struct kh_book_run {
	size_t end; /* in the book's text */
	uint32_t font;
};

struct kh_book {
	struct kh_reading *r;
	enum kh_charset charset; /* of its texts, as struct kh_run_look */
	KH_ARRAY(struct kh_book_font) fonts;
	KH_ARRAY(struct kh_book_format) formats;

	/* Shared strings, one behind the other. */
	struct kh_buf text;
	KH_ARRAY(struct kh_book_run) runs;
	KH_ARRAY(size_t) strings; /* of each: the number of its first run */
	bool full;                /* one of the maxima was reached, and was told */
};

void kh_book_init(struct kh_book *b, struct kh_reading *r);
void kh_book_done(struct kh_book *b);

bool kh_book_color_is_red(uint32_t index); /* of Excel's standard palette */

/* A shared string being told: begun, then run by run. */
void kh_book_string_begin(struct kh_book *b);
void kh_book_string_add(struct kh_book *b, const char *text, size_t n, uint32_t font);

/* A cell's line. */
void kh_book_cell_begin(struct kh_book *b, uint32_t sheet, size_t format);
void kh_book_cell_add(struct kh_book *b, size_t format, uint32_t font, const char *text, size_t n);
void kh_book_cell_shared(struct kh_book *b, size_t format, uint64_t string);
struct kh_run_look kh_book_look(const struct kh_book *b, size_t format, uint32_t font);

/* "&L…&C…&R…" of a header or a footer: a line for each of the three, and for each line in them. */
void kh_book_page_text(struct kh_book *b, uint32_t sheet, enum kh_document_part part, const char *text, size_t n);
