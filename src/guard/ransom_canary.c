#include "guard/ransom_canary.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MANIFEST (4 * KH_MIB)
#define MAX_CONTENT (64 * KH_KIB) /* a canary has some 20 KiB */

/* "." sorts before letters and digits, "z" after them; "!" and "~" are the first and the last that can be printed. */
static const char *const names[2][KH_CANARY_KINDS] = {
	{".00-khien-canh-giu.docx", ".00-khien-canh-giu.jpg", ".zz-khien-canh-giu.xlsx"},
	{"! Khiên canh giữ, xin để nguyên.docx", "! Khiên canh giữ, xin để nguyên.jpg", "~ Khiên canh giữ, xin để nguyên.xlsx"},
};

/* ---- the manifest ---- */

static void canary_done(struct kh_canary *c)
{
	free(c->folder);
	free(c->name);
}

void kh_canaries_done(struct kh_canaries *c)
{
	kh_array_each(&c->all, one)
		canary_done(one);
	kh_array_done(&c->all);
	free(c->manifest);
	*c = (struct kh_canaries){0};
}

static int read_canary(const json_t *j, struct kh_canaries *c)
{
	const char *folder = NULL, *name = NULL, *serial = NULL, *inode = NULL;
	int64_t kind = 0;
	uint8_t bytes[8] = {0}, number[8] = {0};
	int r = kh_json_text(j, "folder", &folder);
	r = r < 0 ? r : kh_json_text(j, "name", &name);
	r = r < 0 ? r : kh_json_text(j, "serial", &serial);
	r = r < 0 ? r : kh_json_text(j, "inode", &inode);
	r = r < 0 ? r : kh_json_int(j, "kind", 0, KH_CANARY_KINDS - 1, &kind);
	if (r == 0 && (folder[0] != '/' || strchr(name, '/') || !kh_unhex(serial, bytes, sizeof bytes) || !kh_unhex(inode, number, sizeof number)))
		r = kh_fail(KH_E_INVALID_FIELD, "a canary in the manifest");
	if (r < 0)
		return r;
	struct kh_canary one = {.folder = kh_strdup(folder), .name = kh_strdup(name), .kind = (enum kh_canary_kind)kind};
	memcpy(&one.serial, bytes, sizeof bytes);
	memcpy(&one.inode, number, sizeof number);
	kh_array_push(&c->all, one);
	return 0;
}

int kh_canaries_load(const char *path, struct kh_canaries *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_json json_t *j = NULL;
	struct kh_canaries c = {.manifest = kh_strdup(path)};
	int r = kh_file_read(path, MAX_MANIFEST, &text);
	if (r == KH_E_NOT_FOUND) {
		*ret = c;
		return 0;
	}
	r = r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, &j);
	size_t i = 0;
	json_t *one = NULL;
	json_array_foreach(json_object_get(j, "canaries"), i, one)
		r = r < 0 ? r : read_canary(one, &c);
	if (r < 0) {
		kh_canaries_done(&c);
		return kh_fail_in(r, "%s", path);
	}
	*ret = c;
	return 0;
}

static void set_hex(json_t *j, const char *key, const uint64_t *v)
{
	kh_auto_buf struct kh_buf hex = KH_BUF_INIT;
	kh_buf_add_hex(&hex, v, sizeof *v);
	kh_json_set_text(j, key, kh_buf_text(&hex));
}

static int save(const struct kh_canaries *c)
{
	kh_auto_json json_t *j = json_object();
	json_t *list = json_array();
	kh_assert(json_object_set_new(j, "canaries", list) == 0);
	kh_array_each(&c->all, one) {
		json_t *o = json_object();
		kh_json_set_text(o, "folder", one->folder);
		kh_json_set_text(o, "name", one->name);
		kh_json_set_int(o, "kind", one->kind);
		set_hex(o, "serial", &one->serial);
		set_hex(o, "inode", &one->inode);
		kh_assert(json_array_append_new(list, o) == 0);
	}
	kh_auto_free char *text = kh_json_dump(j);
	return kh_file_replace(c->manifest, text, strlen(text), 0600);
}

/* ---- one file ---- */

static int open_folder(const char *path)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int open_file(int folder, const char *name, struct stat *ret)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode)))
		kh_fd_close(&fd);
	return fd;
}

bool kh_canary_is_intact(const struct kh_canary *c, int fd)
{
	kh_auto_buf struct kh_buf is = KH_BUF_INIT, should = KH_BUF_INIT;
	kh_canary_content(c->kind, c->serial, &should);
	return kh_file_read_fd(fd, c->name, MAX_CONTENT, &is) == 0 && is.len == should.len && memcmp(is.data, should.data, is.len) == 0;
}

