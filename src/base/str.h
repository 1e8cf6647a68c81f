/* Small questions about strings. Strings are NUL-terminated UTF-8 unless a length stands beside them. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool kh_streq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool kh_starts_with(const char *s, const char *prefix) KH_PURE;
bool kh_ends_with(const char *s, const char *suffix) KH_PURE;

/* ASCII case only. */
bool kh_streq_nocase(const char *a, const char *b) KH_PURE;
const char *kh_find_nocase(const char *haystack, const char *needle) KH_PURE; /* NULL when absent */

/* Removes blanks at both ends in place; returns the new start inside s. */
char *kh_trim(char *s);

/* Whole string as a decimal number within [min,max]; false (and *ret untouched) on anything else: blanks, signs other than '-', trailing text, overflow. */
bool kh_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret) KH_MUST_USE;

/* "90", "90s", "15m", "12h", "7d", "2w" → seconds. */
bool kh_parse_duration(const char *s, int64_t *ret_s) KH_MUST_USE;

/* 5400 → "90m": the largest unit up to days that leaves no rest. */
#define KH_DURATION_SIZE 24
const char *kh_duration_text(int64_t s, char ret[KH_DURATION_SIZE]);

/* Copies src to dst (size bytes with the NUL) with control characters and invalid UTF-8 written as \xNN, cut at a character's border. For
 * text from outside on its way to a terminal or a log. */
void kh_printable(char *dst, size_t size, const char *src);

/* Next field of *rest up to any of the separator bytes, NUL-terminated in place; NULL at the end. Empty fields are given. */
char *kh_split(char **rest, const char *separators);

/* 0 to 15; -1: no hex digit. */
static inline int kh_hex_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Hex digits to bytes; false unless exactly n bytes. */
bool kh_unhex(const char *hex, uint8_t *ret, size_t n) KH_MUST_USE;
