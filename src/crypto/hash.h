/* SHA-256 (FIPS 180-4, by nettle) and comparing secrets. */
#pragma once

#include "base/attr.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_SHA256_SIZE 32
#define KH_SHA256_HEX_SIZE 65 /* with the NUL */

void kh_sha256_of(const void *bytes, size_t n, uint8_t ret_hash[KH_SHA256_SIZE]);

/* In pieces; lives in place, nothing to release. After _final it stands as after _init. */
struct kh_sha256 {
	struct sha256_ctx state;
};

void kh_sha256_init(struct kh_sha256 *h);
void kh_sha256_add(struct kh_sha256 *h, const void *bytes, size_t n);
void kh_sha256_final(struct kh_sha256 *h, uint8_t ret_hash[KH_SHA256_SIZE]);

/* What the open file holds from its first byte to its end; the descriptor's own position neither counts nor changes, so it must be one that
 * pread() reads. KH_E_TOO_LARGE when there are more than max_bytes (a file that grows while it is read cannot keep us for ever). */
int kh_sha256_fd(int fd, uint64_t max_bytes, uint8_t ret_hash[KH_SHA256_SIZE]) KH_MUST_USE;

/* Lower-case hex; returns its second argument. */
const char *kh_sha256_hex(const uint8_t hash[KH_SHA256_SIZE], char ret_hex[KH_SHA256_HEX_SIZE]);

/* Equal bytes? Takes the same time wherever they differ. */
bool kh_equal_secret(const void *a, const void *b, size_t n) KH_MUST_USE;

/* The same for texts: the length of `secret` may show, its characters do not. NULL equals nothing. */
bool kh_equal_secret_text(const char *secret, const char *given) KH_MUST_USE;
