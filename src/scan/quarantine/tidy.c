/* What was cut off, by a kill or a power cut, is brought to one of its ends (scan/quarantine.h). Never is the only copy given up: a copy goes only when the very file
 * is seen at its place. */
#include "scan/quarantine/inside.h"

#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "scan/quarantine/attributes.h"
#include "scan/quarantine/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_there(const struct kh_quarantine *q, const char *id, const char *ending)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	return faccessat(q->fd, kh_quarantine_name(id, ending, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* By all that a restart of the machine leaves as it was: numbers of devices it does not. */
static bool is_the_file(int dir_fd, const char *name, const struct kh_quarantine_entry *e, int *ret_fd)
{
	struct stat st;
	uint8_t hash[KH_SHA256_SIZE];
	kh_auto_fd int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != e->inode || (uint64_t)st.st_size != e->size || st.st_mtim.tv_sec != e->mtime_s ||
	    st.st_mtim.tv_nsec != e->mtime_ns || kh_sha256_fd(fd, e->size, hash) < 0 || memcmp(hash, e->sha256, sizeof hash) != 0)
		return false;
	*ret_fd = fd;
	fd = -1;
	return true;
}

/* It had been moved out of its place, or something else had that stood there. */
static void finish_aside(int dir_fd, const char *name, const struct kh_quarantine_entry *e)
{
	struct kh_aside a = {.fd = -1};
	struct stat st;
	kh_auto_fd int fd = -1;
	if (kh_aside_open(dir_fd, e->id, &a) < 0)
		return;
	if (is_the_file(a.fd, KH_ASIDE_FILE, e, &fd))
		kh_ignore(kh_aside_remove_file(&a));
	else if (fstatat(a.fd, KH_ASIDE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		kh_ignore(kh_aside_put_back(&a, dir_fd, name, e->id));
	kh_aside_done(&a, dir_fd);
}

static bool is_at_its_place(const struct kh_quarantine_entry *e)
{
	kh_auto_fd int dir_fd = -1, fd = -1;
	if (kh_place_open(e->path, &dir_fd) < 0)
		return false;
	const char *name = strrchr(e->path, '/') + 1;
	finish_aside(dir_fd, name, e);
	if (!is_the_file(dir_fd, name, e, &fd))
		return false;
	kh_ignore(kh_attributes_set_flags(fd, e)); /* they may have been taken off already */
	return true;
}

static int finish_taking(const struct kh_quarantine *q, const char *id, int content)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	int r = kh_quarantine_read_as(q, id, KH_QUARANTINE_TAKING, &e);
	bool torn = r == KH_E_SYNTAX || r == KH_E_INVALID_FIELD; /* it is whole on disk before anything is removed */
	if (r < 0 && !torn)
		return r;
	if (torn || is_at_its_place(&e))
		return kh_quarantine_forget(q, id, content);
	return kh_quarantine_turn(q, id, KH_QUARANTINE_TAKING, KH_QUARANTINE_KEPT);
}

/* The state is asked for again when the entry is locked: who worked on it may have come to the end meanwhile. */
static int tidy_entry(const struct kh_quarantine *q, const char *id)
{
	kh_auto_fd int content = -1;
	int r = kh_quarantine_lock(q, id, &content);
	if (r < 0)
		return r == KH_E_IN_USE || r == KH_E_NOT_FOUND ? 0 : r;
	if (is_there(q, id, KH_QUARANTINE_KEPT))
		return 0;
	return is_there(q, id, KH_QUARANTINE_TAKING) ? finish_taking(q, id, content) : kh_quarantine_forget(q, id, content);
}

/* "<id>.khq" whose state is not "kept"; a manifest whose content is gone already was being deleted. */
static int tidy_name(const struct kh_quarantine *q, const char *name)
{
	char id[KH_UUID_SIZE];
	snprintf(id, sizeof id, "%.36s", name);
	if (!kh_quarantine_is_id(id) || strlen(name) < KH_UUID_SIZE)
		return 0;
	const char *ending = name + KH_UUID_SIZE;
	if (kh_streq(ending, KH_QUARANTINE_CONTENT) && !is_there(q, id, KH_QUARANTINE_KEPT))
		return tidy_entry(q, id);
	if (kh_streq(ending, KH_QUARANTINE_GONE) && !is_there(q, id, KH_QUARANTINE_CONTENT))
		return kh_quarantine_forget(q, id, -1);
	return 0;
}

int kh_quarantine_tidy(const struct kh_quarantine *q)
{
	int r = 0;
	DIR *d = opendir(q->folder);
	if (!d)
		return kh_fail_errno("%s", q->folder);
	for (const struct dirent *e = NULL; (e = readdir(d)) != NULL;) {
		int one = tidy_name(q, e->d_name);
		r = r < 0 ? r : one;
	}
	closedir(d);
	return r;
}
