#include "document/read/office/biff.h"

#include "document/read/text.h"
#include "document/vietnamese/convert.h"

bool kh_biff_next(struct kh_biff *b, struct kh_biff_record *ret)
{
	uint16_t type = 0, size = 0;
	ret->at = (size_t)(b->rest.at - b->bytes);
	if (!kh_cursor_u16le(&b->rest, &type) || !kh_cursor_u16le(&b->rest, &size))
		return false;
	ret->type = type;
	return kh_cursor_sub(&b->rest, KH_MIN((size_t)size, kh_cursor_left(&b->rest)), &ret->body);
}

/* ---- chains ---- */

void kh_biff_chain_init(struct kh_biff_chain *c, struct kh_biff *b, const struct kh_biff_record *first)
{
	*c = (struct kh_biff_chain){0};
	kh_array_push(&c->parts, first->body);
	for (struct kh_biff_record next;;) {
		struct kh_cursor before = b->rest;
		if (!kh_biff_next(b, &next) || next.type != KH_BIFF_CONTINUE) {
			b->rest = before;
			return;
		}
		kh_array_push(&c->parts, next.body);
	}
}

void kh_biff_chain_done(struct kh_biff_chain *c)
{
	kh_array_done(&c->parts);
}

/* The part with bytes left; NULL: the end. *ret_new: it is another one than before. */
static struct kh_cursor *part_of(struct kh_biff_chain *c, bool *ret_new)
{
	*ret_new = false;
	while (c->at < c->parts.n && kh_cursor_left(&c->parts.v[c->at]) == 0) {
		c->at++;
		*ret_new = true;
	}
	return c->at < c->parts.n ? &c->parts.v[c->at] : NULL;
}

bool kh_biff_bytes(struct kh_biff_chain *c, void *to, size_t n)
{
	uint8_t *out = to;
	while (n > 0) {
		bool is_new = false;
		const uint8_t *from = NULL;
		struct kh_cursor *p = part_of(c, &is_new);
		size_t take = p ? KH_MIN(n, kh_cursor_left(p)) : 0;
		if (!p || !kh_cursor_take(p, take, &from))
			return false;
		if (out) {
			memcpy(out, from, take);
			out += take;
		}
		n -= take;
	}
	return true;
}

bool kh_biff_u16(struct kh_biff_chain *c, uint16_t *ret)
{
	uint8_t b[2];
	if (!kh_biff_bytes(c, b, sizeof b))
		return false;
	*ret = (uint16_t)(b[0] | b[1] << 8);
	return true;
}

bool kh_biff_u32(struct kh_biff_chain *c, uint32_t *ret)
{
	uint8_t b[4];
	if (!kh_biff_bytes(c, b, sizeof b))
		return false;
	*ret = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
	return true;
}

/* ---- characters ---- */

/* The lower halves of characters whose upper halves are zero. */
static void add_narrow(const uint8_t *s, size_t n, struct kh_buf *to)
{
	for (size_t i = 0; i < n; i++) {
		size_t plain = i;
		while (i < n && s[i] < 0x80)
			i++;
		kh_buf_add(to, s + plain, i - plain);
		if (i < n) {
			kh_buf_addc(to, (char)(0xc0 | s[i] >> 6));
			kh_buf_addc(to, (char)(0x80 | (s[i] & 0x3f)));
		}
	}
}

bool kh_biff_characters(struct kh_biff_chain *c, size_t count, bool wide, struct kh_buf *to)
{
	while (count > 0) {
		bool is_new = false;
		const uint8_t *from = NULL;
		uint8_t flags = 0;
		struct kh_cursor *p = part_of(c, &is_new);
		if (!p || (is_new && !kh_cursor_u8(p, &flags)))
			return false;
		wide = is_new ? flags & 1 : wide;
		size_t width = wide ? 2 : 1, n = KH_MIN(count, kh_cursor_left(p) / width);
		if (!kh_cursor_take(p, n * width, &from))
			return false;
		if (wide)
			kh_text_convert(KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, from, n * width, to);
		else
			add_narrow(from, n, to);
		count -= n;
		if (n == 0 && kh_cursor_left(p) > 0 && !kh_cursor_skip(p, kh_cursor_left(p))) /* half a character */
			return false;
	}
	return true;
}

bool kh_biff_text(const struct kh_biff *b, struct kh_cursor *c, unsigned size_of_length, struct kh_buf *to)
{
	uint8_t small = 0, flags = 0;
	uint16_t large = 0;
	const uint8_t *from = NULL;
	if (size_of_length == 1 ? !kh_cursor_u8(c, &small) : !kh_cursor_u16le(c, &large))
		return false;
	size_t count = size_of_length == 1 ? small : large;
	if (b->version >= 8 && count > 0 && !kh_cursor_u8(c, &flags))
		return false;
	size_t width = flags & 1 ? 2 : 1, n = KH_MIN(count, kh_cursor_left(c) / width);
	if (!kh_cursor_take(c, n * width, &from))
		return false;
	if (b->version < 8)
		kh_charset_widen(from, n, to);
	else if (flags & 1)
		kh_text_convert(KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, from, n * width, to);
	else
		add_narrow(from, n, to);
	return true;
}
