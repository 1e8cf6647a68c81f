#include "server/audit/audit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_HEADS_BYTES (64 * KH_MIB) /* some 100 bytes for each row of the log */

static const char first_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

struct row {
	int64_t id, at_ms, unit_id; /* unit_id 0: none */
	const char *actor, *action, *target, *detail;
};

static void add_text(struct kh_buf *b, const char *text)
{
	kh_buf_addf(b, "%zu:%s\n", strlen(text), text);
}

/* The canonical form that audit.h describes. */
static void hash_row(const char *previous, const struct row *row, char ret_hex[KH_SHA256_HEX_SIZE])
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "%s\n%" PRId64 "\n%" PRId64 "\n", previous, row->id, row->at_ms);
	add_text(&b, row->actor);
	if (row->unit_id)
		kh_buf_addf(&b, "%" PRId64 "\n", row->unit_id);
	else
		kh_buf_adds(&b, "-\n");
	add_text(&b, row->action);
	add_text(&b, row->target);
	add_text(&b, row->detail);
	kh_buf_adds(&b, ".\n");
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(kh_buf_text(&b), b.len, hash);
	kh_sha256_hex(hash, ret_hex);
}

/* "12 4f0a…", anything behind it. A line that a crash cut short, with the next one run into it, is none. */
static bool parse_head(const char *text, struct kh_audit_head *ret)
{
	char number[24];
	const char *space = strchr(text, ' ');
	size_t n = space ? (size_t)(space - text) : sizeof number;
	if (n >= sizeof number || strspn(space + 1, "0123456789abcdef") != sizeof ret->hash - 1)
		return false;
	memcpy(number, text, n);
	number[n] = '\0';
	if (!kh_parse_int(number, 0, INT64_MAX, &ret->count))
		return false;
	memcpy(ret->hash, space + 1, sizeof ret->hash - 1);
	ret->hash[sizeof ret->hash - 1] = '\0';
	return true;
}

int kh_audit_head(struct kh_db *db, struct kh_audit_head *ret)
{
	kh_auto_free char *text = NULL;
	int r = kh_db_text(db, &text, "SELECT value FROM meta WHERE key = 'audit_head'");
	if (r < 0)
		return r;
	struct kh_audit_head head = {0};
	if (text && !parse_head(text, &head))
		return kh_fail(KH_E_DATABASE, "meta.audit_head is damaged");
	*ret = head;
	return 0;
}

/* ---- appending ---- */

static int insert(struct kh_db *db, const struct row *row, const char *hash)
{
	kh_auto_free char *head = kh_format("%" PRId64 " %s", row->id, hash);
	struct kh_db_value unit = row->unit_id ? kh_db_value_int(row->unit_id) : kh_db_value_null(NULL);
	int r = kh_db_run(db, "INSERT INTO audit(id, at_ms, actor, unit_id, action, target, detail, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", row->id,
			  row->at_ms, row->actor, unit, row->action, row->target, row->detail, hash);
	return r < 0 ? r : kh_db_run(db, "INSERT INTO meta(key, value) VALUES('audit_head', ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value", head);
}

int kh_audit_append(struct kh_db *writer, const struct kh_audit *entry)
{
	struct kh_audit_head head = {0};
	int r = kh_audit_head(writer, &head);
	if (r < 0)
		return r;
	/* Texts may hold names that strangers typed: control characters and bytes that are not UTF-8 are written as \xNN. */
	char actor[256], target[KH_AUDIT_MAX_DETAIL], detail[KH_AUDIT_MAX_DETAIL], hash[KH_SHA256_HEX_SIZE];
	kh_printable(actor, sizeof actor, entry->actor);
	kh_printable(target, sizeof target, entry->target);
	kh_printable(detail, sizeof detail, entry->detail ? entry->detail : "");
	struct row row = {
		.id = head.count + 1,
		.at_ms = kh_now_ms(),
		.unit_id = entry->unit_id,
		.actor = actor,
		.action = entry->action,
		.target = target,
		.detail = detail,
	};
	hash_row(head.count ? head.hash : first_hash, &row, hash);
	return insert(writer, &row, hash);
}

