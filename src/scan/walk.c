#include "scan/walk.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "scan/entries.h"
#include "scan/steady.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in linux/magic.h: fs/configfs/mount.c, fs/fuse/control.c; ipc/mqueue.c. */
enum { CONFIGFS = 0x62656570, FUSECTL = 0x65735543, MQUEUE = 0x19800202 };

static const char devices[] = "/dev"; /* passed over on the way: device nodes, and what is mounted there; files in it are found when it is asked for */

struct kh_walk_dir {
	unsigned refs;
	int fd;
	uint64_t device;
	bool steady;
	bool for_one_file; /* a file in it was asked for by its own path; the folder was not */
	bool has_excluded; /* something beneath is excluded: the names in it are compared */
	char *path;        /* as asked for */
	char *real;        /* without symbolic links */
};

struct kh_walk {
	const struct kh_walk_options *options;
	size_t next_path;
	struct level {
		struct kh_walk_dir *dir;
		struct kh_entries *entries; /* is there for the next folder of this level too */
	} stack[KH_SCAN_MAX_DEPTH];
	size_t depth; /* of the stack */
	int open_flags; /* O_NOATIME while the system lets us */
	struct steadiness {
		uint64_t device;
		bool known, steady;
	} latest; /* the file system that was judged last */
};

/* ---- folders ---- */

static bool is_at_or_below(const char *real, const char *folder)
{
	size_t n = strlen(folder);
	while (n > 0 && folder[n - 1] == '/')
		n--;
	return strncmp(real, folder, n) == 0 && (real[n] == '\0' || real[n] == '/');
}

static bool has_excluded(const struct kh_walk *w, const char *real)
{
	bool found = is_at_or_below(devices, real);
	for (const char *const *e = w->options->excludes; e && *e && !found; e++)
		found = is_at_or_below(*e, real);
	for (const char *const *e = w->options->passed_over; e && *e && !found; e++)
		found = is_at_or_below(*e, real);
	return found;
}

static bool is_steady(struct kh_walk *w, int fd, uint64_t device)
{
	if (!w->latest.known || w->latest.device != device)
		w->latest = (struct steadiness){device, true, kh_is_steady(fd, device)};
	return w->latest.steady;
}

static struct kh_walk_dir *dir_new(struct kh_walk *w, int fd, const char *path, const char *real)
{
	struct stat st;
	struct kh_walk_dir *d = kh_alloc(sizeof *d);
	uint64_t device = fstat(fd, &st) == 0 ? st.st_dev : 0;
	*d = (struct kh_walk_dir){
		.refs = 1,
		.fd = fd,
		.device = device,
		.steady = is_steady(w, fd, device),
		.has_excluded = has_excluded(w, real),
		.path = kh_strdup(path),
		.real = kh_strdup(real),
	};
	return d;
}

static struct kh_walk_dir *dir_ref(struct kh_walk_dir *d)
{
	d->refs++;
	return d;
}

static void dir_unref(struct kh_walk_dir *d)
{
	if (!d || --d->refs)
		return;
	close(d->fd);
	free(d->path);
	free(d->real);
	free(d);
}

static char *join(const char *folder, const char *name)
{
	size_t n = strlen(folder), m = strlen(name), slash = n == 0 || folder[n - 1] != '/';
	char *path = kh_alloc(n + slash + m + 1);
	memcpy(path, folder, n);
	path[n] = '/';
	memcpy(path + n + slash, name, m + 1);
	return path;
}

/* ---- items ---- */

void kh_walk_item_done(struct kh_walk_item *item)
{
	free(item->path);
	free(item->name);
	if (item->fd >= 0)
		close(item->fd);
	dir_unref(item->dir);
	*item = (struct kh_walk_item)KH_WALK_ITEM_NONE;
}

int kh_walk_item_dir_fd(const struct kh_walk_item *item)
{
	return item->dir->fd;
}

char *kh_walk_item_real_path(const struct kh_walk_item *item)
{
	return join(item->dir->real, item->name);
}

static bool give(struct kh_walk_item *ret, enum kh_walk_kind kind, char *path, enum kh_scan_why why)
{
	*ret = (struct kh_walk_item){.kind = kind, .path = path, .why = why, .fd = -1};
	return true;
}

static bool give_errno(struct kh_walk_item *ret, char *path, int error)
{
	give(ret, KH_WALK_ERROR, path, kh_scan_why_of_errno(error));
	ret->error = error;
	return true;
}

static bool gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP; /* ELOOP: a symbolic link stands there now */
}

/* ---- opening ---- */

/* Opens a name in a folder, never through a link; EXDEV when something else is mounted there, unless `cross`. */
static int open_in(int dir_fd, const char *name, int flags, bool cross)
{
	struct open_how how = {
		.flags = (uint64_t)(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | (cross ? 0 : RESOLVE_NO_XDEV),
	};
	if (flags & O_PATH)
		how.flags &= ~(uint64_t)(O_NONBLOCK | O_NOCTTY);
	long fd = 0;
	for (int tries = 0; tries < 8; tries++) {
		fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) /* EAGAIN: something was renamed meanwhile */
			break;
	}
	return (int)fd;
}

