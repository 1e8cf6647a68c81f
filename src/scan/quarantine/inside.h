/* What the files of the quarantine share: its folder, the names in it, the lock of an entry. */
#pragma once

#include "scan/quarantine.h"
#include "scan/quarantine/seal.h"

#include <stdbool.h>

struct kh_quarantine {
	char *folder;
	int fd;
	uint8_t key[KH_SEAL_KEY_SIZE];
};

/* "<id>.khq" and so on. */
#define KH_QUARANTINE_CONTENT "khq"
#define KH_QUARANTINE_TAKING "taking"
#define KH_QUARANTINE_KEPT "json"
#define KH_QUARANTINE_GONE "gone"
#define KH_QUARANTINE_NAME_SIZE (KH_UUID_SIZE + 8)
const char *kh_quarantine_name(const char *id, const char *ending, char ret[KH_QUARANTINE_NAME_SIZE]);

bool kh_quarantine_is_id(const char *s);

/* The entry's content file, open for reading and writing, and locked until it is closed. KH_E_IN_USE when somebody else has the lock; KH_E_NOT_FOUND. */
int kh_quarantine_lock(const struct kh_quarantine *q, const char *id, int *ret_fd) KH_MUST_USE;

/* The manifest under one of its names. KH_E_NOT_FOUND; KH_E_SYNTAX, KH_E_INVALID_FIELD when it is damaged. */
int kh_quarantine_read_as(const struct kh_quarantine *q, const char *id, const char *ending, struct kh_quarantine_entry *ret) KH_MUST_USE;

/* From one state to another; durable. */
int kh_quarantine_turn(const struct kh_quarantine *q, const char *id, const char *from, const char *to) KH_MUST_USE;

/* Removes a locked entry, whatever state it is in, its content made unreadable first. `content` may be -1: it is gone already. */
int kh_quarantine_forget(const struct kh_quarantine *q, const char *id, int content) KH_MUST_USE;

/* Brings what was cut off to an end (tidy.c). */
int kh_quarantine_tidy(const struct kh_quarantine *q) KH_MUST_USE;

/* fsync of a folder whose descriptor may be one that cannot be synced itself (O_PATH). A file system that cannot sync folders is no error. */
int kh_quarantine_sync(int dir_fd) KH_MUST_USE;

/* ---- the folder beside a file, into which it is moved to be removed (aside.c) ---- */

struct kh_aside {
	int fd;
	char name[sizeof ".khien-" + KH_UUID_SIZE];
};

/* Makes `.khien-<id>` in the folder; nobody else may enter it. On file systems without owners (FAT, some network shares) others may, and nothing can be done about it. */
int kh_aside_make(int dir_fd, const char *id, struct kh_aside *ret) KH_MUST_USE;
/* The one that was left behind; KH_E_NOT_FOUND. */
int kh_aside_open(int dir_fd, const char *id, struct kh_aside *ret) KH_MUST_USE;
/* Moves whatever stands under the name into it, as KH_ASIDE_FILE; back without overwriting: when the name is taken meanwhile, to "khien-<id>" beside it. */
#define KH_ASIDE_FILE "file"
int kh_aside_take(const struct kh_aside *a, int dir_fd, const char *name) KH_MUST_USE;
int kh_aside_put_back(const struct kh_aside *a, int dir_fd, const char *name, const char *id) KH_MUST_USE;
/* Removes what was moved into it; durable when it returns 0. */
int kh_aside_remove_file(const struct kh_aside *a) KH_MUST_USE;
/* Removes the folder, if it is empty, and syncs the one it is in. What fails here harms nothing, and is not told: the detail of an earlier error stays. */
void kh_aside_done(struct kh_aside *a, int dir_fd);
