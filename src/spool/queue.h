/* The inside of struct kh_spool, shared by the spool's own files. */
#pragma once

#include "base/array.h"
#include "spool/ledger.h"
#include "spool/segment.h"
#include "spool/spool.h"

/* Segments of one class in the order of their records; the last may still take more. */
struct kh_spool_queue {
	KH_ARRAY(struct kh_segment *) segments;
};

struct kh_spool {
	char *dir;
	int dir_fd; /* -1 while the directory cannot be used */
	uint64_t max_bytes, segment_bytes;
	struct kh_spool_queue queues[KH_SPOOL_CLASSES];
	struct kh_ledger ledger;
	uint32_t ordinal;
	uint64_t epoch;
	int64_t last_seq;
	bool writable;
	bool names_changed; /* files were made since the directory was last synced */
};

uint64_t kh_spool_bytes(const struct kh_spool *spool);

/* Makes the directory usable if it can be: makes, opens and locks it. */
int kh_spool_attach(struct kh_spool *spool) KH_MUST_USE;

/* Takes segment i out of its queue, removes its file, frees it. What still waits in it is lost: counting is the caller's. */
void kh_spool_remove_segment(struct kh_spool *spool, enum kh_spool_class class_, size_t i);

/* The same for one that cannot be read at all: its records count as damaged, the file stays for a person to look at. */
void kh_spool_abandon_segment(struct kh_spool *spool, enum kh_spool_class class_, size_t i);

/* Gives up one segment that is worth no more than `incoming`; false when there is none. With `strictly`, worth less. */
bool kh_spool_evict(struct kh_spool *spool, enum kh_spool_class incoming, bool strictly) KH_MUST_USE;

/* Makes room for a record: within the maximum of bytes, of segments, and of what is held in memory. False: there is none. */
bool kh_spool_make_room(struct kh_spool *spool, enum kh_spool_class incoming, size_t bytes) KH_MUST_USE;

/* What earlier runs left behind. */
int kh_spool_recover(struct kh_spool *spool) KH_MUST_USE;
