/* The way of batches into the store: a queue, and one thread that takes all that wait, stores them in one transaction, waits for the disk once, and then tells
 * each of them. So a thousand agents that send at once wait for a handful of commits. A batch that cannot be stored fails alone. */
#pragma once

#include "base/i18n.h"
#include "server/ingest/records.h"
#include "server/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_INGEST_MAX_QUEUED (256 * KH_MIB) /* unpacked bytes that wait; more are told `busy` */
#define KH_INGEST_GROUP_BYTES (64 * KH_MIB) /* of one commit: the log stays of a size that a checkpoint copies in under a second */

struct kh_ingest;

/* Starts the thread. */
int kh_ingest_new(struct kh_store *store, struct kh_ingest **ret) KH_MUST_USE;

/* Stores what is queued, then ends. Nothing may be put in any more. Accepts NULL. */
void kh_ingest_free(struct kh_ingest *ingest);
KH_DEFINE_CLEANUP(ingest, struct kh_ingest *, kh_ingest_free);
#define kh_auto_ingest KH_CLEANUP(kh_cleanup_ingest)

/* One batch on its way; belongs to the caller, who has it live until `done`. */
struct kh_ingest_job {
	struct kh_batch batch;
	struct kh_batch_origin from;
	enum kh_language language; /* of the sentence below */
	/* Called by the thread after the commit: 0 and the ack, or what went wrong, its sentence being kh_fail_detail(). Must not wait. */
	void (*done)(struct kh_ingest_job *job, int result, int64_t ack);

	/* of ingest.c */
	int result;
	int64_t ack;
	char *detail;
	struct kh_ingest_job *next;
};

/* KH_E_BUSY: too much waits; `done` will not be called. */
int kh_ingest_put(struct kh_ingest *ingest, struct kh_ingest_job *job) KH_MUST_USE;

struct kh_ingest_counts {
	int64_t batches, records, commits, failures; /* since the start */
	int64_t queued, queued_bytes;                /* now */
};
void kh_ingest_count(struct kh_ingest *ingest, struct kh_ingest_counts *ret);
