/* A spreadsheet or presentation of OpenDocument being read: odf_elements.c says what its elements do, odf_shapes.c where shapes, cells and pages are, odf_lines.c makes lines of text. */
#pragma once

#include "document/read/office/odf_styles.h"
#include "document/read/xml.h"

struct kh_odf_layout {
	char *name;
	double width, height;
};

/* Columns up to this one have this style, where a cell says none itself. */
struct kh_odf_column {
	uint64_t end;
	char *style;
};

struct kh_odf {
	struct kh_reading *r;
	struct kh_xml *xml;
	bool slides; /* a presentation: pages are slides, and tables are on them */
	struct kh_odf_styles styles;
	KH_ARRAY(struct kh_odf_layout) layouts;
	double width, height; /* of slides */

	uint32_t page;
	bool in_master, in_cell, cell_has_line, in_shape;
	unsigned in_header, in_footer, in_notes, in_comment;
	struct kh_odf_look cell, shape;
	KH_ARRAY(struct kh_odf_column) columns; /* of the table */
	uint64_t column; /* of the next cell in its row */
	char *row_style;
	struct kh_line_look place; /* of the shape */
	enum kh_document_part part; /* of texts that are nothing else */

	KH_ARRAY(struct kh_odf_look) looks; /* of the open paragraphs and spans */
	unsigned too_deep;
	size_t paragraphs; /* open */
};

/* ---- odf_shapes.c ---- */

void kh_odf_begin_layout(struct kh_odf *o, const char **attributes);
void kh_odf_tell_layout(struct kh_odf *o, const char **attributes);
void kh_odf_begin_master_page(struct kh_odf *o, const char **attributes);
void kh_odf_begin_shape(struct kh_odf *o, const char **attributes);
void kh_odf_forget_columns(struct kh_odf *o);
void kh_odf_take_column(struct kh_odf *o, const char **attributes);
void kh_odf_begin_row(struct kh_odf *o, const char **attributes);
void kh_odf_begin_cell(struct kh_odf *o, const char **attributes);

/* ---- odf_lines.c ---- */

void kh_odf_begin_line(struct kh_odf *o);
void kh_odf_pop_look(struct kh_odf *o);
void kh_odf_add_text(void *context, const char *text, size_t n);
void kh_odf_begin_paragraph(struct kh_odf *o, const char **attributes);
void kh_odf_end_paragraph(struct kh_odf *o);
void kh_odf_begin_span(struct kh_odf *o, const char **attributes);
void kh_odf_break_line(struct kh_odf *o, const char **attributes);

/* ---- odf_elements.c ---- */

extern const struct kh_xml_format kh_odf_format; /* its context: struct kh_odf */
