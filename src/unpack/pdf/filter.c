#include "unpack/pdf/filter.h"

#include "base/alloc.h"
#include "base/str.h"

#include <string.h>

enum kh_pdf_filter_kind kh_pdf_filter_named(const char *name)
{
	static const struct {
		const char *name, *brief;
		enum kh_pdf_filter_kind kind;
	} names[] = {
		{"FlateDecode", "Fl", KH_PDF_FLATE},	    {"LZWDecode", "LZW", KH_PDF_LZW},	      {"ASCIIHexDecode", "AHx", KH_PDF_ASCII_HEX},
		{"ASCII85Decode", "A85", KH_PDF_ASCII_85},   {"RunLengthDecode", "RL", KH_PDF_RUN_LENGTH}, {"DCTDecode", "DCT", KH_PDF_IMAGE},
		{"CCITTFaxDecode", "CCF", KH_PDF_IMAGE},    {"JPXDecode", NULL, KH_PDF_IMAGE},	      {"JBIG2Decode", NULL, KH_PDF_IMAGE},
		{"Crypt", NULL, KH_PDF_CRYPT},
	};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (kh_streq(name, names[i].name) || kh_streq(name, names[i].brief))
			return names[i].kind;
	return KH_PDF_UNKNOWN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* ---- the small ones ---- */

/* Pairs of digits; a last one alone counts as if 0 followed. */
static enum kh_decoded ascii_hex(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	struct kh_pieces o;
	int high = -1;
	bool good = true;
	kh_pieces_init(&o, m);
	(void)f;
	for (size_t i = 0; i < n && p[i] != '>' && good && !o.full; i++) {
		int digit = kh_hex_value(p[i]);
		good = digit >= 0 || is_blank(p[i]);
		if (digit >= 0 && high >= 0)
			kh_pieces_put(&o, (uint8_t)(high << 4 | digit));
		if (digit >= 0)
			high = high >= 0 ? -1 : digit;
	}
	if (high >= 0)
		kh_pieces_put(&o, (uint8_t)(high << 4));
	return kh_pieces_finish(&o, good);
}

/* The first n-1 bytes of a group of n characters; what is missing counts as 'u'. */
static void put_group(struct kh_pieces *o, const uint8_t group[5], size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < 5; i++)
		v = v * 85 + (i < n ? group[i] : 84);
	for (size_t i = 0; i + 1 < n; i++)
		kh_pieces_put(o, (uint8_t)(v >> (24 - 8 * i)));
}

static enum kh_decoded ascii_85(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	struct kh_pieces o;
	uint8_t group[5] = {0};
	size_t have = 0;
	bool good = true;
	kh_pieces_init(&o, m);
	(void)f;
	size_t i = n >= 2 && memcmp(p, "<~", 2) == 0 ? 2 : 0; /* PostScript's beginning: some writers leave it there */
	for (; i < n && p[i] != '~' && good && !o.full; i++) {
		if (p[i] == 'z' && have == 0)
			put_group(&o, (const uint8_t[5]){0}, 5);
		else if (p[i] >= '!' && p[i] <= 'u') {
			group[have++] = (uint8_t)(p[i] - '!');
			if (have == 5) {
				put_group(&o, group, 5);
				have = 0;
			}
		} else
			good = is_blank(p[i]);
	}
	if (have > 1)
		put_group(&o, group, have);
	return kh_pieces_finish(&o, good);
}

static enum kh_decoded run_length(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	enum { END = 128 };
	struct kh_pieces o;
	size_t i = 0;
	kh_pieces_init(&o, m);
	(void)f;
	while (i < n && p[i] != END && !o.full) {
		size_t count = p[i] < END ? (size_t)p[i] + 1 : 257 - (size_t)p[i], step = p[i] < END ? 1 : 0;
		i++;
		for (size_t k = 0; k < count && i < n; k++, i += step)
			kh_pieces_put(&o, p[i]);
		i += 1 - step;
	}
	return kh_pieces_finish(&o, i < n);
}

