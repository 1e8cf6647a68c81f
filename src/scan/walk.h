/* Walking files and folders for a scan: in directory order, never following a symbolic link below the paths that were asked for, on one file
 * system unless told otherwise, never opening what is no regular file. A file is looked at by its name first (lstat), so that one whose verdict is
 * known need not be opened. It is opened once, by its folder's descriptor, and from then on is that descriptor: whatever happens to its name does
 * not matter.
 *
 * What holds no content of its own is passed over in silence: symbolic links, FIFOs, sockets, devices, the kernel's own file systems (proc, sysfs,
 * cgroup …; wherever they are mounted). Asked for by its own path, it is an item "skipped". On the way /dev is passed over too; asked for by their own paths,
 * the files in it and in /dev/shm are like all others. */
#pragma once

#include "base/attr.h"
#include "scan/limits.h"
#include "scan/why.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_walk_options {
	const char *const *paths; /* files and folders; a symbolic link among them is followed */
	size_t path_count;
	const char *const *excludes; /* absolute paths that are not entered or opened; NULL-terminated; NULL: none */
	const char *const *passed_over; /* absolute paths without symbolic links that are not entered and are no items either; NULL-terminated; NULL: none */
	bool cross_file_systems;
};

/* A folder on the way; alive as long as the walk or an item refers to it. */
struct kh_walk_dir;

enum kh_walk_kind {
	KH_WALK_FILE,    /* a regular file; kh_walk_open() opens it */
	KH_WALK_SKIPPED, /* excluded, or on another file system */
	KH_WALK_ERROR    /* cannot be opened or listed */
};

/* Which file, in which state: two looks that give the same have seen the same content, but for what changed within the clock's last tick
 * (see scan/verdict_cache.h). */
struct kh_file_state {
	uint64_t device, inode, size;
	int64_t mtime_ns, ctime_ns; /* Unix time */
};

struct kh_walk_item {
	enum kh_walk_kind kind;
	char *path; /* as asked for, and what is below; bytes */

	/* Of what is SKIPPED or an ERROR. */
	enum kh_scan_why why;
	int error; /* errno; 0: none */

	/* Of a FILE. */
	int fd; /* -1: not opened yet */
	struct kh_file_state state; /* when it was looked at last: by name, then by descriptor */
	int64_t opened_ns; /* Unix time just before it was opened */
	bool clean_but_for_hashes; /* known from before to be so (scan/verdict_cache.h); the walk itself does not say it */
	bool steady; /* on a file system of this machine that keeps change times nobody can set: an equal state means equal content */
	char *name;    /* in its folder */
	struct kh_walk_dir *dir;
};
#define KH_WALK_ITEM_NONE {.fd = -1}
void kh_walk_item_done(struct kh_walk_item *item);
#define kh_auto_walk_item KH_CLEANUP(kh_walk_item_done)

/* Descriptor of the folder that holds a FILE's name, for acting on the name later (lent), and the file's absolute path without symbolic links. */
int kh_walk_item_dir_fd(const struct kh_walk_item *item);
char *kh_walk_item_real_path(const struct kh_walk_item *item) KH_MUST_USE;

struct kh_walk;
struct kh_walk *kh_walk_new(const struct kh_walk_options *options); /* the options and their texts are lent until _free */
void kh_walk_free(struct kh_walk *w);                             /* items live on */

/* The next item; false at the end. The caller releases it. What vanished between listing and looking is no item. */
bool kh_walk_next(struct kh_walk *w, struct kh_walk_item *ret) KH_MUST_USE;

/* Opens a FILE for reading. What stands in the way makes it SKIPPED or an ERROR, and a file that has vanished meanwhile, or is none any more, makes the
 * answer false: then it is no item. */
bool kh_walk_open(struct kh_walk *w, struct kh_walk_item *item) KH_MUST_USE;
