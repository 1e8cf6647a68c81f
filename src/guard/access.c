#include "guard/access.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "guard/delays.h"
#include "guard/guard.h"
#include "guard/infected.h"
#include "guard/recent.h"
#include "guard/marks.h"
#include "guard/mounts.h"
#include "guard/places.h"
#include "guard/scanner.h"
#include "guard/who.h"
#include "os/file.h"
#include "os/host.h"
#include "record/record.h"
#include "scan/scan.h"
#include "scan/verdict_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EVENTS_AT_A_TIME 64
#define MAX_FILES 4096 /* under way; each holds two descriptors, and one more for each who waits */
#define MAX_DESCRIPTORS 16384
#define OTHER_DESCRIPTORS 256
#define AGAIN_MS 10000          /* after a scanner that failed */
#define FLUSH_MS (10 * 60 * 1000) /* what was spared is looked at again: a folder may have been moved into one of the places */
#define COARSE_NS 10000000      /* change times that are whole hundredths of a second may be of a clock that is no finer … */
#define COARSE_SETTLED_NS KH_VERDICT_SETTLED_NS
#define SETTLED_NS 20000000     /* … else of the kernel's tick */

enum how { OPENED, EXECUTED, WRITTEN };

/* Somebody whom the kernel holds up until we answer. */
struct waiter {
	int fd; /* of the event; its name in the answer */
	bool executes;
	int64_t since_ns, until_ms;
};

/* A file that is scanned, in one of its states. */
struct file {
	struct kh_file_state state;
	int fd;      /* closed with it, unless it is that of the first waiter, who is then kept to the end */
	char *path;
	int64_t opened_ns; /* Unix time before it was looked at */
	enum how how;
	struct kh_who who; /* the first that touched it */
	bool refused;
	struct {
		struct waiter *v;
		size_t n, cap;
	} waiters;
};

struct counts {
	uint64_t events, executions, writes, outside, excluded, known, scanned, infected, refused, late, unanswered, unscanned, too_large, overflows;
};

struct access {
	struct kh_guard *guard;
	const struct kh_agent_settings *settings;
	struct kh_marks marks;
	int mountinfo;
	struct kh_mounts mounts;
	struct kh_recent *known;
	struct kh_free_programs *free_programs;
	struct kh_scanner *scanner, *next; /* next: loads other content */
	struct kh_scanner_info info;       /* of the scanner */
	int64_t start_at_ms, flush_at_ms;
	struct {
		struct file **v;
		size_t n, cap;
	} files;
	bool denies, stalled; /* stalled: somebody waited in vain, and no verdict came meanwhile; nobody else shall, until one does */
	int64_t verdict_ms;   /* when the last came */
	struct counts counts;
	struct kh_delays delays;
	struct {
		char **v;
		size_t n, cap;
	} marked; /* mount points of marked file systems */
	uint64_t unwatched; /* file systems that should be, and cannot */
	size_t max_files; /* under way: out of descriptors, the kernel would refuse opens */
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec t = {0};
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- answers ---- */

static void respond(struct access *a, int fd, bool allow, int64_t since_ns)
{
	const struct fanotify_response response = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};
	kh_ignore(write(a->marks.fan, &response, sizeof response));
	kh_delays_add(&a->delays, now_ns(CLOCK_MONOTONIC) - since_ns);
	a->counts.refused += !allow;
}

/* What is infected is refused when the settings say so; what is on a list of bad hashes is never executed. */
static bool refuses(const struct access *a, enum kh_recent_verdict verdict, bool executes)
{
	return (a->denies && verdict >= KH_RECENT_INFECTED) || (executes && verdict == KH_RECENT_BAD_HASH);
}

/* ---- files under way ---- */

static struct file **find_file(struct access *a, const struct kh_file_state *state)
{
	for (size_t i = 0; i < a->files.n; i++)
		if (kh_file_state_same(&a->files.v[i]->state, state))
			return &a->files.v[i];
	return NULL;
}

static void file_free(struct file *f)
{
	kh_array_done(&f->waiters);
	close(f->fd);
	free(f->path);
	free(f);
}

