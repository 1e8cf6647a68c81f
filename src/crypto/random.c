#include "crypto/random.h"

#include "base/alloc.h"
#include "crypto/base64.h"

#include <sodium.h>
#include <stdio.h>

void kh_random_bytes(void *ret_bytes, size_t n)
{
	kh_assert(sodium_init() >= 0);
	randombytes_buf(ret_bytes, n);
}

uint32_t kh_random_below(uint32_t below)
{
	kh_assert(sodium_init() >= 0);
	return randombytes_uniform(below);
}

const char *kh_random_uuid(char ret_text[KH_UUID_SIZE])
{
	uint8_t b[16];
	kh_random_bytes(b, sizeof b);
	b[6] = (uint8_t)(b[6] & 0x0f) | 0x40;
	b[8] = (uint8_t)(b[8] & 0x3f) | 0x80;
	snprintf(ret_text, KH_UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6],
		 b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return ret_text;
}

const char *kh_random_secret(char ret_text[KH_SECRET_SIZE])
{
	uint8_t b[32];
	_Static_assert(KH_BASE64URL_LEN(sizeof b) + 1 == KH_SECRET_SIZE, "the secret's text fits");
	kh_random_bytes(b, sizeof b);
	return kh_base64url(b, sizeof b, ret_text);
}
