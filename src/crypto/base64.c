#include "crypto/base64.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <string.h>

struct variant {
	const char *alphabet;
	bool padded;
};

static const struct variant standard = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true};
static const struct variant url = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

static const char *encode(const struct variant *v, const uint8_t *p, size_t n, char *ret_text)
{
	char *to = ret_text;
	uint32_t bits = 0;
	int held = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (held += 8; held >= 6; held -= 6)
			*to++ = v->alphabet[bits >> (held - 6) & 63];
	}
	if (held)
		*to++ = v->alphabet[bits << (6 - held) & 63];
	while (v->padded && (to - ret_text) % 4)
		*to++ = '=';
	*to = '\0';
	return ret_text;
}

static int value_of(const struct variant *v, char c)
{
	const char *at = strchr(v->alphabet, c);
	return at ? (int)(at - v->alphabet) : -1;
}

/* Characters without their padding; false when the padding is not the one that encode() writes. */
static bool unpadded(const struct variant *v, const char *text, size_t *ret_n)
{
	size_t n = strlen(text), bare = n;
	if (!v->padded) {
		*ret_n = n;
		return true;
	}
	while (bare && text[bare - 1] == '=')
		bare--;
	*ret_n = bare;
	return n % 4 == 0 && n - bare <= 2;
}

static bool decode(const struct variant *v, const char *text, uint8_t *to, size_t max, size_t *ret_n)
{
	size_t chars = 0, n = 0;
	uint32_t bits = 0;
	int held = 0;
	if (!unpadded(v, text, &chars))
		return false;
	for (size_t i = 0; i < chars; i++) {
		int value = value_of(v, text[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		if (n == max)
			return false;
		held -= 8;
		to[n++] = (uint8_t)(bits >> held);
	}
	if (held == 6 || (bits & ((1U << held) - 1)))
		return false;
	*ret_n = n;
	return true;
}

const char *kh_base64url(const void *bytes, size_t n, char *ret_text)
{
	return encode(&url, bytes, n, ret_text);
}

const char *kh_base64(const void *bytes, size_t n, char *ret_text)
{
	return encode(&standard, bytes, n, ret_text);
}

char *kh_base64_text(const void *bytes, size_t n)
{
	size_t size = 0;
	kh_assert(kh_size_mul(n, 2, &size) && kh_size_add(size, 5, &size));
	char *text = kh_alloc(size);
	kh_base64(bytes, n, text);
	return text;
}

bool kh_base64url_read(const char *text, void *ret_bytes, size_t max, size_t *ret_n)
{
	return decode(&url, text, ret_bytes, max, ret_n);
}

bool kh_base64_read(const char *text, void *ret_bytes, size_t max, size_t *ret_n)
{
	return decode(&standard, text, ret_bytes, max, ret_n);
}

bool kh_base64_path(const char *text, char **ret)
{
	size_t n = 0;
	kh_auto_free char *path = kh_alloc(KH_MAX_PATH);
	if (!kh_base64_read(text, path, KH_MAX_PATH - 1, &n) || n == 0 || path[0] != '/' || memchr(path, 0, n))
		return false;
	path[n] = '\0';
	*ret = kh_take(path);
	return true;
}
