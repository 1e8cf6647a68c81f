#include "sandbox/nursery.h"

#include "base/cursor.h"
#include "base/error.h"
#include "ipc/ipc.h"
#include "sandbox/layers.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPLIT_TIMEOUT_MS = 10000 };

/* ---- in the nursery ---- */

/* A child of our parent, not of ours: the host waits for it as for any worker. */
static pid_t split(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0L);
}

/* The host may have died meanwhile; then our parent is somebody else already. */
static int become_worker(int sock, pid_t host)
{
	if (dup2(sock, KH_WORKER_SOCK) < 0)
		return kh_fail_errno("dup2");
	close(sock);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != host)
		_exit(1);
	return kh_sandbox_seccomp(KH_SANDBOX_PURE);
}

static int tell_pid(pid_t pid)
{
	const uint8_t bytes[4] = {(uint8_t)pid, (uint8_t)(pid >> 8), (uint8_t)(pid >> 16), (uint8_t)(pid >> 24)};
	return kh_ipc_send(KH_WORKER_SOCK, KH_NURSERY_CHILD, bytes, sizeof bytes, -1);
}

int kh_nursery_serve(void)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = 0, .with_fd = true};
	const pid_t host = getppid();
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	for (;;) {
		int r = kh_ipc_recv(KH_WORKER_SOCK, &accept, &m);
		if (r < 0)
			return r;
		if (m.type != KH_NURSERY_SPLIT || m.fd < 0)
			return kh_fail(KH_E_SYNTAX, "message %d instead of a wish for a worker", m.type);
		pid_t pid = split();
		if (pid < 0)
			return kh_fail_errno("clone");
		if (pid == 0)
			return become_worker(kh_ipc_take_fd(&m), host);
		r = tell_pid(pid);
		if (r < 0)
			return r;
	}
}

/* ---- in the host ---- */

static int receive_pid(int sock, pid_t *ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = SPLIT_TIMEOUT_MS, .max_len = 4};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	uint32_t pid = 0;
	int r = kh_ipc_recv(sock, &accept, &m);
	struct kh_cursor c = kh_cursor_of(m.payload, m.len);
	if (r == 0 && (m.type != KH_NURSERY_CHILD || !kh_cursor_u32le(&c, &pid) || pid < 2 || pid > INT32_MAX))
		r = kh_fail(KH_E_WORKER_FAILED, "the nursery gave a malformed answer");
	*ret = (pid_t)pid;
	return r < 0 ? kh_fail_in(KH_E_WORKER_FAILED, "a worker's nursery") : 0;
}

/* Only a child of ours can be waited for: a pid that the nursery made up is not believed. */
static int adopt(pid_t pid, int *ret_pidfd)
{
	siginfo_t info;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return kh_fail_errno("a worker of the nursery");
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
		close(pidfd);
		return kh_fail(KH_E_WORKER_FAILED, "the nursery named a process that is no worker");
	}
	*ret_pidfd = pidfd;
	return 0;
}

int kh_nursery_split(const struct kh_worker *nursery, struct kh_worker *ret_worker)
{
	int socks[2], pidfd = -1;
	pid_t pid = 0;
	int r = kh_ipc_pair(socks);
	if (r < 0)
		return r;
	r = kh_ipc_send(nursery->sock, KH_NURSERY_SPLIT, NULL, 0, socks[1]);
	close(socks[1]);
	if (r == 0)
		r = receive_pid(nursery->sock, &pid);
	if (r == 0)
		r = adopt(pid, &pidfd);
	if (r < 0)
		close(socks[0]);
	else
		*ret_worker = (struct kh_worker){.pid = pid, .pidfd = pidfd, .sock = socks[0]};
	return r;
}