static void forget_file(struct access *a, struct file **at)
{
	file_free(*at);
	*at = a->files.v[--a->files.n];
}

/* The kernel knows a waiter by the number of its descriptor: it is closed after the answer, and that of the file with the file. */
static void answer(struct access *a, struct file *f, const struct waiter *w, bool allow)
{
	respond(a, w->fd, allow, w->since_ns);
	if (w->fd != f->fd)
		close(w->fd);
}

static void answer_all(struct access *a, struct file *f, enum kh_recent_verdict verdict)
{
	kh_array_each(&f->waiters, w) {
		bool refused = refuses(a, verdict, w->executes);
		f->refused = f->refused || refused;
		answer(a, f, w, !refused);
	}
	f->waiters.n = 0;
}

/* Time is over for those who waited too long: they are let through, and the scan goes on. */
static int64_t answer_late(struct access *a, int64_t now_ms)
{
	int64_t next = INT64_MAX;
	kh_array_each(&a->files, at) {
		struct file *f = *at;
		size_t kept = 0;
		for (size_t i = 0; i < f->waiters.n; i++) {
			struct waiter w = f->waiters.v[i];
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

static bool state_of(int fd, struct kh_file_state *ret)
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
static bool settled(const struct file *f)
{
	bool coarse = f->state.ctime_ns % COARSE_NS == 0;
	return f->opened_ns - f->state.ctime_ns > (coarse ? COARSE_SETTLED_NS : SETTLED_NS);
}

/* The mark comes first: what changes the file after it clears it, what changed it before shows. */
static void spare(struct access *a, int fd, const struct kh_file_state *state)
{
	struct kh_file_state now = {0};
	if (!can_be_spared(fd))
		return;
	kh_marks_clean(&a->marks, fd);
	if (!state_of(fd, &now) || !kh_file_state_same(&now, state))
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

static json_t *file_of(const struct file *f, const uint8_t sha256[32])
{
	json_t *j = json_object(), *hash = json_object();
	char hex[KH_SHA256_HEX_SIZE];
	kh_json_set_text(j, "path", f->path);
	kh_json_set_text(hash, "sha256", kh_sha256_hex(sha256, hex));
	kh_assert(json_object_set_new(j, "hash", hash) == 0);
	return j;
}

static json_t *rule_of(const struct kh_detection *d)
{
	json_t *j = json_object();
	kh_json_set_text(j, "name", d->rule);
	return j;
}

static json_t *process_of(const struct kh_who *who)
{
	json_t *j = json_object();
	kh_json_set_int(j, "pid", who->pid);
	kh_json_set_text(j, "executable", who->program[0] ? who->program : NULL);
	return j;
}

static json_t *user_of(const struct kh_who *who, const char *name)
{
	json_t *j = json_object();
	char id[16];
	snprintf(id, sizeof id, "%u", who->uid);
	kh_json_set_text(j, "id", who->known ? id : NULL);
	kh_json_set_text(j, "name", *name ? name : NULL);
	return j;
}

/* Who did it, in the field names of ECS; the detection itself is a record of its own. */
static void tell_who(struct access *a, const struct file *f, const struct kh_scanner_verdict *v)
{
	static const char *const actions[] = {[OPENED] = "opened", [EXECUTED] = "executed", [WRITTEN] = "written"};
	kh_auto_json json_t *j = json_object(), *event = json_object();
	kh_json_set_text(event, "category", "malware");
	kh_json_set_text(event, "action", actions[f->how]);
	kh_json_set_text(event, "outcome", f->refused ? "refused" : "allowed");
	kh_assert(json_object_set(j, "event", event) == 0);
	kh_assert(json_object_set_new(j, "file", file_of(f, v->report.sha256)) == 0);
	kh_assert(json_object_set_new(j, "process", process_of(&f->who)) == 0);
	kh_assert(json_object_set_new(j, "user", user_of(&f->who, v->user)) == 0);
	kh_assert(json_object_set_new(j, "rule", rule_of(&v->report.detections.v[0])) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_adds(&fields, "\"kind\":\"event\",");
	kh_buf_add(&fields, text + 1, strlen(text) - 2);
	kh_guard_event(a->guard, &fields);
}

static void hand_over_infected(struct access *a, const struct file *f, const struct kh_malware_report *r)
{
	struct kh_infected i = {.path = f->path, .size = r->size, .detections = r->detections.v, .detection_count = r->detections.n};
	kh_auto_buf struct kh_buf json = KH_BUF_INIT;
	memcpy(i.sha256, r->sha256, sizeof i.sha256);
	kh_infected_write(&i, &json);
	kh_guard_infected(a->guard, &json, f->fd);
}

static void report(struct access *a, const struct file *f, const struct kh_scanner_verdict *v)
{
	struct kh_scan_result r = {.path = f->path, .verdict = v->report.verdict, .has_size = true, .has_hash = true, .size = v->report.size};
	memcpy(r.sha256, v->report.sha256, sizeof r.sha256);
	a->counts.infected++;
	if (!kh_recent_report(a->known, &f->state, kh_monotonic_ms()))
		return;
	for (size_t i = 0; i < v->report.detections.n; i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, &r, &v->report.detections.v[i], NULL);
		kh_guard_record(a->guard, &fields);
	}
	tell_who(a, f, v);
	if (a->settings->onaccess_quarantine && v->report.verdict == KH_VERDICT_INFECTED)
		hand_over_infected(a, f, &v->report);
}

/* A file of which a part could not be looked at is clean for whoever opens it: looking again would find no more. */
static void take_verdict(struct access *a, const struct kh_scanner_verdict *v)
{
	struct file **at = find_file(a, &v->state), *f = at ? *at : NULL;
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
			spare(a, f->fd, &f->state);
	}
	answer_all(a, f, verdict);
	if (v->report.detections.n)
		report(a, f, v);
	forget_file(a, at);
	kh_guard_changed(a->guard);
}

/* ---- the scanner ---- */

static void on_scanner(void *context);

static void watch_scanner(struct access *a, struct kh_scanner *s)
{
	kh_guard_watch(a->guard, kh_scanner_fd(s), POLLIN, on_scanner, a);
}

static void drop_scanner(struct access *a, struct kh_scanner **s)
{
	if (!*s)
		return;
	kh_guard_unwatch(a->guard, kh_scanner_fd(*s));
	kh_scanner_free(*s);
	*s = NULL;
}

/* Everything under way came from the scanner that goes, or was given back by it. */
static void start_scanner(struct access *a, struct kh_scanner **s)
{
	int r = kh_scanner_new(a->settings, s);
	a->start_at_ms = kh_monotonic_ms() + AGAIN_MS;
	if (r < 0)
		kh_guard_trouble(a->guard, "scanning on access", r);
	else
		watch_scanner(a, *s);
}

static void take_verdicts(struct access *a, struct kh_scanner *s)
{
	struct kh_scanner_verdict *v = NULL;
	while (s && (v = kh_scanner_next(s)) != NULL) {
		take_verdict(a, v);
		kh_scanner_verdict_free(v);
	}
}

/* The new one has loaded its content: from now on it is asked, and what was known by the old content is not known any more. */
static void change_over(struct access *a)
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

static void scanner_failed(struct access *a, struct kh_scanner **s, const struct kh_scanner_info *info)
{
	kh_guard_trouble(a->guard, "scanning on access", kh_fail(KH_E_WORKER_FAILED, "%s", info->trouble));
	take_verdicts(a, *s);
	drop_scanner(a, s);
	a->start_at_ms = kh_monotonic_ms() + AGAIN_MS;
}

static void look_after_next(struct access *a)
{
	struct kh_scanner_info info = {0};
	kh_scanner_info(a->next, &info);
	if (info.state == KH_SCANNER_READY)
		change_over(a);
	else if (info.state == KH_SCANNER_FAILED)
		scanner_failed(a, &a->next, &info);
	else if (info.state == KH_SCANNER_ENDED)
		drop_scanner(a, &a->next);
}

static void on_scanner(void *context)
{
	struct access *a = context;
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

static void keep_scanner(struct access *a, int64_t now_ms)
{
	if (!a->scanner && !a->next && now_ms >= a->start_at_ms)
		start_scanner(a, &a->scanner);
	else if (a->scanner && a->info.outdated && !a->next && now_ms >= a->start_at_ms)
		start_scanner(a, &a->next);
}

/* ---- events ---- */

struct event {
	int fd;
	pid_t pid;
	enum how how;
	bool waits;
	int64_t since_ns;
	struct kh_file_state state;
};

/* Done with: whoever waits is let through. */
static void let_through(struct access *a, const struct event *e)
{
	if (e->waits)
		respond(a, e->fd, true, e->since_ns);
	close(e->fd);
}

static bool answer_from_known(struct access *a, const struct event *e)
{
	enum kh_recent_verdict verdict = kh_recent_find(a->known, &e->state);
	if (verdict == KH_RECENT_NOT)
		return false;
	bool refused = e->waits && refuses(a, verdict, e->how == EXECUTED) && !kh_free_programs_hold(a->free_programs, e->pid);
	a->counts.known++;
	if (verdict == KH_RECENT_CLEAN)
		spare(a, e->fd, &e->state);
	if (e->waits)
		respond(a, e->fd, !refused, e->since_ns);
	close(e->fd);
	return true;
}

static bool is_ours(const struct access *a, const struct event *e)
{
	const struct stat st = {.st_dev = e->state.device, .st_ino = e->state.inode};
	return e->pid == getpid() || kh_free_programs_own(a->free_programs, &st);
}

/* Outside the places, or excluded from them. */
static bool is_outside(struct access *a, const struct event *e, const char *path)
{
	bool inside = kh_places_hold((const char *const *)a->settings->onaccess_places, path);
	bool excluded = kh_places_hold((const char *const *)a->settings->onaccess_excludes, path);
	bool everywhere = e->how == EXECUTED && kh_streq(a->settings->onaccess_exec, "everywhere");
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

static void add_waiter(struct access *a, struct file *f, const struct event *e)
{
	const struct waiter w = {e->fd, e->how == EXECUTED, e->since_ns, kh_monotonic_ms() + a->settings->onaccess_deadline_ms};
	kh_array_push(&f->waiters, w);
}

/* The same file in the same state is scanned already. */
static void join(struct access *a, struct file *f, const struct event *e)
{
	if (!e->waits || a->stalled || f->waiters.n >= a->max_files) {
		let_through(a, e);
		return;
	}
	add_waiter(a, f, e);
	kh_scanner_hurry(a->scanner, &f->state);
}

static void scan(struct access *a, const struct event *e, const char *path)
{
	int copy = fcntl(e->fd, F_DUPFD_CLOEXEC, 3);
	if (!a->scanner || copy < 0 || a->files.n >= a->max_files || (a->info.state != KH_SCANNER_READY && e->waits)) {
		kh_fd_close(&copy);
		a->counts.unscanned++;
		let_through(a, e);
		return;
	}
	struct file *f = kh_alloc(sizeof *f);
	*f = (struct file){.state = e->state, .fd = e->fd, .path = kh_strdup(path), .opened_ns = now_ns(CLOCK_REALTIME), .how = e->how};
	kh_who_of(e->pid, &f->who);
	kh_array_push(&a->files, f);
	if (e->waits && !a->stalled)
		add_waiter(a, f, e);
	else if (e->waits)
		respond(a, e->fd, true, e->since_ns);
	a->counts.unanswered += e->waits && a->stalled;
	const struct kh_scanner_file file = {copy, kh_strdup(path), e->state, f->who.uid, e->waits};
	kh_scanner_offer(a->scanner, &file);
}

/* Writing by way of memory clears no mark, and need not show in the change time. */
static void forget_clean(struct access *a, const struct event *e)
{
	kh_marks_unclean(&a->marks, e->fd);
	kh_recent_drop(a->known, &e->state);
}

/* What is to become of an event, cheapest answers first. */
static void decide(struct access *a, const struct event *e)
{
	char path[PATH_MAX];
	struct file **same = NULL;
	bool executions = !kh_streq(a->settings->onaccess_exec, "everywhere");
	if (e->how == WRITTEN)
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
		spare(a, e->fd, &e->state);
		let_through(a, e);
	} else if ((same = find_file(a, &e->state)) != NULL) {
		join(a, *same, e);
	} else {
		scan(a, e, path);
	}
}

static void take_event(struct access *a, const struct fanotify_event_metadata *m, int64_t since_ns)
{
	struct event e = {.fd = m->fd, .pid = m->pid, .since_ns = since_ns};
	if (m->mask & FAN_Q_OVERFLOW) {
		a->counts.overflows++;
		return;
	}
	if (e.fd < 0)
		return;
	e.how = m->mask & FAN_OPEN_EXEC_PERM ? EXECUTED : m->mask & FAN_CLOSE_WRITE ? WRITTEN : OPENED;
	e.waits = m->mask & (FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM);
	a->counts.events++;
	a->counts.executions += e.how == EXECUTED;
	a->counts.writes += e.how == WRITTEN;
	if (state_of(e.fd, &e.state))
		decide(a, &e);
	else
		let_through(a, &e);
}

static void on_events(void *context)
{
	struct access *a = context;
	struct fanotify_event_metadata events[EVENTS_AT_A_TIME];
	ssize_t n = read(a->marks.fan, events, sizeof events);
	int64_t since_ns = now_ns(CLOCK_MONOTONIC);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		a->counts.overflows += errno == EMFILE || errno == ENFILE;
	for (const struct fanotify_event_metadata *m = events; n > 0 && FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
		if (m->vers == FANOTIFY_METADATA_VERSION)
			take_event(a, m, since_ns);
	kh_guard_changed(a->guard);
}

/* ---- file systems ---- */

static bool holds_place(const struct access *a, const struct kh_mount *m)
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

static void mark(struct access *a, const struct kh_mount *m)
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

static void forget_marked(struct access *a)
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
static void take_mounts(struct access *a, struct kh_mounts *now)
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
static int mark_all(struct access *a)
{
	struct kh_mounts now = {0};
	int r = kh_mounts_read(a->mountinfo, &now);
	if (r < 0)
		return r;
	take_mounts(a, &now);
	forget_marked(a);
	a->unwatched = 0;
	kh_array_each(&a->mounts, m)
		mark(a, m);
	prctl(PR_SET_NAME, KH_GUARD_NAME);
	kh_guard_changed(a->guard);
	return 0;
}

static void on_mounts(void *context)
{
	struct access *a = context;
	int r = a->info.state == KH_SCANNER_READY ? mark_all(a) : 0; /* else the first look is still to come */
	if (r < 0)
		kh_guard_trouble(a->guard, "scanning on access", r);
}

/* ---- the part ---- */

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
	return KH_MIN((limit.rlim_cur - OTHER_DESCRIPTORS) / 3, (size_t)MAX_FILES);
}

static void stop(void *self)
{
	struct access *a = self;
	kh_marks_close(&a->marks); /* the kernel lets through all who wait */
	drop_scanner(a, &a->next);
	drop_scanner(a, &a->scanner);
	while (a->files.n)
		forget_file(a, &a->files.v[0]);
	kh_array_done(&a->files);
	forget_marked(a);
	kh_array_done(&a->marked);
	kh_mounts_done(&a->mounts);
	kh_recent_free(a->known);
	kh_free_programs_free(a->free_programs);
	kh_fd_close(&a->mountinfo);
	free(a);
}

static int start(struct kh_guard *g, void **ret_self)
{
	struct access *a = kh_alloc(sizeof *a);
	*a = (struct access){.guard = g, .settings = kh_guard_settings(g), .marks = {.fan = -1}, .mountinfo = -1, .flush_at_ms = kh_monotonic_ms() + FLUSH_MS};
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
	kh_guard_watch(g, a->marks.fan, POLLIN, on_events, a);
	kh_guard_watch(g, a->mountinfo, POLLPRI, on_mounts, a);
	*ret_self = a;
	return 0;
}

/* File systems are marked once the scanner has something to say: until then nobody would be the wiser. */
static int64_t tick(void *self, int64_t now_ms)
{
	struct access *a = self;
	keep_scanner(a, now_ms);
	if (!a->mounts.n && a->info.state == KH_SCANNER_READY && mark_all(a) < 0)
		kh_guard_trouble(a->guard, "scanning on access", KH_E_IO);
	if (now_ms >= a->flush_at_ms) {
		kh_marks_flush(&a->marks);
		a->flush_at_ms = now_ms + FLUSH_MS;
	}
	int64_t next = KH_MIN(answer_late(a, now_ms), a->flush_at_ms);
	bool starts = (!a->scanner && !a->next) || (a->info.outdated && !a->next);
	return starts ? KH_MIN(next, a->start_at_ms) : next;
}

/* ---- status ---- */

static json_t *texts(char *const *list, size_t n)
{
	json_t *j = json_array();
	for (size_t i = 0; i < n && list[i]; i++)
		kh_assert(json_array_append_new(j, kh_json_string(list[i])) == 0);
	return j;
}

static json_t *delays(const struct kh_delays *d)
{
	json_t *j = json_object();
	kh_json_set_int(j, "answers", (int64_t)d->n);
	kh_assert(json_object_set_new(j, "median_us", json_real(kh_delays_us(d, 500))) == 0);
	kh_assert(json_object_set_new(j, "p95_us", json_real(kh_delays_us(d, 950))) == 0);
	kh_assert(json_object_set_new(j, "p99_us", json_real(kh_delays_us(d, 990))) == 0);
	kh_assert(json_object_set_new(j, "max_us", json_real((double)d->max_ns / 1000)) == 0);
	return j;
}

static void status(void *self, json_t *out)
{
	static const char *const states[] = {[KH_SCANNER_LOADING] = "loading", [KH_SCANNER_READY] = "ready", [KH_SCANNER_FAILED] = "failed", [KH_SCANNER_ENDED] = "failed"};
	const struct access *a = self;
	const struct counts *c = &a->counts;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"events", c->events},       {"executions", c->executions}, {"writes", c->writes},         {"outside", c->outside},     {"excluded", c->excluded},
		{"known", c->known},         {"scanned", c->scanned},       {"infected", c->infected},     {"refused", c->refused},     {"late", c->late},
		{"unscanned", c->unscanned}, {"too_large", c->too_large},   {"overflows", c->overflows},   {"unanswered", c->unanswered}, {"spared", a->marks.count},
		{"under_way", a->files.n}, {"unwatched", a->unwatched},   {"rules", a->info.rules},      {"replaced_workers", a->info.replaced}, {"content_s", (uint64_t)a->info.content_s},
	};
	struct kh_host_usage usage = {0};
	kh_json_set_text(out, "mode", a->settings->onaccess_mode);
	kh_json_set_text(out, "exec", a->settings->onaccess_exec);
	kh_json_set_text(out, "scanner", a->scanner ? states[a->info.state] : "failed");
	kh_json_set_bool(out, "stalled", a->stalled);
	kh_assert(json_object_set_new(out, "places", texts(a->settings->onaccess_places, SIZE_MAX)) == 0);
	kh_assert(json_object_set_new(out, "file_systems", texts(a->marked.v, a->marked.n)) == 0);
	for (size_t i = 0; i < KH_COUNT(numbers); i++)
		kh_json_set_int(out, numbers[i].name, (int64_t)numbers[i].value);
	kh_assert(json_object_set_new(out, "delay", delays(&a->delays)) == 0);
	if (kh_host_usage(&usage) == 0) {
		kh_json_set_int(out, "rss_kib", usage.resident_kib);
		kh_json_set_int(out, "cpu_ms", usage.cpu_ms);
	}
}

const struct kh_guard_part kh_guard_access = {.name = "onaccess", .wanted = wanted, .start = start, .tick = tick, .status = status, .stop = stop};
