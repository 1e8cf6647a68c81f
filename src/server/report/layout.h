/* Text for a terminal of a certain width: wrapped at blanks, indented, in columns, by the columns that characters really take. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum kh_style { KH_PLAIN, KH_BOLD, KH_DIM, KH_GOOD, KH_MIDDLE, KH_BAD, KH_STYLES };

struct kh_layout {
	struct kh_buf *out;
	size_t width;
	bool colours; /* styles become escape codes; else they are left away */
};

/* Text in a style, as it is; nothing is wrapped. */
void kh_layout_styled(struct kh_layout *l, enum kh_style style, const char *text);

/* Blanks up to a column from one on which the text just written ended. */
void kh_layout_pad(struct kh_layout *l, size_t from, size_t to);

/* Wraps a text from column `at` (already written) on; further lines begin at `indent`. Its own line ends are kept, control characters are left away.
 * Gives the column where it ended. */
size_t kh_layout_flow(struct kh_layout *l, size_t at, size_t indent, enum kh_style style, const char *text);

/* The same, and a line end. */
void kh_layout_wrap(struct kh_layout *l, size_t at, size_t indent, enum kh_style style, const char *text);

/* As much of a text as fits the columns, with "…" when it was cut; new memory. */
char *kh_layout_shorten(const char *text, size_t columns) KH_MUST_USE;

/* A line of one character over the whole width, behind a heading that may be NULL. */
void kh_layout_rule(struct kh_layout *l, const char *heading, const char *character);
