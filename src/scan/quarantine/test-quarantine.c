#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "crypto/base64.h"
#include "os/file.h"
#include "scan/quarantine.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX";
static char folder[64], victim[64];
static struct kh_quarantine *q;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(folder, sizeof folder, "%s/q", top);
	snprintf(victim, sizeof victim, "%s/victim", top);
	return kh_quarantine_open(folder, &q);
}

static int teardown(void **state)
{
	(void)state;
	kh_quarantine_close(q);
	return kh_test_remove(top);
}

/* An open file with that content, as a scan would hand it over. */
static struct kh_quarantine_file infected(const void *bytes, size_t n)
{
	static const struct kh_detection found = {(char *)"yara", (char *)"EICAR_Test_File", NULL, false};
	static int dir = -1;
	unlink(victim);
	int fd = open(victim, O_RDWR | O_CREAT | O_TRUNC, 0640);
	assert_int_equal(write(fd, bytes, n), n);
	if (dir >= 0)
		close(dir);
	dir = open(top, O_PATH | O_DIRECTORY);
	struct kh_quarantine_file f = {.fd = fd, .dir_fd = dir, .name = "victim", .path = victim, .detections = &found, .detection_count = 1};
	kh_sha256_of(bytes, n, f.sha256);
	return f;
}

static size_t count_entries(void)
{
	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	assert_int_equal(kh_quarantine_list(q, &list), 0);
	assert_int_equal(list.damaged, 0);
	return list.n;
}

/* Nothing of a failed attempt is left in the folder: only the key and two files per entry. */
static void check_folder(size_t entries)
{
	kh_auto_free char *command = kh_format("test $(ls -A %s | wc -l) = %zu", folder, 1 + 2 * entries);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void moves_and_gives_back_exactly(void **state)
{
	(void)state;
	static uint8_t big[300000];
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i * 7 >> 3);
	const size_t sizes[] = {0, 1, 68, 65535, 65536, 65537, 131072, sizeof big};
	for (size_t i = 0; i < KH_COUNT(sizes); i++) {
		struct kh_quarantine_file f = infected(big, sizes[i]);
		const struct timespec times[2] = {{1700000000, 123456789}, {1600000000, 987654321}};
		assert_int_equal(fchmod(f.fd, 04751), 0);
		assert_int_equal(futimens(f.fd, times), 0);
		char id[KH_UUID_SIZE];
		assert_int_equal(kh_quarantine_add(q, &f, id), 0);
		close(f.fd);
		assert_false(kh_file_exists(victim));

		kh_auto_quarantine_list struct kh_quarantine_list list = {0};
		assert_int_equal(kh_quarantine_list(q, &list), 0);
		assert_int_equal(list.n, 1);
		assert_string_equal(list.v[0].id, id);
		assert_string_equal(list.v[0].path, victim);
		assert_string_equal(list.v[0].detections.v[0].rule, "EICAR_Test_File");
		assert_int_equal(list.v[0].size, sizes[i]);

		assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
		struct stat st;
		assert_int_equal(stat(victim, &st), 0);
		assert_int_equal(st.st_mode & 07777, 04751);
		assert_int_equal(st.st_uid, geteuid());
		assert_int_equal(st.st_mtim.tv_sec, 1600000000);
		assert_int_equal(st.st_mtim.tv_nsec, 987654321);
		assert_int_equal(st.st_atim.tv_nsec, 123456789);
		kh_auto_buf struct kh_buf back = KH_BUF_INIT;
		assert_int_equal(kh_file_read(victim, sizeof big, &back), 0);
		assert_int_equal(back.len, sizes[i]);
		assert_memory_equal(kh_buf_text(&back), big, sizes[i]);
		check_folder(0);
	}
}

