/* Machines, as administrators act on them. Enrolling them is the gateway's. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

#include <stdint.h>

/* By id, by the beginning of an id (at least 4 characters) when only one machine has it, or by host name (without regard to case and marks) when only one active
 * machine has it. KH_E_NOT_FOUND; KH_E_AMBIGUOUS when there are several. */
int kh_endpoint_find(struct kh_db *db, const char *asked, int64_t *ret_id) KH_MUST_USE;

/* Certificates end, open orders expire, the answers leave the sums of postures: from the commit on the machine is refused. One that is not active
 * stays as it is. Writes the audit row. reason may be NULL. KH_E_NOT_FOUND. */
int kh_endpoint_revoke(struct kh_db *writer, int64_t id, const char *reason, const char *actor, int64_t now_s, int64_t *ret_certificates) KH_MUST_USE;
