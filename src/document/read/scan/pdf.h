/* PDF, by Poppler (ISO 32000): the lines of each page where they stand, with the font, size and colour of their letters, which may say red, bold, and a legacy charset; what is drawn by forms and
 * annotations; comments; title, subject and keywords. Pages that can have nothing of interest are not laid out, and their lines say only where they stand: pdf/quick.h. Files attached to it are documents inside. Nothing in it is run.
 *
 * A page that is a picture, whatever text a scanner has put behind it, and pictures on a page of text that are large enough for a stamp, are looked at as pictures: page.h. An encrypted document
 * that opens without a password is read. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_pdf_reader;
