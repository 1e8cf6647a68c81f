#include "server/register/proof.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/file.h"
#include "server/audit/audit.h"
#include "server/files.h"
#include "server/register/history.h"
#include "server/register/reference.h"
#include "server/report/json.h"

#include <inttypes.h>
#include <stdio.h>

void kh_proof_done(struct kh_proof *proof)
{
	free(proof->name);
	free(proof->added_by);
	*proof = (struct kh_proof){0};
}

/* ---- bytes ---- */

static char *path_of(const char *data_dir, const char *sha256)
{
	return kh_format("%s/" KH_PROOF_DIR "/%s", data_dir, sha256);
}

int kh_proof_store(const char *data_dir, const void *bytes, size_t n, char ret_sha256[KH_SHA256_HEX_SIZE])
{
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	if (n == 0)
		return kh_fail(KH_E_INVALID_FIELD, "the file is empty");
	if (n > KH_PROOF_MAX_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "the file has more than %lu bytes", KH_PROOF_MAX_BYTES);
	kh_sha256_of(bytes, n, hash);
	kh_sha256_hex(hash, hex);
	kh_auto_free char *dir = kh_data_path(data_dir, KH_PROOF_DIR), *path = path_of(data_dir, hex), *name = kh_format(KH_PROOF_DIR "/%s", hex);
	int r = kh_dir_make(dir, 0700);
	if (r < 0)
		return r;
	kh_data_adopt(data_dir, KH_PROOF_DIR);
	/* Written anew where it is there already: then a copy that went bad is good again. */
	r = kh_file_replace(path, bytes, n, 0600);
	kh_data_adopt(data_dir, name);
	if (r == 0)
		memcpy(ret_sha256, hex, sizeof hex);
	return r;
}

int kh_proof_read(const char *data_dir, const struct kh_proof *proof, struct kh_buf *ret)
{
	kh_auto_free char *path = path_of(data_dir, proof->sha256);
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	int r = kh_file_read(path, KH_PROOF_MAX_BYTES, &bytes);
	if (r < 0)
		return r;
	kh_sha256_of(kh_buf_text(&bytes), bytes.len, hash);
	if (!kh_streq(kh_sha256_hex(hash, hex), proof->sha256))
		return kh_fail(KH_E_DATABASE, "%s: the file is not what was added", path);
	*ret = bytes;
	bytes = (struct kh_buf)KH_BUF_INIT;
	return 0;
}

void kh_proof_hashes_done(struct kh_proof_hashes *hashes)
{
	kh_array_each(&hashes->of, hash)
		free(*hash);
	kh_array_done(&hashes->of);
}

int kh_proof_hashes(struct kh_db *db, const char *data_dir, struct kh_proof_hashes *ret)
{
	kh_auto_proof_hashes struct kh_proof_hashes hashes = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT sha256 FROM record_file UNION SELECT sha256 FROM unit_decision ORDER BY sha256");
	while (kh_stmt_next(s, &r)) {
		kh_auto_free char *path = path_of(data_dir, kh_stmt_text(s, 0));
		if (kh_file_exists(path))
			(void)kh_array_push(&hashes.of, kh_strdup(kh_stmt_text(s, 0)));
	}
	if (r == 0) {
		*ret = hashes;
		hashes = (struct kh_proof_hashes){0};
	}
	return r;
}

const char *kh_proof_hash_of(const char *name)
{
	const char *hash = kh_starts_with(name, KH_PROOF_DIR "/") ? name + strlen(KH_PROOF_DIR "/") : NULL;
	return hash && strlen(hash) == KH_SHA256_HEX_SIZE - 1 && strspn(hash, "0123456789abcdef") == KH_SHA256_HEX_SIZE - 1 ? hash : NULL;
}

/* ---- who may ---- */

int kh_proof_may_add(struct kh_db *db, const struct kh_record *record, const struct kh_record_by *by)
{
	bool may = !by->scope || (by->rights & record->reg->write) == record->reg->write;
	for (const struct kh_register_move *move = record->reg->moves; !may && move->name; move++)
		may = kh_register_lists(move->from, record->state) && (by->rights & move->right) == move->right;
	int r = kh_record_check_unit(db, by->scope, record->unit_id);
	return r < 0 || may ? r : kh_record_check_right(by->rights, record->reg->write);
}

/* ---- rows ---- */

static const struct kh_code *kind_of(const char *name)
{
	for (const struct kh_code *code = kh_codes_file_kind; code->name; code++)
		if (kh_streq(code->name, name))
			return code;
	return NULL;
}

int kh_proof_clean_name(const char *given, char **ret)
{
	kh_auto_free char *name = NULL;
	int r = kh_utf8_nfc(given, &name);
	if (r < 0)
		return r;
	for (char *p = name; *p; p++)
		if (*p == '\\')
			*p = '/';
	char *last = strrchr(name, '/'), *text = kh_trim(last ? last + 1 : name);
	size_t n = strlen(text);
	bool plain = n && !kh_streq(text, ".") && !kh_streq(text, "..") && kh_utf8_valid_prefix(text, n, KH_PROOF_MAX_NAME) == n;
	for (const char *p = text; *p; p++)
		plain &= (unsigned char)*p >= 0x20 && *p != 0x7f;
	if (!plain)
		return kh_fail(KH_E_INVALID_FIELD, "name: expected the name of a file of at most %d characters", KH_PROOF_MAX_NAME);
	*ret = kh_strdup(text);
	return 0;
}

