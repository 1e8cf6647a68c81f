#include "crypto/hash.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "os/file.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <nettle/memops.h>
#include <string.h>
#include <unistd.h>

void kh_sha256_init(struct kh_sha256 *h)
{
	sha256_init(&h->state);
}

void kh_sha256_add(struct kh_sha256 *h, const void *bytes, size_t n)
{
	sha256_update(&h->state, n, bytes);
}

void kh_sha256_final(struct kh_sha256 *h, uint8_t ret_hash[KH_SHA256_SIZE])
{
	sha256_digest(&h->state, KH_SHA256_SIZE, ret_hash);
}

/* In one go by GnuTLS, which is a tenth faster than nettle by itself, and as fast as OpenSSL. */
void kh_sha256_of(const void *bytes, size_t n, uint8_t ret_hash[KH_SHA256_SIZE])
{
	kh_assert(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, n, ret_hash) == 0);
}

/* `to` -1: nowhere. */
static int hash_on_the_way(int from, int to, uint64_t max_bytes, uint64_t *ret_size, uint8_t ret_hash[KH_SHA256_SIZE])
{
	uint8_t block[64 * 1024];
	struct kh_sha256 h;
	uint64_t at = 0;
	kh_sha256_init(&h);
	for (;;) {
		ssize_t n = pread(from, block, sizeof block, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kh_fail_errno("reading a file to hash it");
		if (n == 0)
			break;
		at += (uint64_t)n;
		if (at > max_bytes)
			return kh_fail(KH_E_TOO_LARGE, "more than %llu bytes to hash", (unsigned long long)max_bytes);
		kh_sha256_add(&h, block, (size_t)n);
		int r = to < 0 ? 0 : kh_file_write_fd(to, kh_words("writing a copy"), block, (size_t)n);
		if (r < 0)
			return r;
	}
	kh_sha256_final(&h, ret_hash);
	*ret_size = at;
	return 0;
}

int kh_sha256_fd(int fd, uint64_t max_bytes, uint8_t ret_hash[KH_SHA256_SIZE])
{
	uint64_t size = 0;
	return hash_on_the_way(fd, -1, max_bytes, &size, ret_hash);
}

int kh_sha256_copy(int from, int to, uint64_t max_bytes, uint64_t *ret_size, uint8_t ret_hash[KH_SHA256_SIZE])
{
	kh_assert(to >= 0);
	return hash_on_the_way(from, to, max_bytes, ret_size, ret_hash);
}

const char *kh_sha256_hex(const uint8_t hash[KH_SHA256_SIZE], char ret_hex[KH_SHA256_HEX_SIZE])
{
	static const char digit[] = "0123456789abcdef";
	for (size_t i = 0; i < KH_SHA256_SIZE; i++) {
		ret_hex[2 * i] = digit[hash[i] >> 4];
		ret_hex[2 * i + 1] = digit[hash[i] & 15];
	}
	ret_hex[2 * KH_SHA256_SIZE] = '\0';
	return ret_hex;
}

/* ---- several at once ---- */

static const struct {
	const char *name;
	size_t size;
	gnutls_digest_algorithm_t digest;
} algorithms_known[KH_HASH_ALGORITHMS] = {
	[KH_HASH_MD5] = {"MD5", 16, GNUTLS_DIG_MD5},
	[KH_HASH_SHA1] = {"SHA-1", 20, GNUTLS_DIG_SHA1},
	[KH_HASH_SHA256] = {"SHA-256", 32, GNUTLS_DIG_SHA256},
};

size_t kh_hash_size(enum kh_hash_algorithm a)
{
	return algorithms_known[a].size;
}

const char *kh_hash_name(enum kh_hash_algorithm a)
{
	return algorithms_known[a].name;
}

/* So much at a time that what the first algorithm has read is still in the processor's cache for the next. */
enum { BLOCK = 16 * 1024 };

void kh_hashes_of(unsigned algorithms, const void *bytes, size_t n, struct kh_hashes *ret)
{
	gnutls_hash_hd_t running[KH_HASH_ALGORITHMS] = {NULL};
	for (enum kh_hash_algorithm a = 0; a < KH_HASH_ALGORITHMS; a++)
		if (algorithms & 1u << a)
			kh_assert(gnutls_hash_init(&running[a], algorithms_known[a].digest) == 0);
	for (size_t at = 0; at < n; at += BLOCK)
		for (enum kh_hash_algorithm a = 0; a < KH_HASH_ALGORITHMS; a++)
			if (running[a])
				kh_assert(gnutls_hash(running[a], (const uint8_t *)bytes + at, KH_MIN(n - at, (size_t)BLOCK)) == 0);
	for (enum kh_hash_algorithm a = 0; a < KH_HASH_ALGORITHMS; a++)
		if (running[a])
			gnutls_hash_deinit(running[a], ret->of[a]);
}

bool kh_equal_secret(const void *a, const void *b, size_t n)
{
	return memeql_sec(a, b, n);
}

bool kh_equal_secret_text(const char *secret, const char *given)
{
	if (!secret || !given)
		return false;
	size_t n = strlen(secret);
	return strlen(given) == n && kh_equal_secret(secret, given, n);
}
