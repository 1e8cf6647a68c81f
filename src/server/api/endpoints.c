/* Routes of spec/api/endpoints.yaml: the list of machines, and what people change about one. */
#include "server/api/endpoints.h"

#include "base/error.h"
#include "base/str.h"
#include "server/api/objects.h"
#include "server/api/units.h"
#include "server/audit/audit.h"
#include "server/endpoint/endpoint.h"
#include "server/posture/control.h"
#include "server/posture/posture.h"
#include "server/report/json.h"

/* ?1 is the present in every query here. */
#define SILENT "e.state = 'active' AND " KH_SILENT("?1") " = 1"
#define SELECT_ENDPOINT                                                                                                                           \
	"SELECT e.id, e.uid, e.hostname, e.os, e.role, e.state, CASE WHEN " SILENT " THEN 1 ELSE 0 END,"                                          \
	" CASE WHEN e.offline_key IS NULL THEN 0 ELSE 1 END, u.code, u.name, e.seen_s, e.enrolled_s, e.agent_version, e.address, " KH_ENDPOINT_LINKED ", e.version"    \
	" FROM endpoint e JOIN unit u ON u.id = e.unit_id WHERE {scope:e.unit_id}"

/* Controls of an endpoint by the worst answer of their subjects. */
static int count_answers(struct kh_db *db, int64_t endpoint_id, struct kh_counts *ret)
{
	struct kh_counts by_worst = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT pass, fail, unknown, not_applicable, excepted FROM answer WHERE endpoint_id = ?1", endpoint_id);
	while (kh_stmt_next(s, &r)) {
		struct kh_counts subjects = {0};
		for (int i = 0; i < KH_ANSWERS; i++)
			subjects.of[i] = kh_stmt_int(s, i);
		by_worst.of[kh_counts_worst(&subjects)]++;
	}
	if (r == 0)
		*ret = by_worst;
	return r;
}

static int endpoint_of_row(struct kh_db *db, const struct kh_stmt *s, json_t **ret)
{
	struct kh_counts answers = {0};
	int r = count_answers(db, kh_stmt_int(s, 0), &answers);
	if (r < 0)
		return r;
	json_t *o = json_object();
	kh_json_set_text(o, "id", kh_stmt_text(s, 1));
	kh_json_set_int(o, "version", kh_stmt_int(s, 15));
	kh_json_set_text(o, "hostname", kh_stmt_text(s, 2));
	kh_json_set_text(o, "os", kh_stmt_text(s, 3));
	kh_json_set_text(o, "role", kh_stmt_text(s, 4));
	kh_json_set_text(o, "state", kh_stmt_text(s, 5));
	kh_json_set_bool(o, "silent", kh_stmt_int(s, 6));
	kh_json_set_bool(o, "offline", kh_stmt_int(s, 7));
	kh_json_set_bool(o, "linked", kh_stmt_int(s, 14));
	kh_json_set(o, "unit", kh_object_unit(kh_stmt_text(s, 8), kh_stmt_text(s, 9)));
	kh_json_set_int(o, "seen_s", kh_stmt_int(s, 10));
	kh_json_set_int(o, "enrolled_s", kh_stmt_int(s, 11));
	kh_json_set_text(o, "agent_version", kh_stmt_text(s, 12));
	kh_json_set_text(o, "address", kh_stmt_text(s, 13));
	kh_json_set(o, "answers", kh_object_counts(&answers));
	*ret = o;
	return 0;
}

int kh_endpoint_object(const struct kh_api_call *call, int64_t endpoint_id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s, SELECT_ENDPOINT " AND e.id = ?2", call->now_s, endpoint_id);
	if (kh_stmt_next(s, &r))
		return endpoint_of_row(call->db, s, ret);
	return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "endpoint");
}

/* ---- listing ---- */

/* What ?sort= may ask for. Names come together with their SQL, of which nothing comes from a request. */
static const struct order {
	const char *name, *ascending, *descending;
} orders[] = {
	{"hostname", "e.hostname_fold, e.id", "e.hostname_fold DESC, e.id"},
	{"unit", "u.name_fold, e.hostname_fold, e.id", "u.name_fold DESC, e.hostname_fold, e.id"},
	{"seen", "e.seen_s, e.id", "e.seen_s DESC, e.id"},
	{"enrolled", "e.enrolled_s, e.id", "e.enrolled_s DESC, e.id"},
#define FAILING "(SELECT COUNT(*) FROM answer f WHERE f.endpoint_id = e.id AND f.fail > 0)"
	{"fail", FAILING ", e.hostname_fold, e.id", FAILING " DESC, e.hostname_fold, e.id"},
};

