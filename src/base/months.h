/* A stretch of whole months as reports name it: "2026-11" a month, "2026-Q4" a quarter, "2026" a year. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_MONTHS_SIZE 32 /* holds any of its texts */

struct kh_months {
	int64_t year;     /* 2020 to 9998 */
	int first, count; /* month from 1; how many: 1, 3 or 12 */
};

/* The form above and no other. */
bool kh_months_parse(const char *text, struct kh_months *ret) KH_MUST_USE;

/* The same, and as people write it in either language: "Tháng 11/2026", "11/2026", "tháng 11 năm 2026", "Quý 4/2026", "Quarter 4/2026", "Năm 2026". */
bool kh_months_read(const char *text, struct kh_months *ret) KH_MUST_USE;

/* "2026-Q4"; gives `out`. */
const char *kh_months_text(const struct kh_months *m, char out[KH_MONTHS_SIZE]);

/* "Quý 4/2026", in the language of the thread; gives `out`. */
const char *kh_months_words(const struct kh_months *m, char out[KH_MONTHS_SIZE]);
