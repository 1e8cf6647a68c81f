#include "server/backup.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "server/files.h"
#include "server/register/proof.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const kh_backup_files[] = {
	KH_FILE_DATABASE, KH_FILE_CA, KH_FILE_CA_KEY, KH_FILE_CERTIFICATE, KH_FILE_KEY, KH_FILE_ORDER_KEY, KH_FILE_HEADS, NULL,
};

/* A directory beside the backup in which it is put together; goes with all that is in it. */
struct staging {
	char *dir;
};

static void staging_done(struct staging *s)
{
	if (!s->dir)
		return;
	for (const char *const *file = kh_backup_files; *file; file++) {
		kh_auto_free char *path = kh_data_path(s->dir, *file);
		unlink(path);
	}
	kh_auto_free char *archive = kh_data_path(s->dir, "archive");
	unlink(archive);
	rmdir(s->dir);
	free(s->dir);
}

static int staging_make(const char *path, struct staging *ret)
{
	kh_auto_free char *dir = kh_format("%s.XXXXXX", path);
	if (!mkdtemp(dir))
		return kh_fail_errno("%s", path);
	ret->dir = kh_take(dir);
	return 0;
}

static int copy_file(const char *from_dir, const char *to_dir, const char *file)
{
	kh_auto_free char *from = kh_data_path(from_dir, file), *to = kh_data_path(to_dir, file);
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	int r = kh_file_read(from, KH_BACKUP_MAX_HEADS, &bytes);
	return r < 0 ? r : kh_file_create(to, kh_buf_text(&bytes), bytes.len, 0600);
}

/* The heads before the database: see backup.h. */
static int stage_files(struct kh_server *server, const char *dir)
{
	struct kh_db *db = NULL;
	kh_auto_free char *copy = kh_data_path(dir, KH_FILE_DATABASE);
	int r = 0;
	for (const char *const *file = kh_backup_files; r == 0 && *file; file++)
		if (!kh_streq(*file, KH_FILE_DATABASE) && kh_data_has(server->data_dir, *file))
			r = copy_file(server->data_dir, dir, *file);
	if (r == 0)
		r = kh_store_reader(server->store, &db);
	return r < 0 ? r : kh_db_copy(db, copy);
}

/* ---- manifest ---- */

static int describe(const char *dir, const char *file, json_t *files)
{
	kh_auto_free char *path = kh_data_path(dir, file);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = {0};
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	int r = kh_sha256_fd(fd, INT64_MAX, hash);
	if (r < 0)
		return r;
	json_t *one = json_object();
	kh_json_set_int(one, "size", st.st_size);
	kh_json_set_text(one, "sha256", kh_sha256_hex(hash, hex));
	json_object_set_new(files, file, one);
	return 0;
}

static int make_manifest(const char *dir, size_t proofs, char **ret)
{
	kh_auto_json json_t *manifest = json_object();
	json_t *files = json_object();
	kh_json_set_int(manifest, "khien_backup", 1);
	kh_json_set_text(manifest, "version", KH_VERSION);
	kh_json_set_int(manifest, "schema", kh_store_schema_version());
	kh_json_set_int(manifest, "made_s", kh_now_s());
	json_object_set_new(manifest, "files", files);
	kh_json_set_int(manifest, "proofs", (int64_t)proofs);
	int r = 0;
	for (const char *const *file = kh_backup_files; r == 0 && *file; file++)
		if (kh_data_has(dir, *file))
			r = describe(dir, *file, files);
	if (r == 0)
		*ret = kh_json_dump(manifest);
	return r;
}

/* ---- writing the archive ---- */

static void free_writer(struct archive **a)
{
	archive_write_free(*a);
}

static void free_entry(struct archive_entry **e)
{
	archive_entry_free(*e);
}

static int archive_failed(struct archive *a, const char *name)
{
	errno = archive_errno(a) > 0 ? archive_errno(a) : EIO;
	return kh_fail_errno("%s: %s", name, archive_error_string(a) ? archive_error_string(a) : "?");
}

static int begin_entry(struct archive *a, const char *name, int64_t size)
{
	KH_CLEANUP(free_entry) struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_size(e, size);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_mtime(e, kh_now_s(), 0);
	return archive_write_header(a, e) == ARCHIVE_OK ? 0 : archive_failed(a, name);
}

