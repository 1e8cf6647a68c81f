#include "server/detection/detection.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"

static int note_change(struct kh_db *writer, int64_t id, int64_t at_s, const char *actor, const char *state, const char *note)
{
	return kh_db_run(writer, "INSERT INTO detection_change(detection_id, at_s, actor, state, note) VALUES(?1, ?2, ?3, ?4, ?5)", id, at_s, actor, state, note);
}

/* ---- reports ---- */

struct known {
	int64_t id, seen_s; /* id 0: none */
	bool open, closed;  /* closed: dealt with; neither: a false alarm */
};

static int find_known(struct kh_db *writer, const struct kh_detection_report *d, struct known *ret)
{
	kh_auto_stmt struct kh_stmt *q = NULL;
	int r = kh_db_query(writer, &q,
			    "SELECT id, COALESCE(seen_s, found_s), state FROM detection WHERE endpoint_id = ?1 AND engine = ?2 AND rule = ?3 AND path = ?4"
			    " AND COALESCE(member, '') = COALESCE(?5, '') AND COALESCE(sha256, '') = COALESCE(?6, '') ORDER BY id DESC LIMIT 1",
			    d->endpoint_id, d->engine, d->rule, d->path, d->member, d->sha256);
	while (kh_stmt_next(q, &r)) {
		const char *state = kh_stmt_text(q, 2);
		*ret = (struct known){.id = kh_stmt_int(q, 0), .seen_s = kh_stmt_int(q, 1)};
		ret->open = kh_streq(state, "found") || kh_streq(state, "verified");
		ret->closed = !ret->open && !kh_streq(state, "false_alarm");
	}
	return r;
}

static int quarantine(struct kh_db *writer, int64_t id, int64_t at_s)
{
	int r = kh_db_run(writer, "UPDATE detection SET state = 'quarantined', handled_s = ?2, changed_s = ?2, changed_by = NULL, version = version + 1 WHERE id = ?1", id, at_s);
	return r < 0 ? r : note_change(writer, id, at_s, NULL, "quarantined", NULL);
}

static int insert(struct kh_db *writer, const struct kh_detection_report *d, int64_t again_of)
{
	int64_t id = 0;
	int r = kh_db_int(writer, &id,
			  "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, member, sha256, size, verdict, state, changed_s, seen_s, again_of, find_id)"
			  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'found', ?2, ?2, ?10, ?11) RETURNING id",
			  d->endpoint_id, d->at_s, d->engine, d->rule, d->path, d->member, d->sha256, d->size, d->verdict,
			  again_of ? kh_db_value_int(again_of) : kh_db_value_null(NULL), d->find_id);
	if (r == 0)
		r = note_change(writer, id, d->at_s, NULL, "found", NULL);
	return r < 0 || !d->quarantined ? r : quarantine(writer, id, d->at_s);
}

static int see_again(struct kh_db *writer, const struct kh_detection_report *d, const struct known *known)
{
	int r = kh_db_run(writer, "UPDATE detection SET seen_s = CASE WHEN COALESCE(seen_s, found_s) < ?2 THEN ?2 ELSE seen_s END, find_id = COALESCE(?3, find_id) WHERE id = ?1", known->id,
			  d->at_s, d->find_id);
	return r < 0 || !d->quarantined || !known->open ? r : quarantine(writer, known->id, d->at_s);
}

int kh_detection_report(struct kh_db *writer, const struct kh_detection_report *report)
{
	struct known known = {0};
	int r = find_known(writer, report, &known);
	if (r < 0 || (known.closed && report->at_s <= known.seen_s)) /* the same report once more */
		return r;
	return !known.id || known.closed ? insert(writer, report, known.id) : see_again(writer, report, &known);
}

/* ---- what became of a find ---- */

