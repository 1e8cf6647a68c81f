/* Units as several routes show them. The caller has made sure that they may be seen. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "server/account/scope.h"
#include "server/unit/unit.h"

/* UnitRef of a unit by id. */
int kh_units_ref(struct kh_db *db, int64_t unit_id, json_t **ret) KH_MUST_USE;

struct kh_api_call;
/* Answers the call with UnitDetail of a unit that the caller sees. */
int kh_units_answer(struct kh_api_call *call, int64_t unit_id) KH_MUST_USE;

/* SQL: 1 where the machine `e` has not been heard from for too long at the moment ?NOW (a parameter like "?1"): 7 days, 31 off the network, as in the
 * control agent_heard. */
#define KH_SILENT(now) "CASE WHEN e.seen_s < " now " - CASE WHEN e.role = 'secret' THEN 31 ELSE 7 END * 86400 THEN 1 ELSE 0 END"

/* A unit, standing for itself and everything below it; own: for itself alone. */
struct kh_unit_brief {
	int64_t id;
	char *code, *name;
	bool own;
};
struct kh_unit_briefs {
	KH_ARRAY(struct kh_unit_brief) of;
};
void kh_unit_briefs_done(struct kh_unit_briefs *units);
#define kh_auto_unit_briefs KH_CLEANUP(kh_unit_briefs_done)

/* The units directly below that of the scope, on any line (of a scope for sums on the administrative one), by name; `own` (of today's sums): in front the unit itself when it has machines
 * of its own. */
int kh_units_below(struct kh_db *db, const struct kh_scope *scope, bool own, struct kh_unit_briefs *ret) KH_MUST_USE;
