#include "facts/format/procnet.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

#include <arpa/inet.h>
#include <stdio.h>

#define IFA_TEMPORARY 0x01
#define SCOPE_LINK 0x20

const char *kh_ip_text(const struct kh_ip *ip, char out[KH_IP_TEXT])
{
	kh_assert(inet_ntop(ip->v6 ? AF_INET6 : AF_INET, ip->bytes, out, KH_IP_TEXT) != NULL);
	return out;
}

static size_t size_of(const struct kh_ip *ip)
{
	return ip->v6 ? 16 : 4;
}

bool kh_ip_is_any(const struct kh_ip *ip)
{
	static const uint8_t zero[16];
	return memcmp(ip->bytes, zero, size_of(ip)) == 0;
}

bool kh_ip_is_loopback(const struct kh_ip *ip)
{
	static const uint8_t one[16] = {[15] = 1}, mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
	if (!ip->v6)
		return ip->bytes[0] == 127;
	return memcmp(ip->bytes, one, 16) == 0 || memcmp(ip->bytes, mapped, 13) == 0;
}

bool kh_ip_in(const struct kh_ip *ip, const struct kh_ip *net, unsigned length)
{
	if (ip->v6 != net->v6 || length > 8 * size_of(ip))
		return false;
	if (memcmp(ip->bytes, net->bytes, length / 8) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff << (8 - length % 8));
	return length % 8 == 0 || ((ip->bytes[length / 8] ^ net->bytes[length / 8]) & mask) == 0;
}

/* ---- words of a line ---- */

#define MAX_WORDS 20

static size_t words_of(char *line, char *words[MAX_WORDS])
{
	size_t n = 0;
	for (char *rest = line, *word = NULL; n < MAX_WORDS && (word = kh_split(&rest, " \t")) != NULL;)
		if (*word)
			words[n++] = word;
	return n;
}

/* Calls `take` with the words of each line. */
static int each_line(const char *text, size_t n, int (*take)(void *arg, char **words, size_t count), void *arg)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		char *words[MAX_WORDS];
		size_t count = words_of(line, words);
		int r = take(arg, words, count);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool hex(const char *text, uint64_t *ret)
{
	char *end = NULL;
	if (!*text || strspn(text, "0123456789abcdefABCDEF") != strlen(text) || strlen(text) > 16)
		return false;
	*ret = strtoull(text, &end, 16);
	return true;
}

/* Addresses stand as words of 32 bits in the byte order of the machine that wrote them: little-endian on all we know. */
static bool address_words(const char *text, size_t bytes, struct kh_ip *ret)
{
	struct kh_ip ip = {.v6 = bytes == 16};
	if (strlen(text) != 2 * bytes || !kh_unhex(text, ip.bytes, bytes))
		return false;
	for (size_t i = 0; i < bytes; i += 4) {
		uint8_t word[4] = {ip.bytes[i + 3], ip.bytes[i + 2], ip.bytes[i + 1], ip.bytes[i]};
		memcpy(ip.bytes + i, word, 4);
	}
	*ret = ip;
	return true;
}

static bool address_bytes(const char *text, struct kh_ip *ret)
{
	struct kh_ip ip = {.v6 = true};
	if (strlen(text) != 32 || !kh_unhex(text, ip.bytes, 16))
		return false;
	*ret = ip;
	return true;
}

static void set_interface(char to[KH_INTERFACE_NAME], const char *name)
{
	snprintf(to, KH_INTERFACE_NAME, "%s", name);
}

/* ---- sockets ---- */

struct socket_reading {
	struct kh_sockets *sockets;
	bool v6;
	uint8_t state;
	size_t lines;
};

/* sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode … */
static int take_socket(void *arg, char **words, size_t count)
{
	struct socket_reading *reading = arg;
	struct kh_socket s = {0};
	uint64_t port = 0, state = 0;
	int64_t inode = 0;
	if (++reading->lines > KH_FACTS_MAX_SOCKETS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d sockets", KH_FACTS_MAX_SOCKETS);
	char *colon = count >= 10 ? strchr(words[1], ':') : NULL;
	if (!colon)
		return 0;
	*colon = '\0';
	if (!address_words(words[1], reading->v6 ? 16 : 4, &s.local) || !hex(colon + 1, &port) || port > 65535 || !hex(words[3], &state) ||
	    !kh_parse_int(words[7], 0, UINT32_MAX, &s.uid) || !kh_parse_int(words[9], 0, INT64_MAX, &inode))
		return 0;
	s.port = (uint16_t)port;
	s.state = (uint8_t)state;
	s.inode = (uint64_t)inode;
	if (state == reading->state)
		kh_array_push(reading->sockets, s);
	return 0;
}

int kh_sockets_parse(const char *text, size_t n, bool v6, uint8_t state, struct kh_sockets *ret)
{
	struct socket_reading reading = {.sockets = ret, .v6 = v6, .state = state};
	return each_line(text, n, take_socket, &reading);
}

/* ---- routes ---- */

static unsigned bits_of(const struct kh_ip *mask)
{
	unsigned n = 0;
	for (size_t i = 0; i < size_of(mask); i++)
		n += (unsigned)__builtin_popcount(mask->bytes[i]);
	return n;
}

static int push_route(struct kh_routes *routes, const struct kh_route *route)
{
	if (routes->n == KH_FACTS_MAX_ENTRIES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d routes", KH_FACTS_MAX_ENTRIES);
	kh_array_push(routes, *route);
	return 0;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask … */
static int take_route_v4(void *arg, char **words, size_t count)
{
	struct kh_route route = {0};
	struct kh_ip mask = {0};
	uint64_t flags = 0;
	int64_t metric = 0;
	if (count < 8 || !address_words(words[1], 4, &route.destination) || !address_words(words[2], 4, &route.gateway) || !hex(words[3], &flags) ||
	    !kh_parse_int(words[6], 0, UINT32_MAX, &metric) || !address_words(words[7], 4, &mask))
		return 0;
	route.length = bits_of(&mask);
	route.flags = (uint32_t)flags;
	route.metric = (uint32_t)metric;
	set_interface(route.interface, words[0]);
	return push_route(arg, &route);
}

/* destination length source length next_hop metric refcnt use flags interface */
static int take_route_v6(void *arg, char **words, size_t count)
{
	struct kh_route route = {0};
	uint64_t length = 0, metric = 0, flags = 0;
	if (count < 10 || !address_bytes(words[0], &route.destination) || !hex(words[1], &length) || length > 128 ||
	    !address_bytes(words[4], &route.gateway) || !hex(words[5], &metric) || !hex(words[8], &flags))
		return 0;
	route.length = (unsigned)length;
	route.flags = (uint32_t)flags;
	route.metric = (uint32_t)metric;
	set_interface(route.interface, words[9]);
	return push_route(arg, &route);
}

int kh_routes_parse_v4(const char *text, size_t n, struct kh_routes *ret)
{
	return each_line(text, n, take_route_v4, ret);
}

int kh_routes_parse_v6(const char *text, size_t n, struct kh_routes *ret)
{
	return each_line(text, n, take_route_v6, ret);
}

/* ---- addresses ---- */

static bool known(const struct kh_addresses *addresses, const struct kh_ip *ip)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (memcmp(&addresses->v[i].ip, ip, sizeof *ip) == 0)
			return true;
	return false;
}

static int push_address(struct kh_addresses *addresses, const struct kh_address *address)
{
	if (addresses->n == KH_FACTS_MAX_ENTRIES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d addresses", KH_FACTS_MAX_ENTRIES);
	if (!known(addresses, &address->ip))
		kh_array_push(addresses, *address);
	return 0;
}

struct trie_reading {
	struct kh_addresses *addresses;
	struct kh_ip last; /* of the last "|-- ADDRESS" line */
};

/* "|-- 192.0.2.5" and below it "/32 host LOCAL" */
static int take_trie(void *arg, char **words, size_t count)
{
	struct trie_reading *reading = arg;
	if (count == 2 && kh_streq(words[0], "|--")) {
		reading->last = (struct kh_ip){0};
		if (inet_pton(AF_INET, words[1], reading->last.bytes) != 1)
			reading->last = (struct kh_ip){0};
	} else if (count == 3 && kh_streq(words[0], "/32") && kh_streq(words[2], "LOCAL") && !kh_ip_is_any(&reading->last)) {
		return push_address(reading->addresses, &(struct kh_address){.ip = reading->last, .length = 32});
	}
	return 0;
}

int kh_addresses_parse_v4(const char *fib_trie, size_t n, struct kh_addresses *ret)
{
	struct trie_reading reading = {.addresses = ret};
	return each_line(fib_trie, n, take_trie, &reading);
}

/* address index length scope flags interface */
static int take_address_v6(void *arg, char **words, size_t count)
{
	struct kh_address address = {0};
	uint64_t length = 0, scope = 0, flags = 0;
	if (count < 6 || !address_bytes(words[0], &address.ip) || !hex(words[2], &length) || length > 128 || !hex(words[3], &scope) ||
	    !hex(words[4], &flags))
		return 0;
	address.length = (unsigned)length;
	address.link_local = scope == SCOPE_LINK;
	address.temporary = flags & IFA_TEMPORARY;
	set_interface(address.interface, words[5]);
	return push_address(arg, &address);
}

int kh_addresses_parse_v6(const char *text, size_t n, struct kh_addresses *ret)
{
	return each_line(text, n, take_address_v6, ret);
}
