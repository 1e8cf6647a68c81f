#include "document/read/word/docx.h"

#include "base/str.h"
#include "base/utf8.h"
#include "document/read/parts.h"
#include "document/read/style.h"
#include "document/read/word/flow.h"
#include "document/read/xml.h"

enum element {
	ALTERNATE = 1, ANNOTATION, BASED_ON, BOLD, BORDER_OF_RUN, BREAK, CAPITALS, CELL, CELL_BORDERS, CHOICE, COLOR, DEFAULTS, FALLBACK, FONTS, FOOTER, HEADER, HYPHEN, JUSTIFY, LAST_BREAK, LINE, LINE_REFERENCE, NO_FILL, NOTE,
	PAGE_BREAK_BEFORE, PARAGRAPH, PARAGRAPH_BORDERS, PARAGRAPH_LOOK, PARAGRAPH_STYLE, PROPERTY, PROPERTY_OLD, RETURN, RUN, RUN_LOOK, RUN_STYLE, SECTION, SHAPE, SHAPE_OLD, SIDE_BOTTOM, SIDE_INSIDE_H,
	SIDE_INSIDE_V, SIDE_LEFT, SIDE_RIGHT, SIDE_TOP, SIZE, SOFT_HYPHEN, STYLE, STYLES, SYMBOL, TAB, TABLE, TABLE_BORDERS, TABLE_ROW, TABLE_STYLE, TEXT, TEXT_BOX, TEXT_COLOR, TEXT_PATH,
};

static const struct kh_xml_name names[] = {
	{"AlternateContent", ALTERNATE}, {"Choice", CHOICE}, {"Fallback", FALLBACK}, {"Keywords", PROPERTY_OLD}, {"Subject", PROPERTY_OLD}, {"Title", PROPERTY_OLD},
	{"annotation", ANNOTATION}, {"b", BOLD}, {"basedOn", BASED_ON}, {"bdr", BORDER_OF_RUN}, {"binData", KH_XML_LEFT_OUT}, {"bottom", SIDE_BOTTOM}, {"br", BREAK},
	{"caps", CAPITALS}, {"category", PROPERTY}, {"color", COLOR}, {"cr", RETURN}, {"delInstrText", KH_XML_LEFT_OUT}, {"delText", TEXT}, {"description", PROPERTY},
	{"docDefaults", DEFAULTS}, {"end", SIDE_RIGHT}, {"endnote", NOTE}, {"fldData", KH_XML_LEFT_OUT}, {"footnote", NOTE}, {"ftr", FOOTER}, {"hdr", HEADER},
	{"insideH", SIDE_INSIDE_H}, {"insideV", SIDE_INSIDE_V}, {"instrText", KH_XML_LEFT_OUT}, {"jc", JUSTIFY}, {"keywords", PROPERTY}, {"lastRenderedPageBreak", LAST_BREAK},
	{"left", SIDE_LEFT}, {"ln", LINE}, {"lnRef", LINE_REFERENCE}, {"noBreakHyphen", HYPHEN}, {"noFill", NO_FILL}, {"oval", SHAPE_OLD}, {"p", PARAGRAPH},
	{"pBdr", PARAGRAPH_BORDERS}, {"pPr", PARAGRAPH_LOOK}, {"pPrChange", KH_XML_LEFT_OUT}, {"pStyle", PARAGRAPH_STYLE}, {"pageBreakBefore", PAGE_BREAK_BEFORE}, {"ptab", TAB},
	{"r", RUN}, {"rFonts", FONTS}, {"rPr", RUN_LOOK}, {"rPrChange", KH_XML_LEFT_OUT}, {"rStyle", RUN_STYLE}, {"rect", SHAPE_OLD}, {"right", SIDE_RIGHT},
	{"roundrect", SHAPE_OLD}, {"sectPr", SECTION}, {"sectPrChange", KH_XML_LEFT_OUT}, {"shape", SHAPE_OLD}, {"smallCaps", CAPITALS}, {"softHyphen", SOFT_HYPHEN},
	{"srgbClr", TEXT_COLOR}, {"start", SIDE_LEFT}, {"style", STYLE}, {"styles", STYLES}, {"subject", PROPERTY}, {"sym", SYMBOL}, {"sz", SIZE}, {"t", TEXT}, {"tab", TAB},
	{"tbl", TABLE}, {"tblBorders", TABLE_BORDERS}, {"tblPrChange", KH_XML_LEFT_OUT}, {"tblPrExChange", KH_XML_LEFT_OUT}, {"tblStyle", TABLE_STYLE},
	{"tblStylePr", KH_XML_LEFT_OUT}, {"tc", CELL}, {"tcBorders", CELL_BORDERS}, {"tcPrChange", KH_XML_LEFT_OUT}, {"textpath", TEXT_PATH}, {"title", PROPERTY}, {"top", SIDE_TOP},
	{"tr", TABLE_ROW}, {"txbxContent", TEXT_BOX}, {"wsp", SHAPE},
};

