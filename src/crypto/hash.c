#include "crypto/hash.h"

#include "base/error.h"

#include <errno.h>
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

void kh_sha256_of(const void *bytes, size_t n, uint8_t ret_hash[KH_SHA256_SIZE])
{
	struct kh_sha256 h;
	kh_sha256_init(&h);
	kh_sha256_add(&h, bytes, n);
	kh_sha256_final(&h, ret_hash);
}

int kh_sha256_fd(int fd, uint64_t max_bytes, uint8_t ret_hash[KH_SHA256_SIZE])
{
	uint8_t block[64 * 1024];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	for (uint64_t at = 0;;) {
		ssize_t n = pread(fd, block, sizeof block, (off_t)at);
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
	}
	kh_sha256_final(&h, ret_hash);
	return 0;
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
