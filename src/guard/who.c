#include "guard/who.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "sandbox/worker.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_STATUS (64 * KH_KIB)

struct program {
	dev_t device;
	ino_t inode;
};

struct kh_free_programs {
	const struct kh_agent_settings *settings;
	struct {
		struct program *v;
		size_t n, cap;
	} own;
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

void kh_who_of(pid_t pid, struct kh_who *ret)
{
	char path[64];
	*ret = (struct kh_who){.pid = pid};
	if (pid <= 0)
		return;
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	ssize_t n = readlink(path, ret->program, sizeof ret->program - 1);
	ret->program[n > 0 ? n : 0] = '\0';
	ret->known = read_uid(pid, &ret->uid);
}

/* ---- who may ---- */

static void add_own(struct kh_free_programs *p, const char *path)
{
	struct stat st;
	if (path && stat(path, &st) == 0)
		kh_array_push(&p->own, ((struct program){st.st_dev, st.st_ino}));
}

struct kh_free_programs *kh_free_programs_new(const struct kh_agent_settings *settings)
{
	static const char *const workers[] = {"khien-scan-worker", "khien-clamav-worker", "khien-collector"}, *const programs[] = {"khien", "khien-agent"};
	struct kh_free_programs *p = kh_alloc(sizeof *p);
	kh_auto_free char *dir = NULL;
	p->settings = settings;
	add_own(p, "/proc/self/exe");
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		kh_auto_free char *path = NULL;
		if (kh_worker_path(workers[i], &path) == 0)
			add_own(p, path);
	}
	if (kh_program_dir(&dir) == 0)
		for (size_t i = 0; i < KH_COUNT(programs); i++) {
			kh_auto_free char *path = kh_format("%s/%s", dir, programs[i]);
			add_own(p, path);
		}
	add_own(p, "/usr/bin/khien");
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
	kh_array_done(&p->own);
	kh_array_done(&p->users);
	free(p);
}

bool kh_free_programs_own(const struct kh_free_programs *p, const struct stat *st)
{
	for (size_t i = 0; i < p->own.n; i++)
		if (p->own.v[i].inode == st->st_ino && p->own.v[i].device == st->st_dev)
			return true;
	return false;
}

static bool is_of_settings(const struct kh_free_programs *p, const struct stat *running)
{
	struct stat st;
	for (char **program = p->settings->onaccess_programs; program && *program; program++)
		if (stat(*program, &st) == 0 && st.st_ino == running->st_ino && st.st_dev == running->st_dev)
			return true;
	return false;
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
	char path[64];
	struct stat running;
	if (pid <= 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	bool known = stat(path, &running) == 0;
	return (known && (kh_free_programs_own(p, &running) || is_of_settings(p, &running))) || is_of_user(p, pid);
}
