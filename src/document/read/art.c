#include "document/read/art.h"

#include "document/read/color.h"

bool kh_art_take(struct kh_cursor *c, struct kh_art_record *ret)
{
	uint16_t first = 0, type = 0;
	struct kh_cursor at = *c;
	if (!kh_cursor_u16le(&at, &first) || !kh_cursor_u16le(&at, &type) || !kh_cursor_u32le(&at, &ret->size))
		return false;
	ret->version = first & 0xf;
	ret->instance = first >> 4;
	ret->type = type;
	*c = at;
	return true;
}

static void take_option(unsigned id, uint32_t value, struct kh_cursor content, struct kh_art_options *ret)
{
	enum { WORDS = 0xc0, WORDS_FONT = 0xc5, FILL_COLOR = 0x181, LINE_FLAGS = 0x1ff, LINE = 0x8, USES_LINE = 0x80000 };
	if (id == LINE_FLAGS && value & USES_LINE) {
		ret->line_said = true;
		ret->line = value & LINE;
	} else if (id == FILL_COLOR && value >> 24 == 0) {
		ret->red = kh_color_is_red((value & 0xff) << 16 | (value & 0xff00) | (value >> 16 & 0xff));
	} else if (id == WORDS) {
		ret->words = content;
	} else if (id == WORDS_FONT) {
		ret->font = content;
	}
}

/* Six bytes each; behind them the contents of those that have some, in their order. */
void kh_art_read_options(struct kh_cursor body, unsigned count, struct kh_art_options *ret)
{
	enum { SIZE = 6, COMPLEX = 0x8000, NUMBER = 0x3fff };
	struct kh_cursor options = {0};
	uint16_t id = 0;
	uint32_t value = 0;
	if (!kh_cursor_sub(&body, KH_MIN((size_t)count * SIZE, kh_cursor_left(&body)), &options))
		return;
	while (kh_cursor_u16le(&options, &id) && kh_cursor_u32le(&options, &value)) {
		struct kh_cursor content = {0};
		if (id & COMPLEX && !kh_cursor_sub(&body, KH_MIN((size_t)value, kh_cursor_left(&body)), &content))
			return;
		take_option(id & NUMBER, value, content, ret);
	}
}
