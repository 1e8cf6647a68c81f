#include "scan/clamav_workers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "sandbox/scratch_dir.h"
#include "sandbox/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct task {
	uint64_t id;
	struct kh_clamav_task given;
};

struct slot {
	struct kh_worker worker; /* pid 0: not started */
	struct kh_scratch_dir scratch; /* where the worker mounts a file system of its own; where it may not, it holds the temporary files itself */
	bool ready;
	int64_t since_ms; /* it began to start, or with the first of its queue */
	struct task queue[KH_SCAN_CLAMAV_QUEUE];
	size_t queued;
	int64_t cpu_ns, cpu_gone_ns; /* used by this process when last asked, and by those before it */
};

struct kh_clamav_workers {
	struct kh_clamav_workers_options options;
	kh_clamav_on_answer on_answer;
	void *context;
	struct slot slots[KH_SCAN_MAX_CLAMAV_WORKERS];
	struct {
		struct task *v;
		size_t n, cap;
	} waiting; /* oldest first */
	struct kh_ipc_message message;
	int64_t crowded_ms; /* since when KH_SCAN_CLAMAV_CROWD of them wait; INT64_MAX: they do not */
	char *broken; /* why none can be started */
	uint64_t next_id, replaced;
	bool refused; /* libclamav did not accept some signature */
	bool tidied;  /* what killed hosts had left behind is gone */
};

#define each_slot(w, s) for (struct slot *s = (w)->slots; s < (w)->slots + (w)->options.workers; s++)

/* ---- starting ---- */

static struct kh_clamav_range range(const struct kh_content_range *r)
{
	return (struct kh_clamav_range){r->place, r->size};
}

static int set_up(struct kh_clamav_workers *w, struct slot *s)
{
	const struct kh_content_clamav *at = &w->options.places;
	const struct kh_clamav_setup setup = {range(&at->filter), range(&at->library), range(&at->hashes), at->first, s->scratch.path};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_clamav_encode_setup(&setup, &b);
	return kh_ipc_send(s->worker.sock, KH_CLAMAV_SETUP, b.data, b.len, w->options.content);
}

static int start(struct kh_clamav_workers *w, struct slot *s)
{
	kh_auto_free char *beside = NULL;
	int r = w->options.program ? 0 : kh_worker_path("khien-clamav-worker", &beside);
	if (!w->tidied)
		kh_scratch_dir_tidy();
	w->tidied = true;
	r = r < 0 ? r : kh_scratch_dir_make(&s->scratch);
	r = r < 0 ? r : kh_worker_spawn(beside ? beside : w->options.program, NULL, &s->worker);
	s->ready = false;
	s->since_ms = kh_monotonic_ms();
	return r < 0 ? r : set_up(w, s);
}

static void end(struct slot *s)
{
	kh_worker_done(&s->worker);
	kh_scratch_dir_remove(&s->scratch);
	s->worker = (struct kh_worker)KH_WORKER_NONE;
	s->cpu_gone_ns += s->cpu_ns;
	s->cpu_ns = 0;
}

/* ---- handing out ---- */

static bool is_running(const struct slot *s)
{
	return s->worker.pid != 0;
}

/* NULL: those that run will do. */
static struct slot *slot_to_start(struct kh_clamav_workers *w)
{
	struct slot *free_slot = NULL;
	size_t running = 0;
	each_slot(w, s) {
		running += is_running(s);
		if (!is_running(s) && !free_slot)
			free_slot = s;
	}
	const bool enough = kh_monotonic_ms() >= w->crowded_ms && kh_monotonic_ms() - w->crowded_ms >= KH_SCAN_CLAMAV_PATIENCE_MS;
	if (running > 0 && !enough)
		return NULL;
	w->crowded_ms = INT64_MAX;
	return free_slot;
}

