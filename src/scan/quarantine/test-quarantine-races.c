/* Somebody who may write to the folder keeps exchanging the file, or the folder, while it is taken away: thousands of times, as root against an ordinary user, and an
 * ordinary user against himself. Whatever happens, nothing outside is removed, changed or copied, and no file that took the infected one's name is lost. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "os/file.h"
#include "scan/quarantine.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 2000, LONGEST_MS = 10000, PATIENCE_MS = 60000, ENOUGH = 10 /* taken */, ORDINARY = 65534 };
static const char infected[] = "infected";
static char top[] = "/dev/shm/khien-test-XXXXXX"; /* in memory: some hundred thousand fsync */

/* ---- the scene: top/d/victim is what is taken; top/outside belongs to others ---- */

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top) || chmod(top, 0755) < 0 || chdir(top) < 0)
		return -1;
	return geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	return kh_test_remove(top);
}

static void be(uid_t uid)
{
	if (geteuid() == 0 && uid != 0 && (setresgid(ORDINARY, ORDINARY, ORDINARY) < 0 || setresuid(uid, uid, uid) < 0))
		_exit(90);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		kh_ignore(write(fd, text, strlen(text)));
	close(fd);
}

/* Mostly a few calls long, sometimes long enough for a file to be taken. */
static void wait_a_little(void)
{
	uint32_t most = kh_random_below(4) ? 20000 : 2000000;
	for (volatile uint32_t i = 0, n = kh_random_below(most); i < n; i++)
		;
}

/* ---- attacks: each is one exchange and its end ---- */

static void by_link(const char *target)
{
	rename("d/victim", "d/away");
	kh_ignore(symlink(target, "d/victim"));
	wait_a_little();
	unlink("d/victim");
	unlink("d/away");
}

static void by_symbolic_link(void)
{
	by_link("../outside/precious");
}

static void by_hard_link(void)
{
	rename("d/victim", "d/away");
	kh_ignore(link("outside/precious", "d/victim"));
	wait_a_little();
	unlink("d/victim");
	unlink("d/away");
}

static void by_second_name(void)
{
	kh_ignore(link("d/victim", "d/again"));
	wait_a_little();
	unlink("d/again");
}

static void by_fifo(void)
{
	rename("d/victim", "d/away");
	kh_ignore(mkfifo("d/victim", 0644));
	wait_a_little();
	unlink("d/victim");
	unlink("d/away");
}

static void by_folder(void)
{
	unlink("d/victim");
	kh_ignore(mkdir("d/victim", 0755));
	put("d/victim/inside", infected);
	wait_a_little();
	unlink("d/victim/inside");
	rmdir("d/victim");
}

/* The whole folder becomes a link to the one outside, where a file of that name and content is. */
static void by_other_folder(void)
{
	rename("d", "d2");
	kh_ignore(symlink("outside", "d"));
	wait_a_little();
	unlink("d");
	rename("d2", "d");
}

/* A new version is saved over the infected one, as editors do: it must live. */
static void by_new_version(void)
{
	struct stat st = {.st_nlink = 1};
	put("d/new", "a new version, clean");
	int fd = open("d/new", O_RDONLY | O_CLOEXEC);
	rename("d/new", "d/victim");
	wait_a_little();
	fstat(fd, &st);
	close(fd);
	if (st.st_nlink == 0)
		_exit(91); /* lost: nobody else removes it */
	unlink("d/victim");
}

static void by_mount(void)
{
	if (mount("outside/precious", "d/victim", NULL, MS_BIND, NULL) == 0) {
		wait_a_little();
		umount2("d/victim", MNT_DETACH);
	}
}

/* The folder of ours, beside the file, is exchanged too. */
static void by_our_own_folder(void)
{
	DIR *d = opendir("d");
	for (const struct dirent *e = NULL; d && (e = readdir(d)) != NULL;) {
		kh_auto_free char *ours = kh_format("d/%s", e->d_name);
		if (strncmp(e->d_name, ".khien-", 7) != 0 || rename(ours, "d/caught") != 0)
			continue;
		kh_ignore(symlink("../outside", ours));
		wait_a_little();
		unlink(ours);
		rmdir("d/caught");
	}
	if (d)
		closedir(d);
}

static const struct attack {
	const char *name;
	void (*once)(void);
	bool roots; /* only root can */
} attacks[] = {
	{"symbolic link", by_symbolic_link, false}, {"hard link", by_hard_link, false},       {"second name", by_second_name, false},
	{"FIFO", by_fifo, false},                   {"folder", by_folder, false},             {"other folder", by_other_folder, false},
	{"new version", by_new_version, false},     {"mount", by_mount, true},                {"our own folder", by_our_own_folder, false},
};

/* Most attacks leave nothing that could be taken. */
static void let_it_be_taken(void)
{
	for (int i = 0; i < 100 && kh_file_exists("d/victim"); i++)
		usleep(100);
}

static pid_t start_attack(const struct attack *attack, uid_t uid)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	be(attack->roots ? 0 : uid);
	for (;;) {
		put("d/fresh", infected);
		rename("d/fresh", "d/victim");
		wait_a_little();
		if (kh_random_below(4))
			attack->once();
		else
			let_it_be_taken();
	}
}

/* ---- the one who takes away ---- */

