/* Connecting to a local socket of another program of ours. */
#pragma once

#include "base/attr.h"

/* A connected SOCK_SEQPACKET socket at dir/name; the caller closes it. KH_E_NOT_FOUND or KH_E_UNREACHABLE when nobody listens. */
int kh_local_connect(const char *dir, const char *name, int *ret_fd) KH_MUST_USE;
