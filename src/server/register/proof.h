/* Files that prove something of a record: minutes, decisions, photographs. (What units are moved, merged, split and ended by is kept the same way: unit/decision.h.)
 *
 * The bytes are DATA/files/SHA256, on disk before the row of record_file says that they are there, never changed and never deleted: a file that is taken off a record stays
 * as evidence of what was shown. The same bytes are kept once. They belong to the backup. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "crypto/hash.h"
#include "server/register/record.h"

#define KH_PROOF_DIR "files"                   /* in the data directory */
#define KH_PROOF_MAX_BYTES (25UL * 1024 * 1024) /* a scanned decision of a hundred pages; spec/api/records.yaml repeats it */
#define KH_PROOF_MAX_FILES 100                  /* of one record, those taken off included */
#define KH_PROOF_MAX_NAME 200                   /* characters */

struct kh_proof {
	int64_t id, size, added_s;
	const char *kind; /* code of family file_kind; static */
	char *name, *added_by;
	char sha256[KH_SHA256_HEX_SIZE];
};
void kh_proof_done(struct kh_proof *proof);
#define kh_auto_proof KH_CLEANUP(kh_proof_done)

/* May the user add files to the record? Who writes the register, and who may do one of the moves from its state (who approves adds the decision). */
int kh_proof_may_add(struct kh_db *db, const struct kh_record *record, const struct kh_record_by *by) KH_MUST_USE;

/* Of a name that came along with a file: what stands behind the last / or \, in new memory. KH_E_INVALID_FIELD. */
int kh_proof_clean_name(const char *given, char **ret) KH_MUST_USE;

/* Puts the bytes on disk. To be called once it is known that the user may. */
int kh_proof_store(const char *data_dir, const void *bytes, size_t n, char ret_sha256[KH_SHA256_HEX_SIZE]) KH_MUST_USE;

struct kh_proof_new {
	const char *kind, *name; /* of the name what stands behind the last / or \ is kept */
	int64_t size;
	const char *sha256;
};

/* Would it be taken? To be asked before the bytes are put on disk: what is refused leaves none there. (Bytes that a crash left without a row are never shown and in no backup.)
 * KH_E_INVALID_FIELD: kind or name. KH_E_LIMIT_REACHED. */
int kh_proof_check(struct kh_db *db, const struct kh_record *record, const struct kh_proof_new *file) KH_MUST_USE;

/* History and audit included. Errors as of kh_proof_check(). */
int kh_proof_add(struct kh_db *writer, const struct kh_register *reg, int64_t id, const struct kh_proof_new *file, const struct kh_record_by *by,
		 int64_t *ret_file) KH_MUST_USE;

/* KH_E_NOT_FOUND; KH_E_RECORD_STATE: the record is frozen, or the file proves a move that is finished: the move asks for a file of this kind, this one was there when it was made, and
 * the record does not stand before that move again. */
int kh_proof_remove(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t file, const struct kh_record_by *by) KH_MUST_USE;

/* One file of the record, also one that was taken off; its bytes, compared with their hash (KH_E_DATABASE: they are not what was added). */
int kh_proof_get(struct kh_db *db, const struct kh_record *record, int64_t file, struct kh_proof *ret) KH_MUST_USE;
int kh_proof_read(const char *data_dir, const struct kh_proof *proof, struct kh_buf *ret) KH_MUST_USE;

/* The hashes of all files that the database names and the directory has, in order. */
struct kh_proof_hashes {
	KH_ARRAY(char *) of;
};
int kh_proof_hashes(struct kh_db *db, const char *data_dir, struct kh_proof_hashes *ret) KH_MUST_USE;
void kh_proof_hashes_done(struct kh_proof_hashes *hashes);
#define kh_auto_proof_hashes KH_CLEANUP(kh_proof_hashes_done)

/* "files/<64 hex digits>": the hash in it, NULL for any other name. */
const char *kh_proof_hash_of(const char *name);