/* The one that runs and has the least to do. Another takes tens of megabytes, and to start the time of fifty small files: only when many wait for long. */
static struct slot *best_slot(struct kh_clamav_workers *w)
{
	struct slot *best = NULL;
	size_t least = KH_SCAN_CLAMAV_QUEUE;
	each_slot(w, s) {
		if (is_running(s) && s->queued < least) {
			best = s;
			least = s->queued;
		}
	}
	return best ? best : slot_to_start(w);
}

static void answer(struct kh_clamav_workers *w, const struct task *t, const struct kh_clamav_result *result, const char *failure)
{
	w->on_answer(w->context, t->given.job, result, failure);
}

static struct task take_waiting(struct kh_clamav_workers *w)
{
	struct task t = w->waiting.v[0];
	memmove(w->waiting.v, w->waiting.v + 1, --w->waiting.n * sizeof t);
	return t;
}

static void give_back(struct kh_clamav_workers *w, struct slot *s)
{
	while (s->queued > 0) {
		struct task t = s->queue[--s->queued];
		kh_array_push(&w->waiting, t);
		memmove(w->waiting.v + 1, w->waiting.v, (w->waiting.n - 1) * sizeof t);
		w->waiting.v[0] = t;
	}
}

static void give_up(struct kh_clamav_workers *w, const char *why)
{
	if (w->broken)
		return;
	w->broken = kh_strdup(why);
	kh_log(KH_LOG_WARNING, "ClamAV's signatures cannot be looked for", KH_S("why", why));
}

/* That a worker could not be told shows when it is listened to, or when its time is over. */
static void hand_over(struct slot *s, struct task t)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_clamav_encode_file(t.id, t.given.candidates, t.given.candidate_count, &b);
	kh_ignore(kh_ipc_send(s->worker.sock, KH_CLAMAV_FILE, b.data, b.len, t.given.fd));
	if (s->queued == 0 && s->ready)
		s->since_ms = kh_monotonic_ms();
	s->queue[s->queued++] = t;
}

static void watch_crowd(struct kh_clamav_workers *w)
{
	if (w->waiting.n < KH_SCAN_CLAMAV_CROWD)
		w->crowded_ms = INT64_MAX;
	else if (w->crowded_ms == INT64_MAX)
		w->crowded_ms = kh_monotonic_ms();
}

static bool some_run(struct kh_clamav_workers *w)
{
	each_slot(w, s)
		if (is_running(s))
			return true;
	return false;
}

static void hand_out(struct kh_clamav_workers *w)
{
	watch_crowd(w);
	while (w->waiting.n > 0) {
		struct slot *s = best_slot(w);
		if (s && !w->broken && !is_running(s) && start(w, s) < 0) {
			kh_auto_free char *why = kh_strdup(kh_fail_detail());
			end(s);
			if (some_run(w)) { /* another one for a crowd: those that run go on without it */
				w->crowded_ms = INT64_MAX;
				return;
			}
			give_up(w, why);
		}
		if (w->broken) {
			struct task t = take_waiting(w);
			answer(w, &t, NULL, w->broken);
		} else if (s) {
			hand_over(s, take_waiting(w));
		} else {
			return;
		}
	}
}

bool kh_clamav_workers_have_room(const struct kh_clamav_workers *w)
{
	return w->waiting.n < KH_SCAN_CLAMAV_WAITING;
}

void kh_clamav_workers_give(struct kh_clamav_workers *w, const struct kh_clamav_task *task)
{
	const struct task t = {w->next_id++, *task};
	kh_array_push(&w->waiting, t);
	hand_out(w);
}

/* ---- failures ---- */

/* What waited behind the file that it was at goes on with another. */
static void replace(struct kh_clamav_workers *w, struct slot *s, const char *failure)
{
	const bool at_file = s->ready && s->queued > 0;
	const struct task first = s->queue[0];
	end(s);
	w->replaced++;
	if (!s->ready)
		give_up(w, failure);
	if (at_file)
		memmove(s->queue, s->queue + 1, --s->queued * sizeof first);
	give_back(w, s);
	if (at_file)
		answer(w, &first, NULL, failure);
}

