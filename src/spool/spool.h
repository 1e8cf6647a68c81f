/* The agent's queue on disk: what is in it is not lost until the server has said that it is durable.
 *
 * A record is named by (epoch, seq), fixed when it is appended and never used for anything else. The epoch is a new random number each time the spool
 * is opened, so a disk that was copied or restored cannot give one name to two records; seq counts 1, 2, 3… within it. Records that an earlier
 * run left behind go out first, under their own names.
 *
 *     kh_spool_append(spool, &record, &seq);    any number of these
 *     kh_spool_commit(spool);                   on disk after: only now may anybody be told "I have it"
 *     kh_spool_read(spool, 1000, 1 << 20, &batch);
 *     kh_spool_ack(spool, batch.epoch, last);   the server has them: the space is free again
 *
 * Bounds. The spool never holds more than its maximum. When it is full it gives up the least worthy first: the oldest events, then facts of which a
 * newer copy of the same table waits too, then the oldest facts, then the oldest detections; never something worthier than what comes in.
 * What was given up is counted by class, and the count survives restarts.
 *
 * Trouble with the disk never stops the agent. While nothing can be written (disk full, read-only, directory gone) up to KH_SPOOL_MAX_HELD bytes are held in
 * memory, and can be read and acknowledged from there; commit says what is wrong, and tries again each time it is called. A disk that is full gets room for
 * worthier records by giving up events.
 *
 * On disk: segments, `<ordinal>-<epoch>-<first>.<class>`, each a row of frames (spool/frame.h) of one class; `ledger` (spool/ledger.h): counters,
 * the last acknowledgement, what each producer has handed in; `refused.ndjson`: what the server would not take, for a person to look at (at
 * most KH_SPOOL_MAX_REFUSED_FILE). At opening a torn end of the last run is cut off, and a damaged segment loses only its damaged frames, which are counted.
 *
 * One process at a time (a lock says so), one thread. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_SPOOL_MIN_BYTES (1 * KH_MIB)        /* less could not hold one report of facts */
#define KH_SPOOL_MAX_HELD (4 * KH_MIB)         /* in memory while the disk takes nothing; one larger record is held alone */
#define KH_SPOOL_MAX_SEGMENTS 4096             /* files in the directory: each report of a fact table is one */
#define KH_SPOOL_MAX_PRODUCERS 256             /* the longest silent is forgotten: its records could then be stored twice */
#define KH_SPOOL_MAX_REFUSED_FILE (1 * KH_MIB)

/* In order of worth. */
enum kh_spool_class {
	KH_SPOOL_DETECTION, /* also results of orders and scans: asked for, and small */
	KH_SPOOL_FACTS,
	KH_SPOOL_EVENT,     /* also health */
	KH_SPOOL_CLASSES,
};

struct kh_spool;

/* Opens or makes the directory. KH_E_IN_USE when another process has it. A directory that cannot be used is no error: see above. */
int kh_spool_open(const char *dir, uint64_t max_bytes, struct kh_spool **ret) KH_MUST_USE;

/* Closes without a commit. */
void kh_spool_free(struct kh_spool *spool);
KH_DEFINE_CLEANUP(spool, struct kh_spool *, kh_spool_free);
#define kh_auto_spool KH_CLEANUP(kh_cleanup_spool)

struct kh_spool_record {
	enum kh_spool_class class_;
	int64_t time_ms;
	const void *payload; /* not looked at; at most KH_MAX_RECORD */
	size_t len;
	uint64_t tag;      /* facts: names the table; a newer record with the same tag makes this one dispensable */
	uint64_t producer; /* 0: none. Else: who hands it in, under its own number n = 1, 2, 3… */
	uint64_t n;
};

/* *ret_seq is 0 when nothing was stored: the producer's n is not greater than its last (it was stored before), or there was no room (it was
 * counted as dropped). May commit. KH_E_TOO_LARGE for a record past the maximum. */
int kh_spool_append(struct kh_spool *spool, const struct kh_spool_record *record, uint64_t *ret_seq) KH_MUST_USE;

/* 0: all that was appended is durable. KH_E_DISK_FULL, KH_E_READ_ONLY, KH_E_PERMISSION, KH_E_IO…: some of it is only in memory. */
int kh_spool_commit(struct kh_spool *spool) KH_MUST_USE;

/* The greatest n of this producer that is durable; 0 when it is not known. */
uint64_t kh_spool_producer_last(const struct kh_spool *spool, uint64_t producer);

struct kh_spool_item {
	uint64_t seq;
	int64_t time_ms;
	enum kh_spool_class class_;
	size_t at, len; /* in bytes of the batch */
};

/* Records of one epoch with seq following seq without a gap. */
struct kh_spool_batch {
	uint64_t epoch;
	KH_ARRAY(struct kh_spool_item) items; /* n 0: nothing waits */
	struct kh_buf bytes;
};
void kh_spool_batch_done(struct kh_spool_batch *batch);
#define kh_auto_spool_batch KH_CLEANUP(kh_spool_batch_done)

/* The oldest records not yet acknowledged, at most so many and so large (but at least one). Reading changes nothing: asked again it gives the same
 * ones. The batch is emptied first and its memory used again. */
int kh_spool_read(struct kh_spool *spool, size_t max_records, size_t max_bytes, struct kh_spool_batch *batch) KH_MUST_USE;

/* The server has every record of the epoch up to seq. */
void kh_spool_ack(struct kh_spool *spool, uint64_t epoch, uint64_t seq);

/* The server will never take the first record of this batch: it is set aside, counted, and counts as acknowledged. */
void kh_spool_refuse(struct kh_spool *spool, const struct kh_spool_batch *batch);

/* Gives every waiting record of an epoch a new name: same order, a new random epoch, seq from 1. For an epoch of which the server already
 * holds other records (this disk is an older copy). When it is the present epoch, later records follow in the new one. */
int kh_spool_rename_epoch(struct kh_spool *spool, uint64_t epoch) KH_MUST_USE;

/* Gives up every record that an earlier run left behind: in a spool that was copied with a disk they are those of another machine, which sends them itself. They count
 * as dropped. 0: gone for good. */
int kh_spool_drop_earlier(struct kh_spool *spool) KH_MUST_USE;

uint64_t kh_spool_epoch(const struct kh_spool *spool);    /* of records appended now */
uint64_t kh_spool_last_seq(const struct kh_spool *spool); /* 0: none in this epoch yet */

/* Does a record of this class with this tag wait? */
bool kh_spool_waits(const struct kh_spool *spool, enum kh_spool_class class_, uint64_t tag);

struct kh_spool_stats {
	uint64_t bytes, records;             /* waiting, and the bytes they take */
	uint64_t dropped[KH_SPOOL_CLASSES];  /* since the directory was made, as the next two */
	uint64_t damaged, refused;
	bool writable; /* the last commit succeeded */
};
void kh_spool_stats(const struct kh_spool *spool, struct kh_spool_stats *ret);
