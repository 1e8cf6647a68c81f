/* Detections: of a unit and everything below it (spec/api/detections.yaml), and of one endpoint; what became of each, and what officers decide. */
#include "base/error.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "base/str.h"
#include "base/time.h"
#include "server/detection/detection.h"
#include "server/report/json.h"

#include <ctype.h>
#include <stdio.h>

#define SOURCE " FROM detection d JOIN endpoint e ON e.id = d.endpoint_id JOIN unit u ON u.id = e.unit_id WHERE {scope:e.unit_id}"
#define IS_OPEN "d.state IN ('found', 'verified')"
#define TO_VERIFY "(d.state = 'found')"

/* ?1 an endpoint or 0, ?2 state, ?3 verdict, ?4 pattern of the host name (folded), ?5 the same pattern for what is not kept folded, ?6 clock, ?7 now, ?8 only what came
 * back. */
#define CHOSEN                                                                                                                          \
	SOURCE " AND (?1 = 0 OR d.endpoint_id = ?1) AND (CAST(?2 AS TEXT) = 'all' OR d.state = ?2 OR (?2 = 'open' AND " IS_OPEN ")"     \
	" OR (?2 = 'dealt_with' AND d.state IN ('quarantined', 'handled', 'cleaned')))"                                                 \
	" AND (CAST(?3 AS TEXT) IS NULL OR d.verdict = ?3)"                                                                             \
	" AND (CAST(?4 AS TEXT) IS NULL OR e.hostname_fold LIKE ?4 ESCAPE '\\' OR LOWER(d.rule) LIKE ?5 ESCAPE '\\' OR LOWER(d.path) LIKE ?5 ESCAPE '\\')" \
	" AND (CAST(?6 AS TEXT) IS NULL OR (?6 = 'running' AND " IS_OPEN ") OR (?6 = 'verify_overdue' AND " TO_VERIFY " AND d.found_s < ?7 - 43200)" \
	" OR (?6 = 'handle_overdue' AND " IS_OPEN " AND d.found_s < ?7 - 86400)) AND (?8 = 0 OR d.again_of IS NOT NULL)"

#define COLUMNS                                                                                                                                  \
	"SELECT d.id, e.uid, e.hostname, u.code, u.name, d.found_s, d.engine, d.rule, d.path, d.member, d.sha256, d.size, d.verdict, d.state,"   \
	" d.changed_s, d.changed_by, COALESCE(d.seen_s, d.found_s), d.verified_s, d.handled_s, d.cleaned_s,"                                     \
	" CASE WHEN " TO_VERIFY " THEN d.found_s + 43200 END, CASE WHEN " IS_OPEN " THEN d.found_s + 86400 END, d.again_of, d.version"

_Static_assert(KH_DETECTION_VERIFY_S == 43200 && KH_DETECTION_HANDLE_S == 86400, "the numbers of the queries above");

struct filter {
	struct kh_scope scope;
	int64_t endpoint_id;
	const char *state, *verdict, *clock;
	bool again;
	char *folded, *lower;
};

static void filter_done(struct filter *f)
{
	free(f->folded);
	free(f->lower);
}

static json_t *detection_object(const struct kh_stmt *s)
{
	static const char *const times[] = {"seen_s", "verified_s", "handled_s", "cleaned_s", "verify_by_s", "handle_by_s", "again_of"};
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_int(o, "version", kh_stmt_int(s, 23));
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
	for (int i = 0; i < (int)KH_COUNT(times); i++)
		kh_json_set(o, times[i], kh_object_int(s, 16 + i));
	return o;
}

static int count(const struct kh_api_call *call, const struct filter *f, int64_t *ret)
{
	return kh_scope_int(call->db, &f->scope, ret, "SELECT COUNT(*)" CHOSEN, f->endpoint_id, f->state, f->verdict, f->folded, f->lower, f->clock, call->now_s,
			    f->again);
}

static int list(const struct kh_api_call *call, const struct filter *f, json_t *items)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &f->scope, &s, COLUMNS CHOSEN " ORDER BY d.found_s DESC, d.id DESC LIMIT ?9 OFFSET ?10", f->endpoint_id, f->state, f->verdict, f->folded,
			       f->lower, f->clock, call->now_s, f->again, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
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
	struct filter f KH_CLEANUP(filter_done) = {.state = kh_call_text(call, "state"), .verdict = kh_call_text(call, "verdict"), .clock = kh_call_text(call, "clock"),
						   .again = kh_call_bool(call, "again")};
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

/* ---- one ---- */

static int read_id(const struct kh_api_call *call, int64_t *ret)
{
	return kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, ret) ? 0 : kh_fail(KH_E_NOT_FOUND, "no such detection");
}

static int find_one(const struct kh_api_call *call, int64_t id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s, COLUMNS SOURCE " AND d.id = ?1", id);
	while (kh_stmt_next(s, &r))
		*ret = detection_object(s);
	return r < 0 || *ret ? r : kh_fail(KH_E_NOT_FOUND, "no such detection");
}

