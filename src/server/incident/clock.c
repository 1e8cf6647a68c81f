/* The clocks of an incident: rows of incident_report and the deadline. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/incident/inside.h"
#include "server/report/json.h"

#include <inttypes.h>

#define REPORT (&kh_registers[KH_REGISTER_INCIDENT_REPORT])
#define STEP (&kh_registers[KH_REGISTER_INCIDENT_STEP])
#define AT_ONCE "incident_at_once_minutes"

/* ---- when ---- */

/* Of a rule whose value is a number of hours, days or minutes. */
static bool seconds_of(const struct kh_law_rule *rule, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"minute", 60}, {"hour", 3600}, {"day", KH_DAY_S}};
	int64_t n = 0;
	for (size_t i = 0; i < KH_COUNT(units); i++)
		if (rule->value && kh_streq(rule->unit, units[i].unit) && kh_parse_int(rule->value, 0, 10000, &n)) {
			*ret = n * units[i].seconds;
			return true;
		}
	return false;
}

/* The deadline by the law of the day the incident was found; "at once" has a length too. False: no such rule was in force. */
static bool due_of(const struct kh_law *law, const char *name, int64_t t0_s, int64_t *ret)
{
	int64_t day = kh_time_day_number(t0_s), seconds = 0;
	const struct kh_law_rule *rule = kh_law_find(law, name, 0, day), *at_once = kh_law_find(law, AT_ONCE, 0, day);
	if (!rule || !seconds_of(rule, &seconds))
		return false;
	if (seconds == 0 && at_once)
		(void)seconds_of(at_once, &seconds);
	*ret = t0_s + seconds;
	return true;
}

/* ---- to whom ---- */

/* The superior so many levels up the line; 0: its top. 0 where there is none. */
static int superior(struct kh_db *db, const struct kh_incident_route *route, int64_t unit_id, int64_t *ret)
{
	int64_t at = unit_id;
	*ret = 0;
	for (int64_t step = 0; step < (route->step ? route->step : KH_UNIT_MAX_DEPTH); step++) {
		int64_t above = 0;
		int r = kh_db_int(db, &above, "SELECT parent_id FROM unit_edge WHERE child_id = ?1 AND line = ?2 AND to_s IS NULL", at, kh_line_name(route->line));
		if (r < 0)
			return r;
		if (!above)
			return 0; /* with step 0 the last one found is the top */
		at = above;
		if (route->step == 0 || step + 1 == route->step)
			*ret = at;
	}
	return 0;
}

/* Of the receiving unit, else of any unit above: shared contacts only. */
static int find_contact(struct kh_db *db, const struct kh_incident_route *route, int64_t unit_id, int64_t receiver, int64_t *ret)
{
	kh_auto_free char *pattern = route->contact ? kh_format("%%%s%%", route->contact) : NULL;
	*ret = 0;
	if (!pattern)
		return 0;
	return kh_db_int(db, ret,
			 "SELECT c.id FROM reg_contact c JOIN unit_ancestor a ON a.ancestor_id = c.unit_id AND a.unit_id = ?1"
			 " WHERE c.state = 'active' AND c.role LIKE ?2 ORDER BY CASE WHEN c.unit_id = ?3 THEN 0 ELSE 1 END, c.verified_on DESC, c.id LIMIT 1",
			 unit_id, pattern, receiver);
}

struct row {
	const struct kh_incident_route *route;
	const struct kh_record *incident;
	int64_t due_s, now_s;
};

static int fields_of_row(struct kh_db *writer, const struct row *row, json_t **ret)
{
	int64_t receiver = 0, contact = 0;
	kh_auto_free char *name = NULL;
	int r = row->route->has_line ? superior(writer, row->route, row->incident->unit_id, &receiver) : 0;
	if (r == 0 && receiver)
		r = kh_db_text(writer, &name, "SELECT name FROM unit WHERE id = ?1", receiver);
	if (r == 0)
		r = find_contact(writer, row->route, row->incident->unit_id, receiver, &contact);
	if (r < 0)
		return r;
	json_t *fields = json_pack("{s:I, s:s, s:s, s:s, s:I}", "incident", (json_int_t)row->incident->id, "kind", row->route->kind, "route", row->route->name, "rule",
				   row->route->rule, "due_s", (json_int_t)row->due_s);
	kh_json_set_text(fields, "to_whom", name ? name : row->route->to.in[KH_VI]);
	if (contact)
		kh_json_set_int(fields, "contact", contact);
	*ret = fields;
	return 0;
}

