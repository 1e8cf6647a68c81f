#include "document/vietnamese/convert.h"

#include "base/utf8.h"
#include "document/vietnamese/letters.h"

#include <string.h>
#include <uchar.h>

/* ---- tables: 0x80 to 0xFF, 16 a row; '.' is what CP1252 has ---- */

static const char16_t cp1252[] = u"€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/* The other way, by place_of(): no two of them share a place. */
static const uint8_t cp1252_bytes[256] = {
	[0x8c] = 0x80, [0x3a] = 0x82, [0x93] = 0x83, [0x3e] = 0x84, [0x06] = 0x85, [0x00] = 0x86, [0x01] = 0x87, [0xc4] = 0x88, [0x10] = 0x89, [0x61] = 0x8a, [0x19] = 0x8b, [0x53] = 0x8c, [0x7c] = 0x8e, [0x38] = 0x91,
	[0x39] = 0x92, [0x3c] = 0x93, [0x3d] = 0x94, [0x02] = 0x95, [0x33] = 0x96, [0x34] = 0x97, [0xde] = 0x98, [0x03] = 0x99, [0x60] = 0x9a, [0x1a] = 0x9b, [0x52] = 0x9c, [0x7f] = 0x9e, [0x79] = 0x9f,
};

static uint8_t place_of(int32_t c)
{
	return (uint8_t)(c ^ c >> 8);
}

static const char16_t tcvn3[] =
	u"................" u"................"
	u".ĂÂÊÔƠƯĐăâêôơưđ." u"\u0300\u0309\u0303\u0301\u0323àảãáạ.ằẳẵắ."
	u"......ặầẩẫấậè.ẻẽ" u"éẹềểễếệìỉ...ĩíịò"
	u".ỏõóọồổỗốộờởỡớợù" u".ủũúụừửữứựỳỷỹýỵ.";
static const char16_t viscii[] =
	u"ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ" u"ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
	u"Õắằặấầẩậẽẹếềểễệố" u"ồổỗỠƠộờởịỰỨỪỬơớƯ"
	u"ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ" u"ĐứÒÓÔạỷừửÙÚỹỵÝỡư"
	u"àáâãảăữẫèéêẻìíĩỉ" u"đựòóôõỏọụùúũủýợỮ";
static const char16_t vps[] =
	u"ÀẢÃẤẦẨọỗĂếềểệẮẰẲ" u"Ế..ỀỂỄỐỒỔỖýỷỵỚỜỞ"
	u".ắằẳẵặỠớÙờởỡŨỨợỪ" u"ổỬỲỸÍÌộỈĨÓửữÒỎÕự"
	u"ầÁÂấẩẫậđẻÉÊẹỉễịỹ" u"ƯỦồốÔỏơÈừứÚũưÝẺ."
	u"àáâãảạă.èéêẽìí.ĩ" u"ẴĐòóôõ.Ơụùúủ.ỶẼỳ";
static const char16_t cp1258[] =
	u"................" u"................"
	u"................" u"................"
	u"...Ă........\u0300..." u"Đ.\u0309..Ơ.......Ư\u0303."
	u"...ă........\u0301..." u"đ.\u0323..ơ.......ư₫.";

/* Below 0x20: byte and letter. */
static const char16_t viscii_low[] = u"\x02Ẳ\x05Ẵ\x06Ẫ\x14Ỷ\x19Ỹ\x1eỴ";
static const char16_t vps_low[] = u"\x02Ạ\x03Ậ\x04Ặ\x05Ẹ\x06Ệ\x10Ị\x11Ọ\x12Ộ\x13Ợ\x14Ụ\x15Ự\x19Ỵ\x1cẪ\x1dỮ";

