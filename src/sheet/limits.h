/* Maxima of spreadsheets that come from outside. */
#pragma once

#include "base/limits.h"

#define KH_SHEET_MAX_FILE (16 * KH_MIB)       /* as it comes: 50,000 rows of 30 columns are some 8 MiB */
#define KH_SHEET_MAX_UNPACKED (256 * KH_MIB)  /* all parts of an XLSX together: XML packs ten to twenty times */
#define KH_SHEET_MAX_PARTS 2000               /* files in an XLSX: a workbook has some twenty */
#define KH_SHEET_MAX_ROWS 50000               /* with something in them */
#define KH_SHEET_MAX_COLUMNS 256
#define KH_SHEET_MAX_CELL 32767               /* bytes; Excel takes so many characters */
#define KH_SHEET_MAX_TEXT (64 * KH_MIB)       /* of all cells together, and of all shared texts */
#define KH_SHEET_MAX_SHARED 1000000           /* shared texts */
#define KH_SHEET_MAX_STYLES 65536
#define KH_SHEET_MAX_SHEETS 256
#define KH_SHEET_MAX_DEPTH 64                 /* of XML: the format needs eight */

#define KH_PICTURE_MAX_FILE (2 * KH_MIB)      /* a scanned signature with its seal has some 100 KiB */
#define KH_PICTURE_MAX_SIDE 2000              /* points: 60 mm at 800 to the inch; eight hex digits each fit into a cell */

#define KH_SHEET_TIMEOUT_MS 60000             /* the worker is killed after it */
#define KH_SHEET_CPU_S 30
#define KH_SHEET_MEMORY (1024 * KH_MIB)
