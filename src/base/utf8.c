#include "base/utf8.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static size_t char_len(const char *s, size_t n)
{
	utf8proc_int32_t c = 0;
	utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)KH_MIN(n, (size_t)4), &c);
	return len > 0 ? (size_t)len : 0;
}

size_t kh_utf8_valid_prefix(const char *s, size_t n, size_t max_chars)
{
	size_t at = 0;
	while (at < n && max_chars--) {
		size_t len = (unsigned char)s[at] < 0x80 ? 1 : char_len(s + at, n - at);
		if (!len)
			break;
		at += len;
	}
	return at;
}

size_t kh_utf8_take_rare(const char *s, size_t n, int32_t *ret)
{
	enum { REPLACEMENT = 0xfffd };
	utf8proc_int32_t c = 0;
	utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)KH_MIN(n, (size_t)4), &c);
	*ret = size > 0 ? c : REPLACEMENT;
	return size > 0 ? (size_t)size : 1;
}

void kh_utf8_add(struct kh_buf *to, int32_t c)
{
	char bytes[KH_UTF8_LONGEST];
	if (c >= 0 && c < 0x110000)
		kh_buf_add(to, bytes, (size_t)(kh_utf8_put(bytes, c) - bytes));
}

bool kh_utf8_is_valid(const char *s, size_t n)
{
	return kh_utf8_valid_prefix(s, n, n) == n;
}

static int map(const char *s, utf8proc_option_t options, char **ret)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s, 0, &out, UTF8PROC_NULLTERM | UTF8PROC_STABLE | options);
	if (n < 0)
		return kh_fail(KH_E_ENCODING, "text is not UTF-8");
	*ret = (char *)out;
	return 0;
}

int kh_utf8_nfc(const char *s, char **ret)
{
	return map(s, UTF8PROC_COMPOSE, ret);
}

/* U+0111 (đ) has no decomposition, so no option of utf8proc makes it a d. */
static void replace_d_stroke(char *s)
{
	char *to = s;
	for (const char *from = s; *from; from++) {
		bool stroke = from[0] == '\xc4' && from[1] == '\x91';
		*to++ = stroke ? 'd' : *from;
		from += stroke;
	}
	*to = '\0';
}

int kh_utf8_fold(const char *s, char **ret)
{
	int r = map(s, UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD, ret);
	if (r == 0)
		replace_d_stroke(*ret);
	return r;
}

size_t kh_utf8_width(const char *s)
{
	size_t columns = 0, n = strlen(s);
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c = 0;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)s + at, (utf8proc_ssize_t)(n - at), &c);
		columns += len > 0 ? (size_t)utf8proc_charwidth(c) : 1;
		at += len > 0 ? (size_t)len : 1;
	}
	return columns;
}
