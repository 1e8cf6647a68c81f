/* Answers that change although no fact came in and no record changed: signatures grow old, machines fall silent, an exception runs out, a new version of the
 * program brings other controls.
 *
 * The search asks set-wise on a reader and lists what differs from the stored answers (stale.h); what it lists is asked once more, one by one, on the
 * writer. So the write lock is held only for what really changed, in portions, and agents' batches pass between them. */
#pragma once

#include "server/posture/stale.h"

struct kh_store;

enum kh_clock_which {
	KH_CLOCK_CONTROLS, /* those whose answer time can change, and those that exceptions name: every KH_CLOCK_EVERY_S */
	KH_ALL_CONTROLS,   /* after an upgrade or a restore: once at every start */
};

#define KH_CLOCK_EVERY_S 600

/* Appends every pair of active endpoint, or living unit, and control whose answer at now_s is not the stored one. Seconds for 10,000 endpoints. */
int kh_clock_find(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct kh_stale_list *list) KH_MUST_USE;

/* Both on one connection, inside the caller's transaction: for tests and small stores. */
int kh_posture_clock(struct kh_db *writer, int64_t now_s) KH_MUST_USE;

struct kh_refresh {
	enum kh_clock_which which;
	int64_t now_s;
	bool (*stop)(void *arg); /* asked between controls and portions: true ends it early; NULL: never */
	void *arg;
};

/* The job: both on the store, control by control, in portions. ret_changed (may be NULL): how many answers changed. */
int kh_posture_refresh(struct kh_store *store, const struct kh_refresh *refresh, size_t *ret_changed) KH_MUST_USE;
