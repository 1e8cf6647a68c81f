#include "sandbox/worker.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGS = 8 };

int kh_worker_path(const char *name, char **ret_path)
{
	kh_auto_free char *dir = NULL;
	int r = kh_program_dir(&dir);
	if (r < 0)
		return r;
	bool installed = kh_starts_with(dir, "/usr/") && !kh_starts_with(dir, "/usr/local/");
	*ret_path = kh_format("%s/%s", installed ? KH_WORKER_DIR : dir, name);
	return 0;
}

/* ---- in the child, between fork and exec: system calls only ---- */

/* The time zone is said, so that nobody looks for its file. ASAN_OPTIONS is read by AddressSanitizer only: its symbolizer would be a program that the
 * sandbox forbids, its leak check needs ptrace. A worker's errors are reported by its parent: it speaks the parent's language. */
#define ENVIRONMENT "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC0", "ASAN_OPTIONS=symbolize=0:detect_leaks=0"
static const char *const environments[][6] = {
	[KH_VI] = {ENVIRONMENT, "KHIEN_LANG=vi", NULL},
	[KH_EN] = {ENVIRONMENT, "KHIEN_LANG=en", NULL},
};

static void become_worker(const char *path, char *const *argv, const char *const *environment, int sock, pid_t parent) KH_NORETURN;

static void become_worker(const char *path, char *const *argv, const char *const *environment, int sock, pid_t parent)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above could notice */
	setsid();
	int null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(127);
	if (!KH_SANITIZED && dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	/* dup2 onto itself would keep the close-on-exec flag: take a copy above first. */
	int copy = fcntl(sock, F_DUPFD, KH_WORKER_SOCK + 1);
	if (copy < 0 || dup2(copy, KH_WORKER_SOCK) < 0)
		_exit(127);
	syscall(SYS_close_range, KH_WORKER_SOCK + 1, ~0U, 0);
	execve(path, argv, (char *const *)environment);
	_exit(127);
}

/* ---- in the parent ---- */

int kh_worker_spawn(const char *path, const char *const *args, struct kh_worker *ret_worker)
{
	char *argv[MAX_ARGS + 2] = {(char *)path};
	for (size_t i = 0; args && args[i]; i++) {
		kh_assert(i < MAX_ARGS);
		argv[i + 1] = (char *)args[i];
	}
	if (access(path, X_OK) < 0)
		return kh_fail_errno("%s", path);
	int socks[2];
	int r = kh_ipc_pair(socks);
	if (r < 0)
		return r;
	const char *const *environment = environments[kh_language()];
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		become_worker(path, argv, environment, socks[1], parent);
	close(socks[1]);
	int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		r = kh_fail_errno("starting %s", path);
		close(socks[0]);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		return r;
	}
	*ret_worker = (struct kh_worker){.pid = pid, .pidfd = pidfd, .sock = socks[0]};
	return 0;
}

void kh_worker_kill(const struct kh_worker *w)
{
	if (w->pid > 0)
		syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL, 0);
}

bool kh_worker_reap(struct kh_worker *w, int timeout_ms, struct kh_worker_end *ret_end)
{
	if (w->pid <= 0)
		return false;
	struct pollfd p = {.fd = w->pidfd, .events = POLLIN};
	int n = 0;
	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	siginfo_t info = {0};
	if (n <= 0 || waitid(P_PIDFD, (id_t)w->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return false;
	w->pid = 0;
	bool exited = info.si_code == CLD_EXITED;
	*ret_end = (struct kh_worker_end){.status = exited ? info.si_status : 0, .signal = exited ? 0 : info.si_status};
	return true;
}

void kh_worker_done(struct kh_worker *w)
{
	if (w->sock >= 0)
		close(w->sock);
	if (w->pid > 0) {
		struct kh_worker_end end = {0};
		kh_worker_kill(w);
		kh_ignore(kh_worker_reap(w, 1000, &end));
	}
	if (w->pidfd >= 0)
		close(w->pidfd);
	*w = (struct kh_worker)KH_WORKER_NONE;
}

const char *kh_worker_end_text(const struct kh_worker_end *end, char ret_text[KH_WORKER_END_SIZE])
{
	if (end->signal == SIGSYS)
		snprintf(ret_text, KH_WORKER_END_SIZE, "%s", kh_words("a forbidden system call"));
	else if (end->signal)
		snprintf(ret_text, KH_WORKER_END_SIZE, kh_words("signal %d (%s)"), end->signal, strsignal(end->signal));
	else
		snprintf(ret_text, KH_WORKER_END_SIZE, kh_words("exit status %d"), end->status);
	return ret_text;
}

int64_t kh_worker_cpu_ns(const struct kh_worker *w)
{
	clockid_t clock;
	struct timespec t = {0};
	if (!w->pid || clock_getcpuclockid(w->pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return 0;
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}
