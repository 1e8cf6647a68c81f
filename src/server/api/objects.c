#include "server/api/objects.h"

#include "server/posture/control.h"
#include "server/posture/figure.h"

json_t *kh_object_words(const char *const in[2])
{
	if (!in[0])
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "vi", in[0]);
	kh_json_set_text(o, "en", in[1]);
	return o;
}

json_t *kh_object_unit(const char *code, const char *name)
{
	if (!code)
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "code", code);
	kh_json_set_text(o, "name", name);
	return o;
}

json_t *kh_object_endpoint_ref(const char *uid, const char *hostname, const char *unit_code, const char *unit_name)
{
	json_t *o = json_object();
	kh_json_set_text(o, "id", uid);
	kh_json_set_text(o, "hostname", hostname);
	kh_json_set(o, "unit", kh_object_unit(unit_code, unit_name));
	return o;
}

json_t *kh_object_counts(const struct kh_counts *counts)
{
	json_t *o = json_object();
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_json_set_int(o, kh_answer_names[i], counts->of[i]);
	return o;
}

json_t *kh_object_states(const struct kh_states *states)
{
	json_t *o = json_object();
	for (int i = 0; i < KH_STATES; i++)
		kh_json_set_int(o, kh_state_names[i], states->of[i]);
	return o;
}

json_t *kh_object_control(const struct kh_control *control)
{
	json_t *o = json_object(), *reads = json_array(), *registers = json_array();
	for (const char *const *table = control->reads; *table; table++)
		kh_json_add(reads, json_string(*table));
	for (const char *const *reg = control->registers; *reg; reg++)
		kh_json_add(registers, json_string(*reg));
	kh_json_set_text(o, "name", control->name);
	kh_json_set(o, "title", kh_object_words(control->title));
	kh_json_set(o, "remedy", kh_object_words(control->remedy));
	kh_json_set_text(o, "subject", control->subject);
	kh_json_set_text(o, "over", control->over == KH_OVER_UNIT ? "unit" : "endpoint");
	kh_json_set_bool(o, "clock", control->clock);
	kh_json_set(o, "reads", reads);
	kh_json_set(o, "registers", registers);
	return o;
}

json_t *kh_object_record(const struct kh_control *control, int64_t id)
{
	if (!id || !control->record_of)
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "register", control->record_of);
	kh_json_set_int(o, "id", id);
	return o;
}

json_t *kh_object_row(const struct kh_row *row)
{
	json_t *o = json_object();
	kh_json_set(o, "endpoint", row->endpoint ? kh_object_endpoint_ref(row->endpoint, row->hostname, row->unit_code, row->unit_name) : json_null());
	kh_json_set(o, "unit", kh_object_unit(row->unit_code, row->unit_name));
	kh_json_set_text(o, "subject", row->subject);
	kh_json_set_text(o, "state", kh_answer_names[row->answer]);
	kh_json_set_text(o, "evidence", row->evidence);
	kh_json_set_text(o, "control", row->control->name);
	kh_json_set(o, "record", kh_object_record(row->control, row->record));
	return o;
}

json_t *kh_object_rows(const struct kh_row_list *rows)
{
	json_t *list = json_array();
	for (size_t i = 0; i < rows->of.n; i++)
		kh_json_add(list, kh_object_row(&rows->of.v[i]));
	return list;
}

json_t *kh_object_control_posture(const struct kh_control *control, const struct kh_counts *counts)
{
	double share = 0;
	bool known = kh_counts_share(counts, &share);
	json_t *o = json_object();
	kh_json_set_text(o, "control", control->name);
	kh_json_set(o, "title", kh_object_words(control->title));
	kh_json_set(o, "remedy", kh_object_words(control->remedy));
	kh_json_set_text(o, "subject", control->subject);
	kh_json_set_text(o, "state", kh_state_names[kh_state_of_one(counts)]);
	kh_json_set(o, "share", kh_json_number(known, share));
	kh_json_set(o, "counts", kh_object_counts(counts));
	return o;
}

static json_t *states_of(const struct kh_figure_value *value)
{
	bool many = kh_figure_of_many(value);
	json_t *names = json_array();
	for (int i = 0; value->controls_count && i < (many ? (int)KH_STATES : (int)KH_ANSWERS); i++)
		if ((value->kind != KH_FIGURE_SHARE ? value->states : many ? 1u << KH_MET : 1u << KH_PASS) & 1u << i)
			kh_json_add(names, json_string(many ? kh_state_names[i] : kh_answer_names[i]));
	return names;
}

/* Words of two texts that are taken over; null when there is none. */
static json_t *reason_of(char *vi, char *en)
{
	kh_auto_free char *in_vi = vi, *in_en = en;
	return kh_object_words((const char *const[]){in_vi, in_en});
}

