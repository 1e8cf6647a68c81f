/* A line, or a piece of one, as a row of plain letters, so that a wording is found however it was typed: capitals, letters set apart ("M Ậ T"), marks in any order, composed or decomposed, missing.
 * Each letter keeps what folding takes from it: its case, its marks and what stood before it. */
#pragma once

#include "base/attr.h"
#include "secrecy/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Vietnamese marks as bits. */
enum {
	KH_MARK_GRAVE = 1,
	KH_MARK_ACUTE = 2,
	KH_MARK_HOOK = 4,
	KH_MARK_TILDE = 8,
	KH_MARK_DOT = 16,
	KH_MARK_CIRCUMFLEX = 32,
	KH_MARK_BREVE = 64,
	KH_MARK_HORN = 128,
	KH_MARK_STROKE = 256, /* đ */
	KH_MARK_OTHER = 512,  /* of another language */
};

enum kh_gap_before { KH_GAP_NONE, KH_GAP_SIGN /* punctuation */, KH_GAP_QUOTE, KH_GAP_BLANK, KH_GAP_START };

struct kh_glyph {
	char base; /* A–Z, 0–9; '?': a letter of another script */
	bool capital; /* digits are neither */
	bool sign; /* punctuation or a quotation mark is among what stands between this letter and the one before it */
	uint8_t before; /* enum kh_gap_before: the widest of what stands there */
	uint16_t marks;
};

struct kh_folded {
	struct kh_glyph v[KH_SECRECY_MAX_PIECE];
	size_t n;
	bool quoted; /* a quotation mark stands before the first letter */
};

/* What each character folds to. Made once. */
struct kh_fold;
struct kh_fold *kh_fold_new(void) KH_MUST_USE;
void kh_fold_free(struct kh_fold *f);

/* At most KH_SECRECY_MAX_PIECE bytes. `text` need not be valid UTF-8: what is not counts as letters of another script. */
void kh_fold_text(const struct kh_fold *f, const char *text, size_t n, struct kh_folded *ret);
