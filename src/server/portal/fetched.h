/* What came of one fetch, as the watcher tells it and the server stores it. */
#pragma once

#include "base/attr.h"
#include "base/json.h"
#include "crypto/x509.h"
#include "gen/codes.h" /* enum kh_portal_status */
#include "server/portal/page.h"

#include <stdbool.h>
#include <stdint.h>

/* Headers by which a site protects its readers' browsers, as bits. */
enum kh_security_header { KH_HEADER_HSTS = 1, KH_HEADER_CSP = 2, KH_HEADER_FRAME = 4, KH_HEADER_SNIFF = 8, KH_HEADER_REFERRER = 16 };
enum { KH_SECURITY_HEADERS = 5, KH_SECURITY_HEADERS_ALL = 31 };
extern const char *const kh_security_header_names[KH_SECURITY_HEADERS]; /* "Strict-Transport-Security"… by bit number */

struct kh_site_certificate {
	bool any; /* false: no TLS */
	bool trusted, name_fits;
	int64_t until_s;
	char issuer[128]; /* organisation, or common name where there is none */
	char pin[KH_PIN_SIZE];
};

enum { KH_FETCH_ADDRESSES = 16, KH_FETCH_ADDRESS = 256 };

struct kh_names {
	KH_ARRAY(char *) of; /* in order */
	bool asked;          /* false: not asked, or no answer: nothing is known */
};
void kh_names_done(struct kh_names *names);
json_t *kh_names_json(const struct kh_names *names) KH_MUST_USE; /* null when nothing is known */
int kh_names_of_json(const json_t *json, struct kh_names *ret) KH_MUST_USE;

struct kh_fetched {
	enum kh_portal_status status;
	int64_t http, ms, bytes, redirects;
	char *url;    /* at the end of all redirects; never NULL */
	char *detail; /* what libcurl said, in English; never NULL */
	unsigned headers;
	struct kh_site_certificate certificate;
	struct kh_names addresses, servers; /* of the name; name servers of its zone */
	bool has_page;
	struct kh_page page;
};
void kh_fetched_done(struct kh_fetched *fetched);
#define kh_auto_fetched KH_CLEANUP(kh_fetched_done)

json_t *kh_fetched_json(const struct kh_fetched *fetched) KH_MUST_USE;
/* Foreign: checked. */
int kh_fetched_of_json(const json_t *json, struct kh_fetched *ret) KH_MUST_USE;

json_t *kh_site_certificate_json(const struct kh_site_certificate *certificate) KH_MUST_USE; /* null when there is none */
int kh_site_certificate_of_json(const json_t *json, struct kh_site_certificate *ret) KH_MUST_USE;
