/* Cases of documents marked secret (fact table secret_documents): what machines tell of them, which is neither a name nor a text. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/report/json.h"

/* A machine that drafts state secrets holds them rightly. */
#define SOURCE " FROM fact_secret_documents d JOIN endpoint e ON e.id = d.endpoint_id AND e.state = 'active' AND e.role <> 'secret' JOIN unit u ON u.id = e.unit_id WHERE {scope:e.unit_id} AND d.case_id IS NOT NULL"

/* ?1 state, ?2 level, ?3 the machine */
#define CHOSEN                                                                                                           \
	SOURCE " AND (CAST(?1 AS TEXT) = 'all' OR d.state = ?1 OR (?1 = 'open' AND d.state IN ('found', 'held')))"      \
	       " AND (CAST(?2 AS TEXT) IS NULL OR d.level = ?2) AND (CAST(?3 AS TEXT) IS NULL OR e.uid = ?3)"

/* ---- one after the other ---- */

#define CASE "SELECT d.case_id, e.uid, e.hostname, u.code, u.name, d.level, d.place, d.sha256, d.state, d.reason, d.found_s, d.since_s"

static json_t *case_object(const struct kh_stmt *s)
{
	json_t *o = json_object();
	kh_json_set_text(o, "id", kh_stmt_text(s, 0));
	kh_json_set(o, "endpoint", kh_object_endpoint_ref(kh_stmt_text(s, 1), kh_stmt_text(s, 2), kh_stmt_text(s, 3), kh_stmt_text(s, 4)));
	kh_json_set_text(o, "level", kh_stmt_text(s, 5));
	kh_json_set_text(o, "place", kh_stmt_text(s, 6));
	kh_json_set_text(o, "sha256", kh_stmt_text(s, 7));
	kh_json_set_text(o, "state", kh_stmt_text(s, 8));
	kh_json_set_text(o, "reason", kh_stmt_text(s, 9));
	kh_json_set(o, "found_s", kh_object_int(s, 10));
	kh_json_set(o, "since_s", kh_object_int(s, 11));
	return o;
}

static int add_cases(struct kh_stmt *s, int r, json_t *list)
{
	while (kh_stmt_next(s, &r))
		kh_json_add(list, case_object(s));
	return r;
}

int kh_route_secret_case_list(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	const char *state = kh_call_text(call, "state"), *level = kh_call_text(call, "level"), *endpoint = kh_call_text(call, "endpoint");
	int64_t total = 0;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	r = r < 0 ? r : kh_scope_int(call->db, &scope, &total, "SELECT COUNT(*)" CHOSEN, state, level, endpoint);
	if (r == 0)
		r = kh_scope_query(call->db, &scope, &s,
				   CASE CHOSEN
				   " ORDER BY d.since_s DESC, d.case_id LIMIT ?4 OFFSET ?5",
				   state, level, endpoint, kh_call_int(call, "limit"), kh_call_int(call, "offset"));
	r = add_cases(s, r, items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* ---- one of them ---- */

/* Machines number their cases at random: one number is one case. Also of a machine that was revoked since; not of one that drafts state secrets now, which holds them rightly. */
static int find_case(const struct kh_api_call *call, const char *id, json_t *ret_found)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       CASE " FROM fact_secret_documents d JOIN endpoint e ON e.id = d.endpoint_id JOIN unit u ON u.id = e.unit_id WHERE {scope:e.unit_id} AND e.role <> 'secret' AND d.case_id = ?1 ORDER BY e.id LIMIT 1", id);
	r = add_cases(s, r, ret_found);
	return r < 0 || json_array_size(ret_found) ? r : kh_fail(KH_E_NOT_FOUND, "no such case");
}

#define MOST_STEPS "200" /* the latest: a case has five, and a few more each time its document comes back; a machine can say any number */

/* What its machine told as events (search/cases.h, kh_case_event). */
static int add_steps(const struct kh_api_call *call, const char *machine, const char *id, json_t *steps)
{
	static const char prefix[] = "secret_";
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_free char *pattern = kh_format("%%\"case\":\"%s\"%%", id);
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT x.at_ms, x.action FROM (SELECT v.id, v.at_ms, v.action FROM event v JOIN endpoint e ON e.id = v.endpoint_id WHERE e.uid = ?1 AND v.category = 'secrecy' AND v.body LIKE ?2"
			       " AND {scope:e.unit_id} ORDER BY v.at_ms DESC, v.id DESC LIMIT " MOST_STEPS ") x ORDER BY x.at_ms, x.id",
			       machine, pattern);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		const char *action = kh_stmt_text(s, 1);
		kh_json_set_int(o, "at_s", kh_stmt_int(s, 0) / 1000);
		kh_json_set_text(o, "state", kh_starts_with(action, prefix) ? action + strlen(prefix) : action);
		kh_json_add(steps, o);
	}
	return r;
}

