/* One file that holds the whole server: made while it runs, restored into an empty directory.
 *
 * The file is a tar (pax) packed with zstd, so that it can be looked into with `tar --zstd -tf`:
 *
 *     manifest.json   {"khien_backup":1,"version","schema":N,"made_s":N,"files":{NAME:{"size":N,"sha256":HEX},…},"proofs":N}; the first entry
 *     khien.db        a consistent copy of the database
 *     ca.pem ca.key server.pem server.key order.key
 *     audit.heads     as it was before the copy of the database, so that each of its lines is in the copy
 *     files/SHA256    N files of proof that the database names (register/proof.h); each is checked by its name
 *
 * It holds the server's keys: mode 0600, to be kept like them. What was withdrawn since it was made (certificates, users, tokens) is valid again after a restore;
 * sessions are not restored. */
#pragma once

#include "base/attr.h"
#include "server/server.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_BACKUP_MAX_MANIFEST (64 * 1024)
#define KH_BACKUP_MAX_HEADS (64UL * 1024 * 1024)

/* Complete and on disk when this returns 0; else nothing of the name is left. Needs room for the database twice in the directory of `path`. KH_E_EXISTS unless
 * `replace`: then an older file gives way only to a complete new one. */
int kh_backup_make(struct kh_server *server, const char *path, bool replace, int64_t *ret_bytes) KH_MUST_USE;

struct kh_backup_restored {
	int64_t made_s; /* when the backup was made */
	char *old_dir;  /* where the old data went; NULL: there was none */
};
void kh_backup_restored_done(struct kh_backup_restored *restored);

/* Everything is unpacked beside the data, verified (hashes, structure of the database, schema, keys that belong together) and only then put into place. KH_E_EXISTS
 * when the data directory is not empty, unless `replace`: then the old data is moved to "replaced-TIME" in it. KH_E_IN_USE while a server runs on it.
 * KH_E_SYNTAX for a file that is no backup or is damaged, KH_E_SCHEMA_OLD for one of a newer program. */
int kh_backup_restore(const struct kh_server_settings *settings, const char *path, bool replace, const char *actor, struct kh_backup_restored *ret) KH_MUST_USE;

/* The parts of a backup, in the order in which they stand in it; NULL-terminated. */
extern const char *const kh_backup_files[];
