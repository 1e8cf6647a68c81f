/* Bundles of content (content/bundle.h) that the server hands to agents: files content/SHA256 of the data directory, rows of content_bundle. The newest made is the
 * current one; removing it makes the one before current again, for machines that have not taken it yet: an agent takes nothing older than what it has. Agents check the signature themselves: the server could hand out nothing that they do
 * not believe. */
#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "content/bundle.h"
#include "server/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_BUNDLES_DIR "content"             /* in the data directory */
#define KH_BUNDLE_PART_BYTES (1024 * 1024)   /* of one answer */
#define KH_BUNDLE_SHA256_SIZE 65             /* hex and the NUL */
#define KH_BUNDLE_GRACE_S 86400              /* a machine with the one before is up to date for so long after a new one came */

struct kh_bundle {
	int64_t id; /* 0: none */
	char sha256[KH_BUNDLE_SHA256_SIZE];
	int64_t size, made_s, files, added_s;
};

/* Copies the file into the data directory and makes its row; one that is there already only gives that. Errors of kh_content_bundle_check(), and KH_E_OUTDATED
 * when it is older than the current one. */
int kh_bundle_add(struct kh_server *server, const char *path, const struct kh_content_keys *keys, const char *actor, int64_t now_s, struct kh_bundle *ret) KH_MUST_USE;

/* KH_E_NOT_FOUND. */
int kh_bundle_remove(struct kh_server *server, int64_t id, const char *actor, struct kh_bundle *ret) KH_MUST_USE;

/* Forgets bundles whose file is gone: a backup does not hold them, so a restored server has none until they are added again. At start. */
int kh_bundles_forget_lost(struct kh_server *server) KH_MUST_USE;

/* The one that agents are to have; id 0: there is none. */
int kh_bundle_current(struct kh_db *db, struct kh_bundle *ret) KH_MUST_USE;

/* Its bytes from `from`, at most `count`, appended. KH_E_NOT_FOUND: no such bundle, or its file is gone; KH_E_INVALID_FIELD: from lies behind the end. */
int kh_bundle_read(struct kh_db *db, const char *data_dir, const char *sha256, int64_t from, int64_t count, struct kh_buf *ret) KH_MUST_USE;

/* What a machine says of its content, in its health report (docs/protocol.md): passed over when it is not as it should be. On the writer. *ret_changed is set when it is
 * another than before. */
int kh_content_said(struct kh_db *writer, int64_t endpoint_id, const json_t *content, int64_t at_s, bool *ret_changed) KH_MUST_USE;

/* An event of category `package` with its whole text: a machine that refused a bundle says why. */
int kh_content_event(struct kh_db *writer, int64_t endpoint_id, const char *action, size_t action_n, const char *event, size_t n) KH_MUST_USE;
