#include "server/roster/roster.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"

#include <inttypes.h>

int kh_roster_gap(struct kh_db *db, int64_t unit_id, int64_t from_s, int64_t length_s, int64_t *ret_hours)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t covered_s = from_s, end_s = from_s + length_s, empty_s = 0;
	int r = kh_db_query(db, &s, "SELECT from_s, to_s FROM reg_duty_shift WHERE unit_id = ?1 AND state <> 'dropped' AND to_s > ?2 AND from_s < ?3 ORDER BY from_s, to_s", unit_id, from_s, end_s);
	while (kh_stmt_next(s, &r)) {
		if (kh_stmt_int(s, 0) > covered_s)
			empty_s += kh_stmt_int(s, 0) - covered_s;
		if (kh_stmt_int(s, 1) > covered_s)
			covered_s = kh_stmt_int(s, 1);
	}
	if (covered_s < end_s)
		empty_s += end_s - covered_s;
	*ret_hours = (empty_s + 3599) / 3600;
	return r;
}

static int tell_gap(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t unit_id, int64_t ahead_s, int64_t now_s)
{
	char day[KH_ISO_SIZE];
	int64_t hours = 0;
	int r = kh_roster_gap(writer, unit_id, now_s, ahead_s, &hours);
	if (r < 0 || !hours)
		return r;
	kh_auto_free char *count = kh_format("%" PRId64, hours);
	kh_auto_free char *title = kh_text_with(KH_VI, KH_T_ALERT_ROSTER, {"count", count}, {"day", kh_time_local(now_s, day)});
	struct kh_alert_seen seen = {.unit_id = unit_id, .day = kh_time_day_number(now_s), .count = hours, .kind = "roster", .severity = "medium", .source = "shift", .title = title};
	return kh_alert_raise(writer, policy, &seen, now_s);
}

struct watching {
	const struct kh_alert_policy *policy;
	int64_t unit_id, ahead_s, now_s;
};

static int tell_apart(struct kh_db *writer, void *arg)
{
	const struct watching *w = arg;
	return tell_gap(writer, w->policy, w->unit_id, w->ahead_s, w->now_s);
}

int kh_rosters_watch(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t ahead_s, int64_t now_s, struct kh_apart *apart)
{
	KH_ARRAY(int64_t) units = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s,
			    "SELECT DISTINCT d.unit_id FROM reg_duty_shift d JOIN unit u ON u.id = d.unit_id AND u.to_s IS NULL"
			    " WHERE NOT EXISTS (SELECT 1 FROM reg_alert a WHERE a.unit_id = d.unit_id AND a.kind = 'roster' AND a.state IN ('new', 'acknowledged')) ORDER BY d.unit_id");
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&units, kh_stmt_int(s, 0));
	kh_array_each(&units, unit) {
		struct watching w = {policy, *unit, ahead_s, now_s};
		r = r < 0 ? r : kh_apart_run(apart, writer, "roster", *unit, tell_apart, &w);
	}
	kh_array_done(&units);
	return r;
}
