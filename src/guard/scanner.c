#include "guard/scanner.h"

#include "base/alloc.h"
#include "base/content_state.h"
#include "base/error.h"
#include "base/time.h"
#include "content/store.h"
#include "guard/recent.h"
#include "os/file.h"
#include "sandbox/sandbox.h"
#include "sandbox/worker.h"
#include "scan/pool.h"
#include "scan/prepare.h"

#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MS 2000 /* how soon other content is noticed */
#define FILE_MS 20000 /* for one file: somebody may wait */

struct waiting {
	struct kh_walk_item item;
	unsigned uid;
	struct waiting *next;
};

struct queue {
	struct waiting *first, **end;
};

/* What both threads touch stands behind the lock; the rest is the scanner's own. */
struct kh_scanner {
	pthread_t thread;
	pthread_mutex_t lock;
	struct queue urgent, others;
	struct kh_scanner_verdict *verdicts, **verdicts_end;
	struct kh_scanner_info info;
	bool retired, stop, closed; /* closed: it takes nothing any more */
	int tells; /* eventfd: something for the other side */
	int wakes; /* eventfd: something for the scanner */

	const struct kh_agent_settings *settings;
	char *worker, *clamav, *cache;
	int content;
	struct kh_scan_pool *pool;
	struct waiting *under_way; /* who asked: for the name of the user */
	struct timespec store_changed;
	int64_t look_at_ms;
};

/* ---- queues ---- */

static void queue_init(struct queue *q)
{
	*q = (struct queue){.end = &q->first};
}

static void push(struct queue *q, struct waiting *w)
{
	w->next = NULL;
	*q->end = w;
	q->end = &w->next;
}

static struct waiting *take(struct queue *q, struct waiting **at)
{
	struct waiting *w = *at;
	if (!w)
		return NULL;
	*at = w->next;
	if (q->end == &w->next)
		q->end = at;
	return w;
}

static struct waiting **find(struct waiting **at, const struct kh_file_state *state)
{
	while (*at && !kh_file_state_same(&(*at)->item.state, state))
		at = &(*at)->next;
	return at;
}

static void waiting_free(struct waiting *w)
{
	if (w)
		kh_walk_item_done(&w->item);
	free(w);
}

static void signal_fd(int fd)
{
	eventfd_write(fd, 1);
}

static void clear_fd(int fd)
{
	eventfd_t n = 0;
	eventfd_read(fd, &n);
}

/* ---- verdicts ---- */

void kh_scanner_verdict_free(struct kh_scanner_verdict *v)
{
	if (v)
		kh_malware_report_done(&v->report);
	free(v);
}

static void copy_report(const struct kh_malware_report *from, struct kh_malware_report *to)
{
	for (size_t i = 0; i < from->detections.n; i++) {
		const struct kh_detection *d = &from->detections.v[i];
		kh_malware_report_detected(to, d->engine, d->rule, d->member, d->suspicious);
	}
	for (size_t i = 0; i < from->gaps.n; i++)
		kh_malware_report_gap(to, from->gaps.v[i].kind, from->gaps.v[i].member);
	to->verdict = from->verdict;
	to->size = from->size;
	memcpy(to->sha256, from->sha256, sizeof to->sha256);
}

static void name_of(unsigned uid, char *ret, size_t size)
{
	char room[4096];
	struct passwd entry, *found = NULL;
	if (getpwuid_r(uid, &entry, room, sizeof room, &found) == 0 && found)
		snprintf(ret, size, "%s", found->pw_name);
}

static void give(struct kh_scanner *s, struct kh_scanner_verdict *v)
{
	pthread_mutex_lock(&s->lock);
	*s->verdicts_end = v;
	s->verdicts_end = &v->next;
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->tells);
}

static void give_unscanned(struct kh_scanner *s, struct waiting *w)
{
	struct kh_scanner_verdict *v = kh_alloc(sizeof *v);
	v->state = w->item.state;
	give(s, v);
	waiting_free(w);
}

static void on_done(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure)
{
	struct kh_scanner *s = context;
	struct kh_scanner_verdict *v = kh_alloc(sizeof *v);
	struct waiting **asked = find(&s->under_way, &item->state), *w = *asked;
	(void)failure;
	v->state = item->state;
	v->scanned = reply && reply->outcome == KH_SCAN_SCANNED;
	if (v->scanned)
		copy_report(&reply->report, &v->report);
	if (w && v->report.detections.n)
		name_of(w->uid, v->user, sizeof v->user);
	if (w)
		*asked = w->next;
	free(w);
	give(s, v);
}

/* ---- loading ---- */

static void note_state(struct kh_scanner *s, enum kh_scanner_state state)
{
	pthread_mutex_lock(&s->lock);
	s->info.state = state;
	if (state == KH_SCANNER_FAILED)
		snprintf(s->info.trouble, sizeof s->info.trouble, "%s", kh_fail_detail());
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->tells);
}

static struct timespec store_changed(const struct kh_scanner *s)
{
	struct stat st = {0};
	kh_auto_free char *path = kh_format("%s/" KH_CONTENT_STATE, s->settings->content_store);
	return stat(path, &st) == 0 ? st.st_mtim : (struct timespec){0};
}

