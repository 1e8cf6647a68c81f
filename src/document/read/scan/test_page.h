/* For tests: a page of writing as cairo draws it, on a PDF's page or as a picture of one; lengths are millimetres on A4. */
#pragma once

#include "base/buf.h"

#include <cairo.h>
#include <leptonica/allheaders.h>
#include <stdbool.h>

struct test_words {
	double x, y; /* where the letters stand */
	const char *text;
	bool red, bold, framed;
	double points; /* 0: 14 */
};

/* A letterhead, a title and twelve lines of running text. */
extern const struct test_words test_letter[];
extern const size_t test_letter_n;

void test_page_draw(cairo_t *cr, double dots_a_mm, const struct test_words *words, size_t n);
PIX *test_page_picture(double dpi, const struct test_words *const words[], const size_t n[], size_t lists); /* white, 32 bits */
void test_page_pdf(const struct test_words *const words[], const size_t n[], size_t lists, struct kh_buf *ret); /* one page each list */
void test_page_pdf_of_picture(PIX *pix, const struct test_words *words, size_t n, struct kh_buf *ret); /* the picture covers the page, words lie over it */
