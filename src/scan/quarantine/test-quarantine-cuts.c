/* Killed at every single system call of taking, restoring and deleting, the quarantine never loses a file: it is at its place or in the quarantine, whole. And what
 * must be on disk before the next step is on disk before it: the order of the calls is compared with what it has to be. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"
#include "scan/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX";
static char folder[64], place[64], victim[80];
static char content[100000];
enum { MODE = 0640, MTIME = 1600000000 };

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(folder, sizeof folder, "%s/q", top);
	snprintf(place, sizeof place, "%s/place", top);
	snprintf(victim, sizeof victim, "%s/victim", place);
	memset(content, 'i', sizeof content);
	return mkdir(place, 0755);
}

static int teardown(void **state)
{
	(void)state;
	return kh_test_remove(top);
}

/* ---- one piece of work, and where it is cut off ---- */

static void put_victim(void)
{
	const struct timespec times[2] = {{MTIME, 1}, {MTIME, 2}};
	assert_int_equal(kh_file_replace(victim, content, sizeof content, MODE), 0);
	assert_int_equal(utimensat(AT_FDCWD, victim, times, 0), 0);
}

static int take(struct kh_quarantine *q, char id[KH_UUID_SIZE])
{
	kh_auto_fd int fd = open(victim, O_RDONLY), dir = open(place, O_PATH | O_DIRECTORY);
	struct kh_quarantine_file f = {.fd = fd, .dir_fd = dir, .name = "victim", .path = victim};
	kh_sha256_of(content, sizeof content, f.sha256);
	return kh_quarantine_add(q, &f, id);
}

enum work { TAKE, RESTORE, DELETE };

static int work(enum work what, struct kh_quarantine *q, char id[KH_UUID_SIZE])
{
	return what == TAKE ? take(q, id) : what == RESTORE ? kh_quarantine_restore(q, id, NULL) : kh_quarantine_delete(q, id);
}

/* As on a file system that has no files without a name. */
static bool refuse_nameless_files(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool done = filter && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, O_TMPFILE, O_TMPFILE)) == 0 && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return done;
}

static bool nameless = true; /* there are files without a name here */

static pid_t start(enum work what, struct kh_quarantine *q, char id[KH_UUID_SIZE])
{
	pid_t pid = fork();
	if (pid)
		return pid;
	if ((!nameless && !refuse_nameless_files()) || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		_exit(100);
	_exit(work(what, q, id) == 0 ? 0 : 101);
}

/* The calls that matter, a letter each. */
static char letter(uint64_t call)
{
	switch (call) {
	case SYS_fsync:
	case SYS_fdatasync:
		return 'f';
	case SYS_unlinkat:
		return 'u';
	case SYS_linkat:
		return 'l';
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		return 'r';
	default:
		return 0;
	}
}

struct plan {
	size_t cut; /* killed at this stop, the beginning or the end of a call */
	void (*exchange)(void); /* done once, just before the call `at`; then the work fails */
	char at;
};

/* Runs as planned. True: it came to the end. */
static bool run(pid_t pid, const struct plan *plan, struct kh_buf *order)
{
	int status = 0;
	bool exchanged = false;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	for (size_t stops = 0;; stops++) {
		struct __ptrace_syscall_info info = {0};
		if (stops == plan->cut)
			kill(pid, SIGKILL);
		else
			assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFSIGNALED(status))
			return false;
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), plan->exchange ? 101 : 0);
			return true;
		}
		assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && letter(info.entry.nr))
			kh_buf_addc(order, letter(info.entry.nr));
		if (plan->exchange && !exchanged && info.op == PTRACE_SYSCALL_INFO_ENTRY && letter(info.entry.nr) == plan->at) {
			plan->exchange();
			exchanged = true;
		}
	}
}

/* ---- what is left ---- */

static bool is_at_its_place(void)
{
	struct stat st;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (stat(victim, &st) < 0)
		return false;
	assert_int_equal(kh_file_read(victim, sizeof content, &b), 0);
	assert_int_equal(b.len, sizeof content);
	assert_memory_equal(b.data, content, sizeof content);
	assert_int_equal(st.st_mode & 07777, MODE);
	assert_int_equal(st.st_mtim.tv_sec, MTIME);
	assert_int_equal(st.st_mtim.tv_nsec, 2);
	return true;
}