/* ---- LZW: codes of 9 to 12 bits; each new one is the one before with the first byte of this one behind it ---- */

enum { CLEAR = 256, END_OF_DATA = 257, FIRST_CODE = 258, CODES = 4096 };

struct lzw {
	uint16_t before[CODES]; /* the code without its last byte */
	uint16_t length[CODES];
	uint8_t last[CODES], first[CODES];
	unsigned next;          /* code to be made */
	int previous;           /* -1: none since the table was cleared */
};

static void lzw_clear(struct lzw *l)
{
	l->next = FIRST_CODE;
	l->previous = -1;
}

static void lzw_init(struct lzw *l)
{
	for (unsigned i = 0; i < 256; i++) {
		l->first[i] = l->last[i] = (uint8_t)i;
		l->length[i] = 1;
		l->before[i] = 0;
	}
	lzw_clear(l);
}

static void lzw_make(struct lzw *l, uint8_t last)
{
	if (l->previous < 0 || l->next >= CODES)
		return;
	l->before[l->next] = (uint16_t)l->previous;
	l->first[l->next] = l->first[l->previous];
	l->last[l->next] = last;
	l->length[l->next] = (uint16_t)(l->length[l->previous] + 1);
	l->next++;
}

static void lzw_put(const struct lzw *l, unsigned code, struct kh_pieces *o)
{
	uint8_t text[CODES];
	unsigned n = l->length[code];
	for (unsigned i = n; i > 0; i--, code = l->before[code])
		text[i - 1] = l->last[code];
	for (unsigned i = 0; i < n; i++)
		kh_pieces_put(o, text[i]);
}

/* False: no such code. */
static bool lzw_take(struct lzw *l, unsigned code, struct kh_pieces *o)
{
	bool known = code < 256 || (code >= FIRST_CODE && code < l->next);
	if (!known && (code != l->next || l->previous < 0 || l->next >= CODES))
		return false;
	lzw_make(l, known ? l->first[code] : l->first[l->previous]);
	lzw_put(l, code, o);
	l->previous = (int)code;
	return true;
}

static enum kh_decoded lzw(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	kh_auto_free struct lzw *l = kh_alloc(sizeof *l);
	struct kh_pieces o;
	uint32_t bits = 0;
	unsigned have = 0, early = f->early_change ? 1 : 0;
	lzw_init(l);
	kh_pieces_init(&o, m);
	for (size_t i = 0; i < n && !o.full;) {
		unsigned size = l->next + early, width = size >= 2048 ? 12 : size >= 1024 ? 11 : size >= 512 ? 10 : 9;
		for (; have < width && i < n; i++, have += 8)
			bits = bits << 8 | p[i];
		if (have < width)
			break;
		unsigned code = bits >> (have - width) & ((1U << width) - 1);
		have -= width;
		if (code == END_OF_DATA)
			return kh_pieces_finish(&o, true);
		if (code == CLEAR)
			lzw_clear(l);
		else if (!lzw_take(l, code, &o))
			return kh_pieces_finish(&o, false);
	}
	return kh_pieces_finish(&o, true);
}

/* ---- Flate ---- */

static enum kh_decoded inflate_as(enum kh_codec codec, const uint8_t *p, size_t n, struct kh_members *m)
{
	kh_auto_decoder struct kh_decoder *d = kh_decoder_new(codec, p, n);
	if (!kh_members_decode(m, d))
		return KH_DECODED_FULL;
	return kh_decoder_damaged(d) ? KH_DECODED_DAMAGED : KH_DECODED_WHOLE;
}

/* Readers take streams whose zlib header is wrong. */
static enum kh_decoded flate(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	enum { ZLIB_HEADER = 2 };
	size_t before = m->member.len;
	(void)f;
	enum kh_decoded r = inflate_as(KH_CODEC_ZLIB, p, n, m);
	if (r == KH_DECODED_DAMAGED && m->member.len == before && n > ZLIB_HEADER)
		r = inflate_as(KH_CODEC_DEFLATE, p + ZLIB_HEADER, n - ZLIB_HEADER, m);
	return r;
}

