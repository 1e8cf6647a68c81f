#include "server/alert/alert.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/alert/notice.h"
#include "server/register/record.h"
#include "server/report/json.h"

#include <inttypes.h>

#define ALERT (&kh_registers[KH_REGISTER_ALERT])
#define BACK_S (3 * KH_DAY_S)   /* what came late, from machines that were off, is still told */
#define OUTAGE_S 7200           /* longer than alert.every may be: the server was not running */
#define DOWN_S (60 * KH_DAY_S)  /* the longest time without a server after which deadlines are still told */

/* ---- telling ---- */

static int64_t ack_of(const struct kh_alert_policy *policy, const char *severity)
{
	return kh_streq(severity, "high") ? policy->ack_high_s : kh_streq(severity, "low") ? policy->ack_low_s : policy->ack_medium_s;
}

/* What goes to the webhook: what the mail says, for programs. */
static char *json_of(const struct kh_record *alert, const char *unit, const char *unit_name, int64_t level)
{
	kh_auto_json json_t *o = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "alert", (json_int_t)alert->id, "kind", kh_record_text(alert, "kind"), "severity",
					   kh_record_text(alert, "severity"), "title", kh_record_text(alert, "title"), "count", (json_int_t)kh_record_int(alert, "count"), "due_s",
					   (json_int_t)kh_record_int(alert, "due_s"), "level", (json_int_t)level);
	kh_json_set_text(o, "unit", unit);
	kh_json_set_text(o, "unit_name", unit_name);
	return kh_json_dump(o);
}

static char *body_of(const struct kh_record *alert, const char *unit_name, int64_t level)
{
	char by[KH_ISO_SIZE];
	return kh_text_with(KH_VI, level ? KH_T_ALERT_MAIL_AGAIN : KH_T_ALERT_MAIL, {"title", kh_record_text(alert, "title")}, {"unit", unit_name},
			    {"by", kh_time_local(kh_record_int(alert, "due_s"), by)});
}

static int tell(struct kh_db *writer, const struct kh_alert_policy *policy, const struct kh_record *alert, int64_t level, const struct kh_receivers *to, int64_t now_s)
{
	kh_auto_free char *unit = NULL, *name = NULL;
	int r = kh_db_text(writer, &unit, "SELECT code FROM unit WHERE id = ?1", alert->unit_id);
	if (r == 0)
		r = kh_db_text(writer, &name, "SELECT name FROM unit WHERE id = ?1", alert->unit_id);
	if (r < 0)
		return r;
	kh_auto_free char *subject = kh_format("[Khiên] %s - %s", kh_record_text(alert, "title"), name), *body = body_of(alert, name, level), *json = json_of(alert, unit, name, level);
	struct kh_notice notice = {alert->unit_id, alert->id, level, "alert", subject, body};
	r = kh_notice_mail(writer, &notice, to, now_s);
	notice.body = json;
	return r < 0 || !policy->webhook || !*policy->webhook ? r : kh_notice_webhook(writer, &notice, policy->webhook, now_s);
}

/* ---- raising ---- */

static json_t *fields_of(const struct kh_alert_policy *policy, const struct kh_alert_seen *seen, const char *source, int64_t count, int64_t now_s)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "kind", seen->kind, "severity", seen->severity, "title", seen->title, "source", source, "count", (json_int_t)count, "raised_s",
				   (json_int_t)now_s, "due_s", (json_int_t)(now_s + ack_of(policy, seen->severity)));
	kh_json_set_text(fields, "detail", seen->detail);
	if (seen->incident)
		kh_json_set_int(fields, "incident", seen->incident);
	return fields;
}

