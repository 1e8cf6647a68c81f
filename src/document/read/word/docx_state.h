/* A DOCX being read: docx_elements.c says what its elements do, docx_style.c what looks they tell, docx_text.c makes paragraphs, boxes and tables of them. */
#pragma once

#include "document/read/word/styles.h"
#include "document/read/xml.h"

enum kh_docx_element {
	KH_DOCX_ALTERNATE = 1, KH_DOCX_ANNOTATION, KH_DOCX_BASED_ON, KH_DOCX_BOLD, KH_DOCX_BORDER_OF_RUN, KH_DOCX_BREAK, KH_DOCX_CAPITALS, KH_DOCX_CELL, KH_DOCX_CELL_BORDERS, KH_DOCX_CHOICE, KH_DOCX_COLOR, KH_DOCX_DEFAULTS, KH_DOCX_FALLBACK, KH_DOCX_FONTS, KH_DOCX_FOOTER, KH_DOCX_HEADER, KH_DOCX_HYPHEN, KH_DOCX_JUSTIFY, KH_DOCX_LAST_BREAK, KH_DOCX_LINE, KH_DOCX_LINE_REFERENCE, KH_DOCX_NO_FILL, KH_DOCX_NOTE,
	KH_DOCX_PAGE_BREAK_BEFORE, KH_DOCX_PARAGRAPH, KH_DOCX_PARAGRAPH_BORDERS, KH_DOCX_PARAGRAPH_LOOK, KH_DOCX_PARAGRAPH_STYLE, KH_DOCX_PROPERTY, KH_DOCX_PROPERTY_OLD, KH_DOCX_RETURN, KH_DOCX_RUN, KH_DOCX_RUN_LOOK, KH_DOCX_RUN_STYLE, KH_DOCX_SECTION, KH_DOCX_SHAPE, KH_DOCX_SHAPE_OLD, KH_DOCX_SIDE_BOTTOM, KH_DOCX_SIDE_INSIDE_H,
	KH_DOCX_SIDE_INSIDE_V, KH_DOCX_SIDE_LEFT, KH_DOCX_SIDE_RIGHT, KH_DOCX_SIDE_TOP, KH_DOCX_SIZE, KH_DOCX_SOFT_HYPHEN, KH_DOCX_STYLE, KH_DOCX_STYLES, KH_DOCX_SYMBOL, KH_DOCX_TAB, KH_DOCX_TABLE, KH_DOCX_TABLE_BORDERS, KH_DOCX_TABLE_ROW, KH_DOCX_TABLE_STYLE, KH_DOCX_TEXT, KH_DOCX_TEXT_BOX, KH_DOCX_TEXT_COLOR, KH_DOCX_TEXT_PATH,
};

struct kh_docx_table {
	struct kh_word_look look, cell;
	unsigned row, column;
	bool in_cell;
};

/* What the text stands in, the innermost last. */
struct kh_docx_place {
	enum kh_document_part part;
	bool framed;
	size_t tables; /* open outside of it */
};

/* The state before mc:AlternateContent: whether something came of a choice is seen by what has changed. */
struct kh_docx_alternate {
	bool given;
	size_t length; /* of the text of the open paragraph */
};

struct kh_docx {
	struct kh_reading *r;
	struct kh_flow flow;
	struct kh_xml *xml;
	const uint8_t *bytes; /* of the part */
	size_t n;
	const uint8_t *next_section; /* where it says of itself: the last that was looked for */
	enum kh_document_part part;

	struct kh_word_look defaults;
	struct kh_word_styles styles;
	struct kh_word_style *style; /* the one being read */
	const char *standard;        /* the name of the first that is; NULL: none */

	KH_ARRAY(struct kh_docx_place) places;
	KH_ARRAY(struct kh_docx_table) tables;
	KH_ARRAY(struct kh_word_look) paragraphs; /* of the open ones */
	struct kh_word_look run; /* with what it stands on */
	struct kh_word_look *now; /* which look is being told: of the run, the paragraph, the table; NULL: of nothing that counts */
	bool in_paragraph_look, in_borders, in_text, section_ends;
	struct {
		bool framed, red;
		bool in_line;
	} shape; /* the one that text boxes are in */
	KH_ARRAY(struct kh_docx_alternate) alternates;
};

/* ---- docx_style.c ---- */

const char *kh_docx_value_of(const char **attributes);
bool kh_docx_is_off(const char *value);
void kh_docx_apply_style(struct kh_docx *d, struct kh_word_look *look, const char *id);
void kh_docx_begin_style(struct kh_docx *d, const char **attributes);
void kh_docx_styles_are_read(struct kh_docx *d);
void kh_docx_tell(struct kh_docx *d, unsigned id, const char **attributes);

/* ---- docx_text.c ---- */

void kh_docx_begin_run(struct kh_docx *d);
void kh_docx_begin_paragraph(struct kh_docx *d);
void kh_docx_paragraph_look_is_told(struct kh_docx *d);
void kh_docx_end_paragraph(struct kh_docx *d);
void kh_docx_add_text(struct kh_docx *d, const char *text, size_t n);
void kh_docx_add_symbol(struct kh_docx *d, const char **attributes);
void kh_docx_begin_box(struct kh_docx *d);
void kh_docx_end_box(struct kh_docx *d);
void kh_docx_begin_shape(struct kh_docx *d);
void kh_docx_begin_old_shape(struct kh_docx *d, const char **attributes);
void kh_docx_line_by_reference(struct kh_docx *d, const char **attributes);
void kh_docx_give_word_art(struct kh_docx *d, const char **attributes);
void kh_docx_begin_header(struct kh_docx *d);
void kh_docx_begin_footer(struct kh_docx *d);
void kh_docx_begin_note(struct kh_docx *d);
void kh_docx_begin_annotation(struct kh_docx *d, const char **attributes);
void kh_docx_begin_alternates(struct kh_docx *d);
void kh_docx_begin_choice(struct kh_docx *d);
void kh_docx_end_alternates(struct kh_docx *d);
void kh_docx_begin_table(struct kh_docx *d);
void kh_docx_end_table(struct kh_docx *d);
void kh_docx_begin_row(struct kh_docx *d);
void kh_docx_end_row(struct kh_docx *d);
void kh_docx_begin_cell(struct kh_docx *d);
void kh_docx_end_cell(struct kh_docx *d);

/* ---- docx_elements.c ---- */

extern const struct kh_xml_format kh_docx_format; /* its context: struct kh_docx */
