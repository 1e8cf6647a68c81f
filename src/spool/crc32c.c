#include "spool/crc32c.h"

enum { SLICES = 8 };

static uint32_t table[SLICES][256];

/* table[k][b]: what byte b does to the sum, k bytes before the end of an eight-byte step ("slicing-by-8"). */
static void __attribute__((constructor)) fill_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
		table[0][b] = crc;
	}
	for (int k = 1; k < SLICES; k++)
		for (uint32_t b = 0; b < 256; b++)
			table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

static uint32_t eight_bytes(uint32_t crc, const uint8_t *p)
{
	crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^ table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^ table[3][p[4]] ^
	       table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
}

uint32_t kh_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	crc = ~crc;
	for (; n >= 8; n -= 8, p += 8)
		crc = eight_bytes(crc, p);
	for (; n; n--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
