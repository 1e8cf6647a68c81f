/* What the OLE2 files of Office have in common: drawings with WordArt and pictures ([MS-ODRAW]), and what is embedded. */
#pragma once

#include "base/cursor.h"
#include "document/read/parts.h"

/* ---- drawings ---- */

/* The header of a record: true for a whole header; the size may pass the end. */
struct kh_art_record {
	unsigned version, instance, type;
	uint32_t size;
};
bool kh_art_take(struct kh_cursor *c, struct kh_art_record *ret) KH_MUST_USE;

enum { KH_ART_CONTAINER = 0xf /* version of records that hold records */, KH_ART_SHAPE = 0xf004, KH_ART_OPTIONS = 0xf00b };

/* What the options of a shape (KH_ART_OPTIONS, with so many of them) say. */
struct kh_art_options {
	bool line_said, line; /* around it */
	const uint8_t *word_art; /* UTF-16; NULL: none */
	size_t word_art_size;
};
void kh_art_read_options(const uint8_t *bytes, size_t n, unsigned count, struct kh_art_options *ret);

/* The lines of a WordArt. */
void kh_art_give_words(struct kh_reading *r, const struct kh_art_options *o, const struct kh_line_look *look);

void kh_art_give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n); /* as documents inside: JPEG, PNG, TIFF; metafiles are left alone */

/* ---- what is embedded ---- */

/* Streams with embedded files, as documents inside; an object that is only a storage, whose reader wants a file of its own, is told as a gap, but for workbooks. Of the document's own
 * streams those that `has_pictures` says yes to are handed to `give_pictures`. */
void kh_ole_give_members(struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*has_pictures)(const char *path),
			 void (*give_pictures)(struct kh_reading *r, const uint8_t *bytes, size_t n));
