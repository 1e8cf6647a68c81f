#include "sheet/csv.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

/* ---- characters ---- */

static void add_character(struct kh_buf *out, uint32_t c)
{
	if (c < 0x80) {
		kh_buf_addc(out, (char)c);
	} else if (c < 0x800) {
		kh_buf_addc(out, (char)(0xc0 | c >> 6));
		kh_buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		kh_buf_addc(out, (char)(0xe0 | c >> 12));
		kh_buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		kh_buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		kh_buf_addc(out, (char)(0xf0 | c >> 18));
		kh_buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		kh_buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		kh_buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* Excel's "Unicode text". Half of a pair, and what does not fit at the end, make the text invalid. */
static void from_utf16(const uint8_t *p, size_t n, bool big, struct kh_buf *out)
{
	for (size_t i = 2; i + 1 < n; i += 2) {
		uint32_t c = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < n) {
			uint32_t low = big ? (uint32_t)p[i + 2] << 8 | p[i + 3] : (uint32_t)p[i + 3] << 8 | p[i + 2];
			c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : c;
			i += c > 0xffff ? 2 : 0;
		}
		add_character(out, c);
	}
}

static int text_of(const uint8_t *bytes, size_t n, struct kh_buf *out)
{
	bool little = n >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe, big = n >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff;
	bool mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
	if (little || big)
		from_utf16(bytes, n, big, out);
	else
		kh_buf_add(out, bytes + (mark ? 3 : 0), n - (mark ? 3 : 0));
	if (out->len && (memchr(out->data, 0, out->len) || !kh_utf8_is_valid(out->data, out->len)))
		return kh_fail(KH_E_ENCODING, "save the table as \"CSV UTF-8\" or as .xlsx");
	return kh_buf_status(out);
}

/* ---- reading ---- */

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* Of the first line, outside of quotes; the comma when there is none. */
static char most_frequent(const char *p, const char *end)
{
	static const char separators[] = {',', ';', '\t'};
	size_t counts[sizeof separators] = {0}, best = 0;
	bool quoted = false;
	for (; p < end && (quoted || !ends_line(*p)); p++) {
		quoted ^= *p == '"';
		for (size_t i = 0; !quoted && i < sizeof separators; i++)
			counts[i] += *p == separators[i];
	}
	for (size_t i = 1; i < sizeof separators; i++)
		best = counts[i] > counts[best] ? i : best;
	return separators[best];
}

static const char *past_line_end(const char *p, const char *end)
{
	if (p < end && *p == '\r')
		p++;
	return p < end && *p == '\n' ? p + 1 : p;
}

static char separator_of(const char **p, const char *end)
{
	if (end - *p < 6 || strncmp(*p, "sep=", 4) != 0 || !ends_line((*p)[5]))
		return most_frequent(*p, end);
	char separator = (*p)[4];
	const char *next = past_line_end(*p + 5, end);
	*p = next;
	return separator;
}

/* The text between quotes, "" being one; what follows the closing quote up to the separator belongs to it too. */
static const char *quoted_cell(const char *p, const char *end, char separator, struct kh_buf *cell)
{
	for (; p < end; p++) {
		if (*p == '"' && p + 1 < end && p[1] == '"')
			p++;
		else if (*p == '"')
			break;
		kh_buf_addc(cell, *p);
	}
	for (p += p < end; p < end && *p != separator && !ends_line(*p); p++)
		kh_buf_addc(cell, *p);
	return p;
}

static const char *plain_cell(const char *p, const char *end, char separator, struct kh_buf *cell)
{
	const char *begin = p;
	while (p < end && *p != separator && !ends_line(*p))
		p++;
	kh_buf_add(cell, begin, (size_t)(p - begin));
	return p;
}

static int keep_cell(struct kh_sheet *sheet, uint32_t number, size_t column, struct kh_buf *cell)
{
	int r = kh_buf_status(cell);
	return r < 0 || cell->len == 0 ? r : kh_sheet_put(sheet, number, column, kh_buf_take(cell));
}

int kh_csv_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_SHEET_MAX_TEXT), cell = KH_BUF_INIT;
	kh_auto_sheet struct kh_sheet sheet = {0};
	int r = text_of(bytes, n, &text);
	const char *p = kh_buf_text(&text), *end = p + text.len;
	char separator = separator_of(&p, end);
	uint32_t number = 1;
	for (size_t column = 0; r == 0 && p < end;) {
		p = *p == '"' ? quoted_cell(p + 1, end, separator, &cell) : plain_cell(p, end, separator, &cell);
		r = keep_cell(&sheet, number, column, &cell);
		kh_buf_reset(&cell);
		bool more = p < end && *p == separator;
		column = more ? column + 1 : 0;
		number += !more;
		p = more ? p + 1 : past_line_end(p, end);
	}
	if (r < 0)
		return r;
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}

/* ---- writing ---- */

void kh_csv_begin(struct kh_buf *out)
{
	kh_buf_adds(out, "\xef\xbb\xbf");
}

static bool is_number(const char *text)
{
	const char *p = text + (*text == '-');
	bool digits = isdigit((unsigned char)*p);
	while (isdigit((unsigned char)*p))
		p++;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p);)
			p++;
	return digits && !*p;
}

static bool is_dangerous(const char *text)
{
	return *text && strchr("=+-@\t\r\n", *text) && !is_number(text);
}

void kh_csv_add(struct kh_buf *out, const char *text)
{
	bool first = out->len == 0 || ends_line(out->data[out->len - 1]) || (out->len == 3 && (uint8_t)out->data[0] == 0xef);
	bool escape = is_dangerous(text);
	if (!first)
		kh_buf_addc(out, ',');
	if (!escape && !text[strcspn(text, "\",;\t\r\n")]) {
		kh_buf_adds(out, text);
		return;
	}
	kh_buf_adds(out, escape ? "\"'" : "\"");
	for (; *text; text++) {
		if (*text == '"')
			kh_buf_addc(out, '"');
		kh_buf_addc(out, *text);
	}
	kh_buf_addc(out, '"');
}

void kh_csv_end_row(struct kh_buf *out)
{
	kh_buf_adds(out, "\r\n");
}

const char *kh_csv_unescape(const char *text)
{
	return *text == '\'' && is_dangerous(text + 1) ? text + 1 : text;
}
