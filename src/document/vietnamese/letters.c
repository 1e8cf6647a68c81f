#include "document/vietnamese/letters.h"

#include "base/utf8.h"

#include <uchar.h>

/* By vowel: the tones in order, small and capital. */
static const char16_t letters[KH_VOWELS][2 * KH_TONES + 1] = {
	u"aàảãáạAÀẢÃÁẠ", u"ăằẳẵắặĂẰẲẴẮẶ", u"âầẩẫấậÂẦẨẪẤẬ", u"eèẻẽéẹEÈẺẼÉẸ", u"êềểễếệÊỀỂỄẾỆ", u"iìỉĩíịIÌỈĨÍỊ",
	u"oòỏõóọOÒỎÕÓỌ", u"ôồổỗốộÔỒỔỖỐỘ", u"ơờởỡớợƠỜỞỠỚỢ", u"uùủũúụUÙỦŨÚỤ", u"ưừửữứựƯỪỬỮỨỰ", u"yỳỷỹýỵYỲỶỸÝỴ",
};

/* The other way: vowel * KH_TONES + tone + 1 for the small letter; 0: none. U+1EA0 … are pairs of capital and small letter. */
#define L(vowel, tone) (KH_VOWEL_##vowel * KH_TONES + KH_TONE_##tone + 1)
#define BOTH(capital, small, code) [capital] = (code) | KH_LETTER_CAPITAL, [small] = (code)
const uint8_t kh_letter_codes[KH_LETTER_CODES] = {
	BOTH('A', 'a', L(A, NONE)), BOTH('E', 'e', L(E, NONE)), BOTH('I', 'i', L(I, NONE)), BOTH('O', 'o', L(O, NONE)), BOTH('U', 'u', L(U, NONE)), BOTH('Y', 'y', L(Y, NONE)),
	BOTH(0xc0, 0xe0, L(A, GRAVE)), BOTH(0xc1, 0xe1, L(A, ACUTE)), BOTH(0xc2, 0xe2, L(AA, NONE)), BOTH(0xc3, 0xe3, L(A, TILDE)), BOTH(0xc8, 0xe8, L(E, GRAVE)), BOTH(0xc9, 0xe9, L(E, ACUTE)),
	BOTH(0xca, 0xea, L(EE, NONE)), BOTH(0xcc, 0xec, L(I, GRAVE)), BOTH(0xcd, 0xed, L(I, ACUTE)), BOTH(0xd2, 0xf2, L(O, GRAVE)), BOTH(0xd3, 0xf3, L(O, ACUTE)), BOTH(0xd4, 0xf4, L(OO, NONE)),
	BOTH(0xd5, 0xf5, L(O, TILDE)), BOTH(0xd9, 0xf9, L(U, GRAVE)), BOTH(0xda, 0xfa, L(U, ACUTE)), BOTH(0xdd, 0xfd, L(Y, ACUTE)), BOTH(0x102, 0x103, L(AW, NONE)), BOTH(0x128, 0x129, L(I, TILDE)),
	BOTH(0x168, 0x169, L(U, TILDE)), BOTH(0x1a0, 0x1a1, L(OW, NONE)), BOTH(0x1af, 0x1b0, L(UW, NONE)),
};
const uint8_t kh_letter_pairs[KH_LETTER_PAIRS] = { /* of U+1EA0 … */
	L(A, DOT), L(A, HOOK), L(AA, ACUTE), L(AA, GRAVE), L(AA, HOOK), L(AA, TILDE), L(AA, DOT), L(AW, ACUTE), L(AW, GRAVE), L(AW, HOOK), L(AW, TILDE), L(AW, DOT),
	L(E, DOT), L(E, HOOK), L(E, TILDE), L(EE, ACUTE), L(EE, GRAVE), L(EE, HOOK), L(EE, TILDE), L(EE, DOT), L(I, HOOK), L(I, DOT),
	L(O, DOT), L(O, HOOK), L(OO, ACUTE), L(OO, GRAVE), L(OO, HOOK), L(OO, TILDE), L(OO, DOT), L(OW, ACUTE), L(OW, GRAVE), L(OW, HOOK), L(OW, TILDE), L(OW, DOT),
	L(U, DOT), L(U, HOOK), L(UW, ACUTE), L(UW, GRAVE), L(UW, HOOK), L(UW, TILDE), L(UW, DOT), L(Y, GRAVE), L(Y, DOT), L(Y, HOOK), L(Y, TILDE),
};

int32_t kh_letter_character(const struct kh_letter *l)
{
	return letters[l->vowel][l->tone + (l->capital ? KH_TONES : 0)];
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
