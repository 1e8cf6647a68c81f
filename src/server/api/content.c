/* Malware content: the bundle handed out, and what each machine has of it (spec/api/content.yaml). */
#include "base/error.h"
#include "server/api/endpoints.h"
#include "server/api/objects.h"
#include "server/content/bundles.h"

/* ?1 the hash of the current bundle, "" when there is none. Machines that never call the server get no content from it. */
#define STATE "CASE WHEN k.endpoint_id IS NULL THEN 'never_said' WHEN k.sha256 = ?1 THEN 'current' ELSE 'older' END"
#define MACHINES                                                                                                                  \
	" FROM endpoint e JOIN unit u ON u.id = e.unit_id LEFT JOIN content_state k ON k.endpoint_id = e.id WHERE {scope:e.unit_id}" \
	" AND e.state = 'active' AND e.offline_key IS NULL"
#define SELECT_MACHINE "SELECT e.uid, e.hostname, u.code, u.name, " STATE ", e.seen_s, k.made_s, k.newest_s, k.rules, k.signatures, k.hashes, k.error, k.said_s" MACHINES
#define CHOSEN " AND (CAST(?2 AS TEXT) = 'all' OR " STATE " = ?2) AND (CAST(?3 AS TEXT) IS NULL OR e.hostname_fold LIKE ?3 ESCAPE '\\')"

static json_t *bundle_object(const struct kh_bundle *b)
{
	if (!b->id)
		return json_null();
	json_t *o = json_object();
	kh_json_set_int(o, "id", b->id);
	kh_json_set_text(o, "sha256", b->sha256);
	kh_json_set_int(o, "size", b->size);
	kh_json_set_int(o, "files", b->files);
	kh_json_set_int(o, "made_s", b->made_s);
	kh_json_set_int(o, "added_s", b->added_s);
	return o;
}

static json_t *machine_object(const struct kh_stmt *s)
{
	static const char *const numbers[] = {"made_s", "newest_s", "rules", "signatures", "hashes"};
	json_t *o = json_object();
	kh_json_set(o, "endpoint", kh_object_endpoint_ref(kh_stmt_text(s, 0), kh_stmt_text(s, 1), kh_stmt_text(s, 2), kh_stmt_text(s, 3)));
	kh_json_set_text(o, "state", kh_stmt_text(s, 4));
	kh_json_set_int(o, "seen_s", kh_stmt_int(s, 5));
	for (int i = 0; i < (int)KH_COUNT(numbers); i++)
		kh_json_set(o, numbers[i], kh_object_int(s, 6 + i));
	kh_json_set(o, "error", kh_object_text(s, 11));
	kh_json_set(o, "said_s", kh_object_int(s, 12));
	return o;
}

int kh_endpoint_content(const struct kh_api_call *call, int64_t endpoint_id, json_t **ret)
{
	struct kh_bundle current = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	*ret = json_null();
	int r = kh_bundle_current(call->db, &current);
	r = r < 0 ? r : kh_scope_query(call->db, &call->scope, &s, SELECT_MACHINE " AND e.id = ?2", current.sha256, endpoint_id);
	while (kh_stmt_next(s, &r))
		*ret = machine_object(s);
	return r;
}

int kh_route_content_show(struct kh_api_call *call)
{
	static const char *const names[] = {"machines", "current", "older", "never_said"};
	struct kh_bundle current = {0};
	struct kh_scope scope = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *answer = json_object(), *counts = json_object();
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	r = r < 0 ? r : kh_bundle_current(call->db, &current);
	r = r < 0 ? r
		  : kh_scope_query(call->db, &scope, &s,
				   "SELECT COUNT(*), SUM(CASE WHEN x.state = 'current' THEN 1 ELSE 0 END), SUM(CASE WHEN x.state = 'older' THEN 1 ELSE 0 END),"
				   " SUM(CASE WHEN x.state = 'never_said' THEN 1 ELSE 0 END) FROM (SELECT " STATE " AS state" MACHINES ") x",
				   current.sha256);
	while (kh_stmt_next(s, &r))
		for (int i = 0; i < (int)KH_COUNT(names); i++)
			kh_json_set_int(counts, names[i], kh_stmt_int(s, i));
	if (r < 0)
		return r;
	kh_json_set(answer, "bundle", bundle_object(&current));
	kh_json_set(answer, "counts", kh_take(counts));
	kh_call_answer(call, kh_take(answer));
	return 0;
}

int kh_route_content_machines(struct kh_api_call *call)
{
	struct kh_bundle current = {0};
	struct kh_scope scope = {0};
	kh_auto_free char *pattern = NULL;
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	const char *state = kh_call_text(call, "state");
	int64_t total = 0;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	r = r < 0 ? r : kh_call_pattern(call, &pattern);
	r = r < 0 ? r : kh_bundle_current(call->db, &current);
	r = r < 0 ? r : kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*)" MACHINES CHOSEN, current.sha256, state, pattern);
	r = r < 0 ? r
		  : kh_scope_query(call->db, &scope, &s, SELECT_MACHINE CHOSEN " ORDER BY CASE " STATE " WHEN 'older' THEN 0 WHEN 'never_said' THEN 1 ELSE 2 END, COALESCE(k.newest_s, -1), e.hostname, e.id LIMIT ?4 OFFSET ?5", current.sha256, state, pattern,
				   kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, machine_object(s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}
