#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/test.h"
#include "os/file.h"
#include "scan/quarantine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX";
static char folder[64], victim[64];
static struct kh_quarantine *q;

static void remove_all(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", top, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

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
	remove_all();
	return 0;
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
		assert_string_equal(list.v[0].rule, "EICAR_Test_File");
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

/* Somebody keeps exchanging the file for a link to a precious one while it is taken away: whatever happens, the precious one stays. */
static void wins_races(void **state)
{
	(void)state;
	kh_auto_free char *precious = kh_format("%s/precious", top);
	assert_int_equal(kh_file_replace(precious, "precious", 8, 0644), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(top) < 0)
			_exit(1);
		for (;;) {
			rename("victim", "aside");
			kh_ignore(symlink("precious", "victim"));
			unlink("victim");
			rename("aside", "victim");
			kh_ignore(link("victim", "again"));
			unlink("again");
		}
	}
	char id[KH_UUID_SIZE];
	size_t taken = 0;
	for (int i = 0; i < 200; i++) {
		static const char text[] = "infected";
		int fd = open(victim, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
		int dir = open(top, O_PATH | O_DIRECTORY);
		struct kh_quarantine_file f = {.fd = fd, .dir_fd = dir, .name = "victim", .path = victim};
		kh_sha256_of(text, sizeof text, f.sha256);
		if (fd >= 0 && pwrite(fd, text, sizeof text, 0) == sizeof text && ftruncate(fd, sizeof text) == 0) {
			int r = kh_quarantine_add(q, &f, id);
			assert_true(r == 0 || r == KH_E_FILE_CHANGED || r == KH_E_NOT_FOUND);
			taken += r == 0;
		}
		close(fd);
		close(dir);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(kh_file_read(precious, 100, &b), 0);
	assert_string_equal(b.data, "precious");
	assert_int_equal(count_entries(), taken);
	check_folder(taken);
	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	assert_int_equal(kh_quarantine_list(q, &list), 0);
	for (size_t i = 0; i < list.n; i++) {
		kh_auto_free char *to = kh_format("%s/back-%zu", top, i);
		assert_int_equal(kh_quarantine_restore(q, list.v[i].id, to), 0);
	}
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

KH_TESTS_WITH(setup, teardown, moves_and_gives_back_exactly, keeps_content_unreadable, refuses_what_is_not_the_scanned_file, wins_races, never_overwrites,
	      sees_tampering, refuses_an_open_folder, lists_around_damage)
