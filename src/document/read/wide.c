#include "document/read/wide.h"

#include "base/utf8.h"

static uint32_t unit(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

/* The character at unit i, which is moved behind it. */
static uint32_t take(const uint8_t *bytes, size_t n, size_t *i)
{
	uint32_t c = unit(bytes + 2 * (*i)++);
	if (c < 0xd800 || c >= 0xe000)
		return c;
	uint32_t low = c < 0xdc00 && *i < n ? unit(bytes + 2 * *i) : 0;
	if (low < 0xdc00 || low >= 0xe000)
		return 0xfffd;
	++*i;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

void kh_wide_convert(const uint8_t *bytes, size_t n, struct kh_buf *to)
{
	enum { PIECE = 4096, LONGEST = 3 /* bytes for a unit; of a pair four */ };
	for (size_t i = 0; i < n;) {
		size_t end = KH_MIN(n, i + PIECE);
		char *begin = kh_buf_reserve(to, (end - i) * LONGEST + 1), *at = begin;
		if (!begin)
			return;
		while (i < end)
			at = kh_utf8_put(at, (int32_t)take(bytes, n, &i));
		*at = '\0';
		to->len += (size_t)(at - begin);
	}
}
