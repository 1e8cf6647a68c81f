/* UTF-8 and Unicode normalisation (NFC), by utf8proc. Vietnamese text comes composed (NFC) from most programs and decomposed (NFD) from macOS
 * and some converters; inside, text is NFC, paths stay the bytes they are. */
#pragma once

#include "base/attr.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest valid UTF-8 prefix of s[0..n), at most max_chars characters. Overlong forms, surrogates and values past U+10FFFF are not valid. */
size_t kh_utf8_valid_prefix(const char *s, size_t n, size_t max_chars) KH_PURE;

/* The character at s, of n > 0 bytes, and how many it takes; a byte that begins none is U+FFFD. And the way back: appends the character. */
static inline size_t kh_utf8_take(const char *s, size_t n, int32_t *ret);
void kh_utf8_add(struct kh_buf *to, int32_t character);

size_t kh_utf8_take_rare(const char *s, size_t n, int32_t *ret); /* for the one below */

static inline size_t kh_utf8_take(const char *s, size_t n, int32_t *ret)
{
	const uint8_t *p = (const uint8_t *)s;
	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0 && n > 1 && (p[1] & 0xc0) == 0x80) { /* most letters with marks */
		*ret = (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
		return 2;
	}
	if (p[0] > 0xe0 && p[0] < 0xed && n > 2 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
		*ret = (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
		return 3;
	}
	return kh_utf8_take_rare(s, n, ret);
}

#define KH_UTF8_LONGEST 4 /* bytes of a character */

/* Writes a character of 0 to U+10FFFF, whose value is not looked at, to where KH_UTF8_LONGEST bytes have room (or as many as it is known to take). No NUL is written. Returns what is behind it. */
static inline char *kh_utf8_put(char *to, int32_t character)
{
	uint32_t c = (uint32_t)character;
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	*to++ = (char)((0xff80U >> more & 0xff) | c >> 6 * more);
	while (more-- > 0)
		*to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
	return to;
}

bool kh_utf8_is_valid(const char *s, size_t n) KH_PURE;

/* The NFC form of valid UTF-8, in new memory; KH_E_ENCODING when it is not valid. */
int kh_utf8_nfc(const char *s, char **ret) KH_MUST_USE;

/* Lower case without marks, for searching: "Phòng Văn hóa" → "phong van hoa"; đ → d. New memory; KH_E_ENCODING when not valid. */
int kh_utf8_fold(const char *s, char **ret) KH_MUST_USE;

/* Columns the text takes on a terminal (East Asian wide = 2, combining = 0). Invalid bytes count one each. */
size_t kh_utf8_width(const char *s) KH_PURE;
