/* The most that one page of a portal may be. A page of a real portal has some 100 KiB, 2,000 elements and 300 links. */
#pragma once

#include "base/limits.h"

#define KH_PAGE_MAX_BYTES (4 * KH_MIB)   /* of HTML, unpacked; more is not read */
#define KH_PAGE_MAX_ELEMENTS 100000      /* then the rest is left out, and the page says so */
#define KH_PAGE_MAX_LINES 4000           /* of text */
#define KH_PAGE_MAX_LINE 400             /* characters of one line */
#define KH_PAGE_MAX_TEXT (512 * KH_KIB)  /* all lines */
#define KH_PAGE_MAX_SHAPES 4000          /* different paths of elements */
#define KH_PAGE_MAX_LINKS 3000
#define KH_PAGE_MAX_HOSTS 500            /* different sites linked to */
#define KH_PAGE_MAX_FRAMES 50
#define KH_PAGE_MAX_FINDS 100
#define KH_PAGE_MAX_URL 1000             /* bytes; a longer address is left out */
#define KH_PAGE_MAX_DEPTH 12             /* innermost elements that a path names */
#define KH_PAGE_MAX_SELECTORS 50
#define KH_PORTAL_MAX_WORDS 1000         /* of the list, all kinds */

#define KH_FETCH_TIMEOUT_MS 20000        /* of one page, redirects included: a site that needs longer is down for its readers */
#define KH_FETCH_CONNECT_MS 8000
#define KH_FETCH_MAX_REDIRECTS 8
#define KH_FETCH_MAX_HEADERS (64 * KH_KIB)
#define KH_FETCH_ANSWER_MS 45000         /* the watcher is killed when it has not answered by then: parsing included */
#define KH_FETCH_MAX_ANSWER (16 * KH_MIB)
#define KH_PORTAL_MAX_PAGES 4            /* the first page and three it links to */
