#include "document/read/word/rtf.h"

#include "base/cursor.h"
#include "base/str.h"
#include "base/utf8.h"
#include "document/read/color.h"
#include "document/read/word/flow.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/fonts.h"
#include "unpack/pieces.h"

#include <stdio.h>

enum { WORD_SIZE = 32, NAME_SIZE = 64, MOST_CELLS = 64, VIETNAMESE_PAGE = 1258, VIETNAMESE_FONT = 163 };

/* What becomes of the text of a group. */
enum destination { SHOWN, MUTE /* none, but groups in it may be */, LEFT_OUT /* with all groups in it */, LEFT_OUT_TO_UNICODE, FONT_TABLE, COLOR_TABLE, SHAPE_NAME, SHAPE_VALUE };

struct group {
	struct kh_word_look letters, paragraph;
	enum destination destination, outside; /* outside: of \upr */
	enum kh_document_part part;
	bool box_framed, in_table;
	bool story;   /* its paragraphs are its own */
	size_t level; /* paragraphs that were open where its story begins */
	unsigned font;
	unsigned fallback; /* \ucN: characters behind \u that are for readers without Unicode */
};

struct font {
	const char *name;
	enum kh_charset charset;
};

struct rtf {
	struct kh_reading *r;
	struct kh_flow flow;
	struct kh_cursor c;
	KH_ARRAY(struct group) groups;
	bool star; /* behind \*: who does not know the next word leaves the group out */
	bool stop, damaged;

	KH_ARRAY(struct font) fonts; /* by number */
	unsigned default_font;
	bool vietnamese_page;
	KH_ARRAY(bool) red; /* by number of colour */
	uint32_t color;

	struct {
		unsigned number, charset;
		char name[NAME_SIZE];
		size_t n;
	} font; /* being told in the table */
	struct {
		char name[NAME_SIZE], value[NAME_SIZE];
		bool framed, red;
	} shape;

	struct {
		unsigned n, cell; /* cell: the one that the text is in */
		uint8_t sides[MOST_CELLS], now, table;
	} row;
	struct {
		enum { OF_NOTHING, OF_PARAGRAPH, OF_CELL, OF_TABLE, OF_LETTERS } what;
		unsigned side;
	} border; /* last named */
	bool section_pending, section_continues;

	struct kh_buf text;
	enum kh_charset charset; /* of what is not ASCII in `text` */
	bool has_other;
	unsigned skip; /* characters of a fallback still to come */
	int32_t high;  /* the first half of a pair of surrogates; 0: none */
};

static struct group *innermost(struct rtf *x)
{
	return &x->groups.v[x->groups.n - 1];
}

/* ---- text ---- */

static bool cell_is_framed(const struct rtf *x)
{
	unsigned sides = x->row.cell < x->row.n ? x->row.sides[x->row.cell] : 0, table = x->row.table;
	sides |= table & (x->row.cell == 0 ? KH_SIDE_LEFT : KH_SIDE_INSIDE_V) ? KH_SIDE_LEFT : 0;
	sides |= table & (x->row.cell + 1 == x->row.n ? KH_SIDE_RIGHT : KH_SIDE_INSIDE_V) ? KH_SIDE_RIGHT : 0;
	sides |= table & (KH_SIDE_TOP | KH_SIDE_INSIDE_H) ? KH_SIDE_TOP : 0;
	sides |= table & (KH_SIDE_BOTTOM | KH_SIDE_INSIDE_H) ? KH_SIDE_BOTTOM : 0;
	return (sides & KH_SIDE_ALL) == KH_SIDE_ALL;
}

static void open_paragraph(struct rtf *x)
{
	const struct group *g = innermost(x);
	bool body = g->part == KH_PART_BODY;
	x->flow.page = (body || g->part == KH_PART_BOX) && x->flow.page == 0 ? 1 : x->flow.page;
	if ((x->section_pending && !x->section_continues && body) || g->paragraph.break_before)
		kh_flow_page_break(&x->flow, true);
	x->section_pending = false;
	kh_flow_open(&x->flow, &(struct kh_line_look){.part = g->in_table && body ? KH_PART_CELL : g->part});
}

