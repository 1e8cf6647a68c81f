/* Maxima of the readers of sheets and slides; the sizes of parts and streams obey struct kh_unpack_limits besides. */
#pragma once

#include "base/limits.h"

#define KH_OFFICE_MAX_RELATIONS 20000            /* of one part: a slide has some ten, a workbook one for each sheet */
#define KH_BOOK_MAX_SHEETS 10000                 /* of a workbook: those that programs write by themselves have hundreds */
#define KH_BOOK_MAX_FORMATS 65536                /* fonts, borders, cell formats: Excel allows 65,490 */
#define KH_BOOK_MAX_RUNS 8000000                 /* of shared strings */
#define KH_BOOK_MAX_TEXT (128 * KH_MIB)          /* of shared strings: a part of a package is no larger */
#define KH_ODF_MAX_STYLES 65536                   /* of a document: LibreOffice writes some hundred */
#define KH_ODF_MAX_CHAIN 64                      /* styles that one stands on */
#define KH_ODF_MAX_SPANS 100                     /* runs of text inside each other; deeper ones look like those around them */
#define KH_SLIDES_MAX 20000
#define KH_SLIDES_MAX_DEPTH 64                   /* records, or groups of shapes, inside each other */
#define KH_SLIDES_MAX_FONTS 4096
#define KH_SLIDES_MAX_EDITS 10000                /* saved one behind the other into a file of PowerPoint */
#define KH_SLIDES_MAX_OBJECTS 1000000            /* that a file of PowerPoint keeps track of */
