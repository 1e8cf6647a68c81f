/* Whether a word can be a syllable of Vietnamese: onset, vowels with at most one tone, coda, as the orthography allows them together. Nearly every word of a Vietnamese text can, and
 * hardly any word with marks of another language, or of Vietnamese read in the wrong charset. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_SYLLABLE_MAX 8 /* "nghiêng" has 7 letters */

bool kh_syllable_is_valid(const int32_t *characters, size_t n); /* composed characters, of either case */
