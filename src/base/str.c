#include "base/str.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

bool kh_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool kh_ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool kh_streq_nocase(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

const char *kh_find_nocase(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);
	for (; *haystack; haystack++)
		if (strncasecmp(haystack, needle, n) == 0)
			return haystack;
	return n ? NULL : haystack;
}

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *kh_trim(char *s)
{
	while (blank(*s))
		s++;
	size_t n = strlen(s);
	while (n && blank(s[n - 1]))
		s[--n] = '\0';
	return s;
}

bool kh_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	if (!s || !(*s == '-' || (*s >= '0' && *s <= '9')))
		return false;
	char *end = NULL;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (errno || end == s || *end || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool kh_parse_duration(const char *s, int64_t *ret_s)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	size_t n = s ? strlen(s) : 0;
	if (n == 0 || n > 16)
		return false;
	char number[17];
	memcpy(number, s, n + 1);
	int64_t factor = 1, value = 0;
	for (size_t i = 0; i < KH_COUNT(units); i++)
		if (units[i].unit == s[n - 1]) {
			factor = units[i].seconds;
			number[n - 1] = '\0';
		}
	if (!kh_parse_int(number, 0, INT64_MAX / factor, &value))
		return false;
	*ret_s = value * factor;
	return true;
}

const char *kh_duration_text(int64_t s, char ret[KH_DURATION_SIZE])
{
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;
	while (s % units[i].seconds)
		i++;
	snprintf(ret, KH_DURATION_SIZE, "%lld%c", (long long)(s / units[i].seconds), units[i].letter);
	return ret;
}

void kh_printable(char *dst, size_t size, const char *src)
{
	size_t used = 0;
	for (const char *p = src; *p;) {
		char escaped[5];
		size_t len = kh_utf8_valid_prefix(p, strlen(p), 1);
		bool ok = len > 1 || (len == 1 && (unsigned char)*p >= 0x20 && *p != 0x7f);
		if (!ok)
			snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned char)*p);
		const char *piece = ok ? p : escaped;
		size_t n = ok ? len : 4;
		if (used + n + 1 > size)
			break;
		memcpy(dst + used, piece, n);
		used += n;
		p += ok ? len : 1;
	}
	dst[used] = '\0';
}

char *kh_split(char **rest, const char *separators)
{
	char *field = *rest;
	if (!field)
		return NULL;
	size_t n = strcspn(field, separators);
	*rest = field[n] ? field + n + 1 : NULL;
	field[n] = '\0';
	return field;
}

bool kh_unhex(const char *hex, uint8_t *ret, size_t n)
{
	if (strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < 2 * n; i++)
		if (kh_hex_value(hex[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(kh_hex_value(hex[2 * i]) << 4 | kh_hex_value(hex[2 * i + 1]));
	return true;
}