static int make(struct kh_db *writer, const struct kh_alert_policy *policy, const struct kh_alert_seen *seen, const char *source, int64_t count, int64_t now_s)
{
	kh_auto_json json_t *fields = fields_of(policy, seen, source, count, now_s);
	kh_auto_record struct kh_record alert = {0};
	kh_auto_receivers struct kh_receivers to = {0};
	struct kh_record_by by = kh_record_by_system(now_s);
	bool there = false;
	int64_t id = 0;
	int r = kh_record_create(writer, ALERT, seen->unit_id, fields, &by, &id);
	if (r == 0)
		r = kh_record_get(writer, ALERT, id, NULL, &alert);
	if (r == 0)
		r = kh_receivers_find(writer, seen->unit_id, 0, now_s, &to, &there);
	return r < 0 ? r : tell(writer, policy, &alert, 0, &to, now_s);
}

/* It keeps its deadline: the clock began with the first. */
static int grow(struct kh_db *writer, int64_t id, const struct kh_alert_seen *seen, int64_t more, int64_t now_s)
{
	struct kh_record_by by = kh_record_by_system(now_s);
	int64_t count = 0;
	int r = kh_db_int(writer, &count, "SELECT count FROM reg_alert WHERE id = ?1", id);
	if (r < 0)
		return r;
	kh_auto_json json_t *fields = json_pack("{s:I, s:s}", "count", (json_int_t)(count + more), "title", seen->title);
	kh_json_set_text(fields, "detail", seen->detail);
	return kh_record_change(writer, ALERT, id, KH_RECORD_ANY_VERSION, fields, &by);
}

int kh_alert_raise(struct kh_db *writer, const struct kh_alert_policy *policy, const struct kh_alert_seen *seen, int64_t now_s)
{
	kh_auto_free char *source = kh_format("%s %" PRId64, seen->source, seen->day);
	int64_t told = 0, open = 0;
	int r = kh_db_int(writer, &told, "SELECT SUM(count) FROM reg_alert WHERE unit_id = ?1 AND kind = ?2 AND source = ?3", seen->unit_id, seen->kind, source);
	if (r == 0)
		r = kh_db_int(writer, &open, "SELECT MAX(id) FROM reg_alert WHERE unit_id = ?1 AND kind = ?2 AND source = ?3 AND state = 'new'", seen->unit_id, seen->kind, source);
	if (r < 0 || seen->count <= told)
		return r;
	return open ? grow(writer, open, seen, seen->count - told, now_s) : make(writer, policy, seen, source, seen->count - told, now_s);
}

/* ---- what is watched ---- */

#define DAY_OF(time) "(" time " + 25200) / 86400"
#define MACHINES(time) " FROM endpoint e WHERE e.state = 'active' AND " time " >= ?1 AND " time " <= ?2 GROUP BY 1, 2"

/* A clock that stands still while the server is not running, and back. */
#define UP(time) "(" time " - COALESCE((SELECT SUM(o.to_s - o.from_s) FROM server_outage o WHERE o.to_s <= " time "), 0))"
#define LATER(up) up " + COALESCE((SELECT SUM(o.to_s - o.from_s) FROM server_outage o WHERE o.up_s < " up "), 0)"

