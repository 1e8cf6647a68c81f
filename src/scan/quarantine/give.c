/* Giving a file back, and deleting it for ever. */
#include "scan/quarantine/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "os/file.h"
#include "scan/quarantine/attributes.h"
#include "scan/quarantine/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct giving {
	const struct kh_quarantine *q;
	const struct kh_quarantine_entry *entry;
	int content, dir_fd;
	bool handed_over; /* to a medium that may know no owners, rights and links */
	const char *name;
	char temporary[sizeof ".khien-restore-" + KH_UUID_SIZE]; /* "": the new file has no name yet */
};

static int write_piece(void *context, const void *bytes, size_t n)
{
	return kh_file_write_fd(*(const int *)context, kh_words("writing the file"), bytes, n);
}

/* Without a name until it is whole, where the file system can do that; else by a name of ours; what a restore that was cut off left by that name goes. */
static int make_file(struct giving *g, int *ret_fd)
{
	char own[sizeof g->temporary];
	snprintf(own, sizeof own, ".khien-restore-%.36s", g->entry->id);
	unlinkat(g->dir_fd, own, 0);
	int fd = openat(g->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		memcpy(g->temporary, own, sizeof own);
		fd = openat(g->dir_fd, own, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	*ret_fd = fd;
	return fd < 0 ? kh_fail_errno("%s", g->name) : 0;
}

static int is_free(const struct giving *g)
{
	struct stat st;
	return fstatat(g->dir_fd, g->name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? kh_fail(KH_E_EXISTS, "%s", g->name) : 0;
}

static int give_name(const struct giving *g, int fd)
{
	char proc[64];
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	int r = g->temporary[0] ? renameat2(g->dir_fd, g->temporary, g->dir_fd, g->name, RENAME_NOREPLACE)
				: linkat(AT_FDCWD, proc, g->dir_fd, g->name, AT_SYMLINK_FOLLOW);
	if (r < 0 && errno == EINVAL && g->temporary[0]) {
		r = linkat(g->dir_fd, g->temporary, g->dir_fd, g->name, 0);
		if (r == 0)
			unlinkat(g->dir_fd, g->temporary, 0);
		else if (g->handed_over && is_free(g) == 0)
			r = renameat(g->dir_fd, g->temporary, g->dir_fd, g->name);
	}
	return r < 0 ? kh_fail_errno("%s", g->name) : 0;
}

static int fill(const struct giving *g, int fd)
{
	const struct kh_seal seal = {g->q->key, g->entry->id, g->entry->path};
	int r = kh_seal_read(&seal, g->content, g->entry->sha256, write_piece, &fd);
	if (r == 0 && !g->handed_over)
		r = kh_attributes_set(fd, g->entry);
	if (r == 0 && fsync(fd) < 0)
		r = kh_fail_errno("%s", g->name);
	return r;
}

/* By its name, and from the medium as far as the system lets us: what is in memory is let go first. */
static int compare(const struct giving *g)
{
	uint8_t hash[KH_SHA256_SIZE];
	struct stat st;
	kh_auto_fd int fd = openat(g->dir_fd, g->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", g->name);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	const bool same = (uint64_t)st.st_size == g->entry->size && kh_sha256_fd(fd, g->entry->size, hash) == 0 && memcmp(hash, g->entry->sha256, sizeof hash) == 0;
	return same ? 0 : kh_fail(KH_E_FILE_CHANGED, "%s: what was written does not read back the same; the document stays in the hold", g->name);
}

/* Flags come last: with some of them a file gets no name any more. */
static int finish(const struct giving *g, int fd)
{
	int r = g->handed_over ? 0 : kh_attributes_set_flags(fd, g->entry);
	if (r < 0)
		unlinkat(g->dir_fd, g->name, 0);
	return r < 0 ? r : kh_quarantine_sync(g->dir_fd);
}

static int put_back(struct giving *g)
{
	kh_auto_fd int fd = -1;
	int r = make_file(g, &fd);
	r = r < 0 ? r : fill(g, fd);
	r = r < 0 ? r : give_name(g, fd);
	if (r < 0 && fd >= 0 && g->temporary[0])
		unlinkat(g->dir_fd, g->temporary, 0);
	r = r < 0 ? r : finish(g, fd);
	if (r < 0 || !g->handed_over)
		return r;
	r = compare(g);
	if (r < 0)
		unlinkat(g->dir_fd, g->name, 0);
	return r;
}

/* Put back by a restore that was cut off before it could take the entry away. */
static bool is_back_already(const struct giving *g)
{
	const struct kh_quarantine_entry *e = g->entry;
	struct stat st;
	uint8_t hash[KH_SHA256_SIZE];
	kh_auto_fd int fd = openat(g->dir_fd, g->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == e->size && (st.st_mode & 07777) == e->mode && st.st_uid == e->uid &&
	       st.st_gid == e->gid && st.st_mtim.tv_sec == e->mtime_s && st.st_mtim.tv_nsec == e->mtime_ns && kh_sha256_fd(fd, e->size, hash) == 0 &&
	       memcmp(hash, e->sha256, sizeof hash) == 0 && finish(g, fd) == 0;
}

/* "not found" would be said of the entry: it is its content that is missing. */
static int lock(const struct kh_quarantine *q, const char *id, int *ret_fd)
{
	int r = kh_quarantine_lock(q, id, ret_fd);
	return r == KH_E_NOT_FOUND ? kh_fail(KH_E_SIGNATURE_INVALID, "the kept content of %s is damaged or was tampered with", id) : r;
}

/* From the first step on it is no entry any more, whatever comes of the others. */
static int remove_entry(const struct kh_quarantine *q, const char *id, int content)
{
	int r = kh_quarantine_turn(q, id, KH_QUARANTINE_KEPT, KH_QUARANTINE_GONE);
	return r < 0 ? r : kh_quarantine_forget(q, id, content);
}

static int open_entry(const struct kh_quarantine *q, const char *id, struct kh_quarantine_entry *ret, int *ret_content)
{
	int r = kh_quarantine_read(q, id, ret);
	return r < 0 ? r : lock(q, id, ret_content);
}

static int give(struct giving *g)
{
	int r = is_free(g);
	r = r < 0 ? r : put_back(g);
	if (r == KH_E_EXISTS && (g->handed_over ? compare(g) == 0 : is_back_already(g)))
		r = 0;
	return r < 0 ? r : remove_entry(g->q, g->entry->id, g->content);
}

int kh_quarantine_restore(struct kh_quarantine *q, const char *id, const char *to)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	kh_auto_fd int content = -1, dir_fd = -1;
	int r = open_entry(q, id, &e, &content);
	const char *path = to ? to : e.path;
	r = r < 0 ? r : kh_place_open(path, &dir_fd);
	return r < 0 ? r : give(&(struct giving){.q = q, .entry = &e, .content = content, .dir_fd = dir_fd, .name = strrchr(path, '/') + 1});
}

int kh_quarantine_hand_over(struct kh_quarantine *q, const char *id, int dir_fd, const char *name)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	kh_auto_fd int content = -1;
	int r = open_entry(q, id, &e, &content);
	return r < 0 ? r : give(&(struct giving){.q = q, .entry = &e, .content = content, .dir_fd = dir_fd, .handed_over = true, .name = name});
}

int kh_quarantine_delete(struct kh_quarantine *q, const char *id)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	kh_auto_fd int content = -1;
	int r = kh_quarantine_read(q, id, &e);
	if (r == KH_E_NOT_FOUND)
		return r;
	r = kh_quarantine_lock(q, id, &content); /* one without content, or with a damaged manifest, can be deleted too */
	if (r < 0 && r != KH_E_NOT_FOUND)
		return r;
	return remove_entry(q, id, content);
}