static int start_pool(void *context, int fd)
{
	struct kh_scanner *s = context;
	kh_fd_close(&s->content);
	s->content = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (s->content < 0)
		return kh_fail_errno("the content");
	struct kh_scan_pool_options options = {
		.program = s->worker,
		.workers = (size_t)s->settings->onaccess_workers,
		.content = s->content,
		.setup = {.max_size = (uint64_t)s->settings->onaccess_max_file_mib * KH_MIB, .limits = KH_UNPACK_LIMITS},
		.file_ms = 2 * FILE_MS + 1000,
	};
	options.setup.limits.time_ms = FILE_MS;
	return kh_scan_pool_new(&options, on_done, s, &s->pool);
}

static int load_rules(struct kh_scanner *s, bool anew, int64_t *ret_newest_s)
{
	size_t count = 0;
	kh_auto_fd int fd = -1;
	struct kh_rule_problems problems = {0};
	while (s->settings->rules && s->settings->rules[count])
		count++;
	const struct kh_scan_options o = {.rules = (const char *const *)s->settings->rules, .rule_count = count, .compiled = s->cache};
	int r = kh_scan_content(&o, anew, &fd, ret_newest_s, &problems);
	kh_rule_problems_done(&problems);
	return r < 0 ? r : start_pool(s, fd);
}

static int load(struct kh_scanner *s)
{
	struct kh_content_used used = {0};
	struct kh_content_state state = {0};
	bool own = s->settings->rules && s->settings->rules[0];
	int64_t newest_s = 0;
	int r = own ? KH_E_NOT_FOUND : kh_content_store_use(s->settings->content_store, start_pool, s, &used);
	if (r == 0 && kh_content_store_state(s->settings->content_store, &state) == 0)
		newest_s = state.newest_s;
	if (r < 0)
		r = load_rules(s, false, &newest_s);
	if (r == KH_E_WORKER_FAILED)
		r = load_rules(s, true, &newest_s); /* what was kept may be of other engines */
	if (r < 0)
		return r;
	const struct kh_content_info *c = &kh_scan_pool_ready(s->pool)->content;
	pthread_mutex_lock(&s->lock);
	s->info.rules = c->yara_rules + c->clamav_signatures + c->hashes;
	s->info.content_s = newest_s;
	pthread_mutex_unlock(&s->lock);
	return s->info.rules ? 0 : kh_fail(KH_E_NOT_FOUND, "there are no rules that work: nothing was scanned");
}

/* ---- the thread ---- */

/* What nobody waits for leaves room for what somebody will. */
static struct waiting *next_of(struct kh_scanner *s, struct queue **ret_from)
{
	size_t most = s->settings->onaccess_workers > 1 ? (size_t)s->settings->onaccess_workers - 1 : 1;
	*ret_from = s->urgent.first ? &s->urgent : &s->others;
	if (!s->urgent.first && kh_scan_pool_busy(s->pool) >= most)
		return NULL;
	return (*ret_from)->first;
}

static void hand_out(struct kh_scanner *s)
{
	struct queue *from = NULL;
	struct waiting *w = NULL;
	pthread_mutex_lock(&s->lock);
	while ((w = next_of(s, &from)) != NULL) {
		struct kh_file_state state = w->item.state;
		if (!kh_scan_pool_offer(s->pool, &w->item))
			break;
		take(from, &from->first);
		w->item.state = state;
		w->next = s->under_way;
		s->under_way = w;
	}
	pthread_mutex_unlock(&s->lock);
}

static void look_at_store(struct kh_scanner *s)
{
	struct timespec now = store_changed(s);
	bool own = s->settings->rules && s->settings->rules[0];
	s->look_at_ms = kh_monotonic_ms() + LOOK_MS;
	if (own || (now.tv_sec == s->store_changed.tv_sec && now.tv_nsec == s->store_changed.tv_nsec))
		return;
	s->store_changed = now;
	pthread_mutex_lock(&s->lock);
	s->info.outdated = true;
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->tells);
}

static bool is_over(struct kh_scanner *s)
{
	pthread_mutex_lock(&s->lock);
	bool idle = !s->urgent.first && !s->others.first;
	bool over = s->stop || (s->retired && idle && (!s->pool || kh_scan_pool_busy(s->pool) == 0));
	s->info.replaced = s->pool ? kh_scan_pool_replaced(s->pool) : 0;
	pthread_mutex_unlock(&s->lock);
	return over;
}

static int work(struct kh_scanner *s)
{
	int r = 0;
	while (r == 0 && !is_over(s)) {
		hand_out(s);
		r = kh_scan_pool_wait(s->pool, LOOK_MS);
		clear_fd(s->wakes);
		if (kh_monotonic_ms() >= s->look_at_ms)
			look_at_store(s);
	}
	return r;
}

