#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "server/backup.h"
#include "server/files.h"
#include "server/register/proof.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names in the data directory that are no data. */
#define RESTORE_PREFIX "restore."
#define REPLACED_PREFIX "replaced-"

void kh_backup_restored_done(struct kh_backup_restored *restored)
{
	free(restored->old_dir);
	*restored = (struct kh_backup_restored){0};
}

static int no_backup(const char *path, const char *what)
{
	return kh_fail(KH_E_SYNTAX, "%s is no complete backup of khien-server: %s", path, kh_words(what));
}

/* ---- unpacking ---- */

/* One backup being unpacked into a directory. */
struct unpacking {
	const char *path, *dir;
	struct archive *archive;
	json_t *files; /* of the manifest, lent; what was unpacked is taken out */
	json_t *manifest;
	int64_t proofs; /* unpacked so far */
};

static void unpacking_done(struct unpacking *u)
{
	archive_read_free(u->archive);
	json_decref(u->manifest);
}

static bool known_file(const char *name)
{
	for (const char *const *file = kh_backup_files; *file; file++)
		if (kh_streq(*file, name))
			return true;
	return false;
}

/* The next entry: a plain file; *ret_name NULL at the end. */
static int next_entry(struct unpacking *u, const char **ret_name)
{
	struct archive_entry *e = NULL;
	int rc = archive_read_next_header(u->archive, &e);
	if (rc == ARCHIVE_EOF) {
		*ret_name = NULL;
		return 0;
	}
	if (rc != ARCHIVE_OK || archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) || !archive_entry_pathname(e))
		return no_backup(u->path, rc == ARCHIVE_OK ? "not a plain file" : "it is no archive, or a damaged one");
	*ret_name = archive_entry_pathname(e);
	return 0;
}

static int read_manifest(struct unpacking *u)
{
	const char *name = NULL;
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_BACKUP_MAX_MANIFEST);
	int r = next_entry(u, &name);
	if (r < 0 || !kh_streq(name, "manifest.json"))
		return r < 0 ? r : no_backup(u->path, "it does not begin with its manifest");
	char *to = kh_buf_reserve(&text, KH_BACKUP_MAX_MANIFEST);
	la_ssize_t n = archive_read_data(u->archive, to, KH_BACKUP_MAX_MANIFEST);
	if (n < 0)
		return no_backup(u->path, archive_error_string(u->archive));
	int64_t format = 0;
	r = kh_json_parse(to, (size_t)n, &u->manifest);
	if (r == 0)
		r = kh_json_int(u->manifest, "khien_backup", 1, 1, &format);
	u->files = json_object_get(u->manifest, "files");
	return r < 0 || !json_is_object(u->files) ? no_backup(u->path, "manifest.json is damaged") : 0;
}

/* The content of the present entry to a file, and its hash. More than was announced is not written. */
static int unpack_content(struct unpacking *u, const char *name, int64_t size, char ret_hex[KH_SHA256_HEX_SIZE])
{
	static const size_t chunk = 256 * 1024;
	kh_auto_free char *to = kh_data_path(u->dir, name), *bytes = kh_alloc(chunk);
	kh_auto_fd int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", to);
	struct kh_sha256 h;
	kh_sha256_init(&h);
	int64_t total = 0;
	for (;;) {
		la_ssize_t n = archive_read_data(u->archive, bytes, chunk);
		if (n < 0)
			return no_backup(u->path, archive_error_string(u->archive));
		if (n == 0)
			break;
		total += n;
		int r = total > size ? no_backup(u->path, "a part is longer than the manifest says") : kh_file_write_fd(fd, kh_words("restoring"), bytes, (size_t)n);
		if (r < 0)
			return r;
		kh_sha256_add(&h, bytes, (size_t)n);
	}
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_final(&h, hash);
	kh_sha256_hex(hash, ret_hex);
	return fsync(fd) < 0 ? kh_fail_errno("%s", to) : 0;
}

/* A file of proof is announced by its number alone: its name says what it must hold. */
static int unpack_proof(struct unpacking *u, const char *name)
{
	kh_auto_free char *own_name = kh_strdup(name), *dir = kh_data_path(u->dir, KH_PROOF_DIR);
	char hex[KH_SHA256_HEX_SIZE] = "";
	int r = kh_dir_make(dir, 0700);
	if (r == 0)
		r = unpack_content(u, own_name, KH_PROOF_MAX_BYTES, hex);
	u->proofs++;
	return r == 0 && !kh_streq(hex, kh_proof_hash_of(own_name)) ? no_backup(u->path, "a part is damaged") : r;
}