/* VNI: a letter of its own, or a mark behind the vowel that it belongs to, small and capital in one. */
static const char16_t vni_letters[] = u"ííììæỉóĩòịîỵñđôơöưÍÍÌÌÆỈÓĨÒỊÎỴÑĐÔƠÖƯ";
enum shape { PLAIN, CIRCUMFLEX, BREVE };
static const struct {
	uint8_t mark; /* small */
	uint8_t shape, tone;
} vni_marks[] = {
	{0xf9, PLAIN, KH_TONE_ACUTE},     {0xf8, PLAIN, KH_TONE_GRAVE},      {0xfb, PLAIN, KH_TONE_HOOK},       {0xf5, PLAIN, KH_TONE_TILDE},      {0xef, PLAIN, KH_TONE_DOT},
	{0xe2, CIRCUMFLEX, KH_TONE_NONE}, {0xe1, CIRCUMFLEX, KH_TONE_ACUTE}, {0xe0, CIRCUMFLEX, KH_TONE_GRAVE}, {0xe5, CIRCUMFLEX, KH_TONE_HOOK},  {0xe3, CIRCUMFLEX, KH_TONE_TILDE},
	{0xe4, CIRCUMFLEX, KH_TONE_DOT},  {0xea, BREVE, KH_TONE_NONE},       {0xe9, BREVE, KH_TONE_ACUTE},      {0xe8, BREVE, KH_TONE_GRAVE},      {0xfa, BREVE, KH_TONE_HOOK},
	{0xfc, BREVE, KH_TONE_TILDE},     {0xeb, BREVE, KH_TONE_DOT},
};

/* ---- bytes as text ---- */

int kh_charset_byte_of(int32_t c)
{
	if (c < 0x100)
		return c;
	if (c >= 0xf020 && c <= 0xf0ff)
		return c - 0xf000;
	int byte = cp1252_bytes[place_of(c)];
	return byte && cp1252[byte - 0x80] == c ? byte : -1;
}

static int32_t shown(uint8_t byte)
{
	return byte >= 0x80 && byte < 0xa0 ? cp1252[byte - 0x80] : byte;
}

void kh_charset_widen(const uint8_t *bytes, size_t n, struct kh_buf *to)
{
	enum { PIECE = 4096, LONGEST = 3 };
	for (size_t i = 0; i < n;) {
		size_t end = KH_MIN(n, i + PIECE);
		char *begin = kh_buf_reserve(to, (end - i) * LONGEST), *at = begin;
		if (!begin)
			return;
		for (; i < end; i++)
			at = kh_utf8_put(at, shown(bytes[i]));
		*at = '\0';
		to->len += (size_t)(at - begin);
	}
}

/* ---- to Unicode ---- */

struct out {
	int32_t *v;
	size_t n;
};

static void put(struct out *o, int32_t c)
{
	o->v[o->n++] = c;
}

static bool last_letter(const struct out *o, struct kh_letter *ret)
{
	return o->n > 0 && kh_letter_of(o->v[o->n - 1], ret);
}

/* The tone upon the letter before it; false: that is no vowel, or has one. */
static bool put_tone(struct out *o, enum kh_tone tone)
{
	struct kh_letter l;
	if (!last_letter(o, &l) || l.tone != KH_TONE_NONE)
		return false;
	l.tone = tone;
	o->v[o->n - 1] = kh_letter_character(&l);
	return true;
}

static enum kh_tone tone_of_combining(int32_t c)
{
	return c == 0x300 ? KH_TONE_GRAVE : c == 0x309 ? KH_TONE_HOOK : c == 0x303 ? KH_TONE_TILDE : c == 0x301 ? KH_TONE_ACUTE : c == 0x323 ? KH_TONE_DOT : KH_TONE_NONE;
}

static void put_or_combine(struct out *o, int32_t c)
{
	enum kh_tone tone = tone_of_combining(c);
	if (tone == KH_TONE_NONE || !put_tone(o, tone))
		put(o, c);
}

static int32_t low_letter(const char16_t *low, int byte)
{
	for (; *low; low += 2)
		if (low[0] == byte)
			return low[1];
	return 0;
}

static int32_t by_table(const char16_t *table, const char16_t *low, int byte)
{
	if (byte >= 0x80 && table[byte - 0x80] != '.')
		return table[byte - 0x80];
	return byte < 0x20 && low ? low_letter(low, byte) : 0;
}

static void decode_viscii(struct out *o, int byte, int32_t c)
{
	int32_t letter = by_table(viscii, viscii_low, byte);
	put(o, letter ? letter : c);
}

static void decode_vps(struct out *o, int byte, int32_t c)
{
	int32_t letter = by_table(vps, vps_low, byte);
	put(o, letter ? letter : c);
}

static void decode_cp1258(struct out *o, int byte, int32_t c)
{
	int32_t letter = by_table(cp1258, NULL, byte);
	put_or_combine(o, letter ? letter : c);
}

