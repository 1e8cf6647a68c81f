/* Which process opens a file, and whether it may do so unscanned. Looked up in /proc, which opens nothing that the guard is asked about. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct kh_who {
	pid_t pid;
	bool known;    /* it was still there */
	unsigned uid;
	char program[256]; /* path; cut at its end; "" when not known */
};
void kh_who_of(pid_t pid, struct kh_who *ret);

/* Our own programs, and those of the settings. */
struct kh_free_programs;
struct kh_free_programs *kh_free_programs_new(const struct kh_agent_settings *settings);
void kh_free_programs_free(struct kh_free_programs *p);

/* The file is one of our own programs. */
bool kh_free_programs_own(const struct kh_free_programs *p, const struct stat *st) KH_PURE;

/* The process runs one of our programs or one of the settings, or runs as one of the settings' users. A program is recognised by its path and its
 * file together: in a mount namespace of its own anybody can give any file any path. */
bool kh_free_programs_hold(const struct kh_free_programs *p, pid_t pid);
