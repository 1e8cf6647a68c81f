/* Comma-separated values, RFC 4180. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "sheet/sheet.h"

#include <stddef.h>

/* Reads UTF-8 (with or without a byte order mark) or UTF-16 with one; the separator is the one of , ; and tab that stands most often in the first line (or as "sep=;"
 * says). Lines end with CRLF, LF or CR. A quote inside a cell without quotes is a quote. KH_E_ENCODING, KH_E_TOO_LARGE. */
int kh_csv_parse(const void *bytes, size_t n, struct kh_sheet *ret) KH_MUST_USE;

/* Writing: kh_csv_begin(), then cells with kh_csv_add() and kh_csv_end_row() behind each row. A text that a program for tables would take for a formula (it begins with
 * = + - @, a tab or a line end) gets a ' in front; plain numbers do not. kh_csv_unescape() takes that off again. */
void kh_csv_begin(struct kh_buf *out); /* the byte order mark: without it Excel takes the file for another code page */
void kh_csv_add(struct kh_buf *out, const char *text);
void kh_csv_end_row(struct kh_buf *out);
const char *kh_csv_unescape(const char *text);
