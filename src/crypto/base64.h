/* base64 (RFC 4648): with padding (§4) in JSON, and base64url without padding (§5) for secrets and pins in links, headers and file names. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters for n bytes, without the NUL. */
#define KH_BASE64URL_LEN(n) (((n) * 4 + 2) / 3)
#define KH_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Write the characters of n bytes and a NUL to ret_text; return ret_text. */
const char *kh_base64url(const void *bytes, size_t n, char *ret_text);
const char *kh_base64(const void *bytes, size_t n, char *ret_text);

/* The same in new memory. */
char *kh_base64_text(const void *bytes, size_t n) KH_MUST_USE;

/* Whole text to at most `max` bytes. False on anything that the writer above does not write: other characters, wrong or missing padding, bits
 * left over (so every value has one spelling only), or more bytes than max. ret_bytes may be partly written then. */
bool kh_base64url_read(const char *text, void *ret_bytes, size_t max, size_t *ret_n) KH_MUST_USE;
bool kh_base64_read(const char *text, void *ret_bytes, size_t max, size_t *ret_n) KH_MUST_USE;

/* A path of a file in JSON: bytes, absolute, shorter than KH_MAX_PATH; *ret is the caller's. False: it is none. */
bool kh_base64_path(const char *text, char **ret) KH_MUST_USE;
