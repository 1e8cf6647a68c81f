/* What was seen in the lines of one document: lines that may be stamps, with what is near them, and the signs of the whole document. gather.h fills it line by line, judge.h weighs it; both are of secrecy.h alone. */
#pragma once

#include "document/read/lines.h"
#include "secrecy/limits.h"
#include "secrecy/match.h"
#include "secrecy/secrecy.h"

/* A line that may be a stamp. */
struct kh_evidence_stamp {
	enum kh_secrecy_level level;
	enum kh_fit fit;
	enum kh_letters_as as;
	size_t line; /* of the document, from 1 */
	size_t page_line;
	struct kh_document_line look;   /* its text is not kept */
	uint64_t letterheads, doubts;   /* signs near it: bits */
	uint64_t later_letterheads;     /* those of them that come after it */
	bool field, envelope, quoted;
	bool together, together_apart; /* another level is named near: on the same page, on another one */
	bool behind_text; /* running text stands before it, and no letterhead between: no place for a stamp */
	bool list_row;    /* in a row of a table that has a number or running text */
	char *text;       /* where lines are kept, else NULL */
};

/* A letter of envelopes and a wording are no list together. */
enum { KH_EVIDENCE_ENVELOPE = 8 };

/* A line that names levels, a stamp or not. */
struct kh_evidence_mention {
	size_t line;
	unsigned levels; /* bits; of envelopes' letters shifted by KH_EVIDENCE_ENVELOPE */
	struct kh_document_line look;
};

/* A kind of sign that was seen: where first. */
struct kh_evidence_sign {
	uint32_t page;
	enum kh_document_part part;
	char *text;  /* where lines are kept, else NULL */
	size_t line; /* of the last, and its page where pages have a layout */
	uint32_t placed_on;
};

/* The last lines of a kind, their texts not kept. */
struct kh_evidence_lines {
	struct kh_document_line v[KH_SECRECY_MAX_PLACED];
	size_t n; /* that there were */
};

struct kh_evidence {
	const struct kh_secrecy_rules *rules; /* lent */
	bool keep_lines;
	enum kh_document_format format;

	/* -- what is judged -- */
	struct kh_evidence_stamp stamps[KH_SECRECY_MAX_STAMPS];
	size_t n_stamps;
	size_t best; /* of the stamps that were certain when they were seen, the first of the highest level: index + 1 */
	uint64_t seen; /* kinds of signs: bits */
	size_t sentences;
	struct kh_evidence_sign sightings[KH_SECRECY_MAX_SIGNS];
	struct kh_evidence_lines frames;  /* framed lines of a page that was scanned */
	enum kh_secrecy_level row_level; /* the highest of a register's rows */
	size_t row_numbers;

	/* -- where reading is -- */
	const struct kh_document_line *now; /* while a line is looked at */
	size_t line, page_line, piece; /* of the document, of its page, piece of the document; from 1 */
	uint32_t page;
	bool by_ocr;
	bool running;   /* the line before this one is text that goes on in it */
	bool in_pieces; /* the line has tabs */
	struct kh_evidence_mention mentions[KH_SECRECY_MAX_MENTIONS];
	size_t n_mentions; /* that there were; the last ones are kept */
	struct {
		size_t stamp; /* index + 1; 0: none */
		size_t line;
		bool field;
		struct kh_document_line look;
	} first_word; /* of a stamp in two lines */
	struct {
		size_t line, piece; /* 0: none */
		struct kh_document_line look;
	} text, /* the first running text of the page since its last letterhead */
		label, /* without what it tells of */
		number_sign; /* "Số:" without the number */
	size_t letterhead_line, number_line; /* the last of a letterhead; the last cell that is a number */
	struct kh_evidence_lines numbers; /* lines of a page that are numbers */
};

/* Was a sign of that kind seen; *ret: the first of them. */
static inline bool kh_evidence_has(const struct kh_evidence *s, enum kh_sign_role role, size_t *ret)
{
	uint64_t seen = s->seen & s->rules->of_role[role];
	*ret = seen ? (size_t)__builtin_ctzll(seen) : 0;
	return seen;
}