static const char *order_of(const struct kh_api_call *call)
{
	bool desc = kh_call_bool(call, "desc");
	for (size_t i = 0; i < KH_COUNT(orders); i++)
		if (kh_streq(orders[i].name, kh_call_text(call, "sort")))
			return desc ? orders[i].descending : orders[i].ascending;
	kh_bug(__FILE__, __LINE__, "a sort that spec/api has and this table has not");
}

/* ?2 state, ?3 role, ?4 pattern of the host name, ?5 control; %s a column of kh_answer_names. */
#define CHOSEN                                                                                                                                    \
	" AND (CAST(?2 AS TEXT) = 'all' OR e.state = ?2 OR (?2 = 'silent' AND " SILENT ") OR (?2 = 'heard' AND e.state = 'active' AND NOT (" SILENT ")))" \
	" AND (CAST(?3 AS TEXT) IS NULL OR e.role = ?3)"                                                                                          \
	" AND (CAST(?4 AS TEXT) IS NULL OR e.hostname_fold LIKE ?4 ESCAPE '\\')"                                                                  \
	" AND (CAST(?5 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM answer w WHERE w.endpoint_id = e.id AND w.control = ?5 AND w.%s > 0))"

struct filter {
	struct kh_scope scope;
	const char *state, *role, *control;
	enum kh_answer answer;
	char *pattern;
};

static void filter_done(struct filter *f)
{
	free(f->pattern);
}

static int read_filter(const struct kh_api_call *call, struct filter *f)
{
	f->state = kh_call_text(call, "state");
	f->role = kh_call_text(call, "role");
	f->control = kh_call_text(call, "control");
	kh_assert(kh_answer_parse(kh_call_text(call, "answer"), &f->answer));
	if (f->control && !kh_control_named(f->control))
		return kh_fail(KH_E_INVALID_FIELD, "control: there is none of this name");
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &f->scope);
	return r < 0 ? r : kh_call_pattern(call, &f->pattern);
}

static int count_endpoints(const struct kh_api_call *call, const struct filter *f, int64_t *ret)
{
	kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM endpoint e WHERE {scope:e.unit_id}" CHOSEN, kh_answer_names[f->answer]);
	return kh_scope_int(call->db, &f->scope, ret, sql, call->now_s, f->state, f->role, f->pattern, f->control);
}

static int list_endpoints(const struct kh_api_call *call, const struct filter *f, json_t *items)
{
	kh_auto_free char *sql = kh_format(SELECT_ENDPOINT CHOSEN " ORDER BY %s LIMIT ?6 OFFSET ?7", kh_answer_names[f->answer], order_of(call));
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &f->scope, &s, sql, call->now_s, f->state, f->role, f->pattern, f->control, kh_call_int(call, "limit"),
			       kh_call_int(call, "offset"));
	while (kh_stmt_next(s, &r)) {
		json_t *endpoint = NULL;
		r = endpoint_of_row(call->db, s, &endpoint);
		if (r == 0)
			kh_json_add(items, endpoint);
	}
	return r;
}

