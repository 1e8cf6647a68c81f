#include "document/read/builder.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/fonts.h"
#include "document/vietnamese/letters.h"

#include <math.h>
#include <string.h>
#include <utf8proc.h>

enum {
	CHUNK = 64 * 1024, /* bytes of a line that are turned at once: a book without a line end is not held whole */
	REPLACEMENT = 0xfffd,
};

/* ---- characters ---- */

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

static bool follows(const char *s, size_t n, size_t at)
{
	return at < n && ((unsigned char)s[at] & 0xc0) == 0x80;
}

/* Bytes of a beginning that stays as it is: ASCII, single blanks, Latin letters up to U+027F, Latin letters with Vietnamese marks. */
static size_t plain_size(const char *s, size_t n)
{
	for (size_t at = 0;;) {
		unsigned char c = at < n ? (unsigned char)s[at] : 0, next = at + 1 < n ? (unsigned char)s[at + 1] : 0;
		if ((c > ' ' && c < 0x7f) || (c == ' ' && next > ' ' && next < 0x7f && at > 0))
			at++;
		else if (c >= 0xc3 && c <= 0xc9 && follows(s, n, at + 1))
			at += 2;
		else if (c == 0xe1 && ((next == 0xba && at + 2 < n && (unsigned char)s[at + 2] >= 0xa0) || (next == 0xbb && at + 2 < n && (unsigned char)s[at + 2] <= 0xb9)) && follows(s, n, at + 2))
			at += 3;
		else
			return at;
	}
}

/* Text as lines.h says: single blanks, no control characters. True: NFC may still change it. */
static bool clean(const char *s, size_t n, struct kh_buf *to)
{
	bool unsettled = false, blank = true; /* as if behind one: none at the beginning */
	for (size_t at = 0; at < n;) {
		size_t plain = plain_size(s + at, n - at);
		if (plain > 0) {
			kh_buf_add(to, s + at, plain);
			at += plain;
			blank = false;
			continue;
		}
		int32_t c = 0;
		at += kh_utf8_take(s + at, n - at, &c);
		if (c == '\t' || is_blank(c)) {
			if (c == '\t' ? to->len > 0 : !blank)
				kh_buf_addc(to, c == '\t' ? '\t' : ' ');
			blank = true;
		} else if (!is_nothing(c)) {
			kh_utf8_add(to, c);
			unsettled |= !is_settled(c);
			blank = false;
		}
	}
	while (to->len > 0 && (to->data[to->len - 1] == ' ' || to->data[to->len - 1] == '\t'))
		to->data[--to->len] = '\0';
	return unsettled;
}

/* Not what a line that is as lines.h says may have: the byte b, behind p, behind q. Such a line has ASCII, single blanks, Latin letters up to U+027F (two bytes), Latin letters with Vietnamese
 * marks and the commonest punctuation (three bytes), which NFC does not change. Without branches, so that the compiler looks at many bytes at once. */
static inline bool is_unclean(uint8_t b, uint8_t p, uint8_t q)
{
	bool two = (p >= 0xc3) & (p <= 0xc9), second = (p == 0xe1) | (p == 0xe2), third = (q == 0xe1) | (q == 0xe2);
	bool control = (b < 0x20) | (b == 0x7f), blanks = (b == ' ') & (p == ' '), foreign = (b >= 0xc0) & ((b < 0xc3) | (b > 0xc9)) & (b != 0xe1) & (b != 0xe2);
	bool torn = ((b & 0xc0) == 0x80) ^ (two | second | third);
	bool letter = ((p == 0xe1) & (b != 0xba) & (b != 0xbb)) | ((q == 0xe1) & (((p == 0xba) & (b < 0xa0)) | ((p == 0xbb) & (b > 0xb9))));
	bool sign = ((p == 0xe2) & (b != 0x80)) | ((q == 0xe2) & ((b < 0x90) | (b > 0xa7)));
	return control | blanks | foreign | torn | letter | sign;
}

/* Nearly all lines are as they are to be given out. */
static bool is_clean(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;
	if (n < 2 || p[n - 1] == ' ' || p[n - 1] >= 0xc0 || p[n - 2] >= 0xe0)
		return false;
	uint8_t unclean = is_unclean(p[0], ' ', ' ');
	unclean |= is_unclean(p[1], p[0], ' ');
	for (size_t i = 2; i < n; i++)
		unclean |= is_unclean(p[i], p[i - 1], p[i - 2]);
	return !unclean;
}

/* A text as it is given out: itself, or b->clean. */
static const struct kh_buf *normalised(struct kh_line_builder *b, const struct kh_buf *text)
{
	char *composed = NULL;
	if (is_clean(kh_buf_text(text), text->len))
		return text;
	kh_buf_reset(&b->clean);
	if (clean(kh_buf_text(text), text->len, &b->clean) && kh_utf8_nfc(b->clean.data, &composed) == 0) {
		kh_buf_reset(&b->clean);
		kh_buf_adds(&b->clean, composed);
		free(composed);
	}
	return &b->clean;
}

