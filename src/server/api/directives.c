/* Routes of spec/api/directives.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/api/units.h"
#include "server/report/report.h"

/* What every route here begins with: unit and day of the query, the posture, the unit as the answer names it. */
struct question {
	struct kh_scope scope;
	int64_t day;
	char day_text[KH_DAY_SIZE];
	struct kh_posture posture;
	json_t *unit;
};

static void question_done(struct question *q)
{
	json_decref(q->unit);
}

static int ask(const struct kh_api_call *call, struct question *q)
{
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &q->scope);
	r = r < 0 ? r : kh_call_day(call, &q->day);
	r = r < 0 ? r : kh_posture_read(call->db, q->scope.unit_id, q->day, &q->posture);
	r = r < 0 ? r : kh_units_ref(call->db, q->scope.unit_id, &q->unit);
	if (r == 0)
		kh_posture_day_text(q->day, call->now_s, q->day_text);
	return r;
}

static int find(const struct kh_api_call *call, const struct kh_directive **ret)
{
	const struct kh_directive *directive = kh_directive_named(&call->api->directives, kh_call_param(call, 0));
	if (!directive)
		return kh_fail(KH_E_UNKNOWN_DIRECTIVE, "directive");
	*ret = directive;
	return 0;
}

static json_t *summary_of(const struct kh_directive *d, const struct kh_posture *posture)
{
	struct kh_states states = kh_directive_states(d, posture);
	json_t *o = json_object();
	kh_json_set_text(o, "id", d->id);
	kh_json_set_text(o, "number", d->number);
	kh_json_set_text(o, "date", d->date);
	kh_json_set(o, "title", kh_object_words(d->title.in));
	kh_json_set_text(o, "issuer", d->issuer);
	kh_json_set_text(o, "superseded_by", d->superseded_by);
	kh_json_set_int(o, "clauses", (int64_t)d->clauses.n);
	kh_json_set(o, "states", kh_object_states(&states));
	return o;
}

/* {"items","total","unit","day"}. */
static json_t *page_of(json_t *items, struct question *q)
{
	json_t *answer = kh_call_page(items, (int64_t)json_array_size(items));
	kh_json_set(answer, "unit", kh_take(q->unit));
	kh_json_set_text(answer, "day", q->day_text);
	return answer;
}

int kh_route_directive_list(struct kh_api_call *call)
{
	struct question q KH_CLEANUP(question_done) = {0};
	int r = ask(call, &q);
	if (r < 0)
		return r;
	json_t *items = json_array();
	for (size_t i = 0; i < call->api->directives.of.n; i++)
		kh_json_add(items, summary_of(&call->api->directives.of.v[i], &q.posture));
	kh_call_answer(call, page_of(items, &q));
	return 0;
}

/* --- one directive --- */

static json_t *clause_of(const struct kh_clause *clause, const struct question *q, const struct kh_evidence *evidence)
{
	enum kh_state state = kh_clause_state(clause, &q->posture);
	json_t *o = json_object(), *needs = json_array(), *controls = json_array(), *figures = json_array();
	for (size_t i = 0; i < clause->needs.n; i++)
		kh_json_add(needs, kh_object_words(clause->needs.v[i].in));
	for (size_t i = 0; i < clause->controls.n; i++)
		kh_json_add(controls, kh_object_control_posture(clause->controls.v[i], &q->posture.of[clause->controls.v[i] - kh_controls]));
	for (size_t i = 0; i < clause->figures.n; i++)
		kh_json_add(figures, kh_object_figure(clause->figures.v[i], &q->posture, evidence));
	kh_json_set_text(o, "id", clause->id);
	kh_json_set_text(o, "clause", clause->clause);
	kh_json_set_text(o, "quote", clause->quote);
	kh_json_set_text(o, "kind", clause->kind);
	kh_json_set_text(o, "state", kh_state_names[state]);
	kh_json_set(o, "target", kh_json_number(true, clause->target));
	kh_json_set_text(o, "by", clause->by);
	kh_json_set_bool(o, "overdue", clause->by && strcmp(clause->by, q->day_text) < 0 && state != KH_MET && state != KH_STATE_NOT_APPLICABLE);
	kh_json_set(o, "does", kh_object_words(clause->does.in));
	kh_json_set(o, "needs", needs);
	kh_json_set(o, "controls", controls);
	kh_json_set(o, "figures", figures);
	return o;
}

static int gather(const struct kh_api_call *call, const struct kh_directive *d, const struct question *q, struct kh_evidence *evidence)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < d->clauses.n; i++)
		for (size_t f = 0; r == 0 && f < d->clauses.v[i].figures.n; f++) {
			const struct kh_figure *figure = d->clauses.v[i].figures.v[f];
			if (figure->measured)
				r = kh_evidence_gather_figure(call->db, &q->scope, figure, evidence);
		}
	return r;
}