struct style {
	char *id, *based_on;
	struct kh_word_look look;
	bool resolved, standard; /* standard: of paragraphs that name none */
	size_t order; /* in the part: of two of one name the first counts */
};

struct table {
	struct kh_word_look look, cell;
	unsigned row, column;
	bool in_cell;
};

/* What the text stands in, the innermost last. */
struct place {
	enum kh_document_part part;
	bool framed;
	size_t tables; /* open outside of it */
};

/* The state before mc:AlternateContent: whether something came of a choice is seen by what has changed. */
struct alternate {
	bool given;
	size_t length; /* of the text of the open paragraph */
};

struct docx {
	struct kh_reading *r;
	struct kh_flow flow;
	struct kh_xml *xml;
	const uint8_t *bytes; /* of the part */
	size_t n;
	const uint8_t *next_section; /* where it says of itself: the last that was looked for */
	enum kh_document_part part;

	struct kh_word_look defaults;
	KH_ARRAY(struct style) styles;
	struct style *style; /* the one being read */
	const struct style *standard;

	KH_ARRAY(struct place) places;
	KH_ARRAY(struct table) tables;
	KH_ARRAY(struct kh_word_look) paragraphs; /* of the open ones */
	struct kh_word_look run; /* with what it stands on */
	struct kh_word_look *now; /* which look is being told: of the run, the paragraph, the table; NULL: of nothing that counts */
	bool in_paragraph_look, in_borders, in_text, section_ends;
	struct {
		bool framed, red;
		bool in_line;
	} shape; /* the one that text boxes are in */
	KH_ARRAY(struct alternate) alternates;
};

/* ---- values ---- */

static const char *value_of(const char **attributes)
{
	const char *value = kh_xml_attribute(attributes, "val");
	return value ? value : "";
}

static bool is_off(const char *value)
{
	return kh_streq(value, "0") || kh_streq(value, "false") || kh_streq(value, "off") || kh_streq(value, "f") || kh_streq(value, "none") || kh_streq(value, "nil");
}

static float size_of(const char *half_points)
{
	int64_t n = 0;
	return kh_parse_int(half_points, 0, 4000, &n) ? (float)n / 2 : 0;
}

/* ---- styles ---- */

