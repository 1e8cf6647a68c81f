/* What a PDF is written in: names, numbers, references, strings, arrays, dictionaries. Source: ISO 32000-1:2008, 7.2 and 7.3. Nothing is kept of what is not
 * asked for; a failed read moves nothing. */
#pragma once

#include "base/cursor.h"
#include "unpack/pdf/limits.h"

struct kh_pdf_name {
	char text[KH_PDF_MAX_NAME + 1]; /* its #20 undone, cut to this size */
};

void kh_pdf_skip_blank(struct kh_cursor *c); /* and comments */
bool kh_pdf_take_token(struct kh_cursor *c, const char *token) KH_MUST_USE; /* the token, after blanks */
bool kh_pdf_take_name(struct kh_cursor *c, struct kh_pdf_name *ret) KH_MUST_USE;
bool kh_pdf_take_int(struct kh_cursor *c, int64_t *ret) KH_MUST_USE;
bool kh_pdf_take_reference(struct kh_cursor *c, int64_t *ret_number, int64_t *ret_generation) KH_MUST_USE; /* 12 0 R */
bool kh_pdf_skip_value(struct kh_cursor *c) KH_MUST_USE; /* any value; false: none is here, or it is nested too deep */