static void keeps_content_unreadable(void **state)
{
	(void)state;
	static const char secret[] = "this text must not be found in the quarantine";
	struct kh_quarantine_file f = infected(secret, sizeof secret);
	char id[KH_UUID_SIZE];
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	kh_auto_free char *path = kh_format("%s/%s.khq", folder, id);
	kh_auto_buf struct kh_buf kept = KH_BUF_INIT;
	struct stat st;
	assert_int_equal(kh_file_read(path, 1 << 20, &kept), 0);
	assert_null(memmem(kept.data, kept.len, "must not be found", 17));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
}

static void refuses_what_is_not_the_scanned_file(void **state)
{
	(void)state;
	kh_auto_free char *other = kh_format("%s/other", top), *precious = kh_format("%s/precious", top);
	static const char text[] = "content";
	char id[KH_UUID_SIZE];
	static const int errors[] = {KH_E_NOT_QUARANTINABLE, KH_E_FILE_CHANGED, KH_E_FILE_CHANGED, KH_E_FILE_CHANGED, KH_E_FILE_CHANGED, KH_E_FILE_CHANGED};
	for (int way = 0; way < 6; way++) {
		struct kh_quarantine_file f = infected(text, sizeof text);
		assert_int_equal(kh_file_replace(precious, "precious", 8, 0644), 0);
		unlink(other);
		if (way == 0)
			assert_int_equal(link(victim, other), 0); /* a second name */
		else if (way == 1)
			assert_int_equal(rename(precious, victim), 0); /* another file under its name */
		else if (way == 2)
			assert_int_equal(unlink(victim) + symlink(precious, victim), 0); /* a link to another */
		else if (way == 3)
			assert_int_equal(unlink(victim), 0); /* nothing */
		else if (way == 4)
			assert_int_equal(pwrite(f.fd, "C", 1, 0), 1); /* changed since */
		else
			assert_int_equal(pwrite(f.fd, "more", 4, 100000), 4); /* grown since */
		assert_int_equal(kh_quarantine_add(q, &f, id), errors[way]);
		struct stat st;
		if (way != 3)
			assert_int_equal(lstat(victim, &st), 0); /* whatever stands there now still does */
		if (way == 2)
			assert_true(kh_file_exists(precious));
		assert_int_equal(count_entries(), 0);
		check_folder(0);
		close(f.fd);
	}
	unlink(other);
	unlink(precious);
}

static void never_overwrites(void **state)
{
	(void)state;
	struct kh_quarantine_file f = infected("bad", 3);
	char id[KH_UUID_SIZE];
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	assert_int_equal(kh_file_replace(victim, "new", 3, 0644), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_EXISTS);
	assert_int_equal(unlink(victim), 0);
	assert_int_equal(symlink("/nonexistent", victim), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_EXISTS);
	unlink(victim);
	kh_auto_free char *dir = kh_format("%s/dir", top), *link = kh_format("%s/way", top), *through = kh_format("%s/way/file", top);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(symlink("dir", link), 0);
	assert_true(kh_quarantine_restore(q, id, through) < 0); /* not through a link */
	assert_int_equal(kh_quarantine_restore(q, id, "relative"), KH_E_USAGE);
	assert_int_equal(kh_quarantine_restore(q, "../../etc/passwd", NULL), KH_E_NOT_FOUND);
	assert_int_equal(kh_quarantine_restore(q, "00000000-0000-0000-0000-000000000000", NULL), KH_E_NOT_FOUND);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
	assert_int_equal(count_entries(), 0);
}

