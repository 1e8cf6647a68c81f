/* The objects of a PDF, found by its cross-reference tables (ISO 32000-1:2008, 7.5): "xref" and streams of it, what later versions of the file changed, objects in object streams. A value is a cursor
 * at its first byte, to be read by unpack/pdf/syntax.h; references are followed. What is not as the standard has it, or is encrypted, is not opened: Poppler mends it. */
#pragma once

#include "document/read/reading.h"
#include "unpack/pdf/syntax.h"

struct kh_pdf_place {
	enum { KH_PDF_NOWHERE, KH_PDF_FREE /* taken out of the file */, KH_PDF_IN_FILE, KH_PDF_IN_STREAM } kind;
	size_t at; /* of "12 0 obj" in the file; the number of the object stream; of what is free: which version says so, from the newest */
};

struct kh_pdf_object_stream {
	int64_t number;
	struct kh_buf bytes;
	size_t first;
	size_t count;
};

struct kh_pdf_objects {
	struct kh_reading *r;
	const uint8_t *bytes;
	size_t n;
	KH_ARRAY(struct kh_pdf_place) places; /* by number */
	KH_ARRAY(struct kh_pdf_object_stream) streams; /* that were unpacked, or could not be */
	size_t held;    /* bytes of these */
	bool unpacking; /* one of them */
	size_t version; /* of the table that is read, from the newest */
	struct kh_cursor trailer;
	bool too_large; /* a stream was more than is unpacked of one, or shrank as no drawing does */
	size_t follows; /* references that were followed in all: a document of loops is given up */
};

/* False: it is to be left to Poppler. kh_pdf_objects_done() in any case. */
bool kh_pdf_objects_open(struct kh_pdf_objects *o, struct kh_reading *r, const uint8_t *bytes, size_t n);
void kh_pdf_objects_done(struct kh_pdf_objects *o);

/* The value itself, behind references. False: it leads nowhere. */
bool kh_pdf_follow(struct kh_pdf_objects *o, struct kh_cursor value, struct kh_cursor *ret) KH_MUST_USE;

/* The value of a dictionary's key. False: `dictionary` is none, or has none such. */
bool kh_pdf_get(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, struct kh_cursor *ret) KH_MUST_USE;
bool kh_pdf_get_int(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, int64_t *ret) KH_MUST_USE;
bool kh_pdf_get_name(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, struct kh_pdf_name *ret) KH_MUST_USE;

bool kh_pdf_is(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, const char *name); /* whether the key's value is this name */
bool kh_pdf_take_number(struct kh_cursor *c, double *ret) KH_MUST_USE; /* an integer or a real */

/* A stream, decoded: without filter, or by Flate alone; false with any other, or with damage. Appended. */
bool kh_pdf_stream(struct kh_pdf_objects *o, struct kh_cursor stream, struct kh_buf *to) KH_MUST_USE;

/* A string, of either writing: its bytes, appended. */
bool kh_pdf_take_string(struct kh_cursor *c, struct kh_buf *to) KH_MUST_USE;
