#include "base/network.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

bool kh_network_parse(const char *text, struct kh_network *ret)
{
	char address[64];
	struct kh_network n = {.bits = 128};
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int64_t bits = 0;
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	bool v4 = inet_pton(AF_INET, address, n.bytes + 12) == 1;
	if (v4)
		memset(n.bytes + 10, 0xff, 2);
	else if (inet_pton(AF_INET6, address, n.bytes) != 1)
		return false;
	if (slash && !kh_parse_int(slash + 1, 0, v4 ? 32 : 128, &bits))
		return false;
	if (slash)
		n.bits = (unsigned)bits + (v4 ? 96 : 0);
	for (unsigned bit = n.bits; bit < 128; bit++)
		n.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	*ret = n;
	return true;
}

bool kh_network_holds(const struct kh_network *outer, const struct kh_network *inner)
{
	unsigned whole = outer->bits / 8, rest = outer->bits % 8;
	if (inner->bits < outer->bits || memcmp(outer->bytes, inner->bytes, whole) != 0)
		return false;
	return !rest || ((outer->bytes[whole] ^ inner->bytes[whole]) & (0xff00 >> rest)) == 0;
}
