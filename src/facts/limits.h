/* Every maximum of the facts, with the reason for its size. What passes one is left out with a reason of its own (too_large), never cut silently. */
#pragma once

#include "base/limits.h"

#define KH_FACTS_MAX_FILE (16 * KH_MIB)         /* a configuration or state file: the largest known (dpkg's status of a full desktop) has 6 MiB */
#define KH_FACTS_MAX_SMALL (64 * KH_KIB)        /* a file of /sys, a link, a header */
#define KH_FACTS_MAX_LINE (1 * KH_MIB)          /* one line: the longest in Debian's lists has 60 KiB */
#define KH_FACTS_MAX_LIST_BYTES (1024 * KH_MIB) /* one package list, unpacked: Ubuntu's universe has 65 MiB */
#define KH_FACTS_MAX_NAMES 100000               /* names in one directory */
#define KH_FACTS_MAX_PROCESSES 50000            /* a large server runs 5,000 */
#define KH_FACTS_MAX_SOCKETS 200000             /* lines of one /proc/net table */
#define KH_FACTS_MAX_ENTRIES 100000             /* settings in one key file, lines of one PAM stack */
#define KH_FACTS_MAX_ALIASES 1000               /* user aliases of sudo; also how deep they can nest */
#define KH_FACTS_MAX_INCLUDES 64                /* files one configuration may draw in */
#define KH_FACTS_MAX_DEPTH 16                   /* how deep they may nest */
#define KH_FACTS_MAX_RPM_HEADER (32 * KH_MIB)   /* one header of the rpm database: rpm itself refuses more than 256 MiB; the largest seen has 3 */
#define KH_FACTS_MAX_LOGINS (64 * KH_MIB)       /* lastlog (sparse: 292 bytes per UID) and wtmp; of a longer one the end counts */