/* From which states a find's state leads on, and what it then is (NULL: only a row of its history). */
static const struct find_move {
	const char *said, *from, *to;
} find_moves[] = {
	{"verified", "('found')", "verified"},
	{"not_confirmed", "('found', 'verified')", NULL},
	{"quarantined", "('found', 'verified')", "quarantined"},
	{"left", "('found', 'verified')", NULL},
	{"rescanned_clean", "('found', 'verified', 'quarantined', 'handled')", "cleaned"},
};

static const struct find_move *find_move_of(const char *said)
{
	size_t i = 0;
	while (i < KH_COUNT(find_moves) && !kh_streq(find_moves[i].said, said))
		i++;
	kh_assert(i < KH_COUNT(find_moves)); /* the batch's check let no other through */
	return &find_moves[i];
}

static int note_find(struct kh_db *writer, const struct find_move *move, const struct kh_find_state *state)
{
	kh_auto_free char *sql = kh_format("INSERT INTO detection_change(detection_id, at_s, state, note) SELECT d.id, ?3, CAST(?4 AS TEXT), CAST(?5 AS TEXT) FROM detection d"
					   " WHERE d.endpoint_id = ?1 AND d.find_id = ?2 AND d.found_s <= ?3 AND d.state IN %s AND NOT EXISTS (SELECT 1 FROM detection_change h"
					   " WHERE h.detection_id = d.id AND h.state = CAST(?4 AS TEXT) AND h.at_s = ?3)",
					   move->from);
	return kh_db_run(writer, sql, state->endpoint_id, state->find_id, state->at_s, move->to ? move->to : move->said, state->detail);
}

/* What is gone when its place is looked at again was dealt with then, at the latest. */
static int move_find(struct kh_db *writer, const struct find_move *move, const struct kh_find_state *state)
{
	kh_auto_free char *sql = kh_format("UPDATE detection SET version = version + 1, state = CAST(?4 AS TEXT), changed_s = ?3, changed_by = NULL, quarantine = COALESCE(?5, quarantine),"
					   " verified_s = CASE WHEN CAST(?4 AS TEXT) = 'verified' THEN ?3 ELSE verified_s END,"
					   " handled_s = CASE WHEN CAST(?4 AS TEXT) IN ('quarantined', 'cleaned') THEN COALESCE(handled_s, ?3) ELSE handled_s END,"
					   " cleaned_s = CASE WHEN CAST(?4 AS TEXT) = 'cleaned' THEN ?3 ELSE cleaned_s END"
					   " WHERE endpoint_id = ?1 AND find_id = ?2 AND found_s <= ?3 AND state IN %s",
					   move->from);
	return kh_db_run(writer, sql, state->endpoint_id, state->find_id, state->at_s, move->to, state->quarantine);
}

int kh_detection_find_state(struct kh_db *writer, const struct kh_find_state *state, bool *ret_known)
{
	const struct find_move *move = find_move_of(state->state);
	int r = note_find(writer, move, state);
	if (r == 0)
		*ret_known = kh_db_changes(writer) > 0;
	return r < 0 || !*ret_known || !move->to ? r : move_find(writer, move, state);
}

/* ---- given back from quarantine ---- */

struct restored {
	int64_t endpoint_id, at_s;
	const char *quarantine, *path, *sha256;
	char *note;
};

static bool read_restored(const json_t *event, struct restored *ret)
{
	const json_t *file = json_object_get(event, "file"), *khien = json_object_get(event, "khien");
	const char *user = json_string_value(json_object_get(json_object_get(event, "user"), "name")), *to = json_string_value(json_object_get(khien, "to"));
	ret->path = json_string_value(json_object_get(file, "path"));
	ret->sha256 = json_string_value(json_object_get(json_object_get(file, "hash"), "sha256"));
	ret->quarantine = json_string_value(json_object_get(khien, "quarantine"));
	ret->note = kh_format("%s: %s", user ? user : "?", to ? to : ret->path ? ret->path : "?");
	return ret->path && ret->sha256 && ret->quarantine;
}

