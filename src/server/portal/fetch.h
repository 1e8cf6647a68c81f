/* One page over HTTP(S), as a reader gets it: redirects, TLS, names. Runs in the watcher.
 *
 * What is fetched is shown to people: so nothing leads it to a machine that they could not reach themselves. Every address is looked at when the connection to it
 * is made (whatever a name said before): one of a private network is taken only when it is the portal's own host and port, a loopback or link-local one only where the
 * settings allow that too. No proxy of the environment, no credentials; cookies live as long as the fetch.
 *
 * A certificate that is wrong is told, and the page fetched all the same: it says what readers get who do not care. */
#pragma once

#include "base/buf.h"
#include "server/portal/fetched.h"

#include <gnutls/x509.h>

enum kh_look {
	KH_LOOK_READER,  /* a browser */
	KH_LOOK_SEARCH,  /* a search engine */
	KH_LOOK_VISITOR, /* a telephone that comes from a search engine */
	KH_LOOKS
};

struct kh_fetch_options {
	const char *url, *own_url; /* of the page, of the portal */
	enum kh_look look;
	bool again;    /* as another reader of the same kind: for the second fetch */
	bool names;    /* ask for addresses and name servers, too */
	bool loopback; /* addresses of this machine are allowed */
	gnutls_x509_trust_list_t trust;
};

/* *ret_body is the unpacked page, *ret_charset (may be "") what its header says of it. has_page is left to the caller. */
void kh_fetch(const struct kh_fetch_options *options, struct kh_fetched *ret, struct kh_buf *ret_body, char ret_charset[40]);
