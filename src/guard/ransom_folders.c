#include "guard/ransom_folders.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#ifndef FAN_MARK_IGNORE_SURV /* of Linux 6.0 */
#define FAN_MARK_IGNORE_SURV (0x00000400 | FAN_MARK_IGNORED_SURV_MODIFY)
#endif
#ifndef FAN_MARK_EVICTABLE /* of Linux 5.19 */
#define FAN_MARK_EVICTABLE 0x00000200
#endif

#define MAX_FILE_SYSTEMS 64
#define MAX_PLACES 4096
#define SLOTS 16384 /* of known folders, a power of two; half of them are used at most */
#define IGNORE_AFTER 32 /* reports: a mark is not free either */
#define MAX_MOUNTS (4 * KH_MIB)

struct kh_ransom_handle {
	size_t place; /* in file_systems */
	struct file_handle file;
};

struct file_system {
	dev_t dev;
	__kernel_fsid_t id;
	bool watched;
	char *path; /* of a folder in it */
	int fd;     /* of the same, while something happens there: open_by_handle_at() wants one, but it keeps the file system from being unmounted */
};

struct kh_ransom_folders {
	int fd;
	char **patterns, **exclude_patterns;
	KH_ARRAY(char *) roots;
	KH_ARRAY(char *) excludes;
	KH_ARRAY(struct file_system) file_systems;
	struct kh_ransom_folder *slots[SLOTS];
	size_t known;
	bool no_ignore; /* the kernel does not know such marks */
};

/* ---- lists of texts ---- */

