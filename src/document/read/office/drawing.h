/* Shapes with text as Office Open XML writes them, in sheets and on slides; source: ECMA-376 part 1, 20 and 21 (DrawingML), 19 (PresentationML). Read are shapes, text boxes, WordArt, tables,
 * texts of charts and diagrams, and comments of slides; each paragraph is a line, a line break within one ends it.
 *
 * A look is what runs say themselves, and the shape's own first level; what layouts and themes say besides is not followed. */
#pragma once

#include "document/read/reading.h"

struct kh_drawing {
	enum kh_document_part part; /* of its texts: KH_PART_BODY: a slide's, whose titles and bodies are its body and all other shapes boxes */
	uint32_t page;
	bool master; /* what stands in placeholders only shows where text goes */
	double width, height; /* of the slide, in its own units; 0: shapes have no place */
};

void kh_drawing_read(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n, const struct kh_drawing *how);
