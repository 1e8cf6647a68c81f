#include "server/report/report.h"

#include "base/str.h"
#include "server/posture/figure.h"

static const enum kh_message columns[] = {
	KH_T_CSV_OF_UNIT, KH_T_CSV_DAY,   KH_T_CSV_DIRECTIVE, KH_T_CSV_ISSUER, KH_T_CSV_CLAUSE_ID,    KH_T_CSV_CLAUSE, KH_T_CSV_QUOTE,
	KH_T_CSV_KIND,    KH_T_CSV_STATE, KH_T_CSV_BY,        KH_T_CSV_FIGURE, KH_T_CSV_FIGURE_TITLE, KH_T_CSV_VALUE,  KH_T_CSV_TARGET,
	KH_T_CSV_UNIT,    KH_T_CSV_MET,   KH_T_CSV_WAITS_FOR, KH_T_CSV_NEEDS,
};

/* What a value is counted in. */
static const enum kh_message units[] = {
	[KH_FIGURE_SHARE] = KH_T_CSV_PERCENT,   [KH_FIGURE_COUNT] = KH_T_CSV_SUBJECTS, [KH_FIGURE_HOURS] = KH_T_CSV_HOURS,
	[KH_FIGURE_MINUTES] = KH_T_CSV_MINUTES, [KH_FIGURE_SUM] = KH_T_CSV_SUBJECTS,   [KH_FIGURE_MEAN] = KH_T_CSV_SUBJECTS,
};

/* Quoted always; a text that a spreadsheet would take for a formula gets an apostrophe in front. */
static void cell(struct kh_buf *out, const char *text)
{
	kh_buf_addc(out, '"');
	if (text && *text && strchr("=+-@\t\r", *text))
		kh_buf_addc(out, '\'');
	for (const char *c = text ? text : ""; *c; c++) {
		if (*c == '"')
			kh_buf_addc(out, '"');
		kh_buf_addc(out, *c);
	}
	kh_buf_addc(out, '"');
}

static void next(struct kh_buf *out, const char *text)
{
	kh_buf_addc(out, ',');
	cell(out, text);
}

/* Numbers stand bare, with a point in every language: spreadsheets then read them as numbers. */
static void next_number(struct kh_buf *out, bool known, double value)
{
	char text[KH_FIGURE_SIZE];
	kh_buf_addc(out, ',');
	if (known)
		kh_buf_adds(out, kh_figure_text(value, '.', text));
}

static void figure_cells(const struct kh_report *report, const struct kh_figure *figure, struct kh_buf *out)
{
	if (!figure) {
		kh_buf_adds(out, ",\"\",\"\",,,\"\",\"\",\"\"");
		return;
	}
	double value = 0;
	bool known = kh_figure_read(figure, &report->posture, &value);
	bool judged = known && figure->has_target;
	kh_auto_free char *reason = kh_figure_reason(figure, &report->posture, report->language);
	next(out, figure->id);
	next(out, figure->title[report->language]);
	next_number(out, known, value);
	next_number(out, figure->has_target, figure->target);
	next(out, kh_text(report->language, units[figure->value.kind]));
	next(out, judged ? kh_text(report->language, kh_figure_met(figure, value) ? KH_T_CSV_YES : KH_T_CSV_NO) : "");
	next(out, reason);
}

static void line(const struct kh_report *report, const struct kh_directive *d, const struct kh_clause *clause, const struct kh_figure *figure,
		 struct kh_buf *out)
{
	kh_auto_buf struct kh_buf needs = KH_BUF_INIT;
	for (size_t i = 0; i < clause->needs.n; i++)
		kh_buf_addf(&needs, "%s%s", i ? "; " : "", clause->needs.v[i].in[report->language]);
	cell(out, report->unit_name);
	next(out, report->day);
	next(out, d->id);
	next(out, d->issuer);
	next(out, clause->id);
	next(out, clause->clause);
	next(out, clause->quote);
	next(out, clause->kind);
	next(out, kh_state_text(report->language, kh_clause_state(clause, &report->posture)));
	next(out, clause->by);
	figure_cells(report, figure, out);
	next(out, kh_buf_text(&needs));
	kh_buf_adds(out, "\r\n");
}

void kh_report_csv(const struct kh_report *report, struct kh_buf *out)
{
	kh_buf_adds(out, "\xEF\xBB\xBF");
	for (size_t i = 0; i < KH_COUNT(columns); i++) {
		if (i)
			kh_buf_addc(out, ',');
		cell(out, kh_text(report->language, columns[i]));
	}
	kh_buf_adds(out, "\r\n");
	for (size_t d = 0; d < report->directives.n; d++)
		for (size_t i = 0; i < report->directives.v[d]->clauses.n; i++) {
			const struct kh_clause *clause = &report->directives.v[d]->clauses.v[i];
			for (size_t f = 0; f < clause->figures.n; f++)
				line(report, report->directives.v[d], clause, clause->figures.v[f], out);
			if (clause->figures.n == 0)
				line(report, report->directives.v[d], clause, NULL, out);
		}
}
