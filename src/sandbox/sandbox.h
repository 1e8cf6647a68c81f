/* Giving up rights. A process of ours calls kh_sandbox_enter() on itself once, early, before it looks at foreign bytes; what it gave up it
 * cannot get back, and neither can what it starts. No option of any program turns this off.
 *
 * The layers, from the outside in:
 *
 *     descriptors   closed, but 0, 1, 2 and those named
 *     user          another user and group, no supplementary groups (only when it runs as root)
 *     capabilities  none but those named; no_new_privs, so that no set-uid program gives any back
 *     rlimits       no core file (it would hold foreign bytes), and the limits named
 *     Landlock      files: only beneath the paths named, only for reading, nothing executed; TCP, signals and abstract sockets as the
 *                   profile says. A kernel without Landlock, or with an older one, is no error: the status says so
 *     seccomp       only the system calls of the profile (the table is in seccomp.c). Without it: KH_E_SANDBOX
 *
 * The profiles:
 *
 *     KH_SANDBOX_PURE     parses foreign bytes: uses the descriptors it has, memory and time, nothing else. It can open nothing (looking for
 *                         a file gives EACCES, because libraries do look), and anything else forbidden kills the process
 *     KH_SANDBOX_NURSERY  PURE, and it can make workers of itself, as pure as that (sandbox/nursery.h)
 *     KH_SANDBOX_READER   reads the system: opens files for reading, asks the kernel over netlink; no other socket can be made, nothing
 *                         is written or executed, no other process touched. Forbidden calls give EPERM. (openat2 is allowed, and hides its
 *                         flags from seccomp: that it writes nothing is Landlock's doing; without Landlock, the user's rights)
 *     KH_SANDBOX_SCRATCH  as PURE, and makes, reads and removes files beneath one directory (sandbox/scratch.h); nothing is executed
 *     KH_SANDBOX_GUARD    answers the kernel (fanotify) and keeps workers, who are bound by its filter, too. Forbidden calls give EPERM. Landlock would hide from it which
 *                         programs open files: it is left to its thread that keeps the workers (kh_sandbox_fence), which then executes the programs named, and writes
 *                         beneath the directories named
 *     KH_SANDBOX_NETWORK  speaks TCP and UDP as a client: reads files (certificates, resolv.conf), makes threads; accepts no connections,
 *                         writes no file, executes nothing. Forbidden calls give EPERM */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum kh_sandbox_profile { KH_SANDBOX_PURE, KH_SANDBOX_NURSERY, KH_SANDBOX_READER, KH_SANDBOX_NETWORK, KH_SANDBOX_SCRATCH, KH_SANDBOX_GUARD };

/* 0: the limit stays what it is. */
struct kh_sandbox_limits {
	uint64_t address_space; /* bytes; not set under AddressSanitizer, which reserves terabytes */
	uint64_t cpu_s;         /* seconds of CPU, over the whole life of the process; then SIGKILL */
	uint64_t file_size;     /* bytes of one written file or memfd; PURE, NURSERY: 0 means none */
	uint64_t open_files;
	uint64_t processes; /* of the user, threads included; PURE and READER: always none more; NURSERY: not limited */
};

struct kh_sandbox_policy {
	enum kh_sandbox_profile profile;
	const char *const *read_paths; /* NULL-terminated; NULL: nothing can be opened. What does not exist is left out */
	const char *scratch;           /* SCRATCH: the directory */
	const char *const *scratch_paths, *const *execute_paths; /* GUARD: its directories; what may be executed, and beneath it; NULL-terminated */
	bool keep_all_fds;
	const int *keep_fds;
	size_t keep_fds_count;
	bool change_user; /* to uid and gid, when the process runs as root */
	uid_t uid;
	gid_t gid;
	uint64_t keep_capabilities; /* bits 1 << CAP_* */
	struct kh_sandbox_limits limits;
};

#define KH_SANDBOX_NOBODY 65534 /* uid and gid of nobody and nogroup: owns nothing */

/* KH_E_SANDBOX when a layer that this system has could not be raised: the process must end. */
int kh_sandbox_enter(const struct kh_sandbox_policy *policy) KH_MUST_USE;

/* GUARD: Landlock for the calling thread, and what it starts. */
int kh_sandbox_fence(const struct kh_sandbox_policy *policy) KH_MUST_USE;

/* Which layers hold this process, for health reports. */
struct kh_sandbox_status {
	bool entered;
	bool seccomp;
	bool user_changed;
	int landlock_abi;      /* 0: this kernel has no Landlock */
	bool landlock_network; /* TCP rules hold (ABI 4 and later) */
	uint64_t capabilities; /* those kept */
};
struct kh_sandbox_status kh_sandbox_status(void);
