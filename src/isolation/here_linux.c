#include "base/str.h"
#include "isolation/isolation.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <string.h>

static bool is_peer(const struct kh_peers *peers, const struct sockaddr *address)
{
	size_t n = address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	char text[NI_MAXHOST];
	if ((address->sa_family != AF_INET && address->sa_family != AF_INET6) || getnameinfo(address, (socklen_t)n, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
		return false;
	for (size_t i = 0; i < peers->n; i++)
		if (kh_streq(peers->v[i].address, text))
			return true;
	return false;
}

bool kh_isolation_is_here(const struct kh_peers *peers)
{
	struct ifaddrs *list = NULL;
	bool here = false;
	for (size_t i = 0; i < peers->n; i++)
		here |= strncmp(peers->v[i].address, "127.", 4) == 0 || kh_streq(peers->v[i].address, "::1");
	if (here || getifaddrs(&list) != 0)
		return here;
	for (const struct ifaddrs *a = list; a && !here; a = a->ifa_next)
		here = a->ifa_addr && is_peer(peers, a->ifa_addr);
	freeifaddrs(list);
	return here;
}
