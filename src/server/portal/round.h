/* One round at one portal: its pages fetched as different readers get them, judged by what is known, what looks wrong fetched once more, and the outcome written down:
 *
 *     load → look at every page → judge → [wait → look again with new connections and other readers → judge] → alarms with their proof, or learn → save
 */
#pragma once

#include "server/portal/watcher.h"
#include "server/store/store.h"

struct kh_round {
	struct kh_store *store;
	const char *data_dir;
	struct kh_watcher *watcher;
	int64_t every_s, confirm_ms, certificate_days;
	bool (*wait)(void *arg, int64_t ms); /* false: the server stops */
	void *arg;
};

/* KH_E_STOPPED: the server stops (`wait` says so, or the thread: base/stop.h); nothing is saved of the round. KH_E_NOT_FOUND: the portal is no longer watched. What is wrong with a site is no error. */
int kh_round_run(const struct kh_round *round, int64_t portal_id) KH_MUST_USE;
