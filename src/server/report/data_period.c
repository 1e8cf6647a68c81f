#include "server/report/data.h"

#include "base/str.h"
#include "base/time.h"
#include "server/endpoint/endpoint.h"
#include "server/posture/figure.h"
#include "server/report/json.h"

/* The moment at which a day begins in Viet Nam. */
static int64_t begin_s(int64_t day)
{
	return day * KH_DAY_S - 7 * 3600;
}

/* A day as the posture is asked for: today's, or that of one that is over. */
static int64_t asked_day(int64_t day, int64_t now_s)
{
	return day >= kh_time_day_number(now_s) ? KH_TODAY : day;
}

/* ---- figures against the period before ---- */

static const char *trend_of(const struct kh_figure *figure, bool known, double now, bool known_before, double before)
{
	if (!known || !known_before)
		return "chưa so sánh được";
	if (now == before)
		return "không đổi";
	bool up = now > before;
	return up == !figure->low_is_better ? (up ? "tăng, tốt lên" : "giảm, tốt lên") : (up ? "tăng, xấu đi" : "giảm, xấu đi");
}

static json_t *figure_of(const struct kh_figure *figure, const struct kh_posture *posture, const struct kh_posture *earlier)
{
	double value = 0, before = 0;
	bool known = kh_figure_read(figure, posture, &value), known_before = kh_figure_read(figure, earlier, &before);
	json_t *o = json_object();
	kh_json_set_text(o, "id", figure->id);
	kh_json_set_text(o, "title", figure->title[KH_VI]);
	kh_json_set(o, "value", kh_data_value(figure, known, value));
	kh_json_set(o, "number", kh_json_number(known, value));
	kh_json_set(o, "before", kh_data_value(figure, known_before, before));
	kh_json_set(o, "before_number", kh_json_number(known_before, before));
	kh_json_set_text(o, "trend", trend_of(figure, known, kh_figure_round(value), known_before, kh_figure_round(before)));
	kh_json_set(o, "target", kh_data_value(figure, figure->has_target, figure->target));
	kh_json_set_bool(o, "reached", known && figure->has_target && kh_figure_met(figure, value));
	kh_data_set_why(o, figure, known);
	return o;
}

static json_t *figures_of(const struct kh_posture *posture, const struct kh_posture *earlier)
{
	json_t *list = json_array();
	for (size_t i = 0; i < KH_FIGURES_COUNT; i++)
		kh_data_add(list, figure_of(&kh_figures[i], posture, earlier));
	return list;
}

/* ---- directives ---- */

static json_t *directives_of(const struct kh_report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->directives.n; i++) {
		const struct kh_directive *d = report->directives.v[i];
		struct kh_states states = kh_directive_states(d, &report->posture);
		json_t *o = json_object();
		kh_json_set_text(o, "title", d->title.in[KH_VI]);
		kh_json_set_text(o, "issuer", d->issuer);
		kh_json_set_int(o, "clauses_total", (int64_t)d->clauses.n);
		kh_data_set_states(o, &states);
		kh_data_add(list, o);
	}
	return list;
}

/* ---- what happened ---- */

static int set_count(struct kh_db *db, const struct kh_scope *scope, const struct kh_period *period, const char *name, const char *sql, json_t *data)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s, sql, begin_s(period->from_day), begin_s(period->to_day + 1));
	while (kh_stmt_next(s, &r))
		kh_json_set_int(data, name, kh_stmt_int(s, 0));
	return r;
}

/* By the unit a machine stood in then. Of what was found in the period: what became of it until now. handled + false_alarms + waiting = found; `ended` is what came to an end in the period, whenever it was found. */
#define IN_PERIOD(table, time) \
	"(SELECT d.*, " KH_ENDPOINT_UNIT_AT("d." time) " AS stood_in FROM " table " d JOIN endpoint e ON e.id = d.endpoint_id WHERE d." time " >= ?1 AND d." time " < ?2) d WHERE {scope:d.stood_in}"
