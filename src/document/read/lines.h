/* What the readers of documents give out: the lines of one document after the other, in reading order, each with where it stands and how it looks. A line is what a person sees as one:
 * a paragraph of one line, a line of a PDF's page or of a scan, a cell of a table or of a sheet, the text of one box on a slide. A paragraph of running text is one line however long
 * it is (its pages are not known), at most KH_DOCUMENT_MAX_LINE bytes; what is longer is given in pieces.
 *
 * A file holds one document or many: an archive, a mail with attachments, a document put into another. Each is begun and ended; those inside come after the one they are in has ended.
 * Text is UTF-8, NFC, without control characters; blanks of every kind are single spaces, tabs stay. Empty lines are not given. */
#pragma once

#include "base/attr.h"
#include "document/vietnamese/charset.h"
#include "unpack/gap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_document_format {
	KH_DOCUMENT_NONE, /* no document: a program, a film, a picture that cannot be read */
	KH_DOCUMENT_TEXT,
	KH_DOCUMENT_HTML,
	KH_DOCUMENT_RTF,
	KH_DOCUMENT_DOC,
	KH_DOCUMENT_DOCX,
	KH_DOCUMENT_ODT,
	KH_DOCUMENT_XLS,
	KH_DOCUMENT_XLSX,
	KH_DOCUMENT_ODS,
	KH_DOCUMENT_PPT,
	KH_DOCUMENT_PPTX,
	KH_DOCUMENT_ODP,
	KH_DOCUMENT_PDF,
	KH_DOCUMENT_MAIL, /* .eml, .msg: its header and texts; attachments are documents of their own */
	KH_DOCUMENT_TIFF,
	KH_DOCUMENT_JPEG,
	KH_DOCUMENT_PNG,
	KH_DOCUMENT_ARCHIVE, /* holds other files only; no lines */
	KH_DOCUMENT_FORMATS
};
const char *kh_document_format_name(enum kh_document_format f); /* "docx"; "" for none */

/* Where in the document a line stands. */
enum kh_document_part {
	KH_PART_BODY,
	KH_PART_CELL, /* of a table or a sheet */
	KH_PART_HEADER,
	KH_PART_FOOTER,
	KH_PART_BOX, /* a text box, WordArt, a shape */
	KH_PART_NOTE, /* foot note, end note, a slide's notes */
	KH_PART_COMMENT,
	KH_PART_PROPERTIES, /* title, subject, keywords; a mail's subject */
	KH_PART_PICTURE,    /* read by OCR */
	KH_PARTS
};
const char *kh_document_part_name(enum kh_document_part p); /* "body" … */

struct kh_document_line {
	const char *text; /* lent; NUL-terminated */
	size_t n;
	enum kh_document_part part;
	uint32_t page;  /* page, sheet or slide, from 1; 0: the format does not say. Of Word's formats: 1 up to the first page break, hard or as last rendered, then counted from those */
	uint32_t order; /* which line of its document and part it is, from 0 */

	/* How it looks, as far as the format says. */
	bool red, bold, framed, centred; /* framed: borders on all four sides: of the paragraph, the cell, the box */
	bool capitals; /* written in small letters and shown as capitals, by the format or by a font; `text` is as shown */
	float size_pt; /* of its letters; 0: not said */

	/* Where on the page, in parts of its width and height from the top left corner; only of formats with a layout. */
	bool placed;
	float left, top, right, bottom;

	enum kh_charset charset; /* what its characters were written in */
	bool guessed; /* by the statistics of letters, not by what the format says */
	uint8_t certainty; /* percent that OCR gives it; 100: no OCR */
};

/* All are called with `context`; none may be NULL, save the last. */
struct kh_document_sink {
	void *context;
	void (*on_begin)(void *context, enum kh_document_format format, const char *member); /* path in the file, as in unpack/unpack.h; NULL: the file itself */
	void (*on_line)(void *context, const struct kh_document_line *line);
	void (*on_end)(void *context);
	void (*on_gap)(void *context, enum kh_gap_kind kind, const char *member); /* what could not be read, or not to the end */
	bool (*enough)(void *context); /* asked between lines and before a scan is read by OCR: nothing more need be read of this document */

	/* Whether a line may be what is looked for, asked of what is costly to read: of lines that OCR has read off a picture, and then those around one are read, too, and given; of rows on the pages
	 * of a PDF, as they stand there and as legacy charsets would show them, and then the page is laid out (pdf/quick.h). NULL: every line may. Of it are known its text, part, page and
	 * certainty. */
	bool (*of_interest)(void *context, const struct kh_document_line *line);
};

#define KH_DOCUMENT_MAX_LINE 4096 /* bytes; ends between characters */
