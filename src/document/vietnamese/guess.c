#include "document/vietnamese/guess.h"

#include "base/attr.h"
#include "base/utf8.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/letters.h"
#include "document/vietnamese/syllable.h"

#include <string.h>

enum {
	READY = 64,         /* words with marks after which a document's charset is known */
	VARIETY = 3,        /* different letters that a charset must explain: a sign of measure on every line is one */
	LONGEST_LOOK = 4096 /* bytes of a line that are looked at */
};

static const enum kh_charset legacy[] = {KH_CHARSET_TCVN3, KH_CHARSET_VNI, KH_CHARSET_VPS, KH_CHARSET_VISCII, KH_CHARSET_CP1258};

/* ---- words ---- */

static bool is_ascii_letter(int32_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* What stands between words, or on its own: signs that texts of every language have. What else is no letter spoils the word it is in. */
static bool is_between(int32_t c)
{
	if (c < 0x80)
		return !is_ascii_letter(c) && (c >= 0x20 || (c >= '\t' && c <= '\r'));
	return (c >= 0x2000 && c < 0x2100) || c == 0xa0 || c == 0xa7 || c == 0xa9 || c == 0xab || c == 0xae || c == 0xb0 ||
	       c == 0xb1 || c == 0xb7 || c == 0xbb || c == 0xd7 || c == 0xf7 || c == 0x2122;
}

/* Capitals all through, or at the beginning only. Fonts of capitals have small letters for those with marks, which are between true capitals then. */
static bool is_case_regular(const int32_t *word, size_t n, bool marks_are_small)
{
	size_t small = 0, wrong = 0;
	for (size_t i = 0; i < n; i++) {
		bool capital = kh_letter_is_capital(word[i]);
		small += !capital && !(marks_are_small && word[i] >= 0x80);
		wrong += capital && small > 0;
	}
	return wrong == 0;
}

struct count {
	uint32_t good, bad, letters;
};

static bool has_marks(const int32_t *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word[i] >= 0x80 || word[i] < 0x20)
			return true;
	return false;
}

/* "HĐND", "TTƯ": capitals, of which those that Vietnamese has besides Latin have no tone. */
static bool is_abbreviation(const int32_t *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kh_letter l;
		bool own = kh_letter_of(word[i], &l) && l.capital && l.tone == KH_TONE_NONE;
		if (!own && word[i] != 0x110 && !(word[i] >= 'A' && word[i] <= 'Z'))
			return false;
	}
	return true;
}

/* Nothing but letters of Vietnamese, and one tone at most: a syllable misspelt. */
static bool is_nearly_vietnamese(const int32_t *word, size_t n)
{
	size_t tones = 0;
	for (size_t i = 0; i < n; i++) {
		struct kh_letter l;
		bool vowel = kh_letter_of(word[i], &l);
		tones += vowel && l.tone != KH_TONE_NONE;
		if (!vowel && !is_ascii_letter(word[i]) && word[i] != 0x110 && word[i] != 0x111)
			return false;
	}
	return tones <= 1;
}

/* Words of one letter are in every charset something or other. */
static void judge_word(struct count *c, const int32_t *word, size_t n, bool too_long, enum kh_charset charset)
{
	bool marks_are_small = charset == KH_CHARSET_TCVN3 || charset == KH_CHARSET_VPS || charset == KH_CHARSET_VISCII;
	if (n == 0 || !has_marks(word, n) || (n == 1 && !too_long))
		return;
	if (!too_long && kh_syllable_is_valid(word, n) && is_case_regular(word, n, marks_are_small)) {
		c->good++;
		c->letters += (uint32_t)n;
	} else if (too_long || !(is_abbreviation(word, n) || (charset == KH_CHARSET_UNICODE && is_nearly_vietnamese(word, n)))) {
		c->bad++;
	}
}

static bool is_digit(int32_t c)
{
	return c >= '0' && c <= '9';
}

