#include "document/read/properties.h"

#include "base/cursor.h"
#include "document/read/wide.h"
#include "document/vietnamese/convert.h"

enum { CODE_PAGE = 1, TITLE = 2, SUBJECT = 3, KEYWORDS = 5, COMMENTS = 6 };
enum { SMALL_NUMBER = 2, BYTES = 0x1e, WIDE = 0x1f };
enum { UTF_16 = 1200, VIETNAMESE = 1258, UTF_8 = 65001 };

/* The value of a property, behind its kind; false: there is none. */
static bool find(struct kh_cursor set, uint32_t wanted, uint32_t *ret_kind, struct kh_cursor *ret)
{
	enum { MOST = 1000 };
	struct kh_cursor c = set;
	uint32_t count = 0, id = 0, at = 0;
	if (!kh_cursor_skip(&c, 4) || !kh_cursor_u32le(&c, &count))
		return false;
	for (uint32_t i = 0; i < KH_MIN(count, (uint32_t)MOST) && kh_cursor_u32le(&c, &id) && kh_cursor_u32le(&c, &at); i++)
		if (id == wanted && kh_cursor_skip(&set, at) && kh_cursor_u32le(&set, ret_kind)) {
			*ret = set;
			return true;
		}
	return false;
}

static uint16_t code_page(struct kh_cursor set)
{
	uint32_t kind = 0;
	uint16_t page = 0;
	struct kh_cursor value = {0};
	return find(set, CODE_PAGE, &kind, &value) && kind == SMALL_NUMBER && kh_cursor_u16le(&value, &page) ? page : 0;
}

static void give(struct kh_reading *r, uint32_t kind, uint16_t page, struct kh_cursor value)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	uint32_t size = 0;
	enum kh_charset charset = KH_CHARSET_UNICODE;
	if (!kh_cursor_u32le(&value, &size))
		return;
	size = (uint32_t)KH_MIN((size_t)size * (kind == WIDE ? 2 : 1), KH_MIN(kh_cursor_left(&value), (size_t)KH_DOCUMENT_MAX_LINE));
	if (kind == WIDE || page == UTF_16) {
		kh_wide_convert(value.at, size / 2, &text);
	} else if (page == UTF_8) {
		kh_buf_add(&text, value.at, size);
	} else {
		kh_charset_widen(value.at, size, &text);
		charset = page == VIETNAMESE ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
	}
	kh_line_begin(&r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
	kh_line_add(&r->lines, kh_buf_text(&text), text.len, &(struct kh_run_look){.charset = charset});
	kh_line_end(&r->lines);
}

void kh_properties_read(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	enum { PLACE_AT = 44 };
	static const uint32_t given[] = {TITLE, SUBJECT, KEYWORDS, COMMENTS};
	struct kh_cursor c = kh_cursor_of(bytes, n), set = c, value = {0};
	uint32_t at = 0, kind = 0;
	if (!kh_cursor_skip(&c, PLACE_AT) || !kh_cursor_u32le(&c, &at) || !kh_cursor_skip(&set, at))
		return;
	uint16_t page = code_page(set);
	for (size_t i = 0; i < KH_COUNT(given); i++)
		if (find(set, given[i], &kind, &value) && (kind == BYTES || kind == WIDE))
			give(r, kind, page, value);
}
