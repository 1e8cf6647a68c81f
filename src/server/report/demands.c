#include "server/report/demands.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/print.h"
#include "server/posture/clock.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/json.h"
#include "server/report/layout.h"
#include "server/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kh_demand_done(struct kh_demand *demand)
{
	free(demand->reason);
}

/* --- what is missing --- */

/* Each reason once, by "; "; the text is taken over, NULL says nothing. */
static void add_reason(struct kh_buf *all, char *text)
{
	kh_auto_free char *own = text;
	if (!own || strstr(kh_buf_text(all), own))
		return;
	kh_buf_addf(all, "%s%s", all->len ? "; " : "", own);
}

static char *failing(const struct kh_control *control, const struct kh_counts *counts, enum kh_language language)
{
	if (counts->of[KH_FAIL] == 0)
		return NULL;
	kh_auto_free char *fail = kh_format("%lld", (long long)counts->of[KH_FAIL]);
	kh_auto_free char *all = kh_format("%lld", (long long)kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
	return kh_text_with(language, KH_T_DEMANDS_FAILS, {"count", fail}, {"all", all}, {"control", control->title[language]});
}

/* Subjects without a result count against the target too. */
static char *unknown(const struct kh_control *control, const struct kh_counts *counts, enum kh_language language)
{
	kh_auto_free char *n = kh_format("%lld", (long long)counts->of[KH_UNKNOWN]);
	if (counts->of[KH_UNKNOWN] == 0)
		return NULL;
	return kh_text_with(language, control->over == KH_OVER_UNIT ? KH_T_REASON_NOT_DECLARED : KH_T_REASON_NOT_READ, {"count", n}, {"control", control->title[language]});
}

static char *reason_of(const struct kh_clause *clause, enum kh_state state, const struct kh_posture *posture, enum kh_language language)
{
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	for (size_t i = 0; i < clause->needs.n; i++)
		add_reason(&all, kh_strdup(clause->needs.v[i].in[language]));
	for (size_t i = 0; i < clause->figures.n; i++) {
		kh_auto_free char *reason = kh_figure_reason(clause->figures.v[i], posture, language);
		add_reason(&all, reason ? kh_format("%s: %s", clause->figures.v[i]->id, reason) : NULL);
	}
	for (size_t i = 0; state != KH_MET && state != KH_STATE_NOT_APPLICABLE && i < clause->controls.n; i++) {
		const struct kh_control *control = clause->controls.v[i];
		const struct kh_counts *counts = &posture->of[kh_control_id(control)];
		char *none = kh_control_reason(control, posture, language);
		add_reason(&all, none ? none : failing(control, counts, language));
		add_reason(&all, none ? NULL : unknown(control, counts, language));
	}
	return all.len ? kh_buf_take(&all) : NULL;
}

struct kh_demand kh_demand_of(const struct kh_clause *clause, const struct kh_posture *posture, enum kh_language language)
{
	enum kh_state state = kh_clause_state(clause, posture);
	return (struct kh_demand){.clause = clause, .state = state, .reason = reason_of(clause, state, posture, language)};
}

json_t *kh_demand_json(const struct kh_demand *demand, const struct kh_posture *posture)
{
	json_t *o = json_object(), *figures = json_array();
	for (size_t i = 0; i < demand->clause->figures.n; i++) {
		const struct kh_figure *figure = demand->clause->figures.v[i];
		double value = 0;
		bool known = kh_figure_read(figure, posture, &value);
		json_t *f = json_object();
		kh_json_set_text(f, "id", figure->id);
		kh_json_set(f, "value", kh_json_number(known, value));
		kh_json_set(f, "target", kh_json_number(figure->has_target, figure->target));
		kh_json_add(figures, f);
	}
	kh_json_set_text(o, "row", demand->clause->id);
	kh_json_set_text(o, "state", kh_state_names[demand->state]);
	kh_json_set(o, "figures", figures);
	kh_json_set_text(o, "reason", demand->reason);
	return o;
}

/* --- all of them --- */

static int by_first_clause(const void *a, const void *b)
{
	const struct kh_directive *const *x = a, *const *y = b;
	return strcmp((*x)->clauses.v[0].id, (*y)->clauses.v[0].id); /* every directive has clauses */
}

const struct kh_clause **kh_demands_in_order(const struct kh_directives *directives, size_t *ret_n)
{
	size_t n = directives->of.n, clauses = 0, at = 0;
	kh_auto_free const struct kh_directive **order = kh_alloc_array(n + 1, sizeof *order);
	for (size_t i = 0; i < n; i++) {
		order[i] = &directives->of.v[i];
		clauses += order[i]->clauses.n;
	}
	qsort(order, n, sizeof *order, by_first_clause);
	const struct kh_clause **all = kh_alloc_array(clauses + 1, sizeof *all);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < order[i]->clauses.n; c++)
			all[at++] = &order[i]->clauses.v[c];
	*ret_n = clauses;
	return all;
}