static int compare_styles(const void *a, const void *b)
{
	const struct style *x = a, *y = b;
	int order = strcmp(x->id, y->id);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static struct style *find_style(const struct docx *d, const char *id)
{
	size_t from = 0, to = d->styles.n;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (strcmp(d->styles.v[middle].id, id) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < d->styles.n && kh_streq(d->styles.v[from].id, id) ? &d->styles.v[from] : NULL;
}

/* With what it stands on; a style that stands on itself, through whatever others, ends at KH_WORD_MAX_CHAIN. */
static const struct kh_word_look *resolve(struct docx *d, struct style *s, size_t depth)
{
	struct style *base = s->based_on && depth < KH_WORD_MAX_CHAIN ? find_style(d, s->based_on) : NULL;
	if (s->resolved || !base)
		return &s->look;
	struct kh_word_look look = *resolve(d, base, depth + 1);
	kh_word_look_over(&look, &s->look);
	s->look = look;
	s->resolved = true;
	return &s->look;
}

static void apply_style(struct docx *d, struct kh_word_look *look, const char *id)
{
	struct style *s = find_style(d, id);
	if (s)
		kh_word_look_over(look, resolve(d, s, 0));
}

static void begin_style(struct docx *d, const char **attributes)
{
	const char *id = kh_xml_attribute(attributes, "styleId"), *type = kh_xml_attribute(attributes, "type"), *standard = kh_xml_attribute(attributes, "default");
	if (!id || d->styles.n >= KH_WORD_MAX_STYLES)
		return;
	d->style = kh_array_push(&d->styles, ((struct style){.id = kh_strdup(id), .order = d->styles.n}));
	d->style->standard = type && kh_streq(type, "paragraph") && standard && !is_off(standard);
	d->now = &d->style->look;
}

static void styles_are_read(struct docx *d)
{
	if (d->styles.n > 0)
		qsort(d->styles.v, d->styles.n, sizeof *d->styles.v, compare_styles);
	kh_array_each(&d->styles, s)
		if (s->standard && !d->standard)
			d->standard = s;
	d->style = NULL;
}

/* ---- places ---- */

static bool cell_is_framed(const struct table *t)
{
	unsigned of_table = t->look.sides, around = 0;
	around |= of_table & (t->row == 0 ? KH_SIDE_TOP : KH_SIDE_INSIDE_H) ? KH_SIDE_TOP : 0;
	around |= of_table & (t->column == 0 ? KH_SIDE_LEFT : KH_SIDE_INSIDE_V) ? KH_SIDE_LEFT : 0;
	around |= of_table & (KH_SIDE_BOTTOM | KH_SIDE_INSIDE_H) ? KH_SIDE_BOTTOM : 0; /* whether it is the last row, or column, only comes later */
	around |= of_table & (KH_SIDE_RIGHT | KH_SIDE_INSIDE_V) ? KH_SIDE_RIGHT : 0;
	return ((around & ~t->cell.sides_said) | t->cell.sides) == KH_SIDE_ALL;
}

static struct place innermost(const struct docx *d)
{
	return d->places.n > 0 ? d->places.v[d->places.n - 1] : (struct place){.part = d->part};
}

static struct table *table_of(const struct docx *d)
{
	return d->tables.n > innermost(d).tables ? &d->tables.v[d->tables.n - 1] : NULL;
}

static struct kh_line_look line_look(const struct docx *d)
{
	const struct place place = innermost(d);
	const struct table *t = table_of(d);
	struct kh_line_look look = {.part = place.part, .framed = place.framed};
	if (t && t->in_cell) {
		look.part = place.part == KH_PART_BODY ? KH_PART_CELL : place.part;
		look.framed = cell_is_framed(t);
	}
	return look;
}

/* ---- paragraphs and runs ---- */

static void begin_run(struct docx *d)
{
	d->run = d->defaults;
	if (d->paragraphs.n > 0)
		kh_word_look_over(&d->run, &d->paragraphs.v[d->paragraphs.n - 1]);
	d->now = NULL;
}

static void begin_paragraph(struct docx *d)
{
	struct kh_word_look look = {0};
	struct kh_line_look line = line_look(d);
	if (d->standard)
		apply_style(d, &look, d->standard->id);
	kh_array_push(&d->paragraphs, look);
	kh_flow_open(&d->flow, &line);
	begin_run(d);
}

/* What its look says, once that is told. */
static void paragraph_look_is_told(struct docx *d)
{
	const struct kh_word_look *look = d->paragraphs.n > 0 ? &d->paragraphs.v[d->paragraphs.n - 1] : NULL;
	if (!look || !kh_flow_is_open(&d->flow))
		return;
	struct kh_line_look *line = &kh_flow_paragraph(&d->flow)->look;
	line->centred = look->centred;
	line->framed |= (look->sides & KH_SIDE_ALL) == KH_SIDE_ALL;
	if (look->break_before)
		kh_flow_page_break(&d->flow, true);
}

/* A section says of itself, so behind what it ends, how it begins: that of the next one tells. */
static bool next_section_breaks(struct docx *d)
{
	enum { LONGEST = 4096 };
	const uint8_t *now = d->bytes + kh_xml_at(d->xml), *end = d->bytes + d->n;
	if (!d->next_section || d->next_section < now) {
		const uint8_t *found = memmem(now, (size_t)(end - now), "<w:sectPr", 9);
		d->next_section = found ? found : end;
	}
	size_t room = KH_MIN((size_t)(end - d->next_section), (size_t)LONGEST);
	const uint8_t *last = memmem(d->next_section, room, "</w:sectPr>", 11);
	size_t n = last ? (size_t)(last - d->next_section) : 0;
	return !memmem(d->next_section, n, "\"continuous\"", 12) && !memmem(d->next_section, n, "\"nextColumn\"", 12);
}

static void end_paragraph(struct docx *d)
{
	kh_flow_close(&d->flow);
	if (d->paragraphs.n > 0)
		d->paragraphs.n--;
	if (d->section_ends && next_section_breaks(d))
		kh_flow_page_break(&d->flow, true);
	d->section_ends = false;
}

static void add_text(struct docx *d, const char *text, size_t n)
{
	kh_flow_text(&d->flow, text, n, KH_CHARSET_UNICODE, &d->run);
}

static void add_symbol(struct docx *d, const char **attributes)
{
	const char *code = kh_xml_attribute(attributes, "char"), *font = kh_xml_attribute(attributes, "font");
	uint8_t bytes[2] = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_word_look look = d->run;
	if (!code || strlen(code) != 4 || !kh_unhex(code, bytes, 2))
		return;
	unsigned c = (unsigned)bytes[0] << 8 | bytes[1];
	if (c < 0x80 || (c >= 0xd800 && c < 0xe000))
		return;
	kh_utf8_add(&text, (int32_t)c);
	look.font = font ? kh_flow_font(&d->flow, font, strlen(font)) : look.font;
	kh_flow_text(&d->flow, text.data, text.len, KH_CHARSET_UNICODE, &look);
}

/* ---- what is told of a look ---- */

static void tell_fonts(struct docx *d, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "hAnsi"); /* of letters that are not English */
	name = name ? name : kh_xml_attribute(attributes, "ascii");
	bool theme = kh_xml_attribute(attributes, "hAnsiTheme") || kh_xml_attribute(attributes, "asciiTheme");
	if (!name && !theme)
		return;
	d->now->font = name ? kh_flow_font(&d->flow, name, strlen(name)) : NULL;
	d->now->says |= KH_SAYS_FONT;
}

static void tell_size(struct docx *d, const char **attributes)
{
	d->now->size_pt = size_of(value_of(attributes));
	d->now->says |= KH_SAYS_SIZE;
}

static void tell_color(struct docx *d, const char **attributes)
{
	d->now->red = kh_style_color_is_red(value_of(attributes));
	d->now->says |= KH_SAYS_RED;
}

static void tell_bold(struct docx *d, const char **attributes)
{
	d->now->bold = !is_off(value_of(attributes));
	d->now->says |= KH_SAYS_BOLD;
}

static void tell_capitals(struct docx *d, const char **attributes)
{
	d->now->capitals = !is_off(value_of(attributes));
	d->now->says |= KH_SAYS_CAPITALS;
}

static void tell_border_of_run(struct docx *d, const char **attributes)
{
	d->now->framed = !is_off(value_of(attributes));
	d->now->says |= KH_SAYS_FRAMED;
}

static void tell_justify(struct docx *d, const char **attributes)
{
	d->now->centred = kh_streq(value_of(attributes), "center");
	d->now->says |= KH_SAYS_CENTRED;
}

static void tell_break_before(struct docx *d, const char **attributes)
{
	d->now->break_before = !is_off(value_of(attributes));
	d->now->says |= KH_SAYS_BREAK;
}

/* In place of the standard one. */
static void tell_paragraph_style(struct docx *d, const char **attributes)
{
	*d->now = (struct kh_word_look){0};
	apply_style(d, d->now, value_of(attributes));
}

static void tell_style(struct docx *d, const char **attributes)
{
	apply_style(d, d->now, value_of(attributes));
}

static void tell_side(struct docx *d, unsigned side, const char **attributes)
{
	kh_word_look_side(d->now, side, !is_off(value_of(attributes)));
}

static const struct {
	enum element id;
	void (*tell)(struct docx *d, const char **attributes);
} tellers[] = {
	{BOLD, tell_bold}, {BORDER_OF_RUN, tell_border_of_run}, {CAPITALS, tell_capitals}, {COLOR, tell_color}, {FONTS, tell_fonts}, {JUSTIFY, tell_justify},
	{PAGE_BREAK_BEFORE, tell_break_before}, {PARAGRAPH_STYLE, tell_paragraph_style}, {RUN_STYLE, tell_style}, {SIZE, tell_size}, {TABLE_STYLE, tell_style}, {TEXT_COLOR, tell_color},
};
static const struct {
	enum element id;
	unsigned side;
} sides[] = {
	{SIDE_TOP, KH_SIDE_TOP}, {SIDE_LEFT, KH_SIDE_LEFT}, {SIDE_BOTTOM, KH_SIDE_BOTTOM}, {SIDE_RIGHT, KH_SIDE_RIGHT}, {SIDE_INSIDE_H, KH_SIDE_INSIDE_H}, {SIDE_INSIDE_V, KH_SIDE_INSIDE_V},
};

static void tell(struct docx *d, unsigned id, const char **attributes)
{
	if (!d->now)
		return;
	for (size_t i = 0; i < KH_COUNT(tellers); i++)
		if (tellers[i].id == id)
			tellers[i].tell(d, attributes);
	for (size_t i = 0; i < KH_COUNT(sides) && d->in_borders; i++)
		if (sides[i].id == id)
			tell_side(d, sides[i].side, attributes);
}

/* ---- boxes and shapes ---- */

static void begin_box(struct docx *d)
{
	kh_array_push(&d->places, ((struct place){KH_PART_BOX, d->shape.framed, d->tables.n}));
}

static void end_box(struct docx *d)
{
	if (d->places.n > 0) {
		d->tables.n = KH_MIN(d->tables.n, innermost(d).tables);
		d->places.n--;
	}
	begin_run(d);
}

static void begin_shape(struct docx *d)
{
	d->shape = (__typeof__(d->shape)){0};
}

static void begin_old_shape(struct docx *d, const char **attributes)
{
	const char *stroked = kh_xml_attribute(attributes, "stroked"), *fill = kh_xml_attribute(attributes, "fillcolor");
	begin_shape(d);
	d->shape.framed = !stroked || !is_off(stroked);
	d->shape.red = fill && kh_style_color_is_red(fill);
}

static void line_by_reference(struct docx *d, const char **attributes)
{
	const char *which = kh_xml_attribute(attributes, "idx");
	d->shape.framed |= which && !kh_streq(which, "0");
}

static void give_word_art(struct docx *d, const char **attributes)
{
	const char *text = kh_xml_attribute(attributes, "string"), *css = kh_xml_attribute(attributes, "style");
	struct kh_style style = {0};
	if (!text)
		return;
	if (css)
		kh_style_attribute(&style, "textpath", "style", css);
	kh_flow_open(&d->flow, &(struct kh_line_look){.part = KH_PART_BOX});
	kh_flow_text(&d->flow, text, strlen(text), KH_CHARSET_UNICODE,
		     &(struct kh_word_look){.red = d->shape.red, .bold = style.bold, .font = kh_flow_font(&d->flow, style.font, strlen(style.font))});
	kh_flow_close(&d->flow);
}

static void begin_place(struct docx *d, enum kh_document_part part)
{
	kh_array_push(&d->places, ((struct place){part, false, d->tables.n}));
}

static void begin_header(struct docx *d)
{
	begin_place(d, KH_PART_HEADER);
}

static void begin_footer(struct docx *d)
{
	begin_place(d, KH_PART_FOOTER);
}

static void begin_note(struct docx *d)
{
	begin_place(d, KH_PART_NOTE);
}

/* Comments of Word 2003, and its marks of changes, which leave the text where it is. */
static void begin_annotation(struct docx *d, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "type");
	begin_place(d, type && kh_streq(type, "Word.Comment") ? KH_PART_COMMENT : innermost(d).part);
}

