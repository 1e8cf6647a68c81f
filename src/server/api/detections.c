/* Detections: of a unit and everything below it (spec/api/endpoints.yaml, detection_list), and of one endpoint. */
#include "base/error.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/report/json.h"

#include <ctype.h>

/* ?1 an endpoint or 0, ?2 state, ?3 verdict, ?4 pattern of the host name (folded), ?5 the same pattern for what is not kept folded. */
#define CHOSEN                                                                                                                          \
	" FROM detection d JOIN endpoint e ON e.id = d.endpoint_id JOIN unit u ON u.id = e.unit_id"                                     \
	" WHERE {scope:e.unit_id} AND (?1 = 0 OR d.endpoint_id = ?1)"                                                                   \
	" AND (CAST(?2 AS TEXT) = 'all' OR d.state = ?2 OR (?2 = 'open' AND d.state IN ('found', 'verified')))"                         \
	" AND (CAST(?3 AS TEXT) IS NULL OR d.verdict = ?3)"                                                                             \
	" AND (CAST(?4 AS TEXT) IS NULL OR e.hostname_fold LIKE ?4 ESCAPE '\\' OR LOWER(d.rule) LIKE ?5 ESCAPE '\\' OR LOWER(d.path) LIKE ?5 ESCAPE '\\')"

struct filter {
	struct kh_scope scope;
	int64_t endpoint_id;
	const char *state, *verdict;
	char *folded, *lower;
};

static void filter_done(struct filter *f)
{
	free(f->folded);
	free(f->lower);
}

static json_t *detection_object(const struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set(o, "endpoint", kh_object_endpoint_ref(kh_stmt_text(s, 1), kh_stmt_text(s, 2), kh_stmt_text(s, 3), kh_stmt_text(s, 4)));
	kh_json_set_int(o, "found_s", kh_stmt_int(s, 5));
	kh_json_set_text(o, "engine", kh_stmt_text(s, 6));
	kh_json_set_text(o, "rule", kh_stmt_text(s, 7));
	kh_json_set_text(o, "path", kh_stmt_text(s, 8));
	kh_json_set_text(o, "member", kh_stmt_text(s, 9));
	kh_json_set_text(o, "sha256", kh_stmt_text(s, 10));
	kh_json_set(o, "size", kh_object_int(s, 11));
	kh_json_set_text(o, "verdict", kh_stmt_text(s, 12));
	kh_json_set_text(o, "state", kh_stmt_text(s, 13));
	kh_json_set_int(o, "changed_s", kh_stmt_int(s, 14));
	kh_json_set_text(o, "changed_by", kh_stmt_text(s, 15));
	return o;
}

static int count(const struct kh_api_call *call, const struct filter *f, int64_t *ret)
{
	return kh_scope_int(call->db, &f->scope, ret, "SELECT COUNT(*)" CHOSEN, f->endpoint_id, f->state, f->verdict, f->folded, f->lower);
}

static int list(const struct kh_api_call *call, const struct filter *f, json_t *items)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &f->scope, &s,
			       "SELECT d.id, e.uid, e.hostname, u.code, u.name, d.found_s, d.engine, d.rule, d.path, d.member, d.sha256, d.size, d.verdict, d.state,"
			       " d.changed_s, d.changed_by" CHOSEN " ORDER BY d.found_s DESC, d.id DESC LIMIT ?6 OFFSET ?7",
			       f->endpoint_id, f->state, f->verdict, f->folded, f->lower, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, detection_object(s));
	return r;
}

static int answer(struct kh_api_call *call, const struct filter *f)
{
	kh_auto_json json_t *items = json_array();
	int64_t total = 0;
	int r = count(call, f, &total);
	if (r == 0)
		r = list(call, f, items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

int kh_route_detection_list(struct kh_api_call *call)
{
	struct filter f KH_CLEANUP(filter_done) = {.state = kh_call_text(call, "state"), .verdict = kh_call_text(call, "verdict")};
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &f.scope);
	if (r == 0)
		r = kh_call_pattern(call, &f.folded);
	f.lower = kh_call_raw_pattern(call);
	for (char *c = f.lower; c && *c; c++) /* as SQL's LOWER does: ASCII only */
		*c = (char)tolower((unsigned char)*c);
	return r < 0 ? r : answer(call, &f);
}

int kh_route_endpoint_detections(struct kh_api_call *call)
{
	struct filter f KH_CLEANUP(filter_done) = {.scope = call->scope, .state = "all"};
	int r = kh_call_endpoint(call, 0, &f.endpoint_id);
	return r < 0 ? r : answer(call, &f);
}
