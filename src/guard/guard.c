#include "guard/guard.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/time.h"
#include "guard/access.h"
#include "guard/part.h"
#include "guard/ransom_part.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define START_TIMEOUT_MS 10000
#define STATUS_EVERY_MS 1000
#define MAX_WATCHED 32
#define MAX_WAITING 1024 /* messages; more are not told */

/* fanotify; files of all users; whose processes open them; workers of another user, their end, and their temporary files. */
#define BIT(capability) (UINT64_C(1) << (capability))
#define CAPABILITIES                                                                                                                                     \
	(BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_KILL) | \
	 BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE))
/* Canaries belong to whom the folder belongs to; and who stops ransomware must be quicker than it is. */
#define RANSOM_CAPABILITIES (BIT(CAP_FOWNER) | BIT(CAP_SYS_NICE))

/* ---- the parts ---- */

static const struct kh_guard_part *const parts[] = {
	&kh_guard_access,
	&kh_guard_ransom,
};

struct watched {
	int fd;
	short events;
	void (*ready)(void *context);
	void *context;
};

struct message {
	uint16_t type;
	void *bytes;
	size_t n;
	int fd; /* -1: none */
};

struct kh_guard {
	struct kh_agent_settings settings;
	int sock, pulse;
	void *self[KH_COUNT(parts)]; /* of the parts that run; NULL: it does not */
	struct {
		struct watched *v;
		size_t n, cap;
	} watched;
	struct {
		struct message *v;
		size_t n, cap;
	} waiting; /* for the broker */
	bool changed, ended;
	int64_t status_at_ms; /* not before */
};

/* ---- what the guard does for its parts ---- */

void kh_guard_watch(struct kh_guard *g, int fd, short events, void (*ready)(void *context), void *context)
{
	kh_assert(g->watched.n < MAX_WATCHED);
	kh_array_push(&g->watched, ((struct watched){fd, events, ready, context}));
}

void kh_guard_unwatch(struct kh_guard *g, int fd)
{
	for (size_t i = 0; i < g->watched.n; i++)
		if (g->watched.v[i].fd == fd) {
			g->watched.v[i] = g->watched.v[--g->watched.n];
			return;
		}
}

const struct kh_agent_settings *kh_guard_settings(const struct kh_guard *g)
{
	return &g->settings;
}

void kh_guard_changed(struct kh_guard *g)
{
	g->changed = true;
}

/* ---- messages ---- */

