/* UTF-16 as Windows' formats have it: little-endian, not aligned. */
#pragma once

#include "base/buf.h"

/* `n` units → UTF-8, appended; half a pair of surrogates is U+FFFD. */
void kh_wide_convert(const uint8_t *bytes, size_t n, struct kh_buf *to);