static void sees_tampering(void **state)
{
	(void)state;
	static char content[100000];
	struct kh_quarantine_file f = infected(content, sizeof content);
	char id[KH_UUID_SIZE];
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	kh_auto_free char *path = kh_format("%s/%s.khq", folder, id);
	const off_t places[] = {0, 5, 40, 70000};
	for (size_t i = 0; i < KH_COUNT(places); i++) {
		int fd = open(path, O_RDWR);
		char was = 0, other = 0;
		assert_int_equal(pread(fd, &was, 1, places[i]), 1);
		other = (char)(was ^ 1);
		assert_int_equal(pwrite(fd, &other, 1, places[i]), 1);
		assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_SIGNATURE_INVALID);
		assert_false(kh_file_exists(victim));
		assert_int_equal(pwrite(fd, &was, 1, places[i]), 1);
		close(fd);
	}
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	kh_auto_buf struct kh_buf whole = KH_BUF_INIT;
	assert_int_equal(kh_file_read(path, 1 << 20, &whole), 0);
	const off_t cuts[] = {0, 10, 28, 1000, 65536 + 17 + 28, st.st_size - 1};
	for (size_t i = 0; i < KH_COUNT(cuts); i++) {
		assert_int_equal(truncate(path, cuts[i]), 0);
		assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_SIGNATURE_INVALID);
		assert_int_equal(kh_file_replace(path, whole.data, whole.len, 0600), 0);
	}
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
}

static void refuses_an_open_folder(void **state)
{
	(void)state;
	kh_auto_free char *loose = kh_format("%s/loose", top), *link = kh_format("%s/qlink", top);
	struct kh_quarantine *none = NULL;
	assert_int_equal(mkdir(loose, 0700), 0);
	assert_int_equal(chmod(loose, 0755), 0);
	assert_int_equal(kh_quarantine_open(loose, &none), KH_E_PERMISSION);
	assert_int_equal(symlink("q", link), 0);
	assert_true(kh_quarantine_open(link, &none) < 0);
	assert_null(none);
	kh_auto_quarantine struct kh_quarantine *second = NULL;
	assert_int_equal(kh_quarantine_open(folder, &second), 0); /* the same key again */
}

static void lists_around_damage(void **state)
{
	(void)state;
	kh_auto_free char *bad = kh_format("%s/00000000-0000-4000-8000-000000000000.json", folder);
	static const char *const texts[] = {"", "{", "[]", "{\"id\":\"00000000-0000-4000-8000-000000000000\"}", "{\"id\":\"x\"}"};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		assert_int_equal(kh_file_replace(bad, texts[i], strlen(texts[i]), 0600), 0);
		kh_auto_quarantine_list struct kh_quarantine_list list = {0};
		assert_int_equal(kh_quarantine_list(q, &list), 0);
		assert_int_equal(list.n, 0);
		assert_int_equal(list.damaged, 1);
		assert_true(kh_quarantine_restore(q, "00000000-0000-4000-8000-000000000000", NULL) < 0);
	}
	unlink(bad);
}

/* ---- what a file is besides its content ---- */

static const uint8_t acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 57, 48, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};
static const uint8_t capability[] = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; /* cap_net_bind_service=ep */

static const struct {
	const char *name;
	const void *value;
	size_t n;
	bool roots; /* only root can set it */
} xattrs[] = {
	{"user.empty", "", 0, false},
	{"user.b\xff\n", "\0\1\2", 3, false},
	{"system.posix_acl_access", acl, sizeof acl, false},
	{"security.capability", capability, sizeof capability, true},
	{"trusted.khien", "x", 1, true},
};

static bool may_set(size_t i)
{
	return !xattrs[i].roots || geteuid() == 0;
}

static void check_attributes(const struct stat *was, int flags)
{
	struct stat st;
	int now = 0;
	size_t expected = 0;
	char value[256], names[4096];
	assert_int_equal(lstat(victim, &st), 0);
	assert_int_equal(st.st_mode, was->st_mode);
	assert_int_equal(st.st_uid, was->st_uid);
	assert_int_equal(st.st_gid, was->st_gid);
	assert_memory_equal(&st.st_mtim, &was->st_mtim, sizeof st.st_mtim);
	assert_memory_equal(&st.st_atim, &was->st_atim, sizeof st.st_atim);
	for (size_t i = 0; i < KH_COUNT(xattrs); i++) {
		if (!may_set(i))
			continue;
		expected += strlen(xattrs[i].name) + 1;
		assert_int_equal(getxattr(victim, xattrs[i].name, value, sizeof value), xattrs[i].n);
		assert_memory_equal(value, xattrs[i].value, xattrs[i].n);
	}
	assert_int_equal(listxattr(victim, names, sizeof names), expected);
	int fd = open(victim, O_RDONLY | O_NOATIME);
	assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &now), 0);
	assert_int_equal(now, flags);
	close(fd);
}

