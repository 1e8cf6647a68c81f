/* What the readers of printed lists share: a text cut into lines, lines into words. For forms.h only. */
#pragma once

#include "base/array.h"
#include "sheet/sheet.h"

#include <stdbool.h>

#define KH_LINE_MAX 8192 /* bytes; longer ones are passed over: no list has them */
#define KH_LINE_MAX_WORDS 256

struct kh_line {
	char text[KH_LINE_MAX];  /* as it stands */
	char store[KH_LINE_MAX]; /* cut up */
	char *words[KH_LINE_MAX_WORDS + 1]; /* NULL behind the last; a word in "quotes" is one without them */
	size_t n;
	uint32_t number;
};

/* The next line that is valid UTF-8 and not too long, cut at any of `blanks`; false at the end. *at: offset, 0 at first. */
#define KH_LINE_BLANKS " \t"
#define KH_LINE_CELLS " \t,;"
bool kh_line_next(const char *bytes, size_t n, size_t *at, const char *blanks, struct kh_line *line);

/* The word behind this one ("-s", "src=": then the rest of that word); NULL when it is not there. */
const char *kh_line_after(const struct kh_line *line, const char *word);
const char *kh_line_value(const struct kh_line *line, const char *prefix);

/* "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff", "a:b:c:d:e:f" → lower case with colons; false for anything else, also for all zeros and broadcast. */
bool kh_mac_parse(const char *text, char out[18]);

/* A row of n cells; empty ones may be NULL. */
int kh_line_put(struct kh_sheet *sheet, uint32_t number, const char *const *cells, size_t n) KH_MUST_USE;