static int add_changes(const struct kh_api_call *call, int64_t id, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT h.at_s, h.actor, h.state, h.note FROM detection_change h JOIN detection d ON d.id = h.detection_id JOIN endpoint e ON e.id = d.endpoint_id"
			       " WHERE h.detection_id = ?1 AND {scope:e.unit_id} ORDER BY h.id",
			       id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_int(o, "at_s", kh_stmt_int(s, 0));
		kh_json_set_text(o, "actor", kh_stmt_text(s, 1));
		kh_json_set_text(o, "state", kh_stmt_text(s, 2));
		kh_json_set_text(o, "note", kh_stmt_text(s, 3));
		kh_json_add(list, o);
	}
	return r;
}

enum { RELATED_AT_MOST = 20 };

static int add_related(const struct kh_api_call *call, int64_t id, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       COLUMNS SOURCE " AND d.id <> ?1 AND EXISTS (SELECT 1 FROM detection me WHERE me.id = ?1 AND me.endpoint_id = d.endpoint_id AND me.rule = d.rule)"
					      " ORDER BY d.found_s DESC, d.id DESC LIMIT ?2",
			       id, (int)RELATED_AT_MOST);
	while (kh_stmt_next(s, &r))
		kh_json_add(list, detection_object(s));
	return r;
}

static int count_elsewhere(const struct kh_api_call *call, int64_t id, int64_t *ret)
{
	return kh_scope_int(call->db, &call->scope, ret,
			    "SELECT COUNT(DISTINCT d.endpoint_id) FROM detection me JOIN detection d ON d.endpoint_id <> me.endpoint_id AND (d.sha256 = me.sha256 OR d.rule = me.rule)"
			    " JOIN endpoint e ON e.id = d.endpoint_id WHERE me.id = ?1 AND d.state <> 'false_alarm' AND {scope:e.unit_id}",
			    id);
}

int kh_route_detection_show(struct kh_api_call *call)
{
	kh_auto_json json_t *changes = json_array(), *related = json_array();
	json_t *detection = NULL;
	int64_t id = 0, elsewhere = 0;
	int r = read_id(call, &id);
	r = r < 0 ? r : find_one(call, id, &detection);
	if (r < 0)
		return r;
	kh_auto_json json_t *answer = json_object();
	kh_json_set(answer, "detection", detection);
	r = add_changes(call, id, changes);
	r = r < 0 ? r : add_related(call, id, related);
	r = r < 0 ? r : count_elsewhere(call, id, &elsewhere);
	if (r < 0)
		return r;
	kh_json_set(answer, "changes", kh_take(changes));
	kh_json_set(answer, "related", kh_take(related));
	kh_json_set_int(answer, "elsewhere", elsewhere);
	kh_call_answer(call, kh_take(answer));
	return 0;
}

struct deciding {
	struct kh_detection_decision decision;
	const struct kh_api_call *call;
};

static int decide(struct kh_db *writer, void *arg)
{
	const struct deciding *d = arg;
	return kh_detection_decide(writer, &d->call->scope, &d->decision, d->call->now_s);
}

int kh_route_detection_decide(struct kh_api_call *call)
{
	struct deciding d = {.call = call, .decision = {.state = kh_call_text(call, "state"), .note = kh_call_text(call, "note"), .actor = kh_call_actor(call), .version = kh_call_int(call, "version")}};
	json_t *after = NULL;
	int r = read_id(call, &d.decision.id);
	r = r < 0 ? r : kh_store_write(call->server->store, decide, &d);
	r = r < 0 ? r : find_one(call, d.decision.id, &after);
	if (r == 0)
		kh_call_answer(call, after);
	return r;
}

/* ---- weeks ---- */

enum { WEEK_S = 7 * KH_DAY_S };

static int count_week(const struct kh_api_call *call, const struct kh_scope *scope, int64_t from_s, json_t *o)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s,
			       "SELECT SUM(CASE WHEN d.found_s >= ?1 AND d.found_s < ?2 THEN 1 ELSE 0 END), SUM(CASE WHEN d.handled_s >= ?1 AND d.handled_s < ?2 THEN 1 ELSE 0 END),"
			       " SUM(CASE WHEN d.found_s >= ?1 AND d.found_s < ?2 AND d.again_of IS NOT NULL THEN 1 ELSE 0 END) FROM detection d JOIN endpoint e ON e.id = d.endpoint_id"
			       " WHERE {scope:e.unit_id} AND d.state <> 'false_alarm' AND (d.handled_s >= ?1 OR d.found_s >= ?1) AND d.found_s < ?2",
			       from_s, from_s + WEEK_S);
	while (kh_stmt_next(s, &r)) {
		kh_json_set_int(o, "found", kh_stmt_int(s, 0));
		kh_json_set_int(o, "handled", kh_stmt_int(s, 1));
		kh_json_set_int(o, "again", kh_stmt_int(s, 2));
	}
	return r;
}

int kh_route_detection_weeks(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_json json_t *items = json_array();
	int64_t weeks = kh_call_int(call, "weeks"), first = kh_time_week(call->now_s) - (weeks - 1) * WEEK_S;
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	for (int64_t i = 0; r == 0 && i < weeks; i++) {
		char day[KH_ISO_SIZE];
		json_t *o = json_object();
		kh_json_set_text(o, "week", kh_time_day(first + i * WEEK_S, day));
		r = count_week(call, &scope, first + i * WEEK_S, o);
		kh_json_add(items, o);
	}
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), weeks));
	return r;
}
