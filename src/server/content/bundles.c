#include "server/content/bundles.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "server/audit/audit.h"
#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCK = 128 * 1024, MAX_REASON = 500 };

/* ---- files ---- */

static char *file_of(const char *sha256)
{
	return kh_format(KH_BUNDLES_DIR "/%s", sha256);
}

/* Beside the others first: under its name only when all of it is on disk. What is checked is the copy, which nobody else can change. */
static int take_in(const char *data_dir, int from, const struct kh_content_keys *keys, struct kh_bundle *b)
{
	struct kh_content_bundle_info info = {0};
	kh_auto_free char *aside = kh_format("%s/" KH_BUNDLES_DIR "/.adding", data_dir);
	kh_auto_fd int to = open(aside, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return kh_fail_errno("%s", aside);
	uint8_t sum[KH_SHA256_SIZE];
	uint64_t size = 0;
	int r = kh_sha256_copy(from, to, UINT64_MAX, &size, sum);
	if (r == 0)
		kh_sha256_hex(sum, b->sha256);
	r = r < 0 ? r : kh_content_bundle_check(to, keys, &info);
	if (r == 0 && size != info.bytes)
		r = kh_fail(KH_E_SYNTAX, "content bundle: %s", kh_words("there is more behind its end"));
	if (r == 0 && fsync(to) < 0)
		r = kh_fail_errno("%s", aside);
	kh_auto_free char *name = file_of(b->sha256), *path = kh_data_path(data_dir, name);
	if (r == 0 && rename(aside, path) < 0)
		r = kh_fail_errno("%s", path);
	if (r < 0) {
		unlink(aside);
		return r;
	}
	kh_data_adopt(data_dir, name);
	b->size = (int64_t)size;
	b->made_s = info.made_s;
	b->files = (int64_t)info.files;
	return 0;
}

static void remove_file(const char *data_dir, const char *sha256)
{
	kh_auto_free char *name = file_of(sha256), *path = kh_data_path(data_dir, name);
	kh_ignore(unlink(path)); /* may be gone already: a backup does not hold it */
}

/* ---- rows ---- */

#define SELECT_BUNDLE "SELECT id, sha256, size, made_s, files, added_s FROM content_bundle"

static int read_bundle(struct kh_stmt *s, int r, struct kh_bundle *ret)
{
	while (kh_stmt_next(s, &r)) {
		*ret = (struct kh_bundle){.id = kh_stmt_int(s, 0), .size = kh_stmt_int(s, 2), .made_s = kh_stmt_int(s, 3), .files = kh_stmt_int(s, 4), .added_s = kh_stmt_int(s, 5)};
		snprintf(ret->sha256, sizeof ret->sha256, "%s", kh_stmt_text(s, 1));
	}
	return r;
}

int kh_bundle_current(struct kh_db *db, struct kh_bundle *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	*ret = (struct kh_bundle){0};
	int r = kh_db_query(db, &s, SELECT_BUNDLE " ORDER BY made_s DESC, id DESC LIMIT 1");
	return read_bundle(s, r, ret);
}

static int find_bundle(struct kh_db *db, const char *sha256, struct kh_bundle *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_BUNDLE " WHERE sha256 = ?1", sha256);
	return read_bundle(s, r, ret);
}

static int audit(struct kh_db *writer, const struct kh_bundle *b, enum kh_audit_action action, const char *actor)
{
	kh_auto_free char *detail = kh_format("%lld B, %lld", (long long)b->size, (long long)b->files);
	return kh_audit_append(writer, &(struct kh_audit){.actor = actor, .action = action, .target = b->sha256, .detail = detail});
}

struct change {
	struct kh_bundle *bundle;
	const char *actor;
};

