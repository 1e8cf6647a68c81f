/* Names and addresses of machines as they stand in settings. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* An IPv4 or IPv6 address, without brackets. */
bool kh_is_ip(const char *text);

/* A DNS name (also *.example.vn) or an IP address. */
bool kh_is_host(const char *text);

/* "0.0.0.0:8443" or "[::]:8443" → address (new memory) and port; false for anything else. */
bool kh_listen_parse(const char *text, char **ret_address, uint16_t *ret_port) KH_MUST_USE;
