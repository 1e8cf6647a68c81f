/* The pages of a PDF that can be read at a tenth of the cost of laying them out. Most documents bear no mark, and of a page that has no line which may be one, its rows are enough, from above, what
 * stands apart in them set off by tabs. A page that has one is laid out by Poppler (scan/pdf.c), as is everything that objects.h, font.h and content.h do not read: so what is found is found as Poppler
 * shows it, and this may only say that there is nothing to be found. Rows are asked about whole and in pieces, and as what legacy charsets would make of them.
 *
 * Only for sinks that say what they look for (of_interest). */
#pragma once

#include "document/read/pdf/content.h"

struct kh_pdf_quick_page {
	struct kh_cursor page, resources;
	double left, bottom, width, height;
};

struct kh_pdf_quick {
	struct kh_pdf_objects objects;
	struct kh_pdf_fonts fonts;
	KH_ARRAY(struct kh_pdf_quick_page) pages;
};

/* False: the whole document is to be left to Poppler. kh_pdf_quick_done() in any case. */
bool kh_pdf_quick_open(struct kh_pdf_quick *q, struct kh_reading *r, const uint8_t *bytes, size_t n);
void kh_pdf_quick_done(struct kh_pdf_quick *q);

void kh_pdf_quick_properties(struct kh_pdf_quick *q);

/* Gives the lines of the page, from 0, or tells that it draws too much. False: it has given nothing, and the page is to be left to Poppler. */
bool kh_pdf_quick_give(struct kh_pdf_quick *q, size_t page) KH_MUST_USE;