static int add_same(const struct kh_api_call *call, const char *sha256, const char *id, json_t *same)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s, CASE SOURCE " AND d.sha256 = ?1 AND d.case_id <> ?2 ORDER BY d.since_s DESC, d.case_id LIMIT 100", sha256, id);
	return add_cases(s, r, same);
}

int kh_route_secret_case_show(struct kh_api_call *call)
{
	kh_auto_json json_t *found = json_array(), *steps = json_array(), *same = json_array();
	int r = find_case(call, kh_call_param(call, 0), found);
	const json_t *one = json_array_get(found, 0);
	const char *id = json_string_value(json_object_get(one, "id")), *machine = json_string_value(json_object_get(json_object_get(one, "endpoint"), "id"));
	const char *sha256 = json_string_value(json_object_get(one, "sha256"));
	r = r < 0 ? r : add_steps(call, machine, id, steps);
	r = r < 0 || !sha256 ? r : add_same(call, sha256, id, same);
	if (r < 0)
		return r;
	json_t *answer = json_object();
	kh_json_set(answer, "case", json_incref(json_array_get(found, 0)));
	kh_json_set(answer, "steps", kh_take(steps));
	kh_json_set(answer, "same", kh_take(same));
	kh_call_answer(call, answer);
	return 0;
}

/* ---- counted ---- */

static const char *const counted[] = {"mat", "toi_mat", "tuyet_mat"};

#define OF_LEVEL(level, which) "SUM(CASE WHEN d.level = '" level "' AND " which " THEN 1 ELSE 0 END)"
#define BY_LEVEL(which) OF_LEVEL("mat", which) ", " OF_LEVEL("toi_mat", which) ", " OF_LEVEL("tuyet_mat", which)

static void set_levels(json_t *o, const struct kh_stmt *s, int column)
{
	for (int i = 0; i < (int)KH_COUNT(counted); i++)
		kh_json_set_int(o, counted[i], kh_stmt_int(s, column + i));
}

int kh_route_secret_case_units(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_scope_query(call->db, &scope, &s,
				   "SELECT u.code, u.name, COUNT(DISTINCT e.id), " BY_LEVEL("d.state = 'found'") ", SUM(CASE WHEN d.state = 'held' THEN 1 ELSE 0 END),"
				   " SUM(CASE WHEN d.state IN ('handed_over', 'gone') THEN 1 ELSE 0 END), SUM(CASE WHEN d.state = 'false_alarm' THEN 1 ELSE 0 END)" SOURCE
				   " GROUP BY u.code, u.name ORDER BY u.code");
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 0), kh_stmt_text(s, 1)));
		kh_json_set_int(o, "machines", kh_stmt_int(s, 2));
		set_levels(o, s, 3);
		kh_json_set_int(o, "held", kh_stmt_int(s, 6));
		kh_json_set_int(o, "handled", kh_stmt_int(s, 7));
		kh_json_set_int(o, "false_alarms", kh_stmt_int(s, 8));
		kh_json_add(items, o);
	}
	const int64_t total = (int64_t)json_array_size(items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* ---- weeks ---- */

enum { WEEK_S = 7 * KH_DAY_S };

/* Of what was known then and was not settled yet: what is settled says since when. */
static int count_week(const struct kh_api_call *call, const struct kh_scope *scope, int64_t end_s, json_t *o)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s, "SELECT " BY_LEVEL("1 = 1") SOURCE " AND d.found_s < ?1 AND (d.state IN ('found', 'held') OR d.since_s >= ?1)", end_s);
	while (kh_stmt_next(s, &r))
		set_levels(o, s, 0);
	return r;
}

int kh_route_secret_case_weeks(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_json json_t *items = json_array();
	const int64_t weeks = kh_call_int(call, "weeks"), first = kh_time_week(call->now_s) - (weeks - 1) * WEEK_S;
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	for (int64_t i = 0; r == 0 && i < weeks; i++) {
		char day[KH_ISO_SIZE];
		json_t *o = json_object();
		kh_json_set_text(o, "week", kh_time_day(first + i * WEEK_S, day));
		r = count_week(call, &scope, first + (i + 1) * WEEK_S, o);
		kh_json_add(items, o);
	}
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), weeks));
	return r;
}
