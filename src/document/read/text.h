/* Plain text: UTF-8 and UTF-16 with and without a byte order mark, or bytes of a charset that the builder guesses. A line ends with "\n", "\r\n", "\r" or a form feed. Blanks in fours and
 * more, by which columns are set, become a tab. */
#pragma once

#include "document/read/reading.h"

extern const struct kh_reader kh_text_reader;

enum kh_text_kind { KH_TEXT_NONE /* no text */, KH_TEXT_UTF8, KH_TEXT_UTF16LE, KH_TEXT_UTF16BE, KH_TEXT_BYTES };

/* Decided by the first KH_TEXT_MAX_LOOK bytes. *ret_mark: bytes of the byte order mark. */
enum kh_text_kind kh_text_kind_of(const uint8_t *bytes, size_t n, size_t *ret_mark);
#define KH_TEXT_MAX_LOOK (64 * KH_KIB)

/* As a mail's part or a page on the web names it ("utf-8", "windows-1258"); KH_TEXT_BYTES: not known here, or one of those that are written whatever the text is in.
 * *ret_charset: KH_CHARSET_CP1252: to be guessed. */
enum kh_text_kind kh_text_kind_named(const char *name, enum kh_charset *ret_charset);

/* Bytes → UTF-8, appended; those of KH_TEXT_BYTES by the charset. Returns what was used: all but the rest of a character that is cut in two. */
size_t kh_text_convert(enum kh_text_kind kind, enum kh_charset charset, const uint8_t *bytes, size_t n, struct kh_buf *to);

/* The lines of a text; `charset` of KH_TEXT_BYTES as above. */
void kh_text_read(struct kh_reading *r, enum kh_text_kind kind, enum kh_charset charset, const uint8_t *bytes, size_t n, const struct kh_line_look *look);
