#include "server/report/data.h"

#include "base/str.h"
#include "server/api/units.h"
#include "server/posture/control.h"
#include "server/report/json.h"

/* What fails in the controls that a directive asks, each once; without one in all controls. */
static int64_t failing(const struct kh_posture *posture, const struct kh_directive *directive)
{
	bool asked[KH_CONTROLS_COUNT] = {false};
	int64_t fail = 0;
	for (size_t i = 0; directive && i < directive->clauses.n; i++)
		for (size_t k = 0; k < directive->clauses.v[i].controls.n; k++)
			asked[kh_control_id(directive->clauses.v[i].controls.v[k])] = true;
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		fail += !directive || asked[i] ? posture->of[i].of[KH_FAIL] : 0;
	return fail;
}

static json_t *unit_of(const char *name, const struct kh_posture *posture, const struct kh_directive *directive)
{
	json_t *o = json_object();
	kh_json_set_text(o, "unit", name);
	kh_json_set_int(o, "machines", kh_posture_machines(posture));
	kh_json_set_int(o, "silent", kh_posture_silent(posture));
	kh_json_set_int(o, "fail", failing(posture, directive));
	if (directive) {
		struct kh_states states = kh_directive_states(directive, posture);
		kh_data_set_states(o, &states);
	}
	return o;
}

static bool answers(const struct kh_posture *posture)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (kh_counts_sum(&posture->of[i], (1u << KH_ANSWERS) - 1))
			return true;
	return false;
}

int kh_data_set_units(struct kh_db *db, const struct kh_scope *scope, const struct kh_report *report, const struct kh_directive *directive, json_t *data)
{
	kh_auto_unit_briefs struct kh_unit_briefs units = {0};
	kh_auto_json json_t *below = json_array(), *list = json_array();
	struct kh_posture own = report->posture, one = {0};
	int64_t day = report->posture.day;
	size_t i = 0;
	json_t *o = NULL;
	int r = kh_units_below(db, scope, day == KH_TODAY, &units);
	kh_array_each(&units.of, unit) {
		if (r < 0 || unit->own)
			continue;
		r = kh_posture_read_admin(db, unit->id, day, &one);
		for (size_t c = 0; r == 0 && c < KH_CONTROLS_COUNT; c++)
			own.of[c] = kh_counts_minus(own.of[c], one.of[c]);
		if (r == 0)
			kh_json_add(below, unit_of(unit->name, &one, directive));
	}
	if (r < 0 || json_array_size(below) == 0)
		return r;
	kh_auto_free char *name = kh_format("%s (riêng cơ quan)", report->unit_name);
	if (answers(&own))
		kh_data_add(list, unit_of(name, &own, directive));
	json_array_foreach(below, i, o)
		kh_data_add(list, json_incref(o));
	kh_json_set(data, "units", kh_take(list));
	return 0;
}
