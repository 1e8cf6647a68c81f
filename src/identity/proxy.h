/* Which HTTP proxy leads to a server. */
#pragma once

#include "base/attr.h"

/* New memory, "" for none: `configured` when it is not NULL and not "" ("none" means none), else https_proxy or HTTPS_PROXY of the environment, unless
 * no_proxy (hosts and domains, "*" for all) names the server. A server on this machine is reached directly. */
char *kh_proxy_for(const char *server_url, const char *configured) KH_MUST_USE;
