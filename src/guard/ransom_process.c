#include "guard/ransom_process.h"

#include "base/str.h"
#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */
#define MAX_PASSES 8             /* over /proc: what forks faster is killed by people */

/* ---- who it is ---- */

bool kh_ransom_process_read(pid_t pid, struct kh_ransom_process *ret)
{
	char path[32], text[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *name = n > 0 ? strchr(text, '(') : NULL, *after_name = name ? strrchr(name, ')') : NULL; /* the name may hold anything */
	int parent = 0, group = 0;
	char state = 0;
	unsigned flags = 0;
	unsigned long long start = 0;
	if (!after_name || sscanf(after_name + 1, " %c %d %d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state, &parent, &group, &flags, &start) != 5)
		return false;
	*ret = (struct kh_ransom_process){.pid = pid, .parent = parent, .group = group, .start = start, .kernel = flags & KERNEL_THREAD, .ended = strchr("ZXx", state)};
	memcpy(ret->name, name + 1, KH_MIN((size_t)(after_name - name - 1), sizeof ret->name - 1));
	return true;
}

uid_t kh_ransom_process_user(pid_t pid)
{
	char path[32];
	struct stat st = {0};
	snprintf(path, sizeof path, "/proc/%d", pid);
	return stat(path, &st) == 0 ? st.st_uid : (uid_t)-1;
}

char *kh_ransom_process_program(pid_t pid)
{
	char path[32], program[KH_MAX_PATH + 1] = "";
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	ssize_t n = readlink(path, program, sizeof program - 1);
	return n > 0 ? kh_strndup(program, (size_t)n) : NULL;
}

/* ---- who must go on ---- */

static bool program_of(pid_t pid, struct stat *ret)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return stat(path, ret) == 0;
}

static bool is_at(const struct stat *its, const char *path)
{
	struct stat there = {0};
	return stat(path, &there) == 0 && there.st_dev == its->st_dev && there.st_ino == its->st_ino;
}

bool kh_ransom_process_runs(pid_t pid, const char *program)
{
	struct stat its = {0};
	return program_of(pid, &its) && is_at(&its, program);
}

/* A file of root's that has no name left was replaced by an update. */
static bool is_installed(pid_t pid, const char *program)
{
	struct stat its = {0};
	return program_of(pid, &its) && its.st_uid == 0 && (its.st_nlink == 0 || is_at(&its, program));
}

/* The file it runs is the file we run, or lies beside it or in the folder of our workers. Asked by its name first, which the kernel knows by itself: stat() of a program on a server
 * that hangs would hold up the watch. */
static bool is_own(pid_t pid, const char *program)
{
	kh_auto_free char *ours = kh_ransom_process_program(getpid());
	bool same = kh_streq(program, ours), named = program && (kh_starts_with(program, "/usr/bin/khien") || kh_starts_with(program, "/usr/libexec/khien/"));
	return pid == getpid() || (same && kh_ransom_process_runs(pid, "/proc/self/exe")) || (named && is_installed(pid, program));
}

const char *kh_ransom_process_protected(const struct kh_ransom_process *p, const char *program)
{
	static const char *const desktop[] = {
		"/usr/lib/systemd/", "/lib/systemd/", "/usr/bin/dbus-", "/usr/sbin/sshd", "/usr/lib/openssh/", "/usr/bin/login", "/usr/sbin/gdm", "/usr/sbin/lightdm",
		"/usr/bin/sddm", "/usr/lib/xorg/", "/usr/bin/Xwayland", "/usr/bin/gnome-shell", "/usr/libexec/gnome-session", "/usr/bin/kwin_", "/usr/bin/plasmashell",
		"/usr/bin/xfce4-session", "/usr/bin/xfwm4", "/usr/bin/cinnamon", "/usr/sbin/cron", "/usr/sbin/init"};
	if (p->pid <= 1)
		return "init";
	if (p->kernel)
		return "kernel";
	if (is_own(p->pid, program))
		return "own";
	for (size_t i = 0; program && i < KH_COUNT(desktop); i++)
		if (kh_starts_with(program, desktop[i]) && is_installed(p->pid, program))
			return "desktop";
	return NULL;
}

/* ---- stopping ---- */

/* The descriptor holds the number: what is read of it now is of this very process. */
static bool send_to(const struct kh_ransom_process *p, int signal)
{
	struct kh_ransom_process now = {0};
	kh_auto_fd int fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	bool same = fd >= 0 && kh_ransom_process_read(p->pid, &now) && now.start == p->start;
	return same && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
}

static bool stop(const struct kh_ransom_process *p, struct kh_ransom_tree *tree)
{
	kh_auto_free char *program = kh_ransom_process_program(p->pid);
	if (kh_ransom_process_protected(p, program) || !send_to(p, SIGSTOP))
		return false;
	kh_array_push(&tree->all, *p);
	return true;
}

static bool has(const struct kh_ransom_tree *tree, pid_t pid)
{
	kh_array_each(&tree->all, p)
		if (p->pid == pid)
			return true;
	return false;
}

/* One look at all processes; how many more were stopped. A child has a greater start time than its parent, so a number used again does not mislead. */
static size_t stop_more(struct kh_ransom_tree *tree)
{
	const struct kh_ransom_process first = tree->all.v[0];
	size_t before = tree->all.n;
	DIR *dir = opendir("/proc");
	for (const struct dirent *e = NULL; dir && (e = readdir(dir)) && tree->all.n < KH_RANSOM_TREE_MOST;) {
		int64_t pid = 0;
		struct kh_ransom_process p = {0};
		if (!kh_parse_int(e->d_name, 2, INT32_MAX, &pid) || has(tree, (pid_t)pid) || !kh_ransom_process_read((pid_t)pid, &p))
			continue;
		bool of_group = first.group == first.pid && p.group == first.group;
		if (p.start >= first.start && (of_group || has(tree, p.parent)))
			kh_ignore(stop(&p, tree));
	}
	if (dir)
		closedir(dir);
	return tree->all.n - before;
}

bool kh_ransom_tree_stop(const struct kh_ransom_process *p, struct kh_ransom_tree *ret)
{
	struct kh_ransom_tree tree = {0};
	if (!stop(p, &tree))
		return false;
	for (int pass = 0; pass < MAX_PASSES && stop_more(&tree); pass++)
		;
	*ret = tree;
	return true;
}

void kh_ransom_tree_stop_again(struct kh_ransom_tree *tree, const struct kh_ransom_process *more)
{
	kh_ransom_tree_signal(tree, SIGSTOP);
	if (!has(tree, more->pid) && tree->all.n < KH_RANSOM_TREE_MOST)
		kh_ignore(stop(more, tree));
}

static bool lives(const struct kh_ransom_process *p)
{
	struct kh_ransom_process now = {0};
	return kh_ransom_process_read(p->pid, &now) && now.start == p->start && !now.ended;
}

void kh_ransom_tree_hold(struct kh_ransom_tree *tree, pid_t pid, uint64_t start)
{
	struct kh_ransom_process p = {0};
	if (pid > 1 && kh_ransom_process_read(pid, &p) && p.start == start)
		kh_array_push(&tree->all, p);
}

void kh_ransom_tree_signal(const struct kh_ransom_tree *tree, int signal)
{
	kh_array_each(&tree->all, p)
		kh_ignore(send_to(p, signal) ? 0 : -1);
}

bool kh_ransom_tree_lives(const struct kh_ransom_tree *tree)
{
	kh_array_each(&tree->all, p)
		if (lives(p))
			return true;
	return false;
}

void kh_ransom_tree_done(struct kh_ransom_tree *tree)
{
	kh_array_done(&tree->all);
}
