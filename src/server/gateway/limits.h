/* What the gateway grants agents, with the reasons. */
#pragma once

#include "base/time.h"

#define KH_CERTIFICATE_LIFE_S (270 * KH_DAY_S)  /* a machine may stay in a cupboard over a summer */
#define KH_CERTIFICATE_RENEW_S (90 * KH_DAY_S)  /* before its end: a third of the life */
#define KH_CERTIFICATE_GRACE_S (30 * KH_DAY_S)  /* after its end `renew` is still allowed */
#define KH_CLOCK_TOLERANCE_MS (10 * 60 * 1000)  /* events of several machines are still in a usable order */
#define KH_HEARTBEAT_S 300                      /* of an agent that has nothing to send */
#define KH_BATCH_RECORDS_WANTED 2000            /* told to agents: large enough for a commit, small enough for p99 */
#define KH_POLL_MAX_S 300                       /* the longest wait of a long poll: shorter than the patience of most middle boxes with TCP keep-alive */
#define KH_POLL_TICK_MS 500                     /* how soon an order reaches an agent that waits, and a revoked one is refused */
#define KH_IDENTITIES_PER_DAY 10                /* new identities that one certificate may ask for: clones of one disk image come in small numbers */
#define KH_MAX_HOSTNAME 255                     /* bytes, as the next two */
#define KH_MAX_OS 255
#define KH_MAX_VERSION 64
