/* What a worker said of compiled content when it had checked it whole, kept beside it: while the content is in the same state (device, inode, size, times), a scan need not have it checked again, and need
 * not wait for workers before it walks. After KH_CHECKED_S it is checked again all the same: a disk can change bytes without a trace.
 *
 * What is kept is lost with damage, with another version of this program or of the system, and on file systems whose times prove nothing (scan/steady.h): that costs time only. Who can write into the
 * folder can write the content too. */
#pragma once

#include "base/attr.h"
#include "scan/protocol.h"

#include <stdbool.h>

#define KH_CHECKED_S KH_DAY_S
#define KH_CHECKED_EXTENSION ".checked"

/* False: nothing is known of it in its present state. The caller releases what was said. */
bool kh_checked_find(const char *folder, int content, struct kh_scan_ready *ret) KH_MUST_USE;

/* It was said of the content as it is now. That it cannot be kept is no error. */
void kh_checked_keep(const char *folder, int content, const struct kh_scan_ready *said);

/* It does not hold. */
void kh_checked_forget(const char *folder, int content);
