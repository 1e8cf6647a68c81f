#include "server/portal/site.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <stdio.h>

enum { MAX_NAMES = KH_FETCH_ADDRESSES };

void kh_site_done(struct kh_site *site)
{
	free(site->own_url);
	kh_names_done(&site->addresses);
	kh_names_done(&site->servers);
	*site = (struct kh_site){0};
}

static bool has(const struct kh_names *names, const char *name)
{
	kh_array_each(&names->of, one)
		if (kh_streq(*one, name))
			return true;
	return false;
}

bool kh_names_are_others(const struct kh_names *known, const struct kh_names *now)
{
	if (!known->asked || !now->asked)
		return false;
	kh_array_each(&now->of, name)
		if (has(known, *name))
			return false;
	return now->of.n > 0;
}

/* The oldest go first: a site behind a network of delivery has ever new ones. */
static void learn_names(struct kh_names *known, const struct kh_names *now)
{
	known->asked |= now->asked;
	kh_array_each(&now->of, name) {
		if (has(known, *name))
			continue;
		if (known->of.n >= MAX_NAMES) {
			free(known->of.v[0]);
			memmove(known->of.v, known->of.v + 1, --known->of.n * sizeof *known->of.v);
		}
		kh_array_push(&known->of, kh_strdup(*name));
	}
}

void kh_site_learn(struct kh_site *site, const char *own_url, const struct kh_fetched *f)
{
	if (!site->own_url)
		site->own_url = kh_strdup(own_url);
	if (!kh_url_host(f->url, site->host))
		site->host[0] = '\0';
	site->headers = f->headers;
	site->certificate = f->certificate;
	site->moves += kh_names_are_others(&site->addresses, &f->addresses);
	learn_names(&site->addresses, &f->addresses);
	learn_names(&site->servers, &f->servers);
}

json_t *kh_site_json(const struct kh_site *site)
{
	return json_pack("{s:o, s:s, s:i, s:o, s:s, s:o, s:o, s:I}", "own_url", site->own_url ? kh_json_string(site->own_url) : json_null(), "host", site->host, "headers", (int)site->headers,
			 "certificate", kh_site_certificate_json(&site->certificate), "accepted", site->accepted, "addresses", kh_names_json(&site->addresses), "servers",
			 kh_names_json(&site->servers), "moves", (json_int_t)site->moves);
}

int kh_site_of_json(const json_t *json, struct kh_site *ret)
{
	kh_auto_site struct kh_site site = {0};
	const char *own_url = NULL, *host = NULL, *accepted = NULL;
	int64_t headers = 0;
	int r = kh_json_text_or(json, "own_url", NULL, &own_url);
	r = r < 0 ? r : kh_json_text_or(json, "host", "", &host);
	r = r < 0 ? r : kh_json_text_or(json, "accepted", "", &accepted);
	r = r < 0 ? r : kh_json_int_or(json, "headers", 0, KH_SECURITY_HEADERS_ALL, 0, &headers);
	r = r < 0 ? r : kh_json_int_or(json, "moves", 0, INT64_MAX, 0, &site.moves);
	r = r < 0 ? r : kh_site_certificate_of_json(json_object_get(json, "certificate"), &site.certificate);
	r = r < 0 ? r : kh_names_of_json(json_object_get(json, "addresses"), &site.addresses);
	r = r < 0 ? r : kh_names_of_json(json_object_get(json, "servers"), &site.servers);
	if (r < 0)
		return r;
	site.own_url = kh_strdup(own_url);
	site.headers = (unsigned)headers;
	snprintf(site.host, sizeof site.host, "%s", host);
	snprintf(site.accepted, sizeof site.accepted, "%s", accepted);
	*ret = site;
	site = (struct kh_site){0};
	return 0;
}