static void decode_tcvn3(struct out *o, int byte, int32_t c)
{
	int32_t letter = by_table(tcvn3, NULL, byte);
	struct kh_letter small, before;
	bool doubled = letter && last_letter(o, &before) && before.capital && before.tone == KH_TONE_NONE && kh_letter_of(letter, &small) && small.tone != KH_TONE_NONE &&
		       before.vowel == small.vowel;
	if (doubled)
		kh_ignore(put_tone(o, small.tone));
	else
		put_or_combine(o, letter ? letter : c);
}

static bool put_vni_mark(struct out *o, uint8_t mark)
{
	struct kh_letter l;
	if (!last_letter(o, &l) || l.tone != KH_TONE_NONE)
		return false;
	for (size_t i = 0; i < KH_COUNT(vni_marks); i++) {
		if (vni_marks[i].mark != mark)
			continue;
		enum shape shape = vni_marks[i].shape;
		bool fits = shape == PLAIN || (shape == CIRCUMFLEX && (l.vowel == KH_VOWEL_A || l.vowel == KH_VOWEL_E || l.vowel == KH_VOWEL_O)) || (shape == BREVE && l.vowel == KH_VOWEL_A);
		if (!fits)
			return false;
		l.vowel += shape == BREVE ? KH_VOWEL_AW - KH_VOWEL_A : shape == CIRCUMFLEX ? (l.vowel == KH_VOWEL_A ? KH_VOWEL_AA - KH_VOWEL_A : 1) : 0;
		l.tone = vni_marks[i].tone;
		o->v[o->n - 1] = kh_letter_character(&l);
		return true;
	}
	return false;
}

static void decode_vni(struct out *o, int byte, int32_t c)
{
	int32_t letter = byte >= 0xc0 ? low_letter(vni_letters, byte) : 0;
	if (letter)
		put(o, letter);
	else if (byte < 0xc0 || !put_vni_mark(o, (uint8_t)(byte | 0x20)))
		put(o, c);
}

static void (*const decoders[KH_CHARSETS])(struct out *o, int byte, int32_t c) = {
	[KH_CHARSET_TCVN3] = decode_tcvn3, [KH_CHARSET_VNI] = decode_vni, [KH_CHARSET_VPS] = decode_vps, [KH_CHARSET_VISCII] = decode_viscii, [KH_CHARSET_CP1258] = decode_cp1258,
};

static void put_decoded(enum kh_charset charset, int32_t c, struct out *o)
{
	int byte = c >= 0x20 && c < 0x80 ? 0 : kh_charset_byte_of(c);
	if (byte > 0)
		decoders[charset](o, byte, c);
	else if (c)
		put(o, c);
}

size_t kh_charset_decode_word(enum kh_charset charset, const char *text, size_t n, int32_t *ret)
{
	struct out o = {ret, 0};
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += kh_utf8_take(text + at, n - at, &c);
		if (decoders[charset])
			put_decoded(charset, c, &o);
		else
			put(&o, c);
	}
	return o.n;
}

static void add_characters(struct kh_buf *to, const int32_t *v, size_t n)
{
	char *begin = kh_buf_reserve(to, n * KH_UTF8_LONGEST), *at = begin;
	if (!begin)
		return;
	for (size_t i = 0; i < n; i++)
		at = kh_utf8_put(at, v[i]);
	*at = '\0';
	to->len += (size_t)(at - begin);
}

/* The last letter waits for its marks. */
void kh_charset_decode(enum kh_charset charset, const char *text, size_t n, struct kh_buf *to)
{
	enum { PIECE = 512 };
	int32_t room[PIECE] = {0};
	struct out o = {room, 0};
	if (!decoders[charset]) {
		kh_buf_add(to, text, n);
		return;
	}
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += kh_utf8_take(text + at, n - at, &c);
		put_decoded(charset, c, &o);
		if (o.n == PIECE) {
			add_characters(to, room, PIECE - 1);
			room[0] = room[PIECE - 1];
			o.n = 1;
		}
	}
	add_characters(to, room, o.n);
}

/* ---- from Unicode ---- */

static int find(const char16_t *table, const char16_t *low, int32_t c)
{
	if (c < 0x80)
		return c;
	for (int i = 0; i < 128; i++)
		if (table[i] == c)
			return 0x80 + i;
	for (; low && *low; low += 2)
		if (low[1] == c)
			return low[0];
	return -1;
}

