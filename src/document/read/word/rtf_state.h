/* RTF being read: what its groups, tables and words have said so far. rtf_lex.c takes words apart, rtf_words.c does what they say, rtf_text.c makes lines of text. */
#pragma once

#include "base/cursor.h"
#include "document/read/names.h"
#include "document/read/word/flow.h"

enum { KH_RTF_WORD_SIZE = 32, KH_RTF_NAME_SIZE = 64, KH_RTF_MOST_CELLS = 64, VIETNAMESE_PAGE = 1258, VIETNAMESE_FONT = 163 };

/* What becomes of the text of a group. */
enum kh_rtf_destination { KH_RTF_SHOWN, KH_RTF_MUTE /* none, but groups in it may be */, KH_RTF_LEFT_OUT /* with all groups in it */, KH_RTF_LEFT_OUT_TO_UNICODE, KH_RTF_FONT_TABLE, KH_RTF_COLOR_TABLE, KH_RTF_SHAPE_NAME, KH_RTF_SHAPE_VALUE };

struct kh_rtf_group {
	struct kh_word_look letters, paragraph;
	enum kh_rtf_destination destination, outside; /* outside: of \upr */
	enum kh_document_part part;
	bool box_framed, in_table;
	bool story;   /* its paragraphs are its own */
	size_t level; /* paragraphs that were open where its story begins */
	unsigned font;
	unsigned fallback; /* \ucN: characters behind \u that are for readers without Unicode */
};

struct kh_rtf_font {
	const char *name;
	enum kh_charset charset;
};

struct kh_rtf {
	struct kh_reading *r;
	struct kh_flow flow;
	struct kh_cursor c;
	struct kh_names words;
	KH_ARRAY(struct kh_rtf_group) groups;
	bool star; /* behind \*: who does not know the next word leaves the group out */
	bool stop, damaged;

	KH_ARRAY(struct kh_rtf_font) fonts; /* by number */
	unsigned default_font;
	bool vietnamese_page;
	KH_ARRAY(bool) red; /* by number of colour */
	uint32_t color;

	struct {
		unsigned number, charset;
		char name[KH_RTF_NAME_SIZE];
		size_t n;
	} font; /* being told in the table */
	struct {
		char name[KH_RTF_NAME_SIZE], value[KH_RTF_NAME_SIZE];
		bool framed, red;
	} shape;

	struct {
		unsigned n, cell; /* cell: the one that the text is in */
		uint8_t sides[KH_RTF_MOST_CELLS], now, table;
	} row;
	struct {
		enum { KH_RTF_OF_NOTHING, KH_RTF_OF_PARAGRAPH, KH_RTF_OF_CELL, KH_RTF_OF_TABLE, KH_RTF_OF_LETTERS } what;
		unsigned side;
	} border; /* last named */
	bool section_pending, section_continues;

	struct kh_buf text;
	enum kh_charset charset; /* of what is not ASCII in `text` */
	bool has_other;
	unsigned skip; /* characters of a fallback still to come */
	int32_t high;  /* the first half of a pair of surrogates; 0: none */
};

static inline struct kh_rtf_group *kh_rtf_innermost(struct kh_rtf *x)
{
	return &x->groups.v[x->groups.n - 1];
}

/* ---- rtf_lex.c ---- */

bool kh_rtf_is_letter(uint8_t c); /* of a word */
/* Behind the backslash: a word, and its number: 1 where there is none, so that \b is on. A blank behind it belongs to it. */
void kh_rtf_take_word(struct kh_cursor *c, char name[KH_RTF_WORD_SIZE], int *ret_value);

/* ---- rtf_text.c ---- */

void kh_rtf_flush(struct kh_rtf *x); /* the text so far, with the look so far, goes into the paragraph */
void kh_rtf_end_paragraph(struct kh_rtf *x);
bool kh_rtf_is_fallback(struct kh_rtf *x); /* whether the next character stands for one in Unicode before it; counts it */
void kh_rtf_add_unicode(struct kh_rtf *x, int32_t c);
void kh_rtf_add_bytes(struct kh_rtf *x, const uint8_t *bytes, size_t n);
void kh_rtf_push_group(struct kh_rtf *x);
void kh_rtf_pop_group(struct kh_rtf *x);

/* ---- rtf_words.c ---- */

void kh_rtf_learn_words(struct kh_names *n);
void kh_rtf_on_control(struct kh_rtf *x); /* what stands behind a backslash */

/* ---- rtf_pictures.c ---- */

void kh_rtf_give_members(struct kh_reading *r, const uint8_t *bytes, size_t n);
