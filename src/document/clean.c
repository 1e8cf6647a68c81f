#include "document/clean.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "document/limits.h"

#include <utf8proc.h>

#define ELLIPSIS "…"
#define REPLACEMENT "\xEF\xBF\xBD"

static bool turns_direction(utf8proc_int32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}

/* No XML file may hold these, escaped or not, nor has any of them a shape. */
static bool is_shapeless(utf8proc_int32_t c)
{
	bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
	bool noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
	return control || noncharacter || c == 0xFEFF || c == 0x2028 || c == 0x2029;
}

static void add(struct kh_buf *out, const char *bytes, size_t n, utf8proc_int32_t c)
{
	if (c == '\n')
		kh_buf_addc(out, '\n');
	else if (c == '\t' || c == 0x2028 || c == 0x2029)
		kh_buf_addc(out, ' ');
	else if (!is_shapeless(c) && !turns_direction(c))
		kh_buf_add(out, bytes, n);
}

/* Whole characters within the maximum. */
static void cut(struct kh_buf *text)
{
	if (text->len <= KH_PAPER_TEXT)
		return;
	text->len = kh_utf8_valid_prefix(text->data, KH_PAPER_TEXT, KH_PAPER_TEXT);
	text->data[text->len] = '\0';
	kh_buf_adds(text, ELLIPSIS);
}

char *kh_paper_clean(const char *text)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	size_t n = text ? strlen(text) : 0;
	/* No more is read than can be kept: characters of four bytes that all count, and some that do not. */
	for (size_t at = 0; at < n && out.len <= KH_PAPER_TEXT;) {
		utf8proc_int32_t c = 0;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)KH_MIN(n - at, (size_t)4), &c);
		if (len > 0)
			add(&out, text + at, (size_t)len, c);
		else
			kh_buf_adds(&out, REPLACEMENT);
		at += len > 0 ? (size_t)len : 1;
	}
	cut(&out);
	char *composed = NULL;
	kh_assert(kh_utf8_nfc(kh_buf_text(&out), &composed) == 0); /* it is UTF-8 by now */
	return composed;
}

char *kh_paper_capitals(const char *text)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	size_t n = strlen(text);
	for (size_t at = 0; at < n;) {
		utf8proc_int32_t c = 0;
		utf8proc_uint8_t bytes[4] = {0};
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(n - at), &c);
		kh_assert(len > 0);
		kh_buf_add(&out, bytes, (size_t)utf8proc_encode_char(utf8proc_toupper(c), bytes));
		at += (size_t)len;
	}
	return out.data ? kh_buf_take(&out) : kh_strdup("");
}
