/* The quarantine: infected files taken out of their places and kept where they can do no harm, until somebody restores or deletes them.
 *
 * A folder (0700, its owner's alone) holds `key` (0600: 32 random bytes) and for each file two: `<id>.khq`, the content, encrypted so that
 * no other scanner and no double click finds it, and `<id>.json`, the manifest: where it was, whose, with which rights and times, what was
 * found in it. Content format: "KHQ1", libsodium's secretstream header, then pieces of 64 KiB (crypto_secretstream_xchacha20poly1305, the id as
 * additional data of the first, the last one tagged final).
 *
 * Everything goes by descriptors. The file that was scanned is the one that is copied; its name is removed only while it still leads to that
 * very file, by the descriptor of the folder that it was found in. */
#pragma once

#include "base/attr.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "malware/report.h"

#include <stddef.h>
#include <stdint.h>

/* The one of the whole machine: root's scans and the agent's. */
#define KH_QUARANTINE_SYSTEM "/var/lib/khien/quarantine"

struct kh_quarantine;

/* Opens the folder, making it and its key when they are not there. KH_E_PERMISSION when others may enter it or it belongs to somebody else. */
int kh_quarantine_open(const char *folder, struct kh_quarantine **ret) KH_MUST_USE;
void kh_quarantine_close(struct kh_quarantine *q);
KH_DEFINE_CLEANUP(quarantine, struct kh_quarantine *, kh_quarantine_close);
#define kh_auto_quarantine KH_CLEANUP(kh_cleanup_quarantine)

/* The file to take away. */
struct kh_quarantine_file {
	int fd;           /* open for reading: what was scanned */
	int dir_fd;       /* the folder it was found in */
	const char *name; /* its name there */
	const char *path; /* absolute, for the manifest and for restoring */
	uint8_t sha256[KH_SHA256_SIZE]; /* of what was scanned */
	const struct kh_detection *detections;
	size_t detection_count;
};

/* Copies the file into the quarantine, makes that durable, then removes it from its place. KH_E_FILE_CHANGED, and nothing changed,
 * when the file is not what was scanned any more or its name leads elsewhere; KH_E_NOT_QUARANTINABLE when it has other names besides (hard links: removing
 * one would not remove the file). */
int kh_quarantine_add(struct kh_quarantine *q, const struct kh_quarantine_file *file, char ret_id[KH_UUID_SIZE]) KH_MUST_USE;

struct kh_quarantine_entry {
	char id[KH_UUID_SIZE];
	char *path; /* bytes */
	char *rule; /* the first that matched */
	int64_t quarantined_ms;
	uint64_t size;
	unsigned uid, gid, mode;
	int64_t mtime_s, mtime_ns, atime_s, atime_ns;
	uint8_t sha256[KH_SHA256_SIZE];
};

struct kh_quarantine_list {
	struct kh_quarantine_entry *v; /* oldest first */
	size_t n, cap;
	size_t damaged; /* manifests that cannot be read */
};
int kh_quarantine_list(struct kh_quarantine *q, struct kh_quarantine_list *ret) KH_MUST_USE;
void kh_quarantine_list_done(struct kh_quarantine_list *list);
#define kh_auto_quarantine_list KH_CLEANUP(kh_quarantine_list_done)

/* Puts a file back where it was (or to another absolute path), with its content, owner, rights and times, and takes it out of the quarantine. Never
 * overwrites: KH_E_EXISTS. KH_E_NOT_FOUND: no such id, or its folder is gone. KH_E_SIGNATURE_INVALID: the kept content was tampered with. */
int kh_quarantine_restore(struct kh_quarantine *q, const char *id, const char *to) KH_MUST_USE;