/* By its number in the quarantine; what was taken away while it was opened is known by its file only. What came back since has a row of its own. */
#define GIVEN_BACK                                                                                                                          \
	"detection.endpoint_id = ?1 AND detection.state IN ('quarantined', 'cleaned') AND detection.handled_s <= ?2"                        \
	" AND (detection.quarantine = ?3 OR (detection.quarantine IS NULL AND detection.path = ?4 AND detection.sha256 = ?5))"              \
	" AND NOT EXISTS (SELECT 1 FROM detection n WHERE n.again_of = detection.id)"

static int reopen(struct kh_db *writer, const struct restored *f, bool *ret_known)
{
	int r = kh_db_run(writer, "INSERT INTO detection_change(detection_id, at_s, state, note) SELECT detection.id, ?2, 'restored', CAST(?6 AS TEXT) FROM detection WHERE " GIVEN_BACK,
			  f->endpoint_id, f->at_s, f->quarantine, f->path, f->sha256, f->note);
	if (r < 0 || kh_db_changes(writer) == 0)
		return r;
	*ret_known = true;
	return kh_db_run(writer,
			 "UPDATE detection SET version = version + 1, state = CASE WHEN verified_s IS NULL THEN 'found' ELSE 'verified' END, quarantine = NULL, handled_s = NULL, cleaned_s = NULL, changed_s = ?2,"
			 " changed_by = NULL, seen_s = CASE WHEN COALESCE(seen_s, found_s) < ?2 THEN ?2 ELSE seen_s END WHERE " GIVEN_BACK,
			 f->endpoint_id, f->at_s, f->quarantine, f->path, f->sha256);
}

int kh_detection_event(struct kh_db *writer, int64_t endpoint_id, int64_t at_s, const char *action, size_t action_n, const char *event, size_t n, bool *ret_known)
{
	static const char restored[] = "quarantine_restored";
	struct restored f = {.endpoint_id = endpoint_id, .at_s = at_s};
	kh_auto_json json_t *j = NULL;
	if (action_n != strlen(restored) || memcmp(action, restored, action_n) != 0 || kh_json_parse(event, n, &j) < 0)
		return 0;
	int r = read_restored(j, &f) ? reopen(writer, &f, ret_known) : 0;
	free(f.note);
	return r;
}

/* ---- the scan afterwards ---- */

#define SEEN_MEANWHILE "SELECT COUNT(*) FROM detection WHERE endpoint_id = ?1 AND seen_s >= ?2"

static int is_clean(struct kh_db *writer, int64_t endpoint_id, int64_t started_s, int64_t found, bool *ret)
{
	int64_t malware = 0, alarms = 0;
	int r = kh_db_int(writer, &malware, SEEN_MEANWHILE " AND state <> 'false_alarm'", endpoint_id, started_s);
	if (r == 0)
		r = kh_db_int(writer, &alarms, SEEN_MEANWHILE " AND state = 'false_alarm'", endpoint_id, started_s);
	*ret = !malware && found <= alarms;
	return r;
}

int kh_detection_rescanned(struct kh_db *writer, int64_t endpoint_id, int64_t started_s, int64_t ended_s, int64_t found)
{
#define DEALT_WITH "endpoint_id = ?1 AND state IN ('quarantined', 'handled') AND handled_s <= ?2"
	bool clean = false;
	int r = is_clean(writer, endpoint_id, started_s, found, &clean);
	if (r < 0 || !clean)
		return r;
	r = kh_db_run(writer, "INSERT INTO detection_change(detection_id, at_s, state) SELECT id, ?3, 'cleaned' FROM detection WHERE " DEALT_WITH, endpoint_id, started_s, ended_s);
	return r < 0 ? r
		     : kh_db_run(writer, "UPDATE detection SET version = version + 1, state = 'cleaned', cleaned_s = ?3, changed_s = ?3, changed_by = NULL WHERE " DEALT_WITH, endpoint_id, started_s, ended_s);
}

/* ---- decisions ---- */

