/* Taking a file in: copy → manifest → removal, each on disk before the next. */
#include "scan/quarantine/inside.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "scan/quarantine/attributes.h"
#include "scan/quarantine/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct take {
	const struct kh_quarantine *q;
	const struct kh_quarantine_file *file;
	struct kh_quarantine_entry entry;
	int content; /* its lock is ours as long as it is open */
	bool linked; /* the file got another name in the last moment before it lost its own */
	bool stuck;  /* what was moved cannot be put back (something was mounted over it): the next one who opens the quarantine tries again */
};

static void take_done(struct take *t)
{
	kh_quarantine_entry_done(&t->entry);
	kh_fd_close(&t->content);
}

struct kh_quarantine_who kh_quarantine_who_asks(void)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	struct kh_quarantine_who who = {.uid = getuid(), .login_uid = -1};
	if (kh_file_read("/proc/self/loginuid", 64, &b) < 0 || !kh_parse_int(kh_buf_text(&b), 0, (int64_t)UINT32_MAX - 1, &who.login_uid))
		who.login_uid = -1;
	return who;
}

/* ---- is it that file? ---- */

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int check_names(const struct kh_quarantine_file *f, const struct stat *st)
{
	if (st->st_nlink == 1)
		return 0;
	return kh_fail(KH_E_NOT_QUARANTINABLE, "%s has %lu names (hard links): removing one would not remove the file", f->path, (unsigned long)st->st_nlink);
}

static int changed(const struct kh_quarantine_file *f)
{
	return kh_fail(KH_E_FILE_CHANGED, "%s is not the file that was scanned any more", f->path);
}

/* Whether the name still leads to the open file, by that name only. */
static int check_same(const struct kh_quarantine_file *f, struct stat *ret)
{
	struct stat open_file, named;
	if (fstat(f->fd, &open_file) < 0)
		return kh_fail_errno("%s", f->path);
	if (!S_ISREG(open_file.st_mode))
		return kh_fail(KH_E_NOT_QUARANTINABLE, "%s is no regular file", f->path);
	if (fstatat(f->dir_fd, f->name, &named, AT_SYMLINK_NOFOLLOW) < 0 || !same(&named, &open_file))
		return changed(f);
	*ret = open_file;
	return check_names(f, &open_file);
}

/* A file of a lower layer becomes another one when it is moved; then its content tells. */
static bool is_layered_copy(const struct kh_quarantine_file *f, const struct kh_aside *a)
{
	struct statfs fs;
	uint8_t hash[KH_SHA256_SIZE];
	kh_auto_fd int fd = openat(a->fd, KH_ASIDE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC && kh_sha256_fd(fd, UINT64_MAX, hash) == 0 &&
	       memcmp(hash, f->sha256, sizeof hash) == 0;
}

/* What was moved; opened, because its number of names must be asked after it has none. */
static int check_moved(const struct kh_quarantine_file *f, const struct kh_quarantine_entry *e, const struct kh_aside *a, int *ret_fd)
{
	struct stat moved, open_file;
	kh_auto_fd int fd = openat(a->fd, KH_ASIDE_FILE, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &moved) < 0 || fstat(f->fd, &open_file) < 0)
		return kh_fail_errno("%s", f->path);
	if (!same(&moved, &open_file) && !(S_ISREG(moved.st_mode) && is_layered_copy(f, a)))
		return changed(f);
	if ((uint64_t)moved.st_size != e->size || moved.st_mtim.tv_sec != e->mtime_s || moved.st_mtim.tv_nsec != e->mtime_ns)
		return changed(f); /* written to since it was copied: what was written is nowhere else */
	int r = check_names(f, &moved);
	if (r == 0) {
		*ret_fd = fd;
		fd = -1;
	}
	return r;
}

/* ---- keeping ---- */

/* Nobody tidies it away as one that was cut off: it is locked, and still has its name. */
static int create_content(struct take *t)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	struct stat st;
	for (int tries = 0; tries < 3; tries++) {
		kh_random_uuid(t->entry.id);
		kh_quarantine_name(t->entry.id, KH_QUARANTINE_CONTENT, name);
		kh_fd_close(&t->content);
		t->content = openat(t->q->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (t->content < 0 || flock(t->content, LOCK_EX) < 0 || fstat(t->content, &st) < 0)
			return kh_fail_errno("%s/%s", t->q->folder, name);
		if (st.st_nlink > 0)
			return 0;
	}
	return kh_fail(KH_E_BUSY, "%s/%s", t->q->folder, name);
}

static int keep_content(struct take *t)
{
	const struct kh_quarantine_file *f = t->file;
	int r = create_content(t);
	const struct kh_seal seal = {t->q->key, t->entry.id, f->path};
	r = r < 0 ? r : kh_seal_write(&seal, f->fd, t->entry.size, f->sha256, t->content);
	if (r == 0 && fsync(t->content) < 0)
		r = kh_fail_errno("%s/%s.%s", t->q->folder, t->entry.id, KH_QUARANTINE_CONTENT);
	return r;
}

