/* What a page of a PDF draws: its text, piece by piece as it is drawn, and where (ISO 32000-1:2008, 8 and 9.4). Nothing is laid out, no colour is followed. Not read, so that the page is Poppler's:
 * letters that stand askew, upside down or that no table explains, pictures that are large enough for a stamp, pictures within the page's own drawing; more text than limits.h allows. */
#pragma once

#include "document/read/pdf/font.h"

struct kh_pdf_run {
	float left, right, base, size; /* points, from the bottom left */
	uint32_t at, n; /* in the page's text */
	uint32_t font;
};

struct kh_pdf_fonts {
	KH_ARRAY(struct kh_pdf_font) list;
	KH_ARRAY(const uint8_t *) places; /* of their dictionaries */
	KH_ARRAY(bool) good;
};
void kh_pdf_fonts_done(struct kh_pdf_fonts *f);

struct kh_pdf_drawn {
	struct kh_buf text;
	KH_ARRAY(struct kh_pdf_run) runs;
	size_t held;  /* bytes of the drawings being read, one within the other */
	size_t all;   /* bytes of all that were read so far */
	size_t forms; /* drawn so far */
	bool too_much; /* more than limits.h allows of these */
};
void kh_pdf_drawn_done(struct kh_pdf_drawn *d);

/* False: the page is to be left to Poppler, unless it draws too much: Poppler would draw it all. */
bool kh_pdf_draw(struct kh_pdf_objects *o, struct kh_pdf_fonts *fonts, struct kh_cursor page, struct kh_cursor resources, double page_width, struct kh_pdf_drawn *ret) KH_MUST_USE;
