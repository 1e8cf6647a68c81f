/* What is known of a portal as a whole: where it leads, who vouches for it, what protects its readers, where its name points. Learned from ordinary fetches like the
 * pages (compare.h). */
#pragma once

#include "server/portal/fetched.h"

struct kh_site {
	char *own_url;  /* it was learned for; NULL: nothing was learned */
	char host[KH_HOST_SIZE]; /* at the end of redirects */
	unsigned headers;
	struct kh_site_certificate certificate;
	char accepted[KH_PIN_SIZE]; /* key of a certificate whose faults a person found in order */
	struct kh_names addresses, servers; /* all that were ever seen */
	int64_t moves; /* how often all addresses were new ones */
};
void kh_site_done(struct kh_site *site);
#define kh_auto_site KH_CLEANUP(kh_site_done)

void kh_site_learn(struct kh_site *site, const char *own_url, const struct kh_fetched *fetched);

/* Does no name of the two sets stand in the other? False while one is not known. */
bool kh_names_are_others(const struct kh_names *known, const struct kh_names *now);

json_t *kh_site_json(const struct kh_site *site) KH_MUST_USE;
int kh_site_of_json(const json_t *json, struct kh_site *ret) KH_MUST_USE;