/* A file that was asked for by its own path may have something mounted on it (/etc/hosts of a container): it is what was asked for. */
static bool crosses(const struct kh_walk *w, const struct kh_walk_dir *dir)
{
	return w->options->cross_file_systems || dir->for_one_file;
}

/* The time of last access is not ours to change; only the owner may ask for that. */
static int open_file(struct kh_walk *w, const struct kh_walk_dir *dir, const char *name)
{
	int fd = open_in(dir->fd, name, O_RDONLY | w->open_flags, crosses(w, dir));
	if (fd < 0 && errno == EPERM && w->open_flags) {
		if (geteuid() != 0)
			w->open_flags = 0;
		fd = open_in(dir->fd, name, O_RDONLY, crosses(w, dir));
	}
	return fd;
}

/* File systems that the kernel makes up. */
static bool holds_no_content(int fd)
{
	static const uint32_t kernel[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC,  CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,   TRACEFS_MAGIC,     SECURITYFS_MAGIC,
		DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC, PSTOREFS_MAGIC, BPF_FS_MAGIC,        HUGETLBFS_MAGIC, BINFMTFS_MAGIC,    SELINUX_MAGIC,
		CONFIGFS, FUSECTL, MQUEUE,
	};
	struct statfs st;
	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < KH_COUNT(kernel); i++)
		if ((uint32_t)st.f_type == kernel[i])
			return true;
	return false;
}

static bool is_excluded(const struct kh_walk *w, const char *real)
{
	for (const char *const *e = w->options->excludes; e && *e; e++)
		if (is_at_or_below(real, *e))
			return true;
	return false;
}

static bool is_passed_over(const struct kh_walk *w, const char *real)
{
	for (const char *const *e = w->options->passed_over; e && *e; e++)
		if (strcmp(real, *e) == 0)
			return true;
	return false;
}

/* Opens a folder and goes down into it; what stands in the way becomes an item. */
static bool enter(struct kh_walk *w, int fd, const char *path, const char *real, struct kh_walk_item *ret)
{
	if (w->depth == KH_SCAN_MAX_DEPTH) {
		close(fd);
		return give(ret, KH_WALK_ERROR, kh_strdup(path), KH_SCAN_WHY_TOO_DEEP);
	}
	struct level *level = &w->stack[w->depth++];
	level->dir = dir_new(w, fd, path, real);
	level->entries = level->entries ? level->entries : kh_alloc(sizeof *level->entries);
	kh_entries_begin(level->entries, fd);
	return false;
}

/* ---- one entry of a folder; false: it is no item ---- */

