/* Starting, ending and burying the worker processes of a program.
 *
 * A worker is a program of ours that stands beside the running one (out/bin in a checkout), or in /usr/libexec/khien when the running one
 * is installed under /usr. It finds one end of a kh_ipc_pair() as descriptor KH_WORKER_SOCK, nothing on standard input and output, a clean
 * environment, and no other descriptor; it leads a session of its own (Ctrl-C on the terminal reaches only the program) and dies with the
 * thread that started it. Its standard error goes nowhere, because what a worker that was taken over writes must not reach a terminal;
 * builds with AddressSanitizer let it through, to see the reports. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KH_WORKER_SOCK 3
#define KH_WORKER_DIR "/usr/libexec/khien"

struct kh_worker {
	pid_t pid; /* 0: none */
	int pidfd; /* readable (poll) when the process has ended */
	int sock;  /* our end; a blocking SOCK_SEQPACKET socket */
};
#define KH_WORKER_NONE {.pidfd = -1, .sock = -1}

/* How a process ended: an exit status, or the signal that killed it. */
struct kh_worker_end {
	int status;
	int signal; /* 0: it exited */
};

/* The file of a worker: `name` beside the running program, or in KH_WORKER_DIR. New memory. */
int kh_worker_path(const char *name, char **ret_path) KH_MUST_USE;

/* Starts the program (its path from kh_worker_path, or any other absolute one) with up to 8 arguments (NULL-terminated, without the name;
 * NULL: none). KH_E_NOT_FOUND or KH_E_PERMISSION when it cannot be executed. */
int kh_worker_spawn(const char *path, const char *const *args, struct kh_worker *ret_worker) KH_MUST_USE;

void kh_worker_kill(const struct kh_worker *w); /* SIGKILL; does not wait */

/* Buries a process that has ended, waiting for its end at most so long; false while it still runs. */
bool kh_worker_reap(struct kh_worker *w, int timeout_ms, struct kh_worker_end *ret_end) KH_MUST_USE;

/* Closes our end, kills what still runs, buries it if it ends within a second (a process stuck in the kernel is left to the system). */
void kh_worker_done(struct kh_worker *w);
#define kh_auto_worker KH_CLEANUP(kh_worker_done)

/* CPU time that the process has used; 0: there is none to ask. */
int64_t kh_worker_cpu_ns(const struct kh_worker *w) KH_MUST_USE;

#define KH_WORKER_END_SIZE 96
/* "exit status 3", "signal 11 (Segmentation fault)", "a forbidden system call". Returns its second argument. */
const char *kh_worker_end_text(const struct kh_worker_end *end, char ret_text[KH_WORKER_END_SIZE]);
