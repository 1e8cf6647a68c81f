#include "server/firewall/judge.h"

#include "base/alloc.h"
#include "base/network.h"
#include "base/str.h"

#include <string.h>

#define DAY_S 86400

/* "filter/INPUT" of "filter/INPUT 3". */
static bool same_chain(const char *a, const char *b)
{
	const char *end_a = strrchr(a, ' '), *end_b = strrchr(b, ' ');
	size_t n = end_a ? (size_t)(end_a - a) : 0, m = end_b ? (size_t)(end_b - b) : 0;
	return n == m && strncmp(a, b, n) == 0;
}

static bool is_final(const char *action)
{
	return kh_streq(action, "accept") || kh_streq(action, "drop") || kh_streq(action, "reject");
}

/* What leaves the machine itself is accepted by default on purpose; tables of addresses do not let anything in. */
static bool lets_in(const char *place)
{
	return !strcasestr(place, "output") && !strcasestr(place, "nat/") && !strcasestr(place, "postrouting") && !strcasestr(place, "mangle/") && !strcasestr(place, "raw/");
}

/* Is `what` one of the list "10.0.0.0/8,192.0.2.1", or a network in one of them? */
static bool list_holds(const char *list, const char *what, size_t n)
{
	struct kh_network outer, inner;
	kh_auto_free char *one = kh_strndup(what, n);
	bool network = kh_network_parse(one, &inner);
	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ",");
		kh_auto_free char *item = kh_strndup(p, len);
		if (kh_streq(item, one) || (network && kh_network_parse(item, &outer) && kh_network_holds(&outer, &inner)))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

/* Everything in `inner` lies in `outer`: "" is any. What is said with "!", with several conditions or with an interface only holds itself. */
static bool place_holds(const char *outer, const char *inner)
{
	if (!*outer || kh_streq(outer, inner))
		return true;
	if (!*inner || strpbrk(outer, "! ") || strpbrk(inner, "! "))
		return false;
	for (const char *p = inner; *p;) {
		size_t n = strcspn(p, ",");
		if (!list_holds(outer, p, n))
			return false;
		p += n + (p[n] == ',');
	}
	return true;
}

static bool range_of(const char *text, size_t n, int64_t *from, int64_t *to)
{
	kh_auto_free char *one = kh_strndup(text, n);
	char *dash = strpbrk(one, ":-");
	if (dash)
		*dash = '\0';
	return kh_parse_int(one, 0, 65535, from) && kh_parse_int(dash ? dash + 1 : one, 0, 65535, to);
}

static bool port_in(const char *list, const char *port, size_t n)
{
	int64_t from = 0, to = 0, a = 0, b = 0;
	if (!range_of(port, n, &from, &to))
		return false;
	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ",");
		if (range_of(p, len, &a, &b) && a <= from && to <= b)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

/* "tcp" holds "tcp/22", "tcp/1:1024" holds "tcp/22,80"; conditions of other kinds only hold themselves. */
static bool service_holds(const char *outer, const char *inner)
{
	if (!*outer || kh_streq(outer, inner))
		return true;
	const char *slash = strchr(outer, '/'), *inner_slash = strchr(inner, '/');
	size_t n = slash ? (size_t)(slash - outer) : strlen(outer), m = inner_slash ? (size_t)(inner_slash - inner) : strlen(inner);
	if (strpbrk(outer, "! ") || strpbrk(inner, "!") || strchr(inner, ' ') || n != m || strncmp(outer, inner, n) != 0)
		return false;
	if (!slash)
		return true;
	for (const char *p = inner_slash ? inner_slash + 1 : ""; *p;) {
		size_t len = strcspn(p, ",");
		if (!port_in(slash + 1, p, len))
			return false;
		p += len + (p[len] == ',');
	}
	return inner_slash != NULL;
}

static bool takes_all(const struct kh_firewall_rule *earlier, const struct kh_firewall_rule *rule)
{
	return is_final(earlier->action) && same_chain(earlier->place, rule->place) && place_holds(earlier->source, rule->source) &&
	       place_holds(earlier->target, rule->target) && service_holds(earlier->service, rule->service);
}

void kh_firewall_judge(struct kh_firewall_rule *rules, size_t n, int64_t now_s)
{
	for (size_t i = 0; i < n; i++) {
		struct kh_firewall_rule *rule = &rules[i];
		bool any = !*rule->source && !*rule->target && !*rule->service;
		rule->problems = 0;
		if (any && kh_streq(rule->action, "accept") && lets_in(rule->place))
			rule->problems |= KH_FIREWALL_ANY_ANY;
		if (rule->hits == 0)
			rule->problems |= KH_FIREWALL_UNUSED;
		if (rule->expires_s && rule->expires_s + DAY_S <= now_s)
			rule->problems |= KH_FIREWALL_EXPIRED;
		for (size_t k = 0; k < i && !(rule->problems & KH_FIREWALL_SHADOWED); k++)
			if (takes_all(&rules[k], rule)) {
				rule->problems |= KH_FIREWALL_SHADOWED;
				rule->shadow = k;
			}
	}
}

const char *kh_firewall_gravest(unsigned problems)
{
	static const struct {
		enum kh_firewall_problem problem;
		const char *code;
	} table[] = {{KH_FIREWALL_ANY_ANY, "any_any"}, {KH_FIREWALL_SHADOWED, "shadowed"}, {KH_FIREWALL_EXPIRED, "expired"}, {KH_FIREWALL_UNUSED, "unused"}};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (problems & table[i].problem)
			return table[i].code;
	return NULL;
}
