/* Time. Wall-clock values are Unix time in UTC, int64_t, milliseconds (_ms) or seconds (_s); intervals are measured on the monotonic clock, which a
 * changed wall clock cannot bend. People see the local time of Viet Nam (UTC+7, no daylight saving since 1975) unless TZ says otherwise. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_UTC7_S (7 * 3600) /* Viet Nam, summer and winter */
#define KH_DAY_S INT64_C(86400)

int64_t kh_now_ms(void);
int64_t kh_now_s(void);
int64_t kh_monotonic_ms(void);

#define KH_ISO_SIZE 32
/* "2026-11-21T08:30:00.123Z" */
const char *kh_time_iso(int64_t ms, char out[KH_ISO_SIZE]);
/* "2026-11-21" / "21/11/2026 15:30" in UTC+7 */
const char *kh_time_day(int64_t s, char out[KH_ISO_SIZE]);
const char *kh_time_local(int64_t s, char out[KH_ISO_SIZE]);

/* ISO 8601 date ("2026-11-21": midnight in UTC+7) or date-time with Z, ±hh:mm or none (UTC); fractions to the millisecond. */
bool kh_time_parse(const char *text, int64_t *ret_ms) KH_MUST_USE;

/* Day number (days since 1970-01-01) of a moment, in UTC+7: the key of daily rows. */
int64_t kh_time_day_number(int64_t s);
/* The Monday, 00:00 in UTC+7, of the week of a moment. */
int64_t kh_time_week(int64_t s);
