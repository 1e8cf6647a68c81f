/* Maxima of the content store. */
#pragma once

#include "base/limits.h"

#define KH_CONTENT_MAX_FILES 20000                  /* sources of a set: the largest rule collections have some 5,000 */
#define KH_CONTENT_MAX_FILE_BYTES (4096 * KH_MIB)   /* one source: a list of 50 million SHA-256 hashes */
#define KH_CONTENT_MAX_SET_BYTES (16384 * KH_MIB)   /* all sources */
#define KH_CONTENT_MAX_DEPTH 32                     /* folders inside folders */
#define KH_CONTENT_MAX_NAME 1024                    /* bytes of a source's name, folders included */
#define KH_CONTENT_MAX_COMPILED (16384 * KH_MIB)    /* the compiled content */
#define KH_CONTENT_KEPT_PROBLEMS 1000               /* problems kept with a content; more are counted */
#define KH_CONTENT_MAX_EXTERNALS 256                /* external variables of YARA rules, of all origins */
#define KH_CONTENT_MAX_EXTERNAL_NAME 128
#define KH_CONTENT_MAX_EXTERNAL_VALUE 1024
#define KH_CONTENT_MAX_KEYS 16                      /* trusted keys */
