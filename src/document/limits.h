/* Maxima of this directory. */
#pragma once

#include "base/limits.h"

#define KH_PAPER_TEXT 10000         /* bytes of one paragraph or cell; the rest is cut off and "…" says so. XLSX holds 32,767 characters, and NFC may make three of one */
#define KH_PAPER_BLOCKS 20000        /* paragraphs and tables of a document: the longest directive has 500 clauses of some ten */
#define KH_PAPER_CELLS 3000000       /* cells of all tables: 100,000 rows of 30 columns */
#define KH_PAPER_COLUMNS 30          /* of a table: more cannot be read on paper */
#define KH_PAPER_ANNEXES 99
#define KH_PAPER_LINES 100           /* recipients, lines of an authority */
#define KH_PAPER_BYTES (200 * KH_MIB) /* of the finished file */
