/* Campaigns (spec/api/campaigns.yaml). Numbers are those of the machines that the caller may see, and of the unit asked about. */
#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/api/units.h"
#include "server/campaign/campaign.h"
#include "server/order/order.h"

static const char *const count_names[] = {"machines", "not_reached", "silent", "ordered", "running", "done", "partly", "refused", "failed", "infected", "cleaned"};

#define OF_STATE(state) "SUM(CASE WHEN x.state = '" state "' THEN 1 ELSE 0 END) AS " state
#define COUNTS                                                                                                                                  \
	"COUNT(*) AS machines, " OF_STATE("not_reached") ", " OF_STATE("silent") ", " OF_STATE("ordered") ", " OF_STATE("running") ", " OF_STATE("done") ", " \
	OF_STATE("partly") ", " OF_STATE("refused") ", " OF_STATE("failed") ", SUM(CASE WHEN x.found > 0 THEN 1 ELSE 0 END) AS infected,"           \
	" SUM(CASE WHEN x.found > 0 AND x.still_open = 0 THEN 1 ELSE 0 END) AS cleaned"
/* ?1 the campaign, ?2 the present. */
#define MACHINES                                                                                                                           \
	"(SELECT e.unit_id AS unit_id, " KH_CAMPAIGN_STATE("?2") " AS state, " KH_CAMPAIGN_FOUND " AS found, " KH_CAMPAIGN_OPEN " AS still_open" \
	" FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = ?1 AND {scope:e.unit_id}) x"

static json_t *counts_object(const struct kh_stmt *s, int first)
{
	json_t *o = json_object();
	for (int i = 0; i < (int)KH_COUNT(count_names); i++)
		kh_json_set_int(o, count_names[i], s ? kh_stmt_int(s, first + i) : 0);
	return o;
}

static int count_machines(const struct kh_api_call *call, const struct kh_scope *scope, int64_t id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s, "SELECT " COUNTS " FROM " MACHINES, id, call->now_s);
	while (kh_stmt_next(s, &r))
		*ret = counts_object(s, 0);
	return r;
}

/* ---- campaigns ---- */

#define VISIBLE " FROM campaign c JOIN unit u ON u.id = c.unit_id WHERE " KH_CAMPAIGN_VISIBLE("?1")
/* `mine`: the caller's scope, not the one asked about. */
#define SELECT_CAMPAIGN                                                                                                                        \
	"SELECT c.id, c.name, u.code, u.name, c.scan, c.created_s, c.created_by, c.deadline_s, c.closed_s, c.closed_by,"                        \
	" (SELECT COUNT(*) FROM unit_ancestor mine WHERE mine.unit_id = c.unit_id AND mine.ancestor_id = ?2)" VISIBLE

static int campaign_object(const struct kh_api_call *call, const struct kh_scope *scope, const struct kh_stmt *s, json_t **ret)
{
	json_t *counts = NULL;
	int r = count_machines(call, scope, kh_stmt_int(s, 0), &counts);
	if (r < 0)
		return r;
	json_t *o = json_object();
	kh_json_set_int(o, "id", kh_stmt_int(s, 0));
	kh_json_set_text(o, "name", kh_stmt_text(s, 1));
	kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 2), kh_stmt_text(s, 3)));
	kh_json_set_text(o, "scan", kh_stmt_text(s, 4));
	kh_json_set_int(o, "created_s", kh_stmt_int(s, 5));
	kh_json_set_text(o, "created_by", kh_stmt_text(s, 6));
	kh_json_set_int(o, "deadline_s", kh_stmt_int(s, 7));
	kh_json_set(o, "closed_s", kh_object_int(s, 8));
	kh_json_set_text(o, "closed_by", kh_stmt_text(s, 9));
	kh_json_set_bool(o, "mine", kh_stmt_int(s, 10) != 0);
	kh_json_set(o, "counts", counts);
	*ret = o;
	return 0;
}

int kh_route_campaign_list(struct kh_api_call *call)
{
#define IN_STATE " AND (CAST(?3 AS TEXT) = 'all' OR (?3 = 'open' AND c.closed_s IS NULL) OR (?3 = 'closed' AND c.closed_s IS NOT NULL))"
	struct kh_scope scope = {0};
	int64_t total = 0, caller = call->scope.unit_id;
	const char *state = kh_call_text(call, "state");
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*)" VISIBLE " AND CAST(?2 AS BIGINT) > 0" IN_STATE, scope.unit_id, caller, state);
	if (r == 0)
		r = kh_scope_query(call->db, &scope, &s, SELECT_CAMPAIGN IN_STATE " ORDER BY CASE WHEN c.closed_s IS NULL THEN 0 ELSE 1 END, c.id DESC LIMIT ?4 OFFSET ?5", scope.unit_id,
				   caller, state, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r)) {
		json_t *o = NULL;
		r = campaign_object(call, &scope, s, &o);
		if (r == 0)
			kh_json_add(items, o);
	}
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

