/* How often a key failed lately: fixed memory for any number of keys, for logging in (login.h). Used by many threads.
 *
 * A key is any text; the table is keyed with a secret, so that nobody can choose keys that push each other out. When its places are full, the key
 * that failed longest ago is forgotten. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

#define KH_LOGIN_MEMORY_KEYS 8192 /* 320 KiB: more names than an attacker can try in the time that one address has before it is held back */

struct kh_login_memory;
struct kh_login_memory *kh_login_memory_new(void) KH_MUST_USE;
void kh_login_memory_free(struct kh_login_memory *m);

struct kh_login_failures {
	int64_t failed, locked_until_s;
};

/* What is known of a key; zeros when nothing is, or when its last failure is more than forget_s ago. */
struct kh_login_failures kh_login_memory_get(struct kh_login_memory *m, const char *key, int64_t now_s, int64_t forget_s);
void kh_login_memory_set(struct kh_login_memory *m, const char *key, struct kh_login_failures failures, int64_t now_s);
