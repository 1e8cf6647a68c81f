/* Routes of spec/api/posture.yaml. */
#include "server/api/call.h"
#include "server/api/objects.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/api/units.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"

int kh_route_control_list(struct kh_api_call *call)
{
	json_t *items = json_array();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		kh_json_add(items, kh_object_control(&kh_controls[i]));
	kh_call_answer(call, kh_call_page(items, KH_CONTROLS_COUNT));
	return 0;
}

/* What the routes about one unit begin with: the unit of the path, the day, the posture. */
struct question {
	struct kh_scope scope;
	int64_t day;
	char day_text[KH_DAY_SIZE];
	struct kh_posture posture;
};

static int ask(const struct kh_api_call *call, struct question *q)
{
	int r = kh_call_narrow(call, kh_call_param(call, 0), &q->scope);
	r = r < 0 ? r : kh_call_day(call, &q->day);
	if (r < 0)
		return r;
	kh_posture_day_text(q->day, call->now_s, q->day_text);
	return kh_posture_read(call->db, q->scope.unit_id, q->day, &q->posture);
}

static int find_control(const char *name, const struct kh_control **ret)
{
	const struct kh_control *control = kh_control_named(name);
	if (!control)
		return kh_fail(KH_E_NOT_FOUND, "control");
	*ret = control;
	return 0;
}

static json_t *control_postures(const struct kh_posture *posture)
{
	json_t *items = json_array();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		kh_json_add(items, kh_object_control_posture(&kh_controls[i], &posture->of[i]));
	return items;
}

int kh_route_unit_posture(struct kh_api_call *call)
{
	struct question q = {0};
	json_t *unit = NULL;
	int r = ask(call, &q);
	r = r < 0 ? r : kh_units_ref(call->db, q.scope.unit_id, &unit);
	if (r < 0)
		return r;
	json_t *answer = kh_call_page(control_postures(&q.posture), KH_CONTROLS_COUNT);
	kh_json_set(answer, "unit", unit);
	kh_json_set_text(answer, "day", q.day_text);
	kh_call_answer(call, answer);
	return 0;
}

/* The days a history covers: `days` of them, the last one today. */
struct span {
	int64_t first, last;
};

static struct span span_of(const struct kh_api_call *call)
{
	int64_t today = kh_time_day_number(call->now_s);
	return (struct span){today - kh_call_int(call, "days") + 1, today};
}

static int read_history(const struct kh_api_call *call, const struct kh_control *control, struct span span, struct kh_counts **ret)
{
	struct kh_scope scope = {0};
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	if (r < 0)
		return r;
	kh_auto_free struct kh_counts *points = kh_alloc_array((size_t)(span.last - span.first + 1), sizeof *points);
	r = kh_posture_history(call->db, scope.unit_id, control, span.first, span.last, points);
	if (r == 0)
		*ret = kh_take(points);
	return r;
}

static json_t *point_of(int64_t day, int64_t now_s)
{
	char text[KH_DAY_SIZE];
	json_t *o = json_object();
	kh_json_set_text(o, "day", kh_posture_day_text(day, now_s, text));
	return o;
}

int kh_route_unit_posture_history(struct kh_api_call *call)
{
	const struct kh_control *control = NULL;
	struct span span = span_of(call);
	kh_auto_free struct kh_counts *points = NULL;
	int r = find_control(kh_call_param(call, 1), &control);
	r = r < 0 ? r : read_history(call, control, span, &points);
	if (r < 0)
		return r;
	json_t *items = json_array();
	for (int64_t day = span.first; day <= span.last; day++) {
		json_t *point = point_of(day, call->now_s);
		kh_json_set(point, "counts", kh_object_counts(&points[day - span.first]));
		kh_json_add(items, point);
	}
	json_t *answer = kh_call_page(items, span.last - span.first + 1);
	kh_json_set_text(answer, "control", control->name);
	kh_call_answer(call, answer);
	return 0;
}

