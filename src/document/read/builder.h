/* Runs of text, as documents are made of, put together to the lines that are given out: blanks and control characters as lines.h says, NFC, legacy Vietnamese charsets turned into
 * Unicode, capitals shown as capitals, long lines in pieces, each line counted.
 *
 * The charset is what the font says, else what the letters say (vietnamese/guess.h); the lines at the beginning of a document wait until it has said enough, at most
 * KH_LINE_MAX_HELD bytes; not what OCR has read. Where small letters stand for the capitals that a charset lacks ("TèI MËT" in TCVN3, typed with Caps Lock on), capitals are given. */
#pragma once

#include "base/array.h"
#include "base/buf.h"
#include "document/read/lines.h"
#include "document/vietnamese/guess.h"

#define KH_LINE_MAX_HELD (256 * KH_KIB) /* some hundred pages: a document that has not said by then what it is written in says it line by line */

/* Of a line, for the fields of struct kh_document_line with the same names. */
struct kh_line_look {
	enum kh_document_part part;
	uint32_t page;
	bool framed, centred;
	bool placed;
	float left, top, right, bottom;
	uint8_t certainty; /* 0: no OCR */
};

/* Of a run. A line is red, or bold, when more than half of its letters are; its size is that of most of its letters. */
struct kh_run_look {
	const char *font;        /* its name, which may say the charset (vietnamese/fonts.h); NULL: not said */
	enum kh_charset charset; /* KH_CHARSET_CP1252: the text was bytes of a charset nobody named, read as this one */
	bool red, bold;
	bool capitals; /* shown as capitals, whatever the letters are */
	float size_pt; /* 0: not said */
};

/* Runs one behind the other whose characters mean the same. */
struct kh_line_piece {
	size_t end; /* in the line's text */
	enum kh_charset charset; /* as the font says; KH_CHARSET_UNICODE and KH_CHARSET_CP1252: to be guessed, as in struct kh_run_look */
	bool capitals;
};

/* A line as it was added. */
struct kh_line_raw {
	struct kh_line_look look;
	struct {
		size_t all, red, bold, size; /* characters; `size`: how many more have size_pt than another */
		float size_pt;
	} letters;
	struct kh_buf text;
	KH_ARRAY(struct kh_line_piece) pieces;
	bool ascii;
	struct kh_guess_line seen;
};

struct kh_line_builder {
	const struct kh_document_sink *sink;
	uint32_t orders[KH_PARTS];
	bool open;
	struct kh_line_raw now;
	struct kh_buf decoded, clean; /* the line on its way out */
	struct kh_guess guess;
	struct {
		size_t true_ones, false_ones; /* runs whose font said a charset: that can be in it, and that are in Unicode */
	} fonts;
	struct {
		KH_ARRAY(struct kh_line_raw) lines; /* until the document has said what it is written in */
		size_t bytes;
		bool never; /* it has had its chance */
	} held;
};

void kh_line_builder_init(struct kh_line_builder *b, const struct kh_document_sink *sink);
void kh_line_builder_done(struct kh_line_builder *b); /* gives out what is not given out yet */

/* Gives out the lines that wait, before work that the sink may find needless once it has them (OCR). */
void kh_line_builder_settle(struct kh_line_builder *b);

void kh_line_begin(struct kh_line_builder *b, const struct kh_line_look *look); /* ends the line before, when that is open */
void kh_line_add(struct kh_line_builder *b, const char *text, size_t n, const struct kh_run_look *look); /* UTF-8; what is none of it becomes U+FFFD. Line ends are blanks */
void kh_line_end(struct kh_line_builder *b);
