#include "guard/marks.h"

#include "base/error.h"
#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Linux 5.19 and 6.0; the headers of Debian 12 lack some. */
#ifndef FAN_MARK_EVICTABLE
#define FAN_MARK_EVICTABLE 0x00000200
#endif
#ifndef FAN_MARK_IGNORE
#define FAN_MARK_IGNORE 0x00000400
#endif

#define OLD_MAX_MARKS 100000 /* where the kernel cannot give them up by itself */

/* Not blocking: the kernel opens the file for us as it hands out the event, and would wait for whoever holds a lease on it (fcntl(2)), for 45 s, and all others with us. */
int kh_marks_open(bool wait, struct kh_marks *ret)
{
	unsigned flags = FAN_CLASS_CONTENT | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK;
	int fan = fanotify_init(flags, O_RDONLY | O_LARGEFILE | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
	if (fan < 0)
		return kh_fail_errno("fanotify");
	*ret = (struct kh_marks){.fan = fan, .opened = wait ? FAN_OPEN_PERM : FAN_OPEN};
	return 0;
}

void kh_marks_close(struct kh_marks *m)
{
	kh_fd_close(&m->fan);
}

int kh_marks_file_system(struct kh_marks *m, const char *mount_point, bool opens, bool executions)
{
	uint64_t events = (opens ? m->opened | FAN_CLOSE_WRITE : 0) | (executions ? FAN_OPEN_EXEC_PERM : 0);
	int r = fanotify_mark(m->fan, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, events, AT_FDCWD, mount_point);
	return r < 0 ? kh_fail_errno("%s", mount_point) : 0;
}

/* ---- what is spared ---- */

static bool ignore(struct kh_marks *m, unsigned flags, uint64_t events, int fd, const char *path)
{
	unsigned kind = m->plain ? FAN_MARK_IGNORED_MASK : FAN_MARK_IGNORE | FAN_MARK_EVICTABLE;
	if (m->plain && m->count >= OLD_MAX_MARKS)
		kh_marks_flush(m);
	if (fanotify_mark(m->fan, FAN_MARK_ADD | kind | flags, events, fd, path) == 0) {
		m->count++;
		return true;
	}
	if (errno != EINVAL || m->plain)
		return false;
	m->plain = true;
	return path ? false : ignore(m, flags, events, fd, path);
}

void kh_marks_clean(struct kh_marks *m, int fd)
{
	ignore(m, 0, m->opened | FAN_OPEN_EXEC_PERM, fd, NULL);
}

void kh_marks_unclean(struct kh_marks *m, int fd)
{
	unsigned kind = m->plain ? FAN_MARK_IGNORED_MASK : FAN_MARK_IGNORE;
	kh_ignore(fanotify_mark(m->fan, FAN_MARK_REMOVE | kind, m->opened | FAN_OPEN_EXEC_PERM, fd, NULL));
}

/* The folder, if it is still what its path says: else somebody could have it exchanged for one of the places. */
static int open_folder(const char *path)
{
	char folder[PATH_MAX], link[64], real[PATH_MAX];
	const char *end = strrchr(path, '/');
	size_t n = end && end != path ? (size_t)(end - path) : 1;
	if (!end || n >= sizeof folder)
		return -1;
	memcpy(folder, path, n);
	folder[n] = '\0';
	const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, folder, &how, sizeof how);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t got = fd < 0 ? -1 : readlink(link, real, sizeof real);
	if ((size_t)got == n && memcmp(real, folder, n) == 0)
		return fd;
	kh_fd_close(&fd);
	return -1;
}

void kh_marks_outside(struct kh_marks *m, const char *path, int fd, bool executions)
{
	uint64_t events = m->opened | (executions ? FAN_OPEN_EXEC_PERM : 0);
	kh_auto_fd int folder = m->plain ? -1 : open_folder(path);
	if (folder >= 0)
		ignore(m, FAN_MARK_IGNORED_SURV_MODIFY, events | FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD, folder, ".");
	if (m->plain)
		ignore(m, 0, events, fd, NULL);
}

void kh_marks_flush(struct kh_marks *m)
{
	kh_ignore(fanotify_mark(m->fan, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL));
	m->count = 0;
}