/* unit, day, count, incident: of what happened from ?1 to ?2. */
static const struct watch {
	const char *kind, *severity, *source;
	enum kh_message title;
	const char *sql;
	bool stands; /* a deadline that is over stays over: told however long the server was down */
} watches[] = {
	{"malware", "high", "detection", KH_T_ALERT_MALWARE,
	 "SELECT e.unit_id, " DAY_OF("d.found_s") ", COUNT(*), 0 FROM detection d JOIN endpoint e ON e.id = d.endpoint_id"
	 " WHERE d.verdict = 'infected' AND d.engine <> 'ransom' AND d.state <> 'false_alarm' AND d.found_s >= ?1 AND d.found_s <= ?2 GROUP BY 1, 2"},
	{"ransomware", "high", "detection", KH_T_ALERT_RANSOMWARE,
	 "SELECT e.unit_id, " DAY_OF("d.found_s") ", COUNT(*), 0 FROM detection d JOIN endpoint e ON e.id = d.endpoint_id"
	 " WHERE d.engine = 'ransom' AND d.state <> 'false_alarm' AND d.found_s >= ?1 AND d.found_s <= ?2 GROUP BY 1, 2"},
	{"silent", "low", "machine", KH_T_ALERT_SILENT,
	 "SELECT s.unit_id, " DAY_OF("s.silent_s") ", COUNT(*), 0 FROM (SELECT q.unit_id, " LATER("q.silent_up_s") " AS silent_s FROM (SELECT e.unit_id, " UP("e.seen_s") " + 604800 AS silent_up_s"
	 " FROM endpoint e WHERE e.state = 'active' AND e.role <> 'secret' AND e.seen_s > 0 AND e.seen_s + 604800 <= ?2) q) s WHERE s.silent_s >= ?1 AND s.silent_s <= ?2 GROUP BY 1, 2",
	 .stands = true},
	{"secret", "high", "machine", KH_T_ALERT_SECRET, "SELECT e.unit_id, " DAY_OF("e.linked_s") ", COUNT(*), 0" MACHINES("e.linked_s")},
	/* When a machine found them; what a search found again later is the same case. */
	{"secret", "high", "document", KH_T_ALERT_SECRET_DOCUMENTS,
	 "SELECT e.unit_id, " DAY_OF("d.found_s") ", COUNT(*), 0 FROM fact_secret_documents d JOIN endpoint e ON e.id = d.endpoint_id"
	 " WHERE e.state = 'active' AND e.role <> 'secret' AND d.state <> 'false_alarm' AND d.found_s >= ?1 AND d.found_s <= ?2 GROUP BY 1, 2"},
	{"incident", "high", "incident", KH_T_ALERT_INCIDENT,
	 "SELECT i.unit_id, " DAY_OF("i.created_s") ", COUNT(*), MAX(i.id) FROM reg_incident i WHERE i.exercise IS NULL AND i.created_s >= ?1 AND i.created_s <= ?2 GROUP BY 1, 2"},
	/* Somebody at the machine, or its settings, have let loose what an incident holds. */
	{"isolation", "high", "machine", KH_T_ALERT_RELEASED_THERE,
	 "SELECT i.unit_id, " DAY_OF("i.released_there_s") ", COUNT(*), MAX(i.id) FROM reg_incident i WHERE i.released_there_s >= ?1 AND i.released_there_s <= ?2 GROUP BY 1, 2",
	 .stands = true},
	{"portal", "high", "portal", KH_T_ALERT_PORTAL,
	 "SELECT p.unit_id, " DAY_OF("p.seen_s") ", COUNT(*), 0 FROM reg_portal_alarm p WHERE p.confirmed_s IS NOT NULL AND p.seen_s >= ?1 AND p.seen_s <= ?2 GROUP BY 1, 2"},
	{"botnet", "high", "address", KH_T_ALERT_BOTNET,
	 "SELECT b.unit_id, " DAY_OF("b.created_s") ", COUNT(*), 0 FROM reg_botnet_listing b WHERE b.created_s >= ?1 AND b.created_s <= ?2 GROUP BY 1, 2"},
	/* A month before the end, or when it was entered later than that. Those of web sites are told by their watcher. */
	{"certificate", "medium", "token", KH_T_ALERT_CERTIFICATES,
	 "SELECT c.unit_id, " DAY_OF("c.at_s") ", COUNT(*), 0 FROM (SELECT unit_id, CASE WHEN created_s > certificate_until - 2592000 THEN created_s ELSE certificate_until - 2592000 END AS at_s"
	 " FROM reg_signing_token WHERE state = 'active') c WHERE c.at_s >= ?1 AND c.at_s <= ?2 GROUP BY 1, 2"},
	{"deadline", "medium", "task", KH_T_ALERT_TASKS,
	 "SELECT t.unit_id, " DAY_OF("t.due_on + 86400") ", COUNT(*), 0 FROM reg_task t WHERE t.state IN ('open', 'doing') AND t.due_on + 86400 >= ?1 AND t.due_on + 86400 <= ?2 GROUP BY 1, 2",
	 .stands = true},
	{"deadline", "medium", "answer", KH_T_ALERT_ANSWERS,
	 "SELECT a.unit_id, " DAY_OF("a.due_on + 86400") ", COUNT(*), 0 FROM reg_dispatch_answer a WHERE a.state IN ('waiting', 'received') AND a.due_on + 86400 >= ?1 AND a.due_on + 86400 <= ?2"
	 " GROUP BY 1, 2",
	 .stands = true},
	{"deadline", "high", "report", KH_T_ALERT_REPORTS,
	 "SELECT p.unit_id, " DAY_OF("p.due_s") ", COUNT(*), MAX(p.incident) FROM reg_incident_report p JOIN reg_incident i ON i.id = p.incident AND i.exercise IS NULL"
	 " WHERE p.state = 'due' AND p.due_s >= ?1 AND p.due_s <= ?2 GROUP BY 1, 2",
	 .stands = true},
};

