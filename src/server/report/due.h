/* Periodic reports that write themselves: from the register report_schedule a row of report_due for every unit that has to report and every period, and, when the time has come, its draft.
 *
 *   opened    when the period begins (and the one before, for a server that was off), from the period on that holds the schedule's first day
 *   drafted   when the period is over, or KH_REPORT_DRAFT_DAYS before it is due if that is earlier
 *
 * Sending and receipts are people's: moves of the register. */
#pragma once

#include "server/apart.h"
#include "server/directive/directive.h"
#include "server/report/template.h"
#include "server/server.h"

#define KH_REPORT_DRAFT_DAYS 5
#define KH_REPORTS_AT_ONCE 20 /* drafts tried in one run; the next run goes on behind them */

struct kh_reports_attended {
	size_t opened, drafted; /* that were committed */
};

/* Where a run ended; all zero: at the beginning. */
struct kh_report_place {
	int64_t due_s, id;
};

/* Opens what is to be opened, each unit of a schedule apart, and drafts what is to be drafted, each report apart. *place is where the run before ended, and becomes where this one did: reports
 * that cannot be drafted keep none from being tried. *ret is written in any case. */
int kh_reports_attend(struct kh_server *server, const struct kh_directives *directives, const struct kh_templates *templates, int64_t now_s, struct kh_report_place *place,
		      struct kh_reports_attended *ret, struct kh_apart *apart) KH_MUST_USE;

/* The periods of a schedule that are open on a day: the running one and the one before, those left away that were over before `from_day`. Gives how many of ret[2], as "2026-11". */
struct kh_due_period {
	char text[32];
};
size_t kh_due_periods(const char *every, int64_t from_day, int64_t now_s, struct kh_due_period ret[2]);
