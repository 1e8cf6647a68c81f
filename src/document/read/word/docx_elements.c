#include "document/read/word/docx_state.h"

#include "base/str.h"

static const struct kh_xml_name names[] = {
	{"AlternateContent", KH_DOCX_ALTERNATE}, {"Choice", KH_DOCX_CHOICE}, {"Fallback", KH_DOCX_FALLBACK}, {"Keywords", KH_DOCX_PROPERTY_OLD}, {"Subject", KH_DOCX_PROPERTY_OLD}, {"Title", KH_DOCX_PROPERTY_OLD},
	{"annotation", KH_DOCX_ANNOTATION}, {"b", KH_DOCX_BOLD}, {"basedOn", KH_DOCX_BASED_ON}, {"bdr", KH_DOCX_BORDER_OF_RUN}, {"binData", KH_XML_LEFT_OUT}, {"bottom", KH_DOCX_SIDE_BOTTOM}, {"br", KH_DOCX_BREAK},
	{"caps", KH_DOCX_CAPITALS}, {"category", KH_DOCX_PROPERTY}, {"color", KH_DOCX_COLOR}, {"cr", KH_DOCX_RETURN}, {"delInstrText", KH_XML_LEFT_OUT}, {"delText", KH_DOCX_TEXT}, {"description", KH_DOCX_PROPERTY},
	{"docDefaults", KH_DOCX_DEFAULTS}, {"end", KH_DOCX_SIDE_RIGHT}, {"endnote", KH_DOCX_NOTE}, {"fldData", KH_XML_LEFT_OUT}, {"footnote", KH_DOCX_NOTE}, {"ftr", KH_DOCX_FOOTER}, {"hdr", KH_DOCX_HEADER},
	{"insideH", KH_DOCX_SIDE_INSIDE_H}, {"insideV", KH_DOCX_SIDE_INSIDE_V}, {"instrText", KH_XML_LEFT_OUT}, {"jc", KH_DOCX_JUSTIFY}, {"keywords", KH_DOCX_PROPERTY}, {"lastRenderedPageBreak", KH_DOCX_LAST_BREAK},
	{"left", KH_DOCX_SIDE_LEFT}, {"ln", KH_DOCX_LINE}, {"lnRef", KH_DOCX_LINE_REFERENCE}, {"noBreakHyphen", KH_DOCX_HYPHEN}, {"noFill", KH_DOCX_NO_FILL}, {"oval", KH_DOCX_SHAPE_OLD}, {"p", KH_DOCX_PARAGRAPH},
	{"pBdr", KH_DOCX_PARAGRAPH_BORDERS}, {"pPr", KH_DOCX_PARAGRAPH_LOOK}, {"pPrChange", KH_XML_LEFT_OUT}, {"pStyle", KH_DOCX_PARAGRAPH_STYLE}, {"pageBreakBefore", KH_DOCX_PAGE_BREAK_BEFORE}, {"ptab", KH_DOCX_TAB},
	{"r", KH_DOCX_RUN}, {"rFonts", KH_DOCX_FONTS}, {"rPr", KH_DOCX_RUN_LOOK}, {"rPrChange", KH_XML_LEFT_OUT}, {"rStyle", KH_DOCX_RUN_STYLE}, {"rect", KH_DOCX_SHAPE_OLD}, {"right", KH_DOCX_SIDE_RIGHT},
	{"roundrect", KH_DOCX_SHAPE_OLD}, {"sectPr", KH_DOCX_SECTION}, {"sectPrChange", KH_XML_LEFT_OUT}, {"shape", KH_DOCX_SHAPE_OLD}, {"smallCaps", KH_DOCX_CAPITALS}, {"softHyphen", KH_DOCX_SOFT_HYPHEN},
	{"srgbClr", KH_DOCX_TEXT_COLOR}, {"start", KH_DOCX_SIDE_LEFT}, {"style", KH_DOCX_STYLE}, {"styles", KH_DOCX_STYLES}, {"subject", KH_DOCX_PROPERTY}, {"sym", KH_DOCX_SYMBOL}, {"sz", KH_DOCX_SIZE}, {"t", KH_DOCX_TEXT}, {"tab", KH_DOCX_TAB},
	{"tbl", KH_DOCX_TABLE}, {"tblBorders", KH_DOCX_TABLE_BORDERS}, {"tblPrChange", KH_XML_LEFT_OUT}, {"tblPrExChange", KH_XML_LEFT_OUT}, {"tblStyle", KH_DOCX_TABLE_STYLE},
	{"tblStylePr", KH_XML_LEFT_OUT}, {"tc", KH_DOCX_CELL}, {"tcBorders", KH_DOCX_CELL_BORDERS}, {"tcPrChange", KH_XML_LEFT_OUT}, {"textpath", KH_DOCX_TEXT_PATH}, {"title", KH_DOCX_PROPERTY}, {"top", KH_DOCX_SIDE_TOP},
	{"tr", KH_DOCX_TABLE_ROW}, {"txbxContent", KH_DOCX_TEXT_BOX}, {"wsp", KH_DOCX_SHAPE},
};