/* History and audit: the file stands in the detail under a name that no field has. */
static int note(struct kh_db *writer, const struct kh_record *record, enum kh_record_event what, const char *name, const struct kh_record_by *by)
{
	kh_auto_json json_t *detail = json_object();
	kh_auto_free char *label = NULL, *target = kh_format("%s/%" PRId64, record->reg->name, record->id);
	kh_json_set_text(detail, "file", name);
	struct kh_record_act act = {.what = what, .actor = by->actor, .now_s = by->now_s, .detail = detail};
	int r = kh_record_note(writer, record, &act);
	if (r == 0)
		r = kh_record_label(writer, record->reg, record->id, &label);
	if (r < 0)
		return r;
	kh_auto_free char *text = kh_format("%s: %s: %s", label, kh_codes_record_event[what].text[kh_language()], name);
	return kh_audit_append(writer, &(struct kh_audit){.actor = by->actor, .unit_id = record->unit_id, .action = KH_AUDIT_ACTION_RECORD_FILE, .target = target, .detail = text});
}

static int check_room(struct kh_db *db, const struct kh_record *record)
{
	int64_t n = 0;
	int r = kh_db_int(db, &n, "SELECT COUNT(*) FROM record_file WHERE register = ?1 AND record_id = ?2", record->reg->name, record->id);
	return r == 0 && n >= KH_PROOF_MAX_FILES ? kh_fail(KH_E_LIMIT_REACHED, "at most %d files of one record", KH_PROOF_MAX_FILES) : r;
}

static int check_new(struct kh_db *db, const struct kh_record *record, const struct kh_proof_new *file, char **ret_name)
{
	if (!kind_of(file->kind))
		return kh_fail(KH_E_INVALID_FIELD, "kind: no such kind of file");
	int r = kh_proof_clean_name(file->name, ret_name);
	return r < 0 ? r : check_room(db, record);
}

int kh_proof_check(struct kh_db *db, const struct kh_record *record, const struct kh_proof_new *file)
{
	kh_auto_free char *name = NULL;
	return check_new(db, record, file, &name);
}

int kh_proof_add(struct kh_db *writer, const struct kh_register *reg, int64_t id, const struct kh_proof_new *file, const struct kh_record_by *by, int64_t *ret_file)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_free char *name = NULL;
	int r = kh_record_get(writer, reg, id, by->scope, &record);
	if (r == 0)
		r = kh_proof_may_add(writer, &record, by);
	if (r == 0)
		r = check_new(writer, &record, file, &name);
	if (r == 0)
		r = kh_db_int(writer, ret_file,
			      "INSERT INTO record_file(register, record_id, kind, name, size, sha256, added_s, added_by) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
			      reg->name, id, file->kind, name, file->size, file->sha256, by->now_s, by->actor);
	return r < 0 ? r : note(writer, &record, KH_RECORD_EVENT_FILE_ADD, name, by);
}

static int check_proves_nothing(struct kh_db *db, const struct kh_record *record, const struct kh_proof *proof)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT move FROM record_change WHERE register = ?1 AND record_id = ?2 AND what = 'move' AND at_s >= ?3 ORDER BY id DESC", record->reg->name, record->id,
			    proof->added_s);
	while (kh_stmt_next(s, &r)) {
		const struct kh_register_move *move = kh_register_move(record->reg, kh_stmt_text(s, 0));
		if (move && kh_register_lists(move->proof, proof->kind) && !kh_register_lists(move->from, record->state))
			return kh_fail(KH_E_RECORD_STATE, "the file proves the move to the state \"%s\": it stays", kh_register_state(record->reg, move->to)->label[kh_language()]);
	}
	return r;
}

int kh_proof_remove(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t file, const struct kh_record_by *by)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_proof struct kh_proof proof = {0};
	int r = kh_record_get(writer, reg, id, by->scope, &record);
	if (r == 0)
		r = kh_record_may_change(writer, &record, by);
	if (r == 0)
		r = kh_proof_get(writer, &record, file, &proof);
	if (r == 0)
		r = check_proves_nothing(writer, &record, &proof);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE record_file SET removed_s = ?2, removed_by = ?3 WHERE id = ?1 AND removed_s IS NULL", file, by->now_s, by->actor);
	if (r < 0 || kh_db_changes(writer) == 0) /* taken off already */
		return r;
	return note(writer, &record, KH_RECORD_EVENT_FILE_REMOVE, proof.name, by);
}

int kh_proof_get(struct kh_db *db, const struct kh_record *record, int64_t file, struct kh_proof *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT kind, name, size, sha256, added_s, added_by FROM record_file WHERE id = ?1 AND register = ?2 AND record_id = ?3", file,
			    record->reg->name, record->id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "no such file");
	const struct kh_code *kind = kind_of(kh_stmt_text(s, 0));
	*ret = (struct kh_proof){.id = file, .kind = kind ? kind->name : "other", .name = kh_strdup(kh_stmt_text(s, 1)), .size = kh_stmt_int(s, 2),
				 .added_s = kh_stmt_int(s, 4), .added_by = kh_strdup(kh_stmt_text(s, 5))};
	snprintf(ret->sha256, sizeof ret->sha256, "%s", kh_stmt_text(s, 3));
	return 0;
}