/* Also where new files get an access list from their folder; and a file that nobody may remove (chattr +i) is removed all the same, and is like that again afterwards. */
static void gives_back_all_attributes(void **state)
{
	(void)state;
	static const char text[] = "with attributes";
	struct stat was;
	int flags = 0, freezing = FS_IMMUTABLE_FL | FS_NODUMP_FL, none = 0;
	char id[KH_UUID_SIZE];
	struct kh_quarantine_file f = infected(text, sizeof text);
	assert_int_equal(setxattr(top, "system.posix_acl_default", acl, sizeof acl, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(fchown(f.fd, 12345, 23456), 0);
	for (size_t i = 0; i < KH_COUNT(xattrs); i++)
		if (may_set(i))
			assert_int_equal(fsetxattr(f.fd, xattrs[i].name, xattrs[i].value, xattrs[i].n, 0), 0);
	const struct timespec times[2] = {{1, 1}, {-2, 999999999}};
	assert_int_equal(futimens(f.fd, times), 0);
	assert_int_equal(ioctl(f.fd, FS_IOC_GETFLAGS, &flags), 0);
	if (geteuid() == 0) {
		flags |= freezing;
		assert_int_equal(ioctl(f.fd, FS_IOC_SETFLAGS, &flags), 0);
	}
	assert_int_equal(fstat(f.fd, &was), 0);
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	assert_false(kh_file_exists(victim));
	close(f.fd);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
	check_attributes(&was, flags);
	assert_int_equal(removexattr(top, "system.posix_acl_default"), 0);
	int fd = open(victim, O_RDONLY);
	assert_int_equal(geteuid() == 0 ? ioctl(fd, FS_IOC_SETFLAGS, &none) : 0, 0);
	close(fd);
	unlink(victim);
}

/* What cannot be removed keeps the flags that it had. */
static void leaves_frozen_files_frozen(void **state)
{
	(void)state;
	int flags = FS_IMMUTABLE_FL, now = 0;
	char id[KH_UUID_SIZE];
	if (geteuid() != 0)
		skip();
	struct kh_quarantine_file f = infected("bad", 3);
	kh_auto_free char *other = kh_format("%s/other", top);
	assert_int_equal(link(victim, other), 0);
	assert_int_equal(ioctl(f.fd, FS_IOC_SETFLAGS, &flags), 0);
	assert_int_equal(kh_quarantine_add(q, &f, id), KH_E_NOT_QUARANTINABLE);
	assert_int_equal(ioctl(f.fd, FS_IOC_GETFLAGS, &now), 0);
	assert_true(now & FS_IMMUTABLE_FL);
	flags = 0;
	assert_int_equal(ioctl(f.fd, FS_IOC_SETFLAGS, &flags), 0);
	close(f.fd);
	unlink(other);
	check_folder(0);
}

/* ---- entries ---- */

static void finds_by_the_beginning_of_an_id(void **state)
{
	(void)state;
	char ids[40][KH_UUID_SIZE], found[KH_UUID_SIZE];
	struct kh_quarantine *in = NULL;
	for (size_t i = 0; i < KH_COUNT(ids); i++) {
		struct kh_quarantine_file f = infected("bad", 3);
		assert_int_equal(kh_quarantine_add(q, &f, ids[i]), 0);
		close(f.fd);
	}
	size_t ambiguous = 0;
	for (size_t i = 0; i < KH_COUNT(ids); i++) {
		assert_int_equal(kh_quarantine_find(&q, 1, ids[i], &in, found), 0);
		assert_string_equal(found, ids[i]);
		assert_ptr_equal(in, q);
		const char prefix[2] = {ids[i][0], 0};
		ambiguous += kh_quarantine_find(&q, 1, prefix, &in, found) == KH_E_AMBIGUOUS;
	}
	assert_true(ambiguous > 0); /* 40 ids, 16 first digits */
	assert_int_equal(kh_quarantine_find(&q, 1, "", &in, found), KH_E_NOT_FOUND);
	assert_int_equal(kh_quarantine_find(&q, 1, "../", &in, found), KH_E_NOT_FOUND);
	for (size_t i = 0; i < KH_COUNT(ids); i++)
		assert_int_equal(kh_quarantine_delete(q, ids[i]), 0);
	check_folder(0);
}

static void finds_in_several_folders(void **state)
{
	(void)state;
	kh_auto_free char *earlier = kh_format("%s/earlier", top);
	kh_auto_quarantine struct kh_quarantine *second = NULL;
	struct kh_quarantine *in = NULL;
	char ids[2][KH_UUID_SIZE], found[KH_UUID_SIZE];
	assert_int_equal(kh_quarantine_open(earlier, &second), 0);
	struct kh_quarantine *const both[] = {q, second};
	for (size_t i = 0; i < 2; i++) {
		struct kh_quarantine_file f = infected("bad", 3);
		assert_int_equal(kh_quarantine_add(both[i], &f, ids[i]), 0);
		close(f.fd);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(kh_quarantine_find(both, 2, ids[i], &in, found), 0);
		assert_ptr_equal(in, both[i]);
		assert_int_equal(kh_quarantine_delete(in, found), 0);
	}
}

/* ---- full disks ---- */

static void mount_small(const char *at, const char *options)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mkdir(at, 0700), 0);
	assert_int_equal(mount("small", at, "tmpfs", 0, options), 0);
}

