/* The broker's end of guard/guard.h: starts the guard when the settings ask for it, buries it, starts it again. Nothing here waits for it. */
#include "guard/guard.h"

#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "os/host.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GOOD_RUN_MS 60000 /* a guard that lived so long has not failed at its start */

/* ---- the pulse ---- */

/* A thread, because the broker itself may be waiting for what a hanging guard does not answer: an open(). It makes system calls on descriptors only. */
struct kh_guard_pulse {
	pthread_t thread;
	int sock;  /* our end */
	int pidfd; /* of the guard */
};

static bool answers(int sock)
{
	char byte = 1;
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int64_t until = kh_monotonic_ms() + KH_GUARD_SILENT_MS;
	if (send(sock, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		return false;
	while (poll(&p, 1, (int)KH_MAX(until - kh_monotonic_ms(), INT64_C(0))) < 0)
		continue;
	return recv(sock, &byte, 1, MSG_DONTWAIT) == 1;
}

/* Ends when the guard does, or when the broker shuts the socket down. */
static void *keep_pulse(void *arg)
{
	struct kh_guard_pulse *p = arg;
	struct pollfd over = {.fd = p->sock, .events = 0}; /* POLLHUP */
	while (answers(p->sock))
		if (poll(&over, 1, KH_GUARD_PULSE_MS) > 0)
			return NULL;
	syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	return NULL;
}

static int start_pulse(struct kh_broker *b, int *ret_theirs)
{
	int socks[2];
	int r = kh_ipc_pair(socks);
	if (r < 0)
		return r;
	struct kh_guard_pulse *p = kh_alloc(sizeof *p);
	*p = (struct kh_guard_pulse){.sock = socks[0], .pidfd = fcntl(b->guard.worker.pidfd, F_DUPFD_CLOEXEC, 3)};
	if (p->pidfd < 0 || pthread_create(&p->thread, NULL, keep_pulse, p) != 0) {
		r = kh_fail_errno("the guard's pulse");
		close(socks[0]), close(socks[1]);
		kh_fd_close(&p->pidfd);
		free(p);
		return r;
	}
	b->pulse = p;
	*ret_theirs = socks[1];
	return 0;
}

static void end_pulse(struct kh_broker *b)
{
	struct kh_guard_pulse *p = b->pulse;
	if (!p)
		return;
	shutdown(p->sock, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->sock);
	close(p->pidfd);
	free(p);
	b->pulse = NULL;
}

/* ---- start and end ---- */

static bool switched_off(const struct kh_broker *b)
{
	kh_auto_free char *path = kh_format("%s/" KH_GUARD_OFF, b->settings->state);
	struct stat st;
	return lstat(path, &st) == 0;
}

/* One that does not end by itself, with what its workers have in /tmp, is killed. */
static void stop_guard(struct kh_broker *b)
{
	struct kh_worker_end end = {0};
	shutdown(b->guard.worker.sock, SHUT_RDWR);
	if (!kh_worker_reap(&b->guard.worker, KH_GUARD_PULSE_MS, &end))
		kh_worker_kill(&b->guard.worker);
	end_pulse(b);
	kh_worker_done(&b->guard.worker);
	json_decref(b->guard_status);
	b->guard_status = NULL;
}

static int send_start(struct kh_broker *b)
{
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	kh_auto_fd int theirs = -1;
	int r = start_pulse(b, &theirs);
	kh_guard_write_start(b->settings, &payload);
	return r < 0 ? r : kh_ipc_send(b->guard.worker.sock, KH_GUARD_START, payload.data, payload.len, theirs);
}

static void start_guard(struct kh_broker *b)
{
	static const char *const arguments[] = {"role", "guard", NULL};
	b->guard_began_ms = kh_monotonic_ms();
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->guard.worker);
	r = r < 0 ? r : send_start(b);
	if (r < 0)
		kh_guard_ended(b, r);
	else
		kh_log(KH_LOG_INFO, "the guard begins", KH_S("mode", b->settings->onaccess_mode));
}

void kh_guard_ended(struct kh_broker *b, int error)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	kh_worker_kill(&b->guard.worker);
	end_pulse(b);
	if (kh_worker_reap(&b->guard.worker, KH_GUARD_PULSE_MS, &end))
		kh_worker_end_text(&end, how);
	if (kh_monotonic_ms() - b->guard_began_ms > GOOD_RUN_MS)
		kh_backoff_reset(&b->guard.backoff);
	b->guard.start_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->guard.backoff, 0);
	b->guard_failures++;
	kh_broker_trouble(b, "guard", kh_fail_in(error, "the guard ended (%s)", how));
	stop_guard(b);
}

