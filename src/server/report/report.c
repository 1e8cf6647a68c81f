#include "server/report/report.h"

#include "base/error.h"
#include "base/str.h"
#include "server/posture/control.h"

void kh_report_done(struct kh_report *report)
{
	free(report->unit_code);
	free(report->unit_name);
	kh_array_done(&report->directives);
	kh_evidence_done(&report->evidence);
	*report = (struct kh_report){0};
}

static int choose(const struct kh_report_question *q, struct kh_report *report)
{
	const struct kh_directive *one = q->directive ? kh_directive_named(q->directives, q->directive) : NULL;
	if (q->directive && !one) {
		char name[128];
		kh_printable(name, sizeof name, q->directive);
		return kh_fail(KH_E_UNKNOWN_DIRECTIVE, "%s", name);
	}
	if (one)
		(void)kh_array_push(&report->directives, one);
	for (size_t i = 0; !one && i < q->directives->of.n; i++)
		(void)kh_array_push(&report->directives, &q->directives->of.v[i]);
	return 0;
}

static int read_unit(struct kh_db *db, const struct kh_scope *scope, struct kh_report *report)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT code, name FROM unit WHERE id = ?1", scope->unit_id);
	while (kh_stmt_next(s, &r)) {
		report->unit_code = kh_strdup(kh_stmt_text(s, 0));
		report->unit_name = kh_strdup(kh_stmt_text(s, 1));
	}
	if (r == 0 && !report->unit_code)
		r = kh_fail(KH_E_UNKNOWN_UNIT, "unit %lld", (long long)scope->unit_id);
	return r;
}

static int gather_clause(struct kh_db *db, const struct kh_scope *scope, const struct kh_clause *clause, struct kh_report *report)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < clause->controls.n; i++)
		r = kh_evidence_gather(db, scope, clause->controls.v[i], &report->evidence);
	for (size_t i = 0; r == 0 && i < clause->figures.n; i++)
		if (clause->figures.v[i]->measured)
			r = kh_evidence_gather_figure(db, scope, clause->figures.v[i], &report->evidence);
	return r;
}

static int gather(struct kh_db *db, const struct kh_scope *scope, struct kh_report *report)
{
	int r = 0;
	for (size_t d = 0; r == 0 && d < report->directives.n; d++)
		for (size_t i = 0; r == 0 && i < report->directives.v[d]->clauses.n; i++)
			r = gather_clause(db, scope, &report->directives.v[d]->clauses.v[i], report);
	return r;
}

int kh_report_make(struct kh_db *db, const struct kh_report_question *q, struct kh_report *ret)
{
	struct kh_scope scope = {.unit_id = q->scope.unit_id, .admin = true}; /* what is reported adds up */
	struct kh_report report KH_CLEANUP(kh_report_done) = {.language = q->language, .now_s = q->now_s,
							       .evidence = {.limit = KH_REPORT_EVIDENCE, .all = q->all_rows, .now_s = q->now_s, .language = q->language}};
	int64_t day = KH_TODAY;
	int r = kh_posture_day(q->at, q->now_s, &day);
	r = r < 0 ? r : choose(q, &report);
	r = r < 0 ? r : read_unit(db, &scope, &report);
	r = r < 0 ? r : kh_posture_read_admin(db, scope.unit_id, day, &report.posture);
	r = r < 0 ? r : kh_posture_measure(db, scope.unit_id, &report.posture);
	report.machines = kh_posture_machines(&report.posture);
	report.past = day != KH_TODAY;
	if (r == 0 && !report.past && !q->figures_only)
		r = gather(db, &scope, &report);
	if (r < 0)
		return r;
	kh_posture_day_text(day, q->now_s, report.day);
	*ret = report;
	report = (struct kh_report){0};
	return 0;
}
