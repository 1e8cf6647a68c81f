#include "guard/ransom_part.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/ransom.h"
#include "guard/ransom_asked.h"
#include "os/file.h"
#include "record/record.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define PRIORITY -10        /* every moment is a file; refused without the right to it, which is no harm */
#define TRY_AGAIN_MS 1000
#define MAX_WAITING 100     /* words for the guard's own thread; more in a row are dropped */

/* What the thread has for the guard: an alarm, or trouble. */
struct word {
	json_t *alarm;
	const char *what; /* of a trouble */
	int error;
	char *detail;
};

struct part {
	struct kh_guard *guard;
	struct kh_ransom *ransom; /* the thread's */
	pthread_t thread;
	struct kh_ransom_asked *asked;
	int wake, ready; /* wake: the thread shall end; ready: there are words */
	bool runs;    /* the thread */
	bool changed; /* the thread's: the summary is not what was put out */

	pthread_mutex_t lock; /* only ever held for moments: of what follows */
	KH_ARRAY(struct word) words;
	json_t *summary;
};

static void notify(int fd)
{
	const uint64_t one = 1;
	kh_ignore(write(fd, &one, sizeof one) < 0 ? -1 : 0);
}

static void drain(int fd)
{
	uint64_t count = 0;
	kh_ignore(read(fd, &count, sizeof count) < 0 ? -1 : 0);
}

/* ---- on the thread ---- */

static void hand_over(struct part *p, struct word w)
{
	pthread_mutex_lock(&p->lock);
	bool room = p->words.n < MAX_WAITING;
	if (room)
		kh_array_push(&p->words, w);
	pthread_mutex_unlock(&p->lock);
	if (!room) {
		json_decref(w.alarm);
		free(w.detail);
	}
	notify(p->ready);
}

static void on_alarm(void *context, const json_t *alarm)
{
	struct part *p = context;
	p->changed = true;
	hand_over(p, (struct word){.alarm = json_deep_copy(alarm)});
}

static void on_trouble(void *context, const char *what, int error)
{
	hand_over(context, (struct word){.what = what, .error = error, .detail = kh_strdup(kh_fail_detail())});
}

/* For the agent's status: without the folders and files of people, which only root may ask for. */
static void put_summary_out(struct part *p)
{
	json_t *j = kh_ransom_status(p->ransom);
	const json_t *last = json_array_get(json_object_get(j, "alarms"), 0);
	kh_json_set_int(j, "last_alarm_s", json_integer_value(json_object_get(last, "time_ms")) / 1000);
	kh_json_set_text(j, "last_rule", json_string_value(json_object_get(last, "rule")));
	json_object_del(j, "alarms");
	p->changed = false;
	pthread_mutex_lock(&p->lock);
	json_t *old = p->summary;
	p->summary = j;
	pthread_mutex_unlock(&p->lock);
	json_decref(old);
	notify(p->ready);
}

/* False: that was no question. */
static bool do_it(struct part *p, const struct kh_ipc_message *m, bool *ret_done)
{
	struct kh_cursor c = kh_cursor_of(m->payload, m->len);
	uint32_t pid = 0;
	*ret_done = true;
	if (m->type == KH_RANSOM_ASK)
		return true;
	if ((m->type != KH_RANSOM_RELEASE && m->type != KH_RANSOM_KILL) || !kh_cursor_u32le(&c, &pid) || pid > INT32_MAX)
		return false;
	*ret_done = (m->type == KH_RANSOM_KILL ? kh_ransom_kill : kh_ransom_release)(p->ransom, (pid_t)pid);
	p->changed = true;
	return true;
}

static char *answer(void *context, const struct kh_ipc_message *m)
{
	struct part *p = context;
	bool done = false;
	if (!do_it(p, m, &done))
		return NULL;
	kh_auto_json json_t *j = kh_ransom_status(p->ransom);
	kh_json_set_bool(j, "done", done);
	return kh_json_dump(j);
}

static void *run(void *arg)
{
	enum { WAKE, RANSOM, ASKED };
	struct part *p = arg;
	struct pollfd fds[ASKED + KH_RANSOM_ASKED_FDS] = {[WAKE] = {.fd = p->wake, .events = POLLIN}, [RANSOM] = {.fd = kh_ransom_fd(p->ransom), .events = POLLIN}};
	kh_ignore(setpriority(PRIO_PROCESS, (id_t)gettid(), PRIORITY));
	while (!(fds[WAKE].revents & POLLIN)) {
		int64_t now = kh_monotonic_ms(), next = KH_MIN(kh_ransom_due(p->ransom, now), kh_ransom_asked_due(p->asked));
		if (p->changed)
			put_summary_out(p);
		kh_ransom_asked_fds(p->asked, fds + ASKED);
		if (poll(fds, KH_COUNT(fds), (int)KH_MIN(KH_MAX(next - now, INT64_C(0)), (int64_t)INT32_MAX)) < 0) {
			if (errno != EINTR)
				break;
			continue;
		}
		if (fds[RANSOM].revents)
			kh_ransom_take(p->ransom);
		kh_ransom_asked_serve(p->asked, fds + ASKED, kh_monotonic_ms(), answer, p);
	}
	return NULL;
}

