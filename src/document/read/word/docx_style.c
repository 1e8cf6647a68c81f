#include "document/read/word/docx_state.h"

#include "base/str.h"
#include "document/read/style.h"

/* ---- values ---- */

const char *kh_docx_value_of(const char **attributes)
{
	const char *value = kh_xml_attribute(attributes, "val");
	return value ? value : "";
}

bool kh_docx_is_off(const char *value)
{
	return kh_streq(value, "0") || kh_streq(value, "false") || kh_streq(value, "off") || kh_streq(value, "f") || kh_streq(value, "none") || kh_streq(value, "nil");
}

static float size_of(const char *half_points)
{
	int64_t n = 0;
	return kh_parse_int(half_points, 0, 4000, &n) ? (float)n / 2 : 0;
}

/* ---- styles ---- */

void kh_docx_apply_style(struct kh_docx *d, struct kh_word_look *look, const char *id)
{
	const struct kh_word_style *s = kh_word_styles_find(&d->styles, id);
	if (s)
		kh_word_look_over(look, &s->look);
}

void kh_docx_begin_style(struct kh_docx *d, const char **attributes)
{
	const char *id = kh_xml_attribute(attributes, "styleId"), *type = kh_xml_attribute(attributes, "type"), *standard = kh_xml_attribute(attributes, "default");
	struct kh_word_style style = {.order = d->styles.list.n, .standard = type && kh_streq(type, "paragraph") && standard && !kh_docx_is_off(standard)};
	if (!id)
		return;
	style.name = kh_strdup(id);
	struct kh_word_style *added = kh_word_styles_add(&d->styles, style);
	if (!added)
		return;
	d->style = added;
	d->now = &added->look;
}

void kh_docx_styles_are_read(struct kh_docx *d)
{
	kh_word_styles_sort(&d->styles);
	kh_array_each(&d->styles.list, s)
		if (s->standard && !d->standard)
			d->standard = s->name;
	d->style = NULL;
}

/* ---- what is told of a look ---- */

static void tell_fonts(struct kh_docx *d, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "hAnsi"); /* of letters that are not English */
	name = name ? name : kh_xml_attribute(attributes, "ascii");
	bool theme = kh_xml_attribute(attributes, "hAnsiTheme") || kh_xml_attribute(attributes, "asciiTheme");
	if (!name && !theme)
		return;
	d->now->font = name ? kh_flow_font(&d->flow, name, strlen(name)) : NULL;
	d->now->says |= KH_SAYS_FONT;
}

static void tell_size(struct kh_docx *d, const char **attributes)
{
	d->now->size_pt = size_of(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_SIZE;
}

static void tell_color(struct kh_docx *d, const char **attributes)
{
	d->now->red = kh_style_color_is_red(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_RED;
}

static void tell_bold(struct kh_docx *d, const char **attributes)
{
	d->now->bold = !kh_docx_is_off(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_BOLD;
}

static void tell_capitals(struct kh_docx *d, const char **attributes)
{
	d->now->capitals = !kh_docx_is_off(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_CAPITALS;
}

static void tell_border_of_run(struct kh_docx *d, const char **attributes)
{
	d->now->framed = !kh_docx_is_off(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_FRAMED;
}

static void tell_justify(struct kh_docx *d, const char **attributes)
{
	d->now->centred = kh_streq(kh_docx_value_of(attributes), "center");
	d->now->says |= KH_SAYS_CENTRED;
}

static void tell_break_before(struct kh_docx *d, const char **attributes)
{
	d->now->break_before = !kh_docx_is_off(kh_docx_value_of(attributes));
	d->now->says |= KH_SAYS_BREAK;
}

/* In place of the standard one. */
static void tell_paragraph_style(struct kh_docx *d, const char **attributes)
{
	*d->now = (struct kh_word_look){0};
	kh_docx_apply_style(d, d->now, kh_docx_value_of(attributes));
}

static void tell_style(struct kh_docx *d, const char **attributes)
{
	kh_docx_apply_style(d, d->now, kh_docx_value_of(attributes));
}

static void tell_side(struct kh_docx *d, unsigned side, const char **attributes)
{
	kh_word_look_side(d->now, side, !kh_docx_is_off(kh_docx_value_of(attributes)));
}

static const struct {
	enum kh_docx_element id;
	void (*tell)(struct kh_docx *d, const char **attributes);
} tellers[] = {
	{KH_DOCX_BOLD, tell_bold}, {KH_DOCX_BORDER_OF_RUN, tell_border_of_run}, {KH_DOCX_CAPITALS, tell_capitals}, {KH_DOCX_COLOR, tell_color}, {KH_DOCX_FONTS, tell_fonts}, {KH_DOCX_JUSTIFY, tell_justify},
	{KH_DOCX_PAGE_BREAK_BEFORE, tell_break_before}, {KH_DOCX_PARAGRAPH_STYLE, tell_paragraph_style}, {KH_DOCX_RUN_STYLE, tell_style}, {KH_DOCX_SIZE, tell_size}, {KH_DOCX_TABLE_STYLE, tell_style}, {KH_DOCX_TEXT_COLOR, tell_color},
};
static const struct {
	enum kh_docx_element id;
	unsigned side;
} sides[] = {
	{KH_DOCX_SIDE_TOP, KH_SIDE_TOP}, {KH_DOCX_SIDE_LEFT, KH_SIDE_LEFT}, {KH_DOCX_SIDE_BOTTOM, KH_SIDE_BOTTOM}, {KH_DOCX_SIDE_RIGHT, KH_SIDE_RIGHT}, {KH_DOCX_SIDE_INSIDE_H, KH_SIDE_INSIDE_H}, {KH_DOCX_SIDE_INSIDE_V, KH_SIDE_INSIDE_V},
};

void kh_docx_tell(struct kh_docx *d, unsigned id, const char **attributes)
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
