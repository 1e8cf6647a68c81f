/* Routes of spec/api/duty.yaml. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/api/records.h"
#include "server/assessment/lan.h"
#include "server/assessment/level.h"
#include "server/quiz/quiz.h"
#include "server/report/json.h"
#include "server/roster/roster.h"
#include "server/task/task.h"
#include "server/unit/unit.h"

/* ---- dispatches ---- */

struct sending {
	struct kh_dispatch_send send;
	struct kh_dispatch_sent sent;
	struct kh_record_by by;
};

static int run_send(struct kh_db *writer, void *arg)
{
	struct sending *s = arg;
	return kh_dispatch_send(writer, &s->send, &s->by, &s->sent);
}

int kh_route_dispatch_send(struct kh_api_call *call)
{
	struct sending s = {.send = {.dispatch = kh_call_int(call, "dispatch"), .units = kh_call_json(call, "units"), .below = kh_call_bool(call, "below"), .readings = kh_call_bool(call, "readings"),
				     .due_on = kh_call_text(call, "due_on"), .task = kh_call_text(call, "task"), .control = kh_call_text(call, "control")},
			    .by = kh_records_by(call, NULL)};
	int r = kh_store_write(call->server->store, run_send, &s);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:I, s:I, s:I}", "units", (json_int_t)s.sent.units, "readings", (json_int_t)s.sent.readings, "tasks", (json_int_t)s.sent.tasks));
	return r;
}

/* ---- holidays ---- */

static int add_figures(struct kh_api_call *call, const struct kh_scope *scope, enum kh_occasion occasion, int year, json_t *o, const char *key)
{
	char from[KH_ISO_SIZE], to[KH_ISO_SIZE];
	struct kh_holiday_figures f = {0};
	int r = kh_holiday_figures(call->db, scope, occasion, year, &f);
	if (r == 0)
		kh_json_set(o, key, json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:I}", "year", year, "from", kh_time_day(f.from_day * KH_DAY_S, from), "to", kh_time_day(f.to_day * KH_DAY_S, to), "alerts",
					      (json_int_t)f.alerts, "detections", (json_int_t)f.detections, "machines", (json_int_t)f.machines, "incidents", (json_int_t)f.incidents));
	return r;
}

static enum kh_occasion occasion_of(const char *name)
{
	int i = 0;
	while (i + 1 < KH_OCCASIONS && !kh_streq(kh_occasions[i], name))
		i++;
	return (enum kh_occasion)i;
}

static int year_asked(const struct kh_api_call *call)
{
	char day[KH_ISO_SIZE];
	int64_t year = kh_call_int(call, "year");
	kh_auto_free char *present = kh_strndup(kh_time_day(call->now_s, day), 4);
	if (!year)
		kh_assert(kh_parse_int(present, 1970, 9999, &year));
	return (int)year;
}

int kh_route_holiday_report(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_unit struct kh_unit unit = {0};
	enum kh_occasion occasion = occasion_of(kh_call_text(call, "occasion"));
	int year = year_asked(call);
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0)
		r = kh_unit_get(call->db, scope.unit_id, &unit);
	if (r < 0)
		return r;
	kh_auto_json json_t *o = json_pack("{s:s, s:i, s:s}", "occasion", kh_occasions[occasion], "year", year, "unit", unit.code);
	r = add_figures(call, &scope, occasion, year, o, "now");
	if (r == 0)
		r = add_figures(call, &scope, occasion, year - 1, o, "before");
	if (r == 0)
		kh_call_answer(call, kh_take(o));
	return r;
}

/* ---- quizzes ---- */

struct taking {
	int64_t id;
	const json_t *choices; /* NULL: start */
	struct kh_record_by by;
	struct kh_quiz_taker taker;
	json_t *answer;
};

static int run_quiz(struct kh_db *writer, void *arg)
{
	struct taking *t = arg;
	return t->choices ? kh_quiz_answer(writer, t->id, t->choices, &t->taker, &t->answer) : kh_quiz_start(writer, t->id, &t->taker, &t->answer);
}

static int take(struct kh_api_call *call, int64_t id, const json_t *choices)
{
	struct taking t = {.id = id, .choices = choices, .by = kh_records_by(call, NULL)};
	t.taker = (struct kh_quiz_taker){call->session.user.id, &t.by};
	int r = kh_store_write(call->server->store, run_quiz, &t);
	if (r == 0)
		kh_call_answer(call, t.answer);
	else
		json_decref(t.answer);
	return r;
}

int kh_route_quiz_start(struct kh_api_call *call)
{
	return take(call, kh_call_int(call, "quiz"), NULL);
}

int kh_route_quiz_answer(struct kh_api_call *call)
{
	return take(call, kh_call_int(call, "attempt"), kh_call_json(call, "choices"));
}

/* ---- assessments ---- */

struct filling {
	int64_t id, version;
	struct kh_record_by by;
};

static int run_fill(struct kh_db *writer, void *arg)
{
	const struct filling *f = arg;
	return kh_lan_assessment_fill(writer, f->id, f->version, &f->by);
}

int kh_route_lan_assessment_fill(struct kh_api_call *call)
{
	struct filling f = {kh_call_int(call, "assessment"), kh_call_int(call, "version"), kh_records_by(call, NULL)};
	int r = kh_store_write(call->server->store, run_fill, &f);
	return r < 0 ? r : kh_records_answer(call, &kh_registers[KH_REGISTER_LAN_ASSESSMENT], f.id);
}

struct listing {
	const struct kh_api *api;
	int64_t system, made;
	struct kh_record_by by;
};

static int run_checklist(struct kh_db *writer, void *arg)
{
	struct listing *l = arg;
	return kh_level_checklist(writer, &l->api->level_requirements, &l->api->law, l->system, &l->by, &l->made);
}

int kh_route_system_checklist(struct kh_api_call *call)
{
	struct listing l = {.api = call->api, .system = kh_call_int(call, "system"), .by = kh_records_by(call, NULL)};
	int r = kh_store_write(call->server->store, run_checklist, &l);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:I}", "made", (json_int_t)l.made));
	return r;
}
