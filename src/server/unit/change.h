/* What every change of the tree does besides its own rows: for unit/ only. */
#pragma once

#include "server/unit/unit.h"

/* Who changes which unit, when: for the history of the unit and the audit log. */
struct kh_unit_act {
	struct kh_db *db;
	const struct kh_unit *unit;
	const char *actor;
	int64_t now_s;
};

/* unit_change and audit in one; what: "add", "move", "rename", "merge", "end". */
int kh_unit_note(const struct kh_unit_act *act, const char *what, const char *detail) KH_MUST_USE;

/* Makes unit_ancestor anew from the living edges, then the sums of postures. */
int kh_unit_rebuild(struct kh_db *db) KH_MUST_USE;

/* KH_E_UNIT_ENDED when it has ended. */
int kh_unit_check_alive(const struct kh_unit *unit) KH_MUST_USE;

/* KH_E_UNIT_PLACE when `parent` stands below `id` (or is it), or the line would be longer than KH_UNIT_MAX_DEPTH. */
int kh_unit_check_below(struct kh_db *db, int64_t id, const struct kh_unit *parent) KH_MUST_USE;

int kh_unit_add_edge(struct kh_db *db, int64_t child, int64_t parent, enum kh_line line, int64_t now_s) KH_MUST_USE;
int kh_unit_end_edge(struct kh_db *db, int64_t child, enum kh_line line, int64_t now_s) KH_MUST_USE;
