/* Asking a control: its SQL of spec/controls behind the two tables it starts from, for one endpoint or for many.
 *
 *   scope(id, hostname, unit_id, role, seen_s, now_s)   the active endpoints asked about; seen_s is null while never heard from
 *   measured(endpoint_id, fact_table)                   the fact tables an endpoint has really measured
 *
 * Both are written NOT MATERIALIZED (SQLite ≥ 3.35 and PostgreSQL ≥ 12 read it): a control that uses `measured` twice would otherwise have the
 * whole of fact_state copied for each endpoint.
 *
 * A state that is none of pass, fail, unknown, not_applicable counts as unknown. */
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

/* Does it read one of these tables ("packages", "detection", …)? A control that reads no table asks about the endpoint itself and is always concerned;
 * tables NULL concerns all. */
bool kh_control_concerned(const struct kh_control *control, const char *const *tables, size_t n) KH_PURE;

/* Appends "WITH scope AS …, measured AS … " where `condition` chooses endpoints (`e` is the endpoint) and `now` is an SQL expression for the present:
 *     kh_control_with(&sql, "e.id = ?1", "?2")
 * and "(control's SQL)", to be given a name by the caller; its subjects and evidence are texts in `language`, its states the same in every language. */
void kh_control_with(struct kh_buf *sql, const char *condition, const char *now);
void kh_control_body(struct kh_buf *sql, const struct kh_control *control, enum kh_language language);

/* Counts the subjects of one endpoint by answer at the moment now_s; all 0 for an endpoint that is not active. */
int kh_control_count(struct kh_db *db, const struct kh_control *control, int64_t endpoint_id, int64_t now_s, struct kh_counts *ret) KH_MUST_USE;

/* Compiles every control's SQL and looks at its columns, so that a mistake is found at start and not in the middle of a night: the error names the control. */
int kh_controls_check(struct kh_db *db) KH_MUST_USE;
