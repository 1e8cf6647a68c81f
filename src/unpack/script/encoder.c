#include "unpack/script/encoder.h"

#include "unpack/mail/transfer.h"

#include <string.h>

/* Each character has three codes, and which is meant goes by its place among 64. What a code stands for, from 0x20 on; TAB has one, '<' '>' '@' are escaped. */
static const char meanings[3][97] = {
	".GzVBj/&IA42[vrC89pEhqO\011bD#u<~>^\xff" "wJa]\"KoN;LPg*}tT+-,0nkf5%!dMRc?{x)(sY3\177mUS|:_eFX1ilZH'\\=$y7`Q 6",
	"20!)[83=X:5e9\\VsfNEkbYx^}Jmq<`>S\xff" "B'Hru17MR\"TjGd- \177.L]~loytC&v%$+(#A4\011*D?w;UiacPgQIOFh|6pnz/_KZ,W",
	"-uR`q^I\\b})6 |z\177kc3+hQfv1dTC<:>~\xff" "E,*t'7DyY/o&rj9{?8wgSG4x]0#Z[lHUpi.L!$NP\011Vs5aKX;W\"mM%(FJ2A=_OBe",
};
static const char places[65] = "0210212112120121012100211201211200121210100210120121002110021012";
static const uint8_t tabs[3] = {'W', '{', 'n'}; /* what TAB as a code stands for */

static uint8_t meaning_of(uint8_t code, unsigned place)
{
	int table = places[place % 64] - '0';
	return code == '\t' ? tabs[table] : code >= 0x20 && code < 0x80 ? (uint8_t)meanings[table][code - 0x20] : code;
}

/* Behind '@'; 0: none of these. */
static uint8_t unescape(uint8_t c)
{
	static const char from[] = "!*$#&", to[] = "<>@\r\n";
	const char *at = c ? strchr(from, c) : NULL;
	return at ? (uint8_t)to[at - from] : 0;
}

/* Six digits of base64 are four bytes, the lowest first. */
static uint32_t length_of(const uint8_t *p)
{
	uint64_t bits = 0;
	for (int i = 0; i < 6; i++)
		bits = bits << 6 | (kh_base64_values[p[i]] & 63);
	return __builtin_bswap32((uint32_t)(bits >> 4));
}

enum kh_decoded kh_script_decode(struct kh_members *m, const uint8_t *bytes, size_t n, size_t *ret_used)
{
	enum { HEAD = 12 /* "#@~^DgAAAA==" */ };
	if (n < HEAD || memcmp(bytes, "#@~^", 4) != 0 || memcmp(bytes + 10, "==", 2) != 0)
		return KH_DECODED_WHOLE;
	size_t end = HEAD + KH_MIN((size_t)length_of(bytes + 4), n - HEAD), i = HEAD;
	struct kh_pieces o;
	kh_pieces_init(&o, m);
	for (unsigned place = 0; i < end && !o.full; i++) {
		uint8_t escaped = bytes[i] == '@' && i + 1 < end ? unescape(bytes[i + 1]) : 0;
		kh_pieces_put(&o, escaped ? escaped : meaning_of(bytes[i], place));
		place += bytes[i] < 0x80;
		i += escaped != 0;
	}
	*ret_used = i;
	return kh_pieces_finish(&o, true);
}
