/* The text of documents of every kind: bytes → lines. What the bytes are is decided by the bytes, never by a name. Nothing is written, no helper program is run; one document uses at
 * most what struct kh_unpack_limits says, pictures of pages besides: KH_DOCUMENT_MAX_PIXELS.
 *
 * Each format is a row of the table in read.c, its reader a header of its own with the source of the format; reading.h is what a reader is given. */
#pragma once

#include "document/read/lines.h"
#include "unpack/limits.h"

enum kh_ocr { KH_OCR_AUTO /* pictures that may bear a stamp (scan/stamp.h) */, KH_OCR_NEVER, KH_OCR_ALWAYS };

struct kh_document_options {
	const struct kh_unpack_limits *limits;
	enum kh_ocr ocr;
	const void *letters; /* Tesseract's trained data of Vietnamese (vie.traineddata), lent; NULL: pictures are not read */
	size_t letters_size;
};

enum kh_document_format kh_document_identify(const void *bytes, size_t n);

/* An error means that the reader itself failed (no memory). Formats that hold no text and no document are begun and ended as KH_DOCUMENT_NONE. */
int kh_document_read(const struct kh_document_options *options, const void *bytes, size_t n, const struct kh_document_sink *sink) KH_MUST_USE;
