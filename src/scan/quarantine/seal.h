/* Content as the quarantine keeps it: "KHQ1", libsodium's secretstream header (24 random bytes, without which nothing can be decrypted), then pieces of 64 KiB
 * (crypto_secretstream_xchacha20poly1305, the entry's id as additional data of the first, the last one tagged final). */
#pragma once

#include "base/attr.h"
#include "crypto/hash.h"

#include <stddef.h>
#include <stdint.h>

enum { KH_SEAL_KEY_SIZE = 32 };

struct kh_seal {
	const uint8_t *key; /* KH_SEAL_KEY_SIZE */
	const char *id;
	const char *name; /* for messages */
};

/* Encrypts all that `from` holds from its first byte into `to`, which is empty. KH_E_FILE_CHANGED when its SHA-256 is another one, or it is longer than max_bytes (it grows while it is read). */
int kh_seal_write(const struct kh_seal *seal, int from, uint64_t max_bytes, const uint8_t sha256[KH_SHA256_SIZE], int to) KH_MUST_USE;

/* Gives the plain content piece by piece. What was taken must be thrown away when the end is KH_E_SIGNATURE_INVALID: damaged, tampered with, cut short, or not of this
 * hash. */
typedef int kh_seal_take(void *context, const void *bytes, size_t n);
int kh_seal_read(const struct kh_seal *seal, int from, const uint8_t sha256[KH_SHA256_SIZE], kh_seal_take *take, void *context) KH_MUST_USE;

/* Overwrites what the rest cannot be decrypted without; durable. A full disk is no error: where overwriting takes room, nothing was written yet, or what is
 * overwritten stays somewhere else in any case. */
int kh_seal_destroy(int fd) KH_MUST_USE;