/* ---- charsets and capitals ---- */

static bool is_legacy(enum kh_charset c)
{
	return c != KH_CHARSET_UNICODE && c != KH_CHARSET_CP1252;
}

static void make_capitals(struct kh_buf *text, size_t from)
{
	kh_auto_buf struct kh_buf small = KH_BUF_INIT;
	kh_buf_add(&small, text->data + from, text->len - from);
	text->len = from;
	for (size_t at = 0; at < small.len;) {
		int32_t c = 0;
		at += kh_utf8_take(small.data + at, small.len - at, &c);
		kh_utf8_add(text, utf8proc_toupper(c));
	}
}

/* What the letters of a word, or of a line, say about small letters that stand for capitals. */
struct letter_case {
	bool small_ascii, small_marked;
	bool capital_inside; /* behind the first letter of a word */
};

/* The word at s: returns its end. */
static const char *look_at_word(const char *s, const char *end, struct letter_case *ret)
{
	bool first = true;
	for (*ret = (struct letter_case){0}; s < end; first = false) {
		int32_t c = 0;
		size_t n = kh_utf8_take(s, (size_t)(end - s), &c);
		if (!kh_letter_is_small(c) && !kh_letter_is_capital(c))
			break;
		ret->small_ascii |= kh_letter_is_small(c) && c < 0x80;
		ret->small_marked |= kh_letter_is_small(c) && c >= 0x80;
		ret->capital_inside |= kh_letter_is_capital(c) && !first;
		s += n;
	}
	return s;
}

static bool stands_for_capitals(const struct letter_case *l)
{
	return l->capital_inside && l->small_marked && !l->small_ascii;
}

static const char *skip_to_word(const char *s, const char *end)
{
	for (int32_t c = 0; s < end;) {
		size_t n = kh_utf8_take(s, (size_t)(end - s), &c);
		if (kh_letter_is_small(c) || kh_letter_is_capital(c))
			return s;
		s += n;
	}
	return s;
}

/* Whether some capital stands behind a letter: hardly any line has one. */
static bool has_capital_inside(const char *s, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (s[i] >= 'A' && s[i] <= 'Z' && ((unsigned char)s[i - 1] >= 0x80 || ((s[i - 1] | 0x20) >= 'a' && (s[i - 1] | 0x20) <= 'z')))
			return true;
	return false;
}

/* Words whose Latin letters are capitals, and that are more than one capital at the beginning; with one such, the whole line, when it has no small Latin letter. True: something was
 * changed. */
static bool restore_capitals(struct kh_buf *text, size_t from)
{
	kh_auto_buf struct kh_buf old = KH_BUF_INIT;
	struct letter_case word, line = {0};
	bool any = false;
	if (!has_capital_inside(text->data + from, text->len - from))
		return false;
	const char *s = text->data + from, *end = text->data + text->len;
	for (s = skip_to_word(s, end); s < end; s = skip_to_word(s, end)) {
		s = look_at_word(s, end, &word);
		line.small_ascii |= word.small_ascii;
		any |= stands_for_capitals(&word);
	}
	if (!any)
		return false;
	kh_buf_add(&old, text->data + from, text->len - from);
	text->len = from;
	for (s = old.data, end = old.data + old.len; s < end;) {
		const char *begins = skip_to_word(s, end), *ends = look_at_word(begins, end, &word);
		size_t at = text->len + (size_t)(begins - s);
		kh_buf_add(text, s, (size_t)(ends - s));
		if (!line.small_ascii || stands_for_capitals(&word))
			make_capitals(text, at);
		s = ends;
	}
	return true;
}

static bool lacks_capitals(enum kh_charset c)
{
	return c == KH_CHARSET_TCVN3 || c == KH_CHARSET_VPS || c == KH_CHARSET_VISCII;
}

/* How a line came to be what it is given out as. */
struct turned {
	const struct kh_buf *text;
	enum kh_charset charset;
	bool guessed, capitals;
};

/* Of a piece that is to be guessed, what the line was guessed to be. */
static enum kh_charset charset_of(const struct kh_line_piece *p, enum kh_charset guess)
{
	return is_legacy(p->charset) ? p->charset : is_legacy(guess) ? guess : p->charset;
}

static bool is_as_it_stands(const struct kh_line_raw *line, enum kh_charset guess)
{
	kh_array_each(&line->pieces, p)
		if (p->capitals || is_legacy(p->charset) || (is_legacy(guess) && !line->ascii))
			return false;
	return true;
}

