/* A folded line → the pieces between its tabs → what each says: a stamp, the signs around one. */
#pragma once

#include "secrecy/rules.h"

struct kh_piece {
	const struct kh_glyph *v; /* its letters: the first one's `before` tells what stands before the piece */
	size_t n;
	bool quoted;
	bool tolerant; /* read by OCR: letters may be taken for others */
	bool sure;     /* OCR is: marks are what it says */
	bool caseless; /* TCVN3 without its font: small letters may have been shown as capitals */
};

enum kh_letters_as { KH_LETTERS_SMALL, KH_LETTERS_TITLE, KH_LETTERS_UNKNOWN, KH_LETTERS_CAPITALS };

struct kh_reading {
	unsigned levels; /* a bit for each level that is named at its beginning or alone; 0: nothing of ours */
	bool own; /* a stamp, and nothing but what may stand beside one */
	bool listed; /* an item of a list, or words follow behind a sign: names the level, is no stamp */
	bool field; /* behind a label: "Độ mật: …" */
	bool label; /* a label and nothing else: what it tells of stands in the next cell */
	bool envelope; /* A, B or C alone */
	enum kh_secrecy_level level; /* the only one */
	enum kh_fit fit;
	enum kh_letters_as as;
	size_t first_word_of; /* the piece is the first word of this stamp: index + 1; 0: it is not */
};

void kh_piece_read(const struct kh_secrecy_rules *r, const struct kh_piece *p, struct kh_reading *ret);

/* Is the piece the second word of the stamp whose first word stood above it, behind a label or not? */
bool kh_piece_is_rest(const struct kh_secrecy_rules *r, const struct kh_piece *p, size_t stamp, bool field, enum kh_fit *ret);

/* "Số", alone: the number of the paper follows in the next piece. */
bool kh_piece_is_number_sign(const struct kh_secrecy_rules *r, const struct kh_piece *p);

/* Calls `found` for each sign of the piece that does not stand in quotation marks. */
void kh_piece_signs(const struct kh_secrecy_rules *r, const struct kh_piece *p, void (*found)(void *arg, size_t sign), void *arg);