int kh_route_endpoint_list(struct kh_api_call *call)
{
	struct filter f KH_CLEANUP(filter_done) = {0};
	kh_auto_json json_t *items = json_array();
	int64_t total = 0;
	int r = read_filter(call, &f);
	if (r == 0)
		r = count_endpoints(call, &f, &total);
	if (r == 0)
		r = list_endpoints(call, &f, items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* ---- changing ---- */

void kh_endpoint_target_done(struct kh_endpoint_target *target)
{
	free(target->uid);
	free(target->role);
	*target = (struct kh_endpoint_target){0};
}

int kh_endpoint_target_find(struct kh_db *writer, const struct kh_api_call *call, struct kh_endpoint_target *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(writer, &call->scope, &s, "SELECT e.id, e.unit_id, e.uid, e.role, e.state, e.offline_key, e.version FROM endpoint e WHERE e.uid = ?1 AND {scope:e.unit_id}",
			       kh_call_param(call, 0));
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "endpoint");
	if (!kh_streq(kh_stmt_text(s, 4), "active"))
		return kh_fail(KH_E_ENDPOINT_INACTIVE, kh_streq(kh_stmt_text(s, 4), "revoked") ? "the machine was revoked" : "the machine was replaced by another");
	*ret = (struct kh_endpoint_target){.id = kh_stmt_int(s, 0), .unit_id = kh_stmt_int(s, 1), .uid = kh_strdup(kh_stmt_text(s, 2)),
					   .role = kh_strdup(kh_stmt_text(s, 3)), .offline = !kh_stmt_is_null(s, 5), .version = kh_stmt_int(s, 6)};
	return 0;
}

/* A change on its way to the writer, and the endpoint it came to. */
struct change {
	const struct kh_api_call *call;
	struct kh_endpoint_target target;
};

static void change_done(struct change *c)
{
	kh_endpoint_target_done(&c->target);
}

static int note(struct kh_db *db, const struct change *c, int64_t unit_id, enum kh_audit_action action, const char *detail)
{
	return kh_audit_append(db, &(struct kh_audit){.actor = kh_call_actor(c->call), .unit_id = unit_id, .action = action, .target = c->target.uid, .detail = detail});
}

/* As the caller saw it, or not at all. */
static int find_seen(struct kh_db *db, struct change *c)
{
	int r = kh_endpoint_target_find(db, c->call, &c->target);
	return r < 0 ? r : kh_call_check_version(c->call, c->target.version);
}

/* Finds the endpoint and changes it in one transaction, then answers with what it has become. */
static int apply(struct kh_api_call *call, int (*fn)(struct kh_db *, void *))
{
	struct change c KH_CLEANUP(change_done) = {.call = call};
	json_t *endpoint = NULL;
	int r = kh_store_write(call->server->store, fn, &c);
	if (r == 0)
		r = kh_endpoint_object(call, c.target.id, &endpoint);
	if (r == 0)
		kh_call_answer(call, endpoint);
	return r;
}

static int set_role(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	const char *role = kh_call_text(c->call, "role");
	int r = find_seen(db, c);
	if (r < 0 || kh_streq(role, c->target.role))
		return r;
	r = kh_db_run(db, "UPDATE endpoint SET role = ?2, version = version + 1 WHERE id = ?1", c->target.id, role);
	if (r == 0)
		r = kh_posture_endpoint_changed(db, c->target.id, NULL, 0);
	kh_auto_free char *detail = kh_format("%s → %s", c->target.role, role);
	return r < 0 ? r : note(db, c, c->target.unit_id, KH_AUDIT_ACTION_ENDPOINT_ROLE, detail);
}

int kh_route_endpoint_set_role(struct kh_api_call *call)
{
	return apply(call, set_role);
}

/* The unit that the body names: one the caller sees, and alive. */
static int find_new_unit(struct kh_db *db, const struct kh_api_call *call, struct kh_unit *ret)
{
	struct kh_scope scope = {0};
	int r = kh_scope_narrow(db, &call->scope, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_unit_get(db, scope.unit_id, ret);
	return r == 0 && ret->to_s ? kh_fail(KH_E_UNIT_ENDED, "%s has ended", ret->code) : r;
}

/* Two rows in the audit log: those of the unit it leaves read the one, those of the unit it comes to the other. */
static int note_move(struct kh_db *db, const struct change *c, const struct kh_unit *to)
{
	kh_auto_unit struct kh_unit from = {0};
	int r = kh_unit_get(db, c->target.unit_id, &from);
	kh_auto_free char *detail = kh_format("%s → %s", from.code ? from.code : "", to->code);
	if (r == 0)
		r = note(db, c, from.id, KH_AUDIT_ACTION_ENDPOINT_MOVE, detail);
	return r < 0 ? r : note(db, c, to->id, KH_AUDIT_ACTION_ENDPOINT_MOVE, detail);
}

static int move(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	kh_auto_unit struct kh_unit to = {0};
	int r = find_seen(db, c);
	if (r == 0)
		r = find_new_unit(db, c->call, &to);
	if (r < 0 || to.id == c->target.unit_id)
		return r;
	r = kh_endpoint_move(db, c->target.id, to.id, c->call->now_s);
	if (r == 0)
		r = kh_posture_endpoint_moved(db, c->target.id, c->target.unit_id, to.id);
	return r < 0 ? r : note_move(db, c, &to);
}

int kh_route_endpoint_move(struct kh_api_call *call)
{
	return apply(call, move);
}

static int revoke(struct kh_db *db, void *arg)
{
	struct change *c = arg;
	const struct kh_api_call *call = c->call;
	char reason[600]; /* one line of the audit log: 500 bytes of the body, and a few escapes */
	kh_printable(reason, sizeof reason, kh_call_text(call, "reason"));
	int64_t certificates = 0;
	int r = find_seen(db, c);
	return r < 0 ? r : kh_endpoint_revoke(db, c->target.id, reason, kh_call_actor(call), call->now_s, &certificates);
}

int kh_route_endpoint_revoke(struct kh_api_call *call)
{
	return apply(call, revoke);
}
