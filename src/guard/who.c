#include "guard/who.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "sandbox/worker.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_STATUS (64 * KH_KIB)

/* Of our own, as it was when the guard started; of the settings, as it is whenever it is asked for: it may be updated. */
struct program {
	char *path; /* without links */
	bool own;
	dev_t device;
	ino_t inode;
};

struct kh_free_programs {
	struct {
		struct program *v;
		size_t n, cap;
	} programs;
	struct {
		uid_t *v;
		size_t n, cap;
	} users;
};

/* ---- who ---- */

/* Uid: real, effective, saved, file system; as status(5) of /proc says them. */
static bool read_uid(pid_t pid, unsigned *ret)
{
	char path[64];
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (kh_file_read(path, MAX_STATUS, &text) < 0)
		return false;
	const char *line = strstr(kh_buf_text(&text), "\nUid:");
	return line && sscanf(line, "\nUid:%*u%u", ret) == 1;
}

/* The link is not followed: nothing is asked of the file system that the program is on. */
static void read_program(pid_t pid, char *ret, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	ssize_t n = readlink(path, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
}

void kh_who_of(pid_t pid, struct kh_who *ret)
{
	*ret = (struct kh_who){.pid = pid};
	if (pid <= 0)
		return;
	read_program(pid, ret->program, sizeof ret->program);
	ret->known = read_uid(pid, &ret->uid);
}

/* ---- who may ---- */

static void add(struct kh_free_programs *p, const char *path, bool own)
{
	char real[PATH_MAX];
	struct stat st = {0};
	bool known = realpath(path, real) && stat(real, &st) == 0;
	if (known || !own)
		kh_array_push(&p->programs, ((struct program){kh_strdup(known ? real : path), own, st.st_dev, st.st_ino}));
}

static void add_own(struct kh_free_programs *p)
{
	static const char *const workers[] = {"khien-scan-worker", "khien-clamav-worker", "khien-collector", "khien-isolate"}, *const programs[] = {"khien", "khien-agent"};
	kh_auto_free char *dir = NULL;
	add(p, "/proc/self/exe", true);
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		kh_auto_free char *path = NULL;
		if (kh_worker_path(workers[i], &path) == 0)
			add(p, path, true);
	}
	if (kh_program_dir(&dir) == 0)
		for (size_t i = 0; i < KH_COUNT(programs); i++) {
			kh_auto_free char *path = kh_format("%s/%s", dir, programs[i]);
			add(p, path, true);
		}
	add(p, "/usr/bin/khien", true);
}

struct kh_free_programs *kh_free_programs_new(const struct kh_agent_settings *settings)
{
	struct kh_free_programs *p = kh_alloc(sizeof *p);
	add_own(p);
	for (char **program = settings->onaccess_programs; program && *program; program++)
		add(p, *program, false);
	for (char **user = settings->onaccess_users; user && *user; user++) {
		const struct passwd *entry = getpwnam(*user);
		if (entry)
			kh_array_push(&p->users, entry->pw_uid);
	}
	return p;
}

void kh_free_programs_free(struct kh_free_programs *p)
{
	if (!p)
		return;
	kh_array_each(&p->programs, one)
		free(one->path);
	kh_array_done(&p->programs);
	kh_array_done(&p->users);
	free(p);
}

static bool is_file(const struct program *p, const struct stat *st)
{
	return p->inode == st->st_ino && p->device == st->st_dev;
}

bool kh_free_programs_own(const struct kh_free_programs *p, const struct stat *st)
{
	for (size_t i = 0; i < p->programs.n; i++)
		if (p->programs.v[i].own && is_file(&p->programs.v[i], st))
			return true;
	return false;
}

/* The link says " (deleted)" behind the name of one that was replaced by an update. */
static bool is_named(const char *path, const char *link)
{
	size_t n = strlen(path);
	return strncmp(path, link, n) == 0 && (link[n] == '\0' || kh_streq(link + n, " (deleted)"));
}

/* Asked by its name first: stat() of a program on a server that hangs would hold up everybody. */
static bool runs(pid_t pid, const char *link, const struct program *p)
{
	char exe[64];
	struct stat running, now;
	snprintf(exe, sizeof exe, "/proc/%d/exe", pid);
	if (!is_named(p->path, link) || stat(exe, &running) < 0)
		return false;
	return p->own ? is_file(p, &running) : stat(p->path, &now) == 0 && now.st_ino == running.st_ino && now.st_dev == running.st_dev;
}

static bool is_of_user(const struct kh_free_programs *p, pid_t pid)
{
	unsigned uid = 0;
	if (!p->users.n || !read_uid(pid, &uid))
		return false;
	for (size_t i = 0; i < p->users.n; i++)
		if (p->users.v[i] == uid)
			return true;
	return false;
}

bool kh_free_programs_hold(const struct kh_free_programs *p, pid_t pid)
{
	char link[PATH_MAX] = "";
	bool held = false;
	if (pid <= 0)
		return false;
	read_program(pid, link, sizeof link);
	for (size_t i = 0; !held && i < p->programs.n; i++)
		held = runs(pid, link, &p->programs.v[i]);
	return held || is_of_user(p, pid);
}
