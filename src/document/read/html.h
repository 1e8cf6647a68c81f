/* HTML, by libxml2's parser, as browsers read it: blocks, table cells and <br> are lines; the title, keywords and description are properties. How a line looks is what its tags, attributes
 * and inline styles say; style sheets are not read. Scripts and styles are left out. Pictures written into the page ("data:…;base64,") are documents inside. What Word saves as XML in one
 * file is read the same way.
 *
 * The charset is what the bytes say (text.h), else what the page says. */
#pragma once

#include "document/read/reading.h"

#define KH_HTML_MAX_DEPTH 2000 /* elements inside each other; pages have 30, careless ones that never close <font> some hundred. What is deeper is told as a gap, and ends the reading */
#define KH_HTML_MAX_BLANKS 5000 /* in one tag: libxml2 compares each attribute with all. What has more ends the reading, and is told as a limit of the format */

extern const struct kh_reader kh_html_reader;

/* A page inside something else; `charset`: its name as said there, NULL: not said. */
void kh_html_read(struct kh_reading *r, const char *charset, const uint8_t *bytes, size_t n);
void kh_html_give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n); /* as a reader's second function */
