/* What the codes of a PDF's font stand for: by its ToUnicode table, else by its encoding (ISO 32000-1:2008, 9.6 to 9.10), and how wide they are. */
#pragma once

#include "document/read/pdf/objects.h"

struct kh_pdf_glyph {
	uint32_t at; /* of its text in the font's */
	uint16_t n;  /* 0: nothing is known of this code */
	uint16_t width; /* thousandths of its size */
};

struct kh_pdf_font {
	char name[KH_PDF_MAX_NAME + 1];
	bool wide; /* codes of two bytes */
	struct kh_buf text;
	KH_ARRAY(struct kh_pdf_glyph) glyphs; /* by code */
	uint16_t other_width;
	size_t said; /* how often something was said of a code */
};

/* False: it is none that could be read without Poppler. kh_pdf_font_done() in any case. */
bool kh_pdf_font_read(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *ret) KH_MUST_USE;
void kh_pdf_font_done(struct kh_pdf_font *f);
