#include "server/report/demands.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/print.h"
#include "server/posture/clock.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/json.h"
#include "server/report/layout.h"
#include "server/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kh_demand_done(struct kh_demand *demand)
{
	kh_array_each(&demand->reasons, reason)
		free(*reason);
	kh_array_done(&demand->reasons);
}

/* --- what is missing --- */

static bool is_said(const struct kh_demand *demand, const char *text)
{
	kh_array_each(&demand->reasons, known)
		if (kh_streq(*known, text))
			return true;
	return false;
}

/* Each reason once; the text is taken over, NULL says nothing. */
static void add_reason(struct kh_demand *demand, char *text)
{
	kh_auto_free char *own = text;
	if (own && !is_said(demand, own))
		(void)kh_array_push(&demand->reasons, kh_take(own));
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

struct asked {
	const struct kh_control *control;
	const struct kh_counts *counts;
	size_t at;
};

/* What fails most first; likewise as the clause names them. */
static int by_fails(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;
	const int64_t more = y->counts->of[KH_FAIL] - x->counts->of[KH_FAIL];
	return more ? (more > 0 ? 1 : -1) : x->at < y->at ? -1 : 1;
}

static void add_controls(struct kh_demand *demand, const struct kh_posture *posture, enum kh_language language)
{
	const struct kh_clause *clause = demand->clause;
	kh_auto_free struct asked *asked = kh_alloc_array(clause->controls.n + 1, sizeof *asked);
	for (size_t i = 0; i < clause->controls.n; i++)
		asked[i] = (struct asked){clause->controls.v[i], &posture->of[kh_control_id(clause->controls.v[i])], i};
	qsort(asked, clause->controls.n, sizeof *asked, by_fails);
	for (size_t i = 0; i < clause->controls.n; i++) {
		char *none = kh_control_reason(asked[i].control, posture, language);
		add_reason(demand, none ? none : failing(asked[i].control, asked[i].counts, language));
		add_reason(demand, none ? NULL : unknown(asked[i].control, asked[i].counts, language));
	}
}

static void add_figures(struct kh_demand *demand, const struct kh_posture *posture, enum kh_language language)
{
	for (size_t i = 0; i < demand->clause->figures.n; i++) {
		const struct kh_figure *figure = demand->clause->figures.v[i];
		kh_auto_free char *reason = kh_figure_reason(figure, posture, language);
		if (reason && !is_said(demand, reason)) /* its controls may have said so */
			add_reason(demand, kh_format("%s: %s", figure->id, reason));
	}
}

struct kh_demand kh_demand_of(const struct kh_clause *clause, const struct kh_posture *posture, enum kh_language language)
{
	struct kh_demand demand = {.clause = clause, .state = kh_clause_state(clause, posture)};
	if (demand.state != KH_MET && demand.state != KH_STATE_NOT_APPLICABLE)
		add_controls(&demand, posture, language);
	add_figures(&demand, posture, language);
	for (size_t i = 0; i < clause->needs.n; i++)
		add_reason(&demand, kh_strdup(clause->needs.v[i].in[language]));
	return demand;
}

static json_t *details_of(const struct kh_demand *demand)
{
	json_t *details = json_array();
	kh_array_each(&demand->reasons, reason)
		kh_json_add(details, kh_json_string(*reason));
	return details;
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
	kh_json_set_text(o, "reason", demand->reasons.n ? demand->reasons.v[0] : NULL);
	kh_json_set(o, "details", details_of(demand));
	kh_json_set_text(o, "directive", demand->clause->directive->id);
	kh_json_set_text(o, "clause", demand->clause->clause);
	kh_json_set_text(o, "text", demand->clause->quote);
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

/* --- those that were asked for --- */

static bool is_listed(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (kh_streq(words[i], word))
			return true;
	return n == 0;
}

bool kh_demand_is_chosen(const struct kh_demand_choice *choice, const struct kh_clause *clause, enum kh_state state)
{
	return is_listed(choice->rows, choice->n_rows, clause->id) && is_listed(choice->states, choice->n_states, kh_state_names[state]) &&
	       (!choice->directive || kh_streq(choice->directive, clause->directive->id));
}

static int check_rows(const struct kh_demand_choice *choice, const struct kh_clause **all, size_t n)
{
	for (size_t i = 0; i < choice->n_rows; i++) {
		size_t at = 0;
		while (at < n && !kh_streq(all[at]->id, choice->rows[i]))
			at++;
		if (at == n)
			return kh_fail(KH_E_NOT_FOUND, "there is no row %s; khien-server demands lists them", choice->rows[i]);
	}
	return 0;
}

static int check_directive(const struct kh_demand_choice *choice, const struct kh_directives *directives)
{
	kh_auto_buf struct kh_buf ids = KH_BUF_INIT;
	if (!choice->directive || kh_directive_named(directives, choice->directive))
		return 0;
	kh_array_each(&directives->of, d)
		kh_buf_add_item(&ids, d->id);
	return kh_fail(KH_E_UNKNOWN_DIRECTIVE, "%s: expected one of %s", choice->directive, kh_buf_text(&ids));
}

static struct kh_demand_choice choice_of(struct kh_cli_call *call)
{
	struct kh_demand_choice choice = {.directive = kh_cli_text(call, "directive")};
	choice.n_rows = kh_cli_list(call, "row", &choice.rows);
	choice.n_states = kh_cli_list(call, "state", &choice.states);
	return choice;
}

/* --- as a table --- */

#define ROW_COLUMNS 8
#define STATE_COLUMNS 16
#define FIGURES_AT (ROW_COLUMNS + STATE_COLUMNS)

struct printing {
	const struct kh_verb *v;
	const struct kh_posture *posture;
	struct kh_demand_choice choice;
	struct kh_layout layout;
	const struct kh_directive *last; /* whose heading stands above */
	struct kh_states states;
	size_t n;
};

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

/* Over the first of its clauses that is shown: who wants it, and by what. */
static void add_heading(struct printing *p, const struct kh_directive *d)
{
	if (p->last == d)
		return;
	kh_buf_addf(p->layout.out, "%s", p->last ? "\n" : "");
	kh_layout_wrap(&p->layout, 0, 2, KH_BOLD, d->title.in[p->v->language]);
	kh_auto_free char *whose = kh_format("%s%s%s%s%s · %s", d->issuer, d->number ? ", " : "", d->number ? d->number : "", d->date ? ", " : "", d->date ? d->date : "", d->id);
	kh_layout_wrap(&p->layout, 0, 2, KH_DIM, whose);
	p->last = d;
}

static void add_below(struct printing *p, enum kh_style style, const char *text)
{
	if (!text || !*text)
		return;
	kh_layout_pad(&p->layout, 0, FIGURES_AT);
	kh_layout_wrap(&p->layout, FIGURES_AT, FIGURES_AT, style, text);
}

/* What weighs most, and how much there is besides. */
static void add_reasons(struct printing *p, const struct kh_demand *demand)
{
	if (demand->reasons.n == 0)
		return;
	kh_auto_free char *others = kh_format("%zu", demand->reasons.n - 1);
	kh_auto_free char *more = demand->reasons.n > 1 ? kh_text_with(p->v->language, KH_T_DEMANDS_MORE, {"count", others}) : kh_strdup("");
	kh_auto_free char *text = kh_format("%s%s", demand->reasons.v[0], more);
	add_below(p, KH_DIM, text);
}

/* Two lines of what is demanded, the figures, what is missing. */
static void add_demand(struct printing *p, const struct kh_demand *demand)
{
	const struct kh_clause *clause = demand->clause;
	const char *state = kh_state_text(p->v->language, demand->state);
	kh_auto_free char *figures = figures_text(demand, p->posture, p->v->language);
	kh_auto_free char *demanded = kh_format("%s: %s", clause->clause, clause->quote), *text = kh_layout_shorten(demanded, 2 * (p->layout.width - FIGURES_AT) - 10);
	add_heading(p, clause->directive);
	kh_layout_styled(&p->layout, KH_BOLD, clause->id);
	kh_layout_pad(&p->layout, kh_utf8_width(clause->id), ROW_COLUMNS);
	kh_layout_styled(&p->layout, KH_PLAIN, state);
	kh_layout_pad(&p->layout, ROW_COLUMNS + kh_utf8_width(state), FIGURES_AT);
	kh_layout_wrap(&p->layout, FIGURES_AT, FIGURES_AT, KH_PLAIN, text);
	add_below(p, KH_PLAIN, figures);
	add_reasons(p, demand);
	p->states.of[demand->state]++;
	p->n++;
}

/* "105 dòng: Đạt 4, Đạt một phần 99…" */
static void add_sum(struct printing *p)
{
	kh_auto_buf struct kh_buf states = KH_BUF_INIT;
	for (size_t i = 0; i < KH_STATES; i++) {
		kh_auto_free char *one = kh_format("%s %" PRId64, kh_state_text(p->v->language, (enum kh_state)i), p->states.of[i]);
		if (p->states.of[i])
			kh_buf_add_item(&states, one);
	}
	kh_auto_free char *rows = kh_format("%zu", p->n);
	kh_auto_free char *sum = kh_text_with(p->v->language, p->n ? KH_T_DEMANDS_SUM : KH_T_DEMANDS_NONE, {"rows", rows}, {"states", kh_buf_text(&states)});
	kh_buf_addf(p->layout.out, "%s%s", p->n ? "\n" : "", sum);
}

static int print_table(struct printing *p, const struct kh_clause **all, size_t n)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_report_look look = kh_report_look_of(false);
	p->layout = (struct kh_layout){.out = &out, .width = KH_MIN(KH_MAX(look.width, (size_t)80), (size_t)120), .colours = look.colours};
	for (size_t i = 0; i < n; i++) {
		kh_auto_demand struct kh_demand demand = kh_demand_of(all[i], p->posture, p->v->language);
		if (kh_demand_is_chosen(&p->choice, all[i], demand.state))
			add_demand(p, &demand);
	}
	add_sum(p);
	int r = kh_buf_status(&out);
	return r < 0 ? r : kh_print(kh_buf_take(&out));
}

static int print_json(struct printing *p, const struct kh_clause **all, size_t n)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		kh_auto_demand struct kh_demand demand = kh_demand_of(all[i], p->posture, p->v->language);
		if (kh_demand_is_chosen(&p->choice, all[i], demand.state))
			r = kh_print_json(kh_demand_json(&demand, p->posture));
	}
	return r;
}

int kh_verb_demands(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_directives struct kh_directives directives = {0};
	struct kh_posture posture = {0};
	struct printing p = {.v = &v, .posture = &posture, .choice = choice_of(call)};
	size_t n = 0;
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_report_directives(&v, &directives);
	r = r < 0 ? r : check_directive(&p.choice, &directives);
	if (r < 0)
		return r;
	kh_auto_free const struct kh_clause **all = kh_demands_in_order(&directives, &n);
	r = check_rows(&p.choice, all, n);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	/* What time alone changed: a server that was off has not asked for it. */
	r = r < 0 ? r : kh_posture_refresh(v.server->store, KH_CLOCK_CONTROLS, v.now_s, NULL);
	r = r < 0 ? r : kh_posture_read_admin(v.db, unit.id, KH_TODAY, &posture);
	r = r < 0 ? r : kh_posture_measure(v.db, unit.id, &posture);
	if (r < 0)
		return r;
	return kh_cli_flag(call, "json") ? print_json(&p, all, n) : print_table(&p, all, n);
}
