#include "server/campaign/campaign.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "server/audit/audit.h"

#include <stdio.h>

struct campaign {
	int64_t id, unit_id, deadline_s;
	bool closed;
	char *name, *scan, *created_by;
};

static void campaign_done(struct campaign *c)
{
	free(c->name);
	free(c->scan);
	free(c->created_by);
}

static int find(struct kh_db *writer, int64_t id, struct campaign *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, "SELECT id, unit_id, deadline_s, closed_s, name, scan, created_by FROM campaign WHERE id = ?1", id);
	while (kh_stmt_next(s, &r))
		*ret = (struct campaign){.id = kh_stmt_int(s, 0), .unit_id = kh_stmt_int(s, 1), .deadline_s = kh_stmt_int(s, 2), .closed = !kh_stmt_is_null(s, 3),
					 .name = kh_strdup(kh_stmt_text(s, 4)), .scan = kh_strdup(kh_stmt_text(s, 5)), .created_by = kh_strdup(kh_stmt_text(s, 6))};
	return r < 0 || ret->id ? r : kh_fail(KH_E_NOT_FOUND, "no such campaign");
}

static int audit(struct kh_db *writer, const struct campaign *c, enum kh_audit_action action, const char *actor, const char *detail)
{
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)c->id);
	return kh_audit_append(writer, &(struct kh_audit){.actor = actor, .unit_id = c->unit_id, .action = action, .target = id, .detail = detail});
}

/* ---- orders ---- */

static bool is_search(const struct campaign *c)
{
	return kh_streq(c->scan, "search");
}

static char *args_of(const struct campaign *c)
{
	char id[24];
	kh_auto_json json_t *args = json_object();
	snprintf(id, sizeof id, "%lld", (long long)c->id);
	if (!is_search(c))
		kh_json_set_text(args, "scan", c->scan);
	kh_json_set_text(args, "campaign", id);
	return kh_json_dump(args);
}

#define BELOW_AND_NOT_YET                                                                                                              \
	" FROM endpoint e JOIN unit_ancestor a ON a.unit_id = e.unit_id AND a.ancestor_id = ?2 WHERE e.state = 'active'"               \
	" AND NOT EXISTS (SELECT 1 FROM campaign_machine m WHERE m.campaign_id = ?1 AND m.endpoint_id = e.id)"                         \
	" AND (CAST(?3 AS TEXT) = 'scan' OR e.role <> 'secret')"

/* Those that call the server get an order; those that never do are written down all the same: they are part of the whole. */
static int order_machines(struct kh_db *writer, const struct campaign *c, int64_t now_s)
{
	kh_auto_free char *args = args_of(c);
	const char *kind = is_search(c) ? "search" : "scan";
	int r = kh_db_run(writer,
			  "INSERT INTO endpoint_order(campaign_id, endpoint_id, kind, args, created_s, created_by, expires_s, state)"
			  " SELECT CAST(?1 AS BIGINT), e.id, CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS BIGINT), CAST(?6 AS TEXT), CAST(?7 AS BIGINT), 'waiting'" BELOW_AND_NOT_YET
			  " AND e.offline_key IS NULL",
			  c->id, c->unit_id, kind, args, now_s, c->created_by, c->deadline_s);
	if (r == 0)
		r = kh_db_run(writer,
			      "INSERT INTO campaign_machine(campaign_id, endpoint_id, order_id) SELECT o.campaign_id, o.endpoint_id, o.id FROM endpoint_order o WHERE o.campaign_id = ?1"
			      " AND NOT EXISTS (SELECT 1 FROM campaign_machine m WHERE m.campaign_id = ?1 AND m.endpoint_id = o.endpoint_id)",
			      c->id);
	return r < 0 ? r
		     : kh_db_run(writer, "INSERT INTO campaign_machine(campaign_id, endpoint_id) SELECT CAST(?1 AS BIGINT), e.id" BELOW_AND_NOT_YET " AND e.offline_key IS NOT NULL",
				 c->id, c->unit_id, kind);
}

/* ---- opening ---- */

static int check(struct kh_db *writer, const struct kh_campaign_new *n, int64_t now_s)
{
	int64_t open = 0;
	if (!*n->name || strlen(n->name) > KH_CAMPAIGN_MAX_NAME)
		return kh_fail(KH_E_INVALID_FIELD, "name: expected 1 to %d bytes", KH_CAMPAIGN_MAX_NAME);
	if (!kh_streq(n->scan, "quick") && !kh_streq(n->scan, "full") && !kh_streq(n->scan, "search"))
		return kh_fail(KH_E_INVALID_FIELD, "scan: expected quick, full or search");
	if (n->deadline_s < now_s + KH_CAMPAIGN_MIN_LIFE_S || n->deadline_s > now_s + KH_CAMPAIGN_MAX_LIFE_S)
		return kh_fail(KH_E_INVALID_FIELD, "deadline_s: expected a time between ten minutes and 92 days from now");
	int r = kh_db_int(writer, &open, "SELECT COUNT(*) FROM campaign WHERE unit_id = ?1 AND closed_s IS NULL", n->unit_id);
	return r < 0 || open < KH_CAMPAIGN_MAX_OPEN ? r : kh_fail(KH_E_LIMIT_REACHED, "%d campaigns of this unit are open", KH_CAMPAIGN_MAX_OPEN);
}

