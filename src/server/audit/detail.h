/* Details of the audit log in words: stored as the words and what goes into their places, and said in the language of whoever reads.
 *
 *     stored  ["%s, from %s","may-01","10.0.0.7"]         a JSON array: English words of spec/i18n/details.vi.yaml, then a text for each %s
 *     said    may-01, từ 10.0.0.7
 *
 * A detail that holds no words (names, numbers, codes, what somebody wrote) is stored and said as it is. */
#pragma once

#include "base/attr.h"

#define KH_AUDIT_MAX_VALUES 4
#define KH_AUDIT_MAX_VALUE 220 /* bytes; longer ones are cut at a character */

/* For kh_audit.detail: words, then the text for each of their places, then NULL. New text. */
char *kh_audit_words(const char *words, ...) __attribute__((sentinel)) KH_MUST_USE;

/* What is stored, in the language of the thread. New text. */
char *kh_audit_say(const char *stored) KH_MUST_USE;
