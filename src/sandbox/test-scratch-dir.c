#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/test.h"
#include "sandbox/scratch_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static void fill(const char *dir, const char *outside)
{
	kh_auto_free char *a = kh_format("%s/a", dir), *b = kh_format("%s/a/b", dir), *file = kh_format("%s/a/b/file", dir), *link = kh_format("%s/link", dir);
	assert_int_equal(mkdir(a, 0700), 0);
	assert_int_equal(mkdir(b, 0700), 0);
	assert_int_equal(symlink(outside, link), 0);
	int fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void is_removed_with_what_is_in_it(void **state)
{
	(void)state;
	struct kh_scratch_dir d = KH_SCRATCH_DIR_NONE, none = KH_SCRATCH_DIR_NONE;
	assert_int_equal(kh_scratch_dir_make(&d), 0);
	kh_auto_free char *path = kh_strdup(d.path);
	fill(path, "/etc/passwd");
	kh_scratch_dir_remove(&d);
	assert_false(there(path));
	assert_true(there("/etc/passwd"));
	assert_string_equal(d.path, "");
	kh_scratch_dir_remove(&none);
}

/* A host with a directory of its own, which it never removes. */
static pid_t host(char ret_path[64], const char *outside)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct kh_scratch_dir d = KH_SCRATCH_DIR_NONE;
		if (kh_scratch_dir_make(&d) < 0)
			_exit(1);
		fill(d.path, outside);
		if (write(ends[1], d.path, sizeof d.path) != sizeof d.path)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ends[0], ret_path, 64), 64);
	close(ends[0]), close(ends[1]);
	return pid;
}

static void end_host(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void what_a_killed_host_left_goes(void **state)
{
	(void)state;
	char killed[64], living[64], outside[] = "/tmp/khien-outside-XXXXXX";
	struct kh_scratch_dir own = KH_SCRATCH_DIR_NONE;
	assert_non_null(mkdtemp(outside));
	kh_auto_free char *kept = kh_format("%s/kept", outside), *link = kh_strdup("/tmp/khien-scratch-link");
	assert_int_equal(mkdir(kept, 0700), 0);
	assert_int_equal(kh_scratch_dir_make(&own), 0);
	pid_t first = host(killed, outside), second = host(living, outside);
	assert_int_equal(symlink(outside, link), 0); /* named as one, but none */
	end_host(first);
	assert_true(there(killed));
	kh_scratch_dir_tidy();
	assert_false(there(killed));
	assert_true(there(living) && there(own.path) && there(kept) && there(link));
	end_host(second);
	kh_scratch_dir_tidy();
	assert_false(there(living));
	assert_true(there(own.path));
	kh_scratch_dir_remove(&own);
	unlink(link);
	rmdir(kept), rmdir(outside);
}

KH_TESTS(is_removed_with_what_is_in_it, what_a_killed_host_left_goes)
