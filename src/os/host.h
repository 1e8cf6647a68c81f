/* What the system says of itself, where no fact table is needed. Texts are new memory. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

int kh_host_name(char **ret) KH_MUST_USE;

/* May read everything (root, or its like on the system). */
bool kh_host_is_privileged(void);

/* The running program came with a package of the system, and so did what belongs to it: its service, its settings in /etc. */
bool kh_host_has_package(void);

/* Resident memory and CPU time of this process. */
struct kh_host_usage {
	int64_t resident_kib, cpu_ms;
};
int kh_host_usage(struct kh_host_usage *ret) KH_MUST_USE;

/* Ids of a user by name; *ret_found false when there is no such user. */
int kh_host_user(const char *name, unsigned *ret_uid, unsigned *ret_gid, bool *ret_found) KH_MUST_USE;

/* Columns of the terminal that standard output is; 0 when it is none. */
int kh_host_terminal_columns(void);