int kh_campaign_create(struct kh_db *writer, const struct kh_campaign_new *n, const char *actor, int64_t now_s, int64_t *ret_id)
{
	KH_CLEANUP(campaign_done) struct campaign c = {0};
	int64_t id = 0, machines = 0;
	int r = check(writer, n, now_s);
	r = r < 0 ? r
		  : kh_db_int(writer, &id, "INSERT INTO campaign(unit_id, name, scan, created_s, created_by, deadline_s) VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
			      n->unit_id, n->name, n->scan, now_s, actor, n->deadline_s);
	r = r < 0 ? r : find(writer, id, &c);
	r = r < 0 ? r : order_machines(writer, &c, now_s);
	r = r < 0 ? r : kh_db_int(writer, &machines, "SELECT COUNT(*) FROM campaign_machine WHERE campaign_id = ?1", id);
	kh_auto_free char *detail = kh_format("%s (%s): %lld", n->name, n->scan, (long long)machines);
	r = r < 0 ? r : audit(writer, &c, KH_AUDIT_ACTION_CAMPAIGN_CREATE, actor, detail);
	if (r == 0)
		*ret_id = id;
	return r;
}

/* ---- closing ---- */

/* A scan that goes on at the end has not been done: it is partly. */
static int write_down(struct kh_db *writer, int64_t id, int64_t now_s)
{
	return kh_db_run(writer,
			 "UPDATE campaign_machine SET state = was.state, reason = was.reason, infected = was.found, open = was.open FROM (SELECT m.endpoint_id AS endpoint_id,"
			 " CASE WHEN " KH_CAMPAIGN_STATE("?2") " = 'running' THEN 'partly' ELSE " KH_CAMPAIGN_STATE("?2") " END AS state,"
			 " CASE WHEN " KH_CAMPAIGN_STATE("?2") " = 'running' THEN 'deadline' ELSE " KH_CAMPAIGN_REASON("?2") " END AS reason,"
			 " " KH_CAMPAIGN_FOUND " AS found, " KH_CAMPAIGN_OPEN " AS open FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = ?1) was"
			 " WHERE campaign_machine.campaign_id = ?1 AND campaign_machine.endpoint_id = was.endpoint_id",
			 id, now_s);
}

/* Orders that no machine has taken are taken back; the others end as they end. */
static int close_one(struct kh_db *writer, const struct campaign *c, const char *actor, int64_t now_s)
{
	int r = kh_db_run(writer, "UPDATE campaign SET closed_s = ?2, closed_by = ?3 WHERE id = ?1", c->id, now_s, actor);
	r = r < 0 ? r : write_down(writer, c->id, now_s);
	r = r < 0 ? r : kh_db_run(writer, "UPDATE endpoint_order SET state = 'expired' WHERE campaign_id = ?1 AND state = 'waiting'", c->id);
	return r < 0 ? r : audit(writer, c, KH_AUDIT_ACTION_CAMPAIGN_CLOSE, actor ? actor : "system", c->name);
}

int kh_campaign_close(struct kh_db *writer, const struct kh_scope *scope, int64_t id, const char *actor, int64_t now_s)
{
	KH_CLEANUP(campaign_done) struct campaign c = {0};
	int64_t visible = 0;
	bool own = false;
	int r = kh_scope_int(writer, scope, &visible, "SELECT COUNT(*) FROM campaign c WHERE c.id = ?1 AND " KH_CAMPAIGN_VISIBLE("?2"), id, scope->unit_id);
	if (r == 0 && !visible)
		r = kh_fail(KH_E_NOT_FOUND, "no such campaign");
	r = r < 0 ? r : find(writer, id, &c);
	r = r < 0 ? r : kh_scope_has(writer, scope, c.unit_id, &own);
	if (r == 0 && !own)
		r = kh_fail(KH_E_FORBIDDEN, "the campaign was ordered by a unit above");
	if (r == 0 && c.closed)
		r = kh_fail(KH_E_CONFLICT, "the campaign is closed already");
	return r < 0 ? r : close_one(writer, &c, actor, now_s);
}

/* ---- the passing of time ---- */

static int next_open(struct kh_db *writer, int64_t after, int64_t *ret_id)
{
	*ret_id = 0;
	return kh_db_int(writer, ret_id, "SELECT COALESCE(MIN(id), 0) FROM campaign WHERE closed_s IS NULL AND id > ?1", after);
}

struct attending {
	int64_t id, now_s;
};

static int attend_one(struct kh_db *writer, void *arg)
{
	const struct attending *a = arg;
	KH_CLEANUP(campaign_done) struct campaign c = {0};
	int r = find(writer, a->id, &c);
	if (r < 0)
		return r;
	return c.deadline_s <= a->now_s ? close_one(writer, &c, NULL, a->now_s) : order_machines(writer, &c, a->now_s);
}

int kh_campaigns_attend(struct kh_db *writer, int64_t now_s, struct kh_apart *apart)
{
	struct attending a = {.now_s = now_s};
	int r = next_open(writer, 0, &a.id);
	while (r == 0 && a.id) {
		r = kh_apart_run(apart, writer, "campaign", a.id, attend_one, &a);
		if (r == 0)
			r = next_open(writer, a.id, &a.id);
	}
	return r;
}
