#include "base/address.h"

#include "base/alloc.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

bool kh_is_ip(const char *text)
{
	unsigned char ip[16];
	return inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1;
}

bool kh_is_host(const char *text)
{
	size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*");
	return (*text && !text[good]) || kh_is_ip(text);
}

bool kh_listen_parse(const char *text, char **ret_address, uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	int64_t port = 0;
	if (!colon || colon == text || !kh_parse_int(colon + 1, 0, UINT16_MAX, &port))
		return false;
	bool bracketed = text[0] == '[' && colon[-1] == ']';
	kh_auto_free char *address = kh_strndup(text + bracketed, (size_t)(colon - text) - 2 * bracketed);
	if (!kh_is_ip(address) || bracketed != (strchr(address, ':') != NULL))
		return false;
	*ret_address = kh_take(address);
	*ret_port = (uint16_t)port;
	return true;
}

/* Bytes as IPv6 has them; the text is made from them, so that one address has one form. */
static bool is_of_one_machine(const uint8_t ip[16], bool four)
{
	static const uint8_t nothing[16];
	const uint8_t *v4 = ip + 12;
	if (four)
		return v4[0] != 0 && v4[0] < 224;
	return memcmp(ip, nothing, 16) != 0 && ip[0] != 0xff;
}

static bool normalise(const char *address, char ret[KH_IP_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t ip[16] = {0};
	bool four = inet_pton(AF_INET, address, ip + 12) == 1;
	if (!four && inet_pton(AF_INET6, address, ip) != 1)
		return false;
	four = four || memcmp(ip, mapped, sizeof mapped) == 0;
	return is_of_one_machine(ip, four) && inet_ntop(four ? AF_INET : AF_INET6, four ? ip + 12 : ip, ret, KH_IP_SIZE);
}

bool kh_peers_add(struct kh_peers *peers, const char *address, int64_t port)
{
	struct kh_peer peer = {.port = (uint16_t)port};
	if (port < 1 || port > UINT16_MAX || !normalise(address, peer.address))
		return false;
	for (size_t i = 0; i < peers->n; i++)
		if (peers->v[i].port == peer.port && kh_streq(peers->v[i].address, peer.address))
			return true;
	if (peers->n == KH_MAX_PEERS)
		return false;
	peers->v[peers->n++] = peer;
	return true;
}
