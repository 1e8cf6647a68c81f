#include "base/buf.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kh_buf_done(struct kh_buf *b)
{
	free(b->data);
	*b = (struct kh_buf){.max = b->max};
}

void kh_buf_reset(struct kh_buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data)
		b->data[0] = '\0';
}

int kh_buf_status(const struct kh_buf *b)
{
	return b->overflow ? kh_fail(KH_E_TOO_LARGE, "more than %zu bytes", b->max ? b->max : (size_t)KH_MAX_BUF) : 0;
}

const char *kh_buf_text(const struct kh_buf *b)
{
	return b->data ? b->data : "";
}

char *kh_buf_take(struct kh_buf *b)
{
	char *text = b->data ? kh_take(b->data) : kh_strdup("");
	*b = (struct kh_buf){.max = b->max};
	return text;
}

void *kh_buf_reserve(struct kh_buf *b, size_t n)
{
	size_t max = b->max ? b->max : KH_MAX_BUF, need = 0;
	if (b->overflow || !kh_size_add(b->len, n, &need) || need > max) {
		b->overflow = true;
		return NULL;
	}
	if (need + 1 > b->cap) {
		size_t cap = KH_MAX(need + 1, KH_MIN(b->cap * 2, max + 1));
		b->data = kh_realloc_array(b->data, KH_MAX(cap, (size_t)64), 1);
		b->cap = KH_MAX(cap, (size_t)64);
	}
	return b->data + b->len;
}

void kh_buf_add(struct kh_buf *b, const void *bytes, size_t n)
{
	char *to = kh_buf_reserve(b, n);
	if (!to)
		return;
	if (n)
		memcpy(to, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void kh_buf_adds(struct kh_buf *b, const char *s)
{
	kh_buf_add(b, s, strlen(s));
}

void kh_buf_add_item(struct kh_buf *b, const char *s)
{
	if (b->len)
		kh_buf_adds(b, ", ");
	kh_buf_adds(b, s);
}

void kh_buf_addc(struct kh_buf *b, char c)
{
	kh_buf_add(b, &c, 1);
}

void kh_buf_addf(struct kh_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *to = n < 0 ? NULL : kh_buf_reserve(b, (size_t)n);
	if (to) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

static void add_le(struct kh_buf *b, uint64_t v, size_t bytes)
{
	uint8_t le[8];
	for (size_t i = 0; i < bytes; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	kh_buf_add(b, le, bytes);
}

void kh_buf_add_u32le(struct kh_buf *b, uint32_t v)
{
	add_le(b, v, 4);
}

void kh_buf_add_u64le(struct kh_buf *b, uint64_t v)
{
	add_le(b, v, 8);
}

void kh_buf_add_hex(struct kh_buf *b, const void *bytes, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = bytes;
	for (size_t i = 0; i < n; i++) {
		kh_buf_addc(b, digit[p[i] >> 4]);
		kh_buf_addc(b, digit[p[i] & 15]);
	}
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void add_escape(struct kh_buf *b, unsigned char c)
{
	static const char *const short_form[] = {['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
	if (c == '"' || c == '\\')
		kh_buf_addf(b, "\\%c", c);
	else if (c < KH_COUNT(short_form) && short_form[c])
		kh_buf_adds(b, short_form[c]);
	else
		kh_buf_addf(b, "\\u%04x", c);
}

void kh_buf_add_json_string(struct kh_buf *b, const char *s, size_t n)
{
	kh_buf_addc(b, '"');
	for (size_t i = 0; i < n;) {
		size_t run = i;
		while (run < n && (unsigned char)s[run] < 0x80 && !needs_escape((unsigned char)s[run]))
			run++;
		kh_buf_add(b, s + i, run - i);
		if (run == n)
			break;
		i = run;
		if ((unsigned char)s[i] < 0x80) {
			add_escape(b, (unsigned char)s[i++]);
			continue;
		}
		size_t len = kh_utf8_valid_prefix(s + i, n - i, 1);
		kh_buf_add(b, len ? s + i : "\xef\xbf\xbd", len ? len : 3);
		i += len ? len : 1;
	}
	kh_buf_addc(b, '"');
}