static int insert(struct kh_db *writer, void *arg)
{
	const struct change *c = arg;
	struct kh_bundle *b = c->bundle, current = {0}, same = {0};
	int r = kh_bundle_current(writer, &current);
	r = r < 0 ? r : find_bundle(writer, b->sha256, &same);
	if (r == 0 && same.id) {
		*b = same;
		return 0;
	}
	if (r == 0 && current.id && b->made_s < current.made_s)
		r = kh_fail(KH_E_OUTDATED, "content bundle: it is older than the one in use");
	if (r == 0)
		r = kh_db_int(writer, &b->id, "INSERT INTO content_bundle(sha256, size, made_s, files, added_s, added_by) VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
			      b->sha256, b->size, b->made_s, b->files, b->added_s, c->actor);
	return r < 0 ? r : audit(writer, b, KH_AUDIT_ACTION_CONTENT_ADD, c->actor);
}

int kh_bundle_add(struct kh_server *server, const char *path, const struct kh_content_keys *keys, const char *actor, int64_t now_s, struct kh_bundle *ret)
{
	struct kh_bundle b = {.added_s = now_s};
	kh_auto_free char *dir = kh_data_path(server->data_dir, KH_BUNDLES_DIR);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	int r = kh_dir_make(dir, 0700);
	if (r < 0)
		return r;
	kh_data_adopt(server->data_dir, KH_BUNDLES_DIR);
	r = take_in(server->data_dir, fd, keys, &b);
	r = r < 0 ? r : kh_dir_sync(dir);
	if (r == 0) {
		r = kh_store_write(server->store, insert, &(struct change){&b, actor});
		if (r == KH_E_OUTDATED)
			remove_file(server->data_dir, b.sha256);
	}
	if (r == 0)
		*ret = b;
	return r < 0 ? kh_fail_in(r, "%s", path) : 0;
}

static int drop(struct kh_db *writer, void *arg)
{
	const struct change *c = arg;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t id = c->bundle->id;
	*c->bundle = (struct kh_bundle){0};
	int r = kh_db_query(writer, &s, SELECT_BUNDLE " WHERE id = ?1", id);
	r = read_bundle(s, r, c->bundle);
	if (r == 0 && !c->bundle->id)
		r = kh_fail(KH_E_NOT_FOUND, "no content bundle %lld", (long long)id);
	r = r < 0 ? r : kh_db_run(writer, "DELETE FROM content_bundle WHERE id = ?1", id);
	return r < 0 ? r : audit(writer, c->bundle, KH_AUDIT_ACTION_CONTENT_REMOVE, c->actor);
}

int kh_bundle_remove(struct kh_server *server, int64_t id, const char *actor, struct kh_bundle *ret)
{
	struct kh_bundle b = {.id = id};
	int r = kh_store_write(server->store, drop, &(struct change){&b, actor});
	if (r < 0)
		return r;
	remove_file(server->data_dir, b.sha256);
	*ret = b;
	return 0;
}

/* One whose file is gone; 0: none. */
static int find_lost(struct kh_server *server, int64_t *ret_id)
{
	struct kh_db *db = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_store_reader(server->store, &db);
	r = r < 0 ? r : kh_db_query(db, &s, "SELECT id, sha256 FROM content_bundle ORDER BY id");
	while (!*ret_id && kh_stmt_next(s, &r)) {
		kh_auto_free char *name = file_of(kh_stmt_text(s, 1));
		if (!kh_data_has(server->data_dir, name))
			*ret_id = kh_stmt_int(s, 0);
	}
	return r;
}

int kh_bundles_forget_lost(struct kh_server *server)
{
	for (;;) {
		struct kh_bundle b = {0};
		int64_t id = 0;
		int r = find_lost(server, &id);
		r = r < 0 || !id ? r : kh_bundle_remove(server, id, "system", &b);
		if (r < 0 || !id)
			return r;
	}
}

/* ---- handing out ---- */

