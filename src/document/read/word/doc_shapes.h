/* Shapes of a binary Word document, and its pictures; source: [MS-ODRAW]. Shapes are read for what the texts in them cannot say: whether a line is around them, and words drawn as WordArt. */
#pragma once

#include "document/read/art.h"
#include "document/read/word/flow.h"

#define KH_DOC_MAX_SHAPES 100000 /* of one document; a map drawn in Word has some thousands */

struct kh_doc_shape {
	uint32_t id;
	struct kh_art_options art;
};

struct kh_doc_shapes {
	KH_ARRAY(struct kh_doc_shape) list; /* by id */
};

void kh_doc_shapes_init(struct kh_doc_shapes *s, struct kh_cursor drawings); /* OfficeArtContent; the bytes stay the caller's */
void kh_doc_shapes_done(struct kh_doc_shapes *s);
bool kh_doc_shape_is_framed(const struct kh_doc_shapes *s, uint32_t id);
void kh_doc_shapes_give_words(const struct kh_doc_shapes *s, struct kh_flow *f);

/* JPEG, PNG and TIFF files, wherever in a stream a record holds one, each as a document inside. */
void kh_doc_shapes_give_pictures(struct kh_reading *r, const char *stream, const uint8_t *bytes, size_t n);