static char **copy_list(const char *const *list)
{
	size_t n = 0;
	while (list && list[n])
		n++;
	char **copy = kh_alloc_array(n + 1, sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = kh_strdup(list[i]);
	return copy;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

#define clear_texts(array)                   \
	do {                                 \
		kh_array_each((array), text) \
			free(*text);         \
		kh_array_done(array);        \
	} while (0)

#define expand(array, patterns)                                                                               \
	do {                                                                                                  \
		glob_t found = {0};                                                                           \
		for (size_t i_ = 0; (patterns)[i_]; i_++)                                                     \
			kh_ignore(glob((patterns)[i_], GLOB_NOSORT | (i_ ? GLOB_APPEND : 0), NULL, &found)); \
		for (size_t i_ = 0; i_ < found.gl_pathc && (array)->n < MAX_PLACES; i_++)                     \
			kh_array_push((array), canonical(found.gl_pathv[i_]));                                \
		globfree(&found);                                                                             \
	} while (0)

/* As the kernel will call it. */
static char *canonical(const char *path)
{
	char *real = realpath(path, NULL);
	return real ? real : kh_strdup(path);
}

/* "/" is above all. */
static const char *below(const char *path, const char *root)
{
	size_t n = kh_streq(root, "/") ? 0 : strlen(root);
	return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

static bool is_watched(const struct kh_ransom_folders *f, const char *path)
{
	kh_array_each(&f->excludes, exclude)
		if (below(path, *exclude))
			return false;
	kh_array_each(&f->roots, root) {
		const char *rest = below(path, *root);
		if (rest && !strstr(rest, "/."))
			return true;
	}
	return false;
}

/* ---- file systems ---- */

static struct file_system *of_device(struct kh_ransom_folders *f, dev_t dev)
{
	kh_array_each(&f->file_systems, fs)
		if (fs->dev == dev)
			return fs;
	return f->file_systems.n < MAX_FILE_SYSTEMS ? kh_array_push(&f->file_systems, ((struct file_system){.dev = dev, .fd = -1})) : NULL;
}

/* Again each time: what was unmounted and mounted again has lost its mark. */
static void add_file_system(struct kh_ransom_folders *f, const char *path)
{
	struct stat st = {0};
	struct statfs about = {0};
	kh_auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	struct file_system *fs = fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &about) < 0 ? NULL : of_device(f, st.st_dev);
	if (!fs)
		return;
	memcpy(&fs->id, &about.f_fsid, sizeof fs->id);
	fs->watched = fanotify_mark(f->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, KH_RANSOM_MASK | FAN_ONDIR, fd, NULL) == 0;
	free(fs->path);
	fs->path = kh_strdup(path);
}

static int open_file_system(struct file_system *fs)
{
	if (fs->fd < 0)
		fs->fd = open(fs->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	return fs->fd;
}

bool kh_ransom_folders_rest(struct kh_ransom_folders *f)
{
	bool some = false;
	kh_array_each(&f->file_systems, fs) {
		some = some || fs->fd >= 0;
		kh_fd_close(&fs->fd);
		fs->fd = -1;
	}
	return some;
}

/* Their servers may hang, and report nothing of what others do. */
static bool is_remote(const char *type)
{
	static const char *const remote[] = {"nfs", "cifs", "smb", "ceph", "9p", "afs", "autofs", "fuse."};
	for (size_t i = 0; i < KH_COUNT(remote); i++)
		if (kh_starts_with(type, remote[i]))
			return true;
	return false;
}

/* What is mounted below a place: the fifth field of each line, with blanks as \040; the type stands behind " - " (proc(5)). */
static void add_mounts(struct kh_ransom_folders *f)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_file_read("/proc/self/mountinfo", MAX_MOUNTS, &text) < 0)
		return;
	char *rest = text.data;
	for (char *line = NULL; (line = kh_split(&rest, "\n"));) {
		const char *type = strstr(line, " - ");
		bool remote = !type || is_remote(type + 3);
		char *point = NULL;
		for (int field = 0; field < 5; field++)
			point = kh_split(&line, " ");
		for (char *at = point; at && (at = strstr(at, "\\040")); at++) {
			*at = ' ';
			memmove(at + 1, at + 4, strlen(at + 4) + 1);
		}
		if (point && !remote && is_watched(f, point))
			add_file_system(f, point);
	}
}

void kh_ransom_folders_refresh(struct kh_ransom_folders *f)
{
	kh_ransom_folders_forget(f);
	clear_texts(&f->roots);
	clear_texts(&f->excludes);
	expand(&f->roots, f->patterns);
	expand(&f->excludes, f->exclude_patterns);
	kh_array_each(&f->roots, root)
		add_file_system(f, *root);
	add_mounts(f);
}

struct kh_ransom_folders_state kh_ransom_folders_state(const struct kh_ransom_folders *f)
{
	struct kh_ransom_folders_state state = {0};
	kh_array_each(&f->file_systems, fs)
		*(fs->watched ? &state.file_systems : &state.refused) += 1;
	return state;
}

/* ---- folders ---- */

static uint64_t hash_of(const struct file_handle *h, const __kernel_fsid_t *id)
{
	uint64_t hash = 0xcbf29ce484222325 ^ (uint64_t)(unsigned)h->handle_type; /* FNV-1a */
	for (size_t i = 0; i < sizeof *id; i++)
		hash = (hash ^ ((const uint8_t *)id)[i]) * 0x100000001b3;
	for (size_t i = 0; i < h->handle_bytes; i++)
		hash = (hash ^ h->f_handle[i]) * 0x100000001b3;
	return hash;
}

static struct kh_ransom_handle *copy_handle(const struct file_handle *h, size_t place)
{
	struct kh_ransom_handle *copy = kh_alloc(sizeof *copy + h->handle_bytes);
	copy->place = place;
	memcpy(&copy->file, h, sizeof *h + h->handle_bytes);
	return copy;
}

static bool is_handle(const struct kh_ransom_folder *folder, uint64_t hash, size_t place, const struct file_handle *h)
{
	const struct kh_ransom_handle *own = folder->handle;
	return folder->hash == hash && own->place == place && own->file.handle_type == h->handle_type && own->file.handle_bytes == h->handle_bytes &&
	       memcmp(own->file.f_handle, h->f_handle, h->handle_bytes) == 0;
}

int kh_ransom_folder_open(struct kh_ransom_folders *f, const struct kh_ransom_folder *folder)
{
	return open_by_handle_at(open_file_system(&f->file_systems.v[folder->handle->place]), &folder->handle->file, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static char *path_of(int fd)
{
	char link[32], path[KH_MAX_PATH + 1] = "";
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	return n > 0 && path[0] == '/' ? kh_strndup(path, (size_t)n) : NULL;
}

/* Renames stay reported: one that brings a folder into a place must be seen. */
static void ignore(struct kh_ransom_folders *f, const struct kh_ransom_folder *folder)
{
	char link[32];
	kh_auto_fd int fd = f->no_ignore ? -1 : kh_ransom_folder_open(f, folder);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (fd >= 0 && fanotify_mark(f->fd, FAN_MARK_ADD | FAN_MARK_IGNORE_SURV | FAN_MARK_EVICTABLE, (KH_RANSOM_MASK & ~FAN_RENAME) | FAN_EVENT_ON_CHILD, AT_FDCWD, link) < 0)
		f->no_ignore = errno == EINVAL;
}

static size_t slot_of(const struct kh_ransom_folders *f, uint64_t hash, size_t place, const struct file_handle *h)
{
	size_t i = hash & (SLOTS - 1);
	while (f->slots[i] && !is_handle(f->slots[i], hash, place, h))
		i = (i + 1) & (SLOTS - 1);
	return i;
}

static struct kh_ransom_folder *learn(struct kh_ransom_folders *f, uint64_t hash, size_t place, const struct file_handle *h)
{
	struct kh_ransom_folder *folder = kh_alloc(sizeof *folder);
	*folder = (struct kh_ransom_folder){.hash = hash, .handle = copy_handle(h, place)};
	kh_auto_fd int fd = kh_ransom_folder_open(f, folder);
	kh_auto_free char *path = fd >= 0 ? path_of(fd) : NULL;
	if (path && is_watched(f, path))
		folder->path = kh_take(path);
	f->slots[slot_of(f, hash, place, h)] = folder;
	f->known++;
	return folder;
}

struct kh_ransom_folder *kh_ransom_folders_find(struct kh_ransom_folders *f, const struct fanotify_event_info_fid *info, bool *ret_new)
{
	const struct file_handle *h = (const struct file_handle *)(const void *)info->handle;
	size_t place = 0;
	while (place < f->file_systems.n && memcmp(&f->file_systems.v[place].id, &info->fsid, sizeof info->fsid) != 0)
		place++;
	if (place == f->file_systems.n)
		return NULL;
	uint64_t hash = hash_of(h, &info->fsid);
	struct kh_ransom_folder *folder = f->slots[slot_of(f, hash, place, h)];
	*ret_new = !folder;
	if (!folder)
		folder = learn(f, hash, place, h);
	if (!folder->path && ++folder->reported == IGNORE_AFTER)
		ignore(f, folder);
	return folder;
}

void kh_ransom_folders_make_room(struct kh_ransom_folders *f)
{
	if (f->known + 2 > SLOTS / 2)
		kh_ransom_folders_forget(f);
}

void kh_ransom_folders_forget(struct kh_ransom_folders *f)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (!f->slots[i])
			continue;
		free(f->slots[i]->path);
		free(f->slots[i]->handle);
		free(f->slots[i]);
		f->slots[i] = NULL;
	}
	f->known = 0;
	kh_ignore(fanotify_mark(f->fd, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL)); /* the ignore marks */
}

/* ---- all ---- */

int kh_ransom_folders_new(const char *const *places, const char *const *excludes, struct kh_ransom_folders **ret)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (fd < 0)
		return errno == EINVAL || errno == ENOSYS ? kh_fail(KH_E_NOT_SUPPORTED, "this kernel does not report changes by folder and name (Linux 5.17)") : kh_fail_errno("fanotify");
	struct kh_ransom_folders *f = kh_alloc(sizeof *f);
	f->fd = fd;
	f->patterns = copy_list(places);
	f->exclude_patterns = copy_list(excludes);
	kh_ransom_folders_refresh(f);
	*ret = f;
	return 0;
}

void kh_ransom_folders_free(struct kh_ransom_folders *f)
{
	if (!f)
		return;
	kh_ransom_folders_forget(f);
	clear_texts(&f->roots);
	clear_texts(&f->excludes);
	kh_array_each(&f->file_systems, fs) {
		kh_fd_close(&fs->fd);
		free(fs->path);
	}
	kh_array_done(&f->file_systems);
	free_list(f->patterns);
	free_list(f->exclude_patterns);
	kh_fd_close(&f->fd);
	free(f);
}

int kh_ransom_folders_fd(const struct kh_ransom_folders *f)
{
	return f->fd;
}