/* What digits stand beside is no word: units, patterns of hyphens, numbers of things. */
static void count_words(const int32_t *text, size_t n, enum kh_charset charset, struct count *c)
{
	int32_t word[KH_SYLLABLE_MAX], before = ' ';
	size_t size = 0;
	bool too_long = false;
	for (size_t at = 0; at <= n; at++) {
		int32_t ch = at < n ? text[at] : ' ';
		if (is_between(ch)) {
			if (!is_digit(before) && !is_digit(ch))
				judge_word(c, word, size, too_long, charset);
			size = 0;
			too_long = false;
			before = ch;
		} else if (size < KH_SYLLABLE_MAX) {
			word[size++] = ch;
		} else {
			too_long = true;
			word[0] = ch >= 0x80 ? ch : word[0]; /* it has marks */
		}
	}
}

/* Words of ASCII letters only, two and more. */
static void count_plain_words(const char *text, size_t n, struct kh_guess_line *line)
{
	int32_t word[KH_SYLLABLE_MAX];
	size_t size = 0;
	bool plain = true;
	for (size_t at = 0; at <= n; at++) {
		unsigned char c = at < n ? (unsigned char)text[at] : ' ';
		plain = plain && c < 0x80;
		if (is_ascii_letter(c)) {
			if (size < KH_SYLLABLE_MAX)
				word[size] = c;
			size++;
		} else if (c < 0x80) {
			bool can_be = plain && size > 1 && size < KH_SYLLABLE_MAX && kh_syllable_is_valid(word, size);
			line->native += can_be;
			line->foreign += plain && size > 1 && !can_be && !is_abbreviation(word, KH_MIN(size, (size_t)KH_SYLLABLE_MAX));
			size = 0;
			plain = true;
		}
	}
}

/* ---- lines ---- */

static bool is_plain(char c)
{
	return (unsigned char)c < 0x80 && ((unsigned char)c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
}

/* The next piece between blanks that is not all ASCII; false: there is none. Blanks are the same in every charset, and what belongs to a letter stands beside it. */
static bool take_piece(const char **s, const char *end, const char **ret, size_t *ret_n)
{
	while (*s < end) {
		const char *from = *s;
		bool plain = true;
		for (; *s < end && **s != ' ' && **s != '\t' && **s != '\n'; (*s)++)
			plain = plain && is_plain(**s);
		*ret = from;
		*ret_n = (size_t)(*s - from);
		if (*s < end)
			(*s)++;
		if (!plain)
			return true;
	}
	return false;
}

static void note_letters(uint64_t letters[4], const char *piece, size_t n)
{
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += kh_utf8_take(piece + at, n - at, &c);
		int byte = kh_charset_byte_of(c);
		if (byte >= 0x80 || (byte >= 0 && byte < 0x20))
			letters[byte / 64] |= UINT64_C(1) << (byte % 64);
	}
}

