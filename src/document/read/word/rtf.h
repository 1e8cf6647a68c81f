/* RTF; source: Rich Text Format Specification 1.9.1.
 *
 * Read are the text, headers and footers, notes, comments, text boxes and WordArt, and the title, subject and keywords. Bytes are of the charset that the table of fonts says, or, as the
 * names of fonts say, legacy Vietnamese; \u is Unicode. Hidden and deleted text is text like other; codes of fields are none. Cells are framed when borders are on their four sides.
 *
 * Pictures (JPEG, PNG) and objects, in hex digits or in bytes, are documents inside. */
#pragma once

#include "document/read/reading.h"

#define KH_RTF_MAX_DEPTH 1000  /* groups inside each other; Word writes some twenty. What is deeper is told as a gap, and ends the reading */
#define KH_RTF_MAX_FONTS 32768 /* numbers of fonts go up to 32,767 */
#define KH_RTF_MAX_COLORS 32768

extern const struct kh_reader kh_rtf_reader;
