/* OpenDocument text, in a package (ODT) and in one file of XML (FODT); source: ODF 1.2, parts 1 and 3.
 *
 * Read are the text, headers and footers, notes, comments, text boxes and shapes, and the title, subject and keywords; texts of objects put into it are texts of boxes. Hidden and deleted
 * text is text like other. Looks are those of the styles, by what they stand on. Packages with a password are said to be encrypted.
 *
 * Pictures, and objects of other formats, are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_odt_reader;
extern const struct kh_reader kh_fodt_reader;