static bool take_once(struct kh_quarantine *q, bool *ret_taken)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	char id[KH_UUID_SIZE];
	kh_auto_free char *path = kh_format("%s/d/victim", top);
	kh_auto_fd int dir = (int)syscall(SYS_openat2, AT_FDCWD, "d", &how, sizeof how);
	kh_auto_fd int fd = dir < 0 ? -1 : openat(dir, "victim", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	struct kh_quarantine_file f = {.fd = fd, .dir_fd = dir, .name = "victim", .path = path};
	kh_sha256_of(infected, sizeof infected - 1, f.sha256);
	int r = kh_quarantine_add(q, &f, id);
	*ret_taken = r == 0;
	return true;
}

/* Nothing of outside is among what was taken: each entry has the inode of the file it was. */
static void check_entries(struct kh_quarantine *q, uint64_t precious)
{
	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	if (kh_quarantine_list(q, &list) < 0 || list.damaged)
		_exit(92);
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].inode == precious || kh_quarantine_delete(q, list.v[i].id) < 0)
			_exit(93);
}

/* Exits with 0 when there was something to take in many rounds, and some of it could be taken. */
static void take_many(uid_t uid, const char *folder, uint64_t precious)
{
	struct kh_quarantine *q = NULL;
	size_t tried = 0, taken = 0;
	be(uid);
	if (kh_quarantine_open(folder, &q) < 0)
		_exit(94);
	const int64_t began = kh_monotonic_ms();
	/* Where many programs run, the attacker has most of the time that there is: then it goes on until some was taken. */
	while ((tried < ROUNDS || taken <= ENOUGH) && kh_monotonic_ms() < began + (taken > ENOUGH ? LONGEST_MS : PATIENCE_MS)) {
		bool done = false;
		tried += take_once(q, &done);
		taken += done;
		if (done && taken % 100 == 0)
			check_entries(q, precious);
	}
	check_entries(q, precious);
	kh_quarantine_close(q);
	_exit(tried > 100 && taken > ENOUGH ? 0 : 95);
}

static int end_of(pid_t pid)
{
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void make_scene(uid_t attacker, uid_t taker, struct stat *ret_precious)
{
	assert_int_equal(mkdir("d", 0755) + mkdir("outside", 0755) + mkdir("home", 0755), 0);
	put("outside/precious", infected);
	put("outside/victim", infected);
	if (geteuid() == 0) {
		assert_int_equal(chown("d", attacker, ORDINARY) + chown(".", attacker, ORDINARY) + chown("home", taker, ORDINARY), 0);
		assert_int_equal(chown("outside/precious", attacker, ORDINARY) + chown("outside/victim", attacker, ORDINARY), 0);
	}
	assert_int_equal(stat("outside/precious", ret_precious), 0);
}

static void check_outside(const struct stat *precious)
{
	struct stat st;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(stat("outside/precious", &st), 0);
	assert_int_equal(st.st_ino, precious->st_ino);
	assert_int_equal(st.st_mode, precious->st_mode);
	assert_int_equal(kh_file_read("outside/precious", 100, &b), 0);
	assert_string_equal(b.data, infected);
	assert_true(kh_file_exists("outside/victim"));
}

/* One that came at the moment of the move was moved along. */
static void unmount_all(void)
{
	glob_t found = {0};
	kh_ignore(glob("d/victim", 0, NULL, &found));
	kh_ignore(glob("d/khien-*", GLOB_APPEND, NULL, &found));
	kh_ignore(glob("d/.khien-*/file", GLOB_APPEND, NULL, &found));
	for (size_t i = 0; i < found.gl_pathc; i++)
		while (umount2(found.gl_pathv[i], MNT_DETACH) == 0)
			;
	globfree(&found);
}

static void attack(const struct attack *a, uid_t attacker, uid_t taker)
{
	struct stat precious;
	kh_auto_free char *folder = kh_format("%s/home/q", top);
	make_scene(attacker, taker, &precious);
	pid_t attacking = start_attack(a, attacker), taking = fork();
	if (taking == 0)
		take_many(taker, folder, precious.st_ino);
	int end = end_of(taking);
	kill(attacking, SIGKILL);
	int attacked = end_of(attacking);
	unmount_all();
	if (end != 0 || attacked != -SIGKILL)
		print_message("%s: taking ended with %d, attacking with %d\n", a->name, end, attacked);
	assert_int_equal(end, 0);
	assert_int_equal(attacked, -SIGKILL);
	check_outside(&precious);
	const char *const parts[] = {"d", "d2", "outside", "home"};
	struct stat gone;
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		assert_true(kh_test_remove(parts[i]) == 0 || lstat(parts[i], &gone) < 0);
}

static void all_attacks(uid_t attacker, uid_t taker)
{
	for (size_t i = 0; i < KH_COUNT(attacks); i++)
		if (!attacks[i].roots || (geteuid() == 0 && taker == 0))
			attack(&attacks[i], attacker, taker);
}

static void root_against_an_ordinary_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	all_attacks(ORDINARY, 0);
}

static void an_ordinary_user_against_himself(void **state)
{
	(void)state;
	uid_t uid = geteuid() == 0 ? ORDINARY : geteuid();
	all_attacks(uid, uid);
}

KH_TESTS_WITH(setup, teardown, root_against_an_ordinary_user, an_ordinary_user_against_himself)
