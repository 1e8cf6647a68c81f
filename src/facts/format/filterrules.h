/* Summaries of packet filter rules as files hold them: nftables scripts (nft(8)) and iptables-save output. What matters for the fact table: the
 * policy of the base chains, how many rules there are, whether any logs. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_filter_rules {
	const char *input, *output, *forward; /* "accept", "drop", "reject"; NULL: no such chain. Of several the strictest */
	int64_t rules;
	bool logs;
};

/* Adds what a script holds. `include` is called with the pattern of each include statement; NULL: they are skipped. */
int kh_nft_parse(const char *text, size_t n, struct kh_filter_rules *rules, int (*include)(void *arg, const char *pattern), void *arg) KH_MUST_USE;

/* Adds the table "filter" of iptables-save output. */
void kh_iptables_parse(const char *text, size_t n, struct kh_filter_rules *rules);
