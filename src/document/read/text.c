#include "document/read/text.h"

#include "base/str.h"
#include "base/utf8.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/letters.h"

/* ---- which kind it is ---- */

/* Texts have tab, line ends, form feed, backspace, escape, the end of file of CP/M; not other control characters. */
static inline bool is_unusual_control(uint8_t c)
{
	return (c < ' ') & ((c < '\b') | (c > '\r')) & (c != 0x1a) & (c != 0x1b);
}

/* VISCII and VPS have capitals among the control characters; but no text has more of them than this, and programs and pictures have zeros. */
static bool has_few_controls(const uint8_t *p, size_t n)
{
	enum { FEW_IN = 8, SOME = 4, ROUND = 255 /* whose sums fit a byte, so that the compiler counts many bytes at once */ };
	size_t controls = 0;
	for (size_t at = 0; at < n;) {
		uint8_t some = 0, zero = 0;
		for (size_t end = KH_MIN(n, at + ROUND); at < end; at++) {
			some = (uint8_t)(some + is_unusual_control(p[at]));
			zero |= p[at] == 0;
		}
		if (zero)
			return false;
		controls += some;
	}
	return controls <= SOME + n / FEW_IN / 2;
}

/* Nearly all of the units are what Vietnamese and Western texts have; ASCII read so has hardly any. */
static bool is_utf16(const uint8_t *p, size_t n, unsigned high)
{
	size_t units = n / 2, usual = 0, letters = 0;
	for (size_t i = 0; i < units; i++) {
		unsigned c = (unsigned)p[2 * i + high] << 8 | p[2 * i + 1 - high];
		letters += c >= ' ' && c < 0x7f;
		usual += (c >= ' ' && c < 0x250) || (c >= 0x1ea0 && c <= 0x1ef9) || (c >= 0x2010 && c <= 0x2030) || (c >= 0x300 && c <= 0x323) || c == '\n' || c == '\r' || c == '\t';
	}
	return units >= 4 && n % 2 == 0 && usual * 20 >= units * 19 && letters * 4 >= units;
}

/* A few stray bytes do not make a text in UTF-8 something else. `cut`: a character may be, at the end. */
static bool is_utf8(const uint8_t *bytes, size_t n, bool cut)
{
	enum { PER_STRAY = 16 };
	size_t stray = 0, many = 0;
	for (size_t at = 0; at < n && PER_STRAY * stray <= many + (n - at);) {
		if (bytes[at] < 0x80) {
			at++;
			continue;
		}
		int32_t c = 0;
		size_t size = kh_utf8_take((const char *)bytes + at, n - at, &c);
		many += size > 1;
		stray += size == 1 && !(cut && n - at < 4);
		at += size;
	}
	return stray == 0 || many >= PER_STRAY * stray;
}

enum kh_text_kind kh_text_kind_of(const uint8_t *bytes, size_t n, size_t *ret_mark)
{
	size_t look = KH_MIN(n, (size_t)KH_TEXT_MAX_LOOK);
	*ret_mark = 0;
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		*ret_mark = 3;
		return KH_TEXT_UTF8;
	}
	bool little = n >= 4 && memcmp(bytes, "\xff\xfe", 2) == 0, big = n >= 4 && memcmp(bytes, "\xfe\xff", 2) == 0;
	if (little || big) {
		*ret_mark = 2;
		return little ? KH_TEXT_UTF16LE : KH_TEXT_UTF16BE;
	}
	if (n > 0 && has_few_controls(bytes, look))
		return is_utf8(bytes, look, look < n) ? KH_TEXT_UTF8 : KH_TEXT_BYTES;
	look &= ~(size_t)1;
	return n % 2 == 0 && is_utf16(bytes, look, 1) ? KH_TEXT_UTF16LE : n % 2 == 0 && is_utf16(bytes, look, 0) ? KH_TEXT_UTF16BE : KH_TEXT_NONE;
}