static void flush(struct rtf *x)
{
	if (x->text.len == 0)
		return;
	const struct group *g = innermost(x);
	struct kh_word_look look = g->letters;
	if (!(look.says & KH_SAYS_FONT) && g->font < x->fonts.n)
		look.font = x->fonts.v[g->font].name;
	if (x->flow.n_open == g->level)
		open_paragraph(x);
	kh_flow_text(&x->flow, x->text.data, x->text.len, x->has_other ? x->charset : KH_CHARSET_UNICODE, &look);
	kh_buf_reset(&x->text);
	x->has_other = false;
}

static void end_paragraph(struct rtf *x)
{
	struct group *g = innermost(x);
	flush(x);
	if (x->flow.n_open <= g->level)
		return;
	struct kh_line_look *look = &kh_flow_paragraph(&x->flow)->look;
	look->centred = g->paragraph.centred;
	look->framed = (g->paragraph.sides & KH_SIDE_ALL) == KH_SIDE_ALL || (g->in_table ? cell_is_framed(x) : g->box_framed);
	look->part = g->in_table && g->part == KH_PART_BODY ? KH_PART_CELL : g->part;
	kh_flow_close(&x->flow);
}

static void end_story(struct rtf *x)
{
	end_paragraph(x);
	while (x->flow.n_open > innermost(x)->level)
		kh_flow_close(&x->flow);
}

/* Text that is for readers without Unicode is counted, not read. */
static bool is_fallback(struct rtf *x)
{
	if (x->skip == 0)
		return false;
	x->skip--;
	return true;
}

static void add_unicode(struct rtf *x, int32_t c)
{
	if (innermost(x)->destination != SHOWN)
		return;
	if (c >= 0x80 && x->has_other && x->charset != KH_CHARSET_UNICODE)
		flush(x);
	if (c >= 0x80) {
		x->charset = KH_CHARSET_UNICODE;
		x->has_other = true;
	}
	kh_utf8_add(&x->text, c);
}

static enum kh_charset charset_of_bytes(struct rtf *x)
{
	unsigned font = innermost(x)->font;
	return font < x->fonts.n ? x->fonts.v[font].charset : x->vietnamese_page ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
}

static void add_shown(struct rtf *x, const uint8_t *bytes, size_t n)
{
	size_t plain = 0;
	while (plain < n && bytes[plain] < 0x80)
		plain++;
	kh_buf_add(&x->text, bytes, plain);
	if (plain == n)
		return;
	enum kh_charset charset = charset_of_bytes(x);
	if (x->has_other && x->charset != charset)
		flush(x);
	x->charset = charset;
	x->has_other = true;
	kh_charset_widen(bytes + plain, n - plain, &x->text);
}

static void add_name(char *name, size_t *n, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size && *n + 1 < NAME_SIZE; i++)
		name[(*n)++] = (char)bytes[i];
	name[*n] = '\0';
}

/* ---- the tables of fonts and colours, and properties of shapes ---- */

static void font_is_told(struct rtf *x)
{
	bool capitals = false;
	const char *name = x->font.name;
	while (x->fonts.n <= x->font.number && x->fonts.n < KH_RTF_MAX_FONTS)
		kh_array_push(&x->fonts, ((struct font){NULL, KH_CHARSET_CP1252}));
	if (x->font.number < x->fonts.n) {
		bool vietnamese = x->font.charset == VIETNAMESE_FONT || (x->font.charset == 1 && x->vietnamese_page);
		bool legacy = kh_font_charset(name, &capitals) != KH_CHARSET_UNICODE;
		x->fonts.v[x->font.number] = (struct font){kh_flow_font(&x->flow, name, x->font.n), vietnamese && !legacy ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252};
	}
	x->font.n = 0;
	x->font.charset = 1;
}

static void color_is_told(struct rtf *x)
{
	if (x->red.n < KH_RTF_MAX_COLORS)
		kh_array_push(&x->red, kh_color_is_red(x->color));
	x->color = 0;
}

static void add_to_table(struct rtf *x, const uint8_t *bytes, size_t n, void (*told)(struct rtf *x))
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == ';')
			told(x);
		else
			add_name(x->font.name, &x->font.n, bytes + i, 1);
	}
}

