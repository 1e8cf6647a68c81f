/* Storing a batch, exactly once: the records it brings that the store does not have yet, and how far the epoch has come, in one transaction. */
#pragma once

#include "db/db.h"
#include "server/ingest/batch.h"

#include <stdint.h>

/* Whose batch it is and where it comes from. */
struct kh_batch_origin {
	int64_t endpoint_id;
	int64_t received_s;
	const char *address; /* of the peer; NULL: not over the network, the endpoint's stays as it is */
};

/* Inside a transaction (kh_store_write). Gives in *ret_ack the last seq of the epoch that the store has when the transaction is committed.
 *
 *   events      stored as they came; those about the quarantine and the content also change what is said of detections and of the content in use
 *   facts       the whole table of the endpoint is replaced; one with the hash that is stored already only gets its time
 *   detections  the same file found again by the same rule is one detection, whose state may become `quarantined`; one that people closed as false stays so
 *   scans, health, results of orders (of orders that are open, of this endpoint)
 *
 * The controls that read what changed are asked anew (server/posture). KH_E_SEQUENCE_CONFLICT: the record with the seq that was stored last is another one. */
int kh_batch_store(struct kh_db *writer, const struct kh_batch_origin *from, const struct kh_batch *batch, int64_t *ret_ack) KH_MUST_USE;