int kh_audit_note_head(struct kh_db *db, const char *heads_path, struct kh_audit_head *last)
{
	struct kh_audit_head head = {0};
	int r = kh_audit_head(db, &head);
	if (r < 0 || head.count == last->count)
		return r;
	char iso[KH_ISO_SIZE];
	kh_auto_free char *line = kh_format("%" PRId64 " %s %s\n", head.count, head.hash, kh_time_iso(kh_now_ms(), iso));
	kh_auto_fd int fd = open(heads_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	/* One write: lines of several processes do not mix. */
	if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		return kh_fail_errno("%s", heads_path);
	*last = head;
	return 0;
}

/* ---- verifying ---- */

/* Lines of the heads file that are still to be met. */
struct heads {
	struct kh_buf text;
	struct kh_audit_head *v;
	size_t n, next;
};

static void heads_done(struct heads *h)
{
	kh_buf_done(&h->text);
	free(h->v);
}

static int by_count(const void *a, const void *b)
{
	const struct kh_audit_head *x = a, *y = b;
	return (x->count > y->count) - (x->count < y->count);
}

/* Processes append as they commit, so the lines are nearly in order; a line cut short by a crash is no line. */
static int read_heads(const char *path, struct heads *ret)
{
	if (!path || !kh_file_exists(path))
		return 0;
	int r = kh_file_read(path, MAX_HEADS_BYTES, &ret->text);
	if (r < 0)
		return r;
	size_t lines = 0;
	for (const char *p = kh_buf_text(&ret->text); *p; p++)
		lines += *p == '\n';
	ret->v = kh_alloc_array(lines, sizeof *ret->v);
	char *rest = ret->text.data;
	for (size_t i = 0; i < lines; i++) {
		struct kh_audit_head head = {0};
		if (parse_head(kh_split(&rest, "\n"), &head))
			ret->v[ret->n++] = head;
	}
	qsort(ret->v, ret->n, sizeof *ret->v, by_count);
	return 0;
}

static void broken(struct kh_audit_verdict *v, int64_t id, const char *what)
{
	v->intact = false;
	v->broken_id = id;
	if (id)
		snprintf(v->what, sizeof v->what, kh_words("row %lld: %s"), (long long)id, kh_words(what));
	else
		snprintf(v->what, sizeof v->what, "%s", kh_words(what));
}

/* Every noted head of this row must be its hash. */
static bool heads_agree(struct heads *h, int64_t id, const char *hash)
{
	bool agree = true;
	for (; h->next < h->n && h->v[h->next].count <= id; h->next++)
		agree &= h->v[h->next].count < id || kh_streq(h->v[h->next].hash, hash);
	return agree;
}

static const char *text_of(const struct kh_stmt *s, int column)
{
	return kh_stmt_text(s, column) ? kh_stmt_text(s, column) : "";
}

/* One row against the row before; false ends the walk. */
static bool check_row(const struct kh_stmt *s, struct heads *heads, char previous[KH_SHA256_HEX_SIZE], struct kh_audit_verdict *v)
{
	struct row row = {
		.id = kh_stmt_int(s, 0),
		.at_ms = kh_stmt_int(s, 1),
		.actor = text_of(s, 2),
		.unit_id = kh_stmt_int(s, 3),
		.action = text_of(s, 4),
		.target = text_of(s, 5),
		.detail = text_of(s, 6),
	};
	char hash[KH_SHA256_HEX_SIZE];
	hash_row(previous, &row, hash);
	if (row.id != v->rows + 1)
		broken(v, v->rows + 1, "missing");
	else if (!kh_streq(hash, text_of(s, 7)))
		broken(v, row.id, "the content does not fit its hash, or the row before was changed");
	else if (!heads_agree(heads, row.id, hash))
		broken(v, row.id, "not what the file of heads has noted: the log was written anew");
	memcpy(previous, hash, KH_SHA256_HEX_SIZE);
	v->rows += v->intact;
	return v->intact;
}

static int check_rows(struct kh_db *db, struct heads *heads, char last[KH_SHA256_HEX_SIZE], struct kh_audit_verdict *v)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT id, at_ms, actor, unit_id, action, target, detail, hash FROM audit ORDER BY id");
	while (kh_stmt_next(s, &r))
		if (!check_row(s, heads, last, v))
			return 0;
	return r;
}

/* Rows taken off the end. */
static int check_end(struct kh_db *db, const struct heads *heads, const char *last, struct kh_audit_verdict *v)
{
	struct kh_audit_head head = {0};
	int r = kh_audit_head(db, &head);
	if (r == KH_E_DATABASE)
		broken(v, 0, "meta.audit_head is damaged");
	else if (r < 0)
		return r;
	else if (head.count > v->rows)
		broken(v, v->rows + 1, "missing: rows were taken off the end");
	else if (head.count < v->rows || (v->rows && !kh_streq(head.hash, last)))
		broken(v, 0, "meta.audit_head is not the last row");
	else if (heads->next < heads->n)
		broken(v, v->rows + 1, "missing: the file of heads has noted a later row");
	return 0;
}

static int verify(struct kh_db *db, const char *heads_path, struct kh_audit_verdict *v)
{
	KH_CLEANUP(heads_done) struct heads heads = {.text = KH_BUF_MAX(MAX_HEADS_BYTES)};
	char last[KH_SHA256_HEX_SIZE];
	memcpy(last, first_hash, sizeof last);
	/* The file first: rows that come meanwhile are in the snapshot, not in the file. */
	int r = read_heads(heads_path, &heads);
	if (r == 0)
		r = kh_db_begin(db);
	if (r < 0)
		return r;
	r = check_rows(db, &heads, last, v);
	if (r == 0 && v->intact)
		r = check_end(db, &heads, last, v);
	kh_db_rollback(db);
	return r;
}

int kh_audit_verify(struct kh_db *db, const char *heads_path, struct kh_audit_verdict *ret)
{
	struct kh_audit_verdict v = {.intact = true};
	int r = verify(db, heads_path, &v);
	if (r == 0)
		*ret = v;
	return r;
}
