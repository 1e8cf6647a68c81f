#include "document/read/word/rtf.h"
#include "document/read/word/rtf_state.h"

#include "base/str.h"
#include "base/utf8.h"
#include "document/read/color.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/fonts.h"

/* ---- text ---- */

static bool cell_is_framed(const struct kh_rtf *x)
{
	unsigned sides = x->row.cell < x->row.n ? x->row.sides[x->row.cell] : 0, table = x->row.table;
	sides |= table & (x->row.cell == 0 ? KH_SIDE_LEFT : KH_SIDE_INSIDE_V) ? KH_SIDE_LEFT : 0;
	sides |= table & (x->row.cell + 1 == x->row.n ? KH_SIDE_RIGHT : KH_SIDE_INSIDE_V) ? KH_SIDE_RIGHT : 0;
	sides |= table & (KH_SIDE_TOP | KH_SIDE_INSIDE_H) ? KH_SIDE_TOP : 0;
	sides |= table & (KH_SIDE_BOTTOM | KH_SIDE_INSIDE_H) ? KH_SIDE_BOTTOM : 0;
	return (sides & KH_SIDE_ALL) == KH_SIDE_ALL;
}

static void open_paragraph(struct kh_rtf *x)
{
	const struct kh_rtf_group *g = kh_rtf_innermost(x);
	bool body = g->part == KH_PART_BODY;
	x->flow.page = (body || g->part == KH_PART_BOX) && x->flow.page == 0 ? 1 : x->flow.page;
	if ((x->section_pending && !x->section_continues && body) || g->paragraph.break_before)
		kh_flow_page_break(&x->flow, true);
	x->section_pending = false;
	kh_flow_open(&x->flow, &(struct kh_line_look){.part = g->in_table && body ? KH_PART_CELL : g->part});
}

void kh_rtf_flush(struct kh_rtf *x)
{
	if (x->text.len == 0)
		return;
	const struct kh_rtf_group *g = kh_rtf_innermost(x);
	struct kh_word_look look = g->letters;
	if (!(look.says & KH_SAYS_FONT) && g->font < x->fonts.n)
		look.font = x->fonts.v[g->font].name;
	if (x->flow.n_open == g->level)
		open_paragraph(x);
	kh_flow_text(&x->flow, x->text.data, x->text.len, x->has_other ? x->charset : KH_CHARSET_UNICODE, &look);
	kh_buf_reset(&x->text);
	x->has_other = false;
}

void kh_rtf_end_paragraph(struct kh_rtf *x)
{
	struct kh_rtf_group *g = kh_rtf_innermost(x);
	kh_rtf_flush(x);
	if (x->flow.n_open <= g->level)
		return;
	struct kh_line_look *look = &kh_flow_paragraph(&x->flow)->look;
	look->centred = g->paragraph.centred;
	look->framed = (g->paragraph.sides & KH_SIDE_ALL) == KH_SIDE_ALL || (g->in_table ? cell_is_framed(x) : g->box_framed);
	look->part = g->in_table && g->part == KH_PART_BODY ? KH_PART_CELL : g->part;
	kh_flow_close(&x->flow);
}

static void end_story(struct kh_rtf *x)
{
	kh_rtf_end_paragraph(x);
	while (x->flow.n_open > kh_rtf_innermost(x)->level)
		kh_flow_close(&x->flow);
}

/* Text that is for readers without Unicode is counted, not read. */
bool kh_rtf_is_fallback(struct kh_rtf *x)
{
	if (x->skip == 0)
		return false;
	x->skip--;
	return true;
}

void kh_rtf_add_unicode(struct kh_rtf *x, int32_t c)
{
	if (kh_rtf_innermost(x)->destination != KH_RTF_SHOWN)
		return;
	if (c >= 0x80 && x->has_other && x->charset != KH_CHARSET_UNICODE)
		kh_rtf_flush(x);
	if (c >= 0x80) {
		x->charset = KH_CHARSET_UNICODE;
		x->has_other = true;
	}
	kh_utf8_add(&x->text, c);
}

static enum kh_charset charset_of_bytes(struct kh_rtf *x)
{
	unsigned font = kh_rtf_innermost(x)->font;
	return font < x->fonts.n ? x->fonts.v[font].charset : x->vietnamese_page ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
}

