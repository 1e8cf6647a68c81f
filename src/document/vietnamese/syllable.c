#include "document/vietnamese/syllable.h"

#include "base/attr.h"
#include "document/vietnamese/letters.h"

#include <string.h>

/* A word taken apart: consonants as ASCII ('D': đ), vowels without tone. */
struct word {
	char consonants[KH_SYLLABLE_MAX + 1]; /* '.' where a vowel stands */
	enum kh_vowel vowels[KH_SYLLABLE_MAX];
	size_t n;
	enum kh_tone tone;
};

static char consonant_of(int32_t c)
{
	static const char none[] = "aeiouyfjwz";
	if (c == 0x110 || c == 0x111)
		return 'D';
	char small = (char)(c | 0x20);
	return c < 0x80 && small >= 'a' && small <= 'z' && !strchr(none, small) ? small : '\0';
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

/* ---- onset ---- */

static bool is_in(const char *const *list, size_t count, const char *s, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == n && memcmp(list[i], s, n) == 0)
			return true;
	return false;
}

/* Letters of the onset; n + 1: there is none such. The u of "qu" and, before a vowel, the i of "gi" belong to it. */
static size_t onset_size(const struct word *w)
{
	static const char *const onsets[] = {"", "b", "c", "ch", "d", "D", "g", "gh", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "q", "r", "s", "t", "th", "tr", "v", "x"};
	size_t n = strcspn(w->consonants, ".");
	if (n == w->n || !is_in(onsets, KH_COUNT(onsets), w->consonants, n))
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
static const struct {
	uint8_t n, vowels[3], ending;
} clusters[] = {
	{1, {A}, BOTH},        {1, {AW}, CLOSED},     {1, {AA}, CLOSED},    {1, {E}, BOTH},        {1, {EE}, BOTH},       {1, {I}, BOTH},       {1, {O}, BOTH},       {1, {OO}, BOTH},
	{1, {OW}, BOTH},       {1, {U}, BOTH},        {1, {UW}, BOTH},      {1, {Y}, BOTH},        {2, {A, I}, OPEN},     {2, {A, O}, OPEN},    {2, {A, U}, OPEN},    {2, {A, Y}, OPEN},
	{2, {AA, U}, OPEN},    {2, {AA, Y}, OPEN},    {2, {E, O}, OPEN},    {2, {EE, U}, OPEN},    {2, {I, A}, OPEN},     {2, {I, EE}, CLOSED}, {2, {I, U}, OPEN},    {2, {O, A}, BOTH},
	{2, {O, AW}, CLOSED},  {2, {O, E}, BOTH},     {2, {O, I}, OPEN},    {2, {O, O}, CLOSED},   {2, {OO, I}, OPEN},    {2, {OW, I}, OPEN},   {2, {U, A}, OPEN},    {2, {U, AA}, CLOSED},
	{2, {U, EE}, BOTH},    {2, {U, I}, OPEN},     {2, {U, OO}, CLOSED}, {2, {U, OW}, OPEN},    {2, {U, Y}, BOTH},     {2, {UW, A}, OPEN},   {2, {UW, I}, OPEN},   {2, {UW, U}, OPEN},
	{2, {UW, OW}, CLOSED}, {2, {Y, EE}, CLOSED},  {3, {I, EE, U}, OPEN}, {3, {O, A, I}, OPEN},  {3, {O, A, O}, OPEN},  {3, {O, A, Y}, OPEN}, {3, {O, E, O}, OPEN}, {3, {U, AA, Y}, OPEN},
	{3, {U, OO, I}, OPEN}, {3, {U, Y, A}, OPEN},  {3, {U, Y, EE}, CLOSED}, {3, {U, Y, U}, OPEN}, {3, {UW, OW, I}, OPEN}, {3, {UW, OW, U}, OPEN}, {3, {Y, EE, U}, OPEN},
};

static unsigned ending_of(const enum kh_vowel *vowels, size_t n)
{
	for (size_t i = 0; i < KH_COUNT(clusters); i++) {
		size_t same = 0;
		while (clusters[i].n == n && same < n && clusters[i].vowels[same] == vowels[same])
			same++;
		if (clusters[i].n == n && same == n)
			return clusters[i].ending;
	}
	return 0;
}

/* ---- the whole ---- */

bool kh_syllable_is_valid(const int32_t *characters, size_t n)
{
	static const char *const codas[] = {"", "c", "ch", "m", "n", "ng", "nh", "p", "t"};
	struct word w;
	if (!take_apart(characters, n, &w))
		return false;
	size_t onset = onset_size(&w);
	if (onset > n)
		return false;
	size_t vowels = strspn(w.consonants + onset, "."), coda = n - onset - vowels;
	const char *end = w.consonants + onset + vowels;
	if (!is_in(codas, KH_COUNT(codas), end, coda) || !(ending_of(w.vowels + onset, vowels) & (coda ? CLOSED : OPEN)))
		return false;
	bool stopped = coda > 0 && (end[coda - 1] == 'c' || end[coda - 1] == 'p' || end[coda - 1] == 't' || (coda == 2 && end[0] == 'c'));
	return !stopped || w.tone == KH_TONE_ACUTE || w.tone == KH_TONE_DOT;
}