static size_t names_in(const char *path)
{
	size_t n = 0;
	DIR *d = opendir(path);
	for (const struct dirent *e = NULL; (e = readdir(d)) != NULL;)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

/* Tidied up: nothing is half. Gives whether there is an entry, and its id. */
static bool has_entry(struct kh_quarantine *q, char id[KH_UUID_SIZE])
{
	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	assert_int_equal(kh_quarantine_list(q, &list), 0);
	assert_int_equal(list.damaged, 0);
	assert_true(list.n <= 1);
	assert_int_equal(names_in(folder), 1 + 2 * list.n);
	if (list.n)
		memcpy(id, list.v[0].id, KH_UUID_SIZE);
	return list.n;
}

/* The next one that opens it puts things in order. */
static struct kh_quarantine *open_again(void)
{
	struct kh_quarantine *q = NULL;
	assert_int_equal(kh_quarantine_open(folder, &q), 0);
	return q;
}

/* Does the work once more and more, cut off one stop later each time, until it comes to its end; gives the order of its calls then. */
static void cut_everywhere(enum work what, void (*check)(struct kh_quarantine *q, bool entry, char *id), const char *expected_order)
{
	for (size_t cut = 0;; cut++) {
		char id[KH_UUID_SIZE] = "";
		kh_auto_buf struct kh_buf order = KH_BUF_INIT;
		struct kh_quarantine *q = open_again();
		put_victim();
		if (what != TAKE)
			assert_int_equal(take(q, id), 0);
		bool ended = run(start(what, q, id), &(struct plan){.cut = cut}, &order);
		kh_quarantine_close(q);
		q = open_again();
		check(q, has_entry(q, id), id);
		assert_int_equal(names_in(place), is_at_its_place());
		kh_quarantine_close(q);
		unlink(victim);
		if (ended) {
			assert_true(cut > 10);
			assert_string_equal(kh_buf_text(&order), expected_order);
			return;
		}
	}
}

static void clear(struct kh_quarantine *q, bool entry, char *id)
{
	assert_int_equal(entry ? kh_quarantine_delete(q, id) : 0, 0);
}

/* ---- the three ---- */

static void check_take(struct kh_quarantine *q, bool entry, char *id)
{
	assert_true(is_at_its_place() != entry); /* never both after tidying, and never neither */
	if (entry) {
		assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
		assert_true(is_at_its_place());
	}
}

static void taking_is_never_half(void **state)
{
	(void)state;
	/* content, manifest, their folder on disk → moved → removed, on disk → its folder removed, on disk → turned to kept, on disk */
	cut_everywhere(TAKE, check_take, "fffrufufrf");
}

static void check_restore(struct kh_quarantine *q, bool entry, char *id)
{
	bool back = is_at_its_place();
	assert_true(back || entry);
	if (entry) /* also when it is back: then this is what tidies up */
		assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
	assert_true(is_at_its_place());
	assert_false(has_entry(q, id));
}

static void restoring_is_never_half(void **state)
{
	(void)state;
	/* what an earlier one left removed → the file on disk → named, on disk → turned to gone, on disk → manifests, header destroyed, content, manifest, on disk */
	cut_everywhere(RESTORE, check_restore, "uflfrfuufuuf");
}

static void restoring_is_never_half_without_nameless_files(void **state)
{
	(void)state;
	nameless = false; /* named by a rename */
	cut_everywhere(RESTORE, check_restore, "ufrfrfuufuuf");
	nameless = true;
}

static void check_delete(struct kh_quarantine *q, bool entry, char *id)
{
	assert_false(is_at_its_place());
	if (entry) {
		assert_int_equal(kh_quarantine_restore(q, id, NULL), 0);
		assert_true(is_at_its_place());
		unlink(victim);
	}
	clear(q, has_entry(q, id), id);
}

static void deleting_is_never_half(void **state)
{
	(void)state;
	cut_everywhere(DELETE, check_delete, "rfuufuuf");
}

/* ---- exchanged after the last look ---- */

static void replace(void)
{
	assert_int_equal(kh_file_replace(victim, "a new version", 13, 0644), 0);
}

static void append(void)
{
	int fd = open(victim, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
}

static void add_name(void)
{
	kh_auto_free char *other = kh_format("%s/other", place);
	assert_int_equal(link(victim, other), 0);
}

static void point_elsewhere(void)
{
	assert_int_equal(unlink(victim) + symlink("/etc/passwd", victim), 0);
}

static void make_folder(void)
{
	kh_auto_free char *inside = kh_format("%s/inside", victim);
	assert_int_equal(unlink(victim) + mkdir(victim, 0755) + kh_file_replace(inside, "x", 1, 0644), 0);
}

static void remove_it(void)
{
	assert_int_equal(unlink(victim), 0);
}

static void what_took_its_place_stays(void **state)
{
	(void)state;
	static const struct {
		void (*exchange)(void);
		mode_t kind; /* of what stands there afterwards; 0: nothing */
		off_t size;
	} cases[] = {{replace, S_IFREG, 13}, {append, S_IFREG, sizeof content + 4}, {add_name, S_IFREG, sizeof content}, {point_elsewhere, S_IFLNK, 11}, {make_folder, S_IFDIR, 0}, {remove_it, 0, 0}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char id[KH_UUID_SIZE] = "";
		struct stat st = {0};
		kh_auto_buf struct kh_buf order = KH_BUF_INIT;
		struct kh_quarantine *q = open_again();
		put_victim();
		assert_true(run(start(TAKE, q, id), &(struct plan){.cut = SIZE_MAX, .exchange = cases[i].exchange, .at = 'r'}, &order));
		assert_int_equal(lstat(victim, &st), cases[i].kind ? 0 : -1);
		assert_int_equal(st.st_mode & S_IFMT, cases[i].kind);
		assert_true(S_ISDIR(st.st_mode) || st.st_size == cases[i].size);
		assert_false(has_entry(q, id));
		kh_quarantine_close(q);
		kh_ignore(kh_test_remove(place));
		assert_int_equal(mkdir(place, 0755), 0);
	}
}

/* A restore finds nothing at the place and makes the file; somebody else's is there before it has its name. */
static void what_came_first_stays(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		char id[KH_UUID_SIZE] = "";
		kh_auto_buf struct kh_buf order = KH_BUF_INIT;
		struct stat st = {0};
		struct kh_quarantine *q = open_again();
		nameless = i == 0;
		put_victim();
		assert_int_equal(take(q, id), 0);
		assert_true(run(start(RESTORE, q, id), &(struct plan){.cut = SIZE_MAX, .exchange = replace, .at = nameless ? 'l' : 'r'}, &order));
		assert_int_equal(stat(victim, &st), 0);
		assert_int_equal(st.st_size, 13);
		assert_int_equal(names_in(place), 1);
		assert_true(has_entry(q, id));
		clear(q, true, id);
		kh_quarantine_close(q);
		unlink(victim);
	}
	nameless = true;
}

KH_TESTS_WITH(setup, teardown, taking_is_never_half, restoring_is_never_half, restoring_is_never_half_without_nameless_files, deleting_is_never_half,
	what_took_its_place_stays, what_came_first_stays)