static void add_bytes(struct rtf *x, const uint8_t *bytes, size_t n)
{
	size_t name_n = 0;
	while (n > 0 && is_fallback(x)) {
		bytes++;
		n--;
	}
	if (n == 0)
		return;
	switch (innermost(x)->destination) {
	case SHOWN:
		add_shown(x, bytes, n);
		break;
	case FONT_TABLE:
		add_to_table(x, bytes, n, font_is_told);
		break;
	case COLOR_TABLE:
		add_to_table(x, bytes, n, color_is_told);
		break;
	case SHAPE_NAME:
		name_n = strlen(x->shape.name);
		add_name(x->shape.name, &name_n, bytes, n);
		break;
	case SHAPE_VALUE:
		name_n = strlen(x->shape.value);
		add_name(x->shape.value, &name_n, bytes, n);
		break;
	case MUTE:
	case LEFT_OUT:
	case LEFT_OUT_TO_UNICODE:
		break;
	}
}

/* Colours of shapes are numbers with red in the lowest byte. */
static void shape_value_is_told(struct rtf *x)
{
	int64_t v = 0;
	if (!kh_parse_int(x->shape.value, 0, UINT32_MAX, &v))
		return;
	if (kh_streq(x->shape.name, "fLine"))
		x->shape.framed = v != 0;
	else if (kh_streq(x->shape.name, "fillColor"))
		x->shape.red = kh_color_is_red((uint32_t)(v & 0xff) << 16 | (uint32_t)(v & 0xff00) | (uint32_t)(v >> 16 & 0xff));
}

/* ---- groups ---- */

static void push_group(struct rtf *x)
{
	flush(x);
	if (x->groups.n >= KH_RTF_MAX_DEPTH) {
		kh_reading_gap(x->r, KH_GAP_DEPTH, NULL);
		x->stop = true;
		return;
	}
	struct group g = *innermost(x);
	g.story = false;
	kh_array_push(&x->groups, g);
	x->star = false;
	x->skip = 0;
}

static void pop_group(struct rtf *x)
{
	struct group *g = innermost(x);
	flush(x);
	x->skip = 0;
	x->star = false;
	if (g->story)
		end_story(x);
	if (g->destination == SHAPE_VALUE)
		shape_value_is_told(x);
	x->groups.n--;
}

/* ---- words ---- */

struct word {
	const char *name;
	void (*apply)(struct rtf *x, int value, unsigned what);
	unsigned what;
};

static void begin_story(struct rtf *x, int value, unsigned part)
{
	struct group *g = innermost(x);
	(void)value;
	flush(x);
	*g = (struct group){.part = part, .story = true, .level = x->flow.n_open, .fallback = g->fallback, .font = x->default_font};
	g->box_framed = part == KH_PART_BOX && x->shape.framed;
}

static void set_destination(struct rtf *x, int value, unsigned destination)
{
	(void)value;
	flush(x);
	innermost(x)->destination = (enum destination)destination;
	x->font.n = 0;
	if (destination == SHAPE_NAME)
		x->shape.name[0] = '\0';
}

/* Of WordArt, the value is text that is shown. */
static void begin_shape_value(struct rtf *x, int value, unsigned what)
{
	(void)what;
	x->shape.value[0] = '\0';
	set_destination(x, value, SHAPE_VALUE);
	if (kh_streq(x->shape.name, "gtextUNICODE")) {
		begin_story(x, value, KH_PART_BOX);
		innermost(x)->letters = (struct kh_word_look){.red = x->shape.red};
		innermost(x)->box_framed = false;
	}
}

static void begin_shape(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	x->shape.framed = true;
	x->shape.red = false;
}

/* A text that is there twice: for readers without Unicode, then behind \ud. */
static void begin_twice(struct rtf *x, int value, unsigned what)
{
	(void)what;
	innermost(x)->outside = innermost(x)->destination;
	set_destination(x, value, LEFT_OUT_TO_UNICODE);
}

static void begin_in_unicode(struct rtf *x, int value, unsigned what)
{
	(void)what;
	if (innermost(x)->destination == LEFT_OUT_TO_UNICODE)
		set_destination(x, value, innermost(x)->outside);
}

