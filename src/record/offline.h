/* The file of a machine that must never be linked (docs/protocol.md, "Off line"): written by `khien review --offline`, read by `khien-server import`.
 *
 *     KHIENOFF1\n
 *     {"v":1,"key":base64,"hostname","os","fingerprint","made_ms","bytes":N,"records":N}\n
 *     N bytes: a batch as agents send it, packed with zstd
 *     signature:base64\n          Ed25519 by `key` over all bytes before this line
 *
 * The key is made on the machine and stays there: it is how the server knows the machine again. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "crypto/sign.h"

#include <stddef.h>
#include <stdint.h>

#define KH_OFFLINE_MAX_BYTES (64 * KH_MIB)

struct kh_offline {
	uint8_t key[KH_SIGN_PUBLIC_SIZE];
	char *hostname, *os, *fingerprint;
	int64_t made_ms, records;
	const void *packed; /* inside the bytes that were read */
	size_t packed_n;
};
void kh_offline_done(struct kh_offline *o);
#define kh_auto_offline KH_CLEANUP(kh_offline_done)

/* The whole file. `o->key` is set from the signing key. */
int kh_offline_write(const struct kh_sign_key *key, const struct kh_offline *o, struct kh_buf *ret) KH_MUST_USE;

/* KH_E_SYNTAX when it is no such file or is cut short, KH_E_SIGNATURE_INVALID when a byte was changed, KH_E_NOT_SUPPORTED for a newer version. What *ret points to is lent by `bytes`. */
int kh_offline_read(const void *bytes, size_t n, struct kh_offline *ret) KH_MUST_USE;
