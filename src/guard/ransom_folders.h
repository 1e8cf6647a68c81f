/* The file systems that the ransomware watch is told about by the kernel (fanotify), and the folders in which things happen there.
 *
 * A mark on a file system reports every change in it; most of it is none of our business. A folder is named by its handle; what it is called and whether it is watched is
 * found out once and remembered. One that is not watched and keeps being reported gets an ignore mark, which the kernel may forget (Linux 6.0): a busy build outside of the watched
 * places wakes nobody. Every rename of a folder makes all of this be found out again.
 *
 * Watched is what lies below a place, but not what is hidden (a part of its path begins with a dot): browsers, caches and version control keep random bytes there all day. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/types.h>

struct kh_ransom_folder {
	char *path; /* NULL: not watched */
	bool has_canary;
	unsigned reported;     /* times, while not watched */
	pid_t last_pid;        /* who was last seen at work in it, and its start time: 0 nobody */
	uint64_t last_start;
	int64_t last_ms;
	uint64_t hash;         /* of the handle; private, as the rest */
	struct kh_ransom_handle *handle;
};

struct kh_ransom_folders;

/* `places` and `excludes`: NULL-terminated patterns (glob); both are copied. KH_E_NOT_SUPPORTED and KH_E_PERMISSION where the kernel or the caller's rights do not allow it. */
int kh_ransom_folders_new(const char *const *places, const char *const *excludes, struct kh_ransom_folders **ret) KH_MUST_USE;
void kh_ransom_folders_free(struct kh_ransom_folders *f);

int kh_ransom_folders_fd(const struct kh_ransom_folders *f); /* of the fanotify group */

/* Looks again for places and for what was mounted below them. */
void kh_ransom_folders_refresh(struct kh_ransom_folders *f);

/* Closes what would keep a file system from being unmounted; to be called when nothing happened for a while. False when there was nothing to close. */
bool kh_ransom_folders_rest(struct kh_ransom_folders *f);

struct kh_ransom_folders_state {
	size_t file_systems, refused; /* marked; and those that cannot be (no handles: some FUSE, overlay, Btrfs subvolumes) */
};
struct kh_ransom_folders_state kh_ransom_folders_state(const struct kh_ransom_folders *f);

/* The folder of an event's record (info types DFID_NAME, OLD_DFID_NAME, NEW_DFID_NAME). NULL: gone, or of no file system of ours. Lent until _refresh,
 * _forget or _make_room. *ret_new: it was not known before, so has_canary is not set. */
struct kh_ransom_folder *kh_ransom_folders_find(struct kh_ransom_folders *f, const struct fanotify_event_info_fid *info, bool *ret_new);

/* Before the folders of a report are looked for: it has two at most. */
void kh_ransom_folders_make_room(struct kh_ransom_folders *f);

/* After a folder was renamed. */
void kh_ransom_folders_forget(struct kh_ransom_folders *f);

/* A descriptor (O_PATH) of the folder; the caller closes it. -1 when it is gone. */
int kh_ransom_folder_open(struct kh_ransom_folders *f, const struct kh_ransom_folder *folder) KH_MUST_USE;

#define KH_RANSOM_MASK (FAN_CLOSE_WRITE | FAN_CREATE | FAN_DELETE | FAN_RENAME)