/* The quarantine has no room, at any of the places where it can run out of it: the file stays, and nothing else is left. */
static void loses_nothing_when_the_quarantine_is_full(void **state)
{
	(void)state;
	static char content[200000];
	char id[KH_UUID_SIZE];
	kh_auto_free char *small = kh_format("%s/small", top), *inside = kh_format("%s/small/q", top), *filling = kh_format("%s/small/filling", top);
	if (geteuid() != 0)
		skip();
	mount_small(small, "size=256k,mode=0700");
	kh_auto_quarantine struct kh_quarantine *full = NULL;
	assert_int_equal(kh_quarantine_open(inside, &full), 0);
	bool fitted = false;
	for (size_t left = 0; !fitted; left += 4096) {
		kh_ignore(kh_file_replace(filling, content, sizeof content, 0600));
		assert_int_equal(truncate(filling, (off_t)(sizeof content - left)), 0);
		struct kh_quarantine_file f = infected(content, 50000);
		int r = kh_quarantine_add(full, &f, id);
		fitted = r == 0;
		assert_true(fitted || r == KH_E_DISK_FULL);
		assert_int_equal(kh_file_exists(victim), !fitted);
		kh_auto_quarantine_list struct kh_quarantine_list list = {0};
		assert_int_equal(kh_quarantine_list(full, &list), 0);
		assert_int_equal(list.n, fitted);
		close(f.fd);
		unlink(filling);
	}
	assert_int_equal(kh_quarantine_restore(full, id, NULL), 0);
	kh_quarantine_close(kh_take(full));
	assert_int_equal(umount2(small, MNT_DETACH), 0);
}

static size_t count_contents(const char *in)
{
	size_t n = 0;
	DIR *d = opendir(in);
	for (const struct dirent *e = NULL; d && (e = readdir(d)) != NULL;)
		n += kh_ends_with(e->d_name, ".khq");
	closedir(d);
	return n;
}

