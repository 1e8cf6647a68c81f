#include "document/read/word/rtf_state.h"

#include "base/str.h"

/* ---- words ---- */

struct word {
	const char *name;
	void (*apply)(struct kh_rtf *x, int value, unsigned what);
	unsigned what;
};

static void begin_story(struct kh_rtf *x, int value, unsigned part)
{
	struct kh_rtf_group *g = kh_rtf_innermost(x);
	(void)value;
	kh_rtf_flush(x);
	*g = (struct kh_rtf_group){.part = part, .story = true, .level = x->flow.n_open, .fallback = g->fallback, .font = x->default_font};
	g->box_framed = part == KH_PART_BOX && x->shape.framed;
}

static void set_destination(struct kh_rtf *x, int value, unsigned destination)
{
	(void)value;
	kh_rtf_flush(x);
	kh_rtf_innermost(x)->destination = (enum kh_rtf_destination)destination;
	x->font.n = 0;
	if (destination == KH_RTF_SHAPE_NAME)
		x->shape.name[0] = '\0';
}

/* Of WordArt, the value is text that is shown. */
static void begin_shape_value(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	x->shape.value[0] = '\0';
	set_destination(x, value, KH_RTF_SHAPE_VALUE);
	if (kh_streq(x->shape.name, "gtextUNICODE")) {
		begin_story(x, value, KH_PART_BOX);
		kh_rtf_innermost(x)->letters = (struct kh_word_look){.red = x->shape.red};
		kh_rtf_innermost(x)->box_framed = false;
	}
}

static void begin_shape(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	x->shape.framed = true;
	x->shape.red = false;
}

/* A text that is there twice: for readers without Unicode, then behind \ud. */
static void begin_twice(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_innermost(x)->outside = kh_rtf_innermost(x)->destination;
	set_destination(x, value, KH_RTF_LEFT_OUT_TO_UNICODE);
}

static void begin_in_unicode(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	if (kh_rtf_innermost(x)->destination == KH_RTF_LEFT_OUT_TO_UNICODE)
		set_destination(x, value, kh_rtf_innermost(x)->outside);
}

static void known(struct kh_rtf *x, int value, unsigned what)
{
	(void)x;
	(void)value;
	(void)what;
}

static void on_bool(struct kh_rtf *x, int value, unsigned says)
{
	struct kh_word_look *l = &kh_rtf_innermost(x)->letters;
	kh_rtf_flush(x);
	l->says |= says;
	if (says == KH_SAYS_BOLD)
		l->bold = value != 0;
	else
		l->capitals = value != 0;
}

static void on_size(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_flush(x);
	kh_rtf_innermost(x)->letters.size_pt = (float)KH_MIN(KH_MAX(value, 0), 4000) / 2;
}

static void on_color(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_flush(x);
	kh_rtf_innermost(x)->letters.red = value >= 0 && (size_t)value < x->red.n && x->red.v[value];
}

static void on_font(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_flush(x);
	kh_rtf_innermost(x)->font = (unsigned)KH_MAX(value, 0);
	x->font.number = (unsigned)KH_MAX(value, 0);
}

static void on_default_font(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	x->default_font = kh_rtf_innermost(x)->font = (unsigned)KH_MAX(value, 0);
}

static void on_font_charset(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	x->font.charset = (unsigned)KH_MAX(value, 0);
}

static void on_code_page(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	x->vietnamese_page = value == VIETNAMESE_PAGE;
}

static void on_color_part(struct kh_rtf *x, int value, unsigned shift)
{
	x->color = (x->color & ~(0xffU << shift)) | (uint32_t)(value & 0xff) << shift;
}

static void on_plain(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	kh_rtf_flush(x);
	kh_rtf_innermost(x)->letters = (struct kh_word_look){0};
	kh_rtf_innermost(x)->font = x->default_font;
}

static void on_paragraph_plain(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	kh_rtf_innermost(x)->paragraph = (struct kh_word_look){0};
	kh_rtf_innermost(x)->in_table = false;
}

static void on_justify(struct kh_rtf *x, int value, unsigned centred)
{
	(void)value;
	kh_rtf_innermost(x)->paragraph.centred = centred;
}

static void on_break_before(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_innermost(x)->paragraph.break_before = value != 0;
}