/* ---- texts that are there twice ---- */

static size_t length_of_open(const struct docx *d)
{
	return d->flow.n_open > 0 ? d->flow.paragraphs.v[d->flow.n_open - 1].text.len : 0;
}

static void begin_alternates(struct docx *d)
{
	kh_array_push(&d->alternates, ((struct alternate){d->flow.given, length_of_open(d)}));
	d->flow.given = false;
}

static void begin_choice(struct docx *d)
{
	if (d->alternates.n > 0 && (d->flow.given || length_of_open(d) != d->alternates.v[d->alternates.n - 1].length))
		kh_xml_leave_out(d->xml);
}

static void end_alternates(struct docx *d)
{
	if (d->alternates.n > 0)
		d->flow.given |= d->alternates.v[--d->alternates.n].given;
}

/* ---- tables ---- */

static void begin_table(struct docx *d)
{
	d->now = &kh_array_push(&d->tables, (struct table){0})->look;
}

static void end_table(struct docx *d)
{
	d->tables.n -= table_of(d) ? 1 : 0;
	d->now = NULL;
}

static void begin_row(struct docx *d)
{
	struct table *t = table_of(d);
	if (t)
		t->column = 0;
}

static void end_row(struct docx *d)
{
	struct table *t = table_of(d);
	if (t)
		t->row++;
}

