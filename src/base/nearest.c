#include "base/nearest.h"

#include "base/alloc.h"

#include <string.h>

enum { MOST = 31 };

void kh_nearest_begin(struct kh_nearest *n, const char *word, size_t len)
{
	*n = (struct kh_nearest){.word = word, .len = len, .slips = len / 3 > 1 ? len / 3 + 1 : 2};
}

/* Damerau and Levenshtein, with three rows of the table. */
static size_t slips_between(const char *a, size_t n, const char *b, size_t m)
{
	size_t before[MOST + 1] = {0}, last[MOST + 1] = {0}, row[MOST + 1];
	for (size_t j = 0; j <= m; j++)
		last[j] = j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = KH_MIN(KH_MIN(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = KH_MIN(row[j], before[j - 2] + 1);
		}
		memcpy(before, last, sizeof before);
		memcpy(last, row, sizeof last);
	}
	return last[m];
}

void kh_nearest_try(struct kh_nearest *n, const char *candidate, size_t len)
{
	if (n->len > MOST || len > MOST || n->len < 2)
		return;
	size_t slips = slips_between(n->word, n->len, candidate, len);
	if (slips >= n->slips)
		return;
	n->best = candidate;
	n->slips = slips;
}
