/* Word's documents of 1993 to 2003: Word 6, 95, and 97 to 2003, DOC; sources: see doc_file.h.
 *
 * Read are the text, notes, headers and footers, comments, text boxes and WordArt, and the title, subject and keywords; also of documents put into it as objects. Hidden and deleted text is
 * text like other; codes of fields are none. A table's cell is framed when borders are on its four sides. Documents with a password are said to be encrypted.
 *
 * Pictures (JPEG, PNG, TIFF) and objects are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_doc_reader;
