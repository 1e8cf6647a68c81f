/* The watcher: `khien-server role watcher`, a process that has the network and nothing else. It fetches the page that it is asked for, takes it apart and answers with what
 * a page may be (fetched.h): the HTML of portals is parsed nowhere else. Sandbox KH_SANDBOX_NETWORK: reads what the resolver needs, writes no file, starts nothing,
 * accepts no connections; memory is limited; it is killed when it does not answer in time.
 *
 * Wire (src/ipc): KH_WATCH_CONFIG once, then KH_WATCH_FETCH and its KH_WATCH_ANSWER, one at a time.
 *     CONFIG   JSON: words, authorities (PEM), loopback
 *     FETCH    JSON: url, own_url, look, again, names, changing
 *     ANSWER   length of the JSON (u32 little endian), JSON of struct kh_fetched, then the HTML as it was (nothing unless the page came) */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/worker.h"
#include "server/portal/fetch.h"

enum { KH_WATCH_CONFIG = 1, KH_WATCH_FETCH, KH_WATCH_ANSWER };

/* In the process itself; never comes back. */
int kh_watcher_main(int sock);

/* ---- the server's end ---- */

struct kh_watcher {
	struct kh_worker worker; /* started when it is needed */
	const struct kh_word_list *words;
	const char *authorities; /* PEM; lent */
	bool loopback;
};

struct kh_watch {
	const char *url, *own_url, *changing;
	enum kh_look look;
	bool again, names;
};

/* 0 in every case that says something of the page: a site that cannot be reached is no error. A watcher that dies of a page, hangs or talks nonsense is ended, the status is
 * KH_PORTAL_STATUS_WATCHER, and the next one starts anew. An error: none can be started. */
int kh_watcher_fetch(struct kh_watcher *watcher, const struct kh_watch *watch, struct kh_fetched *ret, struct kh_buf *ret_html) KH_MUST_USE;
void kh_watcher_done(struct kh_watcher *watcher);