/* ---- rows ---- */

static int make_row(struct kh_db *writer, const struct row *row)
{
	kh_auto_json json_t *fields = NULL;
	struct kh_record_by by = kh_record_by_system(row->now_s);
	int64_t id = 0;
	int r = fields_of_row(writer, row, &fields);
	return r < 0 ? r : kh_record_create(writer, REPORT, row->incident->unit_id, fields, &by, &id);
}

static int move_row(struct kh_db *writer, int64_t id, const char *move, int64_t now_s)
{
	struct kh_record_by by = kh_record_by_system(now_s);
	return kh_record_move(writer, REPORT, id, KH_RECORD_ANY_VERSION, move, NULL, NULL, &by);
}

/* A row that stands follows the incident as long as it was not sent. */
static int keep_row(struct kh_db *writer, const struct row *row, int64_t id, const char *state)
{
	struct kh_record_by by = kh_record_by_system(row->now_s);
	kh_auto_json json_t *fields = json_pack("{s:I}", "due_s", (json_int_t)row->due_s);
	if (kh_streq(state, "sent"))
		return 0;
	int r = kh_record_change(writer, REPORT, id, KH_RECORD_ANY_VERSION, fields, &by);
	return r < 0 || kh_streq(state, "due") ? r : move_row(writer, id, "ask_again", row->now_s);
}

static int follow_route(struct kh_db *writer, const struct row *row, bool wanted)
{
	int64_t id = 0;
	kh_auto_free char *state = NULL;
	int r = kh_db_int(writer, &id, "SELECT id FROM reg_incident_report WHERE incident = ?1 AND route = ?2 ORDER BY id LIMIT 1", row->incident->id, row->route->name);
	if (r == 0 && id)
		r = kh_db_text(writer, &state, "SELECT state FROM reg_incident_report WHERE id = ?1", id);
	if (r < 0)
		return r;
	if (wanted)
		return id ? keep_row(writer, row, id, state) : make_row(writer, row);
	return id && kh_streq(state, "due") ? move_row(writer, id, "waive", row->now_s) : 0;
}

/* ---- the incident ---- */

static int note_sent(struct kh_db *writer, const struct kh_record *incident, int64_t now_s)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	struct kh_record_by by = kh_record_by_system(now_s);
	int r = kh_db_query(writer, &s,
			    "SELECT r.id, r.to_whom, r.sent_s, r.changed_by FROM reg_incident_report r WHERE r.incident = ?1 AND r.state = 'sent'"
			    " AND NOT EXISTS (SELECT 1 FROM reg_incident_step t WHERE t.report = r.id) ORDER BY r.sent_s, r.id",
			    incident->id);
	while (kh_stmt_next(s, &r)) {
		const char *to_whom = kh_stmt_text(s, 1);
		kh_auto_free char *what = kh_format("Đã báo cáo: %.*s", (int)kh_utf8_valid_prefix(to_whom, strlen(to_whom), 900), to_whom);
		kh_auto_json json_t *fields = json_pack("{s:I, s:I, s:s, s:I}", "incident", (json_int_t)incident->id, "at_s", (json_int_t)KH_MIN(kh_stmt_int(s, 2), now_s), "act", "reported", "report",
							(json_int_t)kh_stmt_int(s, 0));
		kh_json_set_text(fields, "what", what);
		kh_json_set_text(fields, "who", kh_stmt_text(s, 3));
		int64_t id = 0;
		r = kh_record_create(writer, STEP, incident->unit_id, fields, &by, &id);
	}
	return r;
}

