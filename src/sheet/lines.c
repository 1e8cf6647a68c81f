#include "sheet/lines.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

static void cut(struct kh_line *line, const char *blanks)
{
	char *p = line->store;
	line->n = 0;
	for (;;) {
		p += strspn(p, blanks);
		if (!*p || line->n == KH_LINE_MAX_WORDS)
			break;
		bool quoted = *p == '"';
		char *start = p + quoted;
		p = start + strcspn(start, quoted ? "\"" : blanks);
		line->words[line->n++] = start;
		if (!*p)
			break;
		*p++ = '\0';
	}
	line->words[line->n] = NULL;
}

bool kh_line_next(const char *bytes, size_t n, size_t *at, const char *blanks, struct kh_line *line)
{
	if (*at == 0)
		line->number = 0;
	while (*at < n) {
		const char *start = bytes + *at, *end = memchr(start, '\n', n - *at);
		size_t len = end ? (size_t)(end - start) : n - *at;
		*at += len + (end != NULL);
		line->number++;
		while (len && (start[len - 1] == '\r' || start[len - 1] == ' '))
			len--;
		if (len >= KH_LINE_MAX || memchr(start, '\0', len) || !kh_utf8_is_valid(start, len))
			continue;
		memcpy(line->text, start, len);
		line->text[len] = '\0';
		memcpy(line->store, line->text, len + 1);
		cut(line, blanks);
		return true;
	}
	return false;
}

const char *kh_line_after(const struct kh_line *line, const char *word)
{
	for (size_t i = 0; i + 1 < line->n; i++)
		if (kh_streq(line->words[i], word))
			return line->words[i + 1];
	return NULL;
}

const char *kh_line_value(const struct kh_line *line, const char *prefix)
{
	for (size_t i = 0; i < line->n; i++)
		if (kh_starts_with(line->words[i], prefix))
			return line->words[i] + strlen(prefix);
	return NULL;
}

/* Twelve digits, however they are parted: pairs, or fours by dots; one digit of a pair may be missing (Solaris, macOS). */
bool kh_mac_parse(const char *text, char out[18])
{
	unsigned char bytes[6] = {0};
	size_t n = 0, digits = 0;
	bool dots = strchr(text, '.') != NULL;
	for (const char *p = text; *p; p++) {
		if (isxdigit((unsigned char)*p)) {
			if (digits == (dots ? 4 : 2) || n + digits / 2 >= 6)
				return false;
			int v = isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10;
			size_t byte = n + digits / 2;
			bytes[byte] = (unsigned char)(bytes[byte] << 4 | v);
			digits++;
		} else if (*p == (dots ? '.' : text[strcspn(text, ":-")]) && digits && (!dots || digits == 4)) {
			n += dots ? 2 : 1;
			digits = 0;
		} else {
			return false;
		}
	}
	bool whole = dots ? n == 4 && digits == 4 : n == 5 && digits > 0;
	static const unsigned char none[6] = {0}, all[6] = {255, 255, 255, 255, 255, 255};
	if (!whole || memcmp(bytes, none, 6) == 0 || memcmp(bytes, all, 6) == 0)
		return false;
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < 6; i++) {
		out[i * 3] = hex[bytes[i] >> 4];
		out[i * 3 + 1] = hex[bytes[i] & 15];
		out[i * 3 + 2] = i < 5 ? ':' : '\0';
	}
	return true;
}

int kh_line_put(struct kh_sheet *sheet, uint32_t number, const char *const *cells, size_t n)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_sheet_put(sheet, number, i, kh_strdup(cells[i] ? cells[i] : ""));
	return r;
}
