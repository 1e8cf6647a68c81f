/* Asking a control: its SQL of spec/controls behind the tables it starts from, for one endpoint or unit, or for many. Who is asked, the control's
 * `over` says; an id below is that of an endpoint or of a unit accordingly.
 *
 *   scope(id, hostname, unit_id, role, seen_s, now_s)   over endpoints: the active ones asked about; seen_s is null while never heard from
 *   scope(id, code, name, kind, now_s)                  over units: the living ones asked about, each for itself
 *   measured(endpoint_id, fact_table)                   the fact tables an endpoint has really measured
 *
 * They are written NOT MATERIALIZED (SQLite ≥ 3.35 and PostgreSQL ≥ 12 read it): a control that uses `measured` twice would otherwise have the
 * whole of fact_state copied for each endpoint.
 *
 * A state that is none of pass, fail, unknown, not_applicable counts as unknown. A `fail` is `excepted` while a record of the register `exception` is
 * in force for it: approved, its last day not over, of this control, and of this endpoint, or (without an endpoint) of the unit or one above it, and of
 * this subject or of none. */
#pragma once

#include "base/buf.h"
#include "base/i18n.h"
#include "db/db.h"
#include "gen/controls.h"
#include "server/posture/answer.h"

/* The control of that name; NULL when there is none. */
const struct kh_control *kh_control_named(const char *name) KH_PURE;

/* Its place in kh_controls[]. */
static inline enum kh_control_id kh_control_id(const struct kh_control *control)
{
	return (enum kh_control_id)(control - kh_controls);
}

/* Does it read one of these tables ("packages", "detection", …)? A control that reads no table asks about the endpoint itself, one over units may read the
 * endpoints themselves: both are always concerned. Tables NULL concerns all that hang on endpoints. */
bool kh_control_concerned(const struct kh_control *control, const char *const *tables, size_t n) KH_PURE;

/* Does it read this register? NULL: any register. */
bool kh_control_reads_register(const struct kh_control *control, const char *name) KH_PURE;

/* Where the two kinds differ in SQL; each a constant. */
struct kh_asked {
	const char *answers; /* the table of their answers: "answer", "unit_answer" */
	const char *id;      /* its column, and that of a control's rows: "endpoint_id", "unit_id" */
	const char *table;   /* "endpoint", "unit": called e in conditions */
	const char *unit;    /* the unit that such a one belongs to: "e.unit_id", "e.id" */
	const char *active;  /* "e.state = 'active'", "e.to_s IS NULL" */
};
extern const struct kh_asked kh_asked[]; /* by enum kh_over */

/* Appends "WITH scope AS …, measured AS … " where `condition` chooses among those asked (`e` is the endpoint or the unit) and `now` is an SQL
 * expression for the present:
 *     kh_control_with(&sql, control->over, "e.id = ?1", "?2")
 * and "(control's SQL)", to be given a name by the caller; its subjects and evidence are texts in `language`, its states the same in every language. */
void kh_control_with(struct kh_buf *sql, enum kh_over over, const char *condition, const char *now);
void kh_control_body(struct kh_buf *sql, const struct kh_control *control, enum kh_language language);

/* Counts the subjects of one endpoint or unit by answer at the moment now_s; all 0 for one that is not active. */
int kh_control_count(struct kh_db *db, const struct kh_control *control, int64_t id, int64_t now_s, struct kh_counts *ret) KH_MUST_USE;

/* Compiles every control's SQL and looks at its columns, so that a mistake is found at start and not in the middle of a night: the error names the control. */
int kh_controls_check(struct kh_db *db) KH_MUST_USE;
