/* The styles of a text document by their names, each standing on another. */
#pragma once

#include "document/read/word/flow.h"

struct kh_word_style {
	char *name, *base; /* base: NULL: it stands on none */
	size_t order;      /* of two of one name that with the smaller number counts */
	struct kh_word_look look;
	bool resolved;
	bool standard;                 /* of Word: of paragraphs that name none */
	bool breaks_after, new_master; /* of OpenDocument; new_master: it begins a page of another kind */
};

struct kh_word_styles {
	KH_ARRAY(struct kh_word_style) list;
	size_t sorted; /* those that can be found */
};
void kh_word_styles_done(struct kh_word_styles *s);

/* Takes over the names, which are allocated and `base` may be NULL, whatever comes of it. Returns the style's place, for what is learnt of it later, until the next is added or they are sorted: both
 * move them. NULL: there are KH_WORD_MAX_STYLES already (flow.h); the names have been freed. */
struct kh_word_style *kh_word_styles_add(struct kh_word_styles *s, struct kh_word_style style);
void kh_word_styles_sort(struct kh_word_styles *s); /* behind the last of a part: those added since are not found before */

/* Its look is what it says and what it stands on; a style that stands on itself, through whatever others, ends at KH_WORD_MAX_CHAIN. NULL: there is none. */
const struct kh_word_style *kh_word_styles_find(struct kh_word_styles *s, const char *name);