static const struct move {
	const char *from, *to;
	bool note;
} moves[] = {
	{"found", "verified", false},   {"found", "false_alarm", true},    {"found", "handled", true},
	{"verified", "handled", true},  {"verified", "false_alarm", true}, {"false_alarm", "found", true},
	{"handled", "false_alarm", true}, {"quarantined", "false_alarm", true},
};

static int check_move(const char *from, const struct kh_detection_decision *d)
{
	for (size_t i = 0; i < KH_COUNT(moves); i++)
		if (kh_streq(moves[i].from, from) && kh_streq(moves[i].to, d->state))
			return moves[i].note && (!d->note || !*d->note) ? kh_fail(KH_E_INVALID_FIELD, "note: say why") : 0;
	return kh_fail(KH_E_CONFLICT, "the detection has moved on meanwhile");
}

struct target {
	int64_t endpoint_id, unit_id;
	char *state, *uid, *rule;
	int64_t version;
};

static void target_done(struct target *t)
{
	free(t->state);
	free(t->uid);
	free(t->rule);
}

static int find_target(struct kh_db *writer, const struct kh_scope *scope, int64_t id, struct target *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(writer, scope, &s,
			       "SELECT d.endpoint_id, e.unit_id, d.state, e.uid, d.rule, d.version FROM detection d JOIN endpoint e ON e.id = d.endpoint_id WHERE d.id = ?1 AND {scope:e.unit_id}", id);
	while (kh_stmt_next(s, &r))
		*ret = (struct target){kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_strdup(kh_stmt_text(s, 2)), kh_strdup(kh_stmt_text(s, 3)), kh_strdup(kh_stmt_text(s, 4)), kh_stmt_int(s, 5)};
	return r < 0 || ret->state ? r : kh_fail(KH_E_NOT_FOUND, "no such detection");
}

static int write_state(struct kh_db *writer, const struct kh_detection_decision *d, int64_t now_s)
{
	int r = kh_db_run(writer,
			  "UPDATE detection SET version = version + 1, state = CAST(?2 AS TEXT), changed_s = ?3, changed_by = ?4,"
			  " verified_s = CASE WHEN CAST(?2 AS TEXT) = 'found' THEN NULL WHEN CAST(?2 AS TEXT) = 'verified' THEN ?3 ELSE verified_s END,"
			  " handled_s = CASE WHEN CAST(?2 AS TEXT) = 'handled' THEN ?3 WHEN CAST(?2 AS TEXT) IN ('found', 'false_alarm') THEN NULL ELSE handled_s END WHERE id = ?1",
			  d->id, d->state, now_s, d->actor);
	return r < 0 ? r : note_change(writer, d->id, now_s, d->actor, d->state, d->note && *d->note ? d->note : NULL);
}

static int audit(struct kh_db *writer, const struct target *t, const struct kh_detection_decision *d)
{
	kh_auto_free char *detail = kh_format("%s: %s → %s%s%s", t->rule, t->state, d->state, d->note ? ": " : "", d->note ? d->note : "");
	return kh_audit_append(writer, &(struct kh_audit){.actor = d->actor, .unit_id = t->unit_id, .action = KH_AUDIT_ACTION_DETECTION_DECIDE, .target = t->uid, .detail = detail});
}

int kh_detection_decide(struct kh_db *writer, const struct kh_scope *scope, const struct kh_detection_decision *decision, int64_t now_s)
{
	static const char *const tables[] = {"detection"};
	KH_CLEANUP(target_done) struct target t = {0};
	int r = find_target(writer, scope, decision->id, &t);
	if (r == 0 && decision->version && decision->version != t.version)
		r = kh_fail(KH_E_STALE_VERSION, "look at it as it is now, then decide anew");
	r = r < 0 ? r : check_move(t.state, decision);
	r = r < 0 ? r : write_state(writer, decision, now_s);
	r = r < 0 ? r : kh_posture_endpoint_changed(writer, t.endpoint_id, tables, KH_COUNT(tables));
	return r < 0 ? r : audit(writer, &t, decision);
}