/* What the charset has as CP1252 does. */
static int find_shown(const char16_t *table, int32_t c)
{
	int byte = kh_charset_byte_of(c);
	return byte >= 0x80 && c < 0xf000 && table[byte - 0x80] == '.' ? byte : -1;
}

static int encode_one(const char16_t *table, const char16_t *low, int32_t c)
{
	int byte = find(table, low, c);
	return byte >= 0 ? byte : find_shown(table, c);
}

static void add_byte(struct kh_buf *to, int byte)
{
	kh_buf_addc(to, (char)(byte >= 0 ? byte : '?'));
}

static void encode_viscii(struct kh_buf *to, int32_t c)
{
	add_byte(to, encode_one(viscii, viscii_low, c));
}

static void encode_vps(struct kh_buf *to, int32_t c)
{
	add_byte(to, encode_one(vps, vps_low, c));
}

/* The letter without its tone, then what says the tone. */
static void encode_tcvn3(struct kh_buf *to, int32_t c)
{
	struct kh_letter l;
	if (kh_letter_of(c, &l) && l.capital && l.tone != KH_TONE_NONE) {
		struct kh_letter base = {l.vowel, KH_TONE_NONE, true};
		add_byte(to, encode_one(tcvn3, NULL, kh_letter_character(&base)));
		l.capital = false;
		c = kh_letter_character(&l);
	}
	add_byte(to, encode_one(tcvn3, NULL, c));
}

static void encode_cp1258(struct kh_buf *to, int32_t c)
{
	static const char16_t combining[KH_TONES] = {0, 0x300, 0x309, 0x303, 0x301, 0x323};
	struct kh_letter l;
	if (!kh_letter_of(c, &l) || l.tone == KH_TONE_NONE) {
		add_byte(to, encode_one(cp1258, NULL, c));
		return;
	}
	enum kh_tone tone = l.tone;
	l.tone = KH_TONE_NONE;
	add_byte(to, encode_one(cp1258, NULL, kh_letter_character(&l)));
	add_byte(to, find(cp1258, NULL, combining[tone]));
}

static int find_vni_letter(int32_t c)
{
	for (const char16_t *p = vni_letters; *p; p += 2)
		if (p[1] == c)
			return p[0];
	return -1;
}

static void encode_vni(struct kh_buf *to, int32_t c)
{
	struct kh_letter l;
	int byte = find_vni_letter(c);
	if (byte >= 0 || !kh_letter_of(c, &l) || c < 0x80) {
		add_byte(to, byte >= 0 ? byte : c < 0x80 ? c : c < 0xc0 || c > 0xff ? kh_charset_byte_of(c) : -1);
		return;
	}
	enum shape shape = l.vowel == KH_VOWEL_AW ? BREVE : l.vowel == KH_VOWEL_AA || l.vowel == KH_VOWEL_EE || l.vowel == KH_VOWEL_OO ? CIRCUMFLEX : PLAIN;
	struct kh_letter base = {l.vowel == KH_VOWEL_AW || l.vowel == KH_VOWEL_AA ? KH_VOWEL_A : shape == CIRCUMFLEX ? l.vowel - 1 : l.vowel, KH_TONE_NONE, l.capital};
	encode_vni(to, kh_letter_character(&base));
	for (size_t i = 0; i < KH_COUNT(vni_marks); i++)
		if (vni_marks[i].shape == shape && vni_marks[i].tone == l.tone)
			add_byte(to, l.capital ? vni_marks[i].mark & ~0x20 : vni_marks[i].mark);
}

static void encode_cp1252(struct kh_buf *to, int32_t c)
{
	add_byte(to, c < 0xf000 ? kh_charset_byte_of(c) : -1);
}

static void (*const encoders[KH_CHARSETS])(struct kh_buf *to, int32_t c) = {
	[KH_CHARSET_UNICODE] = kh_utf8_add, [KH_CHARSET_TCVN3] = encode_tcvn3, [KH_CHARSET_VNI] = encode_vni, [KH_CHARSET_VPS] = encode_vps,
	[KH_CHARSET_VISCII] = encode_viscii,  [KH_CHARSET_CP1258] = encode_cp1258, [KH_CHARSET_CP1252] = encode_cp1252,
};

void kh_charset_encode(enum kh_charset charset, const char *text, size_t n, struct kh_buf *to)
{
	for (size_t at = 0; at < n;) {
		int32_t c = 0;
		at += kh_utf8_take(text + at, n - at, &c);
		encoders[charset](to, c);
	}
}
