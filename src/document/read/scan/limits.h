/* Maxima of pages: of PDF, and of pictures of pages. */
#pragma once

#include "base/limits.h"

#define KH_DOCUMENT_MAX_PIXELS (100 * 1000 * 1000) /* of one picture: A3 at 600 dpi has 70 million. Checked before it is decoded, by what its header says */
#define KH_DOCUMENT_MAX_SIDE 30000                 /* of a picture, in pixels: cairo has no more, and no page is so long */
#define KH_SCAN_DPI 150 /* pictures are made smaller, by whole factors, to no less than this */
#define KH_SCAN_DRAWN_DPI 200.0
#define KH_SCAN_DRAWN_PIXELS 30e6 /* A3 at 200 dots an inch has 8 million; a plan of a town is drawn coarser */
#define KH_SCAN_MAX_PAGES 20000                    /* of a document: the longest that offices scan in one piece, a file of a case, have some thousand */
#define KH_SCAN_PAGE_MS 1000 /* more time for a page that is a picture: five times what one takes to a verdict */
#define KH_SCAN_MAX_IMAGES 2000                    /* looked at on one page: scanners cut a page into strips of 16 rows, 220 at 300 dpi; maps have more, and stay pages */
#define KH_SCAN_MAX_ANNOTATIONS 1000               /* of one page */