enum kh_text_kind kh_text_kind_named(const char *name, enum kh_charset *ret_charset)
{
	static const struct {
		const char *name;
		enum kh_text_kind kind;
		enum kh_charset charset;
	} names[] = {
		{"utf-8", KH_TEXT_UTF8, KH_CHARSET_UNICODE},           {"utf8", KH_TEXT_UTF8, KH_CHARSET_UNICODE},           {"utf-16", KH_TEXT_UTF16LE, KH_CHARSET_UNICODE},
		{"utf-16le", KH_TEXT_UTF16LE, KH_CHARSET_UNICODE},     {"utf-16be", KH_TEXT_UTF16BE, KH_CHARSET_UNICODE},    {"unicode", KH_TEXT_UTF16LE, KH_CHARSET_UNICODE},
		{"windows-1258", KH_TEXT_BYTES, KH_CHARSET_CP1258},    {"cp1258", KH_TEXT_BYTES, KH_CHARSET_CP1258},         {"viscii", KH_TEXT_BYTES, KH_CHARSET_VISCII},
		{"csviscii", KH_TEXT_BYTES, KH_CHARSET_VISCII},        {"tcvn", KH_TEXT_BYTES, KH_CHARSET_TCVN3},            {"x-viet-tcvn", KH_TEXT_BYTES, KH_CHARSET_TCVN3},
		{"x-viet-tcvn5712", KH_TEXT_BYTES, KH_CHARSET_TCVN3},  {"x-viet-vps", KH_TEXT_BYTES, KH_CHARSET_VPS},        {"x-viet-vni", KH_TEXT_BYTES, KH_CHARSET_VNI},
	};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (kh_streq_nocase(names[i].name, name)) {
			*ret_charset = names[i].charset;
			return names[i].kind;
		}
	*ret_charset = KH_CHARSET_CP1252;
	return KH_TEXT_BYTES;
}

/* ---- to UTF-8 ---- */

/* A character, or half of one at the end: 0. */
static size_t take_utf16(unsigned high, const uint8_t *p, size_t n, int32_t *ret)
{
	int32_t c = p[high] << 8 | p[1 - high];
	*ret = c;
	if (c < 0xd800 || c >= 0xe000)
		return 2;
	*ret = 0xfffd;
	if (c >= 0xdc00)
		return 2;
	if (n < 4)
		return 0;
	int32_t trail = p[2 + high] << 8 | p[3 - high];
	if (trail < 0xdc00 || trail >= 0xe000)
		return 2;
	*ret = 0x10000 + ((c - 0xd800) << 10) + (trail - 0xdc00);
	return 4;
}

/* By way of a piece, so that `to` takes what the text needs and no more. */
static size_t convert_utf16(unsigned high, const uint8_t *p, size_t n, struct kh_buf *to)
{
	enum { PIECE = 4096, LONGEST = 3 /* bytes for a unit; of a pair four */ };
	char piece[PIECE / 2 * LONGEST + 1];
	size_t at = 0;
	for (size_t used = 1; n - at >= 2 && used > 0 && !to->overflow;) {
		size_t end = KH_MIN(n - 1, at + PIECE);
		char *out = piece;
		while (at < end && used > 0) {
			int32_t c = 0;
			used = take_utf16(high, p + at, n - at, &c);
			at += used;
			out = used > 0 ? kh_utf8_put(out, c) : out;
		}
		kh_buf_add(to, piece, (size_t)(out - piece));
	}
	return to->overflow ? n : at;
}

