/* Files: reading whole small files with a limit, replacing a file atomically, opening below a directory without being led astray. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the whole file to *b; KH_E_TOO_LARGE past `max` bytes (files of /proc and /sys have no size: what is read counts). */
int kh_file_read(const char *path, size_t max, struct kh_buf *b) KH_MUST_USE;
int kh_file_read_fd(int fd, const char *name_for_messages, size_t max, struct kh_buf *b) KH_MUST_USE;

/* Writes all of it where the descriptor stands. KH_E_DISK_FULL, KH_E_IO …; then some of it may be there. */
int kh_file_write_fd(int fd, const char *name_for_messages, const void *bytes, size_t n) KH_MUST_USE;

/* Writes a file so that a power cut leaves the old or the new content, never a mixture: temporary file in the same directory, fsync, rename,
 * fsync of the directory. `mode` as in 0600. */
int kh_file_replace(const char *path, const void *bytes, size_t n, unsigned mode) KH_MUST_USE;

/* The same, but fails with KH_E_EXISTS when the file is there (no race: link, not rename). */
int kh_file_create(const char *path, const void *bytes, size_t n, unsigned mode) KH_MUST_USE;

/* Makes a directory and those above it; what exists is left as it is. */
int kh_dir_make(const char *path, unsigned mode) KH_MUST_USE;

/* fsync of a directory: names made or removed in it are durable after. */
int kh_dir_sync(const char *path) KH_MUST_USE;

bool kh_file_exists(const char *path);

/* Directory of the running program ("/usr/bin"), new memory: parts of ours are looked for beside it. */
int kh_program_dir(char **ret) KH_MUST_USE;

/* A descriptor of `path` below the directory `root_fd`, read-only, symbolic links resolved as if root_fd were "/" (openat2 RESOLVE_IN_ROOT).
 * Never blocks on a FIFO. KH_E_NOT_SUPPORTED where the system has no such call. */
int kh_file_open_in_root(int root_fd, const char *path, int *ret_fd) KH_MUST_USE;

/* A descriptor of `path` below `dir_fd` that never leaves it: no "..", no absolute or magic links, no symbolic links at all. */
int kh_file_open_beneath(int dir_fd, const char *path, int *ret_fd) KH_MUST_USE;

/* Closes *fd when ≥ 0; for `kh_auto_fd int fd = -1;`. */
void kh_fd_close(int *fd);
#define kh_auto_fd KH_CLEANUP(kh_fd_close)
