/* The filters of PDF streams, each a decoder from bytes to the member being made. Source: ISO 32000-1:2008, 7.4. */
#pragma once

#include "unpack/pieces.h"

enum kh_pdf_filter_kind {
	KH_PDF_UNKNOWN,
	KH_PDF_FLATE,
	KH_PDF_LZW,
	KH_PDF_ASCII_HEX,
	KH_PDF_ASCII_85,
	KH_PDF_RUN_LENGTH,
	KH_PDF_IMAGE, /* DCT, JPX, CCITT, JBIG2: what it decodes to is pixels, so the bytes stay as they are */
	KH_PDF_CRYPT, /* changes nothing, or the document is encrypted and that has been told */
};

struct kh_pdf_filter {
	enum kh_pdf_filter_kind kind;
	/* Of Flate and LZW. */
	int64_t predictor, colors, bits, columns, early_change; /* 1, 1, 8, 1, 1 when the document does not say */
};

#define KH_PDF_FILTER_INIT {.predictor = 1, .colors = 1, .bits = 8, .columns = 1, .early_change = 1}

/* By its name or the short form of it. */
enum kh_pdf_filter_kind kh_pdf_filter_named(const char *name);

enum kh_decoded kh_pdf_filter_run(const struct kh_pdf_filter *f, const uint8_t *bytes, size_t n, struct kh_members *m) KH_MUST_USE;
