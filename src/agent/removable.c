/* Removable disks that are plugged in: the kernel says when something was mounted; what is new and can be taken out again is scanned. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "os/mounted.h"

#include <fcntl.h>
#include <string.h>

static bool was_there(const struct kh_broker *b, int64_t id)
{
	for (size_t i = 0; i < b->mounts.n; i++)
		if (b->mounts.v[i] == id)
			return true;
	return false;
}

/* Another one may be mounted where one is that is being scanned. */
static void plug_in(struct kh_broker *b, const char *path)
{
	for (size_t i = b->running.disks; i < KH_BROKER_MAX_PLUGGED_IN; i++) {
		if (kh_streq(b->plugged_in[i], path))
			return;
		if (!b->plugged_in[i]) {
			b->plugged_in[i] = kh_strdup(path);
			kh_log(KH_LOG_INFO, "a removable disk was plugged in", KH_S("path", path));
			return;
		}
	}
	kh_log(KH_LOG_WARNING, "too many removable disks at a time: this one is not scanned", KH_S("path", path));
}

static void take_out(struct kh_broker *b, size_t place)
{
	free(b->plugged_in[place]);
	memmove(b->plugged_in + place, b->plugged_in + place + 1, (KH_BROKER_MAX_PLUGGED_IN - place) * sizeof b->plugged_in[0]);
}

void kh_removable_scanned(struct kh_broker *b, bool looked)
{
	for (size_t n = looked ? b->running.disks : 0; n > 0; n--)
		take_out(b, 0);
	b->running.disks = 0;
	if (looked)
		kh_backoff_reset(&b->plugged_backoff);
	b->plugged_at_ms = looked ? 0 : kh_monotonic_ms() + kh_backoff_fail(&b->plugged_backoff, 0);
}

static bool is_mounted(const struct kh_mounted_list *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++)
		if (kh_streq(m->v[i].path, path))
			return true;
	return false;
}

/* What waits for its scan and is gone is not tried again. */
static void forget_gone(struct kh_broker *b, const struct kh_mounted_list *m)
{
	for (size_t i = b->running.disks; b->plugged_in[i];)
		if (is_mounted(m, b->plugged_in[i]))
			i++;
		else
			take_out(b, i);
}

static void remember_mounts(struct kh_broker *b, const struct kh_mounted_list *m)
{
	b->mounts.n = 0;
	for (size_t i = 0; i < m->n; i++)
		kh_array_push(&b->mounts, m->v[i].id);
}

void kh_removable_look(struct kh_broker *b)
{
	kh_auto_mounted struct kh_mounted_list m = {0};
	int r = kh_mounted_read("", &m);
	if (r < 0) {
		kh_broker_trouble(b, "mounts", r);
		kh_fd_close(&b->mounts_fd);
		b->mounts_fd = -1;
		return;
	}
	forget_gone(b, &m);
	kh_array_each(&m, mount)
		if (!was_there(b, mount->id) && kh_mounted_is_removable("", mount))
			plug_in(b, mount->path);
	remember_mounts(b, &m);
}

void kh_removable_open(struct kh_broker *b)
{
	kh_auto_mounted struct kh_mounted_list m = {0};
	if (!b->settings->scan_removable)
		return;
	b->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	int r = b->mounts_fd < 0 ? kh_fail_errno("/proc/self/mountinfo") : kh_mounted_read("", &m);
	if (r < 0)
		kh_broker_trouble(b, "mounts", r);
	remember_mounts(b, &m);
}

void kh_removable_close(struct kh_broker *b)
{
	kh_fd_close(&b->mounts_fd);
	kh_array_done(&b->mounts);
	for (char **p = b->plugged_in; *p; p++)
		free(*p);
}
