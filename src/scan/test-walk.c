#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "scan/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX";

static void put(const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/%s", top, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make_folder(const char *name)
{
	kh_auto_free char *path = kh_format("%s/%s", top, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return kh_test_remove(top);
}

static int fresh(void)
{
	return kh_test_remove(top) < 0 ? -1 : mkdir(top, 0755);
}

/* Everything the walk gives and opens, sorted: "F a.txt 5" for files, "S path: why", "E path: why"; paths below `top`. */
static char *walk(const struct kh_walk_options *options)
{
	char *lines[512];
	size_t n = 0;
	struct kh_walk *w = kh_walk_new(options);
	for (;;) {
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		if (!kh_walk_next(w, &item))
			break;
		assert_true(item.kind != KH_WALK_FILE || kh_walk_open(w, &item));
		assert_true(n < KH_COUNT(lines));
		const char *below = kh_starts_with(item.path, top) ? item.path + strlen(top) : item.path;
		lines[n++] = item.kind == KH_WALK_FILE ? kh_format("F %s %d", below, (int)item.state.size)
						       : kh_format("%c %s: %s", item.kind == KH_WALK_SKIPPED ? 'S' : 'E', below, kh_scan_why_text(item.why));
	}
	kh_walk_free(w);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	while (n > 0) {
		size_t first = 0;
		for (size_t i = 1; i < n; i++)
			if (strcmp(lines[i], lines[first]) < 0)
				first = i;
		kh_buf_addf(&b, "%s\n", lines[first]);
		free(lines[first]);
		lines[first] = lines[--n];
	}
	return kh_buf_take(&b);
}

static char *walk_paths(const char *const *paths, size_t count)
{
	const struct kh_walk_options options = {.paths = paths, .path_count = count};
	return walk(&options);
}

static char *walk_top(void)
{
	const char *const paths[] = {top};
	return walk_paths(paths, 1);
}

static void gives_every_file_once(void **state)
{
	(void)state;
	fresh();
	put("a.txt", "hello");
	make_folder("d");
	make_folder("d/e");
	put("d/e/trống", "");
	put("d/tên\nlạ \xff", "xy");
	kh_auto_free char *got = walk_top();
	assert_string_equal(got, "F /a.txt 5\nF /d/e/trống 0\nF /d/tên\nlạ \xff 2\n");
}

static void takes_files_and_links_by_their_own_path(void **state)
{
	(void)state;
	fresh();
	put("a", "1");
	kh_auto_free char *a = kh_format("%s/a", top), *link = kh_format("%s/link", top), *none = kh_format("%s/none", top);
	assert_int_equal(symlink("a", link), 0);
	const char *const paths[] = {a, link, none};
	kh_auto_free char *got = walk_paths(paths, 3);
	assert_string_equal(got, "E /none: no such file or folder\nF /a 1\nF /link 1\n");
}

static void knows_folder_and_name(void **state)
{
	(void)state;
	fresh();
	make_folder("d");
	put("d/a", "1");
	kh_auto_free char *link = kh_format("%s/link", top), *expected = kh_format("%s/d/a", top);
	assert_int_equal(symlink("d/a", link), 0);
	const char *const ways[] = {top, link};
	for (size_t i = 0; i < KH_COUNT(ways); i++) {
		const struct kh_walk_options options = {.paths = &ways[i], .path_count = 1};
		struct kh_walk *w = kh_walk_new(&options);
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		assert_true(kh_walk_next(w, &item));
		assert_true(kh_walk_open(w, &item));
		kh_walk_free(w); /* the item lives on */
		kh_auto_free char *real = kh_walk_item_real_path(&item);
		struct stat by_name, by_fd;
		assert_string_equal(real, expected);
		assert_int_equal(fstatat(kh_walk_item_dir_fd(&item), item.name, &by_name, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(fstat(item.fd, &by_fd), 0);
		assert_int_equal(by_name.st_ino, by_fd.st_ino);
	}
}

static void passes_over_what_is_no_file(void **state)
{
	(void)state;
	fresh();
	put("file", "1");
	make_folder("d");
	kh_auto_free char *fifo = kh_format("%s/fifo", top), *loop = kh_format("%s/d/loop", top), *out = kh_format("%s/out", top),
			   *dangling = kh_format("%s/dangling", top), *device = kh_format("%s/device", top);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", top);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("..", loop), 0);
	assert_int_equal(symlink("/etc", out), 0);
	assert_int_equal(symlink("nowhere", dangling), 0);
	kh_ignore(mknod(device, S_IFCHR | 0600, 0x105)); /* works for root only */
	kh_auto_free char *got = walk_top();
	assert_string_equal(got, "F /file 1\n");
	const char *const paths[] = {fifo, "/proc", "/proc/self/status", "/sys/kernel", "/dev/null"};
	kh_auto_free char *asked = walk_paths(paths, KH_COUNT(paths));
	assert_string_equal(asked, "S /dev/null: holds no file content\nS /fifo: holds no file content\nS /proc/self/status: holds no file content\n"
				   "S /proc: holds no file content\nS /sys/kernel: holds no file content\n");
	close(s);
}

/* Programs that want to leave no trace on disk put themselves there. */
static void shared_memory_is_no_device(void **state)
{
	(void)state;
	char path[] = "/dev/shm/khien-walk-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		KH_SKIP("no shared memory here");
	close(fd);
	const char *const ways[] = {path, "/dev/shm", "/dev"};
	kh_auto_free char *expected = kh_format("F %s 0\n", path), *by_path = walk_paths(&ways[0], 1), *by_folder = walk_paths(&ways[1], 1);
	const struct kh_walk_options all = {.paths = &ways[2], .path_count = 1, .cross_file_systems = true};
	kh_auto_free char *devices = walk(&all);
	unlink(path);
	assert_string_equal(by_path, expected);
	assert_non_null(strstr(by_folder, expected));
	assert_non_null(strstr(devices, expected));
	assert_null(strstr(devices, "/dev/null"));
}

static void leaves_out_what_is_excluded(void **state)
{
	(void)state;
	fresh();
	make_folder("d");
	make_folder("dd");
	put("d/a", "1");
	put("dd/b", "1");
	put("c", "1");
	kh_auto_free char *d = kh_format("%s/d", top), *c = kh_format("%s/c", top), *below = kh_format("%s/d/a", top);
	const char *const paths[] = {top, below}, *const excludes[] = {d, c, NULL};
	const struct kh_walk_options options = {.paths = paths, .path_count = 2, .excludes = excludes};
	kh_auto_free char *got = walk(&options);
	assert_string_equal(got, "F /dd/b 1\nS /c: excluded\nS /d/a: excluded\nS /d: excluded\n");
}

static void stays_on_one_file_system(void **state)
{
	(void)state;
	fresh();
	make_folder("mount");
	make_folder("kernel");
	put("a", "1");
	kh_auto_free char *mounted = kh_format("%s/mount", top), *kernel = kh_format("%s/kernel", top);
	if (mount("none", mounted, "tmpfs", 0, "size=1m") < 0)
		KH_SKIP("this system does not let us mount a file system");
	assert_int_equal(mount("none", kernel, "proc", MS_RDONLY, NULL), 0);
	put("mount/b", "1");
	kh_auto_free char *one = walk_top();
	const char *const paths[] = {top};
	const struct kh_walk_options all = {.paths = paths, .path_count = 1, .cross_file_systems = true};
	kh_auto_free char *both = walk(&all);
	const char *const passed_over[] = {mounted, NULL};
	const struct kh_walk_options all_but = {.paths = paths, .path_count = 1, .cross_file_systems = true, .passed_over = passed_over};
	kh_auto_free char *without = walk(&all_but);
	umount(mounted);
	umount(kernel);
	assert_string_equal(one, "F /a 1\nS /mount: on another file system\n");
	assert_string_equal(both, "F /a 1\nF /mount/b 1\n");
	assert_string_equal(without, "F /a 1\n");
}

static void takes_a_file_that_is_mounted(void **state)
{
	(void)state;
	fresh();
	make_folder("other");
	put("other/b", "12");
	put("a", "1");
	put("same", "123");
	kh_auto_free char *other = kh_format("%s/other", top), *from = kh_format("%s/other/b", top), *a = kh_format("%s/a", top), *same = kh_format("%s/same", top);
	if (mount("none", other, "tmpfs", 0, "size=1m") < 0)
		KH_SKIP("this system does not let us mount a file system");
	put("other/b", "12");
	assert_int_equal(mount(from, a, NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(same, same, NULL, MS_BIND, NULL), 0);
	kh_auto_free char *by_path = walk_paths((const char *const[]){a, same}, 2), *on_the_way = walk_top();
	umount(a);
	umount(same);
	umount(other);
	assert_string_equal(by_path, "F /a 2\nF /same 3\n");
	assert_string_equal(on_the_way, "S /a: on another file system\nS /other: on another file system\nS /same: on another file system\n");
}

static void limits_depth(void **state)
{
	(void)state;
	fresh();
	int at = open(top, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < KH_SCAN_MAX_DEPTH + 2; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
	put("file", "1");
	kh_auto_free char *got = walk_top();
	assert_non_null(strstr(got, ": too many folders inside each other\n"));
	assert_non_null(strstr(got, "F /file 1\n"));
}

static void says_what_cannot_be_read(void **state)
{
	(void)state;
	if (geteuid() == 0)
		KH_SKIP("root may read everything");
	fresh();
	put("closed", "1");
	make_folder("locked");
	kh_auto_free char *closed = kh_format("%s/closed", top), *locked = kh_format("%s/locked", top);
	chmod(closed, 0);
	chmod(locked, 0);
	kh_auto_free char *got = walk_top();
	chmod(locked, 0700);
	assert_string_equal(got, "E /closed: permission denied\nE /locked: permission denied\n");
}

/* While another process keeps exchanging files, folders, links and FIFOs under the same names, nothing outside is ever given, and nothing hangs. */
static void is_not_led_astray(void **state)
{
	(void)state;
	fresh();
	make_folder("d");
	put("d/secret-not", "inside");
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to kill it */
		if (chdir(top) < 0)
			_exit(1);
		for (;;) {
			kh_ignore(symlink("/etc", "x"));
			unlink("x");
			kh_ignore(mkdir("x", 0755));
			rmdir("x");
			kh_ignore(symlink("/etc/passwd", "x"));
			unlink("x");
			kh_ignore(mkfifo("x", 0600));
			unlink("x");
			kh_ignore(link("d/secret-not", "x"));
			unlink("x");
		}
	}
	for (int round = 0; round < 300; round++) {
		const char *const paths[] = {top};
		const struct kh_walk_options options = {.paths = paths, .path_count = 1};
		struct kh_walk *w = kh_walk_new(&options);
		for (;;) {
			kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
			if (!kh_walk_next(w, &item))
				break;
			assert_int_equal(item.kind, KH_WALK_FILE);
			if (kh_walk_open(w, &item))
				assert_int_equal(item.state.size, strlen("inside"));
		}
		kh_walk_free(w);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

KH_TESTS_WITH(setup, teardown, gives_every_file_once, takes_files_and_links_by_their_own_path, knows_folder_and_name, passes_over_what_is_no_file,
	      shared_memory_is_no_device, leaves_out_what_is_excluded, stays_on_one_file_system, takes_a_file_that_is_mounted, limits_depth, says_what_cannot_be_read, is_not_led_astray)
