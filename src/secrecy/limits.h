/* What reading for marks may use, with the reason for each. A document that goes past one is not refused: what stands past it is not kept. */
#pragma once

#define KH_SECRECY_MAX_PIECE 256    /* bytes of a line, or of a piece between its tabs, that is looked at: a stamp, a letterhead and what supports a mark are short; what is longer is running text */
#define KH_SECRECY_MAX_STAMPS 64    /* lines of one document that may be a stamp: one a page in the headers of a long document, and its first page */
#define KH_SECRECY_MAX_MENTIONS 64  /* the last lines that name a level without being a stamp */
#define KH_SECRECY_MAX_PLACED 64    /* the last lines of a page that are numbers, or framed: the rows of a table on it */
#define KH_SECRECY_MAX_SIGNS 64     /* kinds of signs in all rules together: a set of them is one number */
#define KH_SECRECY_MAX_PHRASES 1024 /* wordings in all rules together */
#define KH_SECRECY_MAX_PHRASE 64    /* letters of one wording */
#define KH_SECRECY_MAX_MARKS 32     /* marks told of one document */
#define KH_SECRECY_MAX_SHOWN 200    /* bytes of a matched line that are kept for --show */
