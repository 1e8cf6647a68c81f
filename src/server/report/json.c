#include "server/report/json.h"

#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/report.h"

void kh_json_add(json_t *array, json_t *item)
{
	kh_assert(json_array_append_new(array, item) == 0);
}

void kh_json_set(json_t *object, const char *key, json_t *value)
{
	kh_assert(json_object_set_new(object, key, value) == 0);
}

json_t *kh_json_number(bool known, double value)
{
	if (!known)
		return json_null();
	double tenths = kh_figure_round(value);
	return tenths == (double)(int64_t)tenths ? json_integer((json_int_t)tenths) : json_real(tenths);
}

static json_t *row_of(const struct kh_row *row)
{
	json_t *o = json_object();
	kh_json_set_text(o, "endpoint", row->hostname);
	kh_json_set_text(o, "endpoint_id", row->endpoint);
	kh_json_set_text(o, "unit", row->unit_code);
	kh_json_set_text(o, "subject", row->subject);
	kh_json_set_text(o, "state", kh_answer_names[row->answer]);
	kh_json_set_text(o, "evidence", row->evidence);
	kh_json_set_text(o, "control", row->control->name);
	kh_json_set_text(o, "register", row->record ? row->control->record_of : NULL);
	kh_json_set(o, "record", row->record ? json_integer(row->record) : json_null());
	return o;
}

static json_t *rows_of(const struct kh_report *report, const struct kh_figure *figure)
{
	const struct kh_row *rows[KH_REPORT_EVIDENCE] = {0};
	size_t n = kh_evidence_of_figure(&report->evidence, figure, rows);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		kh_json_add(list, row_of(rows[i]));
	return list;
}

static json_t *part_of(const struct kh_report *report, const struct kh_figure_value *part)
{
	double value = 0;
	bool known = kh_figure_value_of(part, &report->posture, &value);
	json_t *o = json_object();
	kh_json_set_text(o, "id", part->id);
	kh_json_set_text(o, "title", part->label[report->language]);
	kh_json_set_text(o, "kind", kh_figure_kinds[part->kind]);
	kh_json_set(o, "value", kh_json_number(known, value));
	return o;
}

static json_t *figure_of(const struct kh_report *report, const struct kh_figure *figure)
{
	double value = 0;
	bool known = kh_figure_read(figure, &report->posture, &value);
	kh_auto_free char *reason = kh_figure_reason(figure, &report->posture, report->language);
	json_t *o = json_object(), *parts = json_array();
	kh_json_set_text(o, "id", figure->id);
	kh_json_set(o, "value", kh_json_number(known, value));
	kh_json_set(o, "target", kh_json_number(figure->has_target, figure->target));
	kh_json_set_text(o, "title", figure->title[report->language]);
	kh_json_set_text(o, "kind", kh_figure_kinds[figure->value.kind]);
	kh_json_set_text(o, "better", figure->low_is_better ? "low" : "high");
	kh_json_set(o, "met", known && figure->has_target ? json_boolean(kh_figure_met(figure, value)) : json_null());
	for (size_t i = 0; figure->measured && i < figure->parts_count; i++)
		kh_json_add(parts, part_of(report, &figure->parts[i]));
	kh_json_set(o, "parts", parts);
	kh_json_set_text(o, "waits_for", figure->waits_for[report->language]);
	kh_json_set_text(o, "reason", reason);
	kh_json_set_text(o, "note", figure->note[report->language]);
	kh_json_set(o, "evidence", rows_of(report, figure));
	return o;
}

static json_t *answer_of(const struct kh_report *report, const struct kh_control *control)
{
	const struct kh_counts *counts = &report->posture.of[kh_control_id(control)];
	json_t *o = json_object();
	kh_json_set_text(o, "control", control->name);
	kh_json_set_text(o, "title", control->title[report->language]);
	kh_json_set_text(o, "subject", control->subject);
	kh_json_set_text(o, "state", kh_state_names[kh_state_of_one(counts)]);
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_json_set_int(o, kh_answer_names[i], counts->of[i]);
	kh_json_set_text(o, "remedy", control->remedy[report->language]);
	return o;
}

static json_t *clause_of(const struct kh_report *report, const struct kh_clause *clause)
{
	json_t *o = json_object(), *needs = json_array(), *answers = json_array(), *figures = json_array();
	kh_json_set_text(o, "id", clause->id);
	kh_json_set_text(o, "clause", clause->clause);
	kh_json_set_text(o, "quote", clause->quote);
	kh_json_set_text(o, "kind", clause->kind);
	kh_json_set_text(o, "state", kh_state_names[kh_clause_state(clause, &report->posture)]);
	kh_json_set(o, "target", kh_json_number(true, clause->target));
	kh_json_set_text(o, "by", clause->by);
	kh_json_set_text(o, "does", clause->does.in[report->language]);
	for (size_t i = 0; i < clause->needs.n; i++)
		kh_json_add(needs, kh_json_string(clause->needs.v[i].in[report->language]));
	kh_json_set(o, "needs", needs);
	for (size_t i = 0; i < clause->controls.n; i++)
		kh_json_add(answers, answer_of(report, clause->controls.v[i]));
	kh_json_set(o, "answers", answers);
	for (size_t i = 0; i < clause->figures.n; i++)
		kh_json_add(figures, figure_of(report, clause->figures.v[i]));
	kh_json_set(o, "figures", figures);
	return o;
}

static json_t *states_of(const struct kh_states *states)
{
	json_t *o = json_object();
	for (int i = 0; i < KH_STATES; i++)
		kh_json_set_int(o, kh_state_names[i], states->of[i]);
	return o;
}

static json_t *directive_of(const struct kh_report *report, const struct kh_directive *directive)
{
	struct kh_states states = kh_directive_states(directive, &report->posture);
	json_t *o = json_object(), *clauses = json_array();
	kh_json_set_text(o, "id", directive->id);
	kh_json_set_text(o, "title", directive->title.in[report->language]);
	kh_json_set_text(o, "number", directive->number);
	kh_json_set_text(o, "date", directive->date);
	kh_json_set_text(o, "issuer", directive->issuer);
	kh_json_set_text(o, "superseded_by", directive->superseded_by);
	kh_json_set(o, "states", states_of(&states));
	for (size_t i = 0; i < directive->clauses.n; i++)
		kh_json_add(clauses, clause_of(report, &directive->clauses.v[i]));
	kh_json_set(o, "clauses", clauses);
	return o;
}

json_t *kh_report_json(const struct kh_report *report)
{
	json_t *o = json_object(), *unit = json_object(), *directives = json_array();
	kh_json_set_text(unit, "code", report->unit_code);
	kh_json_set_text(unit, "name", report->unit_name);
	kh_json_set(o, "unit", unit);
	kh_json_set_text(o, "at", report->day);
	kh_json_set_int(o, "machines", report->machines);
	if (report->past)
		kh_json_set_text(o, "note", kh_text(report->language, KH_T_REPORT_PAST));
	for (size_t i = 0; i < report->directives.n; i++)
		kh_json_add(directives, directive_of(report, report->directives.v[i]));
	kh_json_set(o, "directives", directives);
	return o;
}
