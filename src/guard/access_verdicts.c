#include "guard/access_inside.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "scan/verdict_cache.h"

#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define AGAIN_MS 10000          /* after a scanner that failed */
#define COARSE_NS 10000000      /* change times that are whole hundredths of a second may be of a clock that is no finer … */
#define COARSE_SETTLED_NS KH_VERDICT_SETTLED_NS
#define SETTLED_NS 20000000     /* … else of the kernel's tick */

/* ---- answers ---- */

void kh_access_respond(struct kh_access *a, int fd, bool allow, int64_t since_ns)
{
	const struct fanotify_response response = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};
	kh_ignore(write(a->marks.fan, &response, sizeof response));
	kh_delays_add(&a->delays, kh_access_now_ns(CLOCK_MONOTONIC) - since_ns);
	a->counts.refused += !allow;
}

/* What is infected is refused when the settings say so; what is on a list of bad hashes is never executed. */
bool kh_access_refuses(const struct kh_access *a, enum kh_recent_verdict verdict, bool executes)
{
	return (a->denies && verdict >= KH_RECENT_INFECTED) || (executes && verdict == KH_RECENT_BAD_HASH);
}

/* ---- files under way ---- */

struct kh_access_file **kh_access_find(struct kh_access *a, const struct kh_file_state *state)
{
	for (size_t i = 0; i < a->files.n; i++)
		if (kh_file_state_same(&a->files.v[i]->state, state))
			return &a->files.v[i];
	return NULL;
}

static void file_free(struct kh_access_file *f)
{
	kh_array_done(&f->waiters);
	close(f->fd);
	free(f->path);
	free(f);
}

void kh_access_forget(struct kh_access *a, struct kh_access_file **at)
{
	file_free(*at);
	*at = a->files.v[--a->files.n];
}

/* The kernel knows a waiter by the number of its descriptor: it is closed after the answer, and that of the file with the file. */
static void answer(struct kh_access *a, struct kh_access_file *f, const struct kh_access_waiter *w, bool allow)
{
	kh_access_respond(a, w->fd, allow, w->since_ns);
	a->waiting--;
	if (w->fd != f->fd)
		close(w->fd);
}

static void answer_all(struct kh_access *a, struct kh_access_file *f, enum kh_recent_verdict verdict)
{
	kh_array_each(&f->waiters, w) {
		bool refused = kh_access_refuses(a, verdict, w->executes);
		f->refused = f->refused || refused;
		answer(a, f, w, !refused);
	}
	f->waiters.n = 0;
}

/* Time is over for those who waited too long: they are let through, and the scan goes on. */
int64_t kh_access_answer_late(struct kh_access *a, int64_t now_ms)
{
	int64_t next = INT64_MAX;
	kh_array_each(&a->files, at) {
		struct kh_access_file *f = *at;
		size_t kept = 0;
		for (size_t i = 0; i < f->waiters.n; i++) {
			struct kh_access_waiter w = f->waiters.v[i];
			if (w.until_ms > now_ms) {
				next = KH_MIN(next, w.until_ms);
				f->waiters.v[kept++] = w;
				continue;
			}
			answer(a, f, &w, true);
			a->counts.late++;
			a->stalled = a->stalled || now_ms - a->verdict_ms >= a->settings->onaccess_deadline_ms;
		}
		f->waiters.n = kept;
	}
	return next;
}

/* ---- verdicts ---- */

/* Network file systems and those of programs change behind the kernel's back. */
static bool can_be_spared(int fd)
{
	static const uint32_t others[] = {NFS_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC};
	struct statfs st;
	bool good = fstatfs(fd, &st) == 0;
	for (size_t i = 0; i < KH_COUNT(others); i++)
		good = good && (uint32_t)st.f_type != others[i];
	return good;
}

bool kh_access_state(int fd, struct kh_file_state *ret)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	*ret = (struct kh_file_state){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
		.ctime_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec,
	};
	return true;
}

/* It cannot have changed since it was looked at without showing another change time. */
static bool settled(const struct kh_access_file *f)
{
	bool coarse = f->state.ctime_ns % COARSE_NS == 0;
	return f->opened_ns - f->state.ctime_ns > (coarse ? COARSE_SETTLED_NS : SETTLED_NS);
}

/* The mark comes first: what changes the file after it clears it, what changed it before shows. */
void kh_access_spare(struct kh_access *a, int fd, const struct kh_file_state *state)
{
	struct kh_file_state now = {0};
	if (!can_be_spared(fd))
		return;
	kh_marks_clean(&a->marks, fd);
	if (!kh_access_state(fd, &now) || !kh_file_state_same(&now, state))
		kh_marks_unclean(&a->marks, fd);
}

