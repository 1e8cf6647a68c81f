/* What the readers of Word's formats have in common: styles that stand on one another, and paragraphs put together from runs. A text box stands inside the paragraph that it is anchored in, so
 * paragraphs stand inside each other: the inner one is given out first. */
#pragma once

#include "document/read/reading.h"

#define KH_WORD_MAX_FONTS 1000       /* names of one document; further ones say nothing */
#define KH_WORD_MAX_STYLES 20000     /* of one document; a careless one has 4,079, Word's own maximum */
#define KH_WORD_MAX_CHAIN 64         /* styles that one stands on; Word allows 10 */
#define KH_WORD_MAX_NESTED 100       /* paragraphs inside each other, tables inside tables; deeper ones are one with those around them */
#define KH_WORD_MAX_PARAGRAPH (256 * KH_KIB) /* bytes; what is longer is given out in pieces */
#define KH_WORD_MAX_ROW (256 * KH_KIB) /* bytes of a table's row that waits to be told how its cells look */

/* ---- how text looks ---- */

enum kh_word_says {
	KH_SAYS_FONT = 1,
	KH_SAYS_SIZE = 2,
	KH_SAYS_RED = 4,
	KH_SAYS_BOLD = 8,
	KH_SAYS_CAPITALS = 16,
	KH_SAYS_FRAMED = 32, /* a border around letters */
	KH_SAYS_CENTRED = 64,
	KH_SAYS_BREAK = 128, /* a page begins with the paragraph */
};
enum kh_word_side { KH_SIDE_TOP = 1, KH_SIDE_LEFT = 2, KH_SIDE_BOTTOM = 4, KH_SIDE_RIGHT = 8, KH_SIDE_ALL = 15, KH_SIDE_INSIDE_H = 16, KH_SIDE_INSIDE_V = 32 };

struct kh_word_look {
	unsigned says; /* enum kh_word_says: which of these it says something about */
	const char *font;
	float size_pt;
	bool red, bold, capitals, framed, centred, break_before;
	unsigned sides_said, sides; /* enum kh_word_side: borders of the paragraph, the cell, the table */
};

void kh_word_look_over(struct kh_word_look *look, const struct kh_word_look *over); /* what `over` says takes the place of what was said */
void kh_word_look_side(struct kh_word_look *look, unsigned side, bool border);

/* ---- paragraphs ---- */

struct kh_flow_run {
	size_t end; /* in the paragraph's text */
	struct kh_run_look look;
	bool framed, ends_line;
	uint32_t page;
};

struct kh_flow_paragraph {
	struct kh_line_look look;
	unsigned cell; /* of a row that waits */
	struct kh_buf text;
	KH_ARRAY(struct kh_flow_run) runs;
};

struct kh_flow {
	struct kh_reading *r;
	uint32_t page; /* 0: pages are not counted */
	bool broken;   /* by a hard break, and nothing stands behind it yet */
	bool given;    /* a line was, since the reader last set this to false */
	KH_ARRAY(struct kh_flow_paragraph) paragraphs; /* the open ones, the innermost last; behind them, memory for others */
	size_t n_open, too_deep;
	struct {
		KH_ARRAY(struct kh_flow_paragraph) paragraphs;
		size_t bytes;
	} row;
	KH_ARRAY(char *) fonts;
};

void kh_flow_init(struct kh_flow *f, struct kh_reading *r);
void kh_flow_done(struct kh_flow *f);
void kh_flow_next(struct kh_flow *f, uint32_t page); /* another story: what is still open is closed */

const char *kh_flow_font(struct kh_flow *f, const char *name, size_t n); /* kept as long as the flow; NULL: too many */

void kh_flow_open(struct kh_flow *f, const struct kh_line_look *look); /* its page is the flow's */
bool kh_flow_is_open(const struct kh_flow *f);
struct kh_flow_paragraph *kh_flow_paragraph(struct kh_flow *f); /* the innermost, which must be open */
void kh_flow_text(struct kh_flow *f, const char *text, size_t n, enum kh_charset charset, const struct kh_word_look *look); /* nothing when no paragraph is open */
void kh_flow_line_end(struct kh_flow *f); /* within the paragraph */
void kh_flow_page_break(struct kh_flow *f, bool hard); /* hard: ends the line; what was rendered last repeats hard ones */
void kh_flow_close(struct kh_flow *f);

/* A row whose borders come after its text: its paragraphs wait, by cell, until it is told which cells are framed. */
void kh_flow_close_in_row(struct kh_flow *f, unsigned cell);
void kh_flow_row_end(struct kh_flow *f, bool (*is_framed)(const void *context, unsigned cell), const void *context);
