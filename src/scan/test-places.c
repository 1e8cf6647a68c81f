/* What the kinds of scan look at: the programs of running processes, deleted ones too, and the file systems of a recorded machine. */
#include "scan/places.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/khien-places-XXXXXX";

static int make_top(void **state KH_UNUSED)
{
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state KH_UNUSED)
{
	return kh_test_remove(top);
}

static void copy_program(const char *from, const char *to)
{
	kh_auto_fd int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat st;
	assert_true(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	for (off_t at = 0; at < st.st_size;)
		assert_true(sendfile(out, in, &at, (size_t)(st.st_size - at)) > 0);
}

/* A process that sleeps, once it runs the program. */
static pid_t start(const char *program)
{
	char real[512] = "";
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, "60", NULL);
		_exit(127);
	}
	kh_auto_free char *exe = kh_format("/proc/%d/exe", (int)pid);
	for (int i = 0; i < 500 && !kh_streq(real, program); i++) {
		ssize_t n = readlink(exe, real, sizeof real - 1);
		real[n > 0 ? n : 0] = '\0';
		usleep(10000);
	}
	assert_string_equal(real, program);
	return pid;
}

static const struct kh_executed_file *file_of(const struct kh_executed *r, const char *path)
{
	for (size_t i = 0; i < r->n; i++)
		if (strncmp(r->v[i].path, path, strlen(path)) == 0)
			return &r->v[i];
	return NULL;
}

static void programs_that_run_are_found_deleted_or_not(void **state KH_UNUSED)
{
	struct kh_executed running = {0};
	struct stat st, now;
	kh_auto_free char *kept = kh_format("%s/kept", top), *gone = kh_format("%s/gone", top);
	copy_program("/bin/sleep", kept);
	copy_program("/bin/sleep", gone);
	assert_int_equal(stat(gone, &st), 0);
	pid_t one = start(kept), other = start(gone);
	unlink(gone);
	assert_int_equal(kh_executed_read(&running), 0);
	kill(one, SIGKILL);
	kill(other, SIGKILL);
	waitpid(one, NULL, 0);
	waitpid(other, NULL, 0);
	const struct kh_executed_file *named = file_of(&running, kept), *open = file_of(&running, gone);
	assert_non_null(named);
	assert_int_equal(named->fd, -1);
	if (geteuid() == 0) { /* the kernel shows map_files to root only */
		assert_non_null(open);
		assert_int_equal(fstat(open->fd, &now), 0);
		assert_int_equal(now.st_ino, st.st_ino);
	}
	assert_non_null(file_of(&running, "/")); /* this test's own libraries */
	kh_executed_done(&running);
}

static bool has(const struct kh_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (kh_streq(names->v[i], name))
			return true;
	return false;
}

static void full_is_each_local_file_system_once(void **state KH_UNUSED)
{
	static const char text[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
				   "2 1 8:2 / /home rw - ext4 /dev/sda2 rw\n"
				   "3 1 8:1 /srv/a /mnt/bind rw - ext4 /dev/sda1 rw\n"
				   "4 1 8:2 / /mnt/home rw - ext4 /dev/sda2 rw\n"
				   "5 1 0:50 / /mnt/nas rw - nfs4 nas:/ rw\n"
				   "6 1 0:51 /only/this /var/lib/x rw - btrfs /dev/sdb rw\n"
				   "7 1 8:17 / /media/usb rw - vfat /dev/sdc1 rw\n";
	static const struct {
		const char *path;
		bool passed_over;
	} expected[] = {{"/", false}, {"/home", false}, {"/mnt/bind", true}, {"/mnt/home", true}, {"/mnt/nas", true}, {"/var/lib/x", false}, {"/media/usb", false}};
	kh_auto_free char *folder = kh_format("%s/proc/self", top), *file = kh_format("%s/mountinfo", folder);
	kh_auto_scan_places struct kh_scan_places p = {0};
	struct kh_scan_options options = {0};
	assert_int_equal(kh_dir_make(folder, 0755), 0);
	assert_int_equal(kh_file_replace(file, text, strlen(text), 0644), 0);
	kh_scan_places_full(&p, top);
	for (size_t i = 0; i < KH_COUNT(expected); i++)
		assert_int_equal(has(&p.passed_over, expected[i].path), expected[i].passed_over);
	assert_null(p.lack);
	kh_scan_places_use(&p, &options);
	assert_int_equal(options.path_count, 1);
	assert_string_equal(options.paths[0], "/");
	assert_null(options.passed_over[p.passed_over.n]);
}

static void what_cannot_be_found_out_is_said(void **state KH_UNUSED)
{
	kh_auto_scan_places struct kh_scan_places full = {0}, quick = {0};
	kh_scan_places_full(&full, "/nowhere");
	assert_non_null(full.lack);
	assert_true(has(&full.paths, "/"));
	kh_scan_places_quick(&quick, &(struct kh_collector_options){.program = "/nowhere/collector"});
	assert_non_null(quick.lack);
	assert_true(quick.paths.n > 0); /* what runs */
}

static void quick_names_each_file_once(void **state KH_UNUSED)
{
	kh_auto_scan_places struct kh_scan_places p = {0};
	kh_scan_places_quick(&p, &(struct kh_collector_options){.program = TEST_COLLECTOR});
	assert_null(p.lack);
	assert_true(p.paths.n > 0);
	for (size_t i = 1; i < p.paths.n; i++)
		assert_true(strcmp(p.paths.v[i - 1], p.paths.v[i]) < 0);
}

KH_TESTS_WITH(make_top, remove_top, programs_that_run_are_found_deleted_or_not, full_is_each_local_file_system_once, what_cannot_be_found_out_is_said, quick_names_each_file_once)