/* What of the bytes is not the beginning of a character whose rest is to come. */
static size_t whole_characters(const uint8_t *p, size_t n)
{
	size_t back = 0;
	while (back < 3 && back < n && (p[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == n || p[n - 1 - back] < 0xc0)
		return n;
	uint8_t lead = p[n - 1 - back];
	size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	return back + 1 < size ? n - back - 1 : n;
}

size_t kh_text_convert(enum kh_text_kind kind, enum kh_charset charset, const uint8_t *bytes, size_t n, struct kh_buf *to)
{
	if (kind == KH_TEXT_UTF16LE || kind == KH_TEXT_UTF16BE)
		return convert_utf16(kind == KH_TEXT_UTF16LE, bytes, n, to);
	if (kind == KH_TEXT_UTF8) {
		n = whole_characters(bytes, n);
		kh_buf_add(to, bytes, n);
		return n;
	}
	if (charset == KH_CHARSET_CP1252) {
		kh_charset_widen(bytes, n, to);
		return n;
	}
	kh_auto_buf struct kh_buf shown = KH_BUF_INIT;
	kh_charset_widen(bytes, n, &shown);
	kh_charset_decode(charset, kh_buf_text(&shown), shown.len, to);
	return n;
}

/* ---- lines ---- */

/* Columns set by blanks are told apart by a tab. */
static void add_columns(struct kh_line_builder *b, const char *s, size_t n, const struct kh_run_look *look)
{
	static const char wide[] = "    ";
	for (const char *end = s + n; s < end;) {
		const char *gap = memmem(s, (size_t)(end - s), wide, strlen(wide));
		kh_line_add(b, s, (size_t)((gap ? gap : end) - s), look);
		if (!gap)
			return;
		kh_line_add(b, "\t", 1, look);
		for (s = gap; s < end && *s == ' ';)
			s++;
	}
}

static void give_line(struct kh_reading *r, const char *s, size_t n, const struct kh_line_look *look, enum kh_charset charset)
{
	kh_line_begin(&r->lines, look);
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	if (n > 0)
		add_columns(&r->lines, s, n, &(struct kh_run_look){.charset = charset});
	kh_line_end(&r->lines);
}

/* The lines of a piece of text in UTF-8; the last one goes on in the next piece, and is not given unless `last`. Returns what was given. */
static size_t give_lines(struct kh_reading *r, const char *s, size_t n, bool last, const struct kh_line_look *look, enum kh_charset charset)
{
	size_t at = 0;
	while (at < n && !kh_reading_over(r)) {
		size_t end = at;
		while (end < n && s[end] != '\n' && s[end] != '\r' && s[end] != '\f')
			end++;
		if (end == n && !last)
			return at;
		give_line(r, s + at, end - at, look, charset);
		at = end + 1;
	}
	return n;
}

enum { PIECE = 64 * 1024, LONGEST = 16 * PIECE /* a line without an end is given so far, and goes on as another */ };

void kh_text_read(struct kh_reading *r, enum kh_text_kind kind, enum kh_charset charset, const uint8_t *bytes, size_t n, const struct kh_line_look *look)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	enum kh_charset unsaid = kind == KH_TEXT_BYTES && charset == KH_CHARSET_CP1252 ? KH_CHARSET_CP1252 : KH_CHARSET_UNICODE;
	for (size_t at = 0; at < n && !kh_reading_over(r);) {
		size_t piece = KH_MIN(n - at, (size_t)PIECE), used = kh_text_convert(kind, charset, bytes + at, piece, &text);
		at += used > 0 ? used : piece;
		size_t given = give_lines(r, kh_buf_text(&text), text.len, at >= n || text.len > LONGEST, look, unsaid);
		memmove(text.data, text.data + given, text.len - given);
		text.len -= given;
	}
}

static bool looks_like_text(const uint8_t *bytes, size_t n)
{
	size_t mark = 0;
	return kh_text_kind_of(bytes, n, &mark) != KH_TEXT_NONE;
}

static void read_text(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	static const char pgp[] = "-----BEGIN PGP MESSAGE-----"; /* RFC 4880, 6.2 */
	size_t mark = 0;
	enum kh_text_kind kind = kh_text_kind_of(bytes, n, &mark);
	if (n > sizeof pgp - 1 && memcmp(bytes, pgp, sizeof pgp - 1) == 0)
		kh_reading_gap(r, KH_GAP_ENCRYPTED, NULL);
	kh_text_read(r, kind, KH_CHARSET_CP1252, bytes + mark, n - mark, &(struct kh_line_look){.part = KH_PART_BODY});
}

const struct kh_reader kh_text_reader = {KH_DOCUMENT_TEXT, looks_like_text, read_text, NULL};
