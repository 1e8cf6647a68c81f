#include "server/endpoint/endpoint.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"

#include <string.h>

#define SHORTEST_PREFIX 4

/* ---- finding ---- */

/* One id, or how many there are. */
static int find_one(struct kh_db *db, const char *condition, const char *value, int64_t *ret_id, int64_t *ret_count)
{
	kh_auto_free char *count = kh_format("SELECT COUNT(*) FROM endpoint WHERE %s", condition),
			  *first = kh_format("SELECT MIN(id) FROM endpoint WHERE %s", condition);
	int r = kh_db_int(db, ret_count, count, value);
	return r < 0 ? r : kh_db_int(db, ret_id, first, value);
}

int kh_endpoint_find(struct kh_db *db, const char *asked, int64_t *ret_id)
{
	kh_auto_free char *fold = NULL;
	int r = kh_utf8_fold(asked, &fold);
	if (r < 0)
		return r;
	const struct {
		const char *condition, *value;
	} ways[] = {
		{"uid = ?1", asked},
		{"state = 'active' AND hostname_fold = ?1", fold},
		{"substr(uid, 1, length(?1)) = ?1", strlen(asked) < SHORTEST_PREFIX ? "none" : asked},
	};
	for (size_t i = 0; i < KH_COUNT(ways); i++) {
		int64_t id = 0, count = 0;
		r = find_one(db, ways[i].condition, ways[i].value, &id, &count);
		if (r < 0)
			return r;
		if (count > 1)
			return kh_fail(KH_E_AMBIGUOUS, "%lld machines are called %s: give the id", (long long)count, asked);
		if (count == 1) {
			*ret_id = id;
			return 0;
		}
	}
	return kh_fail(KH_E_NOT_FOUND, "machine %s", asked);
}

/* ---- revoking ---- */

struct endpoint {
	int64_t unit_id;
	bool active;
	char *uid, *hostname;
};

static void endpoint_done(struct endpoint *e)
{
	free(e->uid);
	free(e->hostname);
}

static int read_endpoint(struct kh_db *db, int64_t id, struct endpoint *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT unit_id, uid, hostname, CASE WHEN state = 'active' THEN 1 ELSE 0 END FROM endpoint WHERE id = ?1", id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "machine");
	*ret = (struct endpoint){
		.unit_id = kh_stmt_int(s, 0),
		.uid = kh_strdup(kh_stmt_text(s, 1)),
		.hostname = kh_strdup(kh_stmt_text(s, 2)),
		.active = kh_stmt_int(s, 3),
	};
	return 0;
}

static int end_certificates(struct kh_db *db, int64_t id, const char *reason, int64_t now_s, int64_t *ret_count)
{
	int r = kh_db_run(db, "UPDATE certificate SET revoked_s = ?2, reason = ?3 WHERE endpoint_id = ?1 AND revoked_s IS NULL", id, now_s, reason);
	*ret_count = kh_db_changes(db);
	return r;
}

int kh_endpoint_revoke(struct kh_db *writer, int64_t id, const char *reason, const char *actor, int64_t now_s, int64_t *ret_certificates)
{
	KH_CLEANUP(endpoint_done) struct endpoint e = {0};
	int64_t certificates = 0;
	int r = read_endpoint(writer, id, &e);
	if (r == 0 && e.active)
		r = kh_db_run(writer, "UPDATE endpoint SET state = 'revoked', version = version + 1 WHERE id = ?1", id);
	if (r == 0 && e.active)
		r = kh_posture_endpoint_removed(writer, id);
	if (r == 0)
		r = end_certificates(writer, id, reason ? reason : "revoked", now_s, &certificates);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE endpoint_order SET state = 'expired' WHERE endpoint_id = ?1 AND state IN ('waiting', 'sent')", id);
	kh_auto_free char *detail = kh_format("%s%s%s", e.hostname ? e.hostname : "", reason ? ": " : "", reason ? reason : "");
	if (r == 0 && (e.active || certificates))
		r = kh_audit_append(writer,
				    &(struct kh_audit){.actor = actor, .unit_id = e.unit_id, .action = KH_AUDIT_ACTION_ENDPOINT_REVOKE, .target = e.uid, .detail = detail});
	if (r == 0)
		*ret_certificates = certificates;
	return r;
}

/* ---- from unit to unit ---- */

/* Twice within one second: where it stood before that second counts. */
#define LEAVE(which) "INSERT INTO endpoint_was(endpoint_id, unit_id, until_s) SELECT id, unit_id, ?3 FROM endpoint WHERE " which " AND unit_id <> ?2 ON CONFLICT DO NOTHING"
#define ENTER(which) "UPDATE endpoint SET unit_id = ?2, version = version + 1 WHERE " which

int kh_endpoint_move(struct kh_db *writer, int64_t id, int64_t to_unit, int64_t now_s)
{
	int r = kh_db_run(writer, LEAVE("id = ?1"), id, to_unit, now_s);
	return r < 0 ? r : kh_db_run(writer, ENTER("id = ?1"), id, to_unit);
}

int kh_endpoint_move_all(struct kh_db *writer, int64_t from_unit, int64_t to_unit, int64_t now_s)
{
	int r = kh_db_run(writer, LEAVE("unit_id = ?1"), from_unit, to_unit, now_s);
	return r < 0 ? r : kh_db_run(writer, ENTER("unit_id = ?1"), from_unit, to_unit);
}