static void replace_ended(struct kh_clamav_workers *w, struct slot *s)
{
	enum { MOMENT_MS = 50 };
	struct kh_worker_end how_it_ended = {0};
	char how[KH_WORKER_END_SIZE], text[160];
	if (!kh_worker_reap(&s->worker, MOMENT_MS, &how_it_ended)) {
		replace(w, s, "the ClamAV worker closed its connection");
		return;
	}
	snprintf(text, sizeof text, "the ClamAV worker ended with %s", kh_worker_end_text(&how_it_ended, how));
	replace(w, s, text);
}

/* ---- answers ---- */

static void take_ready(struct kh_clamav_workers *w, struct slot *s)
{
	struct kh_clamav_ready ready;
	if (w->message.type != KH_CLAMAV_READY || kh_clamav_decode_ready(w->message.payload, w->message.len, &ready) < 0) {
		replace(w, s, "the ClamAV worker gave a malformed answer");
		return;
	}
	s->ready = true;
	s->since_ms = kh_monotonic_ms();
}

static void take_result(struct kh_clamav_workers *w, struct slot *s)
{
	struct kh_clamav_result result;
	if (w->message.type != KH_CLAMAV_RESULT || kh_clamav_decode_result(w->message.payload, w->message.len, &result) < 0 || s->queued == 0 ||
	    result.id != s->queue[0].id) {
		replace(w, s, "the ClamAV worker gave a malformed answer");
		return;
	}
	const struct task t = s->queue[0];
	memmove(s->queue, s->queue + 1, --s->queued * sizeof t);
	s->since_ms = kh_monotonic_ms();
	w->refused |= result.answer.refused > 0;
	answer(w, &t, result.scanned ? &result : NULL, result.words);
}

static void listen_to(struct kh_clamav_workers *w, struct slot *s)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = KH_IPC_MAX_INLINE}; /* poll has said that there is something */
	int r = kh_ipc_recv(s->worker.sock, &accept, &w->message);
	if (r == KH_E_WORKER_FAILED)
		replace_ended(w, s);
	else if (r < 0)
		replace(w, s, "the ClamAV worker gave a malformed answer");
	else if (!s->ready)
		take_ready(w, s);
	else
		take_result(w, s);
}

static int64_t deadline_of(const struct kh_clamav_workers *w, const struct slot *s)
{
	if (!is_running(s) || (s->ready && s->queued == 0))
		return INT64_MAX;
	return s->since_ms + (s->ready ? w->options.file_ms : KH_SCAN_START_MS);
}

/* ---- the loop ---- */

size_t kh_clamav_workers_poll(const struct kh_clamav_workers *w, struct pollfd fds[KH_SCAN_MAX_CLAMAV_WORKERS])
{
	for (size_t i = 0; i < w->options.workers; i++)
		fds[i] = (struct pollfd){.fd = is_running(&w->slots[i]) ? w->slots[i].worker.sock : -1, .events = POLLIN};
	return w->options.workers;
}

int64_t kh_clamav_workers_until(const struct kh_clamav_workers *w)
{
	int64_t until = INT64_MAX;
	for (size_t i = 0; i < w->options.workers; i++)
		until = KH_MIN(until, deadline_of(w, &w->slots[i]));
	return until;
}

void kh_clamav_workers_listen(struct kh_clamav_workers *w, const struct pollfd *fds)
{
	for (size_t i = 0; i < w->options.workers; i++) {
		struct slot *s = &w->slots[i];
		if (fds[i].revents && is_running(s) && fds[i].fd == s->worker.sock)
			listen_to(w, s);
		else if (kh_monotonic_ms() >= deadline_of(w, s))
			replace(w, s, s->ready ? "the ClamAV worker took too long" : "the ClamAV worker did not start in time");
	}
	hand_out(w);
}

/* ---- life ---- */

/* ---- checking ---- */

