/* The host's side of a worker's scratch directory (sandbox/scratch.h): /tmp/khien-scratch-XXXXXX, made for one worker and removed with what is in it when that has ended. A host that is
 * killed leaves its own behind; the next host removes it. Which belong to nobody any more the kernel says: whoever lives holds a lock (flock) on theirs. */
#pragma once

#include "base/attr.h"

struct kh_scratch_dir {
	char path[64]; /* "": none */
	int lock;
};
#define KH_SCRATCH_DIR_NONE {.lock = -1}

int kh_scratch_dir_make(struct kh_scratch_dir *ret) KH_MUST_USE;
void kh_scratch_dir_remove(struct kh_scratch_dir *d);

/* Removes those of this user's hosts (root: those of its workers too) that no longer live. */
void kh_scratch_dir_tidy(void);
