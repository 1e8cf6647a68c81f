/* Networks of addresses: "192.0.2.0/24", "2001:db8::/32", or one address. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_network {
	uint8_t bytes[16]; /* version 4 as ::ffff:a.b.c.d */
	unsigned bits;     /* of 128 */
};

/* False for anything else; bits behind the mask are cleared. */
bool kh_network_parse(const char *text, struct kh_network *ret) KH_MUST_USE;

/* Does `outer` hold everything of `inner`? */
bool kh_network_holds(const struct kh_network *outer, const struct kh_network *inner) KH_PURE;
