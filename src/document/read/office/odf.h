/* Sheets and presentations of OpenDocument: ODS, ODP, their templates, and the same as one file of XML (FODS, FODP); source: OpenDocument 1.2 part 1.
 *
 * Read are headers, footers and what master pages show, as of the first sheet or slide; then each sheet's cells with text, each slide's shapes, tables and notes, with comments; texts of charts
 * and other objects; properties. A cell that is repeated is given once, however often: it says the same again. The page of a line is the number of its sheet or slide; shapes on slides
 * have a place, but for those that are turned. Encrypted files are told as a gap. Pictures and embedded files are documents inside, but for those within FODS and FODP. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_ods_reader, kh_odp_reader;