/* Not one byte more: not even what undoes the beginning may want room. */
static void leaves_nothing_where_nothing_fits(void **state)
{
	(void)state;
	static const char block[4096];
	char id[KH_UUID_SIZE];
	kh_auto_free char *small = kh_format("%s/small3", top), *inside = kh_format("%s/small3/q", top), *filling = kh_format("%s/small3/filling", top);
	if (geteuid() != 0)
		skip();
	mount_small(small, "size=64k,mode=0700");
	kh_auto_quarantine struct kh_quarantine *full = NULL;
	assert_int_equal(kh_quarantine_open(inside, &full), 0);
	kh_auto_fd int fd = open(filling, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof block) > 0)
		;
	struct kh_quarantine_file f = infected("bad", 3);
	assert_int_equal(kh_quarantine_add(full, &f, id), KH_E_DISK_FULL);
	assert_true(kh_file_exists(victim));
	assert_int_equal(count_contents(inside), 0);
	close(f.fd);
	kh_fd_close(&fd);
	kh_quarantine_close(kh_take(full));
	assert_int_equal(umount2(small, MNT_DETACH), 0);
}

/* The place it is taken from has no room for a folder beside it, the one it goes back to none for the file. */
static void loses_nothing_when_its_place_is_full(void **state)
{
	(void)state;
	static char content[100000];
	char id[KH_UUID_SIZE];
	kh_auto_free char *small = kh_format("%s/small2", top), *there = kh_format("%s/small2/victim", top), *filling = kh_format("%s/small2/filling", top);
	if (geteuid() != 0)
		skip();
	mount_small(small, "size=128k,nr_inodes=2,mode=0700");
	assert_int_equal(kh_file_replace(there, content, sizeof content, 0600), 0);
	kh_auto_fd int fd = open(there, O_RDONLY), dir = open(small, O_PATH | O_DIRECTORY);
	struct kh_quarantine_file f = {.fd = fd, .dir_fd = dir, .name = "victim", .path = there};
	kh_sha256_of(content, sizeof content, f.sha256);
	assert_int_equal(kh_quarantine_add(q, &f, id), KH_E_DISK_FULL);
	assert_true(kh_file_exists(there));
	assert_int_equal(count_entries(), 0);

	assert_int_equal(mount("small", small, "tmpfs", MS_REMOUNT, "size=128k,nr_inodes=10"), 0);
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	kh_fd_close(&fd);
	assert_int_equal(kh_file_replace(filling, content, 80000, 0600), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_DISK_FULL);
	assert_false(kh_file_exists(there));
	assert_int_equal(count_entries(), 1);
	assert_int_equal(unlink(filling), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
	kh_fd_close(&dir);
	assert_int_equal(umount2(small, MNT_DETACH), 0);
}

/* Whoever still has the content open cannot decrypt it. */
static void deletes_for_ever(void **state)
{
	(void)state;
	struct kh_quarantine_file f = infected("bad", 3);
	char id[KH_UUID_SIZE];
	uint8_t start[28], nothing[28] = {0};
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	kh_auto_free char *path = kh_format("%s/%s.khq", folder, id);
	kh_auto_fd int fd = open(path, O_RDONLY);
	assert_int_equal(kh_quarantine_delete(q, id), 0);
	assert_int_equal(pread(fd, start, sizeof start, 0), sizeof start);
	assert_memory_equal(start, nothing, sizeof nothing);
	assert_int_equal(kh_quarantine_delete(q, id), KH_E_NOT_FOUND);
	check_folder(0);
}

static void waits_for_nobody(void **state)
{
	(void)state;
	struct kh_quarantine_file f = infected("bad", 3);
	char id[KH_UUID_SIZE];
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	kh_auto_free char *path = kh_format("%s/%s.khq", folder, id);
	int fd = open(path, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), KH_E_IN_USE);
	assert_int_equal(kh_quarantine_delete(q, id), KH_E_IN_USE);
	close(fd);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
}

/* ---- exporting ---- */

static void read_member(struct archive *a, const char *name, struct kh_buf *b)
{
	struct archive_entry *e = NULL;
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(e), name);
	assert_true(archive_entry_is_data_encrypted(e));
	char piece[1000];
	for (la_ssize_t n = 0; (n = archive_read_data(a, piece, sizeof piece)) != 0;) {
		assert_true(n > 0);
		kh_buf_add(b, piece, (size_t)n);
	}
}