/* "21/11/2026" */
static const char *day_words(int64_t day, char out[KH_ISO_SIZE])
{
	char *space = strchr((char *)(uintptr_t)kh_time_local(day * KH_DAY_S, out), ' ');
	if (space)
		*space = '\0';
	return out;
}

struct seen_list {
	KH_ARRAY(struct kh_alert_seen) of;
};

static int look(struct kh_db *db, const struct watch *w, int64_t from_s, int64_t now_s, struct seen_list *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, w->sql, from_s, now_s);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct kh_alert_seen){.unit_id = kh_stmt_int(s, 0), .day = kh_stmt_int(s, 1), .count = kh_stmt_int(s, 2), .incident = kh_stmt_int(s, 3),
								      .kind = w->kind, .severity = w->severity, .source = w->source}));
	return r;
}

static int raise_one(struct kh_db *writer, const struct kh_alert_policy *policy, const struct watch *w, struct kh_alert_seen *seen, int64_t now_s)
{
	char day[KH_ISO_SIZE];
	kh_auto_free char *count = kh_format("%" PRId64, seen->count);
	kh_auto_free char *title = kh_text_with(KH_VI, w->title, {"count", count}, {"day", day_words(seen->day, day)});
	seen->title = title;
	return kh_alert_raise(writer, policy, seen, now_s);
}

/* A unit that has ended since gets no records any more. */
static int is_alive(struct kh_db *db, int64_t unit_id, bool *ret)
{
	int64_t alive = 0;
	int r = kh_db_int(db, &alive, "SELECT COUNT(*) FROM unit WHERE id = ?1 AND to_s IS NULL", unit_id);
	*ret = alive > 0;
	return r;
}

/* A clock that was ahead and was put right takes with it what it said of outages. */
static int note_outage(struct kh_db *writer, int64_t last_s, int64_t now_s)
{
	if (last_s > now_s)
		return kh_db_run(writer, "DELETE FROM server_outage WHERE to_s > ?1", now_s);
	if (!last_s || now_s - last_s < OUTAGE_S)
		return 0;
	return kh_db_run(writer, "INSERT INTO server_outage(from_s, to_s, up_s) SELECT CAST(?1 AS BIGINT), CAST(?2 AS BIGINT), CAST(?1 AS BIGINT) - COALESCE(SUM(to_s - from_s), 0) FROM server_outage", last_s, now_s);
}