static int write_bytes(struct archive *a, const char *name, const void *bytes, size_t n)
{
	return archive_write_data(a, bytes, n) == (la_ssize_t)n ? 0 : archive_failed(a, name);
}

static int write_file(struct archive *a, const char *dir, const char *file)
{
	static const size_t chunk = 256 * 1024;
	kh_auto_free char *path = kh_data_path(dir, file), *bytes = kh_alloc(chunk);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = {0};
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	int r = begin_entry(a, file, st.st_size);
	for (ssize_t n = 1; r == 0 && n > 0;) {
		n = read(fd, bytes, chunk);
		if (n < 0)
			return kh_fail_errno("%s", path);
		r = write_bytes(a, file, bytes, (size_t)n);
	}
	return r;
}

/* What the copied database names: they are never changed, so they are read where they are. */
static int list_proofs(const char *dir, const char *data_dir, struct kh_proof_hashes *ret)
{
	kh_auto_free char *url = kh_format("sqlite:%s/%s", dir, KH_FILE_DATABASE);
	kh_auto_db struct kh_db *db = NULL;
	int r = kh_db_open(url, &(struct kh_db_options){.read_only = true}, &db);
	return r < 0 ? r : kh_proof_hashes(db, data_dir, ret);
}

static int write_proofs(struct archive *a, const char *data_dir, const struct kh_proof_hashes *hashes)
{
	int r = 0;
	kh_array_each(&hashes->of, hash) {
		kh_auto_free char *name = kh_format(KH_PROOF_DIR "/%s", *hash);
		r = r < 0 ? r : write_file(a, data_dir, name);
	}
	return r;
}

static int write_entries(struct archive *a, const char *dir, const char *data_dir)
{
	kh_auto_proof_hashes struct kh_proof_hashes proofs = {0};
	kh_auto_free char *manifest = NULL;
	int r = list_proofs(dir, data_dir, &proofs);
	if (r == 0)
		r = make_manifest(dir, proofs.of.n, &manifest);
	if (r == 0)
		r = begin_entry(a, "manifest.json", (int64_t)strlen(manifest));
	if (r == 0)
		r = write_bytes(a, "manifest.json", manifest, strlen(manifest));
	for (const char *const *file = kh_backup_files; r == 0 && *file; file++)
		if (kh_data_has(dir, *file))
			r = write_file(a, dir, *file);
	if (r == 0)
		r = write_proofs(a, data_dir, &proofs);
	return r < 0 || archive_write_close(a) == ARCHIVE_OK ? r : archive_failed(a, "archive");
}

static int write_archive(const char *dir, const char *data_dir, int64_t *ret_bytes)
{
	kh_auto_free char *path = kh_data_path(dir, "archive");
	kh_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	KH_CLEANUP(free_writer) struct archive *a = archive_write_new();
	if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK || archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		return archive_failed(a, path);
	int r = write_entries(a, dir, data_dir);
	struct stat st = {0};
	if (r == 0 && (fsync(fd) < 0 || fstat(fd, &st) < 0))
		return kh_fail_errno("%s", path);
	*ret_bytes = st.st_size;
	return r;
}

static int publish(const char *dir, const char *path, bool replace)
{
	kh_auto_free char *archive = kh_data_path(dir, "archive"), *copy = kh_strdup(path);
	if ((replace ? rename(archive, path) : link(archive, path)) < 0)
		return kh_fail_errno("%s", path);
	return kh_dir_sync(dirname(copy));
}

int kh_backup_make(struct kh_server *server, const char *path, bool replace, int64_t *ret_bytes)
{
	KH_CLEANUP(staging_done) struct staging s = {0};
	int64_t bytes = 0;
	if (!replace && kh_file_exists(path))
		return kh_fail(KH_E_EXISTS, "%s is there already; --force replaces it", path);
	int r = staging_make(path, &s);
	if (r == 0)
		r = stage_files(server, s.dir);
	if (r == 0)
		r = write_archive(s.dir, server->data_dir, &bytes);
	if (r == 0)
		r = publish(s.dir, path, replace);
	if (r == 0)
		*ret_bytes = bytes;
	return r;
}
