#include "facts/processes.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

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

/* What the kernel links to, else what the command line says when that is a path. A deleted file keeps its name. */
static char *program_of(int root, const char *pid, const char *command)
{
	char path[64], target[KH_MAX_PATH];
	snprintf(path, sizeof path, "/proc/%s/exe", pid);
	if (!kh_tree_link(root, path, target, sizeof target))
		return *command == '/' ? kh_strdup(command) : NULL;
	size_t length = strlen(target);
	if (kh_ends_with(target, " (deleted)"))
		target[length - strlen(" (deleted)")] = '\0';
	return kh_strdup(target);
}

/* false: a thread of the kernel, or gone meanwhile. */
static bool read_process(int root, const char *pid, struct kh_buf *text, struct kh_process *ret)
{
	char path[64], name[64], unit[256];
	snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
	if (kh_tree_read(root, path, KH_FACTS_MAX_FILE, text) < 0 || text->len == 0)
		return false;
	struct kh_process process = {.program = program_of(root, pid, text->data)};
	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	kh_tree_line(root, path, name, sizeof name);
	process.name = kh_strdup(name);
	snprintf(path, sizeof path, "/proc/%s/cgroup", pid);
	if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, text) == 0 && text->len && kh_cgroup_unit(text->data, unit, sizeof unit))
		process.unit = kh_strdup(unit);
	if (!kh_parse_int(pid, 1, INT64_MAX, &process.pid))
		kh_bug(__FILE__, __LINE__, "a process id that is no number");
	*ret = process;
	return true;
}

static bool is_number(const char *s)
{
	return *s >= '1' && *s <= '9' && strspn(s, "0123456789") == strlen(s) && strlen(s) < 12;
}

int kh_processes_read(int root_fd, struct kh_processes *ret)
{
	kh_auto_names struct kh_names names = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_process process = {0};
	int r = kh_tree_list(root_fd, "/proc", &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n && ret->n < KH_FACTS_MAX_PROCESSES; i++)
		if (is_number(names.v[i]) && read_process(root_fd, names.v[i], &text, &process))
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
