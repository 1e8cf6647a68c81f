#include "sandbox/scratch_dir.h"

#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "sandbox/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE "/tmp"
#define PREFIX "khien-scratch-"
enum { TRIES = 8, MAX_DEPTH = 64 };

/* ---- removing ---- */

/* Never through a link, never another file system. */
static void empty(int dir_fd, dev_t device, unsigned depth)
{
	struct stat st;
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		kh_fd_close(&copy);
		return;
	}
	for (const struct dirent *e = NULL; (e = readdir(stream)) != NULL;) {
		if (kh_streq(e->d_name, ".") || kh_streq(e->d_name, "..") || unlinkat(dir_fd, e->d_name, 0) == 0)
			continue;
		kh_auto_fd int below = openat(dir_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0 && fstat(below, &st) == 0 && st.st_dev == device && depth < MAX_DEPTH)
			empty(below, device, depth + 1);
		kh_ignore(unlinkat(dir_fd, e->d_name, AT_REMOVEDIR));
	}
	closedir(stream);
}

static void remove_whole(int place_fd, const char *name, int fd)
{
	struct stat st;
	if (unlinkat(place_fd, name, AT_REMOVEDIR) == 0 || fstat(fd, &st) < 0)
		return;
	empty(fd, st.st_dev, 0);
	kh_ignore(unlinkat(place_fd, name, AT_REMOVEDIR));
}

/* ---- one's own ---- */

/* False: who tidies up took it for one of a host that does not live. */
static bool hold(struct kh_scratch_dir *d)
{
	struct stat st;
	d->lock = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->lock >= 0 && flock(d->lock, LOCK_EX | LOCK_NB) == 0 && fstat(d->lock, &st) == 0 && st.st_nlink > 0)
		return true;
	kh_fd_close(&d->lock);
	*d = (struct kh_scratch_dir)KH_SCRATCH_DIR_NONE;
	return false;
}

int kh_scratch_dir_make(struct kh_scratch_dir *ret)
{
	for (int i = 0; i < TRIES; i++) {
		struct kh_scratch_dir d = {.path = PLACE "/" PREFIX "XXXXXX", .lock = -1};
		if (!mkdtemp(d.path))
			return kh_fail_errno("%s", d.path);
		if (hold(&d)) {
			*ret = d;
			return 0;
		}
	}
	return kh_fail(KH_E_IO, "%s", PLACE "/" PREFIX);
}

void kh_scratch_dir_remove(struct kh_scratch_dir *d)
{
	if (d->lock < 0)
		return;
	remove_whole(AT_FDCWD, d->path, d->lock);
	kh_fd_close(&d->lock);
	*d = (struct kh_scratch_dir)KH_SCRATCH_DIR_NONE;
}

/* ---- those of others ---- */

static bool may_be_ours(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && (st.st_uid == geteuid() || (geteuid() == 0 && st.st_uid == KH_SANDBOX_NOBODY));
}

void kh_scratch_dir_tidy(void)
{
	DIR *place = opendir(PLACE);
	for (const struct dirent *e = NULL; place && (e = readdir(place)) != NULL;) {
		if (!kh_starts_with(e->d_name, PREFIX))
			continue;
		kh_auto_fd int fd = openat(dirfd(place), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && may_be_ours(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_whole(dirfd(place), e->d_name, fd);
	}
	if (place)
		closedir(place);
}
