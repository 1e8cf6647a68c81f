/* Presentations of PowerPoint 2007 and later: PPTX, PPTM, shows, templates; source: ECMA-376 part 1, 19 (PresentationML).
 *
 * Read are what masters and layouts show on slides, once, as of the first slide; then each slide in the presentation's order with its shapes (drawing.h), charts, diagrams, notes and
 * comments; masters of notes and handouts. The page of a line is the number of its slide. Pictures and embedded documents are documents inside. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_pptx_reader;
