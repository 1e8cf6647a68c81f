/* Reading below the root of a collection. Paths are absolute ("/etc/passwd") and resolved as if the root were "/", whatever links the tree holds.
 * KH_E_NOT_FOUND, KH_E_PERMISSION and KH_E_TOO_LARGE are told apart; opening never blocks. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* The whole file into *b, which is emptied first; folders and devices are KH_E_NOT_SUPPORTED. */
int kh_tree_read(int root_fd, const char *path, size_t max, struct kh_buf *b) KH_MUST_USE;

/* The last `max` bytes of a file; *ret_cut says whether something stands before them. */
int kh_tree_read_end(int root_fd, const char *path, size_t max, struct kh_buf *b, bool *ret_cut) KH_MUST_USE;

/* A descriptor to read a regular file by pieces. */
int kh_tree_open(int root_fd, const char *path, int *ret_fd) KH_MUST_USE;

/* First line of a small file without blanks at the ends, cut to size; false (and "") when it cannot be read or is empty. For /sys and /proc. */
bool kh_tree_line(int root_fd, const char *path, char *out, size_t size);

/* The same as a number. */
bool kh_tree_number(int root_fd, const char *path, int64_t *ret);

/* Where a symbolic link points, as written in it; false when it is none. */
bool kh_tree_link(int root_fd, const char *path, char *out, size_t size);

enum kh_tree_kind { KH_TREE_FILE, KH_TREE_DIR, KH_TREE_LINK, KH_TREE_OTHER };

struct kh_tree_stat {
	enum kh_tree_kind kind;
	int64_t size, modified_s, changed_s; /* changed: of the inode, by the system's own clock */
};

/* Of what a link at the end points to / of the link itself. */
bool kh_tree_stat(int root_fd, const char *path, struct kh_tree_stat *ret);
bool kh_tree_lstat(int root_fd, const char *path, struct kh_tree_stat *ret);
bool kh_tree_exists(int root_fd, const char *path);
bool kh_tree_is_dir(int root_fd, const char *path);

/* Names in a folder, without "." and "..", in byte order. */
struct kh_names {
	char **v;
	size_t n, cap;
};
void kh_names_done(struct kh_names *names);
#define kh_auto_names KH_CLEANUP(kh_names_done)
int kh_tree_list(int root_fd, const char *path, struct kh_names *ret) KH_MUST_USE;

/* Paths that match a pattern whose last part may hold shell wildcards, "/etc/sudoers.d/ *.conf"; a pattern without one is given as it is. */
int kh_tree_glob(int root_fd, const char *pattern, struct kh_names *ret) KH_MUST_USE;

/* Newest modification among the regular files of a folder (not below it); false when there is none. */
bool kh_tree_newest(int root_fd, const char *path, int64_t *ret_modified_s);
