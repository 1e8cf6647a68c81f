/* Records of logins: wtmp (utmp(5); records of 384 bytes, or 400 on systems whose records hold 64-bit times) and lastlog (292 bytes per UID). */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define KH_LASTLOG_RECORD 292

/* Calls `take` for every login of a user, oldest first. Bytes behind the last whole record are ignored; a time of 0 or in the far future
 * (past now_s + 1 day) is no login. */
void kh_wtmp_each(const void *bytes, size_t n, int64_t now_s, void (*take)(void *arg, const char *user, int64_t login_s), void *arg);

/* Time in one lastlog record; 0: never. */
int64_t kh_lastlog_time(const uint8_t record[KH_LASTLOG_RECORD]);
