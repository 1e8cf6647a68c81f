/* Every maximum that belongs to no single module, with the reason for its size. Reaching one is an error with a name (KH_E_TOO_LARGE, or the
 * module's own), never an abort. Modules with many limits of their own keep them in <module>/limits.h. */
#pragma once

#define KH_KIB (1024UL)
#define KH_MIB (1024UL * KH_KIB)

#define KH_MAX_ERROR_DETAIL 512            /* one line on a terminal or in a JSON error */
#define KH_MAX_CONFIG_BYTES (1 * KH_MIB)   /* a settings or pack file is written by hand */
#define KH_MAX_YAML_DEPTH 32               /* packs nest 5 deep */
#define KH_MAX_BUF (256 * KH_MIB)          /* default maximum of a buffer: more is a bug or an attack */
#define KH_MAX_TEXT 4096                   /* one text cell of a fact, one field of a form */
#define KH_MAX_PATH 4096                   /* PATH_MAX of Linux, in bytes */
#define KH_MAX_JSON_BYTES (64 * KH_MIB)    /* one JSON document: the largest is a fact table */

/* Wire: agent → server. docs/protocol.md repeats these. */
#define KH_MAX_BATCH_PACKED (4 * KH_MIB)   /* zstd bytes of one batch */
#define KH_MAX_BATCH_BYTES (32 * KH_MIB)   /* the same, unpacked */
#define KH_MAX_BATCH_RECORDS 10000         /* records in one batch */
#define KH_MAX_RECORD (16 * KH_MIB)        /* one record: a whole fact table of a large server */
#define KH_MAX_EVENT (64 * KH_KIB)         /* one event or detection */
#define KH_MAX_API_BODY (1 * KH_MIB)       /* one REST body */
#define KH_MAX_FACT_ROWS 100000            /* rows of one fact table of one endpoint: a desktop has about 3,000 packages */