static void known(struct rtf *x, int value, unsigned what)
{
	(void)x;
	(void)value;
	(void)what;
}

static void on_bool(struct rtf *x, int value, unsigned says)
{
	struct kh_word_look *l = &innermost(x)->letters;
	flush(x);
	l->says |= says;
	if (says == KH_SAYS_BOLD)
		l->bold = value != 0;
	else
		l->capitals = value != 0;
}

static void on_size(struct rtf *x, int value, unsigned what)
{
	(void)what;
	flush(x);
	innermost(x)->letters.size_pt = (float)KH_MIN(KH_MAX(value, 0), 4000) / 2;
}

static void on_color(struct rtf *x, int value, unsigned what)
{
	(void)what;
	flush(x);
	innermost(x)->letters.red = value >= 0 && (size_t)value < x->red.n && x->red.v[value];
}

static void on_font(struct rtf *x, int value, unsigned what)
{
	(void)what;
	flush(x);
	innermost(x)->font = (unsigned)KH_MAX(value, 0);
	x->font.number = (unsigned)KH_MAX(value, 0);
}

static void on_default_font(struct rtf *x, int value, unsigned what)
{
	(void)what;
	x->default_font = innermost(x)->font = (unsigned)KH_MAX(value, 0);
}

static void on_font_charset(struct rtf *x, int value, unsigned what)
{
	(void)what;
	x->font.charset = (unsigned)KH_MAX(value, 0);
}

static void on_code_page(struct rtf *x, int value, unsigned what)
{
	(void)what;
	x->vietnamese_page = value == VIETNAMESE_PAGE;
}

static void on_color_part(struct rtf *x, int value, unsigned shift)
{
	x->color = (x->color & ~(0xffU << shift)) | (uint32_t)(value & 0xff) << shift;
}

static void on_plain(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	flush(x);
	innermost(x)->letters = (struct kh_word_look){0};
	innermost(x)->font = x->default_font;
}

static void on_paragraph_plain(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	innermost(x)->paragraph = (struct kh_word_look){0};
	innermost(x)->in_table = false;
}

static void on_justify(struct rtf *x, int value, unsigned centred)
{
	(void)value;
	innermost(x)->paragraph.centred = centred;
}

static void on_break_before(struct rtf *x, int value, unsigned what)
{
	(void)what;
	innermost(x)->paragraph.break_before = value != 0;
}

static void on_in_table(struct rtf *x, int value, unsigned what)
{
	(void)what;
	innermost(x)->in_table = value != 0;
}

static void set_border(struct rtf *x, bool is)
{
	unsigned side = x->border.side;
	uint8_t *sides = x->border.what == OF_CELL ? &x->row.now : &x->row.table;
	if (x->border.what == OF_PARAGRAPH)
		kh_word_look_side(&innermost(x)->paragraph, side, is);
	else if (x->border.what == OF_LETTERS)
		innermost(x)->letters.framed = is;
	else if (x->border.what != OF_NOTHING)
		*sides = (uint8_t)(is ? *sides | side : *sides & ~side);
}

/* What follows may take it away again. */
static void on_border(struct rtf *x, int value, unsigned what)
{
	(void)value;
	flush(x);
	x->border.what = what >> 8;
	x->border.side = what & 0xff;
	set_border(x, true);
}

static void on_no_border(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	set_border(x, false);
}

static void on_row(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	x->row.n = 0;
	x->row.now = x->row.table = 0;
}

static void on_cell_defined(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	if (x->row.n < MOST_CELLS)
		x->row.sides[x->row.n++] = x->row.now;
	x->row.now = 0;
}

static void on_cell_end(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	innermost(x)->in_table = true;
	end_paragraph(x);
	x->row.cell++;
}

static void on_row_end(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	end_paragraph(x);
	x->row.cell = 0;
}

static void on_paragraph_end(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	if (innermost(x)->destination == SHOWN)
		end_paragraph(x);
}

static void on_line_end(struct rtf *x, int value, unsigned what)
{
	(void)value;
	(void)what;
	flush(x);
	kh_flow_line_end(&x->flow);
}

