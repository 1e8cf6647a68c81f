#include "crypto/sign.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "os/file.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_WORD "khien-ed25519 "
#define PUBLIC_WORD "khien-ed25519-public "
enum { SEED = crypto_sign_SEEDBYTES, FILE_SIZE = sizeof FILE_WORD - 1 + KH_BASE64URL_LEN(SEED) + 1 };

_Static_assert(KH_SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES && KH_SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES &&
		       KH_SIGNATURE_SIZE == crypto_sign_BYTES,
	       "sizes of Ed25519");

void kh_sign_key_create(struct kh_sign_key *ret)
{
	kh_assert(sodium_init() >= 0);
	crypto_sign_keypair(ret->public, ret->secret);
}

void kh_sign_key_done(struct kh_sign_key *key)
{
	sodium_memzero(key, sizeof *key);
}

void kh_sign(const struct kh_sign_key *key, const void *bytes, size_t n, uint8_t ret_signature[KH_SIGNATURE_SIZE])
{
	crypto_sign_detached(ret_signature, NULL, bytes, n, key->secret);
}

bool kh_sign_verify(const uint8_t public_key[KH_SIGN_PUBLIC_SIZE], const void *bytes, size_t n, const uint8_t signature[KH_SIGNATURE_SIZE])
{
	return crypto_sign_verify_detached(signature, bytes, n, public_key) == 0;
}

int kh_sign_key_save(const struct kh_sign_key *key, const char *path)
{
	uint8_t seed[SEED];
	char text[KH_BASE64URL_LEN(SEED) + 1], line[FILE_SIZE + 1];
	crypto_sign_ed25519_sk_to_seed(seed, key->secret);
	int n = snprintf(line, sizeof line, FILE_WORD "%s\n", kh_base64url(seed, sizeof seed, text));
	int r = kh_file_create(path, line, (size_t)n, 0600);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text, sizeof text);
	sodium_memzero(line, sizeof line);
	return r;
}

static int check_mode(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return kh_fail_errno("%s", path);
	if (st.st_mode & 077)
		return kh_fail(KH_E_PERMISSION, "%s: a key that others may read (mode %03o, expected 600)", path, (unsigned)st.st_mode & 0777);
	return 0;
}

static bool read_line(const char *text, struct kh_sign_key *ret)
{
	uint8_t seed[SEED];
	size_t n = 0;
	if (!kh_starts_with(text, FILE_WORD) || !kh_base64url_read(text + sizeof FILE_WORD - 1, seed, sizeof seed, &n) || n != sizeof seed)
		return false;
	crypto_sign_seed_keypair(ret->public, ret->secret, seed);
	sodium_memzero(seed, sizeof seed);
	return true;
}

int kh_sign_key_load(const char *path, struct kh_sign_key *ret)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	int r = check_mode(path);
	if (r == 0)
		r = kh_file_read(path, FILE_SIZE, &b);
	if (r < 0)
		return r;
	kh_buf_addc(&b, '\0');
	if (!read_line(kh_trim(b.data), ret))
		r = kh_fail(KH_E_SYNTAX, "%s: expected \"%s\" and a key", path, FILE_WORD);
	sodium_memzero(b.data, b.len);
	return r;
}

/* ---- public keys ---- */

int kh_sign_public_save(const uint8_t public_key[KH_SIGN_PUBLIC_SIZE], const char *path)
{
	char text[KH_BASE64URL_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
	kh_auto_free char *line = kh_format(PUBLIC_WORD "%s\n", kh_base64url(public_key, KH_SIGN_PUBLIC_SIZE, text));
	return kh_file_create(path, line, strlen(line), 0644);
}

static bool read_public(const char *line, uint8_t ret[KH_SIGN_PUBLIC_SIZE])
{
	size_t n = 0;
	return kh_starts_with(line, PUBLIC_WORD) && kh_base64url_read(line + sizeof PUBLIC_WORD - 1, ret, KH_SIGN_PUBLIC_SIZE, &n) && n == KH_SIGN_PUBLIC_SIZE;
}

int kh_sign_public_load(const char *path, uint8_t (*ret_keys)[KH_SIGN_PUBLIC_SIZE], size_t max, size_t *ret_count)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	int r = kh_file_read(path, KH_MAX_CONFIG_BYTES, &b);
	if (r < 0)
		return r;
	size_t count = 0;
	char *rest = b.data;
	for (int number = 1; rest; number++) {
		const char *line = kh_trim(kh_split(&rest, "\n"));
		uint8_t key[KH_SIGN_PUBLIC_SIZE];
		if (!*line || *line == '#')
			continue;
		if (!read_public(line, key))
			return kh_fail(KH_E_SYNTAX, "%s:%d: expected \"%s\" and a key", path, number, PUBLIC_WORD);
		if (count == max)
			return kh_fail(KH_E_TOO_LARGE, "%s: more than %zu keys", path, max);
		memcpy(ret_keys[count++], key, sizeof key);
	}
	*ret_count = count;
	return 0;
}
