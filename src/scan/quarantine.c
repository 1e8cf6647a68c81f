#include "scan/quarantine.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "os/file.h"
#include "scan/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, SEALED_PIECE = PIECE + crypto_secretstream_xchacha20poly1305_ABYTES, MAX_MANIFEST = 64 * 1024 };
static const char magic[4] = "KHQ1";
enum { START = sizeof magic + crypto_secretstream_xchacha20poly1305_HEADERBYTES }; /* of the content file, before the first piece */

struct kh_quarantine {
	char *folder;
	int fd;
	uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
};

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
	if (r == 0)
		*ret = kh_take(q);
	return r;
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

/* ---- small steps ---- */

static int write_all(int fd, const void *bytes, size_t n)
{
	for (const uint8_t *p = bytes; n > 0;) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kh_fail_errno("writing");
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Reads until n bytes or the end. */
static int read_at(int fd, void *bytes, size_t n, uint64_t at, size_t *ret_n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t done = pread(fd, (uint8_t *)bytes + got, n - got, (off_t)(at + got));
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kh_fail_errno("reading");
		if (done == 0)
			break;
		got += (size_t)done;
	}
	*ret_n = got;
	return 0;
}

static void name_of(const char *id, const char *ending, char out[KH_UUID_SIZE + 8])
{
	snprintf(out, KH_UUID_SIZE + 8, "%.36s.%s", id, ending);
}

static void remove_entry(const struct kh_quarantine *q, const char *id)
{
	char name[KH_UUID_SIZE + 8];
	static const char *const endings[] = {"json", "khq"};
	for (size_t i = 0; i < KH_COUNT(endings); i++) {
		name_of(id, endings[i], name);
		unlinkat(q->fd, name, 0);
	}
	fsync(q->fd);
}

/* ---- taking a file in ---- */

/* Whether the name still leads to the open file, by that name only. */
static int check_same(const struct kh_quarantine_file *f, struct stat *ret)
{
	struct stat open_file, named;
	if (fstat(f->fd, &open_file) < 0)
		return kh_fail_errno("%s", f->path);
	if (!S_ISREG(open_file.st_mode))
		return kh_fail(KH_E_NOT_QUARANTINABLE, "%s is no regular file", f->path);
	if (fstatat(f->dir_fd, f->name, &named, AT_SYMLINK_NOFOLLOW) < 0 || named.st_dev != open_file.st_dev || named.st_ino != open_file.st_ino)
		return kh_fail(KH_E_FILE_CHANGED, "%s is not the file that was scanned any more", f->path);
	if (open_file.st_nlink != 1)
		return kh_fail(KH_E_NOT_QUARANTINABLE, "%s has %lu names (hard links): removing one would not remove the file", f->path,
			       (unsigned long)open_file.st_nlink);
	*ret = open_file;
	return 0;
}

/* Encrypts the file into `to`, hashing what it reads. */
static int encrypt(const struct kh_quarantine *q, const char *id, const struct kh_quarantine_file *f, uint64_t size, int to)
{
	crypto_secretstream_xchacha20poly1305_state stream;
	uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES], hash[KH_SHA256_SIZE];
	kh_auto_free uint8_t *plain = kh_alloc(PIECE), *sealed = kh_alloc(SEALED_PIECE);
	struct kh_sha256 sum;
	kh_sha256_init(&sum);
	crypto_secretstream_xchacha20poly1305_init_push(&stream, header, q->key);
	int r = write_all(to, magic, sizeof magic);
	if (r == 0)
		r = write_all(to, header, sizeof header);
	for (uint64_t at = 0; r == 0 && at <= size;) {
		size_t n = 0;
		r = read_at(f->fd, plain, PIECE, at, &n);
		if (r < 0)
			return r;
		kh_sha256_add(&sum, plain, n);
		bool last = n < PIECE;
		crypto_secretstream_xchacha20poly1305_push(&stream, sealed, NULL, plain, n, (const uint8_t *)id, at ? 0 : strlen(id),
							   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
		r = write_all(to, sealed, n + crypto_secretstream_xchacha20poly1305_ABYTES);
		at += n;
		if (last)
			break;
	}
	kh_sha256_final(&sum, hash);
	if (r == 0 && memcmp(hash, f->sha256, sizeof hash) != 0)
		return kh_fail(KH_E_FILE_CHANGED, "%s has changed since it was scanned", f->path);
	return r;
}

