/* Pictures, by Leptonica: TIFF with its pages, JPEG, PNG. Nothing is decoded whose header says more than KH_DOCUMENT_MAX_PIXELS. What is too small for a stamp is begun and ended without a line. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_tiff_reader, kh_jpeg_reader, kh_png_reader;
