#include "guard/access_inside.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/places.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS_AT_A_TIME 64

struct event {
	int fd;
	pid_t pid;
	enum kh_access_how how;
	bool waits;
	int64_t since_ns;
	struct kh_file_state state;
};

/* Done with: whoever waits is let through. */
static void let_through(struct kh_access *a, const struct event *e)
{
	if (e->waits)
		kh_access_respond(a, e->fd, true, e->since_ns);
	close(e->fd);
}

static bool answer_from_known(struct kh_access *a, const struct event *e)
{
	enum kh_recent_verdict verdict = kh_recent_find(a->known, &e->state);
	if (verdict == KH_RECENT_NOT)
		return false;
	bool refused = e->waits && kh_access_refuses(a, verdict, e->how == KH_ACCESS_EXECUTED) && !kh_free_programs_hold(a->free_programs, e->pid);
	a->counts.known++;
	if (verdict == KH_RECENT_CLEAN)
		kh_access_spare(a, e->fd, &e->state);
	if (e->waits)
		kh_access_respond(a, e->fd, !refused, e->since_ns);
	close(e->fd);
	return true;
}

static bool is_ours(const struct kh_access *a, const struct event *e)
{
	const struct stat st = {.st_dev = e->state.device, .st_ino = e->state.inode};
	return e->pid == getpid() || kh_free_programs_own(a->free_programs, &st);
}

/* Outside the places, or excluded from them. */
static bool is_outside(struct kh_access *a, const struct event *e, const char *path)
{
	bool inside = kh_places_hold((const char *const *)a->settings->onaccess_places, path);
	bool excluded = kh_places_hold((const char *const *)a->settings->onaccess_excludes, path);
	bool everywhere = e->how == KH_ACCESS_EXECUTED && kh_streq(a->settings->onaccess_exec, "everywhere");
	return excluded || (!inside && !everywhere);
}

static bool path_of(int fd, char ret[PATH_MAX])
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, ret, PATH_MAX - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0 && *ret == '/';
}

static void add_waiter(struct kh_access *a, struct kh_access_file *f, const struct event *e)
{
	const struct kh_access_waiter w = {e->fd, e->how == KH_ACCESS_EXECUTED, e->since_ns, kh_monotonic_ms() + a->settings->onaccess_deadline_ms};
	kh_array_push(&f->waiters, w);
	a->waiting++;
}

/* The same file in the same state is scanned already. */
static void join(struct kh_access *a, struct kh_access_file *f, const struct event *e)
{
	if (!e->waits || a->stalled || a->waiting >= a->max_files) {
		let_through(a, e);
		return;
	}
	add_waiter(a, f, e);
	kh_scanner_hurry(a->scanner, &f->state);
}

static void scan(struct kh_access *a, const struct event *e, const char *path)
{
	int copy = fcntl(e->fd, F_DUPFD_CLOEXEC, 3);
	if (!a->scanner || copy < 0 || a->files.n >= a->max_files || (a->info.state != KH_SCANNER_READY && e->waits)) {
		kh_fd_close(&copy);
		a->counts.unscanned++;
		let_through(a, e);
		return;
	}
	struct kh_access_file *f = kh_alloc(sizeof *f);
	*f = (struct kh_access_file){.state = e->state, .fd = e->fd, .path = kh_strdup(path), .opened_ns = kh_access_now_ns(CLOCK_REALTIME), .how = e->how};
	kh_who_of(e->pid, &f->who);
	kh_array_push(&a->files, f);
	if (e->waits && !a->stalled)
		add_waiter(a, f, e);
	else if (e->waits)
		kh_access_respond(a, e->fd, true, e->since_ns);
	a->counts.unanswered += e->waits && a->stalled;
	const struct kh_scanner_file file = {copy, kh_strdup(path), e->state, f->who.uid, e->waits};
	kh_scanner_offer(a->scanner, &file);
}

/* Writing by way of memory clears no mark, and need not show in the change time. */
static void forget_clean(struct kh_access *a, const struct event *e)
{
	kh_marks_unclean(&a->marks, e->fd);
	kh_recent_drop(a->known, &e->state);
}

/* What is to become of an event, cheapest answers first. */
static void decide(struct kh_access *a, const struct event *e)
{
	char path[PATH_MAX];
	struct kh_access_file **same = NULL;
	bool executions = !kh_streq(a->settings->onaccess_exec, "everywhere");
	if (e->how == KH_ACCESS_WRITTEN)
		forget_clean(a, e);
	else if (answer_from_known(a, e))
		return;
	if (is_ours(a, e) || !path_of(e->fd, path)) {
		let_through(a, e);
	} else if (is_outside(a, e, path)) {
		a->counts.outside++;
		kh_marks_outside(&a->marks, path, e->fd, executions);
		let_through(a, e);
	} else if (kh_free_programs_hold(a->free_programs, e->pid)) {
		a->counts.excluded++;
		let_through(a, e);
	} else if (e->state.size == 0 || e->state.size > (uint64_t)a->settings->onaccess_max_file_mib * KH_MIB) {
		a->counts.too_large += e->state.size != 0;
		kh_access_spare(a, e->fd, &e->state);
		let_through(a, e);
	} else if ((same = kh_access_find(a, &e->state)) != NULL) {
		join(a, *same, e);
	} else {
		scan(a, e, path);
	}
}

static void take_event(struct kh_access *a, const struct fanotify_event_metadata *m, int64_t since_ns)
{
	struct event e = {.fd = m->fd, .pid = m->pid, .since_ns = since_ns};
	if (m->mask & FAN_Q_OVERFLOW) {
		a->counts.overflows++;
		return;
	}
	if (e.fd < 0)
		return;
	e.how = m->mask & FAN_OPEN_EXEC_PERM ? KH_ACCESS_EXECUTED : m->mask & FAN_CLOSE_WRITE ? KH_ACCESS_WRITTEN : KH_ACCESS_OPENED;
	e.waits = m->mask & (FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM);
	a->counts.events++;
	a->counts.executions += e.how == KH_ACCESS_EXECUTED;
	a->counts.writes += e.how == KH_ACCESS_WRITTEN;
	if (kh_access_state(e.fd, &e.state))
		decide(a, &e);
	else
		let_through(a, &e);
}

void kh_access_on_events(void *context)
{
	struct kh_access *a = context;
	struct fanotify_event_metadata events[EVENTS_AT_A_TIME];
	ssize_t n = read(a->marks.fan, events, sizeof events);
	int64_t since_ns = kh_access_now_ns(CLOCK_MONOTONIC);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		a->counts.overflows += errno == EMFILE || errno == ENFILE;
	for (const struct fanotify_event_metadata *m = events; n > 0 && FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
		if (m->vers == FANOTIFY_METADATA_VERSION)
			take_event(a, m, since_ns);
	kh_guard_changed(a->guard);
}
