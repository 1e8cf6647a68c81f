/* A unit is split: part of it goes to new units, or all of it does and it ends ("tách", "chia").
 *
 * One act, in one transaction: the new units, what each of them gets, the lines of the tree, postures, history and audit. What is not chosen stays; days that have passed stay with the unit they were counted of.
 * The new units stand where the old one stands, on both lines, unless a part says otherwise: so nobody sees more than before, or less. */
#pragma once

#include "base/attr.h"
#include "base/json.h"
#include "server/unit/holding.h"
#include "server/unit/unit.h"

#define KH_UNIT_MAX_PARTS 20     /* new units of one split */
#define KH_UNIT_MAX_ITEMS 100000 /* items and places that they name, together */

/* One new unit, and what it gets. Texts and arrays belong to the struct. */
struct kh_unit_part {
	char *name, *code, *kind; /* code NULL: made from the name */
	int64_t parent;           /* superior on the administrative line; 0: the old unit's own */
	bool rest;                /* gets all that is not chosen: one part at most, and only of a unit that ends */
	struct kh_unit_items items;
	int64_t id;               /* of the unit that was made */
};

struct kh_unit_parts {
	KH_ARRAY(struct kh_unit_part) of;
};
void kh_unit_parts_done(struct kh_unit_parts *parts);
#define kh_auto_unit_parts KH_CLEANUP(kh_unit_parts_done)

/* [UnitPart] of spec/api/types.yaml: names become ids, as seen from the unit that is split. A superior must lie within the scope (NULL: anywhere). KH_E_INVALID_FIELD, KH_E_NOT_FOUND,
 * KH_E_UNKNOWN_UNIT, KH_E_LIMIT_REACHED. */
int kh_unit_parts_read(struct kh_db *db, int64_t unit_id, const struct kh_scope *scope, const json_t *given, struct kh_unit_parts *ret) KH_MUST_USE;

struct kh_unit_split {
	int64_t unit_id;
	struct kh_unit_parts *parts;
	bool end;     /* the unit ends; then nothing that counts may be left with it */
	bool dry_run; /* everything is done and undone again */
};

/* *ret: UnitSplit of spec/api/types.yaml. KH_E_UNIT_ENDED; KH_E_UNIT_PLACE: a new unit would stand below what is split; KH_E_IN_USE: something is left with a unit that is to end, or a campaign of it is open; KH_E_NOT_FOUND: something chosen
 * is not the unit's, or twice. */
int kh_unit_split(struct kh_db *writer, const struct kh_unit_split *split, const struct kh_unit_by *by, json_t **ret) KH_MUST_USE;
