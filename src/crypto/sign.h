/* Detached Ed25519 signatures (RFC 8032, by libsodium): orders to agents, files of machines without a link, content bundles. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_SIGN_PUBLIC_SIZE 32
#define KH_SIGN_SECRET_SIZE 64
#define KH_SIGNATURE_SIZE 64

struct kh_sign_key {
	uint8_t public[KH_SIGN_PUBLIC_SIZE];
	uint8_t secret[KH_SIGN_SECRET_SIZE];
};

void kh_sign_key_create(struct kh_sign_key *ret);
void kh_sign_key_done(struct kh_sign_key *key); /* wipes the secret */

void kh_sign(const struct kh_sign_key *key, const void *bytes, size_t n, uint8_t ret_signature[KH_SIGNATURE_SIZE]);

/* Whether it is right is the answer, not an error. */
bool kh_sign_verify(const uint8_t public_key[KH_SIGN_PUBLIC_SIZE], const void *bytes, size_t n, const uint8_t signature[KH_SIGNATURE_SIZE]) KH_MUST_USE;

/* A key file is one line: "khien-ed25519 " and the seed in base64url. Saving writes it with mode 0600, whole or not at all; it does not
 * overwrite (KH_E_EXISTS). Loading gives KH_E_NOT_FOUND, KH_E_SYNTAX for another content, and KH_E_PERMISSION when others may read the file. */
int kh_sign_key_save(const struct kh_sign_key *key, const char *path) KH_MUST_USE;
int kh_sign_key_load(const char *path, struct kh_sign_key *ret) KH_MUST_USE;

/* The public half, which may be shown to anyone: one line, "khien-ed25519-public " and the key in base64url. Saving does not overwrite. A file of trusted keys has
 * any number of such lines, and '#' begins a comment; reading gives the first `max` (KH_E_TOO_LARGE: there are more). */
int kh_sign_public_save(const uint8_t public_key[KH_SIGN_PUBLIC_SIZE], const char *path) KH_MUST_USE;
int kh_sign_public_load(const char *path, uint8_t (*ret_keys)[KH_SIGN_PUBLIC_SIZE], size_t max, size_t *ret_count) KH_MUST_USE;
