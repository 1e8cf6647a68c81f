/* How mail carries bytes as text, decoded into the member being made. Sources: RFC 2045 6.7 (quoted-printable) and 6.8 (base64), POSIX uuencode. What does not
 * belong is passed over, as mail programs do. */
#pragma once

#include "unpack/pieces.h"

enum kh_decoded kh_transfer_base64(struct kh_members *m, const uint8_t *bytes, size_t n) KH_MUST_USE; /* also several, one behind the other */
enum kh_decoded kh_transfer_quoted(struct kh_members *m, const uint8_t *bytes, size_t n) KH_MUST_USE;

/* The lines behind "begin 644 name", up to "end". *ret_used: bytes up to there. */
enum kh_decoded kh_transfer_uu(struct kh_members *m, const uint8_t *bytes, size_t n, size_t *ret_used) KH_MUST_USE;

extern const uint8_t kh_base64_values[256]; /* 0…63; 64: '='; 255: none of it. '-' and '_' count as '+' and '/' */