static int unpack_one(struct unpacking *u, const char *name)
{
	if (kh_proof_hash_of(name))
		return unpack_proof(u, name);
	const json_t *announced = json_object_get(u->files, name);
	const char *expected = NULL;
	int64_t size = 0;
	if (!known_file(name) || !announced)
		return no_backup(u->path, "it holds a part that it does not announce");
	int r = kh_json_int(announced, "size", 0, INT64_MAX, &size);
	if (r == 0)
		r = kh_json_text(announced, "sha256", &expected);
	if (r < 0)
		return no_backup(u->path, "manifest.json is damaged");
	char hex[KH_SHA256_HEX_SIZE] = "";
	kh_auto_free char *own_name = kh_strdup(name); /* the entry's goes with the next one */
	r = unpack_content(u, own_name, size, hex);
	if (r < 0)
		return r;
	if (!kh_streq(hex, expected))
		return no_backup(u->path, "a part is damaged");
	json_object_del(u->files, own_name);
	return 0;
}

static int unpack(const char *path, const char *dir, int64_t *ret_made_s)
{
	KH_CLEANUP(unpacking_done) struct unpacking u = {.path = path, .dir = dir, .archive = archive_read_new()};
	if (archive_read_support_format_tar(u.archive) != ARCHIVE_OK || archive_read_support_filter_zstd(u.archive) != ARCHIVE_OK)
		return kh_fail(KH_E_NOT_SUPPORTED, "%s", archive_error_string(u.archive));
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	if (archive_read_open_fd(u.archive, fd, 64 * 1024) != ARCHIVE_OK)
		return no_backup(path, archive_error_string(u.archive));
	int r = read_manifest(&u);
	if (r == 0)
		r = kh_json_int(u.manifest, "made_s", 0, INT64_MAX, ret_made_s);
	for (const char *name = ""; r == 0 && name;) {
		r = next_entry(&u, &name);
		if (r == 0 && name)
			r = unpack_one(&u, name);
	}
	int64_t proofs = 0;
	if (r == 0)
		r = kh_json_int_or(u.manifest, "proofs", 0, INT64_MAX, 0, &proofs);
	return r == 0 && (json_object_size(u.files) || u.proofs != proofs) ? no_backup(path, "parts are missing") : r;
}

/* ---- verifying ---- */

static int check_database(const char *dir)
{
	kh_auto_free char *url = kh_format("sqlite:%s/%s", dir, KH_FILE_DATABASE);
	kh_auto_db struct kh_db *db = NULL;
	int r = kh_db_open(url, NULL, &db);
	return r < 0 ? r : kh_db_check(db);
}

static int check_keys(const char *dir)
{
	kh_auto_ca struct kh_ca *ca = NULL;
	kh_auto_free char *certificate = NULL, *key = NULL, *order_path = kh_data_path(dir, KH_FILE_ORDER_KEY);
	struct kh_sign_key order = {0};
	bool matches = false;
	int r = kh_data_load_ca(dir, &ca);
	if (r == 0)
		r = kh_data_read(dir, KH_FILE_CERTIFICATE, &certificate);
	if (r == 0)
		r = kh_data_read(dir, KH_FILE_KEY, &key);
	if (r == 0)
		r = kh_x509_matches(certificate, key, &matches);
	if (r == 0 && !matches)
		r = kh_fail(KH_E_CRYPTO, "server.key does not belong to server.pem");
	if (r == 0)
		r = kh_sign_key_load(order_path, &order);
	kh_sign_key_done(&order);
	return r;
}

struct noting {
	const char *actor;
	int64_t made_s;
};

static int end_sessions(struct kh_db *db, void *arg)
{
	const struct noting *n = arg;
	char made[KH_ISO_SIZE];
	int r = kh_db_run(db, "DELETE FROM session");
	kh_auto_free char *detail = kh_audit_words("backup of %s", kh_time_iso(n->made_s * 1000, made), NULL);
	return r < 0 ? r : kh_audit_append(db, &(struct kh_audit){.actor = n->actor, .action = KH_AUDIT_ACTION_SERVER_RESTORE, .target = "server", .detail = detail});
}

/* Brings the database to the present schema, and begins its new life. */
static int revive(const char *dir, const char *actor, int64_t made_s)
{
	kh_auto_free char *url = kh_format("sqlite:%s/%s", dir, KH_FILE_DATABASE), *heads = kh_data_path(dir, KH_FILE_HEADS);
	kh_auto_store struct kh_store *store = NULL;
	struct kh_db *db = NULL;
	struct kh_audit_head last = {0};
	int r = kh_store_open(url, NULL, &store);
	if (r == 0)
		r = kh_store_write(store, end_sessions, &(struct noting){actor, made_s});
	if (r == 0)
		r = kh_store_reader(store, &db);
	return r < 0 ? r : kh_audit_note_head(db, heads, &last);
}

/* ---- putting into place ---- */

static int is_data(const struct dirent *entry)
{
	const char *name = entry->d_name;
	return !kh_streq(name, ".") && !kh_streq(name, "..") && !kh_streq(name, KH_FILE_LOCK) && !kh_starts_with(name, RESTORE_PREFIX) &&
	       !kh_starts_with(name, REPLACED_PREFIX);
}

