/* A document laid out in one column of pieces, by the plan of Decree 30/2020 (Annex I part I section IV; forms 1.4 and 1.5): what the writers for Word and PDF
 * both go through from top to bottom. Texts are the paper's or the galley's own; both must outlive it. */
#pragma once

#include "document/form.h"
#include "document/paper.h"

enum kh_piece_kind {
	KH_PIECE_TEXT,    /* one paragraph */
	KH_PIECE_RULE,    /* a line under the paragraph before, centred */
	KH_PIECE_SPACE,   /* empty height */
	KH_PIECE_PAIR,    /* two columns of pieces side by side: the head, the signature */
	KH_PIECE_TABLE,
	KH_PIECE_PICTURE, /* in the middle of the column */
};

struct kh_pieces;

struct kh_piece {
	enum kh_piece_kind kind;
	enum kh_face face;                  /* TEXT; RULE: of the paragraph it belongs to */
	const char *lead, *text;            /* TEXT; lead is bold. RULE: the text whose width it goes by */
	bool keep;                          /* stays on the page of what follows */
	double share;                       /* RULE: of the text's width. PAIR: of the left column */
	double mm;                          /* SPACE, PICTURE: its height */
	const struct kh_picture *picture;   /* PICTURE */
	const struct kh_pieces *left, *right; /* PAIR */
	const struct kh_paper_table *table;       /* TABLE */
};

struct kh_pieces {
	KH_ARRAY(struct kh_piece) of;
};

/* How wide a picture of the piece's height is, in a column of so many millimetres; *ret_height is less than piece->mm where it would be wider than the column. */
double kh_piece_picture_mm(const struct kh_piece *piece, double width_mm, double *ret_height);

/* Pages that are numbered by themselves: the body, an annex. */
struct kh_section {
	bool landscape;
	struct kh_pieces pieces;
};

struct kh_galley {
	KH_ARRAY(struct kh_section) sections;
	KH_ARRAY(char *) texts;
	KH_ARRAY(struct kh_pieces *) columns;
};

void kh_galley_set(const struct kh_paper *paper, struct kh_galley *ret);
void kh_galley_done(struct kh_galley *galley);
#define kh_auto_galley KH_CLEANUP(kh_galley_done)