/* Day by day as much of the posture as the figure is counted from; nothing when nothing measures it. */
static int read_days(struct kh_api_call *call, const struct kh_figure *figure, struct span span, struct kh_posture **ret)
{
	struct kh_scope scope = {0};
	size_t n = (size_t)(span.last - span.first + 1);
	kh_auto_free struct kh_posture *days = kh_alloc_array(n, sizeof *days);
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	for (size_t c = 0; r == 0 && c < figure->value.controls_count; c++) {
		enum kh_control_id id = figure->value.controls[c];
		kh_auto_free struct kh_counts *points = NULL;
		r = read_history(call, &kh_controls[id], span, &points);
		for (size_t i = 0; r == 0 && i < n; i++)
			days[i].of[id] = points[i];
	}
	for (size_t i = 0; r == 0 && i < n && (figure->value.span || figure->value.measure); i++) {
		days[i].day = span.first + (int64_t)i == span.last ? KH_TODAY : span.first + (int64_t)i;
		r = kh_posture_measure_one(call->db, scope.unit_id, figure->value.span, figure->value.measure, &days[i]);
	}
	if (r == 0)
		*ret = kh_take(days);
	return r;
}

int kh_route_figure_history(struct kh_api_call *call)
{
	const struct kh_figure *figure = kh_figure_named(kh_call_param(call, 1));
	struct span span = span_of(call);
	kh_auto_free struct kh_posture *days = NULL;
	if (!figure)
		return kh_fail(KH_E_NOT_FOUND, "figure");
	int r = read_days(call, figure, span, &days);
	if (r < 0)
		return r;
	json_t *items = json_array();
	for (int64_t day = span.first; figure->measured && day <= span.last; day++) {
		double value = 0;
		json_t *point = point_of(day, call->now_s);
		bool measured = kh_figure_read(figure, &days[day - span.first], &value);
		kh_json_set(point, "value", kh_json_number(measured, value));
		kh_json_add(items, point);
	}
	json_t *answer = kh_call_page(items, (int64_t)json_array_size(items));
	kh_json_set_text(answer, "figure", figure->id);
	kh_json_set(answer, "target", kh_json_number(figure->has_target, figure->target));
	kh_call_answer(call, answer);
	return 0;
}

int kh_route_unit_figures(struct kh_api_call *call)
{
	struct question q = {0};
	json_t *unit = NULL;
	int r = ask(call, &q);
	r = r < 0 ? r : kh_posture_measure(call->db, q.scope.unit_id, &q.posture);
	r = r < 0 ? r : kh_units_ref(call->db, q.scope.unit_id, &unit);
	if (r < 0)
		return r;
	json_t *items = json_array();
	for (size_t i = 0; i < KH_FIGURES_COUNT; i++)
		kh_json_add(items, kh_object_figure(&kh_figures[i], &q.posture, NULL));
	json_t *answer = kh_call_page(items, KH_FIGURES_COUNT);
	kh_json_set(answer, "unit", unit);
	kh_json_set_text(answer, "day", q.day_text);
	kh_call_answer(call, answer);
	return 0;
}

/* --- units compared --- */

/* Columns, one value for each control: 200 units times 150 controls as objects would be megabytes. */
static void set_columns(json_t *o, const struct kh_posture *posture)
{
	json_t *states = json_array(), *shares = json_array(), *fails = json_array(), *unknowns = json_array();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++) {
		const struct kh_counts *counts = &posture->of[i];
		double share = 0;
		bool known = kh_counts_share(counts, &share);
		kh_json_add(states, json_string(kh_state_names[kh_state_of_one(counts)]));
		kh_json_add(shares, kh_json_number(known, share));
		kh_json_add(fails, json_integer(counts->of[KH_FAIL]));
		kh_json_add(unknowns, json_integer(counts->of[KH_UNKNOWN]));
	}
	kh_json_set(o, "states", states);
	kh_json_set(o, "shares", shares);
	kh_json_set(o, "fails", fails);
	kh_json_set(o, "unknowns", unknowns);
}

static int add_compared(const struct kh_api_call *call, const struct kh_unit_brief *unit, int64_t day, json_t *items)
{
	struct kh_posture posture = {0};
	int r = unit->own ? kh_posture_read_own(call->db, unit->id, &posture) : kh_posture_read_admin(call->db, unit->id, day, &posture);
	if (r < 0)
		return r;
	json_t *o = json_object();
	kh_json_set(o, "unit", kh_object_unit(unit->code, unit->name));
	kh_json_set_bool(o, "own", unit->own);
	kh_json_set_int(o, "endpoints", kh_posture_machines(&posture));
	kh_json_set_int(o, "silent", kh_posture_silent(&posture));
	set_columns(o, &posture);
	kh_json_add(items, o);
	return 0;
}

