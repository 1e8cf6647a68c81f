/* Reading posture: the counts of a unit and everything below it, on a day. */
#pragma once

#include "db/db.h"
#include "gen/controls.h"
#include "gen/figures.h"
#include "server/posture/answer.h"

#include <stdint.h>

#define KH_TODAY INT64_MAX /* as a day: the latest there is */

struct kh_posture {
	int64_t day;                                /* that was asked about */
	bool admin;                                 /* of the administrative line alone: kh_posture_read_admin() */
	struct kh_counts of[KH_CONTROLS_COUNT];     /* by enum kh_control_id; all 0 where a control was never asked */
	struct {
		bool known; /* false: nothing of the kind has ended */
		double seconds;
	} spans[KH_SPANS_COUNT + 1];                /* of the machines, and the units, that stand in the unit today, also for a past day */
	struct {
		int64_t rows; /* that count; 0: nobody recorded anything of the kind, or it cannot be said of a past day */
		double sum, whole;
	} measures[KH_MEASURES_COUNT + 1];
};

/* The counts of a unit at the end of a day (kh_time_day_number, or KH_TODAY): one look-up per control, whatever the number of machines and records. The caller has made
 * sure that the unit may be seen. */
int kh_posture_read(struct kh_db *db, int64_t unit_id, int64_t day, struct kh_posture *ret) KH_MUST_USE;

/* The same of the administrative line alone: those of the units directly below it, and the unit's own, add up to it. Other than kh_posture_read() where a unit is the superior of others on the
 * police line, whose counts are taken away: one more reading for each. */
int kh_posture_read_admin(struct kh_db *db, int64_t unit_id, int64_t day, struct kh_posture *ret) KH_MUST_USE;
/* One control of today. */
int kh_posture_read_one(struct kh_db *db, int64_t unit_id, const struct kh_control *control, struct kh_counts *ret) KH_MUST_USE;

/* Fills in spans and measures as well, from the rows of that time: for who shows figures, not for who compares units. */
int kh_posture_measure(struct kh_db *db, int64_t unit_id, struct kh_posture *posture) KH_MUST_USE;

/* The same of one span or measure (the other NULL) for one day: a trend. */
int kh_posture_measure_one(struct kh_db *db, int64_t unit_id, const struct kh_span *span, const struct kh_measure *measure, struct kh_posture *posture) KH_MUST_USE;

/* How many machines the posture counts, and how many of them were silent: every active machine answers agent_heard once, for itself. So each day has its own numbers. */
int64_t kh_posture_machines(const struct kh_posture *posture) KH_PURE;
int64_t kh_posture_silent(const struct kh_posture *posture) KH_PURE;

/* The latest posture of the unit itself and its own machines, without the units below. */
int kh_posture_read_own(struct kh_db *db, int64_t unit_id, struct kh_posture *ret) KH_MUST_USE;

/* One control day by day: `first` to `last` inclusive, the counts of each day at its end, into ret[0…last-first]. */
int kh_posture_history(struct kh_db *db, int64_t unit_id, const struct kh_control *control, int64_t first, int64_t last, struct kh_counts *ret) KH_MUST_USE;

/* "YYYY-MM-DD", a day that exists, → day number. */
bool kh_day_parse(const char *text, int64_t *ret_day) KH_MUST_USE;

/* A day asked about. NULL, "" or today: KH_TODAY. KH_E_INVALID_FIELD for what is no date, lies in the future or before 2020. */
int kh_posture_day(const char *text, int64_t now_s, int64_t *ret_day) KH_MUST_USE;

/* The day as text; KH_TODAY is the day of now_s. */
#define KH_DAY_SIZE 32
const char *kh_posture_day_text(int64_t day, int64_t now_s, char out[KH_DAY_SIZE]);
