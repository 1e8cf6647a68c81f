/* Word's documents of 2007 and later, DOCX, DOCM and templates; source: ECMA-376 (Office Open XML), part 1, WordprocessingML, and [MS-ODRAWXML] for text boxes. And
 * what Word 2003 saved as one file of XML, whose elements are nearly the same.
 *
 * Read are the document, its headers and footers, notes, comments, text boxes and WordArt (of today and in VML), texts of diagrams and charts, and its properties; of a text that
 * is there twice, for new and for old programs (mc:AlternateContent), one. What was deleted while changes were tracked, and what is hidden, is text like other. Codes of fields are none.
 * Looks are those of the styles, by what they stand on, with what paragraphs and runs say themselves. A table's cell is framed when it, or its table, has borders around it.
 *
 * Pictures, embedded objects and documents put in as a whole (w:altChunk) are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_docx_reader;
extern const struct kh_reader kh_word_xml_reader; /* given out as DOCX */
