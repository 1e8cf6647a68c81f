#include "unpack/script/rtf.h"

#include "base/alloc.h"
#include "base/str.h"
#include "unpack/pieces.h"

#include <string.h>

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Behind the control word, symbol or \'hh at p, with the blank that ends it. */
static const uint8_t *skip_control(const uint8_t *p, const uint8_t *end)
{
	p++;
	if (p < end && !is_letter(*p))
		return *p == '\'' && end - p > 2 ? p + 3 : p + 1;
	while (p < end && is_letter(*p))
		p++;
	if (p < end && *p == '-')
		p++;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p < end && *p == ' ' ? p + 1 : p;
}

/* Behind the group that begins at p. */
static const uint8_t *skip_group(const uint8_t *p, const uint8_t *end)
{
	size_t depth = 0;
	for (; p < end; p++) {
		depth += *p == '{';
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '}' && --depth == 0)
			return p + 1;
	}
	return end;
}

/* The digits up to the end of the group. Returns where that is. */
static const uint8_t *decode(struct kh_members *m, const uint8_t *p, const uint8_t *end, enum kh_decoded *ret)
{
	struct kh_pieces o;
	int high = -1, depth = 0;
	kh_pieces_init(&o, m);
	while (p < end && !o.full && depth >= 0) {
		int digit = kh_hex_value(*p);
		if (digit >= 0 && high >= 0)
			kh_pieces_put(&o, (uint8_t)(high << 4 | digit));
		if (digit >= 0)
			high = high >= 0 ? -1 : digit;
		if (*p == '\\') {
			p = skip_control(p, end);
			continue;
		}
		if (*p == '{' && end - p > 2 && memcmp(p, "{\\*", 3) == 0) {
			p = skip_group(p, end);
			continue;
		}
		depth += (*p == '{') - (*p == '}');
		p++;
	}
	*ret = kh_pieces_finish(&o, true);
	return KH_MIN(p, end);
}

/* Behind the next of the control words that digits follow; NULL: there is none. */
static const uint8_t *next_data(const uint8_t *p, const uint8_t *end)
{
	static const char *const words[] = {"\\objdata", "\\datastore", "\\themedata"};
	while (p < end && (p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		for (size_t i = 0; i < KH_COUNT(words); i++)
			if ((size_t)(end - p) > strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0 && !is_letter(p[strlen(words[i])]))
				return skip_control(p, end);
		p++;
	}
	return NULL;
}

void kh_rtf_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	const uint8_t *end = bytes + n, *p = bytes;
	for (unsigned number = 1; (p = next_data(p, end)) != NULL && kh_members_begin(m); number++) {
		kh_auto_free char *name = kh_format("object %u", number);
		enum kh_decoded r = KH_DECODED_WHOLE;
		p = decode(m, p, end, &r);
		kh_members_give_decoded(m, name, r);
	}
}