static int receive(struct kh_clamav_workers *w, const struct slot *s, enum kh_clamav_message type, int64_t ms)
{
	const struct kh_ipc_accept accept = {.timeout_ms = (int)ms, .max_len = KH_IPC_MAX_INLINE};
	int r = kh_ipc_recv(s->worker.sock, &accept, &w->message);
	return r == 0 && w->message.type != type ? kh_fail(KH_E_WORKER_FAILED, "a malformed answer") : r;
}

static int check_some(struct kh_clamav_workers *w, const struct slot *s, const struct kh_clamav_check *some, const struct kh_clamav_question *q, uint32_t *ret_entries)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_clamav_checked struct kh_clamav_checked checked = {0};
	kh_clamav_encode_check(some, &b);
	int r = kh_ipc_send(s->worker.sock, KH_CLAMAV_CHECK, b.data, b.len, -1);
	r = r < 0 ? r : receive(w, s, KH_CLAMAV_CHECKED, KH_SCAN_COMPILE_MS);
	r = r < 0 ? r : kh_clamav_decode_checked(w->message.payload, w->message.len, &checked);
	if (r < 0)
		return r;
	for (size_t i = 0; i < checked.n; i++)
		q->on_refused(q->context, checked.names[i], 0);
	if (checked.more)
		q->on_refused(q->context, NULL, checked.more);
	*ret_entries = checked.entries;
	return 0;
}

static int check_all(struct kh_clamav_workers *w, const struct slot *s, const struct kh_clamav_question *q)
{
	enum { AT_A_TIME = 2000 };
	struct kh_clamav_check some = {0, 0};
	uint32_t entries = 0;
	int r = receive(w, s, KH_CLAMAV_READY, KH_SCAN_START_MS);
	r = r < 0 ? r : check_some(w, s, &some, q, &entries); /* of none: how many there are */
	for (; r == 0 && some.from < entries; some.from += some.count) {
		some.count = KH_MIN((uint32_t)AT_A_TIME, entries - some.from);
		q->on_progress(q->context, some.from, entries);
		r = check_some(w, s, &some, q, &(uint32_t){0});
	}
	return r;
}

int kh_clamav_workers_check(struct kh_clamav_workers *w, const struct kh_clamav_question *q)
{
	struct slot *s = &w->slots[0];
	end(s);
	int r = start(w, s);
	r = r < 0 ? r : check_all(w, s, q);
	end(s); /* what it held of all the signatures goes with it */
	return r;
}

int64_t kh_clamav_workers_cpu_ns(struct kh_clamav_workers *w)
{
	int64_t sum = 0;
	each_slot(w, s) {
		s->cpu_ns = KH_MAX(s->cpu_ns, kh_worker_cpu_ns(&s->worker));
		sum += s->cpu_gone_ns + s->cpu_ns;
	}
	return sum;
}

uint64_t kh_clamav_workers_replaced(const struct kh_clamav_workers *w)
{
	return w->replaced;
}

bool kh_clamav_workers_refused(const struct kh_clamav_workers *w)
{
	return w->refused;
}

struct kh_clamav_workers *kh_clamav_workers_new(const struct kh_clamav_workers_options *options, kh_clamav_on_answer on_answer, void *context)
{
	kh_assert(options->workers > 0 && options->workers <= KH_SCAN_MAX_CLAMAV_WORKERS);
	struct kh_clamav_workers *w = kh_alloc(sizeof *w);
	*w = (struct kh_clamav_workers){.options = *options, .on_answer = on_answer, .context = context, .message = KH_IPC_MESSAGE_INIT, .crowded_ms = INT64_MAX};
	each_slot(w, s) {
		s->worker = (struct kh_worker)KH_WORKER_NONE;
		s->scratch = (struct kh_scratch_dir)KH_SCRATCH_DIR_NONE;
	}
	return w;
}

void kh_clamav_workers_free(struct kh_clamav_workers *w)
{
	if (!w)
		return;
	each_slot(w, s)
		end(s);
	kh_array_done(&w->waiting);
	kh_ipc_message_done(&w->message);
	free(w->broken);
	free(w);
}
