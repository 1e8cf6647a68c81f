/* After a power cut only what was synced is there: the bytes a file had at its last fdatasync(), and the names its folder had at its last fsync(). What was committed must be among them. */
#include "spool/test-dir.h"

#include "base/buf.h"
#include "base/str.h"
#include "os/file.h"

#include <limits.h>

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

static const char *synced, *left; /* folders: bytes by name, whether or not the name will last; what a power cut leaves */

static char *name_of(int fd)
{
	kh_auto_free char *link = kh_format("/proc/self/fd/%d", fd);
	char path[PATH_MAX] = "";
	assert_true(readlink(link, path, sizeof path - 1) > 0);
	return kh_strdup(strrchr(path, '/') + 1);
}

/* What is not there is empty. */
static void copy(const char *source, const char *folder, const char *name)
{
	kh_auto_free char *target = kh_format("%s/%s", folder, name);
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	if (access(source, F_OK) == 0)
		assert_int_equal(kh_file_read(source, KH_MIB, &bytes), 0);
	FILE *f = fopen(target, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.data ? bytes.data : "", 1, bytes.len, f), bytes.len);
	fclose(f);
}

int __wrap_fdatasync(int fd)
{
	kh_auto_free char *name = name_of(fd), *named = kh_format("%s/%s", left, name), *own = kh_format("/proc/self/fd/%d", fd);
	copy(own, synced, name);
	if (access(named, F_OK) == 0)
		copy(own, left, name);
	return __real_fdatasync(fd);
}

int __wrap_fsync(int fd)
{
	DIR *d = fdopendir(dup(fd));
	empty_dir(left);
	rewinddir(d);
	for (const struct dirent *e = NULL; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.') {
			kh_auto_free char *bytes = kh_format("%s/%s", synced, e->d_name);
			copy(bytes, left, e->d_name);
		}
	closedir(d);
	return __real_fsync(fd);
}

static void expect_left(const char *expected)
{
	struct kh_spool *spool = open_spool(left, KH_MIB);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, expected);
	kh_spool_free(spool);
}

static void what_was_committed_survives_a_power_cut(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir(), *bytes = test_dir(), *after = test_dir();
	synced = bytes;
	left = after;
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "first");
	put(spool, KH_SPOOL_DETECTION, "found");
	commit(spool);
	put(spool, KH_SPOOL_EVENT, "second");
	commit(spool);
	put(spool, KH_SPOOL_EVENT, "not committed");
	expect_left("1:first 2:found 3:second ");
	kh_spool_free(spool);
}

static void what_was_given_up_stays_counted_after_a_power_cut(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir(), *bytes = test_dir(), *after = test_dir();
	synced = bytes;
	left = after;
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "first");
	commit(spool);
	kh_spool_free(spool);
	spool = open_spool(dir, KH_MIB);
	assert_int_equal(kh_spool_drop_earlier(spool), 0);
	struct kh_spool *again = open_spool(left, KH_MIB);
	assert_int_equal(stats_of(again).dropped[KH_SPOOL_EVENT], 1);
	kh_spool_free(again);
	kh_spool_free(spool);
}

KH_TESTS(what_was_committed_survives_a_power_cut, what_was_given_up_stays_counted_after_a_power_cut)