static int keep_content(const struct kh_quarantine *q, const char *id, const struct kh_quarantine_file *f, uint64_t size)
{
	char name[KH_UUID_SIZE + 8];
	name_of(id, "khq", name);
	kh_auto_fd int to = openat(q->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return kh_fail_errno("%s/%s", q->folder, name);
	int r = encrypt(q, id, f, size, to);
	if (r == 0 && fsync(to) < 0)
		r = kh_fail_errno("%s/%s", q->folder, name);
	return r;
}

static json_t *detections_of(const struct kh_quarantine_file *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < f->detection_count; i++) {
		json_t *d = json_object();
		kh_json_set_text(d, "engine", f->detections[i].engine);
		kh_json_set_text(d, "rule", f->detections[i].rule);
		kh_json_set_text(d, "member", f->detections[i].member);
		json_array_append_new(list, d);
	}
	return list;
}

static char *manifest_of(const char *id, const struct kh_quarantine_file *f, const struct stat *st)
{
	kh_auto_json json_t *m = json_object();
	kh_auto_free char *bytes = kh_base64_text(f->path, strlen(f->path));
	char hex[KH_SHA256_HEX_SIZE];
	kh_json_set_int(m, "version", 1);
	kh_json_set_text(m, "id", id);
	kh_json_set_text(m, "path", f->path);
	kh_json_set_text(m, "path_bytes", bytes);
	kh_json_set_int(m, "uid", st->st_uid);
	kh_json_set_int(m, "gid", st->st_gid);
	kh_json_set_int(m, "mode", st->st_mode & 07777);
	kh_json_set_int(m, "size", st->st_size);
	kh_json_set_int(m, "mtime_s", st->st_mtim.tv_sec);
	kh_json_set_int(m, "mtime_ns", st->st_mtim.tv_nsec);
	kh_json_set_int(m, "atime_s", st->st_atim.tv_sec);
	kh_json_set_int(m, "atime_ns", st->st_atim.tv_nsec);
	kh_json_set_text(m, "sha256", kh_sha256_hex(f->sha256, hex));
	json_object_set_new(m, "detections", detections_of(f));
	kh_json_set_int(m, "quarantined_ms", kh_now_ms());
	return kh_json_dump(m);
}

static int keep_manifest(const struct kh_quarantine *q, const char *id, const struct kh_quarantine_file *f, const struct stat *st)
{
	kh_auto_free char *text = manifest_of(id, f, st);
	kh_auto_free char *path = kh_format("%s/%s.json", q->folder, id);
	return kh_file_create(path, text, strlen(text), 0600);
}

/* The folder's descriptor may be one that cannot be synced (O_PATH). A file system that cannot sync a folder is no reason to fail. */
static void sync_folder(int dir_fd)
{
	kh_auto_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}

/* Removes the name. Between the last look and the removal somebody may still have exchanged it, but only who may remove files there anyway; that
 * the scanned file is gone is what is checked after. */
static int remove_original(const struct kh_quarantine_file *f)
{
	struct stat st;
	int r = check_same(f, &st);
	if (r < 0)
		return r;
	if (unlinkat(f->dir_fd, f->name, 0) < 0)
		return kh_fail_errno("removing %s", f->path);
	sync_folder(f->dir_fd);
	if (fstat(f->fd, &st) == 0 && st.st_nlink > 0)
		return kh_fail(KH_E_FILE_CHANGED, "%s was given another name meanwhile; the file is still there", f->path);
	return 0;
}

int kh_quarantine_add(struct kh_quarantine *q, const struct kh_quarantine_file *f, char ret_id[KH_UUID_SIZE])
{
	struct stat st;
	char id[KH_UUID_SIZE];
	kh_random_uuid(id);
	int r = check_same(f, &st);
	if (r < 0)
		return r;
	r = keep_content(q, id, f, (uint64_t)st.st_size);
	if (r == 0)
		r = keep_manifest(q, id, f, &st);
	if (r == 0)
		r = remove_original(f);
	if (r < 0) {
		remove_entry(q, id);
		return r;
	}
	memcpy(ret_id, id, sizeof id);
	return 0;
}

/* ---- listing ---- */

static void entry_done(struct kh_quarantine_entry *e)
{
	free(e->path);
	free(e->rule);
	*e = (struct kh_quarantine_entry){0};
}

void kh_quarantine_list_done(struct kh_quarantine_list *list)
{
	kh_array_each(list, e)
		entry_done(e);
	kh_array_done(list);
}

static int get_unsigned(const json_t *m, const char *key, unsigned *ret)
{
	int64_t v = 0;
	int r = kh_json_int(m, key, 0, UINT32_MAX, &v);
	*ret = (unsigned)v;
	return r;
}

