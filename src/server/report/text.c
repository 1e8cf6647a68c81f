#include "server/report/report.h"

#include "base/str.h"
#include "base/utf8.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/actions.h"
#include "server/report/layout.h"

#define LEAST_WIDTH 80  /* a narrower terminal breaks the lines itself */
#define MOST_WIDTH 120  /* longer lines are hard to read */
#define CLAUSES_NAMED 8 /* under one action; the rest is counted */

static const char *const signs[KH_STATES] = {[KH_MET] = "✓", [KH_PARTLY] = "◐", [KH_NOT_MET] = "✗", [KH_NOT_MEASURED] = "○", [KH_STATE_NOT_APPLICABLE] = "–"};
static const enum kh_style styles[KH_STATES] = {
	[KH_MET] = KH_GOOD, [KH_PARTLY] = KH_MIDDLE, [KH_NOT_MET] = KH_BAD, [KH_NOT_MEASURED] = KH_DIM, [KH_STATE_NOT_APPLICABLE] = KH_DIM,
};

struct writer {
	const struct kh_report *report;
	struct kh_layout layout;
	struct kh_actions actions;
	size_t id_columns, state_columns; /* of the first two columns of the list of clauses */
};

static const char *word(const struct writer *w, enum kh_message message)
{
	return kh_text(w->report->language, message);
}

static size_t indent(const struct writer *w)
{
	return 4 + w->id_columns + 2;
}

/* --- a clause --- */

static void clause_head(struct writer *w, const struct kh_clause *clause)
{
	enum kh_state state = kh_clause_state(clause, &w->report->posture);
	const char *name = kh_state_text(w->report->language, state);
	size_t at = indent(w) + w->state_columns + 2;
	kh_auto_free char *quote = kh_layout_shorten(clause->quote, w->layout.width > at + 20 ? w->layout.width - at - 2 : 18);
	kh_buf_adds(w->layout.out, "  ");
	kh_layout_styled(&w->layout, styles[state], signs[state]);
	kh_buf_addc(w->layout.out, ' ');
	kh_layout_styled(&w->layout, KH_BOLD, clause->id);
	kh_layout_pad(&w->layout, kh_utf8_width(clause->id), w->id_columns + 2);
	kh_layout_styled(&w->layout, styles[state], name);
	kh_layout_pad(&w->layout, kh_utf8_width(name), w->state_columns + 2);
	kh_buf_addf(w->layout.out, "“%s”\n", quote);
}

static char *figure_value(const struct writer *w, const struct kh_figure *figure, enum kh_style *ret_style)
{
	enum kh_language language = w->report->language;
	double value = 0;
	*ret_style = KH_DIM;
	if (!figure->measured)
		return kh_strdup(figure->waits_for[language]);
	if (!kh_figure_read(figure, &w->report->posture, &value)) {
		kh_auto_free char *reason = kh_figure_reason(figure, &w->report->posture, language);
		return kh_format("%s%s%s", word(w, KH_T_REPORT_NOT_MEASURED), reason ? ": " : "", reason ? reason : "");
	}
	kh_auto_free char *number = kh_figure_words(figure->value.kind, value, language);
	if (!figure->has_target) {
		*ret_style = KH_PLAIN;
		return kh_take(number);
	}
	*ret_style = kh_figure_met(figure, value) ? KH_GOOD : KH_BAD;
	kh_auto_free char *target = kh_figure_words(figure->value.kind, figure->target, language);
	kh_auto_free char *aim = kh_text_with(language, KH_T_REPORT_TARGET, {"target", target});
	return kh_format("%s (%s)", number, aim);
}

static void clause_figure(struct writer *w, const struct kh_figure *figure)
{
	enum kh_style style = KH_PLAIN;
	kh_auto_free char *value = figure_value(w, figure, &style);
	kh_auto_free char *label = kh_format("%s %s:", figure->id, figure->title[w->report->language]);
	kh_layout_pad(&w->layout, 0, indent(w));
	size_t column = kh_layout_flow(&w->layout, indent(w), indent(w) + 4, KH_PLAIN, label);
	if (column + 1 < w->layout.width) {
		kh_buf_addc(w->layout.out, ' ');
		column++;
	}
	kh_layout_wrap(&w->layout, column, indent(w) + 4, style, value);
}

static void clause_needs(struct writer *w, const struct kh_clause *clause)
{
	if (clause->needs.n == 0)
		return;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_buf_addf(&text, "%s: ", word(w, KH_T_REPORT_NEEDS));
	for (size_t i = 0; i < clause->needs.n; i++)
		kh_buf_addf(&text, "%s%s", i ? "; " : "", clause->needs.v[i].in[w->report->language]);
	kh_layout_pad(&w->layout, 0, indent(w));
	kh_layout_wrap(&w->layout, indent(w), indent(w) + 4, KH_DIM, kh_buf_text(&text));
}