static int move_entries(const char *from, const char *to)
{
	struct dirent **entries = NULL;
	int n = scandir(from, &entries, is_data, alphasort), r = n < 0 ? kh_fail_errno("%s", from) : 0;
	for (int i = 0; i < n; i++) {
		kh_auto_free char *old = kh_data_path(from, entries[i]->d_name), *new = kh_data_path(to, entries[i]->d_name);
		if (r == 0 && rename(old, new) < 0)
			r = kh_fail_errno("%s", new);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int count_entries(const char *dir, int *ret)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_data, alphasort);
	if (n < 0)
		return kh_fail_errno("%s", dir);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	*ret = n;
	return 0;
}

static int move_away(const char *data, char **ret_old_dir)
{
	kh_auto_free char *dir = kh_format("%s/" REPLACED_PREFIX "%" PRId64, data, kh_now_ms());
	if (mkdir(dir, 0700) < 0)
		return kh_fail_errno("%s", dir);
	int r = move_entries(data, dir);
	if (r == 0)
		*ret_old_dir = kh_take(dir);
	return r;
}

static int is_file(const struct dirent *entry)
{
	return !kh_streq(entry->d_name, ".") && !kh_streq(entry->d_name, "..");
}

static void adopt_proofs(const char *data)
{
	kh_auto_free char *dir = kh_data_path(data, KH_PROOF_DIR);
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_file, NULL);
	kh_data_adopt(data, KH_PROOF_DIR);
	for (int i = 0; i < n; i++) {
		kh_auto_free char *name = kh_format(KH_PROOF_DIR "/%s", entries[i]->d_name);
		kh_data_adopt(data, name);
		free(entries[i]);
	}
	free(entries);
}

/* The old data goes as a whole before the new comes: a server that is started in between finds no data, never a mixture. */
static int put_into_place(const char *data, const char *dir, bool old, char **ret_old_dir)
{
	int r = old ? move_away(data, ret_old_dir) : 0;
	if (r == 0)
		r = move_entries(dir, data);
	for (const char *const *file = kh_backup_files; *file; file++)
		kh_data_adopt(data, *file);
	adopt_proofs(data);
	return r < 0 ? r : kh_dir_sync(data);
}

/* ---- the whole ---- */

struct place {
	const char *data;
	bool made_data; /* by us: goes again when nothing came of it */
	int lock;
	char *dir; /* where the backup is unpacked */
};

/* With all that is in it; at most one directory deep. */
static void remove_directory(const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_file, NULL);
	for (int i = 0; i < n; i++) {
		kh_auto_free char *path = kh_data_path(dir, entries[i]->d_name);
		if (unlink(path) < 0 && errno == EISDIR)
			remove_directory(path);
		free(entries[i]);
	}
	free(entries);
	rmdir(dir);
}

static void place_done(struct place *p)
{
	if (p->dir)
		remove_directory(p->dir);
	free(p->dir);
	if (p->made_data)
		remove_directory(p->data);
	kh_fd_close(&p->lock);
}

/* The data directory, locked and free for the backup, with a directory in it to unpack into. */
static int make_place(const char *data, bool replace, struct place *place, int *ret_old)
{
	bool there = kh_file_exists(data);
	place->data = data;
	int r = kh_dir_make(data, 0700);
	if (r == 0)
		r = kh_data_lock(data, &place->lock);
	if (r == 0)
		r = count_entries(data, ret_old);
	place->made_data = r == 0 && !there && !*ret_old;
	if (r == 0 && *ret_old && !replace)
		r = kh_fail(KH_E_EXISTS, "%s holds data; --force moves it aside", data);
	if (r < 0)
		return r;
	kh_auto_free char *dir = kh_format("%s/" RESTORE_PREFIX "XXXXXX", data);
	if (!mkdtemp(dir))
		return kh_fail_errno("%s", data);
	place->dir = kh_take(dir);
	return 0;
}

static int verify(const char *dir, const char *actor, int64_t made_s)
{
	int r = check_database(dir);
	if (r == 0)
		r = check_keys(dir);
	return r < 0 ? r : revive(dir, actor, made_s);
}

int kh_backup_restore(const struct kh_server_settings *settings, const char *path, bool replace, const char *actor, struct kh_backup_restored *ret)
{
	KH_CLEANUP(place_done) struct place place = {.lock = -1};
	KH_CLEANUP(kh_backup_restored_done) struct kh_backup_restored restored = {0};
	int old = 0;
	if (access(path, R_OK) < 0) /* before anything is made */
		return kh_fail_errno("%s", path);
	int r = make_place(settings->data, replace, &place, &old);
	if (r == 0)
		r = unpack(path, place.dir, &restored.made_s);
	if (r == 0)
		r = verify(place.dir, actor, restored.made_s);
	if (r == 0)
		r = put_into_place(settings->data, place.dir, old > 0, &restored.old_dir);
	if (r < 0)
		return r;
	place.made_data = false;
	*ret = restored;
	restored = (struct kh_backup_restored){0};
	return 0;
}
