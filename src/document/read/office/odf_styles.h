/* The styles of OpenDocument; source: OpenDocument 1.2 part 1, 16 (styles) and 20 (formatting attributes). Styles are named within a family, stand on one another, and leave unsaid what
 * the one below says. A look is only as good as what is said: what programs take for granted is not known here. */
#pragma once

#include "document/read/reading.h"
#include "document/read/xml.h"

enum kh_odf_says { KH_ODF_FONT = 1, KH_ODF_SIZE = 2, KH_ODF_RED = 4, KH_ODF_BOLD = 8, KH_ODF_CAPITALS = 16, KH_ODF_CENTRED = 32, KH_ODF_STROKE = 64 };

struct kh_odf_look {
	unsigned says; /* enum kh_odf_says */
	const char *font;
	float size_pt;
	bool red, bold, capitals, centred;
	bool stroke;           /* a shape's outline */
	unsigned sides_said, sides; /* borders: 1 left, 2 right, 4 top, 8 bottom */
};
#define KH_ODF_ALL_SIDES 15

struct kh_odf_style {
	char *family, *name, *parent;
	struct kh_odf_look look;
	size_t order; /* of two of one name the later counts */
	bool resolved;
};

struct kh_odf_font {
	char *name, *family;
};

struct kh_odf_styles {
	KH_ARRAY(struct kh_odf_style) list;
	KH_ARRAY(struct kh_odf_font) fonts;
	bool sorted;
	size_t open; /* number of the style being told, from 1; 0: none */
};

void kh_odf_styles_done(struct kh_odf_styles *s);

void kh_odf_font_face(struct kh_odf_styles *s, const char **attributes);
void kh_odf_style_begin(struct kh_odf_styles *s, const char **attributes, bool is_default); /* style:style, style:default-style */
void kh_odf_style_tell(struct kh_odf_styles *s, const char **attributes); /* style:text-properties and its like, of the open style */
void kh_odf_style_end(struct kh_odf_styles *s);

void kh_odf_look_over(struct kh_odf_look *look, const struct kh_odf_look *over); /* what `over` says takes the place of what was said */
void kh_odf_apply(struct kh_odf_styles *s, struct kh_odf_look *look, const char *family, const char *name); /* name NULL: the family's default */
struct kh_run_look kh_odf_run(const struct kh_odf_look *look);