static int keep_manifest(const struct take *t)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	kh_auto_free char *text = kh_manifest_text(&t->entry);
	kh_quarantine_name(t->entry.id, KH_QUARANTINE_TAKING, name);
	kh_auto_fd int fd = openat(t->q->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s/%s", t->q->folder, name);
	int r = kh_file_write_fd(fd, name, text, strlen(text));
	if (r == 0 && fsync(fd) < 0)
		r = kh_fail_errno("%s", name);
	return r < 0 ? kh_fail_in(r, "%s", t->q->folder) : kh_quarantine_sync(t->q->fd);
}

static void describe(struct take *t, const struct stat *st)
{
	const struct kh_quarantine_file *f = t->file;
	t->entry.path = kh_strdup(f->path);
	t->entry.quarantined_ms = kh_now_ms();
	t->entry.by = kh_quarantine_who_asks();
	memcpy(t->entry.sha256, f->sha256, sizeof t->entry.sha256);
	for (size_t i = 0; i < f->detection_count; i++) {
		const struct kh_detection *d = &f->detections[i];
		const struct kh_detection copy = {kh_strdup(d->engine), kh_strdup(d->rule), kh_strdup(d->member), d->suspicious};
		kh_array_push(&t->entry.detections, copy);
	}
	kh_attributes_read(f->fd, st, &t->entry);
}

/* ---- removing ---- */

static int remove_aside(struct take *t, const struct kh_aside *a)
{
	struct stat st;
	kh_auto_fd int moved = -1;
	int r = check_moved(t->file, &t->entry, a, &moved);
	if (r == 0)
		r = kh_aside_remove_file(a);
	if (r == 0) {
		t->linked = fstat(moved, &st) == 0 && st.st_nlink > 0;
		return 0;
	}
	int back = kh_aside_put_back(a, t->file->dir_fd, t->file->name, t->entry.id);
	t->stuck = back < 0 && back != KH_E_FILE_CHANGED;
	return back < 0 ? back : r;
}

/* Whatever stands under the name is moved to where nobody else can exchange it, and only then looked at. */
static int move_and_remove(struct take *t)
{
	const struct kh_quarantine_file *f = t->file;
	struct kh_aside a = {.fd = -1};
	int r = kh_aside_make(f->dir_fd, t->entry.id, &a);
	if (r < 0)
		return kh_fail_in(r, "removing %s", f->path);
	r = kh_aside_take(&a, f->dir_fd, f->name);
	r = r == KH_E_NOT_FOUND ? changed(f) : r;
	if (r == 0)
		r = remove_aside(t, &a);
	kh_aside_done(&a, f->dir_fd);
	return r;
}

static int remove_original(struct take *t)
{
	struct stat st;
	bool thawed = false;
	int r = check_same(t->file, &st);
	r = r < 0 ? r : kh_attributes_thaw(t->file->fd, &t->entry, &thawed);
	r = r < 0 ? r : move_and_remove(t);
	if (r < 0 && thawed) {
		kh_auto_free char *why = kh_strdup(kh_fail_detail());
		kh_ignore(kh_attributes_set_flags(t->file->fd, &t->entry));
		return kh_fail(r, "%s", why);
	}
	return r;
}

/* The first failure is what is told, not what undoing it runs into. */
static int give_up(const struct take *t, int error)
{
	kh_auto_free char *why = kh_strdup(kh_fail_detail());
	if (t->content >= 0 && !t->stuck)
		kh_ignore(kh_quarantine_forget(t->q, t->entry.id, t->content));
	return kh_fail(error, "%s", why);
}

int kh_quarantine_add(struct kh_quarantine *q, const struct kh_quarantine_file *f, char ret_id[KH_UUID_SIZE])
{
	struct stat st;
	KH_CLEANUP(take_done) struct take t = {.q = q, .file = f, .content = -1};
	int r = check_same(f, &st);
	if (r < 0)
		return r;
	describe(&t, &st);
	r = keep_content(&t);
	r = r < 0 ? r : keep_manifest(&t);
	r = r < 0 ? r : remove_original(&t);
	if (r < 0)
		return give_up(&t, r);
	r = kh_quarantine_turn(q, t.entry.id, KH_QUARANTINE_TAKING, KH_QUARANTINE_KEPT);
	if (r == 0 && t.linked)
		r = kh_fail(KH_E_FILE_CHANGED, "%s was given another name meanwhile; the file is still there (and kept as %s)", f->path, t.entry.id);
	if (r == 0)
		memcpy(ret_id, t.entry.id, KH_UUID_SIZE);
	return r;
}
