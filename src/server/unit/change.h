/* What every change of the tree does besides its own rows: for unit/ only. */
#pragma once

#include "gen/codes.h"
#include "server/unit/unit.h"

/* Who changes which unit, when: for the history of the unit and the audit log. */
struct kh_unit_act {
	struct kh_db *db;
	const struct kh_unit *unit;
	const struct kh_unit_by *by;
};

/* unit_change, audit and the next version in one; action: KH_AUDIT_ACTION_UNIT_… */
int kh_unit_note(const struct kh_unit_act *act, enum kh_audit_action action, const char *detail) KH_MUST_USE;

/* Brings unit_ancestor in line with the living edges; what changed stands in the table tree_change until the next change. The sums of postures are the caller's. */
int kh_unit_follow_lines(struct kh_db *db) KH_MUST_USE;

/* KH_E_UNIT_ENDED when it has ended. */
int kh_unit_check_alive(const struct kh_unit *unit) KH_MUST_USE;

/* KH_E_IN_USE while a campaign of the unit's own is open: of a unit that ended nobody below it could close that. */
int kh_unit_check_campaigns(struct kh_db *db, const struct kh_unit *unit) KH_MUST_USE;

/* KH_E_UNIT_PLACE when `parent` stands below `id` (or is it), or the line would be longer than KH_UNIT_MAX_DEPTH. */
int kh_unit_check_below(struct kh_db *db, int64_t id, const struct kh_unit *parent) KH_MUST_USE;

/* The rows of a unit's end: open tokens are revoked. KH_E_IN_USE as of kh_unit_end(). Postures and history are the caller's. */
int kh_unit_finish(struct kh_db *db, const struct kh_unit *unit, int64_t now_s) KH_MUST_USE;

int kh_unit_add_edge(struct kh_db *db, int64_t child, int64_t parent, enum kh_line line, int64_t now_s) KH_MUST_USE;
int kh_unit_end_edge(struct kh_db *db, int64_t child, enum kh_line line, int64_t now_s) KH_MUST_USE;
