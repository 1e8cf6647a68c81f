#include "guard/access_inside.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "guard/guard.h"
#include "guard/places.h"

#include <stdlib.h>
#include <sys/prctl.h>

static bool holds_place(const struct kh_access *a, const struct kh_mount *m)
{
	for (char **place = a->settings->onaccess_places; place && *place; place++) {
		const char *const one[] = {*place, NULL};
		bool meets = kh_places_meet(one, m->point);
		for (size_t i = 0; meets && i < a->mounts.n; i++)
			meets = !kh_places_hidden(*place, m->point, a->mounts.v[i].point);
		if (meets)
			return true;
	}
	return false;
}

static void mark(struct kh_access *a, const struct kh_mount *m)
{
	bool wanted_kind = m->kind == KH_MOUNT_LOCAL || (m->kind == KH_MOUNT_NETWORK && a->settings->onaccess_network);
	bool watched = wanted_kind && !kh_mounts_foreign(&a->mounts, m);
	bool opens = watched && holds_place(a, m);
	bool executions = watched && (kh_streq(a->settings->onaccess_exec, "everywhere") || (opens && !kh_streq(a->settings->onaccess_exec, "off")));
	if (!opens && !executions)
		return;
	int r = kh_marks_file_system(&a->marks, m->point, opens, executions);
	a->unwatched += r < 0;
	if (r < 0 && opens)
		kh_guard_trouble(a->guard, "scanning on access", kh_fail_in(KH_E_IO, "not watched"));
	else if (opens)
		kh_array_push(&a->marked, kh_strdup(m->point));
}

void kh_access_forget_marked(struct kh_access *a)
{
	kh_array_each(&a->marked, point)
		free(*point);
	a->marked.n = 0;
}

static bool has_device(const struct kh_mounts *mounts, const struct kh_mount *m)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (mounts->v[i].major == m->major && mounts->v[i].minor == m->minor)
			return true;
	return false;
}

/* A device that went may come back with other files under the same numbers. */
static void take_mounts(struct kh_access *a, struct kh_mounts *now)
{
	bool gone = false;
	kh_array_each(&a->mounts, m)
		gone = gone || !has_device(now, m);
	if (gone)
		kh_recent_forget(a->known);
	kh_mounts_done(&a->mounts);
	a->mounts = *now;
}

/* Marks that are there already stay as they are. */
int kh_access_mark_all(struct kh_access *a)
{
	struct kh_mounts now = {0};
	int r = kh_mounts_read(a->mountinfo, &now);
	if (r < 0)
		return r;
	take_mounts(a, &now);
	kh_access_forget_marked(a);
	a->unwatched = 0;
	kh_array_each(&a->mounts, m)
		mark(a, m);
	prctl(PR_SET_NAME, KH_GUARD_NAME);
	kh_guard_changed(a->guard);
	return 0;
}

void kh_access_on_mounts(void *context)
{
	struct kh_access *a = context;
	int r = a->info.state == KH_SCANNER_READY ? kh_access_mark_all(a) : 0; /* else the first look is still to come */
	if (r < 0)
		kh_guard_trouble(a->guard, "scanning on access", r);
}
