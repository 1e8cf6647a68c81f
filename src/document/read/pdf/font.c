#include "document/read/pdf/font.h"

#include "base/str.h"
#include "base/utf8.h"
#include "document/read/pdf/limits.h"
#include "document/read/text.h"
#include "document/vietnamese/convert.h"

#include <stdlib.h>

/* ---- codes ---- */

static struct kh_pdf_glyph *glyph_of(struct kh_pdf_font *f, int64_t code)
{
	if (code < 0 || code > KH_PDF_MAX_CODE || f->said++ > KH_PDF_MAX_SAID)
		return NULL;
	while (f->glyphs.n <= (size_t)code)
		kh_array_push(&f->glyphs, (struct kh_pdf_glyph){.width = f->other_width});
	return &f->glyphs.v[code];
}

/* The text of the font from `from` on is what the code stands for. */
static void stands_for(struct kh_pdf_font *f, int64_t code, size_t from)
{
	struct kh_pdf_glyph *g = glyph_of(f, code);
	if (!g || f->text.len - from > UINT16_MAX)
		return;
	g->at = (uint32_t)from;
	g->n = (uint16_t)(f->text.len - from);
}

/* ---- ToUnicode ---- */

static int64_t number_of(const struct kh_buf *bytes)
{
	int64_t v = 0;
	for (size_t i = 0; i < bytes->len && i < 4; i++)
		v = v << 8 | (uint8_t)bytes->data[i];
	return v;
}

/* UTF-16, whose last unit is so much higher. */
static void add_utf16(struct kh_pdf_font *f, const struct kh_buf *utf16, int64_t higher)
{
	kh_auto_buf struct kh_buf units = KH_BUF_INIT;
	kh_buf_add(&units, utf16->data, utf16->len & ~(size_t)1);
	if (units.len >= 2) {
		const size_t last = units.len - 2;
		const unsigned v = ((unsigned)(uint8_t)units.data[last] << 8 | (uint8_t)units.data[last + 1]) + (unsigned)higher;
		units.data[last] = (char)(v >> 8);
		units.data[last + 1] = (char)v;
	}
	kh_text_convert(KH_TEXT_UTF16BE, KH_CHARSET_UNICODE, (const uint8_t *)kh_buf_text(&units), units.len, &f->text);
}

static bool take_code(struct kh_cursor *c, struct kh_buf *ret)
{
	kh_buf_reset(ret);
	return kh_pdf_take_string(c, ret);
}

/* <01> <0041> … */
static void read_chars(struct kh_pdf_font *f, struct kh_cursor *c)
{
	kh_auto_buf struct kh_buf code = KH_BUF_INIT, meaning = KH_BUF_INIT;
	while (!f->text.overflow && take_code(c, &code) && take_code(c, &meaning)) {
		const size_t from = f->text.len;
		add_utf16(f, &meaning, 0);
		stands_for(f, number_of(&code), from);
	}
}

/* <01> <05> <0041>, or <01> <05> [<0041> <0042> …] */
static void read_ranges(struct kh_pdf_font *f, struct kh_cursor *c)
{
	kh_auto_buf struct kh_buf first = KH_BUF_INIT, last = KH_BUF_INIT, meaning = KH_BUF_INIT;
	while (take_code(c, &first) && take_code(c, &last)) {
		const bool list = kh_pdf_take_token(c, "[");
		const int64_t from = number_of(&first), to = KH_MIN(number_of(&last), (int64_t)KH_PDF_MAX_CODE);
		if (!list && !take_code(c, &meaning))
			return;
		for (int64_t code = from; code <= to && f->said <= KH_PDF_MAX_SAID && !f->text.overflow; code++) {
			const size_t at = f->text.len;
			if (list && !take_code(c, &meaning))
				break;
			add_utf16(f, &meaning, list ? 0 : code - from);
			stands_for(f, code, at);
		}
		if (list && !kh_pdf_take_token(c, "]"))
			return;
	}
}

static void read_meanings(struct kh_pdf_font *f, const struct kh_buf *map)
{
	static const struct {
		const char *begins;
		void (*read)(struct kh_pdf_font *f, struct kh_cursor *c);
	} tables[] = {{"beginbfchar", read_chars}, {"beginbfrange", read_ranges}};
	for (size_t i = 0; i < KH_COUNT(tables); i++) {
		struct kh_cursor c = kh_cursor_of(kh_buf_text(map), map->len);
		while ((c.at = memmem(c.at, kh_cursor_left(&c), tables[i].begins, strlen(tables[i].begins))) != NULL) {
			c.at += strlen(tables[i].begins);
			tables[i].read(f, &c);
		}
	}
}

static bool read_to_unicode(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *f)
{
	kh_auto_buf struct kh_buf map = KH_BUF_MAX(KH_PDF_MAX_PAGE_TEXT);
	struct kh_cursor stream;
	if (!kh_pdf_get(o, dictionary, "ToUnicode", &stream))
		return !f->wide; /* codes of two bytes are said by nothing else that is read here */
	if (!kh_pdf_stream(o, stream, &map))
		return false;
	read_meanings(f, &map);
	return true;
}

/* ---- encodings of one byte ---- */

/* Windows' Western code page; of any other encoding, ASCII. */
static void stand_for_bytes(struct kh_pdf_font *f, unsigned last)
{
	for (unsigned code = ' '; code <= last; code++) {
		const uint8_t byte = (uint8_t)code;
		const size_t from = f->text.len;
		kh_charset_widen(&byte, 1, &f->text);
		stands_for(f, code, from);
	}
}

/* Half of a pair of UTF-16 is none. */
static void add_character(struct kh_pdf_font *f, int32_t c)
{
	if (c < 0xd800 || c > 0xdfff)
		kh_utf8_add(&f->text, c);
}

