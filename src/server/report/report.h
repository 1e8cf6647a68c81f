/* The report of a unit on a day: every clause of the directives with its state, figures, evidence and what is still to be done. Three forms of one content:
 *
 *   JSON  {"unit","at","directives":[{"id","title",…,"clauses":[{"id","quote","state",…,"answers":[…],"figures":[{"id","value","target",…,"evidence":[…]}]}]}]}
 *         value is null where nothing was measured, and reason then says why; evidence holds at most KH_REPORT_EVIDENCE rows {"endpoint","subject","state","evidence","control","register",
 *         "record"} (endpoint null of a control over units; the last two null where the row is of no record), worst first, and none for a past day: rows are kept for today only
 *   CSV   RFC 4180 with a byte order mark (so that spreadsheets take it for UTF-8), one line per clause and figure
 *   text  for a terminal: clauses, then what to do, ordered by how many clauses it helps, then a table
 */
#pragma once

#include "base/buf.h"
#include "base/i18n.h"
#include "base/json.h"
#include "server/account/scope.h"
#include "server/directive/directive.h"
#include "server/directive/evidence.h"
#include "server/verb/verb.h"

#define KH_REPORT_EVIDENCE 20 /* rows under one figure: enough to see what is wrong; the API pages through the rest */

struct kh_report {
	enum kh_language language;
	char *unit_code, *unit_name;
	char day[KH_DAY_SIZE];
	bool past;          /* a day that is over: no evidence */
	int64_t now_s;
	int64_t machines;   /* active on that day */
	struct kh_posture posture;
	KH_ARRAY(const struct kh_directive *) directives;
	struct kh_evidence evidence; /* of every control that a clause or figure of them uses */
};
void kh_report_done(struct kh_report *report);
#define kh_auto_report KH_CLEANUP(kh_report_done)

struct kh_report_question {
	const struct kh_directives *directives;
	const char *directive;    /* id; NULL: all */
	struct kh_scope scope;    /* the unit and below */
	const char *at;           /* "YYYY-MM-DD"; NULL: today */
	enum kh_language language;
	int64_t now_s;
	bool figures_only;        /* no evidence */
	int64_t all_rows;         /* the failing rows of all controls, at most so many, instead of a few of each; 0: no */
};

/* KH_E_UNKNOWN_DIRECTIVE, KH_E_INVALID_FIELD (the day). The directives must outlive the report. */
int kh_report_make(struct kh_db *db, const struct kh_report_question *question, struct kh_report *ret) KH_MUST_USE;

json_t *kh_report_json(const struct kh_report *report) KH_MUST_USE;

void kh_report_csv(const struct kh_report *report, struct kh_buf *out);

struct kh_report_look {
	size_t width;  /* columns of the terminal; 80 to 120 are used */
	bool colours;
};
void kh_report_text(const struct kh_report *report, const struct kh_report_look *look, struct kh_buf *out);

/* As wide as the terminal on standard output, in colours when it is one that wants them; else as a file. */
struct kh_report_look kh_report_look_of(bool file);

/* The directives of the server's packs. */
int kh_report_directives(const struct kh_verb *v, struct kh_directives *ret) KH_MUST_USE;

struct kh_cli_call;
/* `khien-server report`. */
int kh_verb_report(struct kh_cli_call *call) KH_MUST_USE;
