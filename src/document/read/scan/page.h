/* One picture of writing → its lines, as few as are needed: reading letters costs a hundred times what finding lines costs.
 *
 *     1. stamp.h finds the lines on the picture and says which may be a stamp. None: that is all.
 *     2. Those are read (ocr.h). None that the sink calls of interest: that is all, and no line is given.
 *     3. The lines around each one of interest, short ones further than running text, and all that may be a stamp, are read and given in their order, while the sink has not enough.
 *
 * KH_OCR_ALWAYS: all lines are read and given. KH_OCR_NEVER, or no trained data: step 1 only, and lines that may be a stamp are told as KH_GAP_PICTURES, once for the document. */
#pragma once

#include "document/read/reading.h"

#include <leptonica/allheaders.h>

struct kh_scan_page {
	uint32_t number; /* of the page; 0: not said */
	/* Where it is on the page, in parts of its width and height; all of it: {0, 0, 1, 1}. Zeros: there is no page around it that is known. */
	float left, top, width, height;
};

void kh_scan_be_silent(void); /* Leptonica, on standard error: to be called before it is given anything */

/* `pix` is taken over, of any depth; NULL: it could not be decoded, which is told. */
void kh_scan_page_give(struct kh_reading *r, const struct kh_scan_page *page, PIX *pix, float dpi);

float kh_scan_page_dpi(uint32_t width, uint32_t height, float said); /* of a picture that says so much (0: nothing): believed when a sheet of paper comes out, else taken for A4 when it is large */