static void add_shown(struct kh_rtf *x, const uint8_t *bytes, size_t n)
{
	size_t plain = 0;
	while (plain < n && bytes[plain] < 0x80)
		plain++;
	kh_buf_add(&x->text, bytes, plain);
	if (plain == n)
		return;
	enum kh_charset charset = charset_of_bytes(x);
	if (x->has_other && x->charset != charset)
		kh_rtf_flush(x);
	x->charset = charset;
	x->has_other = true;
	kh_charset_widen(bytes + plain, n - plain, &x->text);
}

static void add_name(char *name, size_t *n, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size && *n + 1 < KH_RTF_NAME_SIZE; i++)
		name[(*n)++] = (char)bytes[i];
	name[*n] = '\0';
}

/* ---- the tables of fonts and colours, and properties of shapes ---- */

static void font_is_told(struct kh_rtf *x)
{
	bool capitals = false;
	const char *name = x->font.name;
	while (x->fonts.n <= x->font.number && x->fonts.n < KH_RTF_MAX_FONTS)
		kh_array_push(&x->fonts, ((struct kh_rtf_font){NULL, KH_CHARSET_CP1252}));
	if (x->font.number < x->fonts.n) {
		bool vietnamese = x->font.charset == VIETNAMESE_FONT || (x->font.charset == 1 && x->vietnamese_page);
		bool legacy = kh_font_charset(name, &capitals) != KH_CHARSET_UNICODE;
		x->fonts.v[x->font.number] = (struct kh_rtf_font){kh_flow_font(&x->flow, name, x->font.n), vietnamese && !legacy ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252};
	}
	x->font.n = 0;
	x->font.charset = 1;
}

static void color_is_told(struct kh_rtf *x)
{
	if (x->red.n < KH_RTF_MAX_COLORS)
		kh_array_push(&x->red, kh_color_is_red(x->color));
	x->color = 0;
}

static void add_to_table(struct kh_rtf *x, const uint8_t *bytes, size_t n, void (*told)(struct kh_rtf *x))
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == ';')
			told(x);
		else
			add_name(x->font.name, &x->font.n, bytes + i, 1);
	}
}

void kh_rtf_add_bytes(struct kh_rtf *x, const uint8_t *bytes, size_t n)
{
	size_t name_n = 0;
	while (n > 0 && kh_rtf_is_fallback(x)) {
		bytes++;
		n--;
	}
	if (n == 0)
		return;
	switch (kh_rtf_innermost(x)->destination) {
	case KH_RTF_SHOWN:
		add_shown(x, bytes, n);
		break;
	case KH_RTF_FONT_TABLE:
		add_to_table(x, bytes, n, font_is_told);
		break;
	case KH_RTF_COLOR_TABLE:
		add_to_table(x, bytes, n, color_is_told);
		break;
	case KH_RTF_SHAPE_NAME:
		name_n = strlen(x->shape.name);
		add_name(x->shape.name, &name_n, bytes, n);
		break;
	case KH_RTF_SHAPE_VALUE:
		name_n = strlen(x->shape.value);
		add_name(x->shape.value, &name_n, bytes, n);
		break;
	case KH_RTF_MUTE:
	case KH_RTF_LEFT_OUT:
	case KH_RTF_LEFT_OUT_TO_UNICODE:
		break;
	}
}

/* Colours of shapes are numbers with red in the lowest byte. */
static void shape_value_is_told(struct kh_rtf *x)
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

void kh_rtf_push_group(struct kh_rtf *x)
{
	kh_rtf_flush(x);
	if (x->groups.n >= KH_RTF_MAX_DEPTH) {
		kh_reading_gap(x->r, KH_GAP_DEPTH, NULL);
		x->stop = true;
		return;
	}
	struct kh_rtf_group g = *kh_rtf_innermost(x);
	g.story = false;
	kh_array_push(&x->groups, g);
	x->star = false;
	x->skip = 0;
}

void kh_rtf_pop_group(struct kh_rtf *x)
{
	struct kh_rtf_group *g = kh_rtf_innermost(x);
	kh_rtf_flush(x);
	x->skip = 0;
	x->star = false;
	if (g->story)
		end_story(x);
	if (g->destination == KH_RTF_SHAPE_VALUE)
		shape_value_is_told(x);
	x->groups.n--;
}