/* Whoever waits for one of them gets an answer. */
static void give_back(struct kh_scanner *s)
{
	struct waiting *w = NULL;
	for (;;) {
		pthread_mutex_lock(&s->lock);
		s->closed = true;
		w = take(&s->urgent, &s->urgent.first);
		w = w ? w : take(&s->others, &s->others.first);
		pthread_mutex_unlock(&s->lock);
		if (!w && s->under_way) {
			w = s->under_way;
			s->under_way = w->next;
		}
		if (!w)
			return;
		give_unscanned(s, w);
	}
}

/* This thread and the workers write nothing but kept content and temporary files, and execute nothing but workers: their loader is a program, too. */
static int fence(const struct kh_scanner *s)
{
	const char *const programs[] = {s->worker, s->clamav, "/lib", "/lib64", "/usr/lib", "/usr/lib64", NULL}, *const scratch[] = {s->cache, "/tmp", NULL};
	const struct kh_sandbox_policy policy = {.profile = KH_SANDBOX_GUARD, .scratch_paths = scratch, .execute_paths = programs};
	int r = kh_dir_make(s->cache, 0700);
	return r < 0 ? r : kh_sandbox_fence(&policy);
}

static void *run(void *arg)
{
	struct kh_scanner *s = arg;
	s->store_changed = store_changed(s);
	int r = fence(s);
	r = r < 0 ? r : load(s);
	if (r == 0) {
		kh_scan_pool_wake_on(s->pool, s->wakes);
		note_state(s, KH_SCANNER_READY);
		r = work(s);
	}
	kh_scan_pool_free(s->pool);
	s->pool = NULL;
	give_back(s);
	note_state(s, r < 0 ? KH_SCANNER_FAILED : KH_SCANNER_ENDED);
	return NULL;
}

/* ---- the other side ---- */

int kh_scanner_new(const struct kh_agent_settings *settings, struct kh_scanner **ret)
{
	struct kh_scanner *s = kh_alloc(sizeof *s);
	*s = (struct kh_scanner){.settings = settings, .content = -1, .cache = kh_format("%s/cache", settings->state)};
	s->verdicts_end = &s->verdicts;
	queue_init(&s->urgent);
	queue_init(&s->others);
	pthread_mutex_init(&s->lock, NULL);
	s->tells = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->wakes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int r = s->tells < 0 || s->wakes < 0 ? kh_fail_errno("eventfd") : kh_worker_path("khien-scan-worker", &s->worker);
	r = r < 0 ? r : kh_worker_path("khien-clamav-worker", &s->clamav);
	if (r == 0 && pthread_create(&s->thread, NULL, run, s) != 0)
		r = kh_fail_errno("a thread");
	if (r < 0) {
		s->thread = 0;
		kh_scanner_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void kh_scanner_retire(struct kh_scanner *s)
{
	pthread_mutex_lock(&s->lock);
	s->retired = true;
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->wakes);
}

void kh_scanner_free(struct kh_scanner *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->wakes);
	if (s->thread)
		pthread_join(s->thread, NULL);
	for (struct kh_scanner_verdict *v = NULL; (v = kh_scanner_next(s)) != NULL;)
		kh_scanner_verdict_free(v);
	pthread_mutex_destroy(&s->lock);
	kh_fd_close(&s->tells);
	kh_fd_close(&s->wakes);
	kh_fd_close(&s->content);
	free(s->worker);
	free(s->clamav);
	free(s->cache);
	free(s);
}

int kh_scanner_fd(const struct kh_scanner *s)
{
	return s->tells;
}

void kh_scanner_info(struct kh_scanner *s, struct kh_scanner_info *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->info;
	pthread_mutex_unlock(&s->lock);
}

void kh_scanner_offer(struct kh_scanner *s, const struct kh_scanner_file *file)
{
	struct waiting *w = kh_alloc(sizeof *w);
	w->uid = file->uid;
	w->item = (struct kh_walk_item){.kind = KH_WALK_FILE, .path = file->path, .fd = file->fd, .state = file->state};
	pthread_mutex_lock(&s->lock);
	bool works = !s->closed;
	if (works)
		push(file->urgent ? &s->urgent : &s->others, w);
	pthread_mutex_unlock(&s->lock);
	if (works)
		signal_fd(s->wakes);
	else
		give_unscanned(s, w);
}

void kh_scanner_hurry(struct kh_scanner *s, const struct kh_file_state *state)
{
	pthread_mutex_lock(&s->lock);
	struct waiting *w = take(&s->others, find(&s->others.first, state));
	if (w)
		push(&s->urgent, w);
	pthread_mutex_unlock(&s->lock);
	signal_fd(s->wakes);
}

struct kh_scanner_verdict *kh_scanner_next(struct kh_scanner *s)
{
	clear_fd(s->tells);
	pthread_mutex_lock(&s->lock);
	struct kh_scanner_verdict *v = s->verdicts;
	if (v) {
		s->verdicts = v->next;
		if (!s->verdicts)
			s->verdicts_end = &s->verdicts;
		v->next = NULL;
	}
	bool more = s->verdicts;
	pthread_mutex_unlock(&s->lock);
	if (more)
		signal_fd(s->tells);
	return v;
}