static void begin_cell(struct docx *d)
{
	struct table *t = table_of(d);
	if (!t)
		return;
	t->cell = (struct kh_word_look){0};
	t->in_cell = true;
	d->now = &t->cell;
}

static void end_cell(struct docx *d)
{
	struct table *t = table_of(d);
	if (!t)
		return;
	t->in_cell = false;
	t->column++;
}

/* ---- looks ---- */

static void begin_paragraph_look(struct docx *d)
{
	if (d->paragraphs.n == 0)
		return;
	d->in_paragraph_look = true;
	d->now = &d->paragraphs.v[d->paragraphs.n - 1];
}

static void end_paragraph_look(struct docx *d)
{
	if (!d->in_paragraph_look)
		return;
	d->in_paragraph_look = false;
	paragraph_look_is_told(d);
	begin_run(d);
}

/* Of a run; within the look of a paragraph, that of the mark at its end, which nobody sees. */
static void begin_run_look(struct docx *d)
{
	if (d->paragraphs.n > 0)
		d->now = d->in_paragraph_look ? NULL : &d->run;
}

static void end_run_look(struct docx *d)
{
	if (d->paragraphs.n > 0)
		d->now = NULL;
}

static void begin_borders(struct docx *d)
{
	d->in_borders = true;
}

static void end_borders(struct docx *d)
{
	d->in_borders = false;
}

