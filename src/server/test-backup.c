#include "server/backup.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "os/file.h"
#include "server/audit/audit.h"
#include "server/files.h"
#include "server/register/proof.h"
#include "server/test_server.h"

#include <stdio.h>
#include <unistd.h>

static void backup_comes_back(void **state)
{
	(void)state;
	kh_auto_free char *from = kh_test_new_dir(), *to = kh_test_new_dir(), *file = kh_test_file("full.tar.zst");
	kh_auto_server struct kh_server *server = kh_test_created(from), *copy = NULL;
	int64_t bytes = 0;
	assert_int_equal(kh_test_server_sql(server, "INSERT INTO session VALUES('x', 1, 0, 0, 0, '')"), 0);
	assert_int_equal(kh_backup_make(server, file, false, &bytes), 0);
	assert_true(bytes > 1000);
	assert_int_equal(kh_backup_make(server, file, false, &bytes), KH_E_EXISTS);
	assert_int_equal(kh_backup_make(server, file, true, &bytes), 0);
	assert_int_equal(kh_test_restore(to, file, false), 0);
	assert_int_equal(kh_test_restore(to, file, false), KH_E_EXISTS);
	assert_int_equal(kh_test_restore(to, file, true), 0);
	assert_int_equal(kh_test_open(to, &copy), 0);
	assert_string_equal(copy->ca_pin, server->ca_pin);
	assert_int_equal(kh_test_server_number(copy, "SELECT COUNT(*) FROM unit"), 1);
	assert_int_equal(kh_test_server_number(copy, "SELECT COUNT(*) FROM session"), 0);
	kh_auto_free char *heads = kh_data_path(to, KH_FILE_HEADS);
	struct kh_db *db = NULL;
	struct kh_audit_verdict v = {0};
	assert_int_equal(kh_store_reader(copy->store, &db), 0);
	assert_int_equal(kh_audit_verify(db, heads, &v), 0);
	assert_true(v.intact && v.rows == 3);
	kh_auto_fd int lock = -1;
	assert_int_equal(kh_data_lock(to, &lock), 0);
	assert_int_equal(kh_test_restore(to, file, true), KH_E_IN_USE);
}

static int add_proof(struct kh_db *writer, void *sha256)
{
	struct kh_record_by by = kh_record_by_system(1000);
	const struct kh_register *reg = &kh_registers[KH_REGISTER_CONTACT];
	kh_auto_json json_t *fields = json_pack("{s:s, s:s}", "name", "Trực ban", "phone", "113");
	int64_t id = 0, file = 0;
	int r = kh_record_create(writer, reg, 1, fields, &by, &id);
	return r < 0 ? r : kh_proof_add(writer, reg, id, &(struct kh_proof_new){"photo", "ảnh.png", 5, sha256}, &by, &file);
}

static void proofs_come_back(void **state)
{
	(void)state;
	kh_auto_free char *from = kh_test_new_dir(), *to = kh_test_new_dir(), *lost = kh_test_new_dir(), *file = kh_test_file("proof.tar.zst");
	kh_auto_server struct kh_server *server = kh_test_created(from), *copy = NULL, *without = NULL;
	char sha256[KH_SHA256_HEX_SIZE];
	int64_t bytes = 0;
	assert_int_equal(kh_proof_store(from, "hello", 5, sha256), 0);
	assert_int_equal(kh_store_write(server->store, add_proof, sha256), 0);
	assert_int_equal(kh_backup_make(server, file, false, &bytes), 0);
	assert_int_equal(kh_test_restore(to, file, false), 0);
	assert_int_equal(kh_test_open(to, &copy), 0);
	struct kh_proof proof = {0};
	kh_auto_buf struct kh_buf content = KH_BUF_INIT;
	memcpy(proof.sha256, sha256, sizeof sha256);
	assert_int_equal(kh_proof_read(to, &proof, &content), 0);
	assert_string_equal(kh_buf_text(&content), "hello");
	/* One that is lost keeps nobody from making a backup of the rest. */
	kh_auto_free char *path = kh_format("%s/files/%s", from, sha256);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kh_backup_make(server, file, true, &bytes), 0);
	assert_int_equal(kh_test_restore(lost, file, false), 0);
	assert_int_equal(kh_test_open(lost, &without), 0);
	assert_int_equal(kh_test_server_number(without, "SELECT COUNT(*) FROM record_file"), 1);
	kh_buf_done(&content);
	assert_int_equal(kh_proof_read(lost, &proof, &content), KH_E_NOT_FOUND);
}

/* Nothing of a bad file gets into the directory. */
static void assert_refused(const char *file, int error)
{
	kh_auto_free char *to = kh_test_new_dir();
	int r = kh_test_restore(to, file, false);
	if (r != error)
		fail_msg("%s: %d (%s), not %d", file, r, kh_fail_detail(), error);
	assert_false(kh_file_exists(to)); /* the directory that was made for it went again */
	assert_int_equal(kh_dir_make(to, 0700), 0);
	assert_int_equal(kh_test_restore(to, file, false), error);
	kh_auto_free char *lock = kh_data_path(to, KH_FILE_LOCK);
	unlink(lock);
	assert_int_equal(rmdir(to), 0); /* in one that was there: nothing but the lock */
}

