/* Processes as the ransomware watch sees them: who they are, who started them, and stopping them with those they started.
 *
 * A process is its number and its start time together; a signal goes to a descriptor of it (pidfd), after the start time was read again through the number that
 * descriptor holds: it never reaches a stranger that got the number later. The descriptor is open for that moment only: a guard that ran out of descriptors because somebody starts
 * processes would have the kernel refuse what it is asked about. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kh_ransom_process {
	pid_t pid, parent, group;
	uint64_t start; /* clock ticks since boot */
	bool kernel;    /* a thread of the kernel: cannot be stopped */
	bool ended;     /* and was not waited for */
	char name[16];  /* what the kernel calls it; it chooses that itself */
};

/* From /proc/PID/stat; false when there is none any more (one that has ended and was not waited for is still there). */
bool kh_ransom_process_read(pid_t pid, struct kh_ransom_process *ret) KH_MUST_USE;

/* The user it runs as, and the path of its program (new memory, NULL when it cannot be read; " (deleted)" is left at its end). */
uid_t kh_ransom_process_user(pid_t pid);
char *kh_ransom_process_program(pid_t pid) KH_MUST_USE;

/* It runs the file that has this path here. In a mount namespace of its own anybody can give any file any path: that of its program alone says nothing. */
bool kh_ransom_process_runs(pid_t pid, const char *program) KH_MUST_USE;

/* Why a process must go on, whatever it does: "init", "kernel", "own" (a program of this product, by its very file), "desktop" (session, display, log in; root's, under its path here, or
 * replaced by an update since). NULL: it may be stopped. */
const char *kh_ransom_process_protected(const struct kh_ransom_process *p, const char *program) KH_MUST_USE;

/* Those that were stopped together. */
struct kh_ransom_tree {
	KH_ARRAY(struct kh_ransom_process) all; /* the first is the one asked for */
};
#define KH_RANSOM_TREE_MOST 4096 /* processes of one tree */

/* SIGSTOP to the process, then to all that it started and, when it leads a process group, to that group; again until no new ones are found. False when it was gone
 * or may not be stopped. */
bool kh_ransom_tree_stop(const struct kh_ransom_process *p, struct kh_ransom_tree *ret) KH_MUST_USE;

/* Stops the whole tree once more, and one more that belongs to it: anybody of the same user may send SIGCONT. */
void kh_ransom_tree_stop_again(struct kh_ransom_tree *tree, const struct kh_ransom_process *more);

/* Adds one that was stopped earlier, if it is still the same. */
void kh_ransom_tree_hold(struct kh_ransom_tree *tree, pid_t pid, uint64_t start);

void kh_ransom_tree_signal(const struct kh_ransom_tree *tree, int signal); /* SIGCONT or SIGKILL */
bool kh_ransom_tree_lives(const struct kh_ransom_tree *tree);              /* some process of it has not ended */
void kh_ransom_tree_done(struct kh_ransom_tree *tree);                     /* the processes stay as they are */
