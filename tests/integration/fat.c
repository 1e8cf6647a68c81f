/* What a stick with FAT lets a program do, for the tests: loaded before `khien`, it holds files on the file system of /media to FAT's ways: no owners, rights, attributes, links or files without a
 * name, and no name with one of \:*?"<>|. With KHIEN_TEST_STICK=broken the stick keeps another byte than was written. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static bool on_stick(int fd)
{
	struct stat stick, st;
	return stat("/media", &stick) == 0 && fstat(fd, &st) == 0 && st.st_dev == stick.st_dev;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static bool is_bad(const char *name)
{
	return strpbrk(name, "\\:*?\"<>|") != NULL;
}

int openat64(int at, const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	if (at >= 0 && on_stick(at) && (flags & O_TMPFILE) == O_TMPFILE)
		return refuse(EOPNOTSUPP);
	if (at >= 0 && on_stick(at) && flags & O_CREAT && is_bad(path))
		return refuse(EINVAL);
	return (int)syscall(SYS_openat, at, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	return openat64(at, path, flags, mode);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return on_stick(fd) ? refuse(EPERM) : (int)syscall(SYS_fchown, fd, uid, gid);
}

int fchmod(int fd, mode_t mode)
{
	return on_stick(fd) ? refuse(EPERM) : (int)syscall(SYS_fchmod, fd, mode);
}

int fsetxattr(int fd, const char *name, const void *value, size_t n, int flags)
{
	return on_stick(fd) ? refuse(EOPNOTSUPP) : (int)syscall(SYS_fsetxattr, fd, name, value, n, flags);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
	return on_stick(to_at) ? refuse(EPERM) : (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
	if (on_stick(to_at) && is_bad(to))
		return refuse(EINVAL);
	return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

int fsync(int fd)
{
	const char *stick = getenv("KHIEN_TEST_STICK");
	struct stat st;
	if (stick && strcmp(stick, "broken") == 0 && on_stick(fd) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && pwrite(fd, "#", 1, 0) != 1)
		return -1;
	return (int)syscall(SYS_fsync, fd);
}