/* --- as a table --- */

#define ROW_COLUMNS 8
#define STATE_COLUMNS 16
#define FIGURES_AT (ROW_COLUMNS + STATE_COLUMNS)

static char *figures_text(const struct kh_demand *demand, const struct kh_posture *posture, enum kh_language language)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	for (size_t i = 0; i < demand->clause->figures.n; i++) {
		const struct kh_figure *figure = demand->clause->figures.v[i];
		double value = 0;
		bool known = kh_figure_read(figure, posture, &value);
		kh_auto_free char *has = known ? kh_figure_words(figure->value.kind, value, language) : kh_strdup("–");
		kh_auto_free char *target = figure->has_target ? kh_figure_words(figure->value.kind, figure->target, language) : NULL;
		kh_buf_addf(&text, "%s%s %s%s%s", i ? "; " : "", figure->id, has, target ? " / " : "", target ? target : "");
	}
	return kh_buf_take(&text);
}

static void add_line(struct kh_layout *l, const struct kh_demand *demand, const struct kh_posture *posture, enum kh_language language)
{
	const char *state = kh_state_text(language, demand->state);
	kh_auto_free char *figures = figures_text(demand, posture, language);
	kh_layout_styled(l, KH_BOLD, demand->clause->id);
	kh_layout_pad(l, kh_utf8_width(demand->clause->id), ROW_COLUMNS);
	kh_layout_styled(l, KH_PLAIN, state);
	kh_layout_pad(l, ROW_COLUMNS + kh_utf8_width(state), FIGURES_AT);
	kh_layout_wrap(l, FIGURES_AT, FIGURES_AT, KH_PLAIN, figures);
	if (!demand->reason)
		return;
	kh_layout_pad(l, 0, FIGURES_AT);
	kh_layout_wrap(l, FIGURES_AT, FIGURES_AT, KH_DIM, demand->reason);
}

static int print_table(const struct kh_verb *v, const struct kh_clause **all, size_t n, const struct kh_posture *posture)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_report_look look = kh_report_look_of(false);
	struct kh_layout layout = {.out = &out, .width = KH_MIN(KH_MAX(look.width, (size_t)80), (size_t)120), .colours = look.colours};
	kh_buf_addf(&out, "%s", kh_text(v->language, KH_T_DEMANDS_ROW));
	kh_layout_pad(&layout, kh_utf8_width(kh_text(v->language, KH_T_DEMANDS_ROW)), ROW_COLUMNS);
	kh_buf_addf(&out, "%s", kh_text(v->language, KH_T_DEMANDS_STATE));
	kh_layout_pad(&layout, ROW_COLUMNS + kh_utf8_width(kh_text(v->language, KH_T_DEMANDS_STATE)), FIGURES_AT);
	kh_buf_addf(&out, "%s; %s\n", kh_text(v->language, KH_T_DEMANDS_FIGURES), kh_text(v->language, KH_T_DEMANDS_REASON));
	for (size_t i = 0; i < n; i++) {
		kh_auto_demand struct kh_demand demand = kh_demand_of(all[i], posture, v->language);
		add_line(&layout, &demand, posture, v->language);
	}
	int r = kh_buf_status(&out);
	return r < 0 ? r : kh_print(kh_buf_take(&out));
}

static int print_json(const struct kh_verb *v, const struct kh_clause **all, size_t n, const struct kh_posture *posture)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		kh_auto_demand struct kh_demand demand = kh_demand_of(all[i], posture, v->language);
		r = kh_print_json(kh_demand_json(&demand, posture));
	}
	return r;
}

int kh_verb_demands(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_directives struct kh_directives directives = {0};
	struct kh_posture posture = {0};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_report_directives(&v, &directives);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	/* What time alone changed: a server that was off has not asked for it. */
	r = r < 0 ? r : kh_posture_refresh(v.server->store, &(struct kh_refresh){.which = KH_CLOCK_CONTROLS, .now_s = v.now_s}, NULL);
	r = r < 0 ? r : kh_posture_read(v.db, unit.id, KH_TODAY, &posture);
	r = r < 0 ? r : kh_posture_measure(v.db, unit.id, &posture);
	if (r < 0)
		return r;
	size_t n = 0;
	kh_auto_free const struct kh_clause **all = kh_demands_in_order(&directives, &n);
	return kh_cli_flag(call, "json") ? print_json(&v, all, n, &posture) : print_table(&v, all, n, &posture);
}
