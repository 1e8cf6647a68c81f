/* Processes that run a file: as their program (/proc/PID/exe) or mapped for execution (a library). They would go on, and could put the file back, after it was taken away.
 *
 * Only processes that this user may look into are found. Never touched are PID 1, Khiên's own, and the one that asks: a file which one of these runs or maps is a part of
 * the system (a wrong detection in the C library must not end the machine), and nothing that uses it is stopped. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum kh_running_policy {
	KH_RUNNING_OFF,  /* nobody looks */
	KH_RUNNING_WARN, /* they are named */
	KH_RUNNING_STOP, /* they are stopped (SIGSTOP, so that none starts the others anew), then killed */
	KH_RUNNING_POLICIES
};

/* "off", "warn", "stop"; false for anything else. */
bool kh_running_policy_parse(const char *name, enum kh_running_policy *ret) KH_MUST_USE;
const char *kh_running_policy_name(enum kh_running_policy policy);

struct kh_running {
	KH_ARRAY(pid_t) pids;
	bool of_the_system; /* PID 1 or a process of ours uses it too */
	size_t ended;       /* of the pids: killed, and gone */
};
void kh_running_done(struct kh_running *r);
#define kh_auto_running KH_CLEANUP(kh_running_done)

/* Finds the processes of the open file, and stops them when that is the policy. Each is held by a descriptor (pidfd) from before it is looked at, so that no signal goes to
 * another one that has got its number. Waits at most KH_RUNNING_END_MS for their end. */
#define KH_RUNNING_END_MS 2000
void kh_running_of(int fd, enum kh_running_policy policy, struct kh_running *ret);

/* "12, 34", new memory. */
char *kh_running_pids(const struct kh_running *r) KH_MUST_USE;

/* "stopped process 12, 34", "still running as process 12", "part of the running system, nothing stopped: process 1", new memory; NULL when nothing runs. */
char *kh_running_text(const struct kh_running *r) KH_MUST_USE;