/* Who looks after many machines wants to know. */
static void note_switch(struct kh_broker *b, bool off)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	if (off == b->guard_off)
		return;
	b->guard_off = off;
	kh_buf_addf(&fields, "\"kind\":\"event\",\"event\":{\"category\":\"configuration\",\"action\":\"onaccess-%s\"}", off ? "off" : "on");
	kh_ignore(kh_broker_append(b, KH_SPOOL_EVENT, 0, &fields));
}

void kh_guard_due(struct kh_broker *b)
{
	bool wanted = kh_guard_wanted(b->settings) && kh_host_is_privileged();
	note_switch(b, wanted && switched_off(b));
	bool runs = b->guard.worker.pid != 0;
	if (runs && b->guard_off) {
		kh_log(KH_LOG_WARNING, "the guard is switched off");
		stop_guard(b);
	} else if (!runs && wanted && !b->guard_off && kh_monotonic_ms() >= b->guard.start_at_ms) {
		start_guard(b);
	}
}

void kh_guard_stop(struct kh_broker *b)
{
	if (b->guard.worker.pid)
		stop_guard(b);
}

/* ---- what it says ---- */

static void take_status(struct kh_broker *b, const struct kh_ipc_message *m)
{
	json_t *j = NULL;
	if (kh_json_parse((const char *)m->payload, m->len, &j) < 0)
		return;
	json_decref(b->guard_status);
	b->guard_status = j;
}

static void take_record(struct kh_broker *b, const struct kh_ipc_message *m, enum kh_spool_class class_)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_add(&fields, m->payload, m->len);
	kh_ignore(kh_broker_append(b, class_, 0, &fields));
	kh_ignore(kh_broker_commit(b));
	kh_uplink_wake(b);
}

static void take_trouble(struct kh_broker *b, const struct kh_ipc_message *m)
{
	kh_auto_free char *text = kh_strndup((const char *)m->payload, m->len);
	kh_broker_trouble(b, "guard", kh_fail(KH_E_WORKER_FAILED, "%s", text));
}

void kh_guard_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_GUARD_MAX_MESSAGE, .with_fd = true};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->guard.worker.sock, &accept, &m);
	if (r < 0) {
		kh_guard_ended(b, r);
		return;
	}
	if (m.type == KH_GUARD_STATUS)
		take_status(b, &m);
	else if (m.type == KH_GUARD_RECORD)
		take_record(b, &m, KH_SPOOL_DETECTION);
	else if (m.type == KH_GUARD_EVENT)
		take_record(b, &m, KH_SPOOL_EVENT);
	else if (m.type == KH_GUARD_INFECTED)
		kh_take_away(b, &m, kh_ipc_take_fd(&m));
	else if (m.type == KH_GUARD_TROUBLE)
		take_trouble(b, &m);
}

/* The member "guard" of the agent's state: what the guard last said, and whether it runs. */
json_t *kh_guard_status(const struct kh_broker *b)
{
	bool wanted = kh_guard_wanted(b->settings);
	json_t *j = b->guard_status ? json_copy(b->guard_status) : json_object();
	kh_json_set_text(j, "state", !wanted ? "off" : !kh_host_is_privileged() ? "needs_root" : b->guard_off ? "switched_off" : b->guard_status ? "running" : "starting");
	kh_json_set_int(j, "pid", b->guard.worker.pid);
	kh_json_set_int(j, "failures", b->guard_failures);
	return j;
}