static bool fill(int fd, const struct kh_canary *c, const struct stat *folder)
{
	kh_auto_buf struct kh_buf content = KH_BUF_INIT;
	int flags = 0;
	kh_canary_content(c->kind, c->serial, &content);
	bool good = write(fd, content.data, content.len) == (ssize_t)content.len;
	good = good && fchmod(fd, 0600 | (folder->st_mode & 0066)) == 0 && (geteuid() != 0 || fchown(fd, folder->st_uid, folder->st_gid) == 0);
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags |= FS_NODUMP_FL;
		kh_ignore(ioctl(fd, FS_IOC_SETFLAGS, &flags)); /* not every file system has it */
	}
	return good;
}

static bool make(int folder, struct kh_canary *c)
{
	struct stat of_folder = {0}, st = {0};
	kh_auto_fd int fd = fstat(folder, &of_folder) < 0 ? -1 : openat(folder, c->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	if (!fill(fd, c, &of_folder) || fstat(fd, &st) < 0) {
		unlinkat(folder, c->name, 0);
		return false;
	}
	c->inode = st.st_ino;
	return true;
}

/* What has our inode is ours even when somebody wrote into it. */
static bool is_ours(int folder, const struct kh_canary *c, bool *ret_intact)
{
	struct stat st = {0};
	kh_auto_fd int fd = open_file(folder, c->name, &st);
	*ret_intact = fd >= 0 && kh_canary_is_intact(c, fd);
	return fd >= 0 && (*ret_intact || (c->inode && st.st_ino == c->inode));
}

static void drop(const struct kh_canary *c)
{
	bool intact = false;
	kh_auto_fd int folder = open_folder(c->folder);
	if (folder >= 0 && is_ours(folder, c, &intact))
		unlinkat(folder, c->name, 0);
}

/* True when it is there afterwards. A stranger under its name is left alone. */
static bool renew(struct kh_canary *c)
{
	bool intact = false;
	kh_auto_fd int folder = open_folder(c->folder);
	if (folder < 0)
		return false;
	if (is_ours(folder, c, &intact) && !intact)
		unlinkat(folder, c->name, 0);
	if (intact)
		return true;
	return make(folder, c);
}

/* ---- all of them ---- */

const struct kh_canary *kh_canaries_find(const struct kh_canaries *c, const char *folder, const char *name)
{
	kh_array_each(&c->all, one)
		if (strcmp(one->name, name) == 0 && strcmp(one->folder, folder) == 0)
			return one;
	return NULL;
}

static bool is_folder(const char *path)
{
	kh_auto_fd int fd = path[0] == '/' && kh_utf8_is_valid(path, strlen(path)) ? open_folder(path) : -1;
	return fd >= 0;
}

static bool has_path(const glob_t *folders, const char *path)
{
	for (size_t i = 0; i < folders->gl_pathc; i++)
		if (kh_streq(folders->gl_pathv[i], path))
			return true;
	return false;
}

static void find_folders(const char *const *patterns, glob_t *ret)
{
	for (size_t i = 0; patterns && patterns[i]; i++)
		kh_ignore(glob(patterns[i], GLOB_NOSORT | (i ? GLOB_APPEND : 0), NULL, ret));
}

static void drop_unwanted(struct kh_canaries *c, const glob_t *folders, bool shown)
{
	size_t kept = 0;
	kh_array_each(&c->all, one) {
		if (has_path(folders, one->folder) && kh_streq(one->name, names[shown][one->kind])) {
			c->all.v[kept++] = *one;
			continue;
		}
		drop(one);
		canary_done(one);
	}
	c->all.n = kept;
}

static void add_missing(struct kh_canaries *c, const char *folder, bool shown)
{
	for (size_t kind = 0; kind < KH_CANARY_KINDS; kind++) {
		if (kh_canaries_find(c, folder, names[shown][kind]))
			continue;
		struct kh_canary one = {.folder = kh_strdup(folder), .name = kh_strdup(names[shown][kind]), .kind = (enum kh_canary_kind)kind};
		kh_random_bytes(&one.serial, sizeof one.serial);
		kh_array_push(&c->all, one);
	}
}

static void drop_unmade(struct kh_canaries *c)
{
	size_t kept = 0;
	kh_array_each(&c->all, one) {
		if (renew(one)) {
			c->all.v[kept++] = *one;
			continue;
		}
		canary_done(one);
	}
	c->all.n = kept;
}

int kh_canaries_place(struct kh_canaries *c, const char *const *patterns, bool shown)
{
	glob_t folders = {0};
	find_folders(patterns, &folders);
	drop_unwanted(c, &folders, shown);
	for (size_t i = 0; i < folders.gl_pathc && c->all.n < (size_t)KH_CANARY_MOST_FOLDERS * KH_CANARY_KINDS; i++)
		if (is_folder(folders.gl_pathv[i]))
			add_missing(c, folders.gl_pathv[i], shown);
	globfree(&folders);
	int r = save(c);
	if (r < 0)
		return r;
	drop_unmade(c);
	return save(c);
}

int kh_canaries_remove(struct kh_canaries *c)
{
	kh_array_each(&c->all, one) {
		drop(one);
		canary_done(one);
	}
	c->all.n = 0;
	return unlink(c->manifest) == 0 || errno == ENOENT ? 0 : kh_fail_errno("%s", c->manifest);
}
