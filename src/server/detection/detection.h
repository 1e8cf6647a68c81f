/* Detections and their states:
 *
 *     found ── verified ──┬── quarantined (the agent) ──┬── cleaned: the agent looked at the place again, or a whole scan since found nothing on the machine
 *       │                 └── handled (by hand, noted) ─┘
 *       └── false_alarm (with the reason) ── found (taken back)
 *
 * What is given back from quarantine is verified, or found, again.
 *
 * Each state has its time, each change its row in detection_change: at_s, who (null: the machine), note. What was dealt with and is found again is a new
 * detection, `again_of` the old one: the machine was infected again.
 *
 * A detection is known by endpoint, engine, rule, path, member and hash of the file. Reports repeat: one that is not newer than what is known changes nothing. */
#pragma once

#include "server/account/scope.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

/* The two clocks, from the moment it was found (packs/law/malware.yaml: malware_sample_hours, malware_removal_hours). */
#define KH_DETECTION_VERIFY_S 43200 /* someone has looked at it, or it is dealt with */
#define KH_DETECTION_HANDLE_S 86400 /* it is dealt with */

/* ---- what an agent reports; on the writer ---- */

struct kh_detection_report {
	int64_t endpoint_id, at_s;
	struct kh_db_value engine, rule, path, member, sha256, size, verdict, find_id; /* find_id: null for agents that give none */
	bool quarantined; /* else: found */
};
int kh_detection_report(struct kh_db *writer, const struct kh_detection_report *report) KH_MUST_USE;

/* What became of a find of the agent's: "verified", "not_confirmed", "quarantined", "left", "rescanned_clean" (docs/protocol.md). Numbers that are not known are passed over;
 * false alarms stay what people said they are. *ret_known: it was one. */
struct kh_find_state {
	int64_t endpoint_id, at_s;
	struct kh_db_value find_id, quarantine, detail; /* the last two may be null */
	const char *state;
};
int kh_detection_find_state(struct kh_db *writer, const struct kh_find_state *state, bool *ret_known) KH_MUST_USE;

/* An event of category `malware` with its whole text. When a file was given back from quarantine ("quarantine_restored"), what was found in it is open again: verified if it was, else
 * found; its history gets the state `restored` with who did it, and where to. False alarms stay what people said they are. *ret_known is set when there was one. */
int kh_detection_event(struct kh_db *writer, int64_t endpoint_id, int64_t at_s, const char *action, size_t action_n, const char *event, size_t n, bool *ret_known) KH_MUST_USE;

/* A whole scan came to its end: what had been dealt with before it began is cleaned, when nothing was seen during it but false alarms. `found`: how many files it counted as
 * infected or suspicious; more than the detections that came of it show (some were lost) keep everything as it is. */
int kh_detection_rescanned(struct kh_db *writer, int64_t endpoint_id, int64_t started_s, int64_t ended_s, int64_t found) KH_MUST_USE;

/* ---- what an officer decides ---- */

struct kh_detection_decision {
	int64_t id;
	const char *state; /* verified, false_alarm, handled, found (takes a false alarm back) */
	const char *note;  /* NULL: none; needed for all but `verified` */
	const char *actor;
	int64_t version;   /* that was seen; 0: whatever stands there */
};
/* On the writer; asks the controls anew and writes the audit row. KH_E_NOT_FOUND outside the scope, KH_E_CONFLICT when the state does not follow on the present
 * one, KH_E_INVALID_FIELD without a note where one is needed, KH_E_STALE_VERSION. */
int kh_detection_decide(struct kh_db *writer, const struct kh_scope *scope, const struct kh_detection_decision *decision, int64_t now_s) KH_MUST_USE;