int kh_route_directive_show(struct kh_api_call *call)
{
	struct question q KH_CLEANUP(question_done) = {0};
	kh_auto_evidence struct kh_evidence evidence = {.now_s = call->now_s, .language = call->request->language};
	const struct kh_directive *d = NULL;
	int r = find(call, &d);
	r = r < 0 ? r : ask(call, &q);
	r = r < 0 ? r : kh_posture_measure(call->db, q.scope.unit_id, &q.posture);
	if (r == 0 && q.day == KH_TODAY && kh_call_may(call, KH_RIGHT_EVIDENCE_READ))
		evidence.limit = kh_call_int(call, "evidence");
	r = r < 0 ? r : gather(call, d, &q, &evidence);
	if (r < 0)
		return r;
	json_t *answer = json_object(), *clauses = json_array();
	for (size_t i = 0; i < d->clauses.n; i++)
		kh_json_add(clauses, clause_of(&d->clauses.v[i], &q, &evidence));
	kh_json_set(answer, "directive", summary_of(d, &q.posture));
	kh_json_set(answer, "unit", kh_take(q.unit));
	kh_json_set_text(answer, "day", q.day_text);
	kh_json_set(answer, "clauses", clauses);
	kh_call_answer(call, answer);
	return 0;
}

/* --- the units below --- */

static int add_unit(const struct kh_api_call *call, const struct kh_directive *d, const struct kh_unit_brief *unit, int64_t day, json_t *items)
{
	struct kh_posture posture = {0};
	int r = unit->own ? kh_posture_read_own(call->db, unit->id, &posture) : kh_posture_read_admin(call->db, unit->id, day, &posture);
	if (r < 0)
		return r;
	struct kh_states states = kh_directive_states(d, &posture);
	json_t *o = json_object();
	kh_json_set(o, "unit", kh_object_unit(unit->code, unit->name));
	kh_json_set_bool(o, "own", unit->own);
	kh_json_set(o, "states", kh_object_states(&states));
	kh_json_add(items, o);
	return 0;
}

int kh_route_directive_units(struct kh_api_call *call)
{
	struct question q KH_CLEANUP(question_done) = {0};
	kh_auto_unit_briefs struct kh_unit_briefs units = {0};
	kh_auto_json json_t *items = json_array();
	const struct kh_directive *d = NULL;
	int r = find(call, &d);
	r = r < 0 ? r : ask(call, &q);
	r = r < 0 ? r : kh_units_below(call->db, &q.scope, q.day == KH_TODAY, &units);
	for (size_t i = 0; r == 0 && i < units.of.n; i++)
		r = add_unit(call, d, &units.of.v[i], q.day, items);
	if (r == 0)
		kh_call_answer(call, page_of(kh_take(items), &q));
	return r;
}

/* --- as a file --- */

static void write_file(const struct kh_report *report, const char *format, struct kh_buf *out)
{
	if (kh_streq(format, "csv")) {
		kh_report_csv(report, out);
	} else if (kh_streq(format, "json")) {
		kh_auto_json json_t *json = kh_report_json(report);
		kh_auto_free char *text = kh_json_dump(json);
		kh_buf_adds(out, text);
	} else {
		kh_report_text(report, &(struct kh_report_look){.width = 100}, out);
	}
}

static const struct file_form {
	const char *format, *extension, *content_type;
} forms[] = {
	{"text", "txt", "text/plain; charset=utf-8"},
	{"json", "json", "application/json"},
	{"csv", "csv", "text/csv; charset=utf-8"},
};

static const struct file_form *form_of(const char *format)
{
	const struct file_form *form = forms;
	while (!kh_streq(form->format, format))
		form++; /* the spec allows no other */
	return form;
}

int kh_route_directive_report(struct kh_api_call *call)
{
	struct kh_report_question q = {.directives = &call->api->directives, .directive = kh_call_param(call, 0), .at = kh_call_text(call, "at"),
				       .language = call->request->language, .now_s = call->now_s};
	kh_auto_report struct kh_report report = {0};
	const struct kh_directive *d = NULL;
	int r = find(call, &d);
	r = r < 0 ? r : kh_call_narrow(call, kh_call_text(call, "unit"), &q.scope);
	r = r < 0 ? r : kh_report_make(call->db, &q, &report);
	if (r < 0)
		return r;
	const struct file_form *form = form_of(kh_call_text(call, "format"));
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	kh_auto_free char *name = kh_format("attachment; filename=\"%s_%s_%s.%s\"", d->id, report.unit_code, report.day, form->extension);
	write_file(&report, form->format, &out);
	kh_respond_header(call->request, "Content-Disposition", name);
	kh_call_respond(call, form->content_type, &out);
	return 0;
}
