/* A made-up authority for tests and measurements: a tree of units, machines with random facts that reach every branch of the controls, scans and detections.
 * The same seed gives the same authority. Only linked into tests and bench/. */
#pragma once

#include "db/db.h"
#include "gen/facts.h"
#include "gen/registers.h"

#include <stddef.h>
#include <stdint.h>

struct kh_synthetic {
	unsigned wards, units_per_ward; /* a province (the unit there is, or "tinh"), wards ("xa-1"…) and units below them ("xa-1-dv-1"…) */
	unsigned endpoints;             /* spread evenly over all units; ids 1…endpoints, host names "may-00001"… */
	unsigned most_rows;             /* of one fact table of one endpoint */
	unsigned records;               /* of each register, for each unit */
	uint64_t seed;
};

/* Random numbers (xorshift): the next one in 0…n-1. */
uint64_t kh_synthetic_next(uint64_t *seed, uint64_t n);

/* Makes the schema (that of the store, the fact tables and the registers) in an empty database. */
int kh_synthetic_schema(struct kh_db *db) KH_MUST_USE;

/* Fills it, without answers or postures. */
int kh_synthetic_fill(struct kh_db *db, const struct kh_synthetic *s, int64_t now_s) KH_MUST_USE;

/* Makes unit_ancestor anew from the living lines of unit_edge. */
int kh_synthetic_ancestors(struct kh_db *db) KH_MUST_USE;

/* One more random record of a register for a unit, or a random change of one it keeps (its state too); references lead to random rows, and some to none. Exceptions name
 * real controls. Nothing is asked. */
int kh_synthetic_record(struct kh_db *db, const struct kh_register *reg, int64_t unit_id, int64_t now_s, uint64_t *seed) KH_MUST_USE;

/* Gives one table of one endpoint new random rows, or none, or leaves it unmeasured; `table` is "detection" or "scan" for a further random row there. */
int kh_synthetic_facts(struct kh_db *db, int64_t endpoint_id, const char *table, unsigned most_rows, int64_t now_s, uint64_t *seed) KH_MUST_USE;