int kh_route_unit_comparison(struct kh_api_call *call)
{
	struct question q = {0};
	kh_auto_unit_briefs struct kh_unit_briefs units = {0};
	kh_auto_json json_t *unit = NULL, *items = json_array();
	int r = ask(call, &q);
	r = r < 0 ? r : kh_units_ref(call->db, q.scope.unit_id, &unit);
	r = r < 0 ? r : kh_units_below(call->db, &q.scope, q.day == KH_TODAY, &units);
	for (size_t i = 0; r == 0 && i < units.of.n; i++)
		r = add_compared(call, &units.of.v[i], q.day, items);
	if (r < 0)
		return r;
	json_t *answer = kh_call_page(kh_take(items), (int64_t)units.of.n);
	kh_json_set(answer, "unit", kh_take(unit));
	kh_json_set_text(answer, "day", q.day_text);
	kh_json_set(answer, "controls", control_postures(&q.posture));
	kh_call_answer(call, answer);
	return 0;
}

/* --- rows --- */

static int read_answers(const char *list, unsigned *ret)
{
	unsigned answers = 0;
	kh_auto_free char *copy = kh_strdup(list ? list : "");
	char *rest = copy;
	for (char *name = kh_split(&rest, ","); name; name = kh_split(&rest, ",")) {
		enum kh_answer answer = KH_PASS;
		if (*name && !kh_answer_parse(name, &answer))
			return kh_fail(KH_E_INVALID_FIELD, "states: expected pass, fail, unknown, not_applicable, excepted, separated by commas");
		answers |= *name ? 1u << answer : 0;
	}
	*ret = answers ? answers : KH_ALL_ANSWERS;
	return 0;
}

/* Fills the parts that both routes of rows share. */
static int answer_rows(struct kh_api_call *call, const struct kh_scope *scope, const struct kh_row_question *q, json_t **ret)
{
	kh_auto_rows struct kh_row_list rows = {0};
	struct kh_counts counts = {0};
	int r = kh_posture_rows(call->db, scope, q, &rows, &counts);
	if (r < 0)
		return r;
	json_t *answer = kh_call_page(kh_object_rows(&rows), kh_counts_sum(&counts, q->answers));
	kh_json_set(answer, "control", kh_object_control(q->control));
	kh_json_set(answer, "counts", kh_object_counts(&counts));
	*ret = answer;
	return 0;
}

int kh_route_control_rows(struct kh_api_call *call)
{
	struct kh_row_question q = {.now_s = call->now_s, .limit = kh_call_int(call, "limit"), .offset = kh_call_int(call, "offset"), .language = call->request->language};
	struct kh_scope scope = {0};
	kh_auto_free char *name = NULL, *pattern = NULL;
	kh_auto_json json_t *unit = NULL, *answer = NULL;
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	r = r < 0 ? r : find_control(kh_call_param(call, 1), &q.control);
	r = r < 0 ? r : read_answers(kh_call_text(call, "states"), &q.answers);
	r = r < 0 || !kh_call_text(call, "text") ? r : kh_utf8_fold(kh_call_text(call, "text"), &name);
	q.name = pattern = name ? kh_like_escape(name) : NULL;
	r = r < 0 ? r : kh_units_ref(call->db, scope.unit_id, &unit);
	r = r < 0 ? r : answer_rows(call, &scope, &q, &answer);
	if (r < 0)
		return r;
	kh_json_set(answer, "unit", kh_take(unit));
	kh_call_answer(call, kh_take(answer));
	return 0;
}

int kh_route_endpoint_control_rows(struct kh_api_call *call)
{
	struct kh_row_question q = {.now_s = call->now_s, .limit = kh_call_int(call, "limit"), .offset = kh_call_int(call, "offset"), .answers = KH_ALL_ANSWERS,
				    .language = call->request->language};
	json_t *answer = NULL;
	int r = kh_call_endpoint(call, 0, &q.endpoint_id);
	r = r < 0 ? r : find_control(kh_call_param(call, 1), &q.control);
	r = r < 0 ? r : answer_rows(call, &call->scope, &q, &answer);
	if (r == 0)
		kh_call_answer(call, answer);
	return r;
}
