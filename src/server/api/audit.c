/* The audit log as it may be read: rows about units of the caller's subtree; rows about no unit at all are for those who see a whole tree. */
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/audit/detail.h"

/* ?1 a pattern or null, ?2 whether the caller's unit stands at the top of its line. */
#define SOURCE                                                                                                            \
	" FROM audit a LEFT JOIN unit u ON u.id = a.unit_id WHERE ({scope:a.unit_id} OR (a.unit_id IS NULL AND ?2 = 1))"  \
	" AND (CAST(?1 AS TEXT) IS NULL OR a.actor LIKE ?1 ESCAPE '\\' OR a.action LIKE ?1 ESCAPE '\\' OR a.target LIKE ?1 ESCAPE '\\')"

static int is_top(const struct kh_api_call *call, bool *ret)
{
	int64_t above = 0;
	int r = kh_scope_int(call->db, &call->scope, &above,
			     "SELECT COUNT(*) FROM unit_ancestor a WHERE a.unit_id = ?1 AND a.ancestor_id <> ?1 AND {scope:a.unit_id}", call->scope.unit_id);
	*ret = above == 0;
	return r;
}

static json_t *object_of(struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_int(o, "at_ms", kh_stmt_int(s, 1));
	kh_json_set_text(o, "actor", kh_stmt_text(s, 2));
	kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 3), kh_stmt_text(s, 4)));
	kh_json_set_text(o, "action", kh_stmt_text(s, 5));
	kh_json_set_text(o, "target", kh_stmt_text(s, 6));
	kh_auto_free char *detail = kh_audit_say(kh_stmt_text(s, 7));
	kh_json_set_text(o, "detail", detail);
	return o;
}

int kh_route_audit_list(struct kh_api_call *call)
{
	kh_auto_free char *pattern = kh_call_raw_pattern(call);
	kh_auto_json json_t *items = json_array();
	bool top = false;
	int64_t total = 0;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = is_top(call, &top);
	r = r < 0 ? r : kh_scope_int(call->db, &call->scope, &total, "SELECT COUNT(*)" SOURCE, pattern, top);
	if (r == 0)
		r = kh_scope_query(call->db, &call->scope, &s,
				   "SELECT a.id, a.at_ms, a.actor, u.code, u.name, a.action, a.target, a.detail" SOURCE " ORDER BY a.id DESC LIMIT ?3 OFFSET ?4",
				   pattern, top, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, object_of(s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}
