/* The folder, its key, the names in it, and looking things up. */
#include "scan/quarantine/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "scan/quarantine/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder and its key ---- */

static int check_private(const struct kh_quarantine *q)
{
	struct stat st;
	if (fstat(q->fd, &st) < 0)
		return kh_fail_errno("%s", q->folder);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return kh_fail(KH_E_PERMISSION, "%s must belong to the user who runs this, and be closed to others (mode 0700)", q->folder);
	return 0;
}

static int read_key(struct kh_quarantine *q)
{
	kh_auto_free char *path = kh_format("%s/key", q->folder);
	uint8_t fresh[sizeof q->key];
	kh_random_bytes(fresh, sizeof fresh);
	int r = kh_file_exists(path) ? 0 : kh_file_create(path, fresh, sizeof fresh, 0600);
	sodium_memzero(fresh, sizeof fresh);
	if (r < 0 && r != KH_E_EXISTS) /* another process may have been first */
		return r;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	r = kh_file_read(path, 4096, &b);
	if (r == 0 && b.len != sizeof q->key)
		r = kh_fail(KH_E_CRYPTO, "%s: %zu bytes; expected %zu", path, b.len, sizeof q->key);
	if (r == 0)
		memcpy(q->key, b.data, sizeof q->key);
	if (b.data)
		sodium_memzero(b.data, b.len);
	return r;
}

/* What stands above it is not private: other things may be kept there. */
static int make_folder(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	kh_auto_free char *above = kh_strndup(folder, slash ? (size_t)(slash - folder) : 0);
	int r = *above ? kh_dir_make(above, 0755) : 0;
	return r < 0 ? r : kh_dir_make(folder, 0700);
}

int kh_quarantine_open(const char *folder, struct kh_quarantine **ret)
{
	kh_auto_quarantine struct kh_quarantine *q = kh_alloc(sizeof *q);
	q->folder = kh_strdup(folder);
	q->fd = -1;
	if (sodium_init() < 0)
		return kh_fail(KH_E_CRYPTO, "libsodium does not start");
	int r = make_folder(folder);
	if (r < 0)
		return r;
	q->fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (q->fd < 0)
		return kh_fail_errno("%s", folder);
	r = check_private(q);
	if (r == 0)
		r = read_key(q);
	if (r < 0)
		return r;
	kh_ignore(kh_quarantine_tidy(q)); /* what cannot be tidied now is tidied another time */
	*ret = kh_take(q);
	return 0;
}

void kh_quarantine_close(struct kh_quarantine *q)
{
	if (!q)
		return;
	kh_fd_close(&q->fd);
	sodium_memzero(q->key, sizeof q->key);
	free(q->folder);
	free(q);
}

const char *kh_quarantine_folder(const struct kh_quarantine *q)
{
	return q->folder;
}

int kh_quarantine_sync(int dir_fd)
{
	kh_auto_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS))
		return kh_fail_errno("a folder");
	return 0;
}

/* ---- entries ---- */

const char *kh_quarantine_name(const char *id, const char *ending, char ret[KH_QUARANTINE_NAME_SIZE])
{
	snprintf(ret, KH_QUARANTINE_NAME_SIZE, "%.36s.%.6s", id, ending);
	return ret;
}

bool kh_quarantine_is_id(const char *s)
{
	return strlen(s) == KH_UUID_SIZE - 1 && strspn(s, "0123456789abcdef-") == KH_UUID_SIZE - 1;
}

