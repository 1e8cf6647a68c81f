#include "os/file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *root;

static int make_root(void **state)
{
	(void)state;
	char pattern[] = "/tmp/khien-file-XXXXXX";
	root = kh_strdup(mkdtemp(pattern));
	return root ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	int r = kh_test_remove(root);
	free(root);
	return r;
}

static char *below(const char *name)
{
	return kh_format("%s/%s", root, name);
}

static void replaces_and_reads(void **state)
{
	(void)state;
	kh_auto_free char *path = below("a/b/c.txt"), *dir = below("a/b");
	assert_int_equal(kh_dir_make(dir, 0700), 0);
	assert_int_equal(kh_dir_make(dir, 0700), 0);
	assert_int_equal(kh_file_replace(path, "one", 3, 0600), 0);
	assert_int_equal(kh_file_replace(path, "second", 6, 0640), 0);
	struct stat st = {0};
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(kh_file_read(path, 6, &b), 0);
	assert_string_equal(b.data, "second");
	assert_int_equal(kh_file_read(path, 5, &b), KH_E_TOO_LARGE);
	assert_int_equal(kh_file_create(path, "x", 1, 0600), KH_E_EXISTS);
}

static void failures_have_names(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_free char *gone = below("gone"), *file = below("plain"), *inside = below("plain/x"), *fifo = below("fifo");
	assert_int_equal(kh_file_read(gone, 10, &b), KH_E_NOT_FOUND);
	assert_non_null(strstr(kh_fail_detail(), "gone"));
	assert_int_equal(kh_file_create(file, "", 0, 0600), 0);
	assert_int_equal(kh_dir_make(file, 0700), KH_E_EXISTS);
	assert_int_equal(kh_file_replace(inside, "", 0, 0600), KH_E_NOT_FOUND);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(kh_file_read(fifo, 10, &b), 0); /* does not block */
	assert_false(kh_file_exists(gone));
	assert_true(kh_file_exists(file));
}

static void stays_below_a_directory(void **state)
{
	(void)state;
	kh_auto_free char *etc = below("etc"), *release = below("etc/os-release"), *absolute = below("absolute"), *up = below("up");
	assert_int_equal(kh_dir_make(etc, 0700), 0);
	assert_int_equal(kh_file_create(release, "recorded", 8, 0600), 0);
	assert_int_equal(symlink("/etc/os-release", absolute), 0);
	assert_int_equal(symlink("../../../../../etc/os-release", up), 0);
	kh_auto_fd int dir = open(root, O_RDONLY | O_DIRECTORY);
	static const char *const ways[] = {"/etc/os-release", "etc/os-release", "absolute", "up", "../../etc/os-release"};
	for (size_t i = 0; i < KH_COUNT(ways); i++) {
		kh_auto_fd int fd = -1;
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		assert_int_equal(kh_file_open_in_root(dir, ways[i], &fd), 0);
		assert_int_equal(kh_file_read_fd(fd, ways[i], 100, &b), 0);
		assert_string_equal(b.data, "recorded");
	}
	kh_auto_fd int fd = -1;
	assert_int_equal(kh_file_open_beneath(dir, "etc/os-release", &fd), 0);
	static const char *const escapes[] = {"/etc/os-release", "absolute", "up", "../x"};
	for (size_t i = 0; i < KH_COUNT(escapes); i++) {
		kh_auto_fd int none = -1;
		assert_true(kh_file_open_beneath(dir, escapes[i], &none) < 0);
		assert_int_equal(none, -1);
	}
}

static pid_t rename_for_ever(const char *name)
{
	kh_auto_free char *a = below(name), *b = kh_format("%s-renamed", a);
	assert_int_equal(kh_dir_make(a, 0700), 0);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to kill it */
	for (;;) {
		kh_ignore(rename(a, b));
		kh_ignore(rename(b, a));
	}
}

/* Renames anywhere on the machine disturb the resolution of "..": it is tried again, and a file that is there is never missing. */
static void opens_while_others_rename(void **state)
{
	(void)state;
	kh_auto_free char *usr = below("usr/lib"), *real = below("usr/lib/os-release"), *etc = below("etc2"), *link = below("etc2/os-release");
	assert_int_equal(kh_dir_make(usr, 0700), 0);
	assert_int_equal(kh_dir_make(etc, 0700), 0);
	assert_int_equal(kh_file_create(real, "recorded", 8, 0600), 0);
	assert_int_equal(symlink("../usr/lib/os-release", link), 0);
	pid_t renamers[] = {rename_for_ever("a"), rename_for_ever("b")};
	kh_auto_fd int dir = open(root, O_RDONLY | O_DIRECTORY);
	int failed = 0;
	for (int i = 0; i < 50000; i++) {
		kh_auto_fd int fd = -1;
		failed += kh_file_open_in_root(dir, "etc2/os-release", &fd) < 0;
	}
	for (size_t i = 0; i < KH_COUNT(renamers); i++) {
		kill(renamers[i], SIGKILL);
		waitpid(renamers[i], NULL, 0);
	}
	assert_int_equal(failed, 0);
}

KH_TESTS_WITH(make_root, remove_root, replaces_and_reads, failures_have_names, stays_below_a_directory, opens_while_others_rename)