/* ---- on the guard's thread ---- */

/* Detections tell what was done by whom; which files it was stays on this machine. */
static void record(struct kh_guard *g, const json_t *alarm)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_auto_free char *member = kh_format("pid %lld, user %lld, files %lld, folders %zu: %s", (long long)json_integer_value(json_object_get(alarm, "pid")),
					      (long long)json_integer_value(json_object_get(alarm, "user")), (long long)json_integer_value(json_object_get(alarm, "harmed")),
					      json_array_size(json_object_get(alarm, "folders")), json_string_value(json_object_get(alarm, "action")));
	const char *program = json_string_value(json_object_get(alarm, "program")), *rule = json_string_value(json_object_get(alarm, "rule"));
	const struct kh_detection d = {
		.engine = (char *)(uintptr_t) "ransom", .rule = (char *)(uintptr_t)rule, .member = member, .suspicious = kh_streq(json_string_value(json_object_get(alarm, "action")), "warned")};
	const struct kh_scan_result file = {.path = (char *)(uintptr_t)(program ? program : "?")};
	kh_record_detection(&fields, &file, &d, NULL);
	kh_guard_record(g, &fields);
}

static void say(struct part *p, struct word *w)
{
	if (w->alarm)
		record(p->guard, w->alarm);
	else
		kh_guard_trouble(p->guard, w->what, kh_fail(w->error, "%s", w->detail));
	json_decref(w->alarm);
	free(w->detail);
}

static void take_words(void *context)
{
	struct part *p = context;
	drain(p->ready);
	pthread_mutex_lock(&p->lock);
	__typeof__(p->words) words = p->words;
	memset(&p->words, 0, sizeof p->words);
	pthread_mutex_unlock(&p->lock);
	kh_array_each(&words, w)
		say(p, w);
	kh_array_done(&words);
	kh_guard_changed(p->guard);
}

static void status(void *self, json_t *out)
{
	struct part *p = self;
	pthread_mutex_lock(&p->lock);
	json_t *copy = json_deep_copy(p->summary);
	pthread_mutex_unlock(&p->lock);
	kh_ignore(json_object_update(out, copy));
	json_decref(copy);
}

/* The thread begins with the first of them: by then the guard has given up its rights. */
static int64_t tick(void *self, int64_t now_ms)
{
	struct part *p = self;
	if (!p->runs && pthread_create(&p->thread, NULL, run, p) == 0)
		p->runs = true;
	return p->runs ? INT64_MAX : now_ms + TRY_AGAIN_MS;
}

/* ---- start and end ---- */

static int listen_at(struct part *p, const char *run_dir)
{
	kh_auto_free char *path = kh_format("%s/" KH_RANSOM_SOCKET, run_dir);
	return kh_ransom_asked_new(path, &p->asked);
}

static const char *const *list(char *const *setting)
{
	static const char *const none[] = {NULL};
	return setting ? (const char *const *)setting : none;
}

static int open_watch(struct part *p, const struct kh_agent_settings *s)
{
	const struct kh_ransom_events events = {.context = p, .on_alarm = on_alarm, .on_trouble = on_trouble};
	struct kh_ransom_options o = {
		.stop = kh_streq(s->ransom_mode, "stop"), .places = list(s->ransom_places), .excludes = list(s->ransom_excludes), .programs = list(s->ransom_programs), .state = s->state,
		.canary_places = kh_streq(s->ransom_canaries, "off") ? NULL : list(s->ransom_canary_places), .canaries_shown = kh_streq(s->ransom_canaries, "shown"),
	};
	int r = kh_ransom_rules_read(list(s->ransom_weights), (int)s->ransom_threshold, s->ransom_halving_s * 1000, &o.rules);
	return r < 0 ? r : kh_ransom_new(&o, &events, &p->ransom);
}

static void part_free(struct part *p)
{
	kh_ransom_free(p->ransom);
	kh_ransom_asked_free(p->asked);
	kh_fd_close(&p->wake), kh_fd_close(&p->ready);
	kh_array_each(&p->words, w) {
		json_decref(w->alarm);
		free(w->detail);
	}
	kh_array_done(&p->words);
	json_decref(p->summary);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static int start(struct kh_guard *g, void **ret_self)
{
	const struct kh_agent_settings *s = kh_guard_settings(g);
	struct part *p = kh_alloc(sizeof *p);
	*p = (struct part){.guard = g, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = true, .summary = json_object()};
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int r = p->wake < 0 || p->ready < 0 ? kh_fail_errno("eventfd") : open_watch(p, s);
	r = r < 0 ? r : listen_at(p, s->run);
	if (r < 0) {
		part_free(p);
		return r;
	}
	kh_guard_watch(g, p->ready, POLLIN, take_words, p);
	*ret_self = p;
	return 0;
}

static void stop(void *self)
{
	struct part *p = self;
	notify(p->wake);
	if (p->runs)
		pthread_join(p->thread, NULL);
	part_free(p);
}

static bool wanted(const struct kh_agent_settings *settings)
{
	return !kh_streq(settings->ransom_mode, "off");
}

const struct kh_guard_part kh_guard_ransom = {.name = "ransom", .wanted = wanted, .start = start, .tick = tick, .status = status, .stop = stop};