/* ---- the rest ---- */

static void begin_text(struct docx *d)
{
	d->in_text = true;
}

static void end_text(struct docx *d)
{
	d->in_text = false;
}

static void begin_property_old(struct docx *d)
{
	d->run = (struct kh_word_look){0};
	d->in_text = true;
	kh_flow_open(&d->flow, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

static void end_property_old(struct docx *d)
{
	d->in_text = false;
	kh_flow_close(&d->flow);
}

/* Elsewhere the names mean other things. */
static void begin_property(struct docx *d)
{
	if (d->part == KH_PART_PROPERTIES)
		begin_property_old(d);
}

static void end_property(struct docx *d)
{
	if (d->part == KH_PART_PROPERTIES)
		end_property_old(d);
}

static void on_break(struct docx *d, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "type");
	if (type && kh_streq(type, "page"))
		kh_flow_page_break(&d->flow, true);
	else
		kh_flow_line_end(&d->flow);
}

/* A tab in a run is one; in the look of a paragraph it is a stop. */
static void on_tab(struct docx *d)
{
	if (!d->in_paragraph_look)
		add_text(d, "\t", 1);
}

static void on_base(struct docx *d, const char **attributes)
{
	if (d->style && !d->style->based_on)
		d->style->based_on = kh_strdup(value_of(attributes));
}

static void begin_defaults(struct docx *d)
{
	d->now = &d->defaults;
}

static void begin_line(struct docx *d)
{
	d->shape.framed = d->shape.in_line = true;
}

static void end_line(struct docx *d)
{
	d->shape.in_line = false;
}

static void no_fill(struct docx *d)
{
	d->shape.framed &= !d->shape.in_line;
}

static void nothing_more_to_tell(struct docx *d)
{
	d->now = NULL;
	d->style = NULL;
}

static void on_last_break(struct docx *d)
{
	kh_flow_page_break(&d->flow, false);
}

static void on_hyphen(struct docx *d)
{
	add_text(d, "-", 1);
}

/* In TCVN3, which programs take for Western text, it is a letter. */
static void on_soft_hyphen(struct docx *d)
{
	add_text(d, "\u00ad", 2);
}

static void on_return(struct docx *d)
{
	kh_flow_line_end(&d->flow);
}

static void on_section(struct docx *d)
{
	d->section_ends = d->in_paragraph_look;
}

static const struct {
	void (*start)(struct docx *d);
	void (*end)(struct docx *d);
	void (*start_with)(struct docx *d, const char **attributes);
} handlers[] = {
	[ANNOTATION] = {NULL, end_box, begin_annotation},
	[ALTERNATE] = {begin_alternates, end_alternates, NULL},
	[BASED_ON] = {.start_with = on_base},
	[BREAK] = {.start_with = on_break},
	[CELL] = {begin_cell, end_cell, NULL},
	[CELL_BORDERS] = {begin_borders, end_borders, NULL},
	[CHOICE] = {begin_choice, NULL, NULL},
	[DEFAULTS] = {begin_defaults, nothing_more_to_tell, NULL},
	[FALLBACK] = {begin_choice, NULL, NULL},
	[FOOTER] = {begin_footer, end_box, NULL},
	[HEADER] = {begin_header, end_box, NULL},
	[HYPHEN] = {on_hyphen, NULL, NULL},
	[LAST_BREAK] = {on_last_break, NULL, NULL},
	[LINE] = {begin_line, end_line, NULL},
	[LINE_REFERENCE] = {.start_with = line_by_reference},
	[NO_FILL] = {no_fill, NULL, NULL},
	[NOTE] = {begin_note, end_box, NULL},
	[PARAGRAPH] = {begin_paragraph, end_paragraph, NULL},
	[PARAGRAPH_BORDERS] = {begin_borders, end_borders, NULL},
	[PARAGRAPH_LOOK] = {begin_paragraph_look, end_paragraph_look, NULL},
	[PROPERTY] = {begin_property, end_property, NULL},
	[PROPERTY_OLD] = {begin_property_old, end_property_old, NULL},
	[RETURN] = {on_return, NULL, NULL},
	[RUN] = {begin_run, NULL, NULL},
	[RUN_LOOK] = {begin_run_look, end_run_look, NULL},
	[SECTION] = {on_section, NULL, NULL},
	[SHAPE] = {begin_shape, NULL, NULL},
	[SHAPE_OLD] = {.start_with = begin_old_shape},
	[SOFT_HYPHEN] = {on_soft_hyphen, NULL, NULL},
	[STYLE] = {NULL, nothing_more_to_tell, begin_style},
	[STYLES] = {NULL, styles_are_read, NULL},
	[SYMBOL] = {.start_with = add_symbol},
	[TAB] = {on_tab, NULL, NULL},
	[TABLE] = {begin_table, end_table, NULL},
	[TABLE_BORDERS] = {begin_borders, end_borders, NULL},
	[TABLE_ROW] = {begin_row, end_row, NULL},
	[TEXT] = {begin_text, end_text, NULL},
	[TEXT_BOX] = {begin_box, end_box, NULL},
	[TEXT_PATH] = {.start_with = give_word_art},
};

static void on_start(void *context, unsigned id, const char **attributes)
{
	struct docx *d = context;
	if (id == 0)
		return;
	tell(d, id, attributes);
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
	struct docx *d = context;
	if (d->in_text)
		add_text(d, text, n);
}

static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, on_text};

