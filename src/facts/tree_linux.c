#include "facts/tree.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

int kh_tree_open(int root_fd, const char *path, int *ret_fd)
{
	kh_auto_fd int fd = -1;
	struct stat st = {0};
	int r = kh_file_open_in_root(root_fd, path, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	if (!S_ISREG(st.st_mode))
		return kh_fail(KH_E_NOT_SUPPORTED, "%s is not a file", path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int kh_tree_read(int root_fd, const char *path, size_t max, struct kh_buf *b)
{
	kh_auto_fd int fd = -1;
	kh_buf_reset(b);
	int r = kh_tree_open(root_fd, path, &fd);
	return r < 0 ? r : kh_file_read_fd(fd, path, max, b);
}

int kh_tree_read_end(int root_fd, const char *path, size_t max, struct kh_buf *b, bool *ret_cut)
{
	kh_auto_fd int fd = -1;
	struct stat st = {0};
	kh_buf_reset(b);
	int r = kh_tree_open(root_fd, path, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	bool cut = st.st_size > (off_t)max;
	if (cut && lseek(fd, st.st_size - (off_t)max, SEEK_SET) < 0)
		return kh_fail_errno("%s", path);
	*ret_cut = cut;
	return kh_file_read_fd(fd, path, max + KH_FACTS_MAX_SMALL, b); /* it may grow while it is read */
}

bool kh_tree_line(int root_fd, const char *path, char *out, size_t size)
{
	char small[4096];
	kh_auto_fd int fd = -1;
	out[0] = '\0';
	if (kh_tree_open(root_fd, path, &fd) < 0)
		return false;
	ssize_t n = read(fd, small, sizeof small - 1);
	if (n <= 0)
		return false;
	small[n] = '\0';
	small[strcspn(small, "\n")] = '\0';
	const char *line = kh_trim(small);
	size_t length = KH_MIN(strlen(line), size - 1);
	memcpy(out, line, length);
	out[length] = '\0';
	return length > 0;
}

bool kh_tree_number(int root_fd, const char *path, int64_t *ret)
{
	char text[64];
	return kh_tree_line(root_fd, path, text, sizeof text) && kh_parse_int(text, INT64_MIN, INT64_MAX, ret);
}

/* The folder a path stands in, opened, and the last part of the path. */
static int open_parent(int root_fd, const char *path, int *ret_fd, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	kh_assert(slash != NULL);
	kh_auto_free char *parent = kh_strndup(path, slash == path ? 1 : (size_t)(slash - path));
	*ret_name = slash[1] ? slash + 1 : ".";
	return kh_file_open_in_root(root_fd, parent, ret_fd);
}

bool kh_tree_link(int root_fd, const char *path, char *out, size_t size)
{
	kh_auto_fd int fd = -1;
	const char *name = NULL;
	out[0] = '\0';
	if (open_parent(root_fd, path, &fd, &name) < 0)
		return false;
	ssize_t n = readlinkat(fd, name, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static void fill_stat(const struct stat *st, struct kh_tree_stat *ret)
{
	*ret = (struct kh_tree_stat){
		.kind = S_ISREG(st->st_mode)   ? KH_TREE_FILE
			: S_ISDIR(st->st_mode) ? KH_TREE_DIR
			: S_ISLNK(st->st_mode) ? KH_TREE_LINK
					       : KH_TREE_OTHER,
		.size = st->st_size,
		.modified_s = st->st_mtim.tv_sec,
		.changed_s = st->st_ctim.tv_sec,
	};
}

bool kh_tree_lstat(int root_fd, const char *path, struct kh_tree_stat *ret)
{
	kh_auto_fd int fd = -1;
	const char *name = NULL;
	struct stat st = {0};
	if (open_parent(root_fd, path, &fd, &name) < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	fill_stat(&st, ret);
	return true;
}

bool kh_tree_stat(int root_fd, const char *path, struct kh_tree_stat *ret)
{
	if (!kh_tree_lstat(root_fd, path, ret))
		return false;
	if (ret->kind != KH_TREE_LINK)
		return true;
	kh_auto_fd int fd = -1;
	struct stat st = {0};
	if (kh_file_open_in_root(root_fd, path, &fd) < 0 || fstat(fd, &st) < 0)
		return false;
	fill_stat(&st, ret);
	return true;
}

bool kh_tree_exists(int root_fd, const char *path)
{
	struct kh_tree_stat ignored = {0};
	return kh_tree_stat(root_fd, path, &ignored);
}

bool kh_tree_is_dir(int root_fd, const char *path)
{
	struct kh_tree_stat st = {0};
	return kh_tree_stat(root_fd, path, &st) && st.kind == KH_TREE_DIR;
}

void kh_names_done(struct kh_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	kh_array_done(names);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(DIR *dir, const char *path, struct kh_names *names)
{
	for (struct dirent *entry = NULL; (entry = readdir(dir)) != NULL;) {
		if (kh_streq(entry->d_name, ".") || kh_streq(entry->d_name, ".."))
			continue;
		if (names->n == KH_FACTS_MAX_NAMES)
			return kh_fail(KH_E_TOO_LARGE, "%s: more than %d names", path, KH_FACTS_MAX_NAMES);
		kh_array_push(names, kh_strdup(entry->d_name));
	}
	return 0;
}

int kh_tree_list(int root_fd, const char *path, struct kh_names *ret)
{
	kh_auto_fd int fd = -1;
	kh_auto_names struct kh_names names = {0};
	int r = kh_file_open_in_root(root_fd, path, &fd);
	if (r < 0)
		return r;
	DIR *dir = fdopendir(fd);
	if (!dir)
		return kh_fail_errno("%s", path);
	fd = -1; /* closed with the stream */
	r = read_names(dir, path, &names);
	closedir(dir);
	if (r < 0)
		return r;
	if (names.n > 1)
		qsort(names.v, names.n, sizeof *names.v, compare_names);
	kh_names_done(ret);
	*ret = names;
	names = (struct kh_names){0};
	return 0;
}

int kh_tree_glob(int root_fd, const char *pattern, struct kh_names *ret)
{
	const char *slash = strrchr(pattern, '/');
	kh_auto_names struct kh_names found = {0}, all = {0};
	if (!slash || !strpbrk(slash, "*?[")) {
		kh_array_push(&found, kh_strdup(pattern));
	} else {
		kh_auto_free char *folder = kh_strndup(pattern, slash == pattern ? 1 : (size_t)(slash - pattern));
		int r = kh_tree_list(root_fd, folder, &all);
		if (r < 0 && r != KH_E_NOT_FOUND)
			return r;
		for (size_t i = 0; i < all.n; i++)
			if (fnmatch(slash + 1, all.v[i], FNM_PERIOD) == 0)
				kh_array_push(&found, kh_format("%s/%s", folder, all.v[i]));
	}
	kh_names_done(ret);
	*ret = found;
	found = (struct kh_names){0};
	return 0;
}

bool kh_tree_newest(int root_fd, const char *path, int64_t *ret_modified_s)
{
	kh_auto_names struct kh_names names = {0};
	bool found = false;
	if (kh_tree_list(root_fd, path, &names) < 0)
		return false;
	for (size_t i = 0; i < names.n; i++) {
		struct kh_tree_stat st = {0};
		kh_auto_free char *file = kh_format("%s/%s", path, names.v[i]);
		if (!kh_tree_lstat(root_fd, file, &st) || st.kind != KH_TREE_FILE)
			continue;
		*ret_modified_s = found ? KH_MAX(*ret_modified_s, st.modified_s) : st.modified_s;
		found = true;
	}
	return found;
}
