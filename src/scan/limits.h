/* Maxima of the scan's host side and of its protocol. */
#pragma once

#include "base/limits.h"
#include "malware/limits.h"

#define KH_SCAN_MAX_WORKERS 64
#define KH_SCAN_MAX_SIZE (1024 * KH_MIB)  /* of a file that is scanned, unless the caller says otherwise: programs reach 500 MiB */
#define KH_SCAN_COPIED (64 * KH_MIB)      /* files up to this size are copied before they are looked at, larger ones are mapped */
#define KH_SCAN_MAX_DEPTH 256             /* folders inside folders; each holds a descriptor */
#define KH_SCAN_QUEUE 8                   /* files handed to one worker ahead */
#define KH_SCAN_QUEUE_BYTES (1 * KH_MIB)  /* … unless they are large: then another worker may be free sooner */
#define KH_SCAN_MAX_CLAMAV_WORKERS 4       /* each holds some tens of megabytes of its own */
#define KH_SCAN_CLAMAV_QUEUE 2             /* files handed to one of them ahead */
#define KH_SCAN_CLAMAV_CROWD 24            /* … that must have waited … */
#define KH_SCAN_CLAMAV_PATIENCE_MS 1000    /* … for so long for another worker to be started */
#define KH_SCAN_CLAMAV_WAITING 32          /* … and waiting for one; each holds a descriptor */
#define KH_SCAN_START_MS 120000           /* for a worker to load compiled content */
#define KH_SCAN_COMPILE_MS 1800000        /* for one to compile: 6,000 YARA rules take 15 s on a server, minutes on an old machine */
#define KH_SCAN_MAX_CONTENT_FILES 8192           /* of rules, signatures, hash lists */
#define KH_SCAN_MAX_CONTENT_BYTES (2048 * KH_MIB) /* in them */
#define KH_SCAN_MAX_COMPILED (4096 * KH_MIB)
#define KH_SCAN_COMPILE_MEMORY (UINT64_C(8192) * KH_MIB) /* address space: sources and content are in it too */
#define KH_SCAN_MAX_EXTERNALS 256
#define KH_SCAN_PROGRESS_MS 200

/* In messages of workers. */
#define KH_SCAN_MAX_DETECTION_BYTES (48 * KH_KIB) /* of one result; with these and the gaps, it fits one message. What does not fit is a gap */
#define KH_SCAN_MAX_PROBLEM_SOURCE 255
#define KH_SCAN_MAX_PROBLEM_TEXT 255
#define KH_SCAN_MAX_PROBLEMS 64 /* that are told; more are counted */

/* In the quarantine. */
#define KH_QUARANTINE_MAX_XATTR_BYTES (1 * KH_MIB) /* of a file's extended attributes together: ext4 keeps 4 KiB, XFS any number of 64 KiB */
#define KH_QUARANTINE_MAX_XATTRS 4096
#define KH_QUARANTINE_MAX_XATTR_NAME 255           /* XATTR_NAME_MAX of Linux */
#define KH_QUARANTINE_MAX_DETECTIONS 4096          /* in a manifest; one result has fewer */
#define KH_QUARANTINE_MAX_MANIFEST (4 * KH_MIB)    /* attributes in base64, and all that a result holds */
