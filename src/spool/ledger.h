/* What the spool must remember besides the records: counters, the last acknowledgement, the last number of each producer, and a renaming
 * under way. One file of two places of fixed size, written in turn, each with its own sum: a torn write leaves the other; and a full disk
 * does not matter, for the space is there. */
#pragma once

#include "base/attr.h"
#include "spool/spool.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_LEDGER_NAME "ledger"
#define KH_LEDGER_PLACE 8192 /* bytes of one place */

struct kh_ledger_producer {
	uint64_t id; /* 0: free */
	uint64_t n, durable_n;
	uint64_t used; /* when it last handed in, counted in appends: the smallest is forgotten first */
};

struct kh_ledger {
	uint64_t generation;
	uint64_t acked_epoch;
	int64_t acked_seq;
	uint64_t dropped[KH_SPOOL_CLASSES], damaged, refused;
	/* Segments of epoch `rename_from` are to be called rename_to, their first less rename_shift; rename_to 0: none. */
	uint64_t rename_from, rename_to;
	int64_t rename_shift;
	struct kh_ledger_producer producers[KH_SPOOL_MAX_PRODUCERS];
	uint64_t clock; /* of `used` */
	bool changed;   /* since the last save */
};

/* Reads the better place; all zero when there is no good one. */
void kh_ledger_load(int dir_fd, struct kh_ledger *ret);

/* Writes the other place; `sync`: durable after. Only what is durable of the producers is written. */
int kh_ledger_save(int dir_fd, struct kh_ledger *ledger, bool sync) KH_MUST_USE;

/* The entry of a producer, made (in the place of the longest silent one) when there is none. */
struct kh_ledger_producer *kh_ledger_producer(struct kh_ledger *ledger, uint64_t id);

/* All that producers have handed in is durable. */
void kh_ledger_producers_durable(struct kh_ledger *ledger);
