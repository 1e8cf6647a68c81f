#include "document/read/word/rtf_state.h"

#include "base/str.h"
#include "unpack/pieces.h"

#include <stdio.h>

static enum kh_decoded decode_hex(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_pieces out;
	int high = -1;
	kh_pieces_init(&out, m);
	for (size_t i = 0; i < n && !out.full; i++) {
		int digit = kh_hex_value(bytes[i]);
		if (digit < 0)
			continue;
		if (high >= 0)
			kh_pieces_put(&out, (uint8_t)(high << 4 | digit));
		high = high >= 0 ? -1 : digit;
	}
	return kh_pieces_finish(&out, true);
}

/* The words of a picture, groups among them aside, up to its digits, or to bytes. False: it has neither, or is of a kind that is not read. */
static bool find_picture(struct kh_cursor *c, struct kh_cursor *ret_bytes, bool *ret_binary)
{
	char name[KH_RTF_WORD_SIZE];
	int value = 0, depth = 0;
	bool read = false;
	while (c->at < c->end && depth >= 0) {
		uint8_t symbol = *c->at++;
		if (symbol == '{' || symbol == '}') {
			depth += symbol == '{' ? 1 : -1;
		} else if (symbol == '\\' && c->at < c->end && kh_rtf_is_letter(*c->at)) {
			kh_rtf_take_word(c, name, &value);
			read |= kh_streq(name, "jpegblip") || kh_streq(name, "pngblip");
			*ret_binary = kh_streq(name, "bin");
			if (*ret_binary)
				return read && kh_cursor_sub(c, KH_MIN((size_t)KH_MAX(value, 0), kh_cursor_left(c)), ret_bytes);
		} else if (depth == 0 && kh_hex_value(symbol) >= 0) {
			const uint8_t *from = c->at - 1, *end = memchr(from, '}', (size_t)(c->end - from));
			*ret_bytes = (struct kh_cursor){from, end ? end : c->end};
			c->at = ret_bytes->end;
			return read;
		}
	}
	return false;
}

static void give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	static const char beginning[] = "\\pict";
	struct kh_cursor c = kh_cursor_of(bytes, n), picture = {0};
	for (unsigned number = 1; (c.at = memmem(c.at, kh_cursor_left(&c), beginning, strlen(beginning))) != NULL && !kh_reading_over(r); number++) {
		char name[32];
		bool binary = false;
		c.at += strlen(beginning);
		if (!find_picture(&c, &picture, &binary))
			continue;
		snprintf(name, sizeof name, "picture %u", number);
		if (binary)
			kh_reading_member(r, name, picture.at, kh_cursor_left(&picture));
		else
			kh_reading_decoded(r, name, picture.at, kh_cursor_left(&picture), decode_hex);
	}
}

static bool is_object(const char *name)
{
	return kh_starts_with(name, "object");
}

void kh_rtf_give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	give_pictures(r, bytes, n);
	kh_reading_members(r, bytes, n, is_object);
}
