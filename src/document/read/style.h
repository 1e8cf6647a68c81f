/* What HTML's attributes and CSS's declarations say about how text looks; sources: HTML 4.01 section 15, CSS 2.1. Only what struct kh_document_line can say. */
#pragma once

#include "document/read/builder.h"

struct kh_style {
	char font[64]; /* the first family; "" not said */
	bool red, bold, capitals, centred, framed;
	bool cell;         /* in a table's cell */
	bool framed_cells; /* the cells of this table are framed */
	float size_pt;
};

void kh_style_tag(struct kh_style *s, const char *tag); /* what the tag says by itself: <b>, <center>, <h1>, <td>, … */
void kh_style_attribute(struct kh_style *s, const char *tag, const char *name, const char *value);

bool kh_style_color_is_red(const char *value); /* "red", "#c00", "#CC0000", "rgb(200, 0, 0)" */
