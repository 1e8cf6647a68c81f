/* A workbook of Excel (BIFF) being read: xls_format.c what cells look like, xls_text.c strings with runs of fonts, xls_cells.c what cells hold, xls_sheet.c what else a sheet has. */
#pragma once

#include "document/read/office/biff.h"
#include "document/read/office/book.h"
#include "document/read/office/ole.h"

/* Records. */
enum {
	KH_XLS_NUMBER_2 = 0x03, KH_XLS_LABEL_2 = 0x04, KH_XLS_FORMULA = 0x06, KH_XLS_STRING_2 = 0x07, KH_XLS_EOF = 0x0a, KH_XLS_HEADER = 0x14, KH_XLS_FOOTER = 0x15, KH_XLS_NOTE = 0x1c, KH_XLS_FILE_PASS = 0x2f, KH_XLS_FONT = 0x31, KH_XLS_CODE_PAGE = 0x42, KH_XLS_OBJECT = 0x5d,
	KH_XLS_SHEET = 0x85, KH_XLS_PALETTE = 0x92, KH_XLS_SOME_RK = 0xbd, KH_XLS_RICH_STRING = 0xd6, KH_XLS_FORMAT = 0xe0, KH_XLS_MERGED = 0xe5, KH_XLS_DRAWING_GROUP = 0xeb, KH_XLS_DRAWING = 0xec, KH_XLS_STRINGS = 0xfc, KH_XLS_SHARED_LABEL = 0xfd, KH_XLS_TEXT_BOX = 0x1b6,
	KH_XLS_NUMBER = 0x203, KH_XLS_LABEL = 0x204, KH_XLS_FORMULA_3 = 0x206, KH_XLS_STRING = 0x207, KH_XLS_FONT_3 = 0x231, KH_XLS_FORMAT_3 = 0x243, KH_XLS_RK = 0x27e, KH_XLS_FORMULA_4 = 0x406, KH_XLS_FORMAT_4 = 0x443, KH_XLS_BEGIN_2 = 0x009, KH_XLS_BEGIN_3 = 0x209,
	KH_XLS_BEGIN_4 = 0x409, KH_XLS_BEGIN = 0x809,
};

enum { KH_XLS_ROUND = 64 /* records between two looks at the clock */ };

/* A range of cells. */
struct kh_xls_range {
	uint16_t left, top, right, bottom;
};

struct kh_xls {
	struct kh_reading *r;
	struct kh_biff biff;
	struct kh_book book;
	KH_ARRAY(uint16_t) colors; /* of the fonts */
	KH_ARRAY(uint32_t) sheets; /* where they begin in the stream, in the workbook's order */
	KH_ARRAY(struct kh_xls_range) merged; /* of the sheet */
	uint32_t page;
	bool raw, encrypted;
	size_t format;  /* of the last formula, whose text follows */
	bool in_note;   /* the last object is a comment */
	struct kh_art_options shape; /* the last one */
	struct kh_buf text;
};

/* Runs of a string: where each begins, and its font. */
struct kh_xls_run {
	uint16_t from, font;
};

struct kh_xls_rich {
	KH_ARRAY(struct kh_xls_run) runs;
};

/* ---- xls_format.c ---- */

uint32_t kh_xls_font_number(uint16_t said);
void kh_xls_on_font(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_palette(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_format(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_old_format(struct kh_xls *x, struct kh_biff_record *rec);

/* ---- xls_text.c ---- */

void kh_xls_in_runs(const char *s, size_t n, const struct kh_xls_run *runs, size_t count, void (*give)(void *context, const char *s, size_t n, uint32_t font), void *context);
void kh_xls_on_strings(struct kh_xls *x, struct kh_biff_record *rec);

/* ---- xls_cells.c ---- */

int kh_xls_compare_ranges(const void *a, const void *b);
void kh_xls_on_shared_label(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_label(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_number(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_rk(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_some_rk(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_formula(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_text_of_formula(struct kh_xls *x, struct kh_biff_record *rec);

/* ---- xls_sheet.c ---- */

void kh_xls_on_page_text(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_note(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_object(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_text_box(struct kh_xls *x, struct kh_biff_record *rec);
void kh_xls_on_drawing(struct kh_xls *x, struct kh_biff_record *rec);