int kh_quarantine_lock(const struct kh_quarantine *q, const char *id, int *ret_fd)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	struct stat st;
	kh_auto_fd int fd = openat(q->fd, kh_quarantine_name(id, KH_QUARANTINE_CONTENT, name), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s/%s", q->folder, name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? kh_fail(KH_E_IN_USE, "another process is working on %s", id) : kh_fail_errno("%s/%s", q->folder, name);
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return kh_fail(KH_E_NOT_FOUND, "%s was removed meanwhile", id);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int kh_quarantine_read_as(const struct kh_quarantine *q, const char *id, const char *ending, struct kh_quarantine_entry *ret)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_fd int fd = openat(q->fd, kh_quarantine_name(id, ending, name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? kh_fail(KH_E_NOT_FOUND, "%s is not the name of a quarantined file", id) : kh_fail_errno("%s/%s", q->folder, name);
	int r = kh_file_read_fd(fd, name, KH_QUARANTINE_MAX_MANIFEST, &b);
	r = r < 0 ? r : kh_manifest_parse(kh_buf_text(&b), b.len, id, ret);
	return r < 0 ? kh_fail_in(r, "%s/%s", q->folder, name) : 0;
}

int kh_quarantine_read(const struct kh_quarantine *q, const char *id, struct kh_quarantine_entry *ret)
{
	if (!kh_quarantine_is_id(id))
		return kh_fail(KH_E_NOT_FOUND, "%s is not the name of a quarantined file", id);
	return kh_quarantine_read_as(q, id, KH_QUARANTINE_KEPT, ret);
}

int kh_quarantine_turn(const struct kh_quarantine *q, const char *id, const char *from, const char *to)
{
	char old[KH_QUARANTINE_NAME_SIZE], new[KH_QUARANTINE_NAME_SIZE];
	if (renameat(q->fd, kh_quarantine_name(id, from, old), q->fd, kh_quarantine_name(id, to, new)) < 0)
		return kh_fail_errno("%s/%s", q->folder, old);
	return kh_quarantine_sync(q->fd);
}

static int remove_part(const struct kh_quarantine *q, const char *id, const char *ending)
{
	char name[KH_QUARANTINE_NAME_SIZE];
	int r = unlinkat(q->fd, kh_quarantine_name(id, ending, name), 0);
	return r < 0 && errno != ENOENT ? kh_fail_errno("%s/%s", q->folder, name) : 0;
}

/* In this order, what is left of it when it is cut off is nothing that looks whole, and shows that there is something to tidy. */
int kh_quarantine_forget(const struct kh_quarantine *q, const char *id, int content)
{
	int r = remove_part(q, id, KH_QUARANTINE_TAKING);
	r = r < 0 ? r : remove_part(q, id, KH_QUARANTINE_KEPT);
	r = r < 0 || content < 0 ? r : kh_seal_destroy(content);
	r = r < 0 ? r : remove_part(q, id, KH_QUARANTINE_CONTENT);
	r = r < 0 ? r : remove_part(q, id, KH_QUARANTINE_GONE);
	return r < 0 ? r : kh_quarantine_sync(q->fd);
}

/* ---- listing ---- */

void kh_quarantine_list_done(struct kh_quarantine_list *list)
{
	kh_array_each(list, e)
		kh_quarantine_entry_done(e);
	kh_array_done(list);
}

/* The next id in the folder that is kept; false at the end. */
static bool next_id(DIR *d, char ret_id[KH_UUID_SIZE])
{
	for (const struct dirent *e = NULL; (e = readdir(d)) != NULL;) {
		if (strlen(e->d_name) != KH_UUID_SIZE - 1 + strlen(".json") || !kh_ends_with(e->d_name, ".json"))
			continue;
		snprintf(ret_id, KH_UUID_SIZE, "%.36s", e->d_name);
		if (kh_quarantine_is_id(ret_id))
			return true;
	}
	return false;
}

static int by_time(const void *a, const void *b)
{
	const struct kh_quarantine_entry *x = a, *y = b;
	return (x->quarantined_ms > y->quarantined_ms) - (x->quarantined_ms < y->quarantined_ms);
}

int kh_quarantine_list(struct kh_quarantine *q, struct kh_quarantine_list *ret)
{
	DIR *d = opendir(q->folder);
	char id[KH_UUID_SIZE];
	if (!d)
		return kh_fail_errno("%s", q->folder);
	*ret = (struct kh_quarantine_list){0};
	while (next_id(d, id)) {
		struct kh_quarantine_entry entry = {0};
		int r = kh_quarantine_read(q, id, &entry);
		if (r == 0)
			kh_array_push(ret, entry);
		else if (r != KH_E_NOT_FOUND) /* that was deleted meanwhile */
			ret->damaged++;
	}
	closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof *ret->v, by_time);
	return 0;
}

int kh_quarantine_find(struct kh_quarantine *const *q, size_t n, const char *prefix, struct kh_quarantine **ret, char ret_id[KH_UUID_SIZE])
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		char id[KH_UUID_SIZE];
		DIR *d = opendir(q[i]->folder);
		if (!d)
			return kh_fail_errno("%s", q[i]->folder);
		while (next_id(d, id))
			if (*prefix && kh_starts_with(id, prefix) && ++found) {
				*ret = q[i];
				memcpy(ret_id, id, KH_UUID_SIZE);
			}
		closedir(d);
	}
	if (found > 1)
		return kh_fail(KH_E_AMBIGUOUS, "%zu quarantined files have an id that begins with %s", found, prefix);
	return found ? 0 : kh_fail(KH_E_NOT_FOUND, "%s is not the name of a quarantined file", prefix);
}
