/* In which charset a text is that nobody named one for: the one in which its words with marks are Vietnamese syllables (syllable.h). A document is seen line by line; a line is decided by
 * itself when it says enough, else by what its document mostly is. Text that is Vietnamese in Unicode, or of another language, stays as it is: it takes several syllables, of several
 * letters, that only the other charset explains, among words without marks that can be Vietnamese too.
 *
 *     struct kh_guess g = {0};
 *     kh_guess_see(&g, text, n, &line);      for each line, as it comes
 *     …when kh_guess_is_ready(&g), or at the end…
 *     charset = kh_guess_decide(&g, &line);  for each */
#pragma once

#include "document/vietnamese/charset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words with marks under each charset, KH_CHARSET_UNICODE being the text as it stands. */
struct kh_guess_line {
	uint32_t good[KH_CHARSETS], bad[KH_CHARSETS];
	uint8_t variety[KH_CHARSETS]; /* different characters that became letters in good words */
	uint32_t letters[KH_CHARSETS]; /* of good words */
	uint32_t native, foreign; /* words without marks that can be Vietnamese, and that cannot */
	bool open; /* nothing but a charset's statistics can say what it is */
};

struct kh_guess {
	uint32_t good[KH_CHARSETS], bad[KH_CHARSETS];
	uint32_t native[KH_CHARSETS], foreign[KH_CHARSETS]; /* words without marks in lines that the charset explains */
	uint32_t certain; /* good in lines with letters that only Unicode has */
	uint64_t letters[KH_CHARSETS][4]; /* the characters that became letters in good words: a bit for each byte */
};

void kh_guess_see(struct kh_guess *g, const char *text, size_t n, struct kh_guess_line *ret);

/* Whether the document has said enough that more of it will hardly change what its lines are. */
bool kh_guess_is_ready(const struct kh_guess *g);

/* KH_CHARSET_UNICODE: the text is as it stands. */
enum kh_charset kh_guess_decide(const struct kh_guess *g, const struct kh_guess_line *line);
