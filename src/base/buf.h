/* A growing byte buffer with a maximum.
 *
 * Always NUL-terminated one byte past `len`, so `data` can be read as a C string (NULL only while nothing was ever added: use kh_buf_text). Adding past the maximum adds nothing, and
 * sticks: later additions do nothing either, and kh_buf_status() gives KH_E_TOO_LARGE. So a text can be composed of many additions and checked once:
 *
 *     kh_auto_buf struct kh_buf b = KH_BUF_INIT;
 *     kh_buf_addf(&b, "%s: ", name);
 *     kh_buf_add_json_string(&b, value);
 *     int r = kh_buf_status(&b);
 */
#pragma once

#include "base/attr.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_buf {
	char *data;
	size_t len, cap;
	size_t max; /* 0 means KH_MAX_BUF */
	bool overflow;
};

#define KH_BUF_INIT {0}
#define KH_BUF_MAX(bytes) {.max = (bytes)}

void kh_buf_done(struct kh_buf *b);
void kh_buf_reset(struct kh_buf *b); /* empties it, keeps the memory and the maximum */
int kh_buf_status(const struct kh_buf *b) KH_MUST_USE;
const char *kh_buf_text(const struct kh_buf *b); /* never NULL */
char *kh_buf_take(struct kh_buf *b) KH_MUST_USE; /* the text, to be freed by the caller; the buffer is empty after */

void kh_buf_add(struct kh_buf *b, const void *bytes, size_t n);
void kh_buf_adds(struct kh_buf *b, const char *s);
void kh_buf_addc(struct kh_buf *b, char c);
void kh_buf_add_item(struct kh_buf *b, const char *s); /* with ", " in front of all but the first */
void kh_buf_addf(struct kh_buf *b, const char *fmt, ...) KH_PRINTF(2, 3);
void kh_buf_add_u32le(struct kh_buf *b, uint32_t v);
void kh_buf_add_u64le(struct kh_buf *b, uint64_t v);
void kh_buf_add_hex(struct kh_buf *b, const void *bytes, size_t n);

/* "…" with JSON's escapes. Bytes that are not UTF-8 become U+FFFD: for paths whose bytes matter, say the escaped form beside it. */
void kh_buf_add_json_string(struct kh_buf *b, const char *s, size_t n);

/* Room for n more bytes at data+len, to be filled by the caller, who then adds to len; NULL when it would pass the maximum. */
void *kh_buf_reserve(struct kh_buf *b, size_t n);

#define kh_auto_buf KH_CLEANUP(kh_buf_done)
