/* Unpredictable bytes from the system's generator (by libsodium). They cannot fail: a system without randomness aborts the process. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

void kh_random_bytes(void *ret_bytes, size_t n);

/* 0 … below-1, each equally likely. */
uint32_t kh_random_below(uint32_t below);

#define KH_UUID_SIZE 37 /* with the NUL */
/* "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6" (RFC 9562, version 4). Returns its argument. */
const char *kh_random_uuid(char ret_text[KH_UUID_SIZE]);

#define KH_SECRET_SIZE 44 /* with the NUL */
/* 256 bits as base64url: session cookies, enrolment tokens. Returns its argument. */
const char *kh_random_secret(char ret_text[KH_SECRET_SIZE]);
