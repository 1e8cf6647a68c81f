/* The rules as the engine reads them: what kh_secrecy_rules_add makes of the files of packs/secrecy, and the wordings found in a folded line. */
#pragma once

#include "base/array.h"
#include "secrecy/fold.h"
#include "secrecy/secrecy.h"

enum kh_sign_role {
	KH_SIGN_LETTERHEAD, /* what stands beside a stamp in an official document */
	KH_SIGN_BESIDE, /* may share a line with a stamp: how urgent it is */
	KH_SIGN_LABEL, /* says that a level follows: "Độ mật" */
	KH_SIGN_SUPPORT,
	KH_SIGN_ENVELOPE, /* a support, without which A, B and C are letters */
	KH_SIGN_DOUBT,
	KH_SIGN_REGISTER, /* the title of a register of secrets */
	KH_SIGN_DECLASSIFIED,
	KH_SIGN_ROLES
};

/* What must follow the words. */
enum kh_sign_then {
	KH_THEN_ANY,
	KH_THEN_END,    /* of the piece of the line */
	KH_THEN_NUMBER, /* a word with a digit */
	KH_THEN_SYMBOL, /* a word with a sign within: 12/BC-UBND */
	KH_THEN_DATE,   /* "5 tháng 3 năm 2026", and the end of the piece; the numbers may be missing */
	KH_THEN_FULL_DATE, /* none of them is */
	KH_THEN_COUNTS
};

enum kh_sign_pattern {
	KH_PATTERN_WORDS,
	KH_PATTERN_COPIES,     /* no words: a piece that ends in "02 bản" */
	KH_PATTERN_SYMBOL_END, /* the words are the last part of a number and symbol: "M" of 12/BC-UBND(M) */
	KH_PATTERN_ENDING,     /* the words end the piece */
	KH_PATTERN_COUNTS
};

struct kh_sign {
	char *name;
	enum kh_sign_role role;
	enum kh_sign_then then;
	enum kh_sign_pattern pattern;
	bool anywhere; /* its words may stand at the start of any word, not only of a piece of the line */
	bool capitals; /* only in capitals */
	int points;
	size_t before, after; /* a doubt: for stamps of that many lines after it, and before it; both 0: of the whole document */
	char *within; /* only on the lines after this sign … */
	size_t within_lines; /* … this many */
	size_t within_sign;
	char *unless; /* a doubt that is none beside this sign */
	size_t unless_sign;
};

struct kh_phrase {
	char letters[KH_SECRECY_MAX_PHRASE];
	uint16_t marks[KH_SECRECY_MAX_PHRASE];
	size_t n, first_word; /* letters; those of the first word */
	size_t owner; /* index of its sign, or its level */
	size_t next, next_anywhere; /* in the same bucket, and that of a sign which may stand anywhere: index + 1; 0: none */
};

/* Points by how well a wording is met. */
enum kh_fit { KH_FIT_NONE, KH_FIT_DAMAGED, KH_FIT_MISSING /* marks */, KH_FIT_EXACT, KH_FITS };

struct kh_judgement {
	int64_t limit, certain;
	int64_t fit[KH_SECRECY_LEVELS][KH_FITS], letter;
	int64_t top, zone, header, box, picture, body, apart;
	int64_t capitals, title, small, field, red, framed, bold, large, huge;
	int64_t letterhead, letterheads, together, column, quoted, repeated, row, behind_text, list_row;
	int64_t letterhead_lines, together_lines, zone_lines, top_lines, zone_height, margin_height, large_pt, huge_pt, text_words, row_lines, column_lines, repeated_pages;
	bool known;
};

enum { KH_SECRECY_BUCKETS = 36 * 36 };

struct kh_secrecy_rules {
	struct kh_fold *fold;
	KH_ARRAY(struct kh_phrase) stamps; /* the longest first */
	KH_ARRAY(struct kh_phrase) phrases; /* of signs */
	KH_ARRAY(struct kh_sign) signs;
	uint64_t of_role[KH_SIGN_ROLES]; /* a bit for each sign */
	char letters[KH_SECRECY_LEVELS]; /* on envelopes: A, B, C; 0: none */
	uint64_t confusable[36]; /* per letter or digit: the set of those OCR takes it for */
	size_t buckets[KH_SECRECY_BUCKETS]; /* of words: phrase + 1 */
	size_t anywhere[KH_SECRECY_BUCKETS]; /* those of signs that may stand anywhere: nearly all words are looked up here */
	size_t endings[KH_SECRECY_BUCKETS]; /* of the pattern `ending`, by the last two letters */
	struct kh_judgement judgement;
};

/* A–Z, 0–9: 0 to 35; else 36 */
static inline size_t kh_secrecy_letter_index(char base)
{
	return base >= 'A' && base <= 'Z' ? (size_t)(base - 'A') : base >= '0' && base <= '9' ? (size_t)(base - '0') + 26 : 36;
}

/* KH_SECRECY_BUCKETS: no phrase begins so */
static inline size_t kh_secrecy_bucket(char first, char second)
{
	size_t a = kh_secrecy_letter_index(first), b = kh_secrecy_letter_index(second);
	return a < 36 && b < 36 ? a * 36 + b : KH_SECRECY_BUCKETS;
}
