/* One kind of error for the whole house.
 *
 * A function that can fail returns 0 or one of the negative KH_E_* of spec/errors.yaml, and must be looked at. The code says what class of
 * thing went wrong; the detail (one per thread, at most KH_MAX_ERROR_DETAIL bytes) says where: the file, line, field, address. Set both
 * together where the error is found:
 *
 *     return kh_fail(KH_E_SYNTAX, "%s:%d:%d: expected a number", path, line, col);
 *
 * and pass the code up unchanged. The program that reports it prints kh_error_text() and kh_fail_detail(). The format is a plain literal, without macros and
 * without words glued in: it is the key of its Vietnamese (base/i18n.h), which stands in the detail when the thread speaks Vietnamese. Untrusted bytes are made
 * printable. A finding (infected, not found, refused by policy) is not an error. */
#pragma once

#include "base/attr.h"
#include "gen/errors.h" /* enum kh_error, struct kh_error_info, kh_errors[] */

int kh_fail(int code, const char *fmt, ...) KH_PRINTF(2, 3);

/* The same, for a failed system call: adds kh_errno_words(errno) and picks the code by errno (not found, permission, disk full, read-only…). */
int kh_fail_errno(const char *fmt, ...) KH_PRINTF(1, 2);

/* What an errno says, in the language of the thread; the C library's words for the rare ones. */
const char *kh_errno_words(int e);

/* Puts words in front of the detail already set ("importing x.json: …") and returns the code. */
int kh_fail_in(int code, const char *fmt, ...) KH_PRINTF(2, 3);

const char *kh_fail_detail(void); /* "" when none was set */

/* The same as it stands in the source, whatever the thread speaks: what another program reads, and puts into its own reader's language. */
const char *kh_fail_detail_english(void);

const struct kh_error_info *kh_error_info(int code); /* never NULL: unknown codes give KH_E_INTERNAL's */

/* The error whose spec name is given; NULL when there is none. */
const struct kh_error_info *kh_error_named(const char *name);
