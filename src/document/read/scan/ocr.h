/* Letters of a picture of one line → text, by Tesseract (5, its neural engine) with the trained data that it is given: no file is opened. It has no threads. One for the process, made when
 * it is first needed: it takes 70 ms and some 20 MiB. */
#pragma once

#include "base/attr.h"

#include <leptonica/allheaders.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: Tesseract cannot work with the data. Cheap when it is ready; `letters` is lent until kh_ocr_done() or the end of the process. */
bool kh_ocr_ready(const void *letters, size_t n);
void kh_ocr_done(void);

/* The box of the picture as text, to be freed; "" for none. `lines`: it may hold several. *ret_certainty: percent, at least 1. */
char *kh_ocr_read(PIX *grey, int left, int top, int width, int height, bool lines, float dpi, uint8_t *ret_certainty) KH_MUST_USE;