/* From when deadlines are looked at: since the last time, with a server that was down or a clock that was wrong between. */
static int since_last(struct kh_db *writer, int64_t now_s, int64_t *ret)
{
	int64_t last_s = 0;
	int r = kh_db_int(writer, &last_s, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'alerts_watched_s'");
	kh_auto_free char *now = kh_format("%" PRId64, now_s);
	*ret = KH_MAX(KH_MIN(last_s ? last_s : now_s, now_s) - BACK_S, now_s - DOWN_S);
	r = r < 0 ? r : note_outage(writer, last_s, now_s);
	return r < 0 ? r : kh_db_run(writer, "INSERT INTO meta(key, value) VALUES('alerts_watched_s', ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value", now);
}

struct watching {
	const struct kh_alert_policy *policy;
	const struct watch *watch;
	int64_t since_s, now_s;
	struct seen_list list;
	struct kh_alert_seen *seen;
};

static int look_apart(struct kh_db *writer, void *arg)
{
	struct watching *w = arg;
	return look(writer, w->watch, w->watch->stands ? w->since_s : w->now_s - BACK_S, w->now_s, &w->list);
}

static int raise_apart(struct kh_db *writer, void *arg)
{
	struct watching *w = arg;
	bool alive = false;
	int r = is_alive(writer, w->seen->unit_id, &alive);
	return r < 0 || !alive ? r : raise_one(writer, w->policy, w->watch, w->seen, w->now_s);
}

int kh_alerts_watch(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t now_s, struct kh_apart *apart)
{
	struct watching w = {.policy = policy, .now_s = now_s};
	int r = since_last(writer, now_s, &w.since_s);
	for (w.watch = watches; r == 0 && w.watch < watches + KH_COUNT(watches); w.watch++) {
		r = kh_apart_run(apart, writer, w.watch->kind, 0, look_apart, &w);
		kh_array_each(&w.list.of, seen) {
			w.seen = seen;
			r = r < 0 ? r : kh_apart_run(apart, writer, w.watch->kind, seen->unit_id, raise_apart, &w);
		}
		kh_array_done(&w.list.of);
	}
	return r;
}

/* ---- going up ---- */

/* One level; at the top it stays where it is, without a deadline that would be looked at again and again. */
static int go_up(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t id, int64_t now_s)
{
	kh_auto_record struct kh_record alert = {0};
	kh_auto_receivers struct kh_receivers to = {0};
	struct kh_record_by by = kh_record_by_system(now_s);
	bool there = false;
	int r = kh_record_get(writer, ALERT, id, NULL, &alert);
	if (r < 0)
		return r;
	int64_t level = kh_record_int(&alert, "escalated") + 1;
	r = kh_receivers_find(writer, alert.unit_id, level, now_s, &to, &there);
	if (r < 0)
		return r;
	kh_auto_json json_t *fields = json_object();
	if (there) {
		kh_json_set_int(fields, "escalated", level);
		kh_json_set_int(fields, "due_s", now_s + ack_of(policy, kh_record_text(&alert, "severity")));
	} else
		kh_json_set_bool(fields, "at_top", true);
	r = kh_record_change(writer, ALERT, id, KH_RECORD_ANY_VERSION, fields, &by);
	return r < 0 || !there ? r : tell(writer, policy, &alert, level, &to, now_s);
}

struct going {
	const struct kh_alert_policy *policy;
	int64_t id, now_s;
};

static int go_up_apart(struct kh_db *writer, void *arg)
{
	const struct going *g = arg;
	return go_up(writer, g->policy, g->id, g->now_s);
}

int kh_alerts_escalate(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t now_s, struct kh_apart *apart)
{
	KH_ARRAY(int64_t) ids = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, "SELECT id FROM reg_alert WHERE state = 'new' AND due_s < ?1 AND COALESCE(at_top, 0) = 0 ORDER BY due_s, id", now_s);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ids, kh_stmt_int(s, 0));
	kh_array_each(&ids, id) {
		struct going g = {policy, *id, now_s};
		r = r < 0 ? r : kh_apart_run(apart, writer, "alert", *id, go_up_apart, &g);
	}
	kh_array_done(&ids);
	return r;
}
