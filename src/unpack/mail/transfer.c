#include "unpack/mail/transfer.h"

#include "base/cursor.h"
#include "base/str.h"

#include <string.h>

enum { PADDING = 64, NONE = 255 };

#define N16 NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
const uint8_t kh_base64_values[256] = {
	N16, N16,
	NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 62, NONE, 62, NONE, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NONE, NONE, NONE, PADDING, NONE, NONE,
	NONE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NONE, NONE, NONE, NONE, 63,
	NONE, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NONE, NONE, NONE, NONE, NONE,
	N16, N16, N16, N16, N16, N16, N16, N16,
};

/* What is left at a padding or the end: two values are one byte, three are two. */
static void put_rest(struct kh_pieces *o, uint32_t bits, unsigned have)
{
	if (have >= 2)
		kh_pieces_put(o, (uint8_t)(have == 2 ? bits >> 4 : bits >> 10));
	if (have == 3)
		kh_pieces_put(o, (uint8_t)(bits >> 2));
}

enum kh_decoded kh_transfer_base64(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_pieces o;
	uint32_t bits = 0;
	unsigned have = 0;
	kh_pieces_init(&o, m);
	for (size_t i = 0; i < n && !o.full; i++) {
		uint8_t v = kh_base64_values[bytes[i]];
		if (v < PADDING) {
			bits = bits << 6 | v;
			if (++have < 4)
				continue;
			kh_pieces_put(&o, (uint8_t)(bits >> 16));
			kh_pieces_put(&o, (uint8_t)(bits >> 8));
			kh_pieces_put(&o, (uint8_t)bits);
			bits = have = 0;
		} else if (v == PADDING) {
			put_rest(&o, bits, have);
			bits = have = 0;
		}
	}
	put_rest(&o, bits, have);
	return kh_pieces_finish(&o, true);
}

/* Bytes of "=", blanks and a line's end: the line goes on. 0: it is none. */
static size_t soft_break(const uint8_t *p, size_t n)
{
	size_t i = 1;
	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	if (i < n && p[i] == '\r')
		i++;
	return i == n || p[i] == '\n' ? i + (i < n) : 0;
}

enum kh_decoded kh_transfer_quoted(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_pieces o;
	kh_pieces_init(&o, m);
	for (size_t i = 0; i < n && !o.full; i++) {
		size_t skip = bytes[i] == '=' ? soft_break(bytes + i, n - i) : 0;
		if (bytes[i] == '=' && n - i > 2 && kh_hex_value(bytes[i + 1]) >= 0 && kh_hex_value(bytes[i + 2]) >= 0) {
			kh_pieces_put(&o, (uint8_t)(kh_hex_value(bytes[i + 1]) << 4 | kh_hex_value(bytes[i + 2])));
			i += 2;
		} else if (skip > 0)
			i += skip - 1;
		else
			kh_pieces_put(&o, bytes[i]);
	}
	return kh_pieces_finish(&o, true);
}

/* A line: how many bytes it holds, then four characters for three bytes; characters that blanks at the end have taken away count as blanks. */
static void put_uu_line(struct kh_pieces *o, const char *line, size_t n)
{
	size_t bytes = n > 0 ? (size_t)(line[0] - ' ') & 63 : 0;
	for (size_t at = 1; bytes > 0; at += 4) {
		uint32_t v = 0;
		for (size_t i = at; i < at + 4; i++)
			v = v << 6 | (i < n ? (uint32_t)(line[i] - ' ') & 63 : 0);
		for (int shift = 16; shift >= 0 && bytes > 0; shift -= 8, bytes--)
			kh_pieces_put(o, (uint8_t)(v >> shift));
	}
}

enum kh_decoded kh_transfer_uu(struct kh_members *m, const uint8_t *bytes, size_t n, size_t *ret_used)
{
	struct kh_pieces o;
	struct kh_cursor c = kh_cursor_of(bytes, n);
	const char *line = NULL;
	size_t length = 0;
	bool ended = false;
	kh_pieces_init(&o, m);
	while (!ended && !o.full && kh_cursor_line(&c, &line, &length)) {
		ended = length >= 3 && memcmp(line, "end", 3) == 0;
		if (!ended)
			put_uu_line(&o, line, length);
	}
	*ret_used = (size_t)(c.at - bytes);
	return kh_pieces_finish(&o, ended);
}