/* ---- predictors: rows are kept as differences; they are undone in place ---- */

static uint8_t paeth(int a, int b, int c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* row: n bytes to be undone, written to `to`; above: the row before, undone (NULL: zeros). `to` may be below `row` in the same memory. */
static void undo_png_row(uint8_t type, const uint8_t *row, uint8_t *to, const uint8_t *above, size_t n, size_t pixel)
{
	for (size_t i = 0; i < n; i++) {
		int a = i >= pixel ? to[i - pixel] : 0, b = above ? above[i] : 0, c = above && i >= pixel ? above[i - pixel] : 0;
		int add = type == 1 ? a : type == 2 ? b : type == 3 ? (a + b) / 2 : type == 4 ? paeth(a, b, c) : 0;
		to[i] = (uint8_t)(row[i] + add);
	}
}

static size_t undo_png(uint8_t *p, size_t n, size_t row_size, size_t pixel)
{
	size_t made = 0;
	const uint8_t *above = NULL;
	for (size_t at = 0; at + 1 < n; at += row_size + 1) {
		size_t have = KH_MIN(row_size, n - at - 1);
		undo_png_row(p[at], p + at + 1, p + made, above, have, pixel);
		above = p + made;
		made += have;
	}
	return made;
}

static void undo_tiff(uint8_t *p, size_t n, size_t row_size, size_t colors)
{
	for (size_t at = 0; at < n; at += row_size)
		for (size_t i = colors; i < KH_MIN(row_size, n - at); i++)
			p[at + i] = (uint8_t)(p[at + i] + p[at + i - colors]);
}

/* What is not to be understood of the numbers leaves the bytes as they are. */
static void undo_predictor(const struct kh_pdf_filter *f, struct kh_buf *b)
{
	bool sane = f->colors >= 1 && f->colors <= 64 && f->bits >= 1 && f->bits <= 32 && f->columns >= 1 && f->columns <= 1 << 28;
	if (f->predictor < 2 || !sane)
		return;
	size_t pixel_bits = (size_t)(f->colors * f->bits), row_size = (pixel_bits * (size_t)f->columns + 7) / 8;
	if (f->predictor >= 10)
		b->len = undo_png((uint8_t *)b->data, b->len, row_size, (pixel_bits + 7) / 8);
	else if (f->predictor == 2 && f->bits == 8)
		undo_tiff((uint8_t *)b->data, b->len, row_size, (size_t)f->colors);
}

/* ---- the table ---- */

static enum kh_decoded as_it_is(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m)
{
	(void)f;
	return kh_members_add(m, p, n) ? KH_DECODED_WHOLE : KH_DECODED_FULL;
}

enum kh_decoded kh_pdf_filter_run(const struct kh_pdf_filter *f, const uint8_t *bytes, size_t n, struct kh_members *m)
{
	static enum kh_decoded (*const decoders[])(const struct kh_pdf_filter *f, const uint8_t *p, size_t n, struct kh_members *m) = {
		[KH_PDF_UNKNOWN] = as_it_is,   [KH_PDF_FLATE] = flate,		  [KH_PDF_LZW] = lzw,	     [KH_PDF_ASCII_HEX] = ascii_hex,
		[KH_PDF_ASCII_85] = ascii_85, [KH_PDF_RUN_LENGTH] = run_length, [KH_PDF_IMAGE] = as_it_is, [KH_PDF_CRYPT] = as_it_is,
	};
	enum kh_decoded r = decoders[f->kind](f, bytes, n, m);
	if ((f->kind == KH_PDF_FLATE || f->kind == KH_PDF_LZW) && m->member.len > 0)
		undo_predictor(f, &m->member);
	return r;
}