static unsigned variety(const uint64_t letters[4])
{
	unsigned n = 0;
	for (size_t i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(letters[i]);
	return n;
}

static void see_as(struct kh_guess *g, enum kh_charset charset, const char *text, size_t n, struct kh_guess_line *line)
{
	int32_t decoded[LONGEST_LOOK];
	const char *piece = NULL, *end = text + n;
	uint64_t letters[4] = {0};
	struct count all = {0};
	size_t size = 0;
	while (take_piece(&text, end, &piece, &size)) {
		struct count c = {0};
		count_words(decoded, kh_charset_decode_word(charset, piece, size, decoded), charset, &c);
		if (c.good > 0 && c.bad == 0)
			note_letters(letters, piece, size);
		all.good += c.good;
		all.bad += c.bad;
		all.letters += c.letters;
	}
	line->good[charset] = all.good;
	line->bad[charset] = all.bad;
	line->letters[charset] = all.letters;
	line->variety[charset] = (uint8_t)KH_MIN(variety(letters), 255U);
	g->good[charset] += all.good;
	g->bad[charset] += all.bad;
	for (size_t i = 0; i < 4; i++)
		g->letters[charset][i] |= letters[i];
	g->native[charset] += all.good > all.bad ? line->native : 0;
	g->foreign[charset] += all.good > all.bad ? line->foreign : 0;
}

/* What most of the document's words are in. */
static enum kh_charset leading(const struct kh_guess *g)
{
	enum kh_charset best = KH_CHARSET_UNICODE;
	for (size_t i = 0; i < KH_COUNT(legacy); i++)
		if (g->good[legacy[i]] > g->good[best])
			best = legacy[i];
	return best;
}

bool kh_guess_is_ready(const struct kh_guess *g)
{
	return g->good[leading(g)] >= READY;
}

static bool explains(const struct kh_guess_line *line, enum kh_charset c)
{
	return line->good[c] > 0 && line->good[c] >= 4 * line->bad[c];
}

/* A document that has said enough is believed of lines that are good in what it mostly is. */
static bool is_as_expected(struct kh_guess *g, enum kh_charset leads, const char *text, size_t n, struct kh_guess_line *line)
{
	if (!line->open && leads == KH_CHARSET_UNICODE)
		return true;
	see_as(g, leads, text, n, line);
	return explains(line, leads);
}

void kh_guess_see(struct kh_guess *g, const char *text, size_t n, struct kh_guess_line *ret)
{
	const enum kh_charset leads = leading(g);
	n = KH_MIN(n, (size_t)LONGEST_LOOK);
	*ret = (struct kh_guess_line){.open = !kh_letters_are_unicode(text, n)};
	bool ready = kh_guess_is_ready(g);
	if (ret->open)
		count_plain_words(text, n, ret);
	if (ready && is_as_expected(g, leads, text, n, ret))
		return;
	if (!ready || leads != KH_CHARSET_UNICODE)
		see_as(g, KH_CHARSET_UNICODE, text, n, ret);
	g->certain += ret->open ? 0 : ret->good[KH_CHARSET_UNICODE];
	for (size_t i = 0; ret->open && i < KH_COUNT(legacy); i++)
		if (!ready || legacy[i] != leads)
			see_as(g, legacy[i], text, n, ret);
}

/* ---- decisions ---- */

static int64_t gain(const struct kh_guess_line *line, enum kh_charset c)
{
	return (int64_t)line->good[c] - line->bad[c];
}

static bool supports(const struct kh_guess *g, enum kh_charset c)
{
	enum { FEW = 4 };
	bool foreign = g->foreign[c] > (uint64_t)g->native[c] + g->good[c];
	return g->good[c] >= FEW && 2 * (uint64_t)g->good[c] >= g->bad[c] && variety(g->letters[c]) >= VARIETY && !foreign;
}

/* The document is in this charset throughout, as far as it says. */
static bool is_all(const struct kh_guess *g, enum kh_charset c)
{
	return supports(g, c) && g->good[c] > 4 * (uint64_t)g->certain && g->good[c] > 4 * (uint64_t)g->bad[c] && g->good[c] > g->good[KH_CHARSET_UNICODE];
}

static enum kh_charset best_of(const struct kh_guess_line *line, enum kh_charset first)
{
	enum kh_charset best = first;
	for (size_t i = 0; i < KH_COUNT(legacy); i++)
		if (gain(line, legacy[i]) > gain(line, best))
			best = legacy[i];
	return best;
}

enum kh_charset kh_guess_decide(const struct kh_guess *g, const struct kh_guess_line *line)
{
	enum { ENOUGH = 2, CLEARLY = 2, LETTERS = 6 /* of "Tối mật" */ };
	const enum kh_charset leads = leading(g);
	if (!line->open)
		return KH_CHARSET_UNICODE;
	if (leads != KH_CHARSET_UNICODE && is_all(g, leads) && gain(line, leads) >= 0 && gain(line, leads) >= gain(line, KH_CHARSET_UNICODE))
		return leads; /* even if it says nothing */
	const enum kh_charset best = best_of(line, leads != KH_CHARSET_UNICODE ? leads : legacy[0]);
	const int64_t more = gain(line, best) - gain(line, KH_CHARSET_UNICODE);
	const uint64_t native = (uint64_t)line->native + line->good[best];
	bool by_itself = line->good[best] >= ENOUGH && line->good[best] >= 8 * line->bad[best] && line->letters[best] >= LETTERS && line->variety[best] >= ENOUGH &&
			 line->bad[KH_CHARSET_UNICODE] > 0 && more >= CLEARLY && line->foreign <= native;
	bool by_document = supports(g, best) && line->good[best] > line->bad[best] && more > 0 && line->foreign <= 2 * native + 2;
	return by_itself || by_document ? best : KH_CHARSET_UNICODE;
}
