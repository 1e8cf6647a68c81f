/* What a unit itself holds, item by item: machines, users, units right below it, records of registers. It can be given to another unit.
 *
 * A machine that was revoked stays where it was. What refers to an item does so by its id, and goes on. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/json.h"
#include "db/db.h"
#include "gen/registers.h"
#include "server/account/scope.h"
#include "server/unit/unit.h"

struct kh_unit_item {
	const char *what; /* "endpoint", "user", "unit" or the name of a register; static */
	int64_t id;
};

struct kh_unit_items {
	KH_ARRAY(struct kh_unit_item) of;
};
void kh_unit_items_done(struct kh_unit_items *items);
#define kh_auto_unit_items KH_CLEANUP(kh_unit_items_done)

/* The name as it stands in the tables above, of a text from outside; NULL: there is none of that name. */
const char *kh_unit_item_what(const char *what);

/* May somebody with these rights know what things of this kind are called? Of users who manages them, of machines and records who reads them. */
bool kh_unit_item_may(const char *what, unsigned rights) KH_MUST_USE;

/* Of what is over (ended, withdrawn, refused: a frozen state of tone `quiet`) nobody has to choose; what was approved, reviewed or done is frozen too, but counts in postures. */
enum kh_unit_records { KH_UNIT_RECORDS_THAT_COUNT, KH_UNIT_RECORDS_ALL };

/* All that the unit holds, behind what `ret` has already. */
int kh_unit_items_of(struct kh_db *db, int64_t unit_id, enum kh_unit_records which, struct kh_unit_items *ret) KH_MUST_USE;

/* Records of the unit, in whatever state, in which a field names a machine that is now with the other unit: they go where the machine went, because controls look for them there. */
int kh_unit_items_about(struct kh_db *db, int64_t unit_id, int64_t machines_of, struct kh_unit_items *ret) KH_MUST_USE;

/* Each once, by kind and id. */
void kh_unit_items_once(struct kh_unit_items *items);

/* Where the machines of a unit stand, as the register `device` says. */
struct kh_unit_place {
	char *fold; /* kh_utf8_fold(): without regard to case and marks */
	int64_t endpoint_id;
};
struct kh_unit_places {
	KH_ARRAY(struct kh_unit_place) of; /* in order */
};
int kh_unit_places_of(struct kh_db *db, int64_t unit_id, struct kh_unit_places *ret) KH_MUST_USE;
void kh_unit_places_done(struct kh_unit_places *places);
#define kh_auto_unit_places KH_CLEANUP(kh_unit_places_done)

/* The machines at one of them, behind what `ret` has already. */
void kh_unit_items_at(const struct kh_unit_places *places, const char *fold, struct kh_unit_items *ret);

/* [Holding] of spec/api/types.yaml, in that order; of kinds that a user with these rights may know. */
int kh_unit_holdings(struct kh_db *db, int64_t unit_id, unsigned rights, json_t **ret) KH_MUST_USE;

/* Gives one item from a unit to another, and writes it down in unit_given (and in the record's own history); a record in whatever state. KH_E_NOT_FOUND: the unit does not hold it. The lines of the tree, postures and the audit row are
 * the caller's. */
int kh_unit_give(struct kh_db *writer, const struct kh_unit_item *item, const struct kh_unit *from, const struct kh_unit *to, const struct kh_unit_by *by) KH_MUST_USE;

/* The record alone, whatever its state. KH_E_EXISTS: the other unit has one already that may be there only once. */
int kh_unit_give_record(struct kh_db *writer, const struct kh_register *reg, int64_t id, const struct kh_unit *from, const struct kh_unit *to, const struct kh_unit_by *by) KH_MUST_USE;