/* "A", "space", "uni1EAC". What is called otherwise is left to Poppler, which knows four thousand names. */
static void stand_for_name(struct kh_pdf_font *f, int64_t code, const char *name)
{
	const size_t from = f->text.len, n = strlen(name);
	if (n == 1 && (unsigned char)*name < 0x80)
		kh_buf_adds(&f->text, name);
	else if (kh_streq(name, "space") || kh_streq(name, "nbspace"))
		kh_buf_addc(&f->text, ' ');
	else if (n == 7 && kh_starts_with(name, "uni") && strspn(name + 3, "0123456789ABCDEFabcdef") == 4)
		add_character(f, (int32_t)strtol(name + 3, NULL, 16));
	stands_for(f, code, from);
}

static void read_differences(struct kh_pdf_font *f, struct kh_cursor c)
{
	struct kh_pdf_name name;
	int64_t code = 0;
	if (!kh_pdf_take_token(&c, "["))
		return;
	for (;;) {
		if (code <= KH_PDF_MAX_CODE && kh_pdf_take_name(&c, &name))
			stand_for_name(f, code++, name.text);
		else if (!kh_pdf_take_int(&c, &code))
			return;
	}
}

static void read_encoding(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *f)
{
	struct kh_cursor encoding, differences;
	struct kh_pdf_name name = {""};
	if (!kh_pdf_get(o, dictionary, "Encoding", &encoding))
		return; /* the font's own */
	const bool table = !kh_pdf_take_name(&encoding, &name);
	if (table && !kh_pdf_get_name(o, encoding, "BaseEncoding", &name))
		name.text[0] = '\0';
	if (kh_streq(name.text, "WinAnsiEncoding"))
		stand_for_bytes(f, 0xff);
	else if (kh_streq(name.text, "MacRomanEncoding"))
		stand_for_bytes(f, '~');
	if (table && kh_pdf_get(o, encoding, "Differences", &differences))
		read_differences(f, differences);
}

/* ---- widths ---- */

static uint16_t as_width(double v)
{
	return (uint16_t)KH_MAX(0.0, KH_MIN(v, (double)UINT16_MAX));
}

static void note_width(struct kh_pdf_font *f, int64_t code, double width)
{
	struct kh_pdf_glyph *g = glyph_of(f, code);
	if (g)
		g->width = as_width(width);
}

static void read_list_of_widths(struct kh_pdf_font *f, struct kh_cursor *c, int64_t code)
{
	for (double width = 0; code <= KH_PDF_MAX_CODE && kh_pdf_take_number(c, &width); code++)
		note_width(f, code, width);
}

static void read_widths(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *f)
{
	struct kh_cursor list;
	int64_t first = 0;
	if (kh_pdf_get(o, dictionary, "Widths", &list) && kh_pdf_take_token(&list, "[") && kh_pdf_get_int(o, dictionary, "FirstChar", &first))
		read_list_of_widths(f, &list, first);
}

/* "3 [500 600] 10 20 500": each of those from 3 on, and all of 10 to 20. */
static void read_wide_widths(struct kh_pdf_objects *o, struct kh_cursor descendant, struct kh_pdf_font *f)
{
	struct kh_cursor list;
	int64_t first = 0, last = 0;
	double width = 0;
	if (!kh_pdf_get(o, descendant, "W", &list) || !kh_pdf_take_token(&list, "["))
		return;
	while (kh_pdf_take_int(&list, &first)) {
		if (kh_pdf_take_token(&list, "[")) {
			read_list_of_widths(f, &list, first);
			if (!kh_pdf_take_token(&list, "]"))
				return;
			continue;
		}
		if (!kh_pdf_take_int(&list, &last) || !kh_pdf_take_number(&list, &width))
			return;
		for (; first <= KH_MIN(last, (int64_t)KH_PDF_MAX_CODE) && f->said <= KH_PDF_MAX_SAID; first++)
			note_width(f, first, width);
	}
}

/* ---- the font ---- */

static bool read_wide(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *f)
{
	struct kh_cursor descendants, descendant;
	int64_t other = 1000;
	if (!kh_pdf_is(o, dictionary, "Encoding", "Identity-H") || !kh_pdf_get(o, dictionary, "DescendantFonts", &descendants) || !kh_pdf_take_token(&descendants, "[") ||
	    !kh_pdf_follow(o, descendants, &descendant))
		return false;
	kh_ignore(kh_pdf_get_int(o, descendant, "DW", &other));
	f->other_width = as_width((double)other);
	read_wide_widths(o, descendant, f);
	return true;
}

bool kh_pdf_font_read(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_font *ret)
{
	enum { USUAL_WIDTH = 500 };
	struct kh_pdf_name kind, name = {""};
	*ret = (struct kh_pdf_font){.text.max = KH_PDF_MAX_PAGE_TEXT, .other_width = USUAL_WIDTH};
	if (!kh_pdf_get_name(o, dictionary, "Subtype", &kind) || kh_streq(kind.text, "Type3"))
		return false;
	kh_ignore(kh_pdf_get_name(o, dictionary, "BaseFont", &name));
	memcpy(ret->name, name.text, sizeof ret->name);
	ret->wide = kh_streq(kind.text, "Type0");
	if (ret->wide)
		return read_wide(o, dictionary, ret) && read_to_unicode(o, dictionary, ret);
	read_encoding(o, dictionary, ret);
	read_widths(o, dictionary, ret);
	return read_to_unicode(o, dictionary, ret);
}

void kh_pdf_font_done(struct kh_pdf_font *f)
{
	kh_buf_done(&f->text);
	kh_array_done(&f->glyphs);
}