/* ---- parts, in the order in which they are read ---- */

static const struct {
	const char *name; /* how it begins: header1.xml, header2.xml, … */
	enum kh_document_part part;
	bool pages;
} parts[] = {
	{"docProps/core", KH_PART_PROPERTIES, false},
	{"word/styles.", KH_PART_BODY, false},
	{"word/header", KH_PART_HEADER, false},
	{"word/document", KH_PART_BODY, true},
	{"word/footer", KH_PART_FOOTER, false},
	{"word/footnotes", KH_PART_NOTE, false},
	{"word/endnotes", KH_PART_NOTE, false},
	{"word/comments.", KH_PART_COMMENT, false},
	{"word/diagrams/data", KH_PART_BOX, false},
	{"word/charts/chart", KH_PART_BOX, false},
};

static bool begins_as(const char *name, const char *beginning)
{
	return strncasecmp(name, beginning, strlen(beginning)) == 0;
}

static bool is_xml(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && kh_streq_nocase(name + n - 4, ".xml");
}

static bool is_read(const char *name)
{
	bool yes = false;
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		yes |= begins_as(name, parts[i].name);
	return yes && is_xml(name);
}

static void read_part(struct docx *d, const char *name, enum kh_document_part kind, bool pages, const uint8_t *bytes, size_t n)
{
	kh_flow_next(&d->flow, pages ? 1 : 0);
	d->part = kind;
	d->bytes = bytes;
	d->n = n;
	d->next_section = NULL;
	kh_xml_read(d->r, name, &format, d, &d->xml, bytes, n);
	d->places.n = d->tables.n = d->paragraphs.n = d->alternates.n = 0;
	d->now = NULL;
	d->in_paragraph_look = d->in_borders = d->in_text = d->section_ends = false;
}

