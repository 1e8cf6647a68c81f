/* What is mounted, as this process sees it (proc(5), mountinfo). Paths are bytes, unescaped. `root` is put before "/proc" and "/sys": "" for this machine. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_MAX_MOUNTS 20000 /* a machine with many containers has some thousands; more are not looked at */

struct kh_mounted {
	int64_t id; /* of the kernel: a new one for every mount since the machine started, as a rule */
	unsigned major, minor;
	char *path, *type; /* "/media/usb", "vfat" */
	bool whole; /* the root of the file system is mounted, not a folder of it (a bind mount) */
};

struct kh_mounted_list {
	struct kh_mounted *v;
	size_t n, cap;
};

/* Malformed lines are passed over. KH_E_NOT_FOUND and the like when there is no such list. */
int kh_mounted_read(const char *root, struct kh_mounted_list *ret) KH_MUST_USE;
int kh_mounted_parse(const char *text, size_t n, struct kh_mounted_list *ret) KH_MUST_USE; /* the text of a mountinfo */
void kh_mounted_done(struct kh_mounted_list *m);
#define kh_auto_mounted KH_CLEANUP(kh_mounted_done)

/* Over a network, or made up by a program (FUSE, but for NTFS's): another machine's to scan, or not to be relied on. */
bool kh_mounted_is_remote(const struct kh_mounted *m) KH_PURE;

/* Made by the kernel, of itself (proc, sysfs, cgroups…): it holds nobody's files. */
bool kh_mounted_is_kernels(const struct kh_mounted *m) KH_PURE;

/* Its device can be taken out: the kernel says so of the disk, or it hangs on USB or is a memory card. */
bool kh_mounted_is_removable(const char *root, const struct kh_mounted *m) KH_MUST_USE;
