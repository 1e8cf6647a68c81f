/* A place for the temporary files of a worker whose library cannot do without: a file system in memory, of limited size, that no other process sees and that ends with the worker;
 * nothing else can be seen from inside. Where the system allows no namespaces it is the given directory itself, and its owner removes it.
 *
 * To be called before kh_sandbox_enter() with KH_SANDBOX_SCRATCH, whose policy is given the path. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kh_scratch {
	const char *path; /* as this process sees it from now on */
	bool private;     /* in memory, of limited size, alone */
};

/* `dir`: an empty directory of the caller's. `uid` and `gid` are who will use it. */
struct kh_scratch kh_scratch_enter(const char *dir, uint64_t max_bytes, uid_t uid, gid_t gid);
