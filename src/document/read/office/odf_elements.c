#include "document/read/office/odf_state.h"

#include "base/str.h"

enum element {
	ANNOTATION = 1, BLANK, CELL, COLUMN, DECLARED_FOOTER, DECLARED_HEADER, DEFAULT_STYLE, FONT_FACE, FOOTER, HEADER, LINE_BREAK, MASTER_PAGE, NOTES, PAGE_LAYOUT, PARAGRAPH,
	PROPERTIES, ROW, SHAPE, SLIDE, SPAN, STYLE, TAB, TABLE, PAGE_SIZE,
};

static const struct kh_xml_name names[] = {
	{"annotation", ANNOTATION}, {"binary-data", KH_XML_LEFT_OUT}, {"caption", SHAPE}, {"chart-properties", PROPERTIES}, {"circle", SHAPE}, {"connector", SHAPE}, {"covered-table-cell", CELL},
	{"custom-shape", SHAPE}, {"default-style", DEFAULT_STYLE}, {"ellipse", SHAPE}, {"font-face", FONT_FACE}, {"footer", FOOTER}, {"footer-decl", DECLARED_FOOTER}, {"footer-first", FOOTER},
	{"footer-left", FOOTER}, {"frame", SHAPE}, {"graphic-properties", PROPERTIES}, {"h", PARAGRAPH}, {"header", HEADER}, {"header-decl", DECLARED_HEADER}, {"header-first", HEADER},
	{"header-left", HEADER}, {"line", SHAPE}, {"line-break", LINE_BREAK}, {"master-page", MASTER_PAGE}, {"notes", NOTES}, {"p", PARAGRAPH},
	{"page", SLIDE}, {"page-layout", PAGE_LAYOUT}, {"page-layout-properties", PAGE_SIZE}, {"paragraph-properties", PROPERTIES}, {"path", SHAPE}, {"polygon", SHAPE}, {"polyline", SHAPE},
	{"rect", SHAPE}, {"regular-polygon", SHAPE}, {"s", BLANK}, {"span", SPAN}, {"style", STYLE}, {"tab", TAB}, {"table", TABLE}, {"table-cell", CELL}, {"table-cell-properties", PROPERTIES},
	{"table-column", COLUMN}, {"table-row", ROW},
	{"text-properties", PROPERTIES}, {"tracked-changes", KH_XML_LEFT_OUT},
};

/* ---- elements ---- */

static void begin_font_face(struct kh_odf *o, const char **attributes)
{
	kh_odf_font_face(&o->styles, attributes);
}

static void begin_style(struct kh_odf *o, const char **attributes)
{
	kh_odf_style_begin(&o->styles, attributes, false);
}

static void begin_default_style(struct kh_odf *o, const char **attributes)
{
	kh_odf_style_begin(&o->styles, attributes, true);
}

static void end_style(struct kh_odf *o)
{
	kh_odf_style_end(&o->styles);
}

static void tell_style(struct kh_odf *o, const char **attributes)
{
	kh_odf_style_tell(&o->styles, attributes);
}

static void end_master_page(struct kh_odf *o)
{
	o->in_master = false;
}

static void begin_table(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	o->page += !o->slides;
	kh_odf_forget_columns(o);
}

static void begin_slide(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	o->page += o->slides;
}

static void end_cell(struct kh_odf *o)
{
	kh_line_end(&o->r->lines);
	o->in_cell = false;
}

static void end_shape(struct kh_odf *o)
{
	o->in_shape = false;
}

static void add_blank(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	kh_odf_add_text(o, " ", 1);
}

static void add_tab(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	kh_odf_add_text(o, "\t", 1);
}

static void leave(unsigned *counter)
{
	*counter -= *counter > 0;
}

static void begin_annotation(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	o->in_comment++;
}

static void end_annotation(struct kh_odf *o)
{
	leave(&o->in_comment);
}

static void begin_notes(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	o->in_notes++;
}

static void end_notes(struct kh_odf *o)
{
	leave(&o->in_notes);
}

static void begin_displayed(struct kh_odf *o, unsigned *counter, const char **attributes)
{
	if (kh_streq(kh_xml_attribute(attributes, "display"), "false"))
		kh_xml_leave_out(o->xml);
	else
		++*counter;
}

static void begin_header(struct kh_odf *o, const char **attributes)
{
	begin_displayed(o, &o->in_header, attributes);
}

static void end_header(struct kh_odf *o)
{
	leave(&o->in_header);
}

static void begin_footer(struct kh_odf *o, const char **attributes)
{
	begin_displayed(o, &o->in_footer, attributes);
}

static void end_footer(struct kh_odf *o)
{
	leave(&o->in_footer);
}

/* The text of a declaration stands in it without a paragraph. */
static void begin_declared(struct kh_odf *o, unsigned *counter)
{
	++*counter;
	o->paragraphs++;
	kh_odf_begin_line(o);
}

static void end_declared(struct kh_odf *o, unsigned *counter)
{
	kh_line_end(&o->r->lines);
	o->paragraphs -= o->paragraphs > 0;
	leave(counter);
}

static void begin_declared_header(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	begin_declared(o, &o->in_header);
}

static void end_declared_header(struct kh_odf *o)
{
	end_declared(o, &o->in_header);
}

static void begin_declared_footer(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	begin_declared(o, &o->in_footer);
}

static void end_declared_footer(struct kh_odf *o)
{
	end_declared(o, &o->in_footer);
}

static const struct {
	void (*start)(struct kh_odf *o, const char **attributes);
	void (*end)(struct kh_odf *o);
} elements[] = {
	[ANNOTATION] = {begin_annotation, end_annotation},
	[BLANK] = {add_blank, NULL},
	[CELL] = {kh_odf_begin_cell, end_cell},
	[COLUMN] = {kh_odf_take_column, NULL},
	[DECLARED_FOOTER] = {begin_declared_footer, end_declared_footer},
	[DECLARED_HEADER] = {begin_declared_header, end_declared_header},
	[DEFAULT_STYLE] = {begin_default_style, end_style},
	[FONT_FACE] = {begin_font_face, NULL},
	[FOOTER] = {begin_footer, end_footer},
	[HEADER] = {begin_header, end_header},
	[LINE_BREAK] = {kh_odf_break_line, NULL},
	[MASTER_PAGE] = {kh_odf_begin_master_page, end_master_page},
	[NOTES] = {begin_notes, end_notes},
	[PAGE_LAYOUT] = {kh_odf_begin_layout, NULL},
	[PAGE_SIZE] = {kh_odf_tell_layout, NULL},
	[PARAGRAPH] = {kh_odf_begin_paragraph, kh_odf_end_paragraph},
	[PROPERTIES] = {tell_style, NULL},
	[ROW] = {kh_odf_begin_row, NULL},
	[SHAPE] = {kh_odf_begin_shape, end_shape},
	[SLIDE] = {begin_slide, NULL},
	[SPAN] = {kh_odf_begin_span, kh_odf_pop_look},
	[STYLE] = {begin_style, end_style},
	[TAB] = {add_tab, NULL},
	[TABLE] = {begin_table, NULL},
};

static void on_start(void *context, unsigned id, const char **attributes)
{
	if (id < KH_COUNT(elements) && elements[id].start)
		elements[id].start(context, attributes);
}

static void on_end(void *context, unsigned id)
{
	if (id < KH_COUNT(elements) && elements[id].end)
		elements[id].end(context);
}

const struct kh_xml_format kh_odf_format = {names, KH_COUNT(names), on_start, on_end, kh_odf_add_text};
