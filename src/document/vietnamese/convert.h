/* Text between Unicode and the charsets of charset.h, both ways.
 *
 * Text in a legacy charset is nearly always met as the text that Windows' Western code page shows for its bytes: the fonts that made it Vietnamese put their letters in the places of Western
 * ones. So "bytes as text" here is UTF-8 in which each byte is the character that CP1252 has for it; the five that it has none for are U+0081, U+008D, U+008F, U+0090, U+009D, and fonts
 * that count as symbols have them at U+F020 to U+F0FF.
 *
 * Sources: TCVN 5712:1993 (VN3, with VN1's combining tones), RFC 1456 (VISCII), Microsoft's code page 1258; VNI and VPS by their makers' fonts. */
#pragma once

#include "base/buf.h"
#include "document/vietnamese/charset.h"

#include <stddef.h>
#include <stdint.h>

void kh_charset_widen(const uint8_t *bytes, size_t n, struct kh_buf *to); /* bytes → bytes as text */

/* Bytes as text → Unicode, composed; characters that are no byte, and those that the charset has no other meaning for, stay. Of TCVN3 a capital with the small letter that bears its tone
 * behind it ("A¸") is one letter, as converters write it. KH_CHARSET_UNICODE and KH_CHARSET_CP1252: as it is. */
void kh_charset_decode(enum kh_charset c, const char *text, size_t n, struct kh_buf *to);

/* The same as characters, not ended by 0. `ret` has room for n of them, which is the bytes of the text: none is made of less than a byte. That is the only limit: a caller that has less room gives
 * a piece of the text. Returns how many there are. */
size_t kh_charset_decode_word(enum kh_charset c, const char *text, size_t n, int32_t *ret);

/* Unicode, composed → bytes; '?' for what the charset lacks. Of TCVN3 a capital with a tone is two bytes, as above: a text for fonts of capitals is to be made small before. */
void kh_charset_encode(enum kh_charset c, const char *text, size_t n, struct kh_buf *to);

/* The byte that stands for the character in bytes as text; -1: none. */
int kh_charset_byte_of(int32_t character);