static bool can_send(const struct kh_guard *g)
{
	struct pollfd p = {.fd = g->sock, .events = POLLOUT};
	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

/* Without a broker there is nobody to tell, and nobody who would end a guard that hangs. */
static void send_now(struct kh_guard *g, const struct message *m)
{
	if (kh_ipc_send(g->sock, m->type, m->bytes, m->n, m->fd) < 0)
		g->ended = true;
}

static void send_waiting(struct kh_guard *g)
{
	while (g->waiting.n && !g->ended && can_send(g)) {
		struct message m = g->waiting.v[0];
		send_now(g, &m);
		memmove(g->waiting.v, g->waiting.v + 1, --g->waiting.n * sizeof *g->waiting.v);
		free(m.bytes);
		kh_fd_close(&m.fd);
	}
}

/* The broker may be waiting for an answer of ours when it opens a file: what it cannot take now waits. */
static void tell(struct kh_guard *g, enum kh_guard_message type, const void *bytes, size_t n, int fd)
{
	struct message m = {(uint16_t)type, (void *)bytes, n, fd};
	if (n > KH_IPC_MAX_INLINE || g->waiting.n == MAX_WAITING)
		return;
	if (!g->waiting.n && can_send(g)) {
		send_now(g, &m);
		return;
	}
	m.bytes = kh_alloc(n + 1);
	memcpy(m.bytes, bytes, n);
	m.fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	kh_array_push(&g->waiting, m);
}

void kh_guard_record(struct kh_guard *g, const struct kh_buf *fields)
{
	tell(g, KH_GUARD_RECORD, kh_buf_text(fields), fields->len, -1);
}

void kh_guard_event(struct kh_guard *g, const struct kh_buf *fields)
{
	tell(g, KH_GUARD_EVENT, kh_buf_text(fields), fields->len, -1);
}

void kh_guard_infected(struct kh_guard *g, const struct kh_buf *json, int fd)
{
	tell(g, KH_GUARD_INFECTED, kh_buf_text(json), json->len, fd);
}

void kh_guard_trouble(struct kh_guard *g, const char *what, int error)
{
	kh_auto_free char *text = kh_format("%s: %s: %s", kh_words(what), kh_error_info(error)->text[kh_language()], kh_fail_detail());
	tell(g, KH_GUARD_TROUBLE, text, strlen(text), -1);
}

/* ---- the loop ---- */

static void answer_pulse(struct kh_guard *g)
{
	char byte = 0;
	ssize_t n = recv(g->pulse, &byte, 1, MSG_DONTWAIT);
	if (n == 1)
		kh_ignore(send(g->pulse, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0);
	else if (n == 0 || errno != EAGAIN)
		g->ended = true;
}

static void tell_status(struct kh_guard *g)
{
	kh_auto_json json_t *j = json_object();
	for (size_t i = 0; i < KH_COUNT(parts); i++) {
		json_t *own = json_object();
		if (g->self[i])
			parts[i]->status(g->self[i], own);
		kh_assert(json_object_set_new(j, parts[i]->name, own) == 0);
	}
	kh_auto_free char *text = kh_json_dump(j);
	tell(g, KH_GUARD_STATUS, text, strlen(text), -1);
	g->changed = false;
	g->status_at_ms = kh_monotonic_ms() + STATUS_EVERY_MS;
}

/* What is due; the time when something is again. */
static int64_t tick(struct kh_guard *g)
{
	int64_t now = kh_monotonic_ms(), next = INT64_MAX;
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		if (g->self[i])
			next = KH_MIN(next, parts[i]->tick(g->self[i], now));
	if (g->changed && now >= g->status_at_ms && !g->waiting.n)
		tell_status(g);
	return g->changed && !g->waiting.n ? KH_MIN(next, g->status_at_ms) : next;
}

static int wait_for(struct kh_guard *g, int64_t until_ms)
{
	struct pollfd fds[MAX_WATCHED + 2] = {{.fd = g->pulse, .events = POLLIN}, {.fd = g->sock, .events = g->waiting.n ? POLLOUT : 0}};
	struct watched watched[MAX_WATCHED];
	size_t n = g->watched.n; /* those called may watch others */
	for (size_t i = 0; i < n; i++) {
		watched[i] = g->watched.v[i];
		fds[2 + i] = (struct pollfd){.fd = watched[i].fd, .events = watched[i].events};
	}
	int64_t left = until_ms == INT64_MAX ? -1 : KH_MIN(KH_MAX(until_ms - kh_monotonic_ms(), INT64_C(0)), (int64_t)INT32_MAX);
	int ready = poll(fds, n + 2, (int)left);
	if (ready < 0 && errno != EINTR)
		return kh_fail_errno("poll");
	if (ready <= 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (fds[2 + i].revents)
			watched[i].ready(watched[i].context);
	if (fds[0].revents)
		answer_pulse(g);
	g->ended = g->ended || (fds[1].revents & (POLLHUP | POLLERR));
	send_waiting(g);
	return 0;
}

/* ---- start and end ---- */

static int read_start(struct kh_guard *g)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(g->sock, &accept, &m);
	if (r == 0 && (m.type != KH_GUARD_START || m.fd < 0))
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	r = r < 0 ? r : kh_guard_read_start(m.payload, m.len, &g->settings);
	if (r == 0)
		g->pulse = kh_ipc_take_fd(&m);
	return r;
}

/* 0 when at least one part runs. */
static int start_parts(struct kh_guard *g)
{
	int r = kh_fail(KH_E_NOT_SUPPORTED, "no part of the guard is wanted");
	bool runs = false;
	for (size_t i = 0; i < KH_COUNT(parts); i++) {
		if (!parts[i]->wanted(&g->settings))
			continue;
		int e = parts[i]->start(g, &g->self[i]);
		if (e < 0)
			kh_guard_trouble(g, parts[i]->name, r = e);
		runs = runs || e == 0;
	}
	return runs ? 0 : r;
}

/* The parts have opened what they need, and no thread has begun. */
static int give_up_rights(const struct kh_guard *g)
{
	uint64_t capabilities = CAPABILITIES | (kh_guard_ransom.wanted(&g->settings) ? RANSOM_CAPABILITIES : 0);
	const struct kh_sandbox_policy policy = {.profile = KH_SANDBOX_GUARD, .keep_all_fds = true, .keep_capabilities = capabilities};
	return kh_sandbox_enter(&policy);
}

static void guard_done(struct kh_guard *g)
{
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		if (g->self[i])
			parts[i]->stop(g->self[i]);
	kh_array_each(&g->waiting, m) {
		free(m->bytes);
		kh_fd_close(&m->fd);
	}
	kh_array_done(&g->waiting);
	kh_array_done(&g->watched);
	kh_fd_close(&g->pulse);
	kh_settings_done(&g->settings, KH_AGENT_SETTINGS);
}

int kh_guard_main(int sock)
{
	struct kh_guard g = {.sock = sock, .pulse = -1, .changed = true};
	kh_log_set_program("khien-agent guard");
	signal(SIGPIPE, SIG_IGN);
	int r = read_start(&g);
	r = r < 0 ? r : start_parts(&g);
	r = r < 0 ? r : give_up_rights(&g);
	if (r < 0)
		kh_guard_trouble(&g, "the guard could not start", r);
	while (r == 0 && !g.ended)
		r = wait_for(&g, tick(&g));
	guard_done(&g);
	return r < 0 ? kh_error_info(r)->exit_status : 0;
}
