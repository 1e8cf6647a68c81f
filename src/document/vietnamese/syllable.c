#include "document/vietnamese/syllable.h"

#include "base/attr.h"
#include "document/vietnamese/letters.h"

/* A word taken apart: consonants as ASCII ('D': đ), vowels without tone. */
struct word {
	char consonants[KH_SYLLABLE_MAX + 1]; /* '.' where a vowel stands */
	enum kh_vowel vowels[KH_SYLLABLE_MAX];
	size_t n;
	enum kh_tone tone;
};

static char consonant_of(int32_t c)
{
	static const char of_letter[] = {'\0', 'b', 'c', 'd', '\0', '\0', 'g', 'h', '\0', '\0', 'k', 'l', 'm', 'n', '\0', 'p', 'q', 'r', 's', 't', '\0', 'v', '\0', 'x', '\0', '\0'};
	if (c == 0x110 || c == 0x111)
		return 'D';
	int32_t letter = (c | 0x20) - 'a';
	return c < 0x80 && letter >= 0 && letter < (int32_t)KH_COUNT(of_letter) ? of_letter[letter] : '\0';
}

static bool take_apart(const int32_t *characters, size_t n, struct word *w)
{
	if (n == 0 || n >= KH_SYLLABLE_MAX)
		return false;
	*w = (struct word){.n = n};
	for (size_t i = 0; i < n; i++) {
		struct kh_letter l;
		bool vowel = kh_letter_of(characters[i], &l);
		w->consonants[i] = vowel ? '.' : consonant_of(characters[i]);
		if (!w->consonants[i] || (vowel && l.tone != KH_TONE_NONE && w->tone != KH_TONE_NONE))
			return false;
		if (vowel) {
			w->vowels[i] = l.vowel;
			w->tone = l.tone != KH_TONE_NONE ? l.tone : w->tone;
		}
	}
	return true;
}

/* ---- onset and coda ---- */

/* Up to three consonants as one number. */
#define C(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static uint32_t consonants(const char *s, size_t n)
{
	return n > 3 ? UINT32_MAX : C(n > 2 ? s[n - 3] : 0, n > 1 ? s[n - 2] : 0, n > 0 ? s[n - 1] : 0);
}

static bool is_onset(uint32_t c)
{
	switch (c) {
	case 0:
	case 'b': case 'c': case 'd': case 'D': case 'g': case 'h': case 'k': case 'l': case 'm': case 'n': case 'p': case 'q': case 'r': case 's': case 't': case 'v': case 'x':
	case C(0, 'c', 'h'): case C(0, 'g', 'h'): case C(0, 'k', 'h'): case C(0, 'n', 'g'): case C('n', 'g', 'h'): case C(0, 'n', 'h'): case C(0, 'p', 'h'): case C(0, 't', 'h'): case C(0, 't', 'r'):
		return true;
	default:
		return false;
	}
}

static bool is_stop(uint32_t c)
{
	return c == 'c' || c == C(0, 'c', 'h') || c == 'p' || c == 't';
}

static bool is_coda(uint32_t c)
{
	return c == 0 || is_stop(c) || c == 'm' || c == 'n' || c == C(0, 'n', 'g') || c == C(0, 'n', 'h');
}

/* Letters of the onset; n + 1: there is none such. The u of "qu" and, before a vowel, the i of "gi" belong to it. */
static size_t onset_size(const struct word *w)
{
	size_t n = 0;
	while (n < w->n && w->consonants[n] != '.')
		n++;
	if (n == w->n || !is_onset(consonants(w->consonants, n)))
		return w->n + 1;
	bool before_vowel = n + 1 < w->n && w->consonants[n + 1] == '.';
	if (w->consonants[0] == 'q')
		return before_vowel && w->vowels[n] == KH_VOWEL_U ? n + 1 : w->n + 1;
	return n == 1 && w->consonants[0] == 'g' && w->vowels[n] == KH_VOWEL_I && before_vowel ? n + 1 : n;
}

/* ---- vowels ---- */

enum ending { OPEN = 1, CLOSED = 2, BOTH = 3 };

