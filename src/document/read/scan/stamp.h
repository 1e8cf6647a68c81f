/* Where the lines of writing are on a picture of a page, and which of them may be a stamp of secrecy, found by their shapes alone.
 *
 * The page is turned upright (by quarters, then by what a sheet is fed askew) and made grey so that red ink is as dark as black. Rules and frames are taken away; what is left lies in lines. A line
 * may be a stamp when it is short and not of many words at usual distances, or is red, or framed (Decree 30/2020: 20 to 40 mm long and 8 mm high; typed ones have no size), and stands where stamps stand: in the upper half of the first page
 * and of any page that begins like a first page, and in the margins above and below of all. */
#pragma once

#include "base/array.h"

#include <leptonica/allheaders.h>
#include <stdbool.h>
#include <stdint.h>

#define KH_STAMP_MAX_LINES 600 /* of a page: one of small print in three columns has 300. A picture with more is none of writing */

struct kh_stamp_line {
	int left, top, width, height; /* in dots of `grey` */
	bool red, framed;
	bool even;      /* words at usual distances, more than a stamp has */
	bool zone;      /* where stamps stand */
	bool brief;     /* no running text */
	bool candidate; /* may be one */
};

struct kh_stamp_page {
	PIX *grey; /* upright, 8 bits, without rules and frames */
	float dpi;
	KH_ARRAY(struct kh_stamp_line) lines; /* in reading order */
};

/* `pix`: lent. `whole`: a page, not a piece of one: of a piece, all of it is zone. `first`: the first page. */
void kh_stamp_find(PIX *pix, float dpi, bool whole, bool first, struct kh_stamp_page *ret);
void kh_stamp_page_done(struct kh_stamp_page *p);