/* A control that keeps the clause from being met: how many fail, or could not be measured. */
static void clause_control(struct writer *w, const struct kh_control *control)
{
	const struct kh_counts *counts = &w->report->posture.of[kh_control_id(control)];
	int64_t fail = counts->of[KH_FAIL], unknown = counts->of[KH_UNKNOWN];
	if (fail + unknown == 0)
		return;
	enum kh_language language = w->report->language;
	kh_auto_free char *all = kh_format("%lld", (long long)kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
	kh_auto_free char *n = kh_format("%lld", (long long)(fail ? fail : unknown));
	kh_auto_free char *what = fail ? kh_text_with(language, KH_T_REPORT_FAILS, {"fail", n}, {"all", all})
				       : kh_text_with(language, KH_T_REPORT_UNKNOWN, {"unknown", n}, {"all", all});
	kh_auto_free char *number = kh_format("%zu", w->actions.number[kh_control_id(control)]);
	kh_auto_free char *see = fail ? kh_text_with(language, KH_T_REPORT_SEE_ACTION, {"number", number}) : NULL;
	kh_auto_free char *text = kh_format("%s: %s%s%s", control->title[language], what, see ? " → " : "", see ? see : "");
	kh_layout_pad(&w->layout, 0, indent(w));
	kh_layout_styled(&w->layout, fail ? KH_BAD : KH_DIM, fail ? "✗ " : "○ ");
	kh_layout_wrap(&w->layout, indent(w) + 2, indent(w) + 4, KH_PLAIN, text);
}

static void clause_due(struct writer *w, const struct kh_clause *clause)
{
	if (!clause->by)
		return;
	bool late = strcmp(clause->by, w->report->day) < 0 && kh_clause_state(clause, &w->report->posture) != KH_MET;
	kh_auto_free char *due = kh_text_with(w->report->language, KH_T_REPORT_BY, {"day", clause->by});
	kh_auto_free char *text = kh_format("%s%s%s", due, late ? ", " : "", late ? word(w, KH_T_REPORT_OVERDUE) : "");
	kh_layout_pad(&w->layout, 0, indent(w));
	kh_layout_wrap(&w->layout, indent(w), indent(w), late ? KH_BAD : KH_DIM, text);
}

static void write_clause(struct writer *w, const struct kh_clause *clause)
{
	clause_head(w, clause);
	clause_due(w, clause);
	for (size_t i = 0; i < clause->figures.n; i++)
		clause_figure(w, clause->figures.v[i]);
	for (size_t i = 0; i < clause->controls.n; i++)
		clause_control(w, clause->controls.v[i]);
	clause_needs(w, clause);
	kh_buf_addc(w->layout.out, '\n');
}

/* --- a directive --- */

static void write_states(struct writer *w, const struct kh_states *states)
{
	kh_buf_adds(w->layout.out, "   ");
	for (int i = 0; i < KH_STATES; i++) {
		if (states->of[i] == 0)
			continue;
		kh_auto_free char *text = kh_format("%s %lld %s", signs[i], (long long)states->of[i], kh_state_text(w->report->language, (enum kh_state)i));
		kh_layout_styled(&w->layout, styles[i], text);
		kh_buf_adds(w->layout.out, "   ");
	}
	kh_buf_adds(w->layout.out, "\n\n");
}

static void write_directive(struct writer *w, const struct kh_directive *d)
{
	enum kh_language language = w->report->language;
	kh_auto_free char *number = d->number ? kh_text_with(language, KH_T_REPORT_NUMBER, {"number", d->number}) : NULL;
	kh_auto_free char *by = kh_format("%s%s%s%s%s", d->issuer, number ? ", " : "", number ? number : "", d->date ? ", " : "", d->date ? d->date : "");
	struct kh_states states = kh_directive_states(d, &w->report->posture);
	kh_layout_rule(&w->layout, d->id, "━");
	kh_layout_pad(&w->layout, 0, 3);
	kh_layout_wrap(&w->layout, 3, 3, KH_BOLD, d->title.in[language]);
	kh_layout_pad(&w->layout, 0, 3);
	kh_layout_wrap(&w->layout, 3, 3, KH_DIM, by);
	if (d->superseded_by) {
		kh_auto_free char *text = kh_text_with(language, KH_T_REPORT_SUPERSEDED, {"id", d->superseded_by});
		kh_layout_pad(&w->layout, 0, 3);
		kh_layout_wrap(&w->layout, 3, 3, KH_MIDDLE, text);
	}
	write_states(w, &states);
	for (size_t i = 0; i < d->clauses.n; i++)
		write_clause(w, &d->clauses.v[i]);
}

/* --- what to do --- */

static char *clauses_of(const struct writer *w, const struct kh_action *action)
{
	kh_auto_buf struct kh_buf names = KH_BUF_INIT;
	size_t named = 0;
	for (size_t d = 0; d < w->report->directives.n; d++)
		for (size_t i = 0; i < w->report->directives.v[d]->clauses.n && named < CLAUSES_NAMED; i++) {
			const struct kh_clause *clause = &w->report->directives.v[d]->clauses.v[i];
			for (size_t c = 0; c < clause->controls.n; c++)
				if (clause->controls.v[c] == action->control)
					kh_buf_addf(&names, "%s%s", named++ ? ", " : "", clause->id);
		}
	if (action->clauses > named) {
		kh_auto_free char *count = kh_format("%zu", action->clauses - named);
		kh_auto_free char *more = kh_text_with(w->report->language, KH_T_REPORT_ACTION_MORE, {"count", count});
		kh_buf_addf(&names, " %s", more);
	}
	return kh_text_with(w->report->language, KH_T_REPORT_ACTION_CLAUSES, {"clauses", kh_buf_text(&names)});
}

/* Numbered steps, one a line; what is wrapped hangs behind the number. */
static void write_remedy(struct writer *w, const char *remedy)
{
	kh_auto_free char *copy = kh_strdup(remedy);
	char *rest = copy;
	for (char *step = kh_split(&rest, "\n"); step; step = kh_split(&rest, "\n")) {
		if (!*step)
			continue;
		kh_layout_pad(&w->layout, 0, 6);
		kh_layout_wrap(&w->layout, 6, 9, KH_PLAIN, step);
	}
}

static void write_example(struct writer *w, const struct kh_control *control)
{
	const struct kh_row_list *rows = &w->report->evidence.rows[kh_control_id(control)];
	if (rows->of.n == 0 || !rows->of.v[0].evidence)
		return;
	kh_auto_free char *text = kh_text_with(w->report->language, KH_T_REPORT_EXAMPLE, {"hostname", kh_row_of(&rows->of.v[0])},
					       {"evidence", rows->of.v[0].evidence});
	kh_layout_pad(&w->layout, 0, 6);
	kh_layout_wrap(&w->layout, 6, 6, KH_DIM, text);
}

static void write_action(struct writer *w, size_t number, const struct kh_action *action)
{
	const struct kh_counts *counts = &w->report->posture.of[kh_control_id(action->control)];
	enum kh_language language = w->report->language;
	kh_auto_free char *place = kh_format("%3zu.  ", number);
	kh_auto_free char *fail = kh_format("%lld", (long long)counts->of[KH_FAIL]);
	kh_auto_free char *all = kh_format("%lld", (long long)kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
	kh_auto_free char *what = kh_text_with(language, KH_T_REPORT_FAILS, {"fail", fail}, {"all", all});
	kh_auto_free char *title = kh_format("%s: %s", action->control->title[language], what);
	kh_auto_free char *clauses = clauses_of(w, action);
	kh_buf_adds(w->layout.out, place);
	kh_layout_wrap(&w->layout, 6, 6, KH_BOLD, title);
	write_remedy(w, action->control->remedy[language]);
	write_example(w, action->control);
	kh_layout_pad(&w->layout, 0, 6);
	kh_layout_wrap(&w->layout, 6, 6, KH_DIM, clauses);
	kh_buf_addc(w->layout.out, '\n');
}

static void write_actions(struct writer *w)
{
	if (w->actions.n == 0)
		return;
	kh_layout_rule(&w->layout, word(w, KH_T_REPORT_ACTIONS), "━");
	for (size_t i = 0; i < w->actions.n; i++)
		write_action(w, i + 1, &w->actions.of[i]);
}

/* --- the table --- */

static void write_legend(struct writer *w)
{
	kh_buf_adds(w->layout.out, "\n   ");
	for (int i = 0; i < KH_STATES; i++) {
		kh_auto_free char *text = kh_format("%s %s", signs[i], kh_state_text(w->report->language, (enum kh_state)i));
		kh_layout_styled(&w->layout, styles[i], text);
		kh_buf_adds(w->layout.out, i + 1 < KH_STATES ? "   " : "\n");
	}
}

static void table_line(struct writer *w, size_t name_columns, const char *name, int64_t clauses, const struct kh_states *states)
{
	kh_auto_free char *shown = kh_layout_shorten(name, name_columns);
	kh_buf_adds(w->layout.out, "   ");
	kh_layout_styled(&w->layout, KH_PLAIN, shown);
	kh_layout_pad(&w->layout, kh_utf8_width(shown), name_columns);
	kh_buf_addf(w->layout.out, "  %6lld", (long long)clauses);
	for (int i = 0; i < KH_STATES; i++) {
		kh_auto_free char *text = kh_format("  %s %4lld", signs[i], (long long)states->of[i]);
		kh_layout_styled(&w->layout, states->of[i] ? styles[i] : KH_DIM, text);
	}
	kh_buf_addc(w->layout.out, '\n');
}

static size_t widest_name(const struct writer *w)
{
	size_t columns = kh_utf8_width(word(w, KH_T_REPORT_TOTAL));
	for (size_t d = 0; d < w->report->directives.n; d++)
		columns = KH_MAX(columns, kh_utf8_width(w->report->directives.v[d]->id));
	return KH_MIN(columns, w->layout.width - 47); /* what the numbers leave */
}

static void write_table(struct writer *w)
{
	size_t columns = widest_name(w);
	struct kh_states total = {0};
	int64_t clauses = 0;
	kh_layout_rule(&w->layout, word(w, KH_T_REPORT_SUMMARY), "━");
	for (size_t d = 0; d < w->report->directives.n; d++) {
		const struct kh_directive *directive = w->report->directives.v[d];
		struct kh_states states = kh_directive_states(directive, &w->report->posture);
		table_line(w, columns, directive->id, (int64_t)directive->clauses.n, &states);
		clauses += (int64_t)directive->clauses.n;
		for (int i = 0; i < KH_STATES; i++)
			total.of[i] += states.of[i];
	}
	if (w->report->directives.n > 1)
		table_line(w, columns, word(w, KH_T_REPORT_TOTAL), clauses, &total);
	write_legend(w);
}

/* --- the whole --- */

/* "2026-11-21" as people write it: 21/11/2026 in Vietnamese. */
static char *day_text(const struct kh_report *report)
{
	const char *d = report->day;
	return report->language == KH_VI ? kh_format("%.2s/%.2s/%.4s", d + 8, d + 5, d) : kh_strdup(d);
}

static void write_head(struct writer *w)
{
	const struct kh_report *report = w->report;
	kh_auto_free char *count = kh_format("%lld", (long long)report->machines);
	kh_auto_free char *unit = kh_text_with(report->language, KH_T_REPORT_UNIT, {"name", report->unit_name}, {"code", report->unit_code});
	kh_auto_free char *date = day_text(report);
	kh_auto_free char *day = kh_text_with(report->language, KH_T_REPORT_DAY, {"day", date});
	kh_auto_free char *machines = kh_text_with(report->language, KH_T_REPORT_MACHINES, {"count", count});
	kh_auto_free char *line = kh_format("%s, %s, %s", unit, day, machines);
	kh_buf_addc(w->layout.out, '\n');
	kh_layout_wrap(&w->layout, 0, 0, KH_BOLD, word(w, KH_T_REPORT_TITLE));
	kh_layout_wrap(&w->layout, 0, 0, KH_PLAIN, line);
	if (report->past)
		kh_layout_wrap(&w->layout, 0, 0, KH_MIDDLE, word(w, KH_T_REPORT_PAST));
	else if (report->machines == 0)
		kh_layout_wrap(&w->layout, 0, 0, KH_MIDDLE, word(w, KH_T_REPORT_NO_MACHINES));
	kh_buf_addc(w->layout.out, '\n');
}

static void measure_columns(struct writer *w)
{
	for (int i = 0; i < KH_STATES; i++)
		w->state_columns = KH_MAX(w->state_columns, kh_utf8_width(kh_state_text(w->report->language, (enum kh_state)i)));
	for (size_t d = 0; d < w->report->directives.n; d++)
		for (size_t i = 0; i < w->report->directives.v[d]->clauses.n; i++)
			w->id_columns = KH_MAX(w->id_columns, kh_utf8_width(w->report->directives.v[d]->clauses.v[i].id));
}

void kh_report_text(const struct kh_report *report, const struct kh_report_look *look, struct kh_buf *out)
{
	struct writer w = {.report = report, .layout = {.out = out, .width = KH_MIN(KH_MAX(look->width, LEAST_WIDTH), MOST_WIDTH), .colours = look->colours}};
	kh_actions_find(report, &w.actions);
	measure_columns(&w);
	write_head(&w);
	for (size_t d = 0; d < report->directives.n; d++)
		write_directive(&w, report->directives.v[d]);
	write_actions(&w);
	write_table(&w);
}
