#include "os/file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void kh_fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int kh_file_read_fd(int fd, const char *name, size_t max, struct kh_buf *b)
{
	for (size_t total = 0;;) {
		char *to = kh_buf_reserve(b, 64 * KH_KIB);
		if (!to)
			return kh_buf_status(b);
		ssize_t n = read(fd, to, 64 * KH_KIB);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kh_fail_errno("%s", name);
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		total += (size_t)n;
		if (total > max)
			return kh_fail(KH_E_TOO_LARGE, "%s: more than %zu bytes", name, max);
		if (n == 0)
			return 0;
	}
}

int kh_file_read(const char *path, size_t max, struct kh_buf *b)
{
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? kh_fail_errno("%s", path) : kh_file_read_fd(fd, path, max, b);
}

int kh_file_write_fd(int fd, const char *name_for_messages, const void *bytes, size_t n)
{
	for (const char *p = bytes; n > 0;) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kh_fail_errno("%s", name_for_messages);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int write_durably(int fd, const char *path, const char *bytes, size_t n)
{
	int r = kh_file_write_fd(fd, path, bytes, n);
	return r == 0 && fsync(fd) < 0 ? kh_fail_errno("%s", path) : r;
}

int kh_dir_sync(const char *path)
{
	kh_auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return kh_fail_errno("%s", path);
	return 0;
}

static int sync_parent(const char *path)
{
	kh_auto_free char *copy = kh_strdup(path);
	return kh_dir_sync(dirname(copy));
}

/* Writes a temporary file beside `path`; the caller moves it into place. */
static int write_beside(const char *path, const void *bytes, size_t n, unsigned mode, char **ret_temporary)
{
	kh_auto_free char *temporary = kh_format("%s.XXXXXX", path);
	kh_auto_fd int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	int r = fchmod(fd, mode) < 0 ? kh_fail_errno("%s", temporary) : write_durably(fd, path, bytes, n);
	if (r < 0) {
		unlink(temporary);
		return r;
	}
	*ret_temporary = kh_take(temporary);
	return 0;
}

int kh_file_replace(const char *path, const void *bytes, size_t n, unsigned mode)
{
	kh_auto_free char *temporary = NULL;
	int r = write_beside(path, bytes, n, mode, &temporary);
	if (r < 0)
		return r;
	if (rename(temporary, path) < 0) {
		r = kh_fail_errno("%s", path);
		unlink(temporary);
		return r;
	}
	return sync_parent(path);
}

int kh_file_create(const char *path, const void *bytes, size_t n, unsigned mode)
{
	kh_auto_free char *temporary = NULL;
	int r = write_beside(path, bytes, n, mode, &temporary);
	if (r < 0)
		return r;
	if (link(temporary, path) < 0)
		r = kh_fail_errno("%s", path);
	unlink(temporary);
	return r < 0 ? r : sync_parent(path);
}

int kh_dir_make(const char *path, unsigned mode)
{
	kh_auto_free char *part = kh_strdup(path);
	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return kh_fail_errno("%s", part);
		if (!slash)
			break;
		*slash = '/';
	}
	struct stat st = {0};
	if (stat(path, &st) < 0)
		return kh_fail_errno("%s", path);
	return S_ISDIR(st.st_mode) ? 0 : kh_fail(KH_E_EXISTS, "%s is not a directory", path);
}

bool kh_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int kh_program_dir(char **ret)
{
	char path[KH_MAX_PATH];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n < 0)
		return kh_fail_errno("/proc/self/exe");
	path[n] = '\0';
	*ret = kh_strdup(dirname(path));
	return 0;
}

/* A path with ".." in it, its own or a symbolic link's, gives EAGAIN when anything at all was renamed or mounted on the machine at that moment (openat2(2)); on a busy
 * machine that is often, and the next try sees the same names. */
enum { OPEN_TRIES = 1000 };

static int open_how(int dir_fd, const char *path, uint64_t resolve, int *ret_fd)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .resolve = resolve};
	long fd = -1;
	for (int tries = 0; fd < 0 && tries < OPEN_TRIES; tries++) {
		fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
		if (fd < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	if (fd < 0)
		return kh_fail_errno("%s", path);
	*ret_fd = (int)fd;
	return 0;
}

int kh_file_open_in_root(int root_fd, const char *path, int *ret_fd)
{
	return open_how(root_fd, path, RESOLVE_IN_ROOT, ret_fd);
}

int kh_file_open_beneath(int dir_fd, const char *path, int *ret_fd)
{
	return open_how(dir_fd, path, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, ret_fd);
}