static int read_id(const struct kh_api_call *call, int64_t *ret)
{
	return kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, ret) ? 0 : kh_fail(KH_E_NOT_FOUND, "no such campaign");
}

static int answer_one(struct kh_api_call *call, const struct kh_scope *scope, int64_t id)
{
	json_t *o = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s, SELECT_CAMPAIGN " AND c.id = ?3", scope->unit_id, call->scope.unit_id, id);
	if (kh_stmt_next(s, &r))
		r = campaign_object(call, scope, s, &o);
	if (r == 0 && !o)
		r = kh_fail(KH_E_NOT_FOUND, "no such campaign");
	if (r == 0)
		kh_call_answer(call, o);
	return r;
}

/* The campaign of the path, when the scope of `?unit=` touches it. */
static int find_one(const struct kh_api_call *call, struct kh_scope *ret_scope, int64_t *ret_id)
{
	int64_t visible = 0;
	int r = read_id(call, ret_id);
	r = r < 0 ? r : kh_call_narrow(call, kh_call_text(call, "unit"), ret_scope);
	r = r < 0 ? r : kh_scope_int(call->db, ret_scope, &visible, "SELECT COUNT(*)" VISIBLE " AND c.id = ?2", ret_scope->unit_id, *ret_id);
	return r < 0 || visible ? r : kh_fail(KH_E_NOT_FOUND, "no such campaign");
}

int kh_route_campaign_show(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	int64_t id = 0;
	int r = find_one(call, &scope, &id);
	return r < 0 ? r : answer_one(call, &scope, id);
}

/* ---- opening and closing ---- */

struct changing {
	struct kh_campaign_new campaign;
	const struct kh_api_call *call;
	int64_t id;
};

static int create(struct kh_db *writer, void *arg)
{
	struct changing *c = arg;
	return kh_campaign_create(writer, &c->campaign, kh_call_actor(c->call), c->call->now_s, &c->id);
}

int kh_route_campaign_create(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	struct changing c = {.call = call};
	c.campaign = (struct kh_campaign_new){
		.unit_id = scope.unit_id, .name = kh_call_text(call, "name"), .scan = kh_call_text(call, "scan"), .deadline_s = call->now_s + kh_call_int(call, "hours") * 3600};
	r = r < 0 ? r : kh_store_write(call->server->store, create, &c);
	return r < 0 ? r : answer_one(call, &call->scope, c.id);
}

static int close_it(struct kh_db *writer, void *arg)
{
	const struct changing *c = arg;
	return kh_campaign_close(writer, &c->call->scope, c->id, kh_call_actor(c->call), c->call->now_s);
}

int kh_route_campaign_close(struct kh_api_call *call)
{
	struct changing c = {.call = call};
	int r = read_id(call, &c.id);
	r = r < 0 ? r : kh_store_write(call->server->store, close_it, &c);
	return r < 0 ? r : answer_one(call, &call->scope, c.id);
}

/* ---- units ---- */

/* The numbers of every unit directly below: first of each unit that has machines, in one walk over them, then summed up the tree. */
#define SUMS                                                                                                                               \
	"SUM(y.machines), SUM(y.not_reached), SUM(y.silent), SUM(y.ordered), SUM(y.running), SUM(y.done), SUM(y.partly), SUM(y.refused),"  \
	" SUM(y.failed), SUM(y.infected), SUM(y.cleaned)"
#define OF_UNITS                                                                                                                           \
	"WITH y AS MATERIALIZED (SELECT x.unit_id AS unit_id, " COUNTS " FROM " MACHINES " GROUP BY x.unit_id)"                            \
	" SELECT a.ancestor_id, " SUMS " FROM y JOIN " KH_ADMIN_LINES " a ON a.unit_id = y.unit_id"                                        \
	" WHERE a.ancestor_id IN (SELECT d.child_id FROM unit_edge d WHERE d.parent_id = ?3 AND d.to_s IS NULL) GROUP BY a.ancestor_id"
#define OF_ITSELF "SELECT x.unit_id, " COUNTS " FROM " MACHINES " WHERE x.unit_id = ?3 GROUP BY x.unit_id"