static int read_part(int fd, int64_t from, size_t count, struct kh_buf *ret)
{
	uint8_t *to = kh_buf_reserve(ret, count);
	size_t have = 0;
	if (!to)
		return kh_fail(KH_E_TOO_LARGE, "reading a content bundle");
	while (have < count) {
		ssize_t n = pread(fd, to + have, count - have, (off_t)(from + (int64_t)have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? kh_fail_errno("reading a content bundle") : kh_fail(KH_E_IO, "content bundle: %s", kh_words("less is packed than it says"));
		have += (size_t)n;
	}
	ret->len += have;
	return 0;
}

int kh_bundle_read(struct kh_db *db, const char *data_dir, const char *sha256, int64_t from, int64_t count, struct kh_buf *ret)
{
	struct kh_bundle b = {0};
	int r = find_bundle(db, sha256, &b);
	if (r == 0 && !b.id)
		r = kh_fail(KH_E_NOT_FOUND, "no such content bundle");
	if (r == 0 && from >= b.size)
		r = kh_fail(KH_E_INVALID_FIELD, "from: expected less than %lld", (long long)b.size);
	if (r < 0)
		return r;
	kh_auto_free char *name = file_of(b.sha256), *path = kh_data_path(data_dir, name);
	kh_auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return kh_fail(KH_E_NOT_FOUND, "no such content bundle");
	return read_part(fd, from, (size_t)KH_MIN(count, b.size - from), ret);
}

/* ---- what machines say ---- */

struct said {
	const char *sha256;
	int64_t made_s, newest_s, rules, signatures, hashes;
};

static bool read_said(const json_t *content, struct said *ret)
{
	uint8_t sum[KH_SHA256_SIZE];
	return json_is_object(content) && kh_json_text_or(content, "bundle", NULL, &ret->sha256) == 0 &&
	       kh_json_int_or(content, "bundle_made_s", 0, INT64_MAX, -1, &ret->made_s) == 0 && kh_json_int_or(content, "newest_s", 0, INT64_MAX, -1, &ret->newest_s) == 0 &&
	       kh_json_int_or(content, "rules", 0, INT64_MAX, 0, &ret->rules) == 0 && kh_json_int_or(content, "signatures", 0, INT64_MAX, 0, &ret->signatures) == 0 &&
	       kh_json_int_or(content, "hashes", 0, INT64_MAX, 0, &ret->hashes) == 0 && (!ret->sha256 || kh_unhex(ret->sha256, sum, sizeof sum));
}

static struct kh_db_value known_int(int64_t value)
{
	return value < 0 ? kh_db_value_null(NULL) : kh_db_value_int(value);
}

/* Why a bundle was refused is of no interest once another is in use. */
int kh_content_said(struct kh_db *writer, int64_t endpoint_id, const json_t *content, int64_t at_s, bool *ret_changed)
{
	struct said said = {0};
	int64_t same = 0;
	if (!read_said(content, &said))
		return 0;
	int r = kh_db_int(writer, &same, "SELECT COUNT(*) FROM content_state WHERE endpoint_id = ?1 AND COALESCE(sha256, '') = COALESCE(?2, '') AND COALESCE(newest_s, -1) = ?3", endpoint_id,
			  said.sha256, said.newest_s);
	if (r == 0)
		r = kh_db_run(writer,
			      "INSERT INTO content_state(endpoint_id, sha256, made_s, newest_s, rules, signatures, hashes, said_s) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			      " ON CONFLICT(endpoint_id) DO UPDATE SET error = CASE WHEN COALESCE(content_state.sha256, '') = COALESCE(excluded.sha256, '') THEN content_state.error END,"
			      " sha256 = excluded.sha256, made_s = excluded.made_s, newest_s = excluded.newest_s, rules = excluded.rules, signatures = excluded.signatures,"
			      " hashes = excluded.hashes, said_s = excluded.said_s",
			      endpoint_id, said.sha256, known_int(said.made_s), known_int(said.newest_s), said.rules, said.signatures, said.hashes, at_s);
	*ret_changed |= !same;
	return r;
}

int kh_content_event(struct kh_db *writer, int64_t endpoint_id, const char *action, size_t action_n, const char *event, size_t n)
{
	static const char refused[] = "content_refused";
	kh_auto_json json_t *j = NULL;
	if (action_n != strlen(refused) || memcmp(action, refused, action_n) != 0 || kh_json_parse(event, n, &j) < 0)
		return 0;
	const char *reason = json_string_value(json_object_get(json_object_get(json_object_get(j, "khien"), "content"), "reason"));
	return reason && strlen(reason) <= MAX_REASON ? kh_db_run(writer, "UPDATE content_state SET error = ?2 WHERE endpoint_id = ?1", endpoint_id, reason) : 0;
}
