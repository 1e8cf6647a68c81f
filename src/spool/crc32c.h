/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds damage, proves nothing against an attacker. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`, the value for the bytes before; begin with 0. */
uint32_t kh_crc32c(uint32_t crc, const void *bytes, size_t n);
