/* One signed file that carries the sources of a content: from a server to its agents, from a mirror, or on a stick.
 *
 *     KHIENCONTENT1 PACKED-BYTES PACKED-SHA256 SET-BYTES\n
 *     SIGNATURE\n                 Ed25519, base64url, over "khien content bundle" and the line before (with its \n)
 *     PACKED-BYTES bytes          zstd: SET-BYTES of a set (content/set.h), then the bytes of its files in their order
 *
 * The line vouches for what is packed, and that for each file: nothing is unpacked or parsed before its signature is known to be right. The set says when the
 * bundle was made; an older one than that in use is refused, so that nobody can hand out yesterday's content as today's. */
#pragma once

#include "base/attr.h"
#include "content/store.h"
#include "crypto/sign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose signature is believed. */
struct kh_content_keys {
	uint8_t v[KH_CONTENT_MAX_KEYS][KH_SIGN_PUBLIC_SIZE];
	size_t n;
};

/* Whether the file begins like a bundle. */
bool kh_content_bundle_is(int fd);

/* A bundle as it says of itself, when a trusted key has signed it and all its bytes are as signed; its files are not looked at. Errors as below. */
struct kh_content_bundle_info {
	int64_t made_s;
	uint64_t files, bytes; /* bytes: of the bundle itself */
};
int kh_content_bundle_check(int fd, const struct kh_content_keys *keys, struct kh_content_bundle_info *ret) KH_MUST_USE;

/* Puts the bundle's files into the change, in the stead of what another bundle brought: origin "bundle", names "bundle/…". KH_E_SIGNATURE_INVALID: no trusted key has signed
 * it, or a byte was changed. KH_E_CONFLICT: older than the one in use. KH_E_SYNTAX, KH_E_TOO_LARGE, KH_E_NOT_SUPPORTED. */
int kh_content_bundle_import(struct kh_content_change *c, int fd, const struct kh_content_keys *keys, int64_t now_s, uint64_t *ret_files) KH_MUST_USE;

/* Writes the store's sources, but those that every program brings along, to the descriptor, which is seekable and empty. KH_E_NOT_FOUND: there are none. */
int kh_content_bundle_export(const char *dir, const struct kh_sign_key *key, int64_t now_s, int fd, uint64_t *ret_files) KH_MUST_USE;