#define FOUND(what) "SELECT COUNT(" what ") FROM " IN_PERIOD("detection", "found_s")

static int set_events(struct kh_db *db, const struct kh_scope *scope, const struct kh_period *period, json_t *data)
{
	static const struct {
		const char *name, *sql;
	} counts[] = {
		{"found", FOUND("*")},
		{"found_machines", FOUND("DISTINCT d.endpoint_id")},
		{"infected_machines", FOUND("DISTINCT d.endpoint_id") " AND d.verdict = 'infected' AND d.state <> 'false_alarm'"},
		{"handled", FOUND("*") " AND d.state IN ('quarantined', 'handled', 'cleaned')"},
		{"false_alarms", FOUND("*") " AND d.state = 'false_alarm'"},
		{"waiting", FOUND("*") " AND d.state NOT IN ('quarantined', 'handled', 'cleaned', 'false_alarm')"},
		{"ended", "SELECT COUNT(*) FROM " IN_PERIOD("detection", "handled_s")},
		{"scans", "SELECT COUNT(*) FROM " IN_PERIOD("scan", "ended_s")},
		{"campaigns", "SELECT COUNT(*) FROM campaign c WHERE {scope:c.unit_id} AND c.created_s >= ?1 AND c.created_s < ?2"},
	};
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_COUNT(counts); i++)
		r = set_count(db, scope, period, counts[i].name, counts[i].sql, data);
	return r;
}

/* ---- the whole ---- */

static void set_days(const struct kh_period *period, const struct kh_report *report, json_t *data)
{
	char from[KH_DAY_SIZE], to[KH_DAY_SIZE];
	bool open = period->to_day >= kh_time_day_number(report->now_s);
	kh_json_set_text(data, "period", period->name);
	kh_json_set_text(data, "period_before", period->before_name);
	kh_json_set_text(data, "from", kh_posture_day_text(period->from_day, report->now_s, from));
	kh_json_set_text(data, "to", kh_posture_day_text(open ? KH_TODAY : period->to_day, report->now_s, to));
	kh_json_set_bool(data, "open", open);
}

static json_t *data_of(const struct kh_report *report, const struct kh_posture *earlier, const struct kh_period *period, const struct kh_office *office)
{
	json_t *o = json_object();
	kh_data_set_office(o, office, report->day, report->now_s);
	set_days(period, report, o);
	kh_json_set_int(o, "machines", report->machines);
	kh_json_set_int(o, "machines_before", kh_posture_machines(earlier));
	kh_json_set_int(o, "silent", kh_posture_silent(&report->posture));
	json_t *figures = figures_of(&report->posture, earlier);
	kh_data_set_reached(o, figures);
	kh_json_set(o, "figures", figures);
	kh_json_set(o, "directives", directives_of(report));
	kh_json_set(o, "actions", kh_data_actions(report));
	return o;
}

int kh_data_period(struct kh_db *db, const struct kh_report_question *question, const struct kh_period *period, const struct kh_office *office, json_t **ret)
{
	kh_auto_report struct kh_report report = {0};
	kh_auto_json json_t *data = NULL;
	struct kh_posture earlier = {0};
	struct kh_report_question q = *question;
	char last[KH_DAY_SIZE];
	int64_t day = asked_day(period->to_day, q.now_s);
	q.at = day == KH_TODAY ? NULL : kh_posture_day_text(day, q.now_s, last);
	q.directive = NULL;
	q.language = KH_VI;
	q.figures_only = true;
	int r = kh_report_make(db, &q, &report);
	r = r < 0 ? r : kh_posture_read_admin(db, q.scope.unit_id, period->from_day - 1, &earlier);
	r = r < 0 ? r : kh_posture_measure(db, q.scope.unit_id, &earlier);
	if (r < 0)
		return r;
	data = data_of(&report, &earlier, period, office);
	r = set_events(db, &q.scope, period, data);
	r = r < 0 ? r : kh_data_set_units(db, &q.scope, &report, NULL, data);
	if (r == 0)
		*ret = kh_take(data);
	return r;
}