static void on_in_table(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_innermost(x)->in_table = value != 0;
}

static void set_border(struct kh_rtf *x, bool is)
{
	unsigned side = x->border.side;
	uint8_t *sides = x->border.what == KH_RTF_OF_CELL ? &x->row.now : &x->row.table;
	if (x->border.what == KH_RTF_OF_PARAGRAPH)
		kh_word_look_side(&kh_rtf_innermost(x)->paragraph, side, is);
	else if (x->border.what == KH_RTF_OF_LETTERS)
		kh_rtf_innermost(x)->letters.framed = is;
	else if (x->border.what != KH_RTF_OF_NOTHING)
		*sides = (uint8_t)(is ? *sides | side : *sides & ~side);
}

/* What follows may take it away again. */
static void on_border(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	kh_rtf_flush(x);
	x->border.what = what >> 8;
	x->border.side = what & 0xff;
	set_border(x, true);
}

static void on_no_border(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	set_border(x, false);
}

static void on_row(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	x->row.n = 0;
	x->row.now = x->row.table = 0;
}

static void on_cell_defined(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	if (x->row.n < KH_RTF_MOST_CELLS)
		x->row.sides[x->row.n++] = x->row.now;
	x->row.now = 0;
}

static void on_cell_end(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	kh_rtf_innermost(x)->in_table = true;
	kh_rtf_end_paragraph(x);
	x->row.cell++;
}

static void on_row_end(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	kh_rtf_end_paragraph(x);
	x->row.cell = 0;
}

static void on_paragraph_end(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	if (kh_rtf_innermost(x)->destination == KH_RTF_SHOWN)
		kh_rtf_end_paragraph(x);
}

static void on_line_end(struct kh_rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	kh_rtf_flush(x);
	kh_flow_line_end(&x->flow);
}

static void on_page(struct kh_rtf *x, int value, unsigned hard)
{
	(void)value;
	kh_rtf_flush(x);
	x->flow.page = KH_MAX(x->flow.page, 1U);
	kh_flow_page_break(&x->flow, hard);
}

static void on_section(struct kh_rtf *x, int value, unsigned what)
{
	on_paragraph_end(x, value, what);
	x->section_pending = true;
}

static void on_section_kind(struct kh_rtf *x, int value, unsigned continues)
{
	(void)value;
	x->section_continues = continues;
}

static void on_character(struct kh_rtf *x, int value, unsigned c)
{
	(void)value;
	if (!kh_rtf_is_fallback(x))
		kh_rtf_add_unicode(x, (int32_t)c);
}

static void on_fallback_size(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_rtf_innermost(x)->fallback = (unsigned)KH_MIN(KH_MAX(value, 0), 100);
}

/* Negative numbers are those from 32,768 on; pairs of surrogates are two words. */
static void on_unicode(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	int32_t c = value & 0xffff;
	x->skip = kh_rtf_innermost(x)->fallback;
	if (c >= 0xd800 && c < 0xdc00) {
		x->high = c;
		return;
	}
	bool low = c >= 0xdc00 && c < 0xe000;
	if (low && x->high)
		kh_rtf_add_unicode(x, 0x10000 + ((x->high - 0xd800) << 10) + (c - 0xdc00));
	else
		kh_rtf_add_unicode(x, low ? 0xfffd : c);
	x->high = 0;
}

static void on_binary(struct kh_rtf *x, int value, unsigned what)
{
	(void)what;
	kh_ignore(kh_cursor_skip(&x->c, KH_MIN((size_t)KH_MAX(value, 0), kh_cursor_left(&x->c))));
}

