#include "scan/quarantine/attributes.h"

#include "base/alloc.h"
#include "base/error.h"
#include "scan/limits.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { FREEZING = FS_IMMUTABLE_FL | FS_APPEND_FL };
/* Those that say something of the file, not of how the file system keeps it (extents, encryption, compression). */
enum { KEPT_FLAGS = FREEZING | FS_NODUMP_FL | FS_NOATIME_FL | FS_SYNC_FL | FS_SECRM_FL | FS_UNRM_FL };

/* ---- reading ---- */

/* A list that grows while it is read is read once more, and then left as it is. */
static char *names_of(int fd, ssize_t *ret_n)
{
	char *names = NULL;
	ssize_t n = flistxattr(fd, NULL, 0);
	for (int tries = 0; n > 0 && tries < 2; tries++) {
		free(names);
		names = kh_alloc((size_t)n + 1);
		*ret_n = flistxattr(fd, names, (size_t)n);
		if (*ret_n >= 0)
			return names;
		n = flistxattr(fd, NULL, 0);
	}
	*ret_n = 0;
	free(names);
	return NULL;
}

static bool read_xattr(int fd, const char *name, size_t max, struct kh_quarantine_xattr *ret)
{
	ssize_t n = fgetxattr(fd, name, NULL, 0);
	if (n < 0 || (size_t)n > max)
		return false;
	kh_auto_free uint8_t *value = kh_alloc((size_t)n + 1);
	ssize_t got = fgetxattr(fd, name, value, (size_t)n);
	if (got < 0)
		return false;
	*ret = (struct kh_quarantine_xattr){kh_strdup(name), kh_take(value), (size_t)got};
	return true;
}

static void read_xattrs(int fd, struct kh_quarantine_entry *e)
{
	size_t left = KH_QUARANTINE_MAX_XATTR_BYTES;
	ssize_t n = 0;
	kh_auto_free char *names = names_of(fd, &n);
	for (const char *name = names; name && name < names + n; name += strlen(name) + 1) {
		struct kh_quarantine_xattr x = {0};
		if (e->xattrs.n < KH_QUARANTINE_MAX_XATTRS && read_xattr(fd, name, left, &x)) {
			left -= x.n;
			kh_array_push(&e->xattrs, x);
		} else {
			e->xattrs_left_out++;
		}
	}
}

void kh_attributes_read(int fd, const struct stat *st, struct kh_quarantine_entry *e)
{
	int flags = 0;
	e->size = (uint64_t)st->st_size;
	e->inode = st->st_ino;
	e->uid = st->st_uid;
	e->gid = st->st_gid;
	e->mode = st->st_mode & 07777;
	e->mtime_s = st->st_mtim.tv_sec;
	e->mtime_ns = st->st_mtim.tv_nsec;
	e->atime_s = st->st_atim.tv_sec;
	e->atime_ns = st->st_atim.tv_nsec;
	e->ctime_s = st->st_ctim.tv_sec;
	e->ctime_ns = st->st_ctim.tv_nsec;
	e->flags = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 ? (unsigned)flags & KEPT_FLAGS : 0;
	read_xattrs(fd, e);
}

/* ---- setting ---- */

/* Those a new file has by itself (a label, the folder's default ACL) and this one had not. */
static int drop_others(int fd, const struct kh_quarantine_entry *e)
{
	ssize_t n = 0;
	kh_auto_free char *names = names_of(fd, &n);
	for (const char *name = names; name && name < names + n; name += strlen(name) + 1) {
		bool wanted = strncmp(name, "security.", 9) == 0; /* labels are the system's own business */
		kh_array_each(&e->xattrs, x)
			wanted = wanted || strcmp(x->name, name) == 0;
		if (!wanted && fremovexattr(fd, name) < 0)
			return kh_fail_errno("extended attribute %s", name);
	}
	return 0;
}

static int set_xattrs(int fd, const struct kh_quarantine_entry *e)
{
	int r = drop_others(fd, e);
	kh_array_each(&e->xattrs, x)
		if (r == 0 && fsetxattr(fd, x->name, x->value, x->n, 0) < 0)
			r = kh_fail_errno("extended attribute %s", x->name);
	return r;
}

int kh_attributes_set(int fd, const struct kh_quarantine_entry *e)
{
	const struct timespec times[2] = {{e->atime_s, e->atime_ns}, {e->mtime_s, e->mtime_ns}};
	if (fchown(fd, e->uid, e->gid) < 0)
		return kh_fail_errno("giving %s back to user %u and group %u", e->path, e->uid, e->gid);
	int r = set_xattrs(fd, e);
	if (r == 0 && (fchmod(fd, e->mode) < 0 || futimens(fd, times) < 0))
		r = kh_fail_errno("%s", e->path);
	return r;
}

static int change_flags(int fd, const struct kh_quarantine_entry *e, unsigned mask, unsigned wanted)
{
	int flags = 0;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return kh_fail_errno("flags of %s", e->path);
	int changed = (int)(((unsigned)flags & ~mask) | wanted);
	if (changed != flags && ioctl(fd, FS_IOC_SETFLAGS, &changed) < 0)
		return kh_fail_errno("flags of %s", e->path);
	return 0;
}

int kh_attributes_set_flags(int fd, const struct kh_quarantine_entry *e)
{
	return e->flags ? change_flags(fd, e, KEPT_FLAGS, e->flags) : 0;
}

int kh_attributes_thaw(int fd, const struct kh_quarantine_entry *e, bool *ret)
{
	*ret = e->flags & FREEZING;
	return *ret ? change_flags(fd, e, FREEZING, 0) : 0;
}