/* What is merely suspicious is reported, and opened like what is clean. */
static enum kh_recent_verdict known_verdict(const struct kh_scanner_verdict *v)
{
	if (!v->scanned)
		return KH_RECENT_NOT;
	for (size_t i = 0; i < v->report.detections.n; i++)
		if (kh_streq(v->report.detections.v[i].engine, "hash") && !v->report.detections.v[i].member && !v->report.detections.v[i].suspicious)
			return KH_RECENT_BAD_HASH;
	return v->report.verdict == KH_VERDICT_INFECTED ? KH_RECENT_INFECTED : KH_RECENT_CLEAN;
}

/* A file of which a part could not be looked at is clean for whoever opens it: looking again would find no more. */
static void take_verdict(struct kh_access *a, const struct kh_scanner_verdict *v)
{
	struct kh_access_file **at = kh_access_find(a, &v->state), *f = at ? *at : NULL;
	if (!f)
		return;
	enum kh_recent_verdict verdict = known_verdict(v);
	a->counts.scanned += v->scanned;
	a->counts.unscanned += !v->scanned;
	if (v->scanned) {
		a->stalled = false;
		a->verdict_ms = kh_monotonic_ms();
	}
	if (verdict != KH_RECENT_NOT && settled(f) && can_be_spared(f->fd)) {
		kh_recent_add(a->known, &f->state, verdict);
		if (verdict == KH_RECENT_CLEAN)
			kh_access_spare(a, f->fd, &f->state);
	}
	answer_all(a, f, verdict);
	if (v->report.detections.n)
		kh_access_report(a, f, v);
	kh_access_forget(a, at);
	kh_guard_changed(a->guard);
}

/* ---- the scanner ---- */

static void on_scanner(void *context);

static void watch_scanner(struct kh_access *a, struct kh_scanner *s)
{
	kh_guard_watch(a->guard, kh_scanner_fd(s), POLLIN, on_scanner, a);
}

void kh_access_drop_scanner(struct kh_access *a, struct kh_scanner **s)
{
	if (!*s)
		return;
	kh_guard_unwatch(a->guard, kh_scanner_fd(*s));
	kh_scanner_free(*s);
	*s = NULL;
}

/* Everything under way came from the scanner that goes, or was given back by it. */
static void start_scanner(struct kh_access *a, struct kh_scanner **s)
{
	int r = kh_scanner_new(a->settings, s);
	a->start_at_ms = kh_monotonic_ms() + AGAIN_MS;
	if (r < 0)
		kh_guard_trouble(a->guard, "scanning on access", r);
	else
		watch_scanner(a, *s);
}

static void take_verdicts(struct kh_access *a, struct kh_scanner *s)
{
	struct kh_scanner_verdict *v = NULL;
	while (s && (v = kh_scanner_next(s)) != NULL) {
		take_verdict(a, v);
		kh_scanner_verdict_free(v);
	}
}

/* The new one has loaded its content: from now on it is asked, and what was known by the old content is not known any more. */
static void change_over(struct kh_access *a)
{
	struct kh_scanner *old = a->scanner;
	a->scanner = a->next;
	a->next = old;
	kh_scanner_info(a->scanner, &a->info);
	a->start_at_ms = 0;
	if (old)
		kh_scanner_retire(old);
	kh_recent_forget(a->known);
	kh_marks_flush(&a->marks);
}

static void scanner_failed(struct kh_access *a, struct kh_scanner **s, const struct kh_scanner_info *info)
{
	kh_guard_trouble(a->guard, "scanning on access", kh_fail(KH_E_WORKER_FAILED, "%s", info->trouble));
	take_verdicts(a, *s);
	kh_access_drop_scanner(a, s);
	a->start_at_ms = kh_monotonic_ms() + AGAIN_MS;
}

static void look_after_next(struct kh_access *a)
{
	struct kh_scanner_info info = {0};
	kh_scanner_info(a->next, &info);
	if (info.state == KH_SCANNER_READY)
		change_over(a);
	else if (info.state == KH_SCANNER_FAILED)
		scanner_failed(a, &a->next, &info);
	else if (info.state == KH_SCANNER_ENDED)
		kh_access_drop_scanner(a, &a->next);
}

static void on_scanner(void *context)
{
	struct kh_access *a = context;
	take_verdicts(a, a->next);
	take_verdicts(a, a->scanner);
	if (a->scanner)
		kh_scanner_info(a->scanner, &a->info);
	if (a->scanner && a->info.state == KH_SCANNER_FAILED)
		scanner_failed(a, &a->scanner, &a->info);
	if (a->next)
		look_after_next(a);
	kh_guard_changed(a->guard);
}

void kh_access_keep_scanner(struct kh_access *a, int64_t now_ms)
{
	if (!a->scanner && !a->next && now_ms >= a->start_at_ms)
		start_scanner(a, &a->scanner);
	else if (a->scanner && a->info.outdated && !a->next && now_ms >= a->start_at_ms)
		start_scanner(a, &a->next);
}
