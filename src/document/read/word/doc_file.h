/* A binary Word document opened: where its text stands, and what is said of each character, without reading any. Sources: [MS-DOC] (Word 97 to 2003); for Word 6 and 95 Microsoft's "Word 6
 * binary file format", whose file information block and lists are older, with one stream in the place of three.
 *
 * Text is pieces: characters by their number in the document are bytes somewhere in the main stream. All of what is said of them is found by the place of their bytes. */
#pragma once

#include "document/read/parts.h"
#include "document/read/word/sprm.h"

#define KH_DOC_MAX_PIECES 1000000 /* one is 12 bytes of the file; a document saved fast for years has some thousands */

/* The stories, one behind the other. */
enum kh_doc_story { KH_DOC_BODY, KH_DOC_FOOT_NOTES, KH_DOC_HEADERS, KH_DOC_MACROS, KH_DOC_COMMENTS, KH_DOC_END_NOTES, KH_DOC_BOXES, KH_DOC_HEADER_BOXES, KH_DOC_STORIES };

struct kh_doc_piece {
	uint32_t from, to; /* characters */
	uint32_t at;       /* in the main stream */
	bool wide;         /* of two bytes: UTF-16; else one: CP1252, or a legacy charset */
	uint16_t modifier; /* Prm */
};

struct kh_doc_font {
	const char *name;
	bool vietnamese; /* of Windows' code page 1258, by the document */
};

struct kh_doc_style {
	struct kh_cursor paragraph, letters; /* modifiers */
	uint16_t base;
	bool resolved;
	struct kh_word_look look;
};


struct kh_doc {
	bool old; /* Word 6 or 95 */
	bool encrypted, damaged; /* damaged: pieces are missing */
	struct kh_cursor main, table;
	uint32_t length[KH_DOC_STORIES]; /* characters of each */
	struct kh_cursor letters, paragraphs, headers, sections, box_places, header_box_places, drawings; /* lists of the table stream */
	KH_ARRAY(struct kh_doc_piece) pieces; /* in their order */
	KH_ARRAY(struct kh_cursor) modifiers; /* lists that pieces refer to */
	KH_ARRAY(struct kh_doc_font) fonts;
	KH_ARRAY(struct kh_doc_style) styles;
	struct kh_word_look standard; /* before any style: the font of texts */
};

/* `table`: the stream that the main one names, see kh_doc_table_name(); NULL when there is none. Names of fonts are kept by the flow. False: it is no document, or has no text that can be
 * found. To be released in both cases; the streams stay the caller's. */
bool kh_doc_init(struct kh_doc *d, struct kh_flow *fonts, const struct kh_part *main, const struct kh_part *table) KH_MUST_USE;
void kh_doc_done(struct kh_doc *d);
const char *kh_doc_table_name(const struct kh_part *main);

/* What is said of the bytes at a place of the main stream: up to where, and in which modifiers. */
struct kh_doc_span {
	uint32_t end;
	uint16_t style; /* of paragraphs */
	struct kh_cursor modifiers;
};
struct kh_doc_span kh_doc_letters_at(const struct kh_doc *d, uint32_t at);
struct kh_doc_span kh_doc_paragraph_at(const struct kh_doc *d, uint32_t at);

const struct kh_word_look *kh_doc_style(struct kh_doc *d, unsigned number); /* with what it stands on; never NULL */
void kh_doc_apply(struct kh_doc *d, struct kh_cursor modifiers, struct kh_word_look *look);
void kh_doc_apply_piece(struct kh_doc *d, uint16_t modifier, struct kh_word_look *look);

/* Whether the section behind the mark at this character begins on another page. */
bool kh_doc_section_breaks(const struct kh_doc *d, uint32_t mark);
