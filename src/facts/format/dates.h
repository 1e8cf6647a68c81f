/* Dates as the files of a system write them, to Unix seconds. false (and *ret_s untouched) for anything else, or outside 1970–9999. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* Seconds of a day at 00:00 UTC; false for a day that does not exist. */
bool kh_date_of(int64_t year, int64_t month, int64_t day, int64_t *ret_s) KH_MUST_USE;

/* "Sat, 07 Sep 2024 09:42:05 UTC" (Release files; also with +0200), "07 Sep 2024 09-42 -0400" (ClamAV). Without a zone: UTC. */
bool kh_date_mail(const char *text, int64_t *ret_s) KH_MUST_USE;

/* "2024-09-07" anywhere in the text, with a time behind it when there is one: "2024-09-07T09:42:05", "2024-09-07 09:42", "2024-09-07_09-42-05";
 * without a time midnight, without a zone UTC. */
bool kh_date_iso(const char *text, int64_t *ret_s) KH_MUST_USE;

/* "09/07/2024", month first (DMI). */
bool kh_date_us(const char *text, int64_t *ret_s) KH_MUST_USE;

/* "20240907" at the beginning of the text, or "20240907T094205Z". */
bool kh_date_compact(const char *text, int64_t *ret_s) KH_MUST_USE;
