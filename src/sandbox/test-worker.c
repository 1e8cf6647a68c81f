#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "sandbox/nursery.h"
#include "sandbox/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct kh_worker start(const char *const *args)
{
	struct kh_worker w = KH_WORKER_NONE;
	assert_int_equal(kh_worker_spawn(TEST_WORKER, args, &w), 0);
	return w;
}

static void tell(const struct kh_worker *w, const char *what)
{
	assert_int_equal(kh_ipc_send(w->sock, 1, what, 1, -1), 0);
}

static void starts_clean(void **state)
{
	(void)state;
	int stray = open("/dev/null", O_RDONLY); /* inheritable: must not reach the worker */
	const char *const args[] = {"one", "two", NULL};
	kh_auto_worker struct kh_worker w = start(args);
	tell(&w, "d");
	const struct kh_ipc_accept accept = {.timeout_ms = 10000, .max_len = 4096};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	assert_int_equal(kh_ipc_recv(w.sock, &accept, &m), 0);
	char text[512] = "";
	memcpy(text, m.payload, KH_MIN(m.len, sizeof text - 1));
	assert_string_equal(text, "arg=one arg=two fd=0 fd=1 fd=2 fd=3 leader=1 home=unset");
	close(stray);
}

static void says_how_it_ended(void **state)
{
	(void)state;
	static const struct {
		const char *message;
		int status, signal;
		const char *text;
	} cases[] = {{"7", 7, 0, "exit status 7"}, {"0", 0, 0, "exit status 0"}, {"a", 0, SIGABRT, "signal 6 (Aborted)"}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_worker struct kh_worker w = start(NULL);
		struct kh_worker_end end = {0};
		char text[KH_WORKER_END_SIZE];
		tell(&w, cases[i].message);
		struct pollfd p = {.fd = w.pidfd, .events = POLLIN};
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_true(kh_worker_reap(&w, 0, &end));
		assert_int_equal(end.status, cases[i].status);
		assert_int_equal(end.signal, cases[i].signal);
		assert_string_equal(kh_worker_end_text(&end, text), cases[i].text);
		assert_false(kh_worker_reap(&w, 0, &end)); /* only once */
	}
}

static void kills_one_that_hangs(void **state)
{
	(void)state;
	kh_auto_worker struct kh_worker w = start(NULL);
	struct kh_worker_end end = {0};
	tell(&w, "h");
	assert_false(kh_worker_reap(&w, 20, &end));
	kh_worker_kill(&w);
	assert_true(kh_worker_reap(&w, 10000, &end));
	assert_int_equal(end.signal, SIGKILL);
}

static void ends_when_the_connection_closes(void **state)
{
	(void)state;
	struct kh_worker w = start(NULL);
	struct kh_worker_end end = {0};
	close(w.sock);
	w.sock = -1;
	assert_true(kh_worker_reap(&w, 10000, &end));
	assert_int_equal(end.status, 0);
	kh_worker_done(&w);
	kh_worker_done(&w); /* twice does no harm */
}

/* The worker of a program that is killed goes with it. */
static void dies_with_its_parent(void **state)
{
	(void)state;
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct kh_worker w = KH_WORKER_NONE;
		kh_ignore(kh_worker_spawn(TEST_WORKER, NULL, &w));
		kh_ignore(kh_ipc_send(w.sock, 1, "h", 1, -1));
		int kept = dup(w.sock); /* so that the worker cannot notice by its socket */
		(void)kept;
		kh_ignore((int)write(pipe_fds[1], &w.pid, sizeof w.pid));
		pause();
		_exit(0);
	}
	pid_t worker = 0;
	assert_int_equal(read(pipe_fds[0], &worker, sizeof worker), sizeof worker);
	assert_int_equal(kill(worker, 0), 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	int64_t until = kh_monotonic_ms() + 10000;
	while (kill(worker, 0) == 0 && kh_monotonic_ms() < until) {
		char stat_path[64], line[256] = "";
		snprintf(stat_path, sizeof stat_path, "/proc/%d/stat", worker);
		int fd = open(stat_path, O_RDONLY);
		ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
		if (fd >= 0)
			close(fd);
		if (n <= 0 || strstr(line, ") Z "))
			break; /* dead, not yet buried by init */
		usleep(1000);
	}
	assert_true(kh_monotonic_ms() < until);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void says_what_cannot_be_started(void **state)
{
	(void)state;
	struct kh_worker w = KH_WORKER_NONE;
	assert_int_equal(kh_worker_spawn("/nonexistent/worker", NULL, &w), KH_E_NOT_FOUND);
	assert_int_equal(kh_worker_spawn("/etc/passwd", NULL, &w), KH_E_PERMISSION);
	kh_worker_kill(&w);
	kh_worker_done(&w); /* nothing there: nothing happens */
	kh_auto_free char *path = NULL;
	assert_int_equal(kh_worker_path("khien-scan-worker", &path), 0);
	assert_true(kh_ends_with(path, "/khien-scan-worker"));
}

static struct kh_worker split(const struct kh_worker *nursery)
{
	struct kh_worker w = KH_WORKER_NONE;
	assert_int_equal(kh_nursery_split(nursery, &w), 0);
	return w;
}

static struct kh_worker_end end_of(struct kh_worker *w)
{
	struct kh_worker_end end = {0};
	assert_true(kh_worker_reap(w, 10000, &end));
	return end;
}

static void a_nursery_makes_workers(void **state)
{
	(void)state;
	static const char *const args[] = {"nursery", NULL};
	kh_auto_worker struct kh_worker nursery = start(args);
	kh_auto_worker struct kh_worker one = split(&nursery), two = split(&nursery), three = split(&nursery);
	const struct kh_ipc_accept accept = {.timeout_ms = 10000, .max_len = 4096};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;

	tell(&one, "7");
	assert_int_equal(end_of(&one).status, 7);
	tell(&two, "f"); /* what a nursery may, its workers may not */
	assert_int_equal(end_of(&two).signal, SIGSYS);
	tell(&three, "o");
	assert_int_equal(kh_ipc_recv(three.sock, &accept, &m), 0);
	char text[512] = "";
	memcpy(text, m.payload, KH_MIN(m.len, sizeof text - 1));
	assert_string_equal(text, "fd=0 fd=1 fd=2 fd=3 ");

	/* Workers live on without their nursery, until the host lets go of them. */
	kh_worker_done(&nursery);
	struct kh_worker none = KH_WORKER_NONE;
	assert_int_equal(kh_nursery_split(&(struct kh_worker)KH_WORKER_NONE, &none) < 0, true);
	tell(&three, "o");
	assert_int_equal(kh_ipc_recv(three.sock, &accept, &m), 0);
	kh_ipc_message_done(&m);
	close(three.sock);
	three.sock = -1;
	assert_int_equal(end_of(&three).status, 0);
}

KH_TESTS(starts_clean, says_how_it_ended, kills_one_that_hangs, ends_when_the_connection_closes, dies_with_its_parent, says_what_cannot_be_started,
	 a_nursery_makes_workers)