#define BORDER(what, side) (((unsigned)(what) << 8) | (side))
static const struct word words[] = {
	{"annotation", begin_story, KH_PART_COMMENT},
	{"ansicpg", on_code_page, 0},
	{"b", on_bool, KH_SAYS_BOLD},
	{"bin", on_binary, 0},
	{"blue", on_color_part, 0},
	{"box", on_border, BORDER(KH_RTF_OF_PARAGRAPH, KH_SIDE_ALL)},
	{"brdrb", on_border, BORDER(KH_RTF_OF_PARAGRAPH, KH_SIDE_BOTTOM)},
	{"brdrl", on_border, BORDER(KH_RTF_OF_PARAGRAPH, KH_SIDE_LEFT)},
	{"brdrnil", on_no_border, 0},
	{"brdrnone", on_no_border, 0},
	{"brdrr", on_border, BORDER(KH_RTF_OF_PARAGRAPH, KH_SIDE_RIGHT)},
	{"brdrt", on_border, BORDER(KH_RTF_OF_PARAGRAPH, KH_SIDE_TOP)},
	{"bullet", on_character, 0x2022},
	{"caps", on_bool, KH_SAYS_CAPITALS},
	{"cell", on_cell_end, 0},
	{"cellx", on_cell_defined, 0},
	{"cf", on_color, 0},
	{"chbrdr", on_border, BORDER(KH_RTF_OF_LETTERS, 0)},
	{"clbrdrb", on_border, BORDER(KH_RTF_OF_CELL, KH_SIDE_BOTTOM)},
	{"clbrdrl", on_border, BORDER(KH_RTF_OF_CELL, KH_SIDE_LEFT)},
	{"clbrdrr", on_border, BORDER(KH_RTF_OF_CELL, KH_SIDE_RIGHT)},
	{"clbrdrt", on_border, BORDER(KH_RTF_OF_CELL, KH_SIDE_TOP)},
	{"colortbl", set_destination, KH_RTF_COLOR_TABLE},
	{"column", on_line_end, 0},
	{"deff", on_default_font, 0},
	{"do", begin_shape, 0},
	{"doccomm", begin_story, KH_PART_PROPERTIES},
	{"dptxbxtext", begin_story, KH_PART_BOX},
	{"emdash", on_character, 0x2014},
	{"emspace", on_character, ' '},
	{"endash", on_character, 0x2013},
	{"enspace", on_character, ' '},
	{"f", on_font, 0},
	{"fcharset", on_font_charset, 0},
	{"fldinst", set_destination, KH_RTF_LEFT_OUT},
	{"fldrslt", known, 0},
	{"fonttbl", set_destination, KH_RTF_FONT_TABLE},
	{"footer", begin_story, KH_PART_FOOTER},
	{"footerf", begin_story, KH_PART_FOOTER},
	{"footerl", begin_story, KH_PART_FOOTER},
	{"footerr", begin_story, KH_PART_FOOTER},
	{"footnote", begin_story, KH_PART_NOTE},
	{"fs", on_size, 0},
	{"green", on_color_part, 8},
	{"header", begin_story, KH_PART_HEADER},
	{"headerf", begin_story, KH_PART_HEADER},
	{"headerl", begin_story, KH_PART_HEADER},
	{"headerr", begin_story, KH_PART_HEADER},
	{"info", set_destination, KH_RTF_MUTE},
	{"intbl", on_in_table, 0},
	{"keywords", begin_story, KH_PART_PROPERTIES},
	{"ldblquote", on_character, 0x201c},
	{"line", on_line_end, 0},
	{"listtext", set_destination, KH_RTF_LEFT_OUT},
	{"lquote", on_character, 0x2018},
	{"nestcell", on_paragraph_end, 0},
	{"nestrow", on_paragraph_end, 0},
	{"nonesttables", set_destination, KH_RTF_LEFT_OUT},
	{"nonshppict", set_destination, KH_RTF_LEFT_OUT},
	{"objdata", set_destination, KH_RTF_LEFT_OUT},
	{"page", on_page, true},
	{"pagebb", on_break_before, 0},
	{"par", on_paragraph_end, 0},
	{"pard", on_paragraph_plain, 0},
	{"pict", set_destination, KH_RTF_LEFT_OUT},
	{"plain", on_plain, 0},
	{"pntext", set_destination, KH_RTF_LEFT_OUT},
	{"qc", on_justify, true},
	{"qd", on_justify, false},
	{"qj", on_justify, false},
	{"ql", on_justify, false},
	{"qr", on_justify, false},
	{"rdblquote", on_character, 0x201d},
	{"red", on_color_part, 16},
	{"row", on_row_end, 0},
	{"rquote", on_character, 0x2019},
	{"sbkcol", on_section_kind, true},
	{"sbkeven", on_section_kind, false},
	{"sbknone", on_section_kind, true},
	{"sbkodd", on_section_kind, false},
	{"sbkpage", on_section_kind, false},
	{"scaps", on_bool, KH_SAYS_CAPITALS},
	{"sect", on_section, 0},
	{"sectd", on_section_kind, false},
	{"shp", begin_shape, 0},
	{"shpgrp", known, 0},
	{"shpinst", set_destination, KH_RTF_MUTE},
	{"shppict", known, 0},
	{"shprslt", set_destination, KH_RTF_LEFT_OUT},
	{"shptxt", begin_story, KH_PART_BOX},
	{"sn", set_destination, KH_RTF_SHAPE_NAME},
	{"softpage", on_page, false},
	{"stylesheet", set_destination, KH_RTF_LEFT_OUT},
	{"subject", begin_story, KH_PART_PROPERTIES},
	{"sv", begin_shape_value, 0},
	{"tab", on_character, '\t'},
	{"title", begin_story, KH_PART_PROPERTIES},
	{"trbrdrb", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_BOTTOM)},
	{"trbrdrh", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_INSIDE_H)},
	{"trbrdrl", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_LEFT)},
	{"trbrdrr", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_RIGHT)},
	{"trbrdrt", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_TOP)},
	{"trbrdrv", on_border, BORDER(KH_RTF_OF_TABLE, KH_SIDE_INSIDE_V)},
	{"trowd", on_row, 0},
	{"u", on_unicode, 0},
	{"uc", on_fallback_size, 0},
	{"ud", begin_in_unicode, 0},
	{"upr", begin_twice, 0},
	{"xe", set_destination, KH_RTF_LEFT_OUT},
};

