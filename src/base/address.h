/* Names and addresses of machines as they stand in settings. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 or IPv6 address, without brackets. */
bool kh_is_ip(const char *text);

/* A DNS name (also *.example.vn) or an IP address. */
bool kh_is_host(const char *text);

/* "0.0.0.0:8443" or "[::]:8443" → address (new memory) and port; false for anything else. */
bool kh_listen_parse(const char *text, char **ret_address, uint16_t *ret_port) KH_MUST_USE;

/* One end of connections: an IP address in its usual form (an IPv4 address never as ::ffff:a.b.c.d) and a port. */
#define KH_IP_SIZE 46
struct kh_peer {
	char address[KH_IP_SIZE];
	uint16_t port;
};

#define KH_MAX_PEERS 16
struct kh_peers {
	struct kh_peer v[KH_MAX_PEERS];
	size_t n;
};

/* Adds one that is not there yet. False, and nothing is added: no address of one machine (a name, 0.0.0.0, multicast…), port 0, or KH_MAX_PEERS are there. */
bool kh_peers_add(struct kh_peers *peers, const char *address, int64_t port);
