#include "scan/executed.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MAPS = 16 * 1024 * 1024 };
static const char deleted[] = " (deleted)";

/* A mapping of a file, of some process; the file by what the kernel calls it. */
struct mapping {
	char *device, *inode, *path;
	char *link;    /* in /proc, to the very file; needs CAP_CHECKPOINT_RESTORE */
	char *program; /* in /proc, to the program of the process, which it may be; needs less */
	bool elsewhere; /* in another mount namespace */
};

struct mappings {
	struct mapping *v;
	size_t n, cap;
};

static void mapping_done(struct mapping *m)
{
	free(m->device);
	free(m->inode);
	free(m->path);
	free(m->link);
	free(m->program);
}

static void mappings_done(struct mappings *all)
{
	kh_array_each(all, m)
		mapping_done(m);
	kh_array_done(all);
}

static int compare(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int r = strcmp(x->inode, y->inode);
	return r ? r : strcmp(x->device, y->device);
}

/* One process maps one file several times, and many processes the same: sorted, each once. */
static void once_each(struct mappings *all)
{
	size_t kept = 0;
	if (all->n)
		qsort(all->v, all->n, sizeof *all->v, compare);
	for (size_t i = 0; i < all->n; i++)
		if (kept && compare(&all->v[i], &all->v[kept - 1]) == 0)
			mapping_done(&all->v[i]);
		else
			all->v[kept++] = all->v[i];
	all->n = kept;
}

/* ---- one process ---- */

/* "7f1c-7f1d r-xp 00000000 08:01 1234    /usr/bin/x (deleted)" */
static bool read_line(char *line, const char *pid, struct mapping *ret)
{
	const char *range = kh_split(&line, " "), *rights = kh_split(&line, " ");
	kh_split(&line, " ");
	const char *device = kh_split(&line, " "), *inode = kh_split(&line, " ");
	if (!line || !rights || strlen(rights) < 3 || rights[2] != 'x' || kh_streq(inode, "0"))
		return false;
	const char *path = line + strspn(line, " ");
	if (*path != '/' || kh_starts_with(path, "/memfd:") || kh_starts_with(path, "/dev/") || kh_starts_with(path, "/SYSV"))
		return false;
	*ret = (struct mapping){.device = kh_strdup(device), .inode = kh_strdup(inode), .path = kh_strdup(path), .link = kh_format("/proc/%s/map_files/%s", pid, range),
				.program = kh_format("/proc/%s/exe", pid)};
	return true;
}

static bool is_elsewhere(const char *pid)
{
	char own[64] = "", its[64] = "";
	kh_auto_free char *link = kh_format("/proc/%s/ns/mnt", pid);
	ssize_t n = readlink("/proc/self/ns/mnt", own, sizeof own - 1), m = readlink(link, its, sizeof its - 1);
	return n > 0 && m > 0 && strcmp(own, its) != 0;
}

static void read_process(const char *pid, struct mappings *all)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *maps = kh_format("/proc/%s/maps", pid);
	if (kh_file_read(maps, MAX_MAPS, &text) < 0)
		return; /* it has ended, or is not ours to see */
	bool elsewhere = is_elsewhere(pid);
	struct mapping m = {0};
	for (char *rest = (char *)(uintptr_t)kh_buf_text(&text), *line = NULL; (line = kh_split(&rest, "\n")) != NULL && all->n < KH_EXECUTED_MAX_FILES;)
		if (read_line(line, pid, &m)) {
			m.elsewhere = elsewhere;
			kh_array_push(all, m);
		}
}

/* ---- the files ---- */

static bool has_name(const struct mapping *m)
{
	struct stat st;
	return !m->elsewhere && !kh_ends_with(m->path, deleted) && lstat(m->path, &st) == 0 && S_ISREG(st.st_mode);
}

static int open_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int open_program(const struct mapping *m)
{
	struct stat st;
	char inode[32];
	int fd = open_read(m->program);
	bool same = fd >= 0 && fstat(fd, &st) == 0 && snprintf(inode, sizeof inode, "%llu", (unsigned long long)st.st_ino) > 0 && kh_streq(inode, m->inode);
	if (!same)
		kh_fd_close(&fd);
	return same ? fd : -1;
}

static void add_open(const struct mapping *m, struct kh_executed *ret, size_t *opened)
{
	struct stat st;
	if (*opened == KH_EXECUTED_MAX_OPEN)
		return;
	int fd = open_read(m->link);
	fd = fd < 0 ? open_program(m) : fd;
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	++*opened;
	kh_array_push(ret, ((struct kh_executed_file){kh_strdup(m->path), fd}));
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

int kh_executed_read(struct kh_executed *ret)
{
	KH_CLEANUP(close_folder) DIR *d = opendir("/proc");
	KH_CLEANUP(mappings_done) struct mappings all = {0};
	size_t processes = 0, opened = 0;
	if (!d)
		return kh_fail_errno("/proc");
	for (struct dirent *e = NULL; (e = readdir(d)) != NULL && processes < KH_EXECUTED_MAX_PROCESSES;) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		read_process(e->d_name, &all);
		if (++processes % 100 == 0)
			once_each(&all);
	}
	once_each(&all);
	kh_array_each(&all, m)
		if (has_name(m))
			kh_array_push(ret, ((struct kh_executed_file){kh_strdup(m->path), -1}));
		else
			add_open(m, ret, &opened);
	return 0;
}

void kh_executed_done(struct kh_executed *r)
{
	kh_array_each(r, f) {
		free(f->path);
		kh_fd_close(&f->fd);
	}
	kh_array_done(r);
}
