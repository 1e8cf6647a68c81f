#include "document/read/wide.h"

#include <utf8proc.h>

static int32_t unit(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

void kh_wide_convert(const uint8_t *bytes, size_t n, struct kh_buf *to)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t out[4];
		int32_t c = unit(bytes + 2 * i);
		if (c < 0x80) {
			kh_buf_addc(to, (char)c);
			continue;
		}
		if (c >= 0xd800 && c < 0xe000) {
			int32_t low = c < 0xdc00 && i + 1 < n ? unit(bytes + 2 * i + 2) : 0;
			bool pair = low >= 0xdc00 && low < 0xe000;
			c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
			i += pair;
		}
		kh_buf_add(to, out, (size_t)utf8proc_encode_char(c, out));
	}
}
