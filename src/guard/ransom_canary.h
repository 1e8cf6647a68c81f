/* Canaries: harmless files of our own among the documents of people. Nobody has a reason to change them; who does is looked at.
 *
 * Each folder gets three, a docx and a jpg whose names sort first and an xlsx whose name sorts last. They are hidden (a dot in front), so that nobody wonders about them, or shown
 * under a name that says what they are. Their content says it in any case, in Vietnamese: what this is, that it holds nobody's data, please leave it. They belong to the
 * owner of the folder and have the mode of a file there, or an encryptor of that user could not touch them. They are marked "nodump", so that backups can leave them out.
 *
 * What was placed stands in a manifest (JSON, 0600), written before the files are made: whatever happens in between, they are found again. A file that is not in it is never
 * touched, and one in it is removed only while it is the same file (inode) or has our content. Folders are reached without following any symbolic link. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_canary_kind { KH_CANARY_DOCX, KH_CANARY_JPG, KH_CANARY_XLSX, KH_CANARY_KINDS };

struct kh_canary {
	char *folder, *name; /* an absolute path without a "/" at its end, UTF-8 */
	enum kh_canary_kind kind;
	uint64_t serial; /* makes the content: no two canaries are alike */
	uint64_t inode;  /* 0: not made yet */
};

struct kh_canaries {
	KH_ARRAY(struct kh_canary) all;
	char *manifest; /* its path */
};
#define KH_CANARY_MOST_FOLDERS 1000

/* The manifest at `path`; none: no canaries. KH_E_SYNTAX, KH_E_INVALID_FIELD, KH_E_IO. */
int kh_canaries_load(const char *path, struct kh_canaries *ret) KH_MUST_USE;
void kh_canaries_done(struct kh_canaries *c);

/* Makes what is missing in the folders that the patterns (glob, NULL-terminated) lead to, makes anew what was changed, removes what is no longer wanted. A folder where that is
 * not possible is left out. */
int kh_canaries_place(struct kh_canaries *c, const char *const *patterns, bool shown) KH_MUST_USE;
int kh_canaries_remove(struct kh_canaries *c) KH_MUST_USE; /* all of them, and the manifest */

/* NULL when it is none. Lent. */
const struct kh_canary *kh_canaries_find(const struct kh_canaries *c, const char *folder, const char *name) KH_PURE;

/* The content of a canary; the same for the same kind and serial. */
void kh_canary_content(enum kh_canary_kind kind, uint64_t serial, struct kh_buf *out);
bool kh_canary_is_intact(const struct kh_canary *c, int fd);
