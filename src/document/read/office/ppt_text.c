#include "document/read/office/ppt_text.h"

#include "document/read/color.h"
#include "document/read/text.h"

/* ---- how runs look ---- */

enum { ALL = SIZE_MAX / 2 };

struct paragraph_run {
	size_t left; /* characters */
	bool centred;
};

struct character_run {
	size_t left;
	struct kh_run_look look;
};

struct styles {
	struct kh_cursor c;
	const struct kh_ppt_fonts *fonts;
	KH_ARRAY(struct paragraph_run) paragraphs;
	KH_ARRAY(struct character_run) characters;
};

/* What a mask says stands behind it, in this order: fields that are not needed are passed over. */
static bool skip_if(struct kh_cursor *c, bool there, size_t size)
{
	return !there || kh_cursor_skip(c, size);
}

/* TextPFException, [MS-PPT] 2.9.20 */
static bool take_paragraph(struct kh_cursor *c, bool *ret_centred)
{
	enum { CENTRED = 1 };
	uint32_t mask = 0;
	uint16_t align = 0, tabs = 0;
	if (!kh_cursor_u32le(c, &mask) || !skip_if(c, mask & 0xf, 2) || !skip_if(c, mask & 1 << 7, 2) || !skip_if(c, mask & 1 << 4, 2) || !skip_if(c, mask & 1 << 6, 2) ||
	    !skip_if(c, mask & 1 << 5, 4) || (mask & 1 << 11 && !kh_cursor_u16le(c, &align)))
		return false;
	for (unsigned bit = 12; bit <= 14; bit++)
		if (!skip_if(c, mask & 1U << bit, 2))
			return false;
	if (!skip_if(c, mask & 1 << 8, 2) || !skip_if(c, mask & 1 << 10, 2) || !skip_if(c, mask & 1 << 15, 2))
		return false;
	if (mask & 1 << 20 && (!kh_cursor_u16le(c, &tabs) || !kh_cursor_skip(c, 4 * (size_t)tabs)))
		return false;
	*ret_centred = align == CENTRED;
	return skip_if(c, mask & 1 << 16, 2) && skip_if(c, mask & 7 << 17, 2) && skip_if(c, mask & 1 << 21, 2);
}

static const char *font_name(const struct kh_ppt_fonts *fonts, size_t number)
{
	return number < fonts->names.n ? fonts->names.v[number] : NULL;
}

/* TextCFException, [MS-PPT] 2.9.14; of the fonts the one of letters that are neither East Asian nor symbols. */
static bool take_characters(struct styles *s, struct kh_run_look *ret)
{
	enum { STYLES = 0x3eb7, BOLD = 1, RGB = 0xfe };
	struct kh_cursor *c = &s->c;
	uint32_t mask = 0, color = 0;
	uint16_t style = 0, font = UINT16_MAX, ansi = UINT16_MAX, size = 0;
	if (!kh_cursor_u32le(c, &mask) || (mask & STYLES && !kh_cursor_u16le(c, &style)) || (mask & 1 << 16 && !kh_cursor_u16le(c, &font)) || !skip_if(c, mask & 1 << 21, 2) ||
	    (mask & 1 << 22 && !kh_cursor_u16le(c, &ansi)) || !skip_if(c, mask & 1 << 23, 2) || (mask & 1 << 17 && !kh_cursor_u16le(c, &size)) || (mask & 1 << 18 && !kh_cursor_u32le(c, &color)) ||
	    !skip_if(c, mask & 1 << 19, 2))
		return false;
	*ret = (struct kh_run_look){.font = font_name(s->fonts, font), .bold = style & BOLD, .size_pt = size};
	ret->font = ret->font ? ret->font : font_name(s->fonts, ansi);
	ret->red = color >> 24 == RGB && kh_color_is_red((color & 0xff) << 16 | (color & 0xff00) | (color >> 16 & 0xff));
	return true;
}

/* Each counts its characters; together they have one more than the text. What cannot be read says nothing of the rest. */
static void read_styles(struct styles *s, size_t n)
{
	uint32_t count = 0;
	uint16_t level = 0;
	for (size_t done = 0; done <= n; done += count) {
		bool centred = false;
		if (!kh_cursor_u32le(&s->c, &count) || count == 0 || !kh_cursor_u16le(&s->c, &level) || !take_paragraph(&s->c, &centred))
			return;
		kh_array_push(&s->paragraphs, ((struct paragraph_run){count, centred}));
	}
	for (size_t done = 0; done <= n; done += count) {
		struct kh_run_look look = {0};
		if (!kh_cursor_u32le(&s->c, &count) || count == 0 || !take_characters(s, &look))
			return;
		kh_array_push(&s->characters, ((struct character_run){count, look}));
	}
}

/* ---- lines ---- */

static bool ends_line(unsigned character)
{
	return character == '\r' || character == '\v' || character == '\n';
}

static unsigned character_at(const struct kh_ppt_text *t, size_t i)
{
	return t->wide ? t->characters[2 * i] | (unsigned)t->characters[2 * i + 1] << 8 : t->characters[i];
}

static void add(struct kh_ppt_text *t, size_t from, size_t to, const struct kh_run_look *look)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	for (size_t i = from; !t->wide && i < to; i++) {
		unsigned char c = t->characters[i];
		if (c >= 0x80)
			kh_buf_addc(&text, (char)(0xc0 | c >> 6));
		kh_buf_addc(&text, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
	}
	if (t->wide)
		kh_text_convert(KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, t->characters + 2 * from, 2 * (to - from), &text);
	kh_line_add(&t->r->lines, kh_buf_text(&text), text.len, look);
}

static void begin_line(struct kh_ppt_text *t, bool centred)
{
	struct kh_line_look look = t->look;
	look.centred = centred;
	kh_line_begin(&t->r->lines, &look);
}

/* Piece by piece: up to the end of the line, of the run, of the paragraph's run. */
static void give_lines(struct kh_ppt_text *t, struct styles *s)
{
	size_t paragraph = 0, run = 0;
	struct paragraph_run last_paragraph = {ALL, false}, *p = s->paragraphs.n > 0 ? s->paragraphs.v : &last_paragraph;
	struct character_run last_run = {.left = ALL}, *c = s->characters.n > 0 ? s->characters.v : &last_run;
	begin_line(t, p->centred);
	for (size_t at = 0; at < t->n && !kh_reading_over(t->r);) {
		size_t limit = KH_MIN(KH_MIN(p->left, c->left), t->n - at), i = 0;
		while (i < limit && !ends_line(character_at(t, at + i)))
			i++;
		if (i > 0)
			add(t, at, at + i, &c->look);
		bool ended = i < limit;
		i += ended;
		at += i;
		p->left -= i;
		c->left -= i;
		if (p->left == 0)
			p = ++paragraph < s->paragraphs.n ? &s->paragraphs.v[paragraph] : &last_paragraph;
		if (c->left == 0)
			c = ++run < s->characters.n ? &s->characters.v[run] : &last_run;
		if (ended)
			begin_line(t, p->centred);
	}
	kh_line_end(&t->r->lines);
}

void kh_ppt_text_give(struct kh_ppt_text *t)
{
	struct styles s = {.c = kh_cursor_of(t->style, t->style_size), .fonts = t->fonts};
	if (t->n > 0) {
		read_styles(&s, t->n);
		give_lines(t, &s);
	}
	kh_array_done(&s.paragraphs);
	kh_array_done(&s.characters);
	t->characters = t->style = NULL;
	t->n = t->style_size = 0;
}
