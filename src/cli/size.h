/* Sizes as people read them. */
#pragma once

#include "base/i18n.h"

#include <stdint.h>

#define KH_SIZE_TEXT 32

/* "512 B", "12,3 MiB" (a point in English). */
const char *kh_size_text(enum kh_language language, uint64_t bytes, char out[KH_SIZE_TEXT]);

/* What stands between a number and its fraction. */
const char *kh_decimal_point(enum kh_language language);