#define A KH_VOWEL_A
#define AW KH_VOWEL_AW
#define AA KH_VOWEL_AA
#define E KH_VOWEL_E
#define EE KH_VOWEL_EE
#define I KH_VOWEL_I
#define O KH_VOWEL_O
#define OO KH_VOWEL_OO
#define OW KH_VOWEL_OW
#define U KH_VOWEL_U
#define UW KH_VOWEL_UW
#define Y KH_VOWEL_Y
#define V1(a) ((a) + 1)
#define V2(a, b) (V1(a) << 4 | V1(b))
#define V3(a, b, c) (V2(a, b) << 4 | V1(c))
/* Of the vowels that stand together, how they may end. */
static const uint8_t endings[1 << 12] = {
	[V1(A)] = BOTH, [V1(AW)] = CLOSED, [V1(AA)] = CLOSED, [V1(E)] = BOTH, [V1(EE)] = BOTH, [V1(I)] = BOTH, [V1(O)] = BOTH, [V1(OO)] = BOTH, [V1(OW)] = BOTH, [V1(U)] = BOTH,
	[V1(UW)] = BOTH, [V1(Y)] = BOTH, [V2(A, I)] = OPEN, [V2(A, O)] = OPEN, [V2(A, U)] = OPEN, [V2(A, Y)] = OPEN, [V2(AA, U)] = OPEN, [V2(AA, Y)] = OPEN, [V2(E, O)] = OPEN,
	[V2(EE, U)] = OPEN, [V2(I, A)] = OPEN, [V2(I, EE)] = CLOSED, [V2(I, U)] = OPEN, [V2(O, A)] = BOTH, [V2(O, AW)] = CLOSED, [V2(O, E)] = BOTH, [V2(O, I)] = OPEN,
	[V2(O, O)] = CLOSED, [V2(OO, I)] = OPEN, [V2(OW, I)] = OPEN, [V2(U, A)] = OPEN, [V2(U, AA)] = CLOSED, [V2(U, EE)] = BOTH, [V2(U, I)] = OPEN, [V2(U, OO)] = CLOSED,
	[V2(U, OW)] = OPEN, [V2(U, Y)] = BOTH, [V2(UW, A)] = OPEN, [V2(UW, I)] = OPEN, [V2(UW, U)] = OPEN, [V2(UW, OW)] = CLOSED, [V2(Y, EE)] = CLOSED, [V3(I, EE, U)] = OPEN,
	[V3(O, A, I)] = OPEN, [V3(O, A, O)] = OPEN, [V3(O, A, Y)] = OPEN, [V3(O, E, O)] = OPEN, [V3(U, AA, Y)] = OPEN, [V3(U, OO, I)] = OPEN, [V3(U, Y, A)] = OPEN,
	[V3(U, Y, EE)] = CLOSED, [V3(U, Y, U)] = OPEN, [V3(UW, OW, I)] = OPEN, [V3(UW, OW, U)] = OPEN, [V3(Y, EE, U)] = OPEN,
};

static unsigned ending_of(const enum kh_vowel *vowels, size_t n)
{
	return n == 1 ? endings[V1(vowels[0])] : n == 2 ? endings[V2(vowels[0], vowels[1])] : n == 3 ? endings[V3(vowels[0], vowels[1], vowels[2])] : 0;
}

/* ---- the whole ---- */

bool kh_syllable_is_valid(const int32_t *characters, size_t n)
{
	struct word w;
	if (!take_apart(characters, n, &w))
		return false;
	size_t onset = onset_size(&w);
	if (onset > n)
		return false;
	size_t vowels = 0;
	while (onset + vowels < n && w.consonants[onset + vowels] == '.')
		vowels++;
	uint32_t coda = consonants(w.consonants + onset + vowels, n - onset - vowels);
	if (!is_coda(coda) || !(ending_of(w.vowels + onset, vowels) & (coda ? CLOSED : OPEN)))
		return false;
	return !is_stop(coda) || w.tone == KH_TONE_ACUTE || w.tone == KH_TONE_DOT;
}
