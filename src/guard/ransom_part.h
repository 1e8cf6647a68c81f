/* The ransomware watch as a part of the guard, and what `khien ransom` asks of it.
 *
 * It runs on a thread of its own, because it opens files, which another part of the guard may have to allow. ransom.sock in the run directory (root only) takes kh_ipc messages:
 *
 *     → KH_RANSOM_ASK       nothing
 *     → KH_RANSOM_RELEASE   u32 pid: let the processes that were stopped with it go on
 *     → KH_RANSOM_KILL      u32 pid: end them
 *     ← KH_RANSOM_ANSWER    a JSON object: kh_ransom_status(), with "done": false when no such process is stopped */
#pragma once

#include "guard/part.h"

enum kh_ransom_message { KH_RANSOM_ASK = 1, KH_RANSOM_RELEASE, KH_RANSOM_KILL, KH_RANSOM_ANSWER };

#define KH_RANSOM_SOCKET "ransom.sock"

extern const struct kh_guard_part kh_guard_ransom;
