/* SHA-256 (FIPS 180-4, by nettle), several hashes of one content at once, and comparing secrets. */
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

/* The same while all of it is written to another descriptor: the hash is of the copy, whatever happens to the first meanwhile. Some of it may be there after an error. */
int kh_sha256_copy(int from, int to, uint64_t max_bytes, uint64_t *ret_size, uint8_t ret_hash[KH_SHA256_SIZE]) KH_MUST_USE;

/* Lower-case hex; returns its second argument. */
const char *kh_sha256_hex(const uint8_t hash[KH_SHA256_SIZE], char ret_hex[KH_SHA256_HEX_SIZE]);

/* MD5 and SHA-1 are here because the lists of known files are made of them. */
enum kh_hash_algorithm { KH_HASH_MD5, KH_HASH_SHA1, KH_HASH_SHA256, KH_HASH_ALGORITHMS };
#define KH_HASH_MAX_SIZE 32
size_t kh_hash_size(enum kh_hash_algorithm a) KH_PURE; /* bytes: 16, 20, 32 */
const char *kh_hash_name(enum kh_hash_algorithm a);    /* "MD5", "SHA-1", "SHA-256" */

/* Hashes of the bytes by each of the algorithms (bits 1 << KH_HASH_…), reading them once. The others of ret are left as they are. */
struct kh_hashes {
	uint8_t of[KH_HASH_ALGORITHMS][KH_HASH_MAX_SIZE];
};
void kh_hashes_of(unsigned algorithms, const void *bytes, size_t n, struct kh_hashes *ret);

/* Equal bytes? Takes the same time wherever they differ. */
bool kh_equal_secret(const void *a, const void *b, size_t n) KH_MUST_USE;

/* The same for texts: the length of `secret` may show, its characters do not. NULL equals nothing. */
bool kh_equal_secret_text(const char *secret, const char *given) KH_MUST_USE;
