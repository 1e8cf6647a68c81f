#include "search/workers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/crew.h"
#include "sandbox/nursery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct kh_search_workers {
	struct kh_search_workers_options options; /* texts are lent for as long as the workers live */
	kh_search_on_done on_done;
	void *context;
	struct kh_worker nursery;
	struct kh_search_ready ready;
	struct kh_ipc_message message;
	struct kh_crew *crew;
};

/* ---- getting ready ---- */

static int send_file(const struct kh_search_workers *w, enum kh_search_message type, const char *path)
{
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? kh_fail_errno("%s", path) : kh_ipc_send(w->nursery.sock, type, path, strlen(path), fd);
}

static int is_rules(const struct dirent *e)
{
	return e->d_name[0] != '.' && kh_ends_with(e->d_name, ".yaml");
}

/* In the order of their names, so that their digest is always the same. */
static int send_rules(const struct kh_search_workers *w)
{
	struct dirent **names = NULL;
	int n = scandir(w->options.rules, &names, is_rules, alphasort);
	int r = n < 0 ? kh_fail_errno("%s", w->options.rules) : 0;
	if (r == 0 && (n == 0 || n > KH_SEARCH_MAX_RULE_FILES))
		r = kh_fail(KH_E_INVALID_CONFIG, "%s: %d files of rules; 1 to %d are needed", w->options.rules, n, KH_SEARCH_MAX_RULE_FILES);
	for (int i = 0; i < n; i++) {
		kh_auto_free char *path = kh_format("%s/%s", w->options.rules, names[i]->d_name);
		r = r < 0 ? r : send_file(w, KH_SEARCH_RULES, path);
		free(names[i]);
	}
	free(names);
	return r;
}

static int ask_for_readiness(struct kh_search_workers *w)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_setup(&w->options.setup, &b);
	int r = send_rules(w);
	if (r == 0 && w->options.letters)
		r = send_file(w, KH_SEARCH_LETTERS, w->options.letters);
	return r < 0 ? r : kh_ipc_send(w->nursery.sock, KH_SEARCH_SETUP, b.data, b.len, -1);
}

static int take_readiness(struct kh_search_workers *w)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SEARCH_START_MS, .max_len = KH_IPC_MAX_INLINE};
	int r = kh_ipc_recv(w->nursery.sock, &accept, &w->message);
	if (r < 0)
		return r;
	if (w->message.type == KH_SEARCH_REFUSED)
		return kh_fail(KH_E_INVALID_CONFIG, "%.*s", (int)w->message.len, (const char *)w->message.payload);
	return w->message.type == KH_SEARCH_READY ? kh_search_decode_ready(w->message.payload, w->message.len, &w->ready)
						  : kh_fail(KH_E_WORKER_FAILED, "message %d instead of readiness", w->message.type);
}

static int start_nursery(struct kh_search_workers *w)
{
	kh_worker_done(&w->nursery);
	int r = kh_worker_spawn(w->options.program, NULL, &w->nursery);
	if (r < 0)
		return r;
	int asked = ask_for_readiness(w);
	if (asked < 0 && asked != KH_E_WORKER_FAILED)
		return asked; /* it waits for what it will not get */
	r = take_readiness(w); /* what the worker says tells more than that it has gone */
	return r == KH_E_INVALID_CONFIG || asked == 0 ? r : asked;
}

/* One that has gone (the system was short of memory, say) is made anew, once. */
static int start_worker(void *context, struct kh_worker *ret)
{
	struct kh_search_workers *w = context;
	if (kh_nursery_split(&w->nursery, ret) == 0)
		return 0;
	int r = start_nursery(w);
	return r < 0 ? r : kh_nursery_split(&w->nursery, ret);
}

/* ---- files ---- */

static void done(struct kh_search_workers *w, struct kh_walk_item *item, const struct kh_search_reply *reply, const char *failure)
{
	w->on_done(w->context, item, reply, failure);
	kh_walk_item_done(item);
	free(item);
}

static int tell(void *context, int sock, uint64_t id, void *item)
{
	(void)context;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_file(id, &b);
	return kh_ipc_send(sock, KH_SEARCH_FILE, b.data, b.len, ((struct kh_walk_item *)item)->fd);
}

static int on_answer(void *context, uint64_t id, void *item, struct kh_ipc_message *m)
{
	struct kh_search_reply reply = {0};
	int r = m->type == KH_SEARCH_RESULT ? kh_search_decode_reply(m->payload, m->len, &reply) : kh_fail(KH_E_SYNTAX, "no result");
	if (r == 0 && reply.id != id)
		r = kh_fail(KH_E_SYNTAX, "no answer to what was asked");
	if (r == 0)
		done(context, item, &reply, NULL);
	kh_search_report_done(&reply.report);
	return r;
}