static int set_counts(const struct kh_api_call *call, const struct kh_scope *scope, const char *sql, int64_t id, const struct kh_unit_briefs *units, bool own, json_t *items)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s, sql, id, call->now_s, scope->unit_id);
	while (kh_stmt_next(s, &r))
		for (size_t i = 0; i < units->of.n; i++)
			if (units->of.v[i].id == kh_stmt_int(s, 0) && units->of.v[i].own == own)
				kh_json_set(json_array_get(items, i), "counts", counts_object(s, 1));
	return r;
}

int kh_route_campaign_units(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_unit_briefs struct kh_unit_briefs units = {0};
	kh_auto_json json_t *unit = NULL, *items = json_array();
	int64_t id = 0;
	int r = find_one(call, &scope, &id);
	r = r < 0 ? r : kh_units_ref(call->db, scope.unit_id, &unit);
	r = r < 0 ? r : kh_units_below(call->db, &scope, true, &units);
	for (size_t i = 0; i < units.of.n; i++) {
		json_t *o = json_object();
		kh_json_set(o, "unit", kh_object_unit(units.of.v[i].code, units.of.v[i].name));
		kh_json_set_bool(o, "own", units.of.v[i].own);
		kh_json_set(o, "counts", counts_object(NULL, 0));
		kh_json_add(items, o);
	}
	r = r < 0 ? r : set_counts(call, &scope, OF_UNITS, id, &units, false, items);
	r = r < 0 ? r : set_counts(call, &scope, OF_ITSELF, id, &units, true, items);
	if (r < 0)
		return r;
	json_t *answer = kh_call_page(kh_take(items), (int64_t)units.of.n);
	kh_json_set(answer, "unit", kh_take(unit));
	kh_call_answer(call, answer);
	return 0;
}

/* ---- machines ---- */

/* Rows with their state, ?1 the campaign, ?2 the present, ?3 state, ?4 pattern of the host name. */
#define ROWS                                                                                                                                    \
	" FROM (SELECT e.uid AS uid, e.hostname AS hostname, e.hostname_fold AS hostname_fold, u.code AS code, u.name AS unit, " KH_CAMPAIGN_STATE("?2")      \
	" AS state, " KH_CAMPAIGN_REASON("?2") " AS reason, o.result AS result, e.seen_s AS seen_s, o.sent_s AS sent_s, o.begun_s AS begun_s, o.done_s AS done_s,"  \
	" o.progress AS progress, " KH_CAMPAIGN_FOUND " AS found, " KH_CAMPAIGN_OPEN " AS still_open, s.kind AS kind, s.started_s AS started_s,"    \
	" s.ended_s AS ended_s, s.files AS files, s.bytes AS bytes, s.infected AS infected, s.suspicious AS suspicious, s.errors AS errors,"     \
	" s.skipped AS skipped, s.partly AS partly, s.rules AS rules, s.stopped AS stopped, q.ended_s AS q_ended_s, q.complete AS q_complete, q.files AS q_files,"  \
	" q.documents AS q_documents, q.encrypted AS q_encrypted, q.partly AS q_partly, q.unread AS q_unread,"                                  \
	" CASE WHEN " KH_SEARCH_UNREVIEWED " THEN 0 ELSE 1 END AS q_reviewed"                                                                    \
	" FROM " KH_CAMPAIGN_MACHINES " JOIN unit u ON u.id = e.unit_id WHERE m.campaign_id = ?1 AND {scope:e.unit_id}) x"                      \
	" WHERE (CAST(?3 AS TEXT) = 'all' OR x.state = ?3 OR (?3 = 'infected' AND x.found > 0) OR (?3 = 'not_scanned' AND x.state NOT IN ('done', 'partly')))" \
	" AND (CAST(?4 AS TEXT) IS NULL OR x.hostname_fold LIKE ?4 ESCAPE '\\')"
#define WORST_FIRST                                                                                                                            \
	" ORDER BY CASE WHEN x.still_open > 0 THEN 0 WHEN x.state IN ('failed', 'refused') THEN 1 WHEN x.state = 'silent' THEN 2 WHEN x.state = 'not_reached' THEN 3" \
	" WHEN x.state = 'partly' THEN 4 WHEN x.state = 'running' THEN 5 WHEN x.state = 'ordered' THEN 6 ELSE 7 END, x.hostname, x.uid"

