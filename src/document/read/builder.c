#include "document/read/builder.h"

#include "base/utf8.h"

#include <math.h>
#include <string.h>
#include <utf8proc.h>

enum {
	CHUNK = 64 * 1024, /* raw bytes of a line that are turned at once: a book without a line end is not held whole */
	REPLACEMENT = 0xfffd,
};

void kh_line_builder_init(struct kh_line_builder *b, const struct kh_document_sink *sink)
{
	*b = (struct kh_line_builder){.sink = sink};
}

void kh_line_builder_done(struct kh_line_builder *b)
{
	kh_line_end(b);
	kh_buf_done(&b->raw);
	kh_buf_done(&b->text);
}

/* ---- characters ---- */

/* One character at s, at most n bytes: its value, U+FFFD for a byte that begins none. */
static size_t take_character(const char *s, size_t n, int32_t *ret)
{
	ssize_t size = utf8proc_iterate((const uint8_t *)s, (ssize_t)KH_MIN(n, (size_t)4), ret);
	if (size > 0)
		return (size_t)size;
	*ret = REPLACEMENT;
	return 1;
}

static void add_character(struct kh_buf *to, int32_t c)
{
	uint8_t bytes[4];
	kh_buf_add(to, bytes, (size_t)utf8proc_encode_char(c, bytes));
}

/* Blanks of every width, and line and paragraph separators. */
static bool is_blank(int32_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Control characters, and what has neither width nor a meaning for a reader: soft hyphens, joiners, marks of direction, of byte order, of languages. */
static bool is_nothing(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* Whether NFC can never change a text of such characters: Latin up to U+02FF, Latin with Vietnamese marks, general punctuation. */
static bool is_settled(int32_t c)
{
	return c < 0x300 || (c >= 0x1ea0 && c <= 0x1ef9) || (c >= 0x2010 && c <= 0x2027) || (c >= 0x2030 && c <= 0x205e);
}

/* Text as lines.h says: single blanks, no control characters. True: NFC may still change it. */
static bool clean(const char *s, size_t n, struct kh_buf *to)
{
	bool unsettled = false, blank = true; /* as if behind one: none at the beginning */
	for (size_t at = 0; at < n;) {
		size_t plain = at;
		while (plain < n && (unsigned char)s[plain] > ' ' && (unsigned char)s[plain] < 0x7f)
			plain++;
		if (plain > at) {
			kh_buf_add(to, s + at, plain - at);
			at = plain;
			blank = false;
			continue;
		}
		int32_t c = 0;
		at += take_character(s + at, n - at, &c);
		if (c == '\t' || is_blank(c)) {
			if (c == '\t' ? to->len > 0 : !blank)
				kh_buf_addc(to, c == '\t' ? '\t' : ' ');
			blank = true;
		} else if (!is_nothing(c)) {
			add_character(to, c);
			unsettled |= !is_settled(c);
			blank = false;
		}
	}
	while (to->len > 0 && (to->data[to->len - 1] == ' ' || to->data[to->len - 1] == '\t'))
		to->data[--to->len] = '\0';
	return unsettled;
}

static void normalise(struct kh_line_builder *b)
{
	char *composed = NULL;
	kh_buf_reset(&b->text);
	if (!clean(kh_buf_text(&b->raw), b->raw.len, &b->text) || kh_utf8_nfc(b->text.data, &composed) < 0)
		return;
	kh_buf_reset(&b->text);
	kh_buf_adds(&b->text, composed);
	free(composed);
}

/* ---- giving out ---- */

static size_t piece_size(const char *s, size_t n)
{
	if (n <= KH_DOCUMENT_MAX_LINE)
		return n;
	size_t end = KH_DOCUMENT_MAX_LINE;
	while (((unsigned char)s[end] & 0xc0) == 0x80)
		end--;
	return end;
}

static void give_out(struct kh_line_builder *b)
{
	const struct kh_line_look *look = &b->look;
	struct kh_document_line line = {
		.part = look->part, .page = look->page, .framed = look->framed, .centred = look->centred, .placed = look->placed, .left = look->left, .top = look->top,
		.right = look->right, .bottom = look->bottom, .red = 2 * b->letters.red > b->letters.all, .bold = 2 * b->letters.bold > b->letters.all,
		.capitals = b->letters.capitals, .size_pt = b->letters.size_pt, .certainty = look->certainty ? look->certainty : 100,
	};
	kh_auto_free char *piece = NULL;
	const char *s = kh_buf_text(&b->text);
	for (size_t at = 0; at < b->text.len; at += line.n) {
		line.n = piece_size(s + at, b->text.len - at);
		bool last = at + line.n == b->text.len;
		free(piece);
		piece = last ? NULL : kh_strndup(s + at, line.n);
		line.text = last ? s + at : piece;
		line.order = b->orders[look->part]++;
		b->sink->on_line(b->sink->context, &line);
	}
}

static void flush(struct kh_line_builder *b)
{
	normalise(b);
	give_out(b);
	kh_buf_reset(&b->raw);
}

/* ---- lines ---- */

void kh_line_begin(struct kh_line_builder *b, const struct kh_line_look *look)
{
	kh_line_end(b);
	b->look = *look;
	b->open = true;
}

/* Letters of what is added; blanks have no colour. */
static size_t count_letters(const char *s, size_t n)
{
	size_t letters = 0;
	for (size_t i = 0; i < n; i++)
		letters += (unsigned char)s[i] > ' ' && ((unsigned char)s[i] & 0xc0) != 0x80;
	return letters;
}

/* The majority's size, found in one pass: another size takes its votes away until none is left (Boyer and Moore). */
static void count(struct kh_line_builder *b, size_t letters, const struct kh_run_look *look)
{
	__typeof__(b->letters) *l = &b->letters;
	l->all += letters;
	l->red += look->red ? letters : 0;
	l->bold += look->bold ? letters : 0;
	l->capitals |= look->capitals && letters > 0;
	if (fabsf(look->size_pt - l->size_pt) < 0.01f) {
		l->size += letters;
	} else if (letters > l->size) {
		l->size_pt = look->size_pt;
		l->size = letters - l->size;
	} else {
		l->size -= letters;
	}
}

static void add_capitals(struct kh_buf *to, const char *s, size_t n)
{
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += take_character(s + at, n - at, &c);
		add_character(to, utf8proc_toupper(c));
	}
}

void kh_line_add(struct kh_line_builder *b, const char *text, size_t n, const struct kh_run_look *look)
{
	kh_assert(b->open);
	count(b, count_letters(text, n), look);
	for (size_t at = 0; at < n;) {
		size_t piece = KH_MIN(n - at, (size_t)CHUNK - b->raw.len);
		while (piece < n - at && piece > 1 && ((unsigned char)text[at + piece] & 0xc0) == 0x80)
			piece--;
		if (look->capitals)
			add_capitals(&b->raw, text + at, piece);
		else
			kh_buf_add(&b->raw, text + at, piece);
		at += piece;
		if (b->raw.len >= CHUNK - 4)
			flush(b);
	}
}

void kh_line_end(struct kh_line_builder *b)
{
	if (b->open && b->raw.len > 0)
		flush(b);
	b->open = false;
	b->letters = (__typeof__(b->letters)){0};
}
