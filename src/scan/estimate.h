/* How much there is to scan: the same walk, by names and sizes only, in a thread of its own while the scan is under way. It takes a small part of the scan's time. */
#pragma once

#include "base/attr.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_scan_estimate;

/* The options and their texts are lent until _free. NULL: there is no thread to be had. Files above max_size are not counted. */
struct kh_scan_estimate *kh_scan_estimate_start(const struct kh_walk_options *options, uint64_t max_size);
void kh_scan_estimate_free(struct kh_scan_estimate *e); /* ends the walk */

/* Once everything was counted. */
bool kh_scan_estimate_ready(struct kh_scan_estimate *e, uint64_t *ret_files, uint64_t *ret_bytes) KH_MUST_USE;

/* Milliseconds until all is done, when so much of it took so long; -1: too early to say. A file costs as much as some KiB of one. */
int64_t kh_scan_left_ms(uint64_t files, uint64_t bytes, uint64_t all_files, uint64_t all_bytes, int64_t elapsed_ms) KH_PURE;
