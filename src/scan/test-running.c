#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"
#include "scan/running.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX";
static char program[64], library[64];

static void copy(const char *from, const char *to)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(kh_file_read(from, 64 << 20, &b), 0);
	assert_int_equal(kh_file_replace(to, b.data, b.len, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(program, sizeof program, "%s/program", top);
	snprintf(library, sizeof library, "%s/library", top);
	copy("/bin/sleep", program);
	copy("/bin/sleep", library);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return kh_test_remove(top);
}

static pid_t start_program(void)
{
	int ready[2];
	char none = 0;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, "program", "100", (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &none, 1), 0); /* closed by exec */
	close(ready[0]);
	return pid;
}

static pid_t start_mapping(int protection)
{
	int ready[2];
	char done = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(library, O_RDONLY);
		if (mmap(NULL, 4096, protection, MAP_PRIVATE, fd, 0) == MAP_FAILED || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &done, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static bool lives(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void finds_and_stops_programs(void **state)
{
	(void)state;
	kh_auto_fd int fd = open(program, O_RDONLY);
	pid_t one = start_program(), two = start_program();
	for (enum kh_running_policy policy = KH_RUNNING_OFF; policy < KH_RUNNING_POLICIES; policy++) {
		kh_auto_running struct kh_running r = {0};
		kh_running_of(fd, policy, &r);
		kh_auto_free char *text = kh_running_text(&r);
		assert_int_equal(r.pids.n, policy == KH_RUNNING_OFF ? 0 : 2);
		assert_int_equal(r.ended, policy == KH_RUNNING_STOP ? 2 : 0);
		assert_false(r.of_the_system);
		if (policy == KH_RUNNING_OFF)
			assert_null(text);
		else
			assert_non_null(strstr(text, policy == KH_RUNNING_STOP ? "stopped process " : "still running as process "));
		assert_int_equal(lives(one), policy != KH_RUNNING_STOP);
		assert_int_equal(lives(two), policy != KH_RUNNING_STOP);
	}
}

static void finds_mapped_code_only(void **state)
{
	(void)state;
	kh_auto_fd int fd = open(library, O_RDONLY);
	pid_t code = start_mapping(PROT_READ | PROT_EXEC), data = start_mapping(PROT_READ), other = start_program();
	kh_auto_running struct kh_running r = {0};
	kh_running_of(fd, KH_RUNNING_STOP, &r);
	assert_int_equal(r.pids.n, 1);
	assert_int_equal(r.pids.v[0], code);
	assert_int_equal(r.ended, 1);
	assert_false(lives(code));
	assert_true(lives(data));
	assert_true(lives(other));
	end(data);
	end(other);
}

/* What we run ourselves is a part of the system: neither we nor others that use it are stopped. */
static void spares_the_system(void **state)
{
	(void)state;
	kh_auto_fd int fd = open(library, O_RDONLY);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	pid_t code = start_mapping(PROT_READ | PROT_EXEC);
	kh_auto_running struct kh_running r = {0};
	kh_running_of(fd, KH_RUNNING_STOP, &r);
	assert_true(r.of_the_system);
	assert_int_equal(r.ended, 0);
	assert_true(lives(code));
	end(code);
	munmap(at, 4096);
}

/* One process starts another of the kind as soon as it sees it ended: both are stopped before either is killed. */
static void stops_those_that_watch_each_other(void **state)
{
	(void)state;
	kh_auto_fd int fd = open(program, O_RDONLY);
	pid_t guard = fork();
	if (guard == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int own = open(program, O_RDONLY);
		kh_ignore(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, own, 0) == MAP_FAILED);
		for (;;)
			end(start_program());
	}
	usleep(100000);
	kh_auto_running struct kh_running r = {0}, none = {0};
	kh_running_of(fd, KH_RUNNING_STOP, &r);
	assert_true(r.pids.n >= 1);
	assert_false(lives(guard));
	kh_running_of(fd, KH_RUNNING_WARN, &none);
	assert_int_equal(none.pids.n, 0);
}

static void names_its_policies(void **state)
{
	(void)state;
	for (enum kh_running_policy p = KH_RUNNING_OFF; p < KH_RUNNING_POLICIES; p++) {
		enum kh_running_policy again = KH_RUNNING_POLICIES;
		assert_true(kh_running_policy_parse(kh_running_policy_name(p), &again));
		assert_int_equal(again, p);
	}
	enum kh_running_policy none = KH_RUNNING_OFF;
	assert_false(kh_running_policy_parse("kill", &none));
}

KH_TESTS_WITH(setup, teardown, finds_and_stops_programs, finds_mapped_code_only, spares_the_system, stops_those_that_watch_each_other, names_its_policies)