static struct kh_file_state state_of(const struct stat *st)
{
	return (struct kh_file_state){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

static bool visit_file(struct kh_walk *w, struct kh_walk_dir *dir, const char *name, struct kh_walk_item *ret)
{
	struct stat st;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return gone(errno) ? false : give_errno(ret, join(dir->path, name), errno);
	if (!S_ISREG(st.st_mode))
		return false;
	if (st.st_dev != dir->device && !crosses(w, dir))
		return give(ret, KH_WALK_SKIPPED, join(dir->path, name), KH_SCAN_WHY_OTHER_FILE_SYSTEM);
	give(ret, KH_WALK_FILE, join(dir->path, name), KH_SCAN_WHY_NONE);
	ret->state = state_of(&st);
	ret->steady = dir->steady && dir->device == st.st_dev;
	ret->name = kh_strdup(name);
	ret->dir = dir_ref(dir);
	return true;
}

/* A folder on which something is mounted: entered, skipped, or nothing at all. */
static bool visit_mount(struct kh_walk *w, struct kh_walk_dir *dir, const char *name, const char *path, const char *real, struct kh_walk_item *ret)
{
	kh_auto_fd int seen = open_in(dir->fd, name, O_PATH | O_DIRECTORY, true);
	if (seen < 0 || holds_no_content(seen))
		return false;
	if (!w->options->cross_file_systems)
		return give(ret, KH_WALK_SKIPPED, kh_strdup(path), KH_SCAN_WHY_OTHER_FILE_SYSTEM);
	int fd = open_in(dir->fd, name, O_RDONLY | O_DIRECTORY, true);
	return fd < 0 ? give_errno(ret, kh_strdup(path), errno) : enter(w, fd, path, real, ret);
}

static bool visit_folder(struct kh_walk *w, struct kh_walk_dir *dir, const char *name, const char *real, struct kh_walk_item *ret)
{
	kh_auto_free char *path = join(dir->path, name);
	int fd = open_in(dir->fd, name, O_RDONLY | O_DIRECTORY, false);
	if (fd < 0 && errno == EXDEV)
		return visit_mount(w, dir, name, path, real, ret);
	if (fd < 0)
		return gone(errno) ? false : give_errno(ret, kh_take(path), errno);
	return enter(w, fd, path, real, ret);
}

static int kind_of(const struct kh_walk_dir *dir, const struct kh_entry *e)
{
	struct stat st;
	if (e->kind != DT_UNKNOWN)
		return e->kind;
	return fstatat(dir->fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? DT_REG : (int)IFTODT(st.st_mode);
}

static bool visit(struct kh_walk *w, struct kh_walk_dir *dir, const struct kh_entry *e, struct kh_walk_item *ret)
{
	int kind = kind_of(dir, e);
	if (kind == DT_REG && !dir->has_excluded)
		return visit_file(w, dir, e->name, ret);
	kh_auto_free char *real = join(dir->real, e->name);
	if (strcmp(real, devices) == 0 || is_passed_over(w, real))
		return false;
	if (is_excluded(w, real))
		return give(ret, KH_WALK_SKIPPED, join(dir->path, e->name), KH_SCAN_WHY_EXCLUDED);
	if (kind == DT_REG)
		return visit_file(w, dir, e->name, ret);
	return kind == DT_DIR && visit_folder(w, dir, e->name, real, ret);
}

/* ---- the paths that were asked for ---- */

/* A file by its own path: its folder is opened too, so that its name can be acted on later. */
static bool start_file(struct kh_walk *w, const char *path, const char *real, struct kh_walk_item *ret)
{
	const char *slash = strrchr(real, '/');
	kh_auto_free char *folder = kh_strndup(real, (size_t)KH_MAX(slash - real, (ptrdiff_t)1));
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return give_errno(ret, kh_strdup(path), errno);
	struct kh_walk_dir *dir = dir_new(w, fd, folder, folder);
	dir->for_one_file = true;
	if (!visit_file(w, dir, slash + 1, ret))
		give_errno(ret, NULL, ENOENT);
	free(ret->path);
	ret->path = kh_strdup(path);
	dir_unref(dir);
	return true;
}

static bool start(struct kh_walk *w, const char *path, struct kh_walk_item *ret)
{
	char real[PATH_MAX];
	struct stat st;
	if (!realpath(path, real) || stat(real, &st) < 0)
		return give_errno(ret, kh_strdup(path), errno);
	if (is_excluded(w, real))
		return give(ret, KH_WALK_SKIPPED, kh_strdup(path), KH_SCAN_WHY_EXCLUDED);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return give(ret, KH_WALK_SKIPPED, kh_strdup(path), KH_SCAN_WHY_NO_CONTENT);
	int fd = open(real, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	bool empty = fd >= 0 && holds_no_content(fd);
	kh_fd_close(&fd);
	if (empty)
		return give(ret, KH_WALK_SKIPPED, kh_strdup(path), KH_SCAN_WHY_NO_CONTENT);
	if (S_ISREG(st.st_mode))
		return start_file(w, path, real, ret);
	fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return give_errno(ret, kh_strdup(path), errno);
	return enter(w, fd, path, real, ret);
}

/* ---- the walk ---- */

struct kh_walk *kh_walk_new(const struct kh_walk_options *options)
{
	struct kh_walk *w = kh_alloc(sizeof *w);
	w->options = options;
	w->open_flags = O_NOATIME;
	return w;
}

void kh_walk_free(struct kh_walk *w)
{
	if (!w)
		return;
	while (w->depth > 0)
		dir_unref(w->stack[--w->depth].dir);
	for (size_t i = 0; i < KH_SCAN_MAX_DEPTH; i++)
		free(w->stack[i].entries);
	free(w);
}

/* The next entry of the innermost folder; leaves the folder at its end. */
static bool next_entry(struct kh_walk *w, struct kh_walk_item *ret)
{
	const struct level *level = &w->stack[w->depth - 1];
	struct kh_entry e;
	if (kh_entries_next(level->entries, &e))
		return visit(w, level->dir, &e, ret);
	bool told = level->entries->error && give_errno(ret, kh_strdup(level->dir->path), level->entries->error);
	w->depth--;
	dir_unref(level->dir);
	return told;
}

bool kh_walk_next(struct kh_walk *w, struct kh_walk_item *ret)
{
	for (;;) {
		if (w->depth > 0) {
			if (next_entry(w, ret))
				return true;
		} else if (w->next_path < w->options->path_count) {
			if (start(w, w->options->paths[w->next_path++], ret))
				return true;
		} else {
			return false;
		}
	}
}

/* ---- opening a file that was found ---- */

static void became(struct kh_walk_item *item, enum kh_walk_kind kind, enum kh_scan_why why, int error)
{
	item->kind = kind;
	item->why = why;
	item->error = error;
}

bool kh_walk_open(struct kh_walk *w, struct kh_walk_item *item)
{
	struct stat st;
	item->opened_ns = kh_now_ms() * 1000000;
	kh_auto_fd int fd = open_file(w, item->dir, item->name);
	if (fd < 0 && gone(errno))
		return false;
	if (fd < 0 && errno == EXDEV)
		became(item, KH_WALK_SKIPPED, KH_SCAN_WHY_OTHER_FILE_SYSTEM, 0);
	else if (fd < 0 || fstat(fd, &st) < 0)
		became(item, KH_WALK_ERROR, kh_scan_why_of_errno(errno), errno);
	else if (!S_ISREG(st.st_mode))
		return false;
	if (item->kind != KH_WALK_FILE)
		return true;
	item->state = state_of(&st);
	item->fd = fd;
	fd = -1;
	return true;
}
