/* How far a PDF is read without Poppler; what goes further is Poppler's. But a page of more drawings than these is nobody's, and told: Poppler knows no limit of them. */
#pragma once

#define KH_PDF_MAX_PLACES 1000000  /* objects: a book of drawings has some hundred thousand; 16 bytes each */
#define KH_PDF_MAX_VERSIONS 200    /* cross-reference tables: each signature and each change adds one */
#define KH_PDF_MAX_OBJECT_STREAMS 500 /* held unpacked; writers put 100 to 200 objects into each */
#define KH_PDF_MAX_HELD ((size_t)256 * 1024 * 1024) /* bytes of these: a book of drawings has some ten million */
#define KH_PDF_MAX_FOLLOWS 5000000 /* references followed: fifty for each page of 100,000 */
#define KH_PDF_MAX_TREE 32         /* how deep the tree of pages, and drawings in each other, go */
#define KH_PDF_MAX_STATES 64       /* of graphics, kept in each other: the standard asks for 28 */
#define KH_PDF_MAX_RUNS 50000      /* pieces of text on one page: one for each letter of five full pages */
#define KH_PDF_MAX_PAGE_TEXT (1024 * 1024) /* bytes */
#define KH_PDF_MAX_CONTENT (64 * 1024 * 1024) /* of one page's drawing, unpacked */
#define KH_PDF_MAX_DRAWN (128 * 1024 * 1024) /* of a page's drawing and of those in each other within it, held together */
#define KH_PDF_MAX_DRAWN_IN_ALL ((size_t)4 * KH_PDF_MAX_CONTENT) /* of these, one behind the other as well: a form drawn twice counts twice */
#define KH_PDF_MAX_FORMS 100000    /* drawn on one page: each letter of a page may be one, each sign on a map; a form that draws two that draw two … has no end */
#define KH_PDF_MAX_FONTS 500       /* of a document */
#define KH_PDF_MAX_CODE 65535
#define KH_PDF_MAX_SAID 300000    /* meanings and widths of a font's codes: each four times over */
