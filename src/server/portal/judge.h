/* What is wrong with a fetch, by what is known: suspicions, which become alarms when a second fetch has them too. Pure. */
#pragma once

#include "gen/codes.h" /* enum kh_portal_alarm_kind */
#include "server/portal/compare.h"
#include "server/portal/fetch.h"
#include "server/portal/site.h"

struct kh_suspicion {
	enum kh_portal_alarm_kind kind;
	size_t fetch;  /* that has it: index of the caller */
	char *detail;  /* for people, in the language of the thread */
};
struct kh_suspicions {
	KH_ARRAY(struct kh_suspicion) of;
};
void kh_suspicions_done(struct kh_suspicions *s);
#define kh_auto_suspicions KH_CLEANUP(kh_suspicions_done)

struct kh_judging {
	const struct kh_site *site;
	const struct kh_known *known; /* of the page */
	const struct kh_fetched *fetched;
	enum kh_look look;
	bool first;               /* the portal's own address: also down, certificate, headers, names */
	size_t fetch;
	const char *own_url;
	int64_t now_s, certificate_days;
	unsigned forgiven;        /* kinds, 1 << KH_PORTAL_ALARM_KIND_…: an alarm of them was closed as false: this is how the portal is */
	unsigned mended;          /* the same, closed as put right: what it looks like now is learned; what says an attack by itself is still told */
};

void kh_judge(const struct kh_judging *j, struct kh_suspicions *ret);

/* The change of the page; of one that did not come nothing. */
struct kh_change kh_judge_change(const struct kh_judging *j);