static void on_page(struct rtf *x, int value, unsigned hard)
{
	(void)value;
	flush(x);
	x->flow.page = KH_MAX(x->flow.page, 1U);
	kh_flow_page_break(&x->flow, hard);
}

static void on_section(struct rtf *x, int value, unsigned what)
{
	on_paragraph_end(x, value, what);
	x->section_pending = true;
}

static void on_section_kind(struct rtf *x, int value, unsigned continues)
{
	(void)value;
	x->section_continues = continues;
}

static void on_character(struct rtf *x, int value, unsigned c)
{
	(void)value;
	if (!is_fallback(x))
		add_unicode(x, (int32_t)c);
}

static void on_fallback_size(struct rtf *x, int value, unsigned what)
{
	(void)what;
	innermost(x)->fallback = (unsigned)KH_MIN(KH_MAX(value, 0), 100);
}

/* Negative numbers are those from 32,768 on; pairs of surrogates are two words. */
static void on_unicode(struct rtf *x, int value, unsigned what)
{
	(void)what;
	int32_t c = value & 0xffff;
	x->skip = innermost(x)->fallback;
	if (c >= 0xd800 && c < 0xdc00) {
		x->high = c;
		return;
	}
	bool low = c >= 0xdc00 && c < 0xe000;
	if (low && x->high)
		add_unicode(x, 0x10000 + ((x->high - 0xd800) << 10) + (c - 0xdc00));
	else
		add_unicode(x, low ? 0xfffd : c);
	x->high = 0;
}

static void on_binary(struct rtf *x, int value, unsigned what)
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
	{"box", on_border, BORDER(OF_PARAGRAPH, KH_SIDE_ALL)},
	{"brdrb", on_border, BORDER(OF_PARAGRAPH, KH_SIDE_BOTTOM)},
	{"brdrl", on_border, BORDER(OF_PARAGRAPH, KH_SIDE_LEFT)},
	{"brdrnil", on_no_border, 0},
	{"brdrnone", on_no_border, 0},
	{"brdrr", on_border, BORDER(OF_PARAGRAPH, KH_SIDE_RIGHT)},
	{"brdrt", on_border, BORDER(OF_PARAGRAPH, KH_SIDE_TOP)},
	{"bullet", on_character, 0x2022},
	{"caps", on_bool, KH_SAYS_CAPITALS},
	{"cell", on_cell_end, 0},
	{"cellx", on_cell_defined, 0},
	{"cf", on_color, 0},
	{"chbrdr", on_border, BORDER(OF_LETTERS, 0)},
	{"clbrdrb", on_border, BORDER(OF_CELL, KH_SIDE_BOTTOM)},
	{"clbrdrl", on_border, BORDER(OF_CELL, KH_SIDE_LEFT)},
	{"clbrdrr", on_border, BORDER(OF_CELL, KH_SIDE_RIGHT)},
	{"clbrdrt", on_border, BORDER(OF_CELL, KH_SIDE_TOP)},
	{"colortbl", set_destination, COLOR_TABLE},
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
	{"fldinst", set_destination, LEFT_OUT},
	{"fldrslt", known, 0},
	{"fonttbl", set_destination, FONT_TABLE},
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
	{"info", set_destination, MUTE},
	{"intbl", on_in_table, 0},
	{"keywords", begin_story, KH_PART_PROPERTIES},
	{"ldblquote", on_character, 0x201c},
	{"line", on_line_end, 0},
	{"listtext", set_destination, LEFT_OUT},
	{"lquote", on_character, 0x2018},
	{"nestcell", on_paragraph_end, 0},
	{"nestrow", on_paragraph_end, 0},
	{"nonesttables", set_destination, LEFT_OUT},
	{"nonshppict", set_destination, LEFT_OUT},
	{"objdata", set_destination, LEFT_OUT},
	{"page", on_page, true},
	{"pagebb", on_break_before, 0},
	{"par", on_paragraph_end, 0},
	{"pard", on_paragraph_plain, 0},
	{"pict", set_destination, LEFT_OUT},
	{"plain", on_plain, 0},
	{"pntext", set_destination, LEFT_OUT},
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
	{"shpinst", set_destination, MUTE},
	{"shppict", known, 0},
	{"shprslt", set_destination, LEFT_OUT},
	{"shptxt", begin_story, KH_PART_BOX},
	{"sn", set_destination, SHAPE_NAME},
	{"softpage", on_page, false},
	{"stylesheet", set_destination, LEFT_OUT},
	{"subject", begin_story, KH_PART_PROPERTIES},
	{"sv", begin_shape_value, 0},
	{"tab", on_character, '\t'},
	{"title", begin_story, KH_PART_PROPERTIES},
	{"trbrdrb", on_border, BORDER(OF_TABLE, KH_SIDE_BOTTOM)},
	{"trbrdrh", on_border, BORDER(OF_TABLE, KH_SIDE_INSIDE_H)},
	{"trbrdrl", on_border, BORDER(OF_TABLE, KH_SIDE_LEFT)},
	{"trbrdrr", on_border, BORDER(OF_TABLE, KH_SIDE_RIGHT)},
	{"trbrdrt", on_border, BORDER(OF_TABLE, KH_SIDE_TOP)},
	{"trbrdrv", on_border, BORDER(OF_TABLE, KH_SIDE_INSIDE_V)},
	{"trowd", on_row, 0},
	{"u", on_unicode, 0},
	{"uc", on_fallback_size, 0},
	{"ud", begin_in_unicode, 0},
	{"upr", begin_twice, 0},
	{"xe", set_destination, LEFT_OUT},
};

