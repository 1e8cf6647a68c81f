/* Duty: gaps of the roster seen ahead, the holidays of the year with their checklists, and what happened in one compared with the same a year before. */
#pragma once

#include "db/db.h"
#include "server/account/scope.h"
#include "server/alert/alert.h"

#include <stdint.h>

/* Hours without anybody from `from_s` on, in `length_s`. Shifts that were dropped do not count. */
int kh_roster_gap(struct kh_db *db, int64_t unit_id, int64_t from_s, int64_t length_s, int64_t *ret_hours) KH_MUST_USE;

/* An alert for each unit that keeps a roster and has gaps ahead, unless one about them is open. On the writer. */
int kh_rosters_watch(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t ahead_s, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;

/* ---- holidays ---- */

enum kh_occasion { KH_TET, KH_NEW_YEAR, KH_HUNG_KINGS, KH_REUNIFICATION, KH_NATIONAL_DAY, KH_OCCASIONS };
extern const char *const kh_occasions[KH_OCCASIONS]; /* codes of the register holiday */

/* Its first and last day (kh_time_day_number), by the calendar of its kind. */
void kh_holiday_days(enum kh_occasion occasion, int year, int64_t *ret_from, int64_t *ret_to);

/* Makes the holidays of the coming twelve months as records of every top of the tree, once each; lets them begin and end; makes the rows of the checklists of every unit below
 * KH_CHECKLIST_AHEAD_S before. *ret_made: rows; at most KH_CHECKLIST_AT_ONCE of the checklists. Each of these steps apart, and each row of the checklists. On the writer. */
#define KH_CHECKLIST_AHEAD_S (INT64_C(30) * 86400)
#define KH_CHECKLIST_AT_ONCE 800
int kh_holidays_attend(struct kh_db *writer, int64_t now_s, int64_t *ret_made, struct kh_apart *apart) KH_MUST_USE;

struct kh_holiday_figures {
	int64_t from_day, to_day;
	int64_t alerts, detections, machines, incidents; /* machines: on which something was detected; false alarms are left out */
};
int kh_holiday_figures(struct kh_db *db, const struct kh_scope *scope, enum kh_occasion occasion, int year, struct kh_holiday_figures *ret) KH_MUST_USE;
