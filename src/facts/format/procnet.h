/* The kernel's tables in /proc/net: sockets (tcp, tcp6, udp, udp6), routes (route, ipv6_route), addresses (fib_trie, if_inet6). Lines of another
 * form are skipped. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_ip {
	bool v6;
	uint8_t bytes[16]; /* network order; 4 used by IPv4 */
};

#define KH_IP_TEXT 46
const char *kh_ip_text(const struct kh_ip *ip, char out[KH_IP_TEXT]); /* "192.0.2.1", "2001:db8::1" */
bool kh_ip_is_any(const struct kh_ip *ip);
bool kh_ip_is_loopback(const struct kh_ip *ip); /* also ::ffff:127.0.0.1 */
bool kh_ip_in(const struct kh_ip *ip, const struct kh_ip *net, unsigned length);

#define KH_SOCKET_LISTEN 0x0a /* TCP */
#define KH_SOCKET_CLOSE 0x07  /* UDP without a peer */

struct kh_socket {
	struct kh_ip local;
	uint16_t port;
	uint8_t state;
	int64_t uid;
	uint64_t inode;
};

struct kh_sockets {
	struct kh_socket *v;
	size_t n, cap;
};

/* Keeps the sockets in this state; KH_E_TOO_LARGE past KH_FACTS_MAX_SOCKETS lines. */
int kh_sockets_parse(const char *text, size_t n, bool v6, uint8_t state, struct kh_sockets *ret) KH_MUST_USE;

#define KH_INTERFACE_NAME 16

struct kh_route {
	struct kh_ip destination, gateway; /* gateway: any when directly connected */
	unsigned length;                   /* of the destination's prefix */
	uint32_t flags;                    /* RTF_* */
	uint32_t metric;
	char interface[KH_INTERFACE_NAME];
};

struct kh_routes {
	struct kh_route *v;
	size_t n, cap;
};

int kh_routes_parse_v4(const char *text, size_t n, struct kh_routes *ret) KH_MUST_USE;
int kh_routes_parse_v6(const char *text, size_t n, struct kh_routes *ret) KH_MUST_USE;

struct kh_address {
	struct kh_ip ip;
	unsigned length;
	bool temporary, link_local;
	char interface[KH_INTERFACE_NAME]; /* "" when the table does not say (fib_trie) */
};

struct kh_addresses {
	struct kh_address *v;
	size_t n, cap;
};

/* The machine's own IPv4 addresses (each once) / IPv6 addresses. */
int kh_addresses_parse_v4(const char *fib_trie, size_t n, struct kh_addresses *ret) KH_MUST_USE;
int kh_addresses_parse_v6(const char *text, size_t n, struct kh_addresses *ret) KH_MUST_USE;
