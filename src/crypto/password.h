/* People's passwords: hashing (argon2id by libsodium), the rule they must meet, and the first one.
 *
 * A password is taken in NFC, so that "mật khẩu" typed on macOS (decomposed) opens what was set on Windows (composed). Passwords are never
 * stored, logged or put into an error's detail. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

#define KH_PASSWORD_MAX_BYTES 1024 /* longer ones are refused, so that nobody makes us hash megabytes */

/* "$argon2id$v=19$m=65536,t=2,p=1$…" in new memory: libsodium's interactive limits, 64 MiB of memory and about 60 ms of one core. Run it
 * outside of an HTTP thread. KH_E_TOO_LARGE past KH_PASSWORD_MAX_BYTES, KH_E_ENCODING when it is not UTF-8. */
int kh_password_hash(const char *password, char **ret_hash) KH_MUST_USE;

/* Does the password belong to the hash? A hash of NULL (no such user) takes as long and says no, so that the time of the answer does not
 * tell which users exist. A password that cannot be one (too long, not UTF-8) says no; a hash that is none is KH_E_CRYPTO. */
int kh_password_verify(const char *hash, const char *password, bool *ret_match) KH_MUST_USE;

/* True when the hash was made with other costs than kh_password_hash() uses now: hash again at the next login. */
bool kh_password_needs_rehash(const char *hash);

/* What a password must be. Classes are lower case, upper case, digits, everything else (a Vietnamese letter with a mark counts by its case). */
struct kh_password_policy {
	size_t min_length; /* in characters, not bytes */
	int min_classes;   /* 0…4 */
};

/* 12 characters out of three classes: stricter in length than the "8 with all four classes" of the dispatches, whose form is {8, 4}. */
#define KH_PASSWORD_POLICY_DEFAULT {.min_length = 12, .min_classes = 3}

/* 0, or KH_E_WEAK_PASSWORD whose detail says which rule is broken. Besides the policy: not the user's own name with trimmings, and not one
 * of the words everybody tries ("password", "matkhau", "qwerty", "123456"…) with trimmings. user_name may be NULL. */
int kh_password_check(const struct kh_password_policy *policy, const char *user_name, const char *password) KH_MUST_USE;

/* For the first administrator: five groups of four ("k7Mw-x9Rt-…"), about 110 bits, no characters that look alike (0O o, 1lI…); meets every
 * policy up to 24 characters and four classes. Freed by the caller. */
char *kh_password_generate(void) KH_MUST_USE;
