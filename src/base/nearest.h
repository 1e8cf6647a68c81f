/* The word that was probably meant by one nobody knows. */
#pragma once

#include <stddef.h>

struct kh_nearest {
	const char *word; /* as typed */
	size_t len;
	const char *best; /* lent; NULL: none is near enough */
	size_t slips;     /* of the best */
};

/* Letters that are wrong, missing, too many or changed places are slips; of a third of the letters, but always one, is a word still the same. Words over 31 bytes are
 * like nothing. */
void kh_nearest_begin(struct kh_nearest *n, const char *word, size_t len);
void kh_nearest_try(struct kh_nearest *n, const char *candidate, size_t len);
