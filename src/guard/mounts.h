/* The file systems that this process sees: /proc/self/mountinfo (proc(5)), whose descriptor gives POLLPRI when something was mounted or unmounted. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum kh_mount_kind {
	KH_MOUNT_LOCAL,
	KH_MOUNT_NETWORK, /* or made by a program (FUSE): it can change behind the kernel's back, and asking it can take for ever */
	KH_MOUNT_KERNEL,  /* holds no files of anybody's */
};

struct kh_mount {
	char *point; /* bytes */
	char *type;
	unsigned major, minor; /* of the file system */
	enum kh_mount_kind kind;
};

struct kh_mounts {
	struct kh_mount *v;
	size_t n, cap;
};

/* From the whole text of mountinfo. Lines that are not as they should be are left out. */
void kh_mounts_parse(const char *text, size_t n, struct kh_mounts *ret);
void kh_mounts_done(struct kh_mounts *m);
#define kh_auto_mounts KH_CLEANUP(kh_mounts_done)

/* Reads the descriptor of mountinfo from its beginning. */
int kh_mounts_read(int fd, struct kh_mounts *ret) KH_MUST_USE;

/* The file system belongs to others: in a container, that on which its root stands is the host's, and all the other containers'. */
bool kh_mounts_foreign(const struct kh_mounts *m, const struct kh_mount *one);
