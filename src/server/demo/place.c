#include "server/demo/place.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "server/files.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED ".demo-unfinished"

static char *without_slash(const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	return kh_strndup(path, n);
}

static char *unfinished(const char *data)
{
	kh_auto_free char *own = without_slash(data);
	return kh_format("%s" UNFINISHED, own);
}

bool kh_demo_place_is_left(const char *data)
{
	kh_auto_free char *dir = unfinished(data);
	return kh_file_exists(dir);
}

/* ---- the data directory: not there, or empty ---- */

static int refuse_full(const char *data)
{
	DIR *dir = opendir(data);
	const struct dirent *entry = NULL;
	if (!dir)
		return errno == ENOENT ? 0 : kh_fail_errno("%s", data);
	while ((entry = readdir(dir)) && (kh_streq(entry->d_name, ".") || kh_streq(entry->d_name, "..")))
		;
	closedir(dir);
	return entry ? kh_fail(KH_E_EXISTS, "%s is not empty: demonstration data goes into a directory of its own (--data DIR)", data) : 0;
}

static int refuse_mount(const char *data, const char *parent)
{
	struct stat own = {0}, above = {0};
	if (stat(data, &own) < 0)
		return 0;
	if (stat(parent, &above) < 0)
		return kh_fail_errno("%s", parent);
	return own.st_dev != above.st_dev ? kh_fail(KH_E_EXISTS, "a disk is mounted on %s: choose a directory below it (--data %s/DIR)", data, data) : 0;
}

/* ---- the directory beside it ---- */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st, (void)kind, (void)place;
	return remove(path);
}

static int remove_all(const char *dir)
{
	return nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT ? kh_fail_errno("%s", dir) : 0;
}

/* Whoever is at work holds the lock; the kernel lets it go with the process. */
static int remove_left(struct kh_demo_place *p)
{
	kh_auto_fd int lock = -1;
	if (!kh_file_exists(p->dir))
		return 0;
	int r = kh_data_lock(p->dir, &lock);
	if (r == KH_E_IN_USE)
		return kh_fail(r, "%s: another khien-server demo is at work", p->dir);
	r = r < 0 ? r : remove_all(p->dir);
	p->left = r == 0;
	return r;
}

static int make(struct kh_demo_place *p)
{
	struct stat st = {0};
	if (mkdir(p->dir, 0700) < 0)
		return kh_fail_errno("%s", p->dir);
	if (geteuid() == 0 && stat(p->data, &st) == 0 && lchown(p->dir, st.st_uid, st.st_gid) < 0)
		return kh_fail_errno("%s", p->dir);
	return kh_data_lock(p->dir, &p->lock);
}

int kh_demo_place_begin(const char *data, struct kh_demo_place *ret)
{
	kh_auto_demo_place struct kh_demo_place p = KH_DEMO_PLACE_NONE;
	p.data = without_slash(data);
	kh_auto_free char *copy = kh_strdup(p.data), *dir = unfinished(data);
	const char *parent = dirname(copy);
	int r = refuse_full(p.data);
	r = r < 0 ? r : refuse_mount(p.data, parent);
	r = r < 0 ? r : kh_dir_make(parent, 0755);
	if (r < 0)
		return r;
	p.dir = kh_take(dir);
	r = remove_left(&p);
	if (r < 0) { /* somebody's, or not to be removed */
		free(kh_take(p.dir));
		return r;
	}
	r = make(&p);
	if (r < 0)
		return r;
	*ret = p;
	p = KH_DEMO_PLACE_NONE;
	return 0;
}

int kh_demo_place_end(struct kh_demo_place *p)
{
	kh_auto_free char *copy = kh_strdup(p->data), *lock = kh_data_path(p->dir, KH_FILE_LOCK);
	kh_fd_close(&p->lock);
	unlink(lock);
	if (rename(p->dir, p->data) < 0)
		return kh_fail_errno("%s", p->data);
	free(kh_take(p->dir));
	return kh_dir_sync(dirname(copy));
}

void kh_demo_place_done(struct kh_demo_place *p)
{
	if (p->dir)
		kh_ignore(remove_all(p->dir));
	kh_fd_close(&p->lock);
	free(p->dir);
	free(p->data);
	*p = KH_DEMO_PLACE_NONE;
}
