#include "ipc/wire.h"

#include "base/alloc.h"

#include <string.h>

void kh_wire_put_u16(struct kh_buf *b, size_t v)
{
	kh_buf_addc(b, (char)(v & 0xff));
	kh_buf_addc(b, (char)(v >> 8 & 0xff));
}

void kh_wire_put_text(struct kh_buf *b, const char *text, size_t max)
{
	size_t n = text ? strnlen(text, max) : 0;
	kh_wire_put_u16(b, n);
	kh_buf_add(b, text ? text : "", n);
}

bool kh_wire_below(struct kh_cursor *c, unsigned count, unsigned *ret)
{
	uint8_t v = 0;
	if (!kh_cursor_u8(c, &v) || v >= count)
		return false;
	*ret = v;
	return true;
}

bool kh_wire_bool(struct kh_cursor *c, bool *ret)
{
	unsigned v = 0;
	if (!kh_wire_below(c, 2, &v))
		return false;
	*ret = v;
	return true;
}

bool kh_wire_text(struct kh_cursor *c, size_t max, char **ret)
{
	uint16_t n = 0;
	const uint8_t *bytes = NULL;
	if (!kh_cursor_u16le(c, &n) || n > max || !kh_cursor_take(c, n, &bytes) || memchr(bytes, 0, n))
		return false;
	*ret = kh_strndup((const char *)bytes, n);
	return true;
}
