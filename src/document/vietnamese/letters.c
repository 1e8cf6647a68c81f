#include "document/vietnamese/letters.h"

#include "base/attr.h"
#include "base/utf8.h"

#include <uchar.h>

/* By vowel: the tones in order, small and capital. */
static const char16_t letters[KH_VOWELS][2 * KH_TONES + 1] = {
	u"aàảãáạAÀẢÃÁẠ", u"ăằẳẵắặĂẰẲẴẮẶ", u"âầẩẫấậÂẦẨẪẤẬ", u"eèẻẽéẹEÈẺẼÉẸ", u"êềểễếệÊỀỂỄẾỆ", u"iìỉĩíịIÌỈĨÍỊ",
	u"oòỏõóọOÒỎÕÓỌ", u"ôồổỗốộÔỒỔỖỐỘ", u"ơờởỡớợƠỜỞỠỚỢ", u"uùủũúụUÙỦŨÚỤ", u"ưừửữứựƯỪỬỮỨỰ", u"yỳỷỹýỵYỲỶỸÝỴ",
};

/* The other way: vowel * KH_TONES + tone + 1 for the small letter; 0: none. U+1EA0 … are pairs of capital and small letter. */
#define L(vowel, tone) (KH_VOWEL_##vowel * KH_TONES + KH_TONE_##tone + 1)
static const uint8_t ascii[32] = { /* of 0x60 … */
	['a' - 0x60] = L(A, NONE), ['e' - 0x60] = L(E, NONE), ['i' - 0x60] = L(I, NONE), ['o' - 0x60] = L(O, NONE), ['u' - 0x60] = L(U, NONE), ['y' - 0x60] = L(Y, NONE),
};
static const uint8_t latin[32] = { /* of U+00E0 … */
	L(A, GRAVE), L(A, ACUTE), L(AA, NONE), L(A, TILDE), 0, 0, 0, 0, L(E, GRAVE), L(E, ACUTE), L(EE, NONE), 0, L(I, GRAVE), L(I, ACUTE), 0, 0,
	0, 0, L(O, GRAVE), L(O, ACUTE), L(OO, NONE), L(O, TILDE), 0, 0, 0, L(U, GRAVE), L(U, ACUTE), 0, 0, L(Y, ACUTE), 0, 0,
};
static const uint8_t pairs[45] = { /* of U+1EA0 … */
	L(A, DOT), L(A, HOOK), L(AA, ACUTE), L(AA, GRAVE), L(AA, HOOK), L(AA, TILDE), L(AA, DOT), L(AW, ACUTE), L(AW, GRAVE), L(AW, HOOK), L(AW, TILDE), L(AW, DOT),
	L(E, DOT), L(E, HOOK), L(E, TILDE), L(EE, ACUTE), L(EE, GRAVE), L(EE, HOOK), L(EE, TILDE), L(EE, DOT), L(I, HOOK), L(I, DOT),
	L(O, DOT), L(O, HOOK), L(OO, ACUTE), L(OO, GRAVE), L(OO, HOOK), L(OO, TILDE), L(OO, DOT), L(OW, ACUTE), L(OW, GRAVE), L(OW, HOOK), L(OW, TILDE), L(OW, DOT),
	L(U, DOT), L(U, HOOK), L(UW, ACUTE), L(UW, GRAVE), L(UW, HOOK), L(UW, TILDE), L(UW, DOT), L(Y, GRAVE), L(Y, DOT), L(Y, HOOK), L(Y, TILDE),
};

static uint8_t code_of(int32_t c, bool *ret_capital)
{
	static const struct {
		int32_t capital;
		uint8_t code;
	} others[] = {{0x102, L(AW, NONE)}, {0x128, L(I, TILDE)}, {0x168, L(U, TILDE)}, {0x1a0, L(OW, NONE)}, {0x1af, L(UW, NONE)}};
	if (c < 0x80) {
		*ret_capital = !(c & 0x20);
		return c >= 0x40 ? ascii[c & 0x1f] : 0;
	}
	if (c >= 0x1ea0 && c < 0x1ea0 + 2 * (int32_t)KH_COUNT(pairs)) {
		*ret_capital = !(c & 1);
		return pairs[(c - 0x1ea0) / 2];
	}
	if (c >= 0xc0 && c <= 0xff) {
		*ret_capital = c < 0xe0;
		return latin[c & 0x1f];
	}
	for (size_t i = 0; i < KH_COUNT(others); i++)
		if (c == others[i].capital || c == others[i].capital + 1) {
			*ret_capital = c == others[i].capital;
			return others[i].code;
		}
	return 0;
}

bool kh_letter_of(int32_t c, struct kh_letter *ret)
{
	bool capital = false;
	uint8_t code = code_of(c, &capital);
	if (code == 0)
		return false;
	*ret = (struct kh_letter){(enum kh_vowel)((code - 1) / KH_TONES), (enum kh_tone)((code - 1) % KH_TONES), capital};
	return true;
}

int32_t kh_letter_character(const struct kh_letter *l)
{
	return letters[l->vowel][l->tone + (l->capital ? KH_TONES : 0)];
}

bool kh_letter_is_small(int32_t c)
{
	bool capital = false;
	return c < 0x80 ? c >= 'a' && c <= 'z' : c == 0x111 || (code_of(c, &capital) != 0 && !capital);
}

bool kh_letter_is_capital(int32_t c)
{
	bool capital = false;
	return c < 0x80 ? c >= 'A' && c <= 'Z' : c == 0x110 || (code_of(c, &capital) != 0 && capital);
}

bool kh_letter_is_unicode(int32_t c)
{
	bool capital = false;
	return c >= 0x100 && (code_of(c, &capital) != 0 || c == 0x110 || c == 0x111 || c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323);
}

bool kh_letters_are_unicode(const char *text, size_t n)
{
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += (unsigned char)text[at] < 0xc4 ? 1 : kh_utf8_take(text + at, n - at, &c); /* what is below U+0100 matters not */
		if (kh_letter_is_unicode(c))
			return true;
	}
	return false;
}