/* A device that is in use again after a check was released, whoever did it where. */
static int released_since(struct kh_db *db, const struct kh_record *incident, int64_t *ret)
{
	*ret = kh_record_int(incident, "released_s");
	if (*ret || !kh_record_int(incident, "suspended_s"))
		return 0;
	return kh_db_int(db, ret,
			 "SELECT d.state_s FROM reg_device d WHERE d.id = ?1 AND d.state = 'in_use' AND EXISTS"
			 " (SELECT 1 FROM reg_device_check c WHERE c.device = d.id AND c.state = 'passed' AND c.state_s >= ?2)",
			 kh_record_int(incident, "device"), kh_record_int(incident, "suspended_s"));
}

static int set_clock(struct kh_db *writer, const struct kh_record *incident, int64_t report_by_s, int64_t now_s)
{
	struct kh_record_by by = kh_record_by_system(now_s);
	int64_t reported = 0, released = 0;
	int r = kh_db_int(writer, &reported, "SELECT MIN(sent_s) FROM reg_incident_report WHERE incident = ?1 AND state = 'sent'", incident->id);
	if (r == 0)
		r = released_since(writer, incident, &released);
	if (r < 0)
		return r;
	kh_auto_json json_t *fields = json_object();
	kh_json_set(fields, "report_by_s", report_by_s ? json_integer(report_by_s) : json_null());
	if (reported)
		kh_json_set_int(fields, "reported_s", reported);
	if (released)
		kh_json_set_int(fields, "released_s", released);
	return kh_record_change(writer, KH_INCIDENT, incident->id, KH_RECORD_ANY_VERSION, fields, &by);
}

int kh_incident_follow(struct kh_db *writer, const struct kh_incident_rules *rules, int64_t id, int64_t now_s)
{
	kh_auto_record struct kh_record incident = {0};
	int64_t earliest = 0;
	int r = kh_record_get(writer, KH_INCIDENT, id, NULL, &incident);
	if (r < 0)
		return r;
	bool over = kh_streq(incident.state, "false_alarm");
	struct kh_incident_kind kind = {kh_record_text(&incident, "group_of"), kh_record_text(&incident, "severity"), kh_record_int(&incident, "personal_data")};
	kh_array_each(&rules->routes->of, route) {
		struct row row = {.route = route, .incident = &incident, .now_s = now_s};
		bool wanted = !over && kh_incident_route_is_for(route, &kind) && due_of(rules->law, route->rule, kh_record_int(&incident, "t0_s"), &row.due_s);
		if (r == 0)
			r = follow_route(writer, &row, wanted);
		if (wanted && (!earliest || row.due_s < earliest))
			earliest = row.due_s;
	}
	if (r == 0)
		r = note_sent(writer, &incident, now_s);
	if (r == 0)
		r = set_clock(writer, &incident, earliest, now_s);
	const struct kh_record_by by = kh_record_by_system(now_s);
	return r < 0 ? r : kh_incident_follow_isolation(writer, id, &by);
}

struct attending {
	const struct kh_incident_rules *rules;
	int64_t id, now_s;
};

static int follow_apart(struct kh_db *writer, void *arg)
{
	const struct attending *a = arg;
	return kh_incident_follow(writer, a->rules, a->id, a->now_s);
}

int kh_incidents_attend(struct kh_db *writer, const struct kh_incident_rules *rules, int64_t now_s, struct kh_apart *apart)
{
	KH_ARRAY(int64_t) ids = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s,
			    "SELECT i.id FROM reg_incident i WHERE i.state NOT IN ('closed', 'false_alarm') OR i.isolation IN ('ordered', 'isolated', 'release_ordered')"
			    " OR EXISTS (SELECT 1 FROM reg_incident_report r WHERE r.incident = i.id AND r.state = 'due' AND i.state = 'false_alarm') ORDER BY i.id");
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ids, kh_stmt_int(s, 0));
	kh_array_each(&ids, id) {
		struct attending a = {rules, *id, now_s};
		r = r < 0 ? r : kh_apart_run(apart, writer, "incident", *id, follow_apart, &a);
	}
	kh_array_done(&ids);
	return r;
}