static void on_failure(void *context, void *item, enum kh_crew_failure failure, const struct kh_worker_end *end)
{
	static const char *const words[] = {
		[KH_CREW_CUT_SHORT] = "the file was cut short while it was read",
		[KH_CREW_CLOSED] = "the document worker closed its connection",
		[KH_CREW_MALFORMED] = "the document worker gave a malformed answer",
	};
	struct kh_search_workers *w = context;
	char how[KH_WORKER_END_SIZE], text[160];
	if (failure == KH_CREW_ENDED)
		snprintf(text, sizeof text, "the document worker ended with %s", kh_worker_end_text(end, how));
	else if (failure == KH_CREW_LATE)
		snprintf(text, sizeof text, "the document worker took longer than %lld ms", (long long)w->options.file_ms);
	done(w, item, NULL, failure == KH_CREW_ENDED || failure == KH_CREW_LATE ? text : words[failure]);
}

bool kh_search_workers_offer(struct kh_search_workers *w, struct kh_walk_item *item)
{
	struct kh_walk_item *own = kh_alloc(sizeof *own);
	*own = *item;
	const bool taken = kh_crew_offer(w->crew, own, own->state.size);
	if (taken)
		*item = (struct kh_walk_item)KH_WALK_ITEM_NONE;
	else
		free(own);
	return taken;
}

int kh_search_workers_wait(struct kh_search_workers *w, int timeout_ms)
{
	struct pollfd fds[KH_CREW_MAX];
	const int64_t until = KH_MIN(kh_monotonic_ms() + timeout_ms, kh_crew_until(w->crew));
	const size_t n = kh_crew_poll(w->crew, fds);
	const int got = poll(fds, n, (int)KH_MAX(until - kh_monotonic_ms(), INT64_C(0)));
	if (got < 0 && errno != EINTR)
		return kh_fail_errno("poll");
	for (size_t i = 0; i < n && got < 0; i++)
		fds[i].revents = 0;
	return kh_crew_listen(w->crew, fds);
}

size_t kh_search_workers_busy(const struct kh_search_workers *w)
{
	return kh_crew_busy(w->crew);
}

uint64_t kh_search_workers_replaced(const struct kh_search_workers *w)
{
	return kh_crew_replaced(w->crew);
}

int64_t kh_search_workers_cpu_ns(struct kh_search_workers *w)
{
	struct timespec own = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	return own.tv_sec * INT64_C(1000000000) + own.tv_nsec + kh_crew_cpu_ns(w->crew);
}

const struct kh_search_ready *kh_search_workers_ready(const struct kh_search_workers *w)
{
	return &w->ready;
}

/* ---- life ---- */

static struct kh_crew *new_crew(struct kh_search_workers *w)
{
	const struct kh_crew_options options = {
		.workers = w->options.workers,
		.queue = KH_SEARCH_QUEUE,
		.queue_bytes = KH_SEARCH_QUEUE_BYTES,
		.job_ms = w->options.file_ms,
		.context = w,
		.start = start_worker,
		.tell = tell,
		.on_answer = on_answer,
		.on_failure = on_failure,
	};
	return kh_crew_new(&options);
}

int kh_search_workers_new(const struct kh_search_workers_options *options, kh_search_on_done on_done, void *context, struct kh_search_workers **ret)
{
	kh_assert(options->workers > 0 && options->workers <= KH_SEARCH_MAX_WORKERS);
	struct kh_search_workers *w = kh_alloc(sizeof *w);
	*w = (struct kh_search_workers){.options = *options, .on_done = on_done, .context = context, .nursery = KH_WORKER_NONE, .message = KH_IPC_MESSAGE_INIT};
	w->crew = new_crew(w);
	int r = start_nursery(w);
	r = r < 0 ? r : kh_crew_start(w->crew);
	if (r < 0)
		kh_search_workers_free(w);
	else
		*ret = w;
	return r;
}

void kh_search_workers_free(struct kh_search_workers *w)
{
	if (!w)
		return;
	for (struct kh_walk_item *item = kh_crew_drop(w->crew); item; item = kh_crew_drop(w->crew)) {
		kh_walk_item_done(item);
		free(item);
	}
	kh_crew_free(w->crew);
	kh_worker_done(&w->nursery);
	kh_ipc_message_done(&w->message);
	free(w);
}