/* Turns the pieces one by one into b->decoded, where they are not what they stand for; the line's charset is that of its longest. */
static struct turned decode(struct kh_line_builder *b, const struct kh_line_raw *line)
{
	enum kh_charset guess = line->seen.open ? kh_guess_decide(&b->guess, &line->seen) : KH_CHARSET_UNICODE;
	bool same = is_as_it_stands(line, guess);
	struct turned t = {same ? &line->text : &b->decoded, KH_CHARSET_UNICODE, false, false};
	size_t at = 0, longest = 0;
	kh_buf_reset(&b->decoded);
	kh_array_each(&line->pieces, p) {
		enum kh_charset c = line->ascii && !is_legacy(p->charset) ? KH_CHARSET_UNICODE : charset_of(p, guess);
		size_t from = b->decoded.len;
		if (!same)
			kh_charset_decode(c, line->text.data + at, p->end - at, &b->decoded);
		if (p->capitals)
			make_capitals(&b->decoded, from);
		t.capitals |= p->capitals || (lacks_capitals(c) && restore_capitals(&b->decoded, from));
		if (p->end - at > longest) {
			longest = p->end - at;
			t.charset = c;
			t.guessed = c != KH_CHARSET_UNICODE && !is_legacy(p->charset);
		}
		at = p->end;
	}
	return t;
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

static struct kh_document_line describe(const struct kh_line_raw *raw, const struct turned *t)
{
	const struct kh_line_look *l = &raw->look;
	return (struct kh_document_line){
		.part = l->part, .page = l->page, .framed = l->framed, .centred = l->centred, .placed = l->placed, .left = l->left, .top = l->top, .right = l->right, .bottom = l->bottom,
		.red = 2 * raw->letters.red > raw->letters.all, .bold = 2 * raw->letters.bold > raw->letters.all, .size_pt = raw->letters.size_pt, .capitals = t->capitals,
		.charset = t->charset, .guessed = t->guessed, .certainty = l->certainty ? l->certainty : 100,
	};
}

static void give_out(struct kh_line_builder *b, const struct kh_line_raw *raw)
{
	struct turned t = decode(b, raw);
	const struct kh_buf *text = normalised(b, t.text);
	struct kh_document_line line = describe(raw, &t);
	kh_auto_free char *piece = NULL;
	const char *s = kh_buf_text(text);
	for (size_t at = 0; at < text->len; at += line.n) {
		line.n = piece_size(s + at, text->len - at);
		bool last = at + line.n == text->len;
		free(piece);
		piece = last ? NULL : kh_strndup(s + at, line.n);
		line.text = last ? s + at : piece;
		line.order = b->orders[line.part]++;
		b->sink->on_line(b->sink->context, &line);
	}
}

static void raw_done(struct kh_line_raw *raw)
{
	kh_buf_done(&raw->text);
	kh_array_done(&raw->pieces);
}

/* ---- lines that wait ---- */

void kh_line_builder_settle(struct kh_line_builder *b)
{
	kh_array_each(&b->held.lines, line) {
		give_out(b, line);
		raw_done(line);
	}
	kh_array_done(&b->held.lines);
	b->held.bytes = 0;
}

static void hold(struct kh_line_builder *b)
{
	enum { OF_ITSELF = 256 }; /* what a line costs besides its text */
	kh_array_push(&b->held.lines, b->now);
	b->held.bytes += b->now.text.len + OF_ITSELF;
	b->now.text = (struct kh_buf){0};
	b->now.pieces = (__typeof__(b->now.pieces)){0};
}

/* A font that says a charset is not believed when the text has letters that are in Unicode only; nor are those behind it, when most were such: Unicode typed into an old template. */
static bool is_believed(struct kh_line_builder *b, const char *text, size_t n)
{
	bool lies = kh_letters_are_unicode(text, n), ascii = true;
	for (size_t i = 0; i < n && ascii; i++)
		ascii = (unsigned char)text[i] < 0x80;
	b->fonts.false_ones += lies;
	b->fonts.true_ones += !lies && !ascii;
	return !lies && (ascii || b->fonts.true_ones > b->fonts.false_ones);
}

/* What fonts say nothing about is looked at; what OCR has read is Unicode. */
static void see(struct kh_line_builder *b)
{
	struct kh_line_raw *raw = &b->now;
	kh_auto_buf struct kh_buf unsaid = KH_BUF_INIT;
	size_t at = 0;
	raw->seen = (struct kh_guess_line){0};
	if (raw->ascii || raw->look.certainty > 0)
		return;
	kh_array_each(&raw->pieces, p) {
		if (is_legacy(p->charset) && !is_believed(b, raw->text.data + at, p->end - at))
			p->charset = KH_CHARSET_UNICODE;
		if (!is_legacy(p->charset))
			kh_buf_add(&unsaid, raw->text.data + at, p->end - at);
		at = p->end;
	}
	kh_guess_see(&b->guess, kh_buf_text(&unsaid), unsaid.len, &raw->seen);
}

static void flush(struct kh_line_builder *b)
{
	see(b);
	if (b->held.lines.n > 0 || (b->now.seen.open && !b->held.never && !kh_guess_is_ready(&b->guess)))
		hold(b);
	else
		give_out(b, &b->now);
	if (b->held.lines.n > 0 && (kh_guess_is_ready(&b->guess) || b->held.bytes > KH_LINE_MAX_HELD)) {
		kh_line_builder_settle(b);
		b->held.never = true;
	}
	kh_buf_reset(&b->now.text);
	b->now.pieces.n = 0;
	b->now.ascii = true;
}

/* ---- lines ---- */

void kh_line_builder_init(struct kh_line_builder *b, const struct kh_document_sink *sink)
{
	*b = (struct kh_line_builder){.sink = sink};
}

void kh_line_builder_done(struct kh_line_builder *b)
{
	kh_line_end(b);
	kh_line_builder_settle(b);
	raw_done(&b->now);
	kh_buf_done(&b->decoded);
	kh_buf_done(&b->clean);
}

void kh_line_begin(struct kh_line_builder *b, const struct kh_line_look *look)
{
	kh_line_end(b);
	b->now.look = *look;
	b->now.letters = (__typeof__(b->now.letters)){0};
	b->now.ascii = true;
	b->open = true;
}

/* Letters of what is added; blanks have no colour. In rounds whose sums fit a byte, so that the compiler counts many bytes at once. */
static size_t count_letters(const char *s, size_t n, bool *ret_ascii)
{
	enum { ROUND = 255 };
	const uint8_t *p = (const uint8_t *)s;
	size_t letters = 0;
	uint8_t other = 0;
	for (size_t at = 0; at < n;) {
		uint8_t some = 0;
		for (size_t end = KH_MIN(n, at + ROUND); at < end; at++) {
			uint8_t c = p[at];
			some = (uint8_t)(some + ((c > ' ') & ((c & 0xc0) != 0x80)));
			other |= (c >= 0x80) | ((c < ' ') & (c != '\t') & (c != '\n') & (c != '\r'));
		}
		letters += some;
	}
	*ret_ascii = !other;
	return letters;
}

/* The majority's size, found in one pass: another size takes its votes away until none is left (Boyer and Moore). */
static void count(struct kh_line_builder *b, size_t letters, const struct kh_run_look *look)
{
	__typeof__(b->now.letters) *l = &b->now.letters;
	l->all += letters;
	l->red += look->red ? letters : 0;
	l->bold += look->bold ? letters : 0;
	if (fabsf(look->size_pt - l->size_pt) < 0.01f) {
		l->size += letters;
	} else if (letters > l->size) {
		l->size_pt = look->size_pt;
		l->size = letters - l->size;
	} else {
		l->size -= letters;
	}
}

static struct kh_line_piece piece_of(const struct kh_run_look *look)
{
	struct kh_line_piece p = {.charset = look->charset, .capitals = look->capitals};
	bool capitals = false;
	enum kh_charset font = kh_font_charset(look->font, &capitals);
	if (is_legacy(font) && !is_legacy(p.charset)) {
		p.charset = font;
		p.capitals |= capitals;
	}
	return p;
}

static void append(struct kh_line_raw *raw, const char *text, size_t n, struct kh_line_piece piece)
{
	struct kh_line_piece *last = raw->pieces.n > 0 ? &raw->pieces.v[raw->pieces.n - 1] : NULL;
	kh_buf_add(&raw->text, text, n);
	piece.end = raw->text.len;
	if (last && last->charset == piece.charset && last->capitals == piece.capitals)
		last->end = piece.end;
	else
		kh_array_push(&raw->pieces, piece);
}

void kh_line_add(struct kh_line_builder *b, const char *text, size_t n, const struct kh_run_look *look)
{
	kh_assert(b->open);
	struct kh_line_piece piece = piece_of(look);
	bool ascii = false;
	count(b, count_letters(text, n, &ascii), look);
	for (size_t at = 0; at < n;) {
		size_t part = KH_MIN(n - at, (size_t)CHUNK - b->now.text.len);
		while (part < n - at && part > 1 && ((unsigned char)text[at + part] & 0xc0) == 0x80)
			part--;
		append(&b->now, text + at, part, piece);
		b->now.ascii &= ascii;
		at += part;
		if (b->now.text.len >= CHUNK - 4)
			flush(b);
	}
}

void kh_line_end(struct kh_line_builder *b)
{
	if (b->open && b->now.text.len > 0)
		flush(b);
	b->open = false;
}
