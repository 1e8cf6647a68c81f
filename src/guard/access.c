#include "guard/access.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/access_inside.h"
#include "os/file.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MAX_FILES 4096 /* under way; each holds two descriptors, and one more for each who waits */
#define MAX_DESCRIPTORS 16384
#define OTHER_DESCRIPTORS 256
#define FLUSH_MS (10 * 60 * 1000) /* what was spared is looked at again: a folder may have been moved into one of the places */

static bool wanted(const struct kh_agent_settings *settings)
{
	return !kh_streq(settings->onaccess_mode, "off");
}

static size_t allow_many_descriptors(void)
{
	struct rlimit limit = {0};
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	limit.rlim_cur = KH_MIN(limit.rlim_max, (rlim_t)MAX_DESCRIPTORS);
	kh_ignore(setrlimit(RLIMIT_NOFILE, &limit));
	return limit.rlim_cur > OTHER_DESCRIPTORS ? KH_MIN((limit.rlim_cur - OTHER_DESCRIPTORS) / 3, (size_t)MAX_FILES) : 0;
}

static void stop(void *self)
{
	struct kh_access *a = self;
	kh_marks_close(&a->marks); /* the kernel lets through all who wait */
	kh_access_drop_scanner(a, &a->next);
	kh_access_drop_scanner(a, &a->scanner);
	while (a->files.n)
		kh_access_forget(a, &a->files.v[0]);
	kh_array_done(&a->files);
	kh_access_forget_marked(a);
	kh_array_done(&a->marked);
	kh_mounted_done(&a->mounts);
	kh_recent_free(a->known);
	kh_free_programs_free(a->free_programs);
	kh_fd_close(&a->mountinfo);
	free(a);
}

static int start(struct kh_guard *g, void **ret_self)
{
	struct kh_access *a = kh_alloc(sizeof *a);
	*a = (struct kh_access){.guard = g, .settings = kh_guard_settings(g), .marks = {.fan = -1}, .mountinfo = -1, .flush_at_ms = kh_monotonic_ms() + FLUSH_MS};
	a->denies = kh_streq(a->settings->onaccess_mode, "deny");
	a->known = kh_recent_new();
	a->free_programs = kh_free_programs_new(a->settings);
	a->max_files = allow_many_descriptors();
	a->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	int r = a->mountinfo < 0 ? kh_fail_errno("mountinfo") : 0;
	r = r < 0 ? r : kh_marks_open(a->denies, &a->marks);
	if (r < 0) {
		stop(a);
		return r;
	}
	kh_guard_watch(g, a->marks.fan, POLLIN, kh_access_on_events, a);
	kh_guard_watch(g, a->mountinfo, POLLPRI, kh_access_on_mounts, a);
	*ret_self = a;
	return 0;
}

/* File systems are marked once the scanner has something to say: until then nobody would be the wiser. */
static int64_t tick(void *self, int64_t now_ms)
{
	struct kh_access *a = self;
	kh_access_keep_scanner(a, now_ms);
	if (!a->mounts.n && a->info.state == KH_SCANNER_READY && kh_access_mark_all(a) < 0)
		kh_guard_trouble(a->guard, "scanning on access", KH_E_IO);
	if (now_ms >= a->flush_at_ms) {
		kh_marks_flush(&a->marks);
		a->flush_at_ms = now_ms + FLUSH_MS;
	}
	int64_t next = KH_MIN(kh_access_answer_late(a, now_ms), a->flush_at_ms);
	bool starts = (!a->scanner && !a->next) || (a->info.outdated && !a->next);
	return starts ? KH_MIN(next, a->start_at_ms) : next;
}

const struct kh_guard_part kh_guard_access = {.name = "onaccess", .wanted = wanted, .start = start, .tick = tick, .status = kh_access_status, .stop = stop};