static void exports_for_analysts(void **state)
{
	(void)state;
	static char content[200000];
	memset(content, 'x', sizeof content);
	struct kh_quarantine_file f = infected(content, sizeof content);
	char id[KH_UUID_SIZE], hex[KH_SHA256_HEX_SIZE];
	kh_auto_free char *zip = kh_format("%s/out.zip", top), *name = kh_format("%s.bin", kh_sha256_hex(f.sha256, hex));
	kh_auto_buf struct kh_buf raw = KH_BUF_INIT, sample = KH_BUF_INIT, manifest = KH_BUF_INIT;
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	close(f.fd);
	assert_int_equal(kh_quarantine_export(q, id, zip), 0);
	assert_int_equal(kh_quarantine_export(q, id, zip), KH_E_EXISTS);
	assert_int_equal(kh_file_read(zip, 1 << 20, &raw), 0);
	assert_null(memmem(raw.data, raw.len, "xxxxxxxx", 8));
	struct archive *a = archive_read_new();
	archive_read_support_format_zip(a);
	assert_int_equal(archive_read_add_passphrase(a, "infected"), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(a, raw.data, raw.len), ARCHIVE_OK);
	read_member(a, name, &sample);
	read_member(a, "manifest.json", &manifest);
	assert_int_equal(sample.len, sizeof content);
	assert_memory_equal(sample.data, content, sizeof content);
	assert_non_null(strstr(manifest.data, victim));
	archive_read_free(a);
	assert_int_equal(count_entries(), 1);
	unlink(zip);

	kh_auto_free char *path = kh_format("%s/%s.khq", folder, id);
	assert_int_equal(truncate(path, 1000), 0);
	assert_int_equal(kh_quarantine_export(q, id, zip), KH_E_SIGNATURE_INVALID);
	assert_false(kh_file_exists(zip));
	assert_int_equal(kh_quarantine_delete(q, id), 0);
}

static void reads_manifests_of_version_1(void **state)
{
	(void)state;
	struct kh_quarantine_file f = infected("bad", 3);
	char id[KH_UUID_SIZE], hex[KH_SHA256_HEX_SIZE];
	assert_int_equal(kh_quarantine_add(q, &f, id), 0);
	kh_auto_free char *json = kh_format("%s/%s.json", folder, id), *path_bytes = kh_base64_text(victim, strlen(victim));
	kh_auto_free char *old = kh_format("{\"version\":1,\"id\":\"%s\",\"path\":\"%s\",\"path_bytes\":\"%s\",\"uid\":%u,\"gid\":%u,\"mode\":416,\"size\":3,\"mtime_s\":1,\"mtime_ns\":2,\"atime_s\":3,\"atime_ns\":4,"
					   "\"sha256\":\"%s\",\"detections\":[{\"engine\":\"yara\",\"rule\":\"R\",\"member\":null}],\"quarantined_ms\":5}",
					   id, victim, path_bytes, geteuid(), getegid(), kh_sha256_hex(f.sha256, hex));
	assert_int_equal(kh_file_replace(json, old, strlen(old), 0600), 0);
	assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
	struct stat st;
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	close(f.fd);
}

KH_TESTS_WITH(setup, teardown, moves_and_gives_back_exactly, keeps_content_unreadable, refuses_what_is_not_the_scanned_file, never_overwrites,
	      sees_tampering, refuses_an_open_folder, lists_around_damage, gives_back_all_attributes, leaves_frozen_files_frozen, finds_by_the_beginning_of_an_id, finds_in_several_folders,
	      loses_nothing_when_the_quarantine_is_full, leaves_nothing_where_nothing_fits, loses_nothing_when_its_place_is_full, deletes_for_ever,
	      waits_for_nobody, exports_for_analysts, reads_manifests_of_version_1)