/* Where a value is counted from: `control` when it is one, whose rows can be opened; all of them in `controls`; the registers it reads. */
static void set_controls(json_t *o, const struct kh_figure_value *value)
{
	json_t *names = json_array(), *registers = json_array();
	for (size_t i = 0; i < value->controls_count; i++)
		kh_json_add(names, json_string(kh_controls[value->controls[i]].name));
	for (const char *const *reg = kh_figure_registers(value); *reg; reg++)
		kh_json_add(registers, json_string(*reg));
	kh_json_set(o, "registers", registers);
	kh_json_set_text(o, "control", value->controls_count == 1 ? kh_controls[value->controls[0]].name : NULL);
	kh_json_set(o, "controls", names);
	kh_json_set(o, "states", states_of(value));
}

static json_t *part_of(const struct kh_figure_value *part, const struct kh_posture *posture)
{
	double value = 0;
	bool known = kh_figure_value_of(part, posture, &value);
	json_t *o = json_object();
	kh_json_set_text(o, "id", part->id);
	kh_json_set(o, "title", kh_object_words(part->label));
	kh_json_set_text(o, "kind", kh_figure_kinds[part->kind]);
	kh_json_set(o, "value", kh_json_number(known, value));
	kh_json_set(o, "reason", reason_of(kh_figure_value_reason(part, posture, KH_VI), kh_figure_value_reason(part, posture, KH_EN)));
	set_controls(o, part);
	return o;
}

static json_t *evidence_of(const struct kh_figure *figure, const struct kh_evidence *evidence)
{
	json_t *list = json_array();
	if (!evidence)
		return list;
	kh_auto_free const struct kh_row **rows = kh_alloc_array((size_t)evidence->limit + 1, sizeof *rows);
	size_t n = kh_evidence_of_figure(evidence, figure, rows);
	for (size_t i = 0; i < n; i++)
		kh_json_add(list, kh_object_row(rows[i]));
	return list;
}

/* The half of a figure that is there only when something measures it. */
static void set_source(json_t *o, const struct kh_figure *figure, const struct kh_posture *posture, const struct kh_evidence *evidence)
{
	json_t *parts = json_array();
	for (size_t i = 0; figure->measured && i < figure->parts_count; i++)
		kh_json_add(parts, part_of(&figure->parts[i], posture));
	bool one = figure->value.controls_count == 1;
	set_controls(o, &figure->value);
	kh_json_set(o, "counts", one ? kh_object_counts(&posture->of[figure->value.controls[0]]) : json_null());
	kh_json_set(o, "parts", parts);
	kh_json_set(o, "waits_for", kh_object_words(figure->waits_for));
	kh_json_set(o, "reason", reason_of(kh_figure_reason(figure, posture, KH_VI), kh_figure_reason(figure, posture, KH_EN)));
	kh_json_set(o, "note", kh_object_words(figure->note));
	kh_json_set(o, "evidence", evidence_of(figure, evidence));
}

json_t *kh_object_figure(const struct kh_figure *figure, const struct kh_posture *posture, const struct kh_evidence *evidence)
{
	double value = 0;
	bool known = kh_figure_read(figure, posture, &value);
	json_t *o = json_object();
	kh_json_set_text(o, "id", figure->id);
	kh_json_set(o, "title", kh_object_words(figure->title));
	kh_json_set_text(o, "kind", kh_figure_kinds[figure->value.kind]);
	kh_json_set_text(o, "better", figure->low_is_better ? "low" : "high");
	kh_json_set(o, "value", kh_json_number(known, value));
	kh_json_set(o, "target", kh_json_number(figure->has_target, figure->target));
	kh_json_set(o, "met", known && figure->has_target ? json_boolean(kh_figure_met(figure, value)) : json_null());
	set_source(o, figure, posture, evidence);
	return o;
}

json_t *kh_object_int(const struct kh_stmt *s, int column)
{
	return kh_stmt_is_null(s, column) ? json_null() : json_integer(kh_stmt_int(s, column));
}

json_t *kh_object_text(const struct kh_stmt *s, int column)
{
	return kh_stmt_is_null(s, column) ? json_null() : kh_json_string(kh_stmt_text(s, column));
}

json_t *kh_object_stored(const struct kh_stmt *s, int column)
{
	json_t *value = NULL;
	if (kh_stmt_is_null(s, column) || kh_json_parse(kh_stmt_text(s, column), kh_stmt_text_len(s, column), &value) < 0)
		return json_null();
	return value;
}

struct kh_states kh_posture_states(const struct kh_posture *posture)
{
	struct kh_states states = {0};
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		states.of[kh_state_of_one(&posture->of[i])]++;
	return states;
}
