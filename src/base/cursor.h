/* A reader over foreign bytes that cannot pass their end. Every read says whether it succeeded; a failed read moves nothing. The bytes belong
 * to the caller and outlive the cursor. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_cursor {
	const uint8_t *at, *end;
};

static inline struct kh_cursor kh_cursor_of(const void *bytes, size_t n)
{
	return (struct kh_cursor){bytes, n ? (const uint8_t *)bytes + n : bytes}; /* nothing may be at NULL */
}

static inline size_t kh_cursor_left(const struct kh_cursor *c)
{
	return (size_t)(c->end - c->at);
}

bool kh_cursor_skip(struct kh_cursor *c, size_t n) KH_MUST_USE;
bool kh_cursor_take(struct kh_cursor *c, size_t n, const uint8_t **ret) KH_MUST_USE; /* n bytes, not copied */
bool kh_cursor_sub(struct kh_cursor *c, size_t n, struct kh_cursor *ret) KH_MUST_USE; /* a cursor over the next n bytes */
bool kh_cursor_copy(struct kh_cursor *c, void *to, size_t n) KH_MUST_USE;

bool kh_cursor_u8(struct kh_cursor *c, uint8_t *ret) KH_MUST_USE;
bool kh_cursor_u16le(struct kh_cursor *c, uint16_t *ret) KH_MUST_USE;
bool kh_cursor_u32le(struct kh_cursor *c, uint32_t *ret) KH_MUST_USE;
bool kh_cursor_u64le(struct kh_cursor *c, uint64_t *ret) KH_MUST_USE;
bool kh_cursor_u16be(struct kh_cursor *c, uint16_t *ret) KH_MUST_USE;
bool kh_cursor_u32be(struct kh_cursor *c, uint32_t *ret) KH_MUST_USE;
bool kh_cursor_u64be(struct kh_cursor *c, uint64_t *ret) KH_MUST_USE;

/* The next line without its end ("\n" or "\r\n"), not copied, not NUL-terminated; false when nothing is left. */
bool kh_cursor_line(struct kh_cursor *c, const char **ret_line, size_t *ret_len) KH_MUST_USE;
