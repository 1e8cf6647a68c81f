/* Maxima of the search for marks of state secrets. */
#pragma once

#include "base/limits.h"

#define KH_SEARCH_MAX_WORKERS 64
#define KH_SEARCH_MAX_SIZE (512 * KH_MIB)  /* of a file that is read: a document of ten thousand scanned pages */
#define KH_SEARCH_COPIED (16 * KH_MIB)     /* files up to this size are copied before they are read, larger ones are mapped */
#define KH_SEARCH_QUEUE 8                  /* files handed to one worker ahead … */
#define KH_SEARCH_QUEUE_BYTES (1 * KH_MIB) /* … unless they are large */
#define KH_SEARCH_START_MS 60000           /* for a worker to read the rules */
#define KH_SEARCH_PROGRESS_MS 200
#define KH_SEARCH_MAX_RULES (1 * KH_MIB)   /* of one file of packs/secrecy: ours has some 20 KiB */
#define KH_SEARCH_MAX_RULE_FILES 64
#define KH_SEARCH_MAX_LETTERS (64 * KH_MIB) /* of the trained data of Tesseract: tessdata_best's Vietnamese has 13 MiB */
#define KH_SEARCH_MEMORY (3072 * KH_MIB)   /* address space of a worker beside the file and what is unpacked: pages as pictures, Tesseract and its data */

/* In a report. */
#define KH_SEARCH_MAX_MARKS 32
#define KH_SEARCH_MAX_KIND 64  /* bytes of a mark's kind: names in packs/secrecy are shorter */
#define KH_SEARCH_MAX_LINE 200 /* bytes of a matched line that are shown */
#define KH_SEARCH_MAX_GAPS 16