static int get_path(const json_t *m, char **ret)
{
	const char *encoded = NULL;
	int r = kh_json_text(m, "path_bytes", &encoded);
	if (r < 0)
		return r;
	char *path = kh_alloc(KH_MAX_PATH * 4 + 1);
	size_t n = 0;
	if (!kh_base64_read(encoded, path, KH_MAX_PATH * 4, &n) || n == 0 || path[0] != '/' || memchr(path, 0, n)) {
		free(path);
		return kh_fail(KH_E_INVALID_FIELD, "field \"path_bytes\": expected an absolute path");
	}
	*ret = path;
	return 0;
}

static int get_numbers(const json_t *m, struct kh_quarantine_entry *e)
{
	int64_t size = 0;
	int r = kh_json_int(m, "size", 0, INT64_MAX, &size);
	const struct {
		const char *key;
		int64_t *value;
	} times[] = {{"mtime_s", &e->mtime_s},   {"mtime_ns", &e->mtime_ns},           {"atime_s", &e->atime_s},
		     {"atime_ns", &e->atime_ns}, {"quarantined_ms", &e->quarantined_ms}};
	for (size_t i = 0; i < KH_COUNT(times) && r == 0; i++)
		r = kh_json_int(m, times[i].key, kh_ends_with(times[i].key, "_ns") ? 0 : INT64_MIN,
				kh_ends_with(times[i].key, "_ns") ? 999999999 : INT64_MAX, times[i].value);
	if (r == 0)
		r = get_unsigned(m, "uid", &e->uid);
	if (r == 0)
		r = get_unsigned(m, "gid", &e->gid);
	if (r == 0)
		r = get_unsigned(m, "mode", &e->mode);
	e->size = (uint64_t)size;
	return r;
}

static int parse_manifest(const json_t *m, const char *id, struct kh_quarantine_entry *e)
{
	const char *said = NULL, *hex = NULL;
	int r = kh_json_text(m, "id", &said);
	if (r == 0 && strcmp(said, id) != 0)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"id\": expected %s", id);
	if (r == 0)
		r = get_path(m, &e->path);
	if (r == 0)
		r = get_numbers(m, e);
	if (r == 0)
		r = kh_json_text(m, "sha256", &hex);
	if (r == 0 && !kh_unhex(hex, e->sha256, sizeof e->sha256))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"sha256\": expected 64 hex digits");
	snprintf(e->id, sizeof e->id, "%s", id);
	e->rule = kh_strdup(json_string_value(json_object_get(json_array_get(json_object_get(m, "detections"), 0), "rule")));
	return r;
}

static bool is_id(const char *s)
{
	return strlen(s) == KH_UUID_SIZE - 1 && strspn(s, "0123456789abcdef-") == KH_UUID_SIZE - 1;
}

static int read_entry(const struct kh_quarantine *q, const char *id, struct kh_quarantine_entry *ret)
{
	if (!is_id(id))
		return kh_fail(KH_E_NOT_FOUND, "%s is not the name of a quarantined file", id);
	kh_auto_free char *path = kh_format("%s/%s.json", q->folder, id);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_json json_t *m = NULL;
	int r = kh_file_read(path, MAX_MANIFEST, &b);
	if (r == 0)
		r = kh_json_parse(kh_buf_text(&b), b.len, &m);
	if (r == 0)
		r = parse_manifest(m, id, ret);
	if (r < 0)
		entry_done(ret);
	return r < 0 ? kh_fail_in(r, "%s", path) : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct kh_quarantine_entry *x = a, *y = b;
	return (x->quarantined_ms > y->quarantined_ms) - (x->quarantined_ms < y->quarantined_ms);
}

int kh_quarantine_list(struct kh_quarantine *q, struct kh_quarantine_list *ret)
{
	DIR *d = opendir(q->folder);
	if (!d)
		return kh_fail_errno("%s", q->folder);
	*ret = (struct kh_quarantine_list){0};
	for (const struct dirent *e = NULL; (e = readdir(d)) != NULL;) {
		char id[KH_UUID_SIZE] = "";
		struct kh_quarantine_entry entry = {0};
		if (strlen(e->d_name) != KH_UUID_SIZE - 1 + strlen(".json") || !kh_ends_with(e->d_name, ".json"))
			continue;
		memcpy(id, e->d_name, sizeof id - 1);
		if (read_entry(q, id, &entry) == 0)
			kh_array_push(ret, entry);
		else
			ret->damaged++;
	}
	closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof *ret->v, by_time);
	return 0;
}

/* ---- giving a file back ---- */

static int tampered(const struct kh_quarantine_entry *e)
{
	return kh_fail(KH_E_SIGNATURE_INVALID, "the kept content of %s is damaged or was tampered with", e->id);
}

