#include "facts/processes.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/tree.h"
#include "os/file.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#define KERNEL_NAME_MAX 15 /* TASK_COMM_LEN without its NUL */

void kh_processes_done(struct kh_processes *processes)
{
	kh_array_each(processes, p) {
		free(p->name);
		free(p->program);
		free(p->unit);
	}
	kh_array_done(processes);
}

bool kh_cgroup_unit(const char *text, char *ret_unit, size_t size)
{
	bool found = false;
	kh_auto_free char *copy = kh_strdup(text);
	for (char *rest = copy, *part = NULL; (part = kh_split(&rest, "/\n")) != NULL;)
		if (kh_ends_with(part, ".service") && strlen(part) < size) {
			memcpy(ret_unit, part, strlen(part) + 1);
			found = true;
		}
	return found;
}

static bool is_number(const char *s)
{
	return *s >= '1' && *s <= '9' && strspn(s, "0123456789") == strlen(s) && strlen(s) < 12;
}

static int64_t number_of(const char *pid)
{
	int64_t number = 0;
	kh_assert(kh_parse_int(pid, 1, INT64_MAX, &number));
	return number;
}

/* ---- links ---- */

void kh_process_links_done(struct kh_process_links *links)
{
	kh_array_each(links, l) {
		free(l->program);
		free(l->sockets);
	}
	kh_array_done(links);
}

/* A deleted file keeps its name. */
static char *program_link(int root, const char *pid)
{
	char path[64], target[KH_MAX_PATH];
	snprintf(path, sizeof path, "/proc/%s/exe", pid);
	if (!kh_tree_link(root, path, target, sizeof target))
		return NULL;
	if (kh_ends_with(target, " (deleted)"))
		target[strlen(target) - strlen(" (deleted)")] = '\0';
	return kh_strdup(target);
}

/* "socket:[12345]" */
static bool socket_inode(char *target, uint64_t *ret)
{
	int64_t inode = 0;
	char *close = strchr(target, ']');
	if (!kh_starts_with(target, "socket:[") || !close)
		return false;
	*close = '\0';
	if (!kh_parse_int(target + strlen("socket:["), 1, INT64_MAX, &inode))
		return false;
	*ret = (uint64_t)inode;
	return true;
}

static void read_sockets(int root, const char *pid, struct kh_process_link *link)
{
	char path[64], target[64];
	kh_auto_fd int fd = -1;
	KH_ARRAY(uint64_t) inodes = {0};
	uint64_t inode = 0;
	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	if (kh_file_open_in_root(root, path, &fd) < 0)
		return;
	DIR *dir = fdopendir(fd);
	if (!dir)
		return;
	for (struct dirent *entry = NULL; (entry = readdir(dir)) != NULL && inodes.n < KH_FACTS_MAX_SOCKETS;) {
		ssize_t n = readlinkat(fd, entry->d_name, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		if (socket_inode(target, &inode))
			kh_array_push(&inodes, inode);
	}
	fd = -1; /* closed with the stream */
	closedir(dir);
	link->sockets = inodes.v;
	link->sockets_n = inodes.n;
}

static int compare_pids(const void *a, const void *b)
{
	const struct kh_process_link *x = a, *y = b;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int kh_process_links_read(int root_fd, struct kh_process_links *ret)
{
	kh_auto_names struct kh_names names = {0};
	int r = kh_tree_list(root_fd, "/proc", &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n && ret->n < KH_FACTS_MAX_PROCESSES; i++) {
		if (!is_number(names.v[i]))
			continue;
		struct kh_process_link link = {.pid = number_of(names.v[i]), .program = program_link(root_fd, names.v[i])};
		read_sockets(root_fd, names.v[i], &link);
		kh_array_push(ret, link);
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof *ret->v, compare_pids);
	return 0;
}

const struct kh_process_link *kh_process_link_of(const struct kh_process_links *links, int64_t pid)
{
	struct kh_process_link key = {.pid = pid};
	return links->n ? bsearch(&key, links->v, links->n, sizeof key, compare_pids) : NULL;
}

/* ---- processes ---- */

/* What the kernel links to, else what the command line says when that is a path. */
static char *program_of(const struct kh_process_link *link, const char *command)
{
	if (link && link->program)
		return kh_strdup(link->program);
	return *command == '/' ? kh_strdup(command) : NULL;
}

/* false: a thread of the kernel, or gone meanwhile. */
static bool read_process(int root, const char *pid, const struct kh_process_links *links, struct kh_buf *text, struct kh_process *ret)
{
	char path[64], name[64], unit[256];
	snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
	if (kh_tree_read(root, path, KH_FACTS_MAX_FILE, text) < 0 || text->len == 0)
		return false;
	int64_t number = number_of(pid);
	struct kh_process process = {.pid = number, .program = program_of(kh_process_link_of(links, number), text->data)};
	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	kh_tree_line(root, path, name, sizeof name);
	process.name = kh_strdup(name);
	snprintf(path, sizeof path, "/proc/%s/cgroup", pid);
	if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, text) == 0 && text->len && kh_cgroup_unit(text->data, unit, sizeof unit))
		process.unit = kh_strdup(unit);
	*ret = process;
	return true;
}

int kh_processes_read(int root_fd, const struct kh_process_links *links, struct kh_processes *ret)
{
	kh_auto_names struct kh_names names = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_process process = {0};
	int r = kh_tree_list(root_fd, "/proc", &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n && ret->n < KH_FACTS_MAX_PROCESSES; i++)
		if (is_number(names.v[i]) && read_process(root_fd, names.v[i], links, &text, &process))
			kh_array_push(ret, process);
	ret->known = ret->n > 0;
	return 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const struct kh_process *kh_process_named(const struct kh_processes *processes, const char *name)
{
	kh_array_each(processes, p) {
		bool same = p->program ? kh_streq(last_part(p->program), name) : strncmp(p->name, name, KERNEL_NAME_MAX) == 0;
		if (same || (strlen(name) <= KERNEL_NAME_MAX && kh_streq(p->name, name)))
			return p;
	}
	return NULL;
}

const struct kh_process *kh_process_of_unit(const struct kh_processes *processes, const char *unit)
{
	kh_array_each(processes, p)
		if (kh_streq(p->unit, unit) && p->unit)
			return p;
	return NULL;
}

const struct kh_process *kh_process_of_program(const struct kh_processes *processes, const char *path)
{
	kh_array_each(processes, p)
		if (kh_streq(p->program, path) && p->program)
			return p;
	return NULL;
}
