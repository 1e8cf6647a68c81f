/* What the OLE2 files of Office have in common: the WordArt and pictures of drawings (art.h), and what is embedded. */
#pragma once

#include "document/read/art.h"
#include "document/read/parts.h"

/* ---- drawings ---- */

/* The lines of a WordArt. */
void kh_art_give_words(struct kh_reading *r, const struct kh_art_options *o, const struct kh_line_look *look);

void kh_art_give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n); /* as documents inside: JPEG, PNG, TIFF; metafiles are left alone */

/* ---- what is embedded ---- */

/* Streams with embedded files, as documents inside; an object that is only a storage, whose reader wants a file of its own, is told as a gap, but for workbooks. Of the document's own
 * streams those that `has_pictures` says yes to are handed to `give_pictures`. */
void kh_ole_give_members(struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*has_pictures)(const char *path),
			 void (*give_pictures)(struct kh_reading *r, const uint8_t *bytes, size_t n));