static void docx_done(struct docx *d)
{
	kh_flow_done(&d->flow);
	kh_array_each(&d->styles, s) {
		free(s->id);
		free(s->based_on);
	}
	kh_array_done(&d->styles);
	kh_array_done(&d->places);
	kh_array_done(&d->tables);
	kh_array_done(&d->paragraphs);
	kh_array_done(&d->alternates);
}

static void read_docx(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct docx d = {.r = r};
	struct kh_parts package;
	kh_flow_init(&d.flow, r);
	kh_parts_init(&package, r, bytes, n, is_read);
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		kh_array_each(&package.list, part)
			if (begins_as(part->name, parts[i].name) && !kh_reading_over(r))
				read_part(&d, part->name, parts[i].part, parts[i].pages, part->bytes, part->n);
	if (package.list.n == 0)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	docx_done(&d);
	kh_parts_done(&package);
}

/* ---- documents inside ---- */

/* Not what a package itself is made of: its XML, fonts, settings of printers, macros. */
static bool is_document_inside(const char *name)
{
	static const char *const endings[] = {".xml", ".rels", ".odttf", "vbaProject.bin", ".vml"};
	size_t n = strlen(name);
	for (size_t i = 0; i < KH_COUNT(endings); i++)
		if (n >= strlen(endings[i]) && kh_streq_nocase(name + n - strlen(endings[i]), endings[i]))
			return begins_as(name, "word/afchunk");
	return !kh_find_nocase(name, "printerSettings");
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, is_document_inside);
}

static bool begins_in_word(void *context, const char *name)
{
	(void)context;
	return begins_as(name, "word/");
}

static bool looks_like_docx(const uint8_t *bytes, size_t n)
{
	return n > 4 && memcmp(bytes, "PK\3\4", 4) == 0 && kh_package_has(bytes, n, begins_in_word, NULL);
}

const struct kh_reader kh_docx_reader = {KH_DOCUMENT_DOCX, looks_like_docx, read_docx, give_members};

/* ---- Word 2003's one file of XML ---- */

static void read_word_xml(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct docx d = {.r = r};
	kh_flow_init(&d.flow, r);
	read_part(&d, NULL, KH_PART_BODY, true, bytes, n);
	docx_done(&d);
}

static bool looks_like_word_xml(const uint8_t *bytes, size_t n)
{
	enum { LOOK = 4096 };
	static const char root[] = "<w:wordDocument";
	return n > 5 && memcmp(bytes, "<?xml", 5) == 0 && memmem(bytes, KH_MIN(n, (size_t)LOOK), root, strlen(root));
}

const struct kh_reader kh_word_xml_reader = {KH_DOCUMENT_DOCX, looks_like_word_xml, read_word_xml, NULL};
