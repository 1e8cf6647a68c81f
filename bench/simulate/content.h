/* What simulated machines have to tell. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

#define CONTENT_EPOCH "00000000000051e1"

/* The body of a batch: `records` events with seq from `first`, as an agent sends them (processes, files, connections, logons, each with what a sensor adds:
 * command line, hashes, user), packed with zstd. *ret_bytes is its size unpacked. */
void content_batch(int64_t first, int64_t records, int64_t now_ms, struct kh_buf *ret_packed, size_t *ret_bytes);