static void damaged_backups_are_refused(void **state)
{
	(void)state;
	kh_auto_free char *from = kh_test_new_dir(), *file = kh_test_file("whole.tar.zst"), *bad = kh_test_file("bad.tar.zst"), *none = kh_test_file("none");
	kh_auto_server struct kh_server *server = kh_test_created(from);
	int64_t bytes = 0;
	kh_auto_buf struct kh_buf whole = KH_BUF_INIT;
	assert_int_equal(kh_backup_make(server, file, false, &bytes), 0);
	assert_int_equal(kh_file_read(file, KH_MIB, &whole), 0);
	assert_refused(none, KH_E_NOT_FOUND);
	kh_test_put(bad, "");
	assert_refused(bad, KH_E_SYNTAX);
	kh_test_put(bad, "this is a letter to the office");
	assert_refused(bad, KH_E_SYNTAX);
	for (size_t cut = 1; cut < whole.len; cut += whole.len / 7) {
		assert_int_equal(kh_file_replace(bad, whole.data, cut, 0600), 0);
		assert_refused(bad, KH_E_SYNTAX);
	}
	for (size_t at = 20; at < whole.len; at += whole.len / 9) {
		whole.data[at] ^= 0x40;
		assert_int_equal(kh_file_replace(bad, whole.data, whole.len, 0600), 0);
		whole.data[at] ^= 0x40;
		assert_refused(bad, KH_E_SYNTAX);
	}
}

/* Archives that are well-formed, but no backup: made by tar(1). */
static void odd_archives_are_refused(void **state)
{
	(void)state;
	static const char *const recipes[] = {
		/* another order, a link, a part that is not announced, a part that is missing, a path that leads out */
		"tar --zstd -cf bad.tar.zst khien.db manifest.json ca.pem ca.key server.pem server.key order.key audit.heads",
		"rm ca.key && ln -s ca.pem ca.key && tar --zstd -cf bad.tar.zst manifest.json khien.db ca.pem ca.key server.pem server.key order.key audit.heads",
		"cp ca.pem extra && tar --zstd -cf bad.tar.zst manifest.json khien.db ca.pem ca.key server.pem server.key order.key audit.heads extra",
		"tar --zstd -cf bad.tar.zst manifest.json khien.db ca.pem ca.key server.pem server.key audit.heads",
		"tar --zstd -cPf bad.tar.zst manifest.json khien.db ../evil",
		"tar --zstd -cf bad.tar.zst manifest.json khien.db khien.db ca.pem ca.key server.pem server.key order.key audit.heads",
		"sed -i 's/khien_backup\":1/khien_backup\":2/' manifest.json && tar --zstd -cf bad.tar.zst manifest.json khien.db ca.pem ca.key server.pem server.key order.key audit.heads",
	};
	kh_auto_free char *from = kh_test_new_dir(), *file = kh_test_file("plain.tar.zst");
	kh_auto_server struct kh_server *server = kh_test_created(from);
	int64_t bytes = 0;
	assert_int_equal(kh_backup_make(server, file, false, &bytes), 0);
	for (size_t i = 0; i < KH_COUNT(recipes); i++) {
		kh_auto_free char *dir = kh_test_new_dir(), *bad = kh_format("%s/bad.tar.zst", dir);
		kh_auto_free char *command = kh_format("mkdir -p %s && cd %s && echo evil > ../evil && tar --zstd -xf %s && %s", dir, dir, file, recipes[i]);
		FILE *p = (popen)(command, "r");
		assert_non_null(p);
		assert_int_equal(pclose(p), 0);
		assert_refused(bad, KH_E_SYNTAX);
	}
}

/* Parts that are whole, but do not belong together or are of another time. */
static void wrong_parts_are_refused(void **state)
{
	(void)state;
	kh_auto_free char *one = kh_test_new_dir(), *two = kh_test_new_dir(), *file = kh_test_file("mixed.tar.zst"), *key = NULL;
	kh_auto_server struct kh_server *server = kh_test_created(one), *other = kh_test_created(two);
	int64_t bytes = 0;
	assert_int_equal(kh_test_server_sql(server, "UPDATE meta SET value = '99' WHERE key = 'schema_version'"), 0);
	assert_int_equal(kh_backup_make(server, file, true, &bytes), 0);
	assert_refused(file, KH_E_SCHEMA_OLD);
	assert_int_equal(kh_data_read(one, KH_FILE_CA_KEY, &key), 0);
	assert_int_equal(kh_data_write(two, KH_FILE_CA_KEY, key), 0);
	assert_int_equal(kh_backup_make(other, file, true, &bytes), 0);
	assert_refused(file, KH_E_CRYPTO);
}

KH_TESTS_WITH(kh_test_root_make, kh_test_root_remove, backup_comes_back, proofs_come_back, damaged_backups_are_refused, odd_archives_are_refused, wrong_parts_are_refused)
