/* Presentations of PowerPoint before 2007 (97 to 2003): PPT, PPS, POT; source: [MS-PPT]; [MS-ODRAW] for shapes.
 *
 * A file of PowerPoint is saved piece by piece: what is current is found from its last edit, through the tables of objects of all edits; where those lead nowhere, everything in the file
 * is read in the order in which it stands, which is told as a gap. Read are what masters show on slides, once, as of the first slide; then each slide in order: titles and bodies, text
 * boxes, cells of tables (which are boxes here), WordArt, comments, notes; headers and footers. A look is what runs say themselves: fonts and sizes that masters say are not followed, and
 * a colour of the slide's scheme is not red. Encrypted presentations are told as a gap.
 * Pictures and embedded documents are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_ppt_reader;
