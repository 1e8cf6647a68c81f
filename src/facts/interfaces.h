/* Kinds of network interfaces, shared by the tables interfaces and routes. */
#pragma once

#include "base/attr.h"
#include "facts/format/procnet.h"

/* "ethernet", "wifi", "mobile", "bluetooth", "vpn", "bridge", "bond", "vlan", "virtual", "other"; static. */
const char *kh_interface_kind(int root_fd, const char *name);

/* The main routing tables; what cannot be read adds nothing, and KH_E_NOT_FOUND says that neither is there. */
int kh_routes_read(int root_fd, struct kh_routes *ret) KH_MUST_USE;
