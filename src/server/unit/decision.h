/* The decision by which a unit is moved, merged, split or ended: its number, its date and a file that proves it.
 *
 * The bytes are kept as those of records are (register/proof.h): DATA/files/SHA256, on disk before the row is written, in every backup. A decision is written down for the unit that is
 * acted on, and seen by whoever sees a unit in whose history it stands. */
#pragma once

#include "base/attr.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "server/unit/unit.h"

#define KH_DECISION_MAX_NUMBER 100 /* characters */

struct kh_unit_decision_new {
	int64_t unit_id;
	const char *number;     /* "12/QĐ-UBND" */
	const char *decided_on; /* "2026-11-20": not a day to come */
	const char *file_name;
	const char *sha256; /* what kh_proof_store() gave */
	int64_t size;
};

/* What can be said before the bytes are put on disk. KH_E_INVALID_FIELD. */
int kh_unit_decision_check(const struct kh_unit_decision_new *decision, int64_t now_s) KH_MUST_USE;

/* Writes an audit row; what is done by it says so in the history and in the audit log. */
int kh_unit_decision_add(struct kh_db *writer, const struct kh_unit_decision_new *decision, const char *actor, int64_t now_s, int64_t *ret_id) KH_MUST_USE;

/* An act on a unit names a decision that was written down for this very unit (one paper may serve several acts on it), not one that merely stands in its history. KH_E_NOT_FOUND. */
int kh_unit_decision_serves(struct kh_db *db, int64_t unit_id, int64_t id) KH_MUST_USE;

struct kh_unit_decision {
	int64_t id, size;
	char *number, *decided_on, *file_name;
	char sha256[KH_SHA256_HEX_SIZE];
};
void kh_unit_decision_done(struct kh_unit_decision *decision);
#define kh_auto_unit_decision KH_CLEANUP(kh_unit_decision_done)

/* One that was written down for the unit, or stands in its history; KH_E_NOT_FOUND. */
int kh_unit_decision_get(struct kh_db *db, int64_t unit_id, int64_t id, struct kh_unit_decision *ret) KH_MUST_USE;
