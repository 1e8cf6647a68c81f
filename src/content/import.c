#include "content/import.h"

#include "base/alloc.h"
#include "base/cvd.h"
#include "base/error.h"
#include "base/str.h"
#include "malware/source.h"
#include "os/file.h"
#include "scan/content_files.h"
#include "scan/includes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
	const struct kh_content_import *import;
	struct kh_content_change *change;
	const char *origin;
	uint64_t files, bytes;
};

/* When a ClamAV database was built; 0: it does not say, or is none. */
static int64_t built_s(int fd, const char *name)
{
	char head[KH_CVD_HEAD];
	struct kh_cvd cvd = {0};
	ssize_t n = kh_source_kind(name) == KH_SOURCE_DATABASE ? pread(fd, head, sizeof head, 0) : -1;
	return n > 0 && kh_cvd_parse(head, (size_t)n, &cvd) == 0 ? cvd.built_s : 0;
}

static int put_file(struct walk *w, const char *name, int fd)
{
	struct stat st = {0};
	int r = kh_content_change_put(w->change, w->origin, name, fd, built_s(fd, name), w->import->now_s);
	if (r < 0)
		return r;
	w->files++;
	w->bytes += fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	if (w->import->on_read)
		w->import->on_read(w->import->context, w->files, w->bytes);
	return 0;
}

/* ---- folders ---- */

static int walk_folder(struct walk *w, int folder, const char *name, int depth);

static int walk_entry(struct walk *w, int folder, const char *entry, const char *name, int depth)
{
	struct stat st = {0};
	kh_auto_fd int fd = -1;
	if (fstatat(folder, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return kh_fail_errno("%s", name);
	bool link = S_ISLNK(st.st_mode), follow = link && kh_source_in_folders(entry);
	if (!S_ISDIR(st.st_mode) && !follow && (!S_ISREG(st.st_mode) || !kh_source_in_folders(entry)))
		return 0;
	fd = openat(folder, entry, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", name);
	if (S_ISDIR(st.st_mode))
		return follow ? 0 : walk_folder(w, fd, name, depth + 1);
	return S_ISREG(st.st_mode) ? put_file(w, name, fd) : 0;
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int walk_folder(struct walk *w, int folder, const char *name, int depth)
{
	int own = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	KH_CLEANUP(close_folder) DIR *d = own >= 0 ? fdopendir(own) : NULL;
	int r = 0;
	if (!d)
		return kh_fail_errno("%s", name);
	if (depth > KH_CONTENT_MAX_DEPTH)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %d folders inside each other", name, KH_CONTENT_MAX_DEPTH);
	for (struct dirent *e = NULL; r == 0 && (e = readdir(d)) != NULL;) {
		kh_auto_free char *inside = kh_format("%s/%s", name, e->d_name);
		if (e->d_name[0] != '.')
			r = walk_entry(w, folder, e->d_name, inside, depth);
	}
	return r;
}

/* ---- a file of rules, with what it includes ---- */

static int put_included(struct walk *w, const struct kh_includes *includes, const char *path)
{
	kh_auto_free char *name = kh_format("%s/%s", w->origin, path);
	kh_auto_fd int fd = kh_includes_open(includes, path);
	return fd >= 0 && kh_content_name_good(name) ? put_file(w, name, fd) : 0;
}

/* A file that includes others stands beside them, in a folder by the origin's name. */
static int import_rules(struct walk *w, int fd)
{
	const struct kh_content_engine *engine = w->import->engine;
	kh_auto_includes struct kh_includes includes = KH_INCLUDES_NONE;
	int r = kh_includes_find(w->import->path, engine->includes, engine->context, &includes);
	if (r < 0)
		return r;
	kh_auto_free char *name = includes.names.n > 1 ? kh_format("%s/%s", w->origin, includes.names.v[0]) : kh_strdup(w->origin);
	r = put_file(w, name, fd);
	for (size_t i = 1; r == 0 && i < includes.names.n; i++)
		r = put_included(w, &includes, includes.names.v[i]);
	return r;
}

/* ---- what was named ---- */

char *kh_content_import_origin(const char *path)
{
	kh_auto_free char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	kh_auto_free char *trimmed = kh_strndup(path, n);
	const char *last = strrchr(trimmed, '/') ? strrchr(trimmed, '/') + 1 : trimmed;
	bool dots = kh_streq(last, ".") || kh_streq(last, "..") || !*last;
	return kh_strdup(dots && slash ? slash + 1 : last);
}

static int import_folder(struct walk *w, int fd)
{
	kh_content_change_remove(w->change, w->origin);
	int r = walk_folder(w, fd, w->origin, 0);
	return r == 0 && w->files == 0 ? kh_fail(KH_E_NOT_FOUND, "%s: no rules, signatures or hash lists in it", w->origin) : r;
}

static int import_file(struct walk *w, int fd)
{
	if (kh_source_kind(w->origin) == KH_SOURCE_NONE)
		return kh_fail(KH_E_USAGE, "%s: no kind of content has this extension", w->origin);
	kh_content_change_remove(w->change, w->origin);
	return w->import->engine && kh_source_kind(w->import->path) == KH_SOURCE_YARA ? import_rules(w, fd) : put_file(w, w->origin, fd);
}

static int define(struct walk *w)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < w->import->external_count; i++)
		r = kh_content_change_define(w->change, w->origin, w->import->externals[i].name, w->import->externals[i].value);
	return r;
}

static int import_bundle(struct walk *w, int fd)
{
	if (w->import->external_count)
		return kh_fail(KH_E_USAGE, "-d is not for a bundle: it brings its own variables");
	return kh_content_bundle_import(w->change, fd, w->import->keys, w->import->now_s, &w->files);
}

int kh_content_import(struct kh_content_change *c, const struct kh_content_import *import, uint64_t *ret_files)
{
	kh_auto_free char *origin = import->origin ? kh_strdup(import->origin) : kh_content_import_origin(import->path);
	struct walk w = {.import = import, .change = c, .origin = origin};
	struct stat st = {0};
	kh_auto_fd int fd = open(import->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", import->path);
	int r = 0;
	if (S_ISREG(st.st_mode) && kh_content_bundle_is(fd))
		r = import_bundle(&w, fd);
	else if (S_ISDIR(st.st_mode))
		r = import_folder(&w, fd);
	else if (!S_ISREG(st.st_mode))
		r = kh_fail(KH_E_USAGE, "%s: neither a file nor a folder", import->path);
	else
		r = import_file(&w, fd);
	if (r == 0)
		r = define(&w);
	*ret_files = w.files;
	return r;
}

int kh_content_import_shipped(struct kh_content_change *c, int64_t now_s)
{
	static const struct kh_content_keys nobody;
	kh_auto_free char *path = NULL;
	uint64_t files = 0;
	int r = kh_content_shipped(&path);
	const struct kh_content_import import = {.path = path, .origin = KH_CONTENT_SHIPPED, .keys = &nobody, .now_s = now_s};
	return r < 0 ? r : kh_content_import(c, &import, &files);
}
