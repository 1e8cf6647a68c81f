/* What is wrong with the rules of a firewall: said of each by itself and of what stands before it. No I/O. */
#pragma once

#include "base/attr.h"

#include <stdint.h>
#include <stddef.h>

enum kh_firewall_problem {
	KH_FIREWALL_ANY_ANY = 1 << 0,  /* accepts everything from everywhere to everywhere, and is not about what leaves the firewall itself */
	KH_FIREWALL_SHADOWED = 1 << 1, /* an earlier rule of the chain that accepts or drops takes all it could take */
	KH_FIREWALL_UNUSED = 1 << 2,   /* its counter stands at 0 */
	KH_FIREWALL_EXPIRED = 1 << 3,  /* its last day is over */
};

struct kh_firewall_rule {
	const char *place, *action, *source, *target, *service; /* as sheet/forms.h has them; never NULL */
	int64_t hits;      /* -1: not counted */
	int64_t expires_s; /* midnight of the last day; 0: none */
	unsigned problems; /* what kh_firewall_judge() says */
	size_t shadow;     /* the rule that takes it all, when SHADOWED */
};

void kh_firewall_judge(struct kh_firewall_rule *rules, size_t n, int64_t now_s);

/* The code of the register's field `problem`; NULL when nothing is wrong. */
const char *kh_firewall_gravest(unsigned problems) KH_PURE;
