/* Alerts: records of the register `alert` that the server makes of what it sees.
 *
 * One alert per kind, unit and day, which counts: a thousand detections of a morning are one line for the duty officer. It grows while nobody has acknowledged it; what comes
 * later that day is a new one. Each has its time by which it is acknowledged (settings alert.ack_*); when that passes it goes one level up, and so on to the top:
 *
 *     0   who has the duty now in the unit, else its IT officers
 *     1   the leaders of the unit
 *     2…  the superiors, line by line: who has the duty there, else its IT officers and leaders
 *
 * A machine is silent after seven days without a word from it in which this server was running: an outage of the server (two hours and more without a look at what is watched) is not
 * counted, so after one every machine has the rest of its seven days to call in. Whether the network between was up, nobody knows.
 *
 * What is told goes out as notices (notice.h). A mail holds counts and names of units, nothing else. */
#pragma once

#include "server/apart.h"

#include <stdint.h>

struct kh_alert_policy {
	int64_t ack_high_s, ack_medium_s, ack_low_s;
	const char *webhook; /* NULL: none */
};

/* So many of a kind in a unit on a day (kh_time_day_number) are known by now. */
struct kh_alert_seen {
	int64_t unit_id, day, count;
	const char *kind, *severity; /* codes of the register */
	const char *source;          /* what is counted, one word: "detection" */
	const char *title;           /* with the count; in Vietnamese */
	const char *detail;          /* may be NULL */
	int64_t incident;            /* 0: none */
};

/* Raises what is new of it. Inside a transaction. */
int kh_alert_raise(struct kh_db *writer, const struct kh_alert_policy *policy, const struct kh_alert_seen *seen, int64_t now_s) KH_MUST_USE;

/* Looks at everything that is watched, and at alerts that nobody has acknowledged in time; each kind and each alert apart. */
int kh_alerts_watch(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;
int kh_alerts_escalate(struct kh_db *writer, const struct kh_alert_policy *policy, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;
