/* Running processes, by /proc. Threads of the kernel are left out. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What only the kernel's links tell, and a process under Landlock may not ask of others: read before a sandbox is entered. */
struct kh_process_link {
	int64_t pid;
	char *program;    /* NULL: may not be read */
	uint64_t *sockets; /* inodes */
	size_t sockets_n;
};

struct kh_process_links {
	struct kh_process_link *v; /* sorted by pid */
	size_t n, cap;
};

/* Nothing is parsed but "socket:[INODE]". Processes that end meanwhile are left out. */
int kh_process_links_read(int root_fd, struct kh_process_links *ret) KH_MUST_USE;
void kh_process_links_done(struct kh_process_links *links);
const struct kh_process_link *kh_process_link_of(const struct kh_process_links *links, int64_t pid); /* NULL: none */

struct kh_process {
	int64_t pid;
	char *name;    /* as the kernel has it: at most 15 bytes */
	char *program; /* path of the executable; NULL when neither the kernel nor the command line says */
	char *unit;    /* "ssh.service"; NULL when it runs in none */
};

struct kh_processes {
	struct kh_process *v;
	size_t n, cap;
	bool known; /* there is a /proc to read */
};

int kh_processes_read(int root_fd, const struct kh_process_links *links, struct kh_processes *ret) KH_MUST_USE;
void kh_processes_done(struct kh_processes *processes);

/* A process whose program is called so ("clamd": the last part of the path, or the kernel's name for it); NULL when there is none. */
const struct kh_process *kh_process_named(const struct kh_processes *processes, const char *name);
const struct kh_process *kh_process_of_unit(const struct kh_processes *processes, const char *unit);
const struct kh_process *kh_process_of_program(const struct kh_processes *processes, const char *path);

/* systemd unit in the text of a /proc/PID/cgroup: the innermost *.service of the path; false when there is none. */
bool kh_cgroup_unit(const char *text, char *ret_unit, size_t size);
