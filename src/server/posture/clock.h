/* Answers that change although no fact came in: signatures grow old, machines fall silent, a new version of the program brings other controls.
 *
 * The search asks set-wise on a reader and lists what differs from the stored answers; what it lists is asked once more, endpoint by endpoint, on the
 * writer. So the write lock is held only for what really changed, in portions, and agents' batches pass between them. */
#pragma once

#include "base/array.h"
#include "db/db.h"
#include "gen/controls.h"

struct kh_store;

enum kh_clock_which {
	KH_CLOCK_CONTROLS, /* those whose answer time can change: every KH_CLOCK_EVERY_S */
	KH_ALL_CONTROLS,   /* after an upgrade or a restore: once at every start */
};

#define KH_CLOCK_EVERY_S 600

struct kh_stale {
	int64_t endpoint_id;
	enum kh_control_id control;
};
struct kh_stale_list {
	KH_ARRAY(struct kh_stale) of;
};
void kh_stale_done(struct kh_stale_list *list);
#define kh_auto_stale KH_CLEANUP(kh_stale_done)

/* Appends every pair of active endpoint and control whose answer at now_s is not the stored one. Seconds for 10,000 endpoints. */
int kh_stale_find(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct kh_stale_list *list) KH_MUST_USE;

/* Both on one connection, inside the caller's transaction: for tests and small stores. */
int kh_posture_clock(struct kh_db *writer, int64_t now_s) KH_MUST_USE;

/* The job: both on the store, in portions. ret_changed (may be NULL): how many answers changed. */
int kh_posture_refresh(struct kh_store *store, enum kh_clock_which which, int64_t now_s, size_t *ret_changed) KH_MUST_USE;