static int compare_word(const void *key, const void *item)
{
	const struct word *w = item;
	return strcmp(key, w->name);
}

/* ---- the bytes ---- */

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word, and its number: 1 where there is none, so that \b is on. A blank behind it belongs to it. */
static void take_word(struct kh_cursor *c, char name[WORD_SIZE], int *ret_value)
{
	enum { LARGEST = 100000000 };
	size_t n = 0;
	for (; c->at < c->end && is_letter(*c->at); c->at++)
		if (n + 1 < WORD_SIZE)
			name[n++] = (char)*c->at;
	name[n] = '\0';
	bool minus = c->at < c->end && *c->at == '-', digits = false;
	c->at += minus;
	int value = 0;
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits = true)
		value = KH_MIN(value * 10 + (*c->at - '0'), LARGEST);
	*ret_value = !digits ? 1 : minus ? -value : value;
	c->at += c->at < c->end && *c->at == ' ';
}

static void on_word(struct rtf *x)
{
	char name[WORD_SIZE];
	int value = 0;
	take_word(&x->c, name, &value);
	const struct word *w = bsearch(name, words, KH_COUNT(words), sizeof *words, compare_word);
	enum destination d = innermost(x)->destination;
	bool counts = d == LEFT_OUT_TO_UNICODE && w && w->apply == begin_in_unicode;
	if ((d == LEFT_OUT || d == LEFT_OUT_TO_UNICODE) && !counts && !(w && w->apply == on_binary))
		return;
	if (w)
		w->apply(x, value, w->what);
	else if (x->star)
		set_destination(x, value, LEFT_OUT);
	x->star = false;
}

static void on_hex(struct rtf *x)
{
	const uint8_t *digits = NULL;
	if (!kh_cursor_take(&x->c, 2, &digits))
		return;
	int high = kh_hex_value(digits[0]), low = kh_hex_value(digits[1]);
	if (high < 0 || low < 0)
		return;
	add_bytes(x, &(uint8_t){(uint8_t)(high << 4 | low)}, 1);
}

