/* Full and read-only disks: small file systems that only a child process sees. Skipped where mounting is not allowed. */
#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"
#include "server/backup.h"
#include "server/test_server.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child with mounts of its own: a small file system at `dir`. The child's exit status 0 is success, 77 says that mounting is not allowed. */
static int in_small_disk(const char *dir, const char *options, int (*run)(const char *dir))
{
	assert_int_equal(kh_dir_make(dir, 0700), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("tmpfs", dir, "tmpfs", 0, options) < 0)
			_exit(77);
		_exit(run(dir));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

#define CHECK(condition)                                                                                       \
	do {                                                                                                   \
		if (!(condition)) {                                                                            \
			fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, kh_fail_detail()); \
			return 1;                                                                              \
		}                                                                                              \
	} while (0)

static int add_units(struct kh_db *db, void *arg)
{
	(void)arg;
	int r = 0;
	for (int i = 0; r == 0 && i < 200; i++)
		r = kh_db_run(db, "INSERT INTO unit(code, name, name_fold, kind, from_s) SELECT COUNT(*), ?1, '', 'ward', 0 FROM unit",
			      "a name of some length that fills the disk");
	return r;
}

/* What was answered with success is there; what was refused left nothing; with room again it goes on. */
static int fill_disk(const char *dir)
{
	kh_auto_free char *data = kh_format("%s/data", dir), *ballast = kh_format("%s/ballast", dir), *backup = kh_format("%s/backup", dir);
	kh_auto_server struct kh_server *server = kh_test_created(data);
	int64_t written = kh_test_server_number(server, "SELECT COUNT(*) FROM unit"), bytes = 0;
	int r = 0;
	kh_auto_fd int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && posix_fallocate(fd, 0, 1000000) == 0);
	while ((r = kh_store_write(server->store, add_units, NULL)) == 0)
		written += 200;
	CHECK(r == KH_E_DISK_FULL);
	CHECK(kh_store_write(server->store, add_units, NULL) == KH_E_DISK_FULL);
	CHECK(kh_test_server_number(server, "SELECT COUNT(*) FROM unit") == written);
	CHECK(kh_backup_make(server, backup, false, &bytes) == KH_E_DISK_FULL);
	CHECK(!kh_file_exists(backup));
	CHECK(unlink(ballast) == 0 && ftruncate(fd, 0) == 0);
	CHECK(kh_store_write(server->store, add_units, NULL) == 0);
	CHECK(kh_test_server_number(server, "SELECT COUNT(*) FROM unit") == written + 200);
	return 0;
}

static int init_on_full_disk(const char *dir)
{
	kh_auto_free char *data = kh_format("%s/data", dir);
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	kh_auto_server struct kh_server *server = NULL;
	CHECK(kh_test_create(data, &made, &server) == KH_E_DISK_FULL);
	CHECK(mount("tmpfs", dir, NULL, MS_REMOUNT, "size=8m") == 0);
	CHECK(kh_test_create(data, &made, &server) == 0);
	CHECK(made.first_password != NULL);
	return 0;
}

static int use_read_only_disk(const char *dir)
{
	kh_auto_free char *data = kh_format("%s/data", dir), *other = kh_format("%s/other", dir);
	kh_server_free(kh_test_created(data));
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	kh_auto_server struct kh_server *server = NULL;
	CHECK(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK(kh_test_open(data, &server) == KH_E_READ_ONLY);
	CHECK(kh_test_create(other, &made, &server) == KH_E_READ_ONLY);
	CHECK(kh_test_restore(other, "/dev/null", false) == KH_E_READ_ONLY);
	return 0;
}

static void assert_on_disk(const char *options, int (*run)(const char *dir))
{
	kh_auto_free char *dir = kh_test_new_dir();
	int status = in_small_disk(dir, options, run);
	if (status == 77)
		KH_SKIP("needs root");
	assert_int_equal(status, 0);
}

static void full_disk_loses_nothing(void **state)
{
	(void)state;
	assert_on_disk("size=4m", fill_disk);
}

static void init_goes_on_when_there_is_room(void **state)
{
	(void)state;
	assert_on_disk("size=300k", init_on_full_disk);
}

static void read_only_disk_is_told(void **state)
{
	(void)state;
	assert_on_disk("size=4m", use_read_only_disk);
}

KH_TESTS_WITH(kh_test_root_make, kh_test_root_remove, full_disk_loses_nothing, init_goes_on_when_there_is_room, read_only_disk_is_told)