void kh_rtf_learn_words(struct kh_names *n)
{
	kh_names_init(n, words, sizeof *words, KH_COUNT(words));
}

static const struct word *find_word(const struct kh_names *names, const char *name)
{
	uint32_t sum = 0;
	for (const char *s = name; *s; s++)
		sum = kh_names_sum(sum, *s);
	size_t place = kh_names_find(names, name, sum);
	return place ? &words[place - 1] : NULL;
}

static void on_word(struct kh_rtf *x)
{
	char name[KH_RTF_WORD_SIZE];
	int value = 0;
	kh_rtf_take_word(&x->c, name, &value);
	const struct word *w = find_word(&x->words, name);
	enum kh_rtf_destination d = kh_rtf_innermost(x)->destination;
	bool counts = d == KH_RTF_LEFT_OUT_TO_UNICODE && w && w->apply == begin_in_unicode;
	if ((d == KH_RTF_LEFT_OUT || d == KH_RTF_LEFT_OUT_TO_UNICODE) && !counts && !(w && w->apply == on_binary))
		return;
	if (w)
		w->apply(x, value, w->what);
	else if (x->star)
		set_destination(x, value, KH_RTF_LEFT_OUT);
	x->star = false;
}

static void on_hex(struct kh_rtf *x)
{
	const uint8_t *digits = NULL;
	if (!kh_cursor_take(&x->c, 2, &digits))
		return;
	int high = kh_hex_value(digits[0]), low = kh_hex_value(digits[1]);
	if (high < 0 || low < 0)
		return;
	kh_rtf_add_bytes(x, &(uint8_t){(uint8_t)(high << 4 | low)}, 1);
}

/* What stands behind a backslash. */
void kh_rtf_on_control(struct kh_rtf *x)
{
	if (x->c.at == x->c.end)
		return;
	if (kh_rtf_is_letter(*x->c.at)) {
		on_word(x);
		return;
	}
	uint8_t symbol = *x->c.at++;
	if (symbol == '\'')
		on_hex(x);
	else if (symbol == '*')
		x->star = true;
	else if (symbol == '~' || symbol == '_')
		on_character(x, 0, symbol == '~' ? ' ' : '-');
	else if (symbol == '-')
		on_character(x, 0, 0xad); /* in TCVN3, which programs take for Western text, it is a letter */
	else if (symbol == '\n' || symbol == '\r')
		on_paragraph_end(x, 0, 0);
	else if (symbol == '\\' || symbol == '{' || symbol == '}')
		kh_rtf_add_bytes(x, &symbol, 1);
	else if (symbol == '\t')
		on_character(x, 0, '\t');
}
