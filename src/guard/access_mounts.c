#include "guard/access_inside.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "guard/guard.h"
#include "guard/places.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool holds_place(const struct kh_access *a, const struct kh_mounted *m)
{
	for (char **place = a->settings->onaccess_places; place && *place; place++) {
		const char *const one[] = {*place, NULL};
		bool meets = kh_places_meet(one, m->path);
		for (size_t i = 0; meets && i < a->mounts.n; i++)
			meets = !kh_places_hidden(*place, m->path, a->mounts.v[i].path);
		if (meets)
			return true;
	}
	return false;
}

/* As systemd, Docker and Podman say it to those inside. */
static bool in_container(void)
{
	static const char *const signs[] = {"/run/systemd/container", "/.dockerenv", "/run/.containerenv"};
	for (size_t i = 0; i < KH_COUNT(signs); i++)
		if (access(signs[i], F_OK) == 0)
			return true;
	return false;
}

/* In a container, the file system on which its root stands is the host's, and all the other containers'. */
static bool is_foreign(const struct kh_access *a, const struct kh_mounted *m)
{
	if (!in_container())
		return false;
	for (size_t i = 0; i < a->mounts.n; i++) {
		const struct kh_mounted *root = &a->mounts.v[i];
		if (kh_streq(root->path, "/") && root->major == m->major && root->minor == m->minor)
			return true;
	}
	return false;
}

static void mark(struct kh_access *a, const struct kh_mounted *m)
{
	bool wanted_kind = !kh_mounted_is_kernels(m) && (!kh_mounted_is_remote(m) || a->settings->onaccess_network);
	bool watched = wanted_kind && !is_foreign(a, m);
	bool opens = watched && holds_place(a, m);
	bool executions = watched && (kh_streq(a->settings->onaccess_exec, "everywhere") || (opens && !kh_streq(a->settings->onaccess_exec, "off")));
	if (!opens && !executions)
		return;
	int r = kh_marks_file_system(&a->marks, m->path, opens, executions);
	a->unwatched += r < 0;
	if (r < 0 && opens)
		kh_guard_trouble(a->guard, "scanning on access", kh_fail_in(KH_E_IO, "not watched"));
	else if (opens)
		kh_array_push(&a->marked, kh_strdup(m->path));
}

void kh_access_forget_marked(struct kh_access *a)
{
	kh_array_each(&a->marked, point)
		free(*point);
	a->marked.n = 0;
}

static bool has_device(const struct kh_mounted_list *mounts, const struct kh_mounted *m)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (mounts->v[i].major == m->major && mounts->v[i].minor == m->minor)
			return true;
	return false;
}

/* A device that went may come back with other files under the same numbers. */
static void take_mounts(struct kh_access *a, struct kh_mounted_list *now)
{
	bool gone = false;
	kh_array_each(&a->mounts, m)
		gone = gone || !has_device(now, m);
	if (gone)
		kh_recent_forget(a->known);
	kh_mounted_done(&a->mounts);
	a->mounts = *now;
}

/* Marks that are there already stay as they are. */
int kh_access_mark_all(struct kh_access *a)
{
	struct kh_mounted_list now = {0};
	int r = kh_mounted_read("", &now);
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
