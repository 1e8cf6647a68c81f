/* The letters of Vietnamese as vowel and tone: "ậ" is â with a dot below. Composed (NFC) characters only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_vowel { KH_VOWEL_A, KH_VOWEL_AW /* ă */, KH_VOWEL_AA /* â */, KH_VOWEL_E, KH_VOWEL_EE, KH_VOWEL_I, KH_VOWEL_O, KH_VOWEL_OO, KH_VOWEL_OW, KH_VOWEL_U, KH_VOWEL_UW, KH_VOWEL_Y, KH_VOWELS };
enum kh_tone { KH_TONE_NONE, KH_TONE_GRAVE, KH_TONE_HOOK, KH_TONE_TILDE, KH_TONE_ACUTE, KH_TONE_DOT, KH_TONES };

struct kh_letter {
	enum kh_vowel vowel;
	enum kh_tone tone;
	bool capital;
};

int32_t kh_letter_character(const struct kh_letter *l);

/* What each character is: vowel * KH_TONES + tone + 1, with a bit for capitals; 0: no vowel of Vietnamese. Those from U+1EA0 are pairs of capital and small letter. */
enum { KH_LETTER_CAPITAL = 0x80, KH_LETTER_CODES = 0x1b1, KH_LETTER_FIRST_PAIR = 0x1ea0, KH_LETTER_PAIRS = 45 };
extern const uint8_t kh_letter_codes[KH_LETTER_CODES], kh_letter_pairs[KH_LETTER_PAIRS];

static inline uint8_t kh_letter_code(int32_t character)
{
	uint32_t c = (uint32_t)character, in_pairs = c - KH_LETTER_FIRST_PAIR;
	if (c < KH_LETTER_CODES)
		return kh_letter_codes[c];
	return in_pairs >= 2 * KH_LETTER_PAIRS ? 0 : kh_letter_pairs[in_pairs / 2] | (in_pairs & 1 ? 0 : KH_LETTER_CAPITAL);
}

/* False: no vowel of Vietnamese. */
static inline bool kh_letter_of(int32_t character, struct kh_letter *ret)
{
	uint8_t code = kh_letter_code(character);
	if (code == 0)
		return false;
	uint8_t letter = (code & (KH_LETTER_CAPITAL - 1)) - 1;
	*ret = (struct kh_letter){(enum kh_vowel)(letter / KH_TONES), (enum kh_tone)(letter % KH_TONES), code & KH_LETTER_CAPITAL};
	return true;
}

/* Of Latin and Vietnamese letters; others are neither. */
static inline bool kh_letter_is_small(int32_t c)
{
	return c < 0x80 ? c >= 'a' && c <= 'z' : c == 0x111 || (kh_letter_code(c) != 0 && !(kh_letter_code(c) & KH_LETTER_CAPITAL));
}

static inline bool kh_letter_is_capital(int32_t c)
{
	return c < 0x80 ? c >= 'A' && c <= 'Z' : c == 0x110 || (kh_letter_code(c) & KH_LETTER_CAPITAL) != 0;
}

/* Whether only a text in Unicode has it: a letter with a Vietnamese mark, or such a mark itself, that CP1252 lacks. */
static inline bool kh_letter_is_unicode(int32_t c)
{
	return c >= 0x100 && (kh_letter_code(c) != 0 || c == 0x110 || c == 0x111 || c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323);
}

bool kh_letters_are_unicode(const char *text, size_t n); /* whether one of a text in UTF-8 is such */
