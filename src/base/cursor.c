#include "base/cursor.h"

#include <string.h>

bool kh_cursor_take(struct kh_cursor *c, size_t n, const uint8_t **ret)
{
	if (n > kh_cursor_left(c))
		return false;
	*ret = c->at;
	c->at += n;
	return true;
}

bool kh_cursor_skip(struct kh_cursor *c, size_t n)
{
	const uint8_t *skipped = NULL;
	return kh_cursor_take(c, n, &skipped);
}

bool kh_cursor_sub(struct kh_cursor *c, size_t n, struct kh_cursor *ret)
{
	const uint8_t *start = NULL;
	if (!kh_cursor_take(c, n, &start))
		return false;
	*ret = kh_cursor_of(start, n);
	return true;
}

bool kh_cursor_copy(struct kh_cursor *c, void *to, size_t n)
{
	const uint8_t *from = NULL;
	if (!kh_cursor_take(c, n, &from))
		return false;
	if (n)
		memcpy(to, from, n);
	return true;
}

static bool little(struct kh_cursor *c, size_t n, uint64_t *ret)
{
	const uint8_t *p = NULL;
	if (!kh_cursor_take(c, n, &p))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	*ret = v;
	return true;
}

static bool big(struct kh_cursor *c, size_t n, uint64_t *ret)
{
	const uint8_t *p = NULL;
	if (!kh_cursor_take(c, n, &p))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	*ret = v;
	return true;
}

#define DEFINE_READ(name, type, order)                      \
	bool kh_cursor_##name(struct kh_cursor *c, type *ret) \
	{                                                   \
		uint64_t v = 0;                             \
		if (!order(c, sizeof(type), &v))            \
			return false;                       \
		*ret = (type)v;                             \
		return true;                                \
	}

DEFINE_READ(u8, uint8_t, little)
DEFINE_READ(u16le, uint16_t, little)
DEFINE_READ(u32le, uint32_t, little)
DEFINE_READ(u64le, uint64_t, little)
DEFINE_READ(u16be, uint16_t, big)
DEFINE_READ(u32be, uint32_t, big)
DEFINE_READ(u64be, uint64_t, big)

bool kh_cursor_line(struct kh_cursor *c, const char **ret_line, size_t *ret_len)
{
	size_t left = kh_cursor_left(c);
	if (!left)
		return false;
	const uint8_t *start = c->at, *nl = memchr(start, '\n', left);
	size_t len = nl ? (size_t)(nl - start) : left;
	c->at = nl ? nl + 1 : c->end;
	if (nl && len && start[len - 1] == '\r')
		len--;
	*ret_line = (const char *)start;
	*ret_len = len;
	return true;
}
