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

/* False: no vowel of Vietnamese. */
bool kh_letter_of(int32_t character, struct kh_letter *ret);
int32_t kh_letter_character(const struct kh_letter *l);

/* Of Latin and Vietnamese letters; others are neither. */
bool kh_letter_is_small(int32_t character);
bool kh_letter_is_capital(int32_t character);

/* Whether only a text in Unicode has it: a letter with a Vietnamese mark, or such a mark itself, that CP1252 lacks. */
bool kh_letter_is_unicode(int32_t character);
bool kh_letters_are_unicode(const char *text, size_t n); /* whether one of a text in UTF-8 is such */