/* What stands behind a backslash. */
static void on_control(struct rtf *x)
{
	if (x->c.at == x->c.end)
		return;
	if (is_letter(*x->c.at)) {
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
		add_bytes(x, &symbol, 1);
	else if (symbol == '\t')
		on_character(x, 0, '\t');
}

static bool is_plain(uint8_t c)
{
	return c != '\\' && c != '{' && c != '}' && c != '\r' && c != '\n' && c != '\0';
}

static void read_bytes(struct rtf *x)
{
	while (x->c.at < x->c.end && x->groups.n > 0 && !x->stop) {
		const uint8_t *from = x->c.at;
		while (x->c.at < x->c.end && is_plain(*x->c.at))
			x->c.at++;
		if (x->c.at > from)
			add_bytes(x, from, (size_t)(x->c.at - from));
		if (x->c.at == x->c.end)
			break;
		uint8_t c = *x->c.at++;
		if (c == '\\')
			on_control(x);
		else if (c == '{')
			push_group(x);
		else if (c == '}' && x->groups.n > 1)
			pop_group(x);
		x->stop |= (c == '{' && kh_reading_over(x->r)) || (c == '}' && x->groups.n == 1);
		if (x->text.len > KH_WORD_MAX_PARAGRAPH)
			flush(x);
	}
}

static void read_rtf(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct rtf x = {.r = r, .c = kh_cursor_of(bytes, n), .font.charset = 1};
	kh_flow_init(&x.flow, r);
	kh_array_push(&x.groups, ((struct group){.story = true, .fallback = 1}));
	read_bytes(&x);
	while (x.groups.n > 0)
		pop_group(&x);
	if (!x.stop)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL); /* not all groups end */
	kh_flow_done(&x.flow);
	kh_array_done(&x.groups);
	kh_array_done(&x.fonts);
	kh_array_done(&x.red);
	kh_buf_done(&x.text);
}

/* ---- pictures and objects ---- */

static enum kh_decoded decode_hex(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_pieces out;
	int high = -1;
	kh_pieces_init(&out, m);
	for (size_t i = 0; i < n && !out.full; i++) {
		int digit = kh_hex_value(bytes[i]);
		if (digit < 0)
			continue;
		if (high >= 0)
			kh_pieces_put(&out, (uint8_t)(high << 4 | digit));
		high = high >= 0 ? -1 : digit;
	}
	return kh_pieces_finish(&out, true);
}

/* The words of a picture, groups among them aside, up to its digits, or to bytes. False: it has neither, or is of a kind that is not read. */
static bool find_picture(struct kh_cursor *c, struct kh_cursor *ret_bytes, bool *ret_binary)
{
	char name[WORD_SIZE];
	int value = 0, depth = 0;
	bool read = false;
	while (c->at < c->end && depth >= 0) {
		uint8_t symbol = *c->at++;
		if (symbol == '{' || symbol == '}') {
			depth += symbol == '{' ? 1 : -1;
		} else if (symbol == '\\' && c->at < c->end && is_letter(*c->at)) {
			take_word(c, name, &value);
			read |= kh_streq(name, "jpegblip") || kh_streq(name, "pngblip");
			*ret_binary = kh_streq(name, "bin");
			if (*ret_binary)
				return read && kh_cursor_sub(c, KH_MIN((size_t)KH_MAX(value, 0), kh_cursor_left(c)), ret_bytes);
		} else if (depth == 0 && kh_hex_value(symbol) >= 0) {
			const uint8_t *from = c->at - 1, *end = memchr(from, '}', (size_t)(c->end - from));
			*ret_bytes = (struct kh_cursor){from, end ? end : c->end};
			c->at = ret_bytes->end;
			return read;
		}
	}
	return false;
}

static void give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	static const char beginning[] = "\\pict";
	struct kh_cursor c = kh_cursor_of(bytes, n), picture = {0};
	for (unsigned number = 1; (c.at = memmem(c.at, kh_cursor_left(&c), beginning, strlen(beginning))) != NULL && !kh_reading_over(r); number++) {
		char name[32];
		bool binary = false;
		c.at += strlen(beginning);
		if (!find_picture(&c, &picture, &binary))
			continue;
		snprintf(name, sizeof name, "picture %u", number);
		if (binary)
			kh_reading_member(r, name, picture.at, kh_cursor_left(&picture));
		else
			kh_reading_decoded(r, name, picture.at, kh_cursor_left(&picture), decode_hex);
	}
}

static bool is_object(const char *name)
{
	return kh_starts_with(name, "object");
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	give_pictures(r, bytes, n);
	kh_reading_members(r, bytes, n, is_object);
}

static bool looks_like_rtf(const uint8_t *bytes, size_t n)
{
	return n > 4 && memcmp(bytes, "{\\rt", 4) == 0;
}

const struct kh_reader kh_rtf_reader = {KH_DOCUMENT_RTF, looks_like_rtf, read_rtf, give_members};