static int decrypt_pieces(const struct kh_quarantine_entry *e, crypto_secretstream_xchacha20poly1305_state *stream, int from, int to)
{
	kh_auto_free uint8_t *plain = kh_alloc(PIECE), *sealed = kh_alloc(SEALED_PIECE);
	uint8_t tag = 0, hash[KH_SHA256_SIZE];
	struct kh_sha256 sum;
	kh_sha256_init(&sum);
	for (uint64_t at = START; tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL;) {
		size_t n = 0, id_n = at == START ? strlen(e->id) : 0;
		unsigned long long plain_n = 0;
		int r = read_at(from, sealed, SEALED_PIECE, at, &n);
		if (r < 0)
			return r;
		if (crypto_secretstream_xchacha20poly1305_pull(stream, plain, &plain_n, &tag, sealed, n, (const uint8_t *)e->id, id_n) != 0)
			return tampered(e);
		at += n;
		kh_sha256_add(&sum, plain, plain_n);
		r = write_all(to, plain, plain_n);
		if (r < 0)
			return r;
	}
	kh_sha256_final(&sum, hash);
	return memcmp(hash, e->sha256, sizeof hash) == 0 ? 0 : tampered(e);
}

static int decrypt(const struct kh_quarantine *q, const struct kh_quarantine_entry *e, int to)
{
	char name[KH_UUID_SIZE + 8];
	uint8_t start[START];
	crypto_secretstream_xchacha20poly1305_state stream;
	size_t n = 0;
	name_of(e->id, "khq", name);
	kh_auto_fd int from = openat(q->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return kh_fail_errno("%s/%s", q->folder, name);
	int r = read_at(from, start, sizeof start, 0, &n);
	if (r < 0)
		return r;
	if (n != sizeof start || memcmp(start, magic, sizeof magic) != 0 ||
	    crypto_secretstream_xchacha20poly1305_init_pull(&stream, start + sizeof magic, q->key) != 0)
		return tampered(e);
	return decrypt_pieces(e, &stream, from, to);
}

/* Owner before rights: a change of owner clears set-uid. Times last. */
static int restore_metadata(const struct kh_quarantine_entry *e, int fd)
{
	const struct timespec times[2] = {{e->atime_s, e->atime_ns}, {e->mtime_s, e->mtime_ns}};
	if (fchown(fd, e->uid, e->gid) < 0)
		return kh_fail_errno("giving %s back to user %u", e->path, e->uid);
	if (fchmod(fd, e->mode & 07777) < 0 || futimens(fd, times) < 0 || fsync(fd) < 0)
		return kh_fail_errno("%s", e->path);
	return 0;
}

/* The folder by its path, with no symbolic link on the way: what was taken from there goes back there and nowhere else. */
static int open_folder(const char *path, int *ret_fd)
{
	const char *slash = strrchr(path, '/');
	kh_auto_free char *folder = kh_strndup(path, (size_t)KH_MAX(slash - path, (ptrdiff_t)1));
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	long fd = syscall(SYS_openat2, AT_FDCWD, folder, &how, sizeof how);
	if (fd < 0)
		return kh_fail_errno("%s", folder);
	*ret_fd = (int)fd;
	return 0;
}

static int put_back(const struct kh_quarantine *q, const struct kh_quarantine_entry *e, int dir_fd, const char *name)
{
	kh_auto_free char *temporary = kh_format(".khien-restore-%s", e->id);
	kh_auto_fd int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", temporary);
	int r = decrypt(q, e, fd);
	if (r == 0)
		r = restore_metadata(e, fd);
	if (r == 0 && renameat2(dir_fd, temporary, dir_fd, name, RENAME_NOREPLACE) < 0)
		r = kh_fail_errno("%s", name);
	if (r < 0)
		unlinkat(dir_fd, temporary, 0);
	else
		fsync(dir_fd);
	return r;
}

int kh_quarantine_restore(struct kh_quarantine *q, const char *id, const char *to)
{
	struct kh_quarantine_entry e = {0};
	int r = read_entry(q, id, &e);
	if (r < 0)
		return r;
	const char *path = to ? to : e.path;
	kh_auto_fd int dir_fd = -1;
	r = path[0] == '/' && !kh_ends_with(path, "/") ? open_folder(path, &dir_fd) : kh_fail(KH_E_USAGE, "%s is not the absolute path of a file", path);
	if (r == 0)
		r = put_back(q, &e, dir_fd, strrchr(path, '/') + 1);
	if (r == 0)
		remove_entry(q, id);
	entry_done(&e);
	return r;
}
