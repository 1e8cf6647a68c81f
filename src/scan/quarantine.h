/* The quarantine: infected files taken out of their places and kept where they can do no harm, until somebody restores or deletes them.
 *
 * A folder (0700, its owner's alone) holds `key` (0600: 32 random bytes) and for each file two: `<id>.khq`, the content, encrypted so that
 * no other scanner and no double click finds it (quarantine/seal.h), and `<id>.json`, the manifest: where it was, whose, with which rights, times and extended
 * attributes, what was found in it, when and by whom (quarantine/manifest.h).
 *
 * Everything goes by descriptors. The file that was scanned is the one that is copied. Its name is first moved, without looking, into a new folder beside it that
 * nobody else may enter (`.khien-<id>`), and removed there when it is that very file; anything else that stood under the name meanwhile is put back.
 *
 * Every step is on disk before the next begins, so that a file is at its place or in the quarantine, whole, whenever the machine stops:
 *
 *     <id>.khq alone            a copy is being made; the file is at its place
 *     <id>.khq + <id>.taking    the copy is whole and on disk; the file is being removed
 *     <id>.khq + <id>.json      it is in the quarantine
 *     <id>.khq + <id>.gone      it is being deleted
 *
 * What was cut off is brought to one of the ends by the next kh_quarantine_open(): a copy whose file is still at its place is dropped. Processes do not disturb
 * each other: an entry is locked (flock on its content) by who works on it. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "malware/report.h"

#include <stddef.h>
#include <stdint.h>

/* The one of the whole machine: root's scans and the agent's; and where earlier agents kept theirs. */
#define KH_QUARANTINE_SYSTEM "/var/lib/khien/quarantine"
#define KH_QUARANTINE_EARLIER "/var/lib/khien/agent/quarantine"

struct kh_quarantine;

/* Opens the folder, making it and its key when they are not there, and tidies up what was cut off. KH_E_PERMISSION when others may enter it or it belongs to
 * somebody else. */
int kh_quarantine_open(const char *folder, struct kh_quarantine **ret) KH_MUST_USE;
void kh_quarantine_close(struct kh_quarantine *q);
KH_DEFINE_CLEANUP(quarantine, struct kh_quarantine *, kh_quarantine_close);
#define kh_auto_quarantine KH_CLEANUP(kh_cleanup_quarantine)

const char *kh_quarantine_folder(const struct kh_quarantine *q);

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

/* Copies the file into the quarantine, makes that durable, then removes it from its place. KH_E_FILE_CHANGED when the file is not what was scanned any more or
 * its name leads elsewhere; KH_E_NOT_QUARANTINABLE when it has other names besides (hard links: removing one would not remove the file). Whenever it fails, the
 * file is where it was; but one that was given a second name in the last moment is there by that name only, and kept as well (KH_E_FILE_CHANGED, the id is in the detail). */
int kh_quarantine_add(struct kh_quarantine *q, const struct kh_quarantine_file *file, char ret_id[KH_UUID_SIZE]) KH_MUST_USE;

/* Who asked for something: the user, and who logged in at first when that is known (sudo), else -1. */
struct kh_quarantine_who {
	int64_t uid, login_uid;
};
struct kh_quarantine_who kh_quarantine_who_asks(void);

struct kh_quarantine_xattr {
	char *name; /* bytes */
	uint8_t *value;
	size_t n;
};

struct kh_quarantine_entry {
	char id[KH_UUID_SIZE];
	char *path; /* bytes */
	KH_ARRAY(struct kh_detection) detections;
	int64_t quarantined_ms;
	struct kh_quarantine_who by;
	uint64_t size, inode;
	uint8_t sha256[KH_SHA256_SIZE];

	unsigned uid, gid, mode;
	unsigned flags; /* of chattr: FS_IMMUTABLE_FL …; 0: none, or the file system has none */
	int64_t mtime_s, mtime_ns, atime_s, atime_ns;
	int64_t ctime_s, ctime_ns; /* told, not restored: nobody can */
	KH_ARRAY(struct kh_quarantine_xattr) xattrs; /* with ACLs and capabilities */
	uint64_t xattrs_left_out; /* beyond KH_QUARANTINE_MAX_XATTR_BYTES */
};
void kh_quarantine_entry_done(struct kh_quarantine_entry *e);
#define kh_auto_quarantine_entry KH_CLEANUP(kh_quarantine_entry_done)

/* KH_E_NOT_FOUND: no such id. */
int kh_quarantine_read(const struct kh_quarantine *q, const char *id, struct kh_quarantine_entry *ret) KH_MUST_USE;

struct kh_quarantine_list {
	struct kh_quarantine_entry *v; /* oldest first */
	size_t n, cap;
	size_t damaged; /* manifests that cannot be read */
};
int kh_quarantine_list(struct kh_quarantine *q, struct kh_quarantine_list *ret) KH_MUST_USE;
void kh_quarantine_list_done(struct kh_quarantine_list *list);
#define kh_auto_quarantine_list KH_CLEANUP(kh_quarantine_list_done)

/* The one entry of these quarantines whose id begins so. KH_E_NOT_FOUND; KH_E_AMBIGUOUS when several do. */
int kh_quarantine_find(struct kh_quarantine *const *q, size_t n, const char *prefix, struct kh_quarantine **ret, char ret_id[KH_UUID_SIZE]) KH_MUST_USE;

/* Puts a file back where it was (or to another absolute path), with its content, owner, rights, times, extended attributes and flags, and takes it out of the
 * quarantine. Never overwrites: KH_E_EXISTS (but for the very file, put back by a restore that was cut off). Never through a symbolic link. KH_E_NOT_FOUND: no such id, or its
 * folder is gone. KH_E_SIGNATURE_INVALID: the kept content was tampered with. KH_E_IN_USE: another process works on it. It appears whole or not at all. */
int kh_quarantine_restore(struct kh_quarantine *q, const char *id, const char *to) KH_MUST_USE;

/* Hands a file over on somebody's medium: its content alone is written to a new file in the folder that dir_fd is (no owner, rights or attributes: FAT has none), read back from the medium and
 * compared; only then it is taken out of the quarantine. Errors as of kh_quarantine_restore(); KH_E_FILE_CHANGED: the medium does not give back what was written. */
int kh_quarantine_hand_over(struct kh_quarantine *q, const char *id, int dir_fd, const char *name) KH_MUST_USE;

/* Removes it for ever: what its content cannot be decrypted without is overwritten, then the files are removed. */
int kh_quarantine_delete(struct kh_quarantine *q, const char *id) KH_MUST_USE;

/* Writes it for analysts into a new file: a ZIP encrypted (AES-256) with the password that they all use, "infected", with the content, named by its hash, and
 * the manifest. It stays in the quarantine. KH_E_EXISTS; KH_E_SIGNATURE_INVALID. */
#define KH_QUARANTINE_EXPORT_PASSWORD "infected"
int kh_quarantine_export(struct kh_quarantine *q, const char *id, const char *to) KH_MUST_USE;
