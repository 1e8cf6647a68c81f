#include "isolation/isolation.h"

#include <string.h>

/* Before connection tracking and all usual chains, behind the putting together of fragments. */
#define CHAIN "type filter hook %s priority -310; policy drop;\n"

static const char *family(const struct kh_peer *p)
{
	return strchr(p->address, ':') ? "ip6" : "ip";
}

/* The table is made anew in the one transaction that removes the old one: there is no moment without it. */
static void begin(struct kh_buf *out)
{
	kh_buf_adds(out, "add table inet " KH_ISOLATION_TABLE "\ndelete table inet " KH_ISOLATION_TABLE "\ntable inet " KH_ISOLATION_TABLE " {\n");
}

/* Without connection tracking, which has not seen how open connections began: what comes from the server must be no beginning. */
static void add_input(const struct kh_peers *peers, struct kh_buf *out)
{
	kh_buf_addf(out, "chain input {\n" CHAIN "iifname \"lo\" accept\n", "input");
	for (size_t i = 0; i < peers->n; i++)
		kh_buf_addf(out, "%s saddr %s tcp sport %u tcp flags & (syn | ack) != syn accept\n", family(&peers->v[i]), peers->v[i].address, peers->v[i].port);
	kh_buf_adds(out, "udp sport 67 udp dport 68 accept\nudp sport 547 udp dport 546 accept\n"
			 "icmp type destination-unreachable accept\n"
			 "icmpv6 type { destination-unreachable, packet-too-big, mld-listener-query, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\n}\n");
}

static void add_output(const struct kh_peers *peers, struct kh_buf *out)
{
	kh_buf_addf(out, "chain output {\n" CHAIN "oifname \"lo\" accept\n", "output");
	for (size_t i = 0; i < peers->n; i++)
		kh_buf_addf(out, "%s daddr %s tcp dport %u accept\n", family(&peers->v[i]), peers->v[i].address, peers->v[i].port);
	kh_buf_adds(out, "udp sport 68 udp dport 67 accept\nudp sport 546 udp dport 547 accept\n"
			 "icmpv6 type { mld-listener-report, mld2-listener-report, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept\n}\n");
}

void kh_isolation_rules(const struct kh_peers *peers, struct kh_buf *out)
{
	begin(out);
	add_input(peers, out);
	add_output(peers, out);
	kh_buf_addf(out, "chain forward {\n" CHAIN "}\n}\n", "forward");
}