static json_t *reason_of(const struct kh_stmt *s, int code, int result)
{
	kh_auto_json json_t *said = kh_object_stored(s, result);
	kh_auto_free char *words = kh_order_reason(said);
	return !kh_stmt_is_null(s, code) || !words ? kh_object_text(s, code) : kh_json_string(words);
}

/* Counts of the order's result, as its machine says them. */
static json_t *gaps_of(const struct kh_stmt *s, int result)
{
	enum { MOST = 32 };
	kh_auto_json json_t *said = kh_object_stored(s, result);
	json_t *counts = json_object(), *count = NULL;
	const char *why = NULL;
	json_object_foreach(json_object_get(said, "gaps"), why, count)
		if (json_is_integer(count) && json_integer_value(count) > 0 && json_object_size(counts) < MOST)
			kh_json_set(counts, why, json_incref(count));
	if (json_object_size(counts))
		return counts;
	json_decref(counts);
	return json_null();
}

static json_t *scan_of(const struct kh_stmt *s, int first)
{
	static const char *const numbers[] = {"started_s", "ended_s", "files", "bytes", "infected", "suspicious", "errors", "skipped", "partly", "rules"};
	if (kh_stmt_is_null(s, first))
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "kind", kh_stmt_text(s, first));
	for (int i = 0; i < (int)KH_COUNT(numbers); i++)
		kh_json_set_int(o, numbers[i], kh_stmt_int(s, first + 1 + i));
	kh_json_set_text(o, "stopped", kh_stmt_text(s, first + 1 + (int)KH_COUNT(numbers)));
	return o;
}

static json_t *search_of(const struct kh_stmt *s, int first)
{
	static const char *const numbers[] = {"files", "documents", "encrypted", "partly", "unread"};
	if (kh_stmt_is_null(s, first))
		return json_null();
	json_t *o = json_object();
	kh_json_set_int(o, "ended_s", kh_stmt_int(s, first));
	kh_json_set_bool(o, "complete", kh_stmt_int(s, first + 1) != 0);
	for (int i = 0; i < (int)KH_COUNT(numbers); i++)
		kh_json_set_int(o, numbers[i], kh_stmt_int(s, first + 2 + i));
	kh_json_set_bool(o, "reviewed", kh_stmt_int(s, first + 2 + (int)KH_COUNT(numbers)) != 0);
	return o;
}

static json_t *machine_object(const struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set(o, "endpoint", kh_object_endpoint_ref(kh_stmt_text(s, 0), kh_stmt_text(s, 1), kh_stmt_text(s, 2), kh_stmt_text(s, 3)));
	kh_json_set_text(o, "state", kh_stmt_text(s, 4));
	kh_json_set(o, "reason", reason_of(s, 5, 6));
	kh_json_set_int(o, "seen_s", kh_stmt_int(s, 7));
	kh_json_set(o, "sent_s", kh_object_int(s, 8));
	kh_json_set(o, "begun_s", kh_object_int(s, 9));
	kh_json_set(o, "done_s", kh_object_int(s, 10));
	kh_json_set(o, "progress", kh_object_stored(s, 11));
	kh_json_set(o, "gaps", gaps_of(s, 6));
	kh_json_set_int(o, "found", kh_stmt_int(s, 12));
	kh_json_set_int(o, "open", kh_stmt_int(s, 13));
	kh_json_set(o, "scan", scan_of(s, 14));
	kh_json_set(o, "search", search_of(s, 26));
	return o;
}

int kh_route_campaign_machines(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_free char *pattern = NULL;
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	const char *state = kh_call_text(call, "state");
	int64_t id = 0, total = 0;
	int r = find_one(call, &scope, &id);
	r = r < 0 ? r : kh_call_pattern(call, &pattern);
	r = r < 0 ? r : kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*)" ROWS, id, call->now_s, state, pattern);
	r = r < 0 ? r
		  : kh_scope_query(call->db, &scope, &s,
				   "SELECT x.uid, x.hostname, x.code, x.unit, x.state, x.reason, x.result, x.seen_s, x.sent_s, x.begun_s, x.done_s, x.progress, x.found, x.still_open,"
				   " x.kind, x.started_s, x.ended_s, x.files, x.bytes, x.infected, x.suspicious, x.errors, x.skipped, x.partly, x.rules, x.stopped,"
				   " x.q_ended_s, x.q_complete, x.q_files, x.q_documents, x.q_encrypted, x.q_partly, x.q_unread, x.q_reviewed" ROWS WORST_FIRST
				   " LIMIT ?5 OFFSET ?6",
				   id, call->now_s, state, pattern, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r))
		kh_json_add(items, machine_object(s));
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}
