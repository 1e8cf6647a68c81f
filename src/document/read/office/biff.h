/* The records of Excel's binary files and the texts in them; source: [MS-XLS] 2.1.4, 2.5.293 and following; for BIFF2 to BIFF5, "OpenOffice.org's Documentation of the Microsoft Excel File
 * Format". A record holds at most 8,224 bytes; what is longer goes on in CONTINUE records, a text, wherever it is cut, behind a byte that says anew how wide its characters are. */
#pragma once

#include "base/array.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "document/vietnamese/charset.h"

struct kh_biff_record {
	unsigned type;
	struct kh_cursor body;
	size_t at; /* of its header in the stream */
};

struct kh_biff {
	const uint8_t *bytes;
	size_t n;
	struct kh_cursor rest;
	unsigned version;         /* 2, 3, 4, 5, 8 */
	enum kh_charset charset;  /* of texts that are bytes, before BIFF8 */
};

bool kh_biff_next(struct kh_biff *b, struct kh_biff_record *ret); /* false: the end */

enum { KH_BIFF_CONTINUE = 0x3c };

/* A record with the CONTINUE records behind it, which are taken from the stream. To be released. */
struct kh_biff_chain {
	KH_ARRAY(struct kh_cursor) parts;
	size_t at;
};
void kh_biff_chain_init(struct kh_biff_chain *c, struct kh_biff *b, const struct kh_biff_record *first);
void kh_biff_chain_done(struct kh_biff_chain *c);

bool kh_biff_bytes(struct kh_biff_chain *c, void *to, size_t n) KH_MUST_USE; /* `to` NULL: skips them */
bool kh_biff_u16(struct kh_biff_chain *c, uint16_t *ret) KH_MUST_USE;
bool kh_biff_u32(struct kh_biff_chain *c, uint32_t *ret) KH_MUST_USE;

/* So many characters, appended as UTF-8; false: fewer were there. `wide`: two bytes each; where the record is cut, that is said anew. */
bool kh_biff_characters(struct kh_biff_chain *c, size_t count, bool wide, struct kh_buf *to) KH_MUST_USE;

/* A text within one record: its length in one or two bytes, then, in BIFF8, the byte with its flags. What is cut short is taken as far as it goes. */
bool kh_biff_text(const struct kh_biff *b, struct kh_cursor *c, unsigned size_of_length, struct kh_buf *to);