/* ---- looks ---- */

static void begin_paragraph_look(struct kh_docx *d)
{
	if (d->paragraphs.n == 0)
		return;
	d->in_paragraph_look = true;
	d->now = &d->paragraphs.v[d->paragraphs.n - 1];
}

static void end_paragraph_look(struct kh_docx *d)
{
	if (!d->in_paragraph_look)
		return;
	d->in_paragraph_look = false;
	kh_docx_paragraph_look_is_told(d);
	kh_docx_begin_run(d);
}

/* Of a run; within the look of a paragraph, that of the mark at its end, which nobody sees. */
static void begin_run_look(struct kh_docx *d)
{
	if (d->paragraphs.n > 0)
		d->now = d->in_paragraph_look ? NULL : &d->run;
}

static void end_run_look(struct kh_docx *d)
{
	if (d->paragraphs.n > 0)
		d->now = NULL;
}

static void begin_borders(struct kh_docx *d)
{
	d->in_borders = true;
}

static void end_borders(struct kh_docx *d)
{
	d->in_borders = false;
}

/* ---- the rest ---- */

static void begin_text(struct kh_docx *d)
{
	d->in_text = true;
}

static void end_text(struct kh_docx *d)
{
	d->in_text = false;
}

static void begin_property_old(struct kh_docx *d)
{
	d->run = (struct kh_word_look){0};
	d->in_text = true;
	kh_flow_open(&d->flow, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

static void end_property_old(struct kh_docx *d)
{
	d->in_text = false;
	kh_flow_close(&d->flow);
}

/* Elsewhere the names mean other things. */
static void begin_property(struct kh_docx *d)
{
	if (d->part == KH_PART_PROPERTIES)
		begin_property_old(d);
}

static void end_property(struct kh_docx *d)
{
	if (d->part == KH_PART_PROPERTIES)
		end_property_old(d);
}

static void on_break(struct kh_docx *d, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "type");
	if (type && kh_streq(type, "page"))
		kh_flow_page_break(&d->flow, true);
	else
		kh_flow_line_end(&d->flow);
}

/* A tab in a run is one; in the look of a paragraph it is a stop. */
static void on_tab(struct kh_docx *d)
{
	if (!d->in_paragraph_look)
		kh_docx_add_text(d, "\t", 1);
}

static void on_base(struct kh_docx *d, const char **attributes)
{
	if (d->style && !d->style->base)
		d->style->base = kh_strdup(kh_docx_value_of(attributes));
}

static void begin_defaults(struct kh_docx *d)
{
	d->now = &d->defaults;
}

static void begin_line(struct kh_docx *d)
{
	d->shape.framed = d->shape.in_line = true;
}

static void end_line(struct kh_docx *d)
{
	d->shape.in_line = false;
}

static void no_fill(struct kh_docx *d)
{
	d->shape.framed &= !d->shape.in_line;
}

static void nothing_more_to_tell(struct kh_docx *d)
{
	d->now = NULL;
	d->style = NULL;
}

static void on_last_break(struct kh_docx *d)
{
	kh_flow_page_break(&d->flow, false);
}

static void on_hyphen(struct kh_docx *d)
{
	kh_docx_add_text(d, "-", 1);
}

/* In TCVN3, which programs take for Western text, it is a letter. */
static void on_soft_hyphen(struct kh_docx *d)
{
	kh_docx_add_text(d, "\u00ad", 2);
}

static void on_return(struct kh_docx *d)
{
	kh_flow_line_end(&d->flow);
}

static void on_section(struct kh_docx *d)
{
	d->section_ends = d->in_paragraph_look;
}

static const struct {
	void (*start)(struct kh_docx *d);
	void (*end)(struct kh_docx *d);
	void (*start_with)(struct kh_docx *d, const char **attributes);
} handlers[] = {
	[KH_DOCX_ANNOTATION] = {NULL, kh_docx_end_box, kh_docx_begin_annotation},
	[KH_DOCX_ALTERNATE] = {kh_docx_begin_alternates, kh_docx_end_alternates, NULL},
	[KH_DOCX_BASED_ON] = {.start_with = on_base},
	[KH_DOCX_BREAK] = {.start_with = on_break},
	[KH_DOCX_CELL] = {kh_docx_begin_cell, kh_docx_end_cell, NULL},
	[KH_DOCX_CELL_BORDERS] = {begin_borders, end_borders, NULL},
	[KH_DOCX_CHOICE] = {kh_docx_begin_choice, NULL, NULL},
	[KH_DOCX_DEFAULTS] = {begin_defaults, nothing_more_to_tell, NULL},
	[KH_DOCX_FALLBACK] = {kh_docx_begin_choice, NULL, NULL},
	[KH_DOCX_FOOTER] = {kh_docx_begin_footer, kh_docx_end_box, NULL},
	[KH_DOCX_HEADER] = {kh_docx_begin_header, kh_docx_end_box, NULL},
	[KH_DOCX_HYPHEN] = {on_hyphen, NULL, NULL},
	[KH_DOCX_LAST_BREAK] = {on_last_break, NULL, NULL},
	[KH_DOCX_LINE] = {begin_line, end_line, NULL},
	[KH_DOCX_LINE_REFERENCE] = {.start_with = kh_docx_line_by_reference},
	[KH_DOCX_NO_FILL] = {no_fill, NULL, NULL},
	[KH_DOCX_NOTE] = {kh_docx_begin_note, kh_docx_end_box, NULL},
	[KH_DOCX_PARAGRAPH] = {kh_docx_begin_paragraph, kh_docx_end_paragraph, NULL},
	[KH_DOCX_PARAGRAPH_BORDERS] = {begin_borders, end_borders, NULL},
	[KH_DOCX_PARAGRAPH_LOOK] = {begin_paragraph_look, end_paragraph_look, NULL},
	[KH_DOCX_PROPERTY] = {begin_property, end_property, NULL},
	[KH_DOCX_PROPERTY_OLD] = {begin_property_old, end_property_old, NULL},
	[KH_DOCX_RETURN] = {on_return, NULL, NULL},
	[KH_DOCX_RUN] = {kh_docx_begin_run, NULL, NULL},
	[KH_DOCX_RUN_LOOK] = {begin_run_look, end_run_look, NULL},
	[KH_DOCX_SECTION] = {on_section, NULL, NULL},
	[KH_DOCX_SHAPE] = {kh_docx_begin_shape, NULL, NULL},
	[KH_DOCX_SHAPE_OLD] = {.start_with = kh_docx_begin_old_shape},
	[KH_DOCX_SOFT_HYPHEN] = {on_soft_hyphen, NULL, NULL},
	[KH_DOCX_STYLE] = {NULL, nothing_more_to_tell, kh_docx_begin_style},
	[KH_DOCX_STYLES] = {NULL, kh_docx_styles_are_read, NULL},
	[KH_DOCX_SYMBOL] = {.start_with = kh_docx_add_symbol},
	[KH_DOCX_TAB] = {on_tab, NULL, NULL},
	[KH_DOCX_TABLE] = {kh_docx_begin_table, kh_docx_end_table, NULL},
	[KH_DOCX_TABLE_BORDERS] = {begin_borders, end_borders, NULL},
	[KH_DOCX_TABLE_ROW] = {kh_docx_begin_row, kh_docx_end_row, NULL},
	[KH_DOCX_TEXT] = {begin_text, end_text, NULL},
	[KH_DOCX_TEXT_BOX] = {kh_docx_begin_box, kh_docx_end_box, NULL},
	[KH_DOCX_TEXT_PATH] = {.start_with = kh_docx_give_word_art},
};

static void on_start(void *context, unsigned id, const char **attributes)
{
	struct kh_docx *d = context;
	if (id == 0)
		return;
	kh_docx_tell(d, id, attributes);
	if (id < KH_COUNT(handlers) && handlers[id].start)
		handlers[id].start(d);
	if (id < KH_COUNT(handlers) && handlers[id].start_with)
		handlers[id].start_with(d, attributes);
}

static void on_end(void *context, unsigned id)
{
	if (id < KH_COUNT(handlers) && handlers[id].end)
		handlers[id].end(context);
}

static void on_text(void *context, const char *text, size_t n)
{
	struct kh_docx *d = context;
	if (d->in_text)
		kh_docx_add_text(d, text, n);
}

const struct kh_xml_format kh_docx_format = {names, KH_COUNT(names), on_start, on_end, on_text};
