/* Machines, as administrators act on them. Enrolling them is the gateway's. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

#include <stdint.h>

/* SQL: 1 where the machine `e` must never be linked and was seen on the network all the same (server/offline/sighting.h). */
#define KH_ENDPOINT_LINKED \
	"CASE WHEN EXISTS (SELECT 1 FROM answer x WHERE x.endpoint_id = e.id AND x.control = 'secret_machine_never_linked' AND x.fail > 0) THEN 1 ELSE 0 END"

/* SQL: the unit that the machine `e` stood in at a time, in seconds. What happened then is counted of it, wherever the machine went since. */
#define KH_ENDPOINT_UNIT_AT(time_s) \
	"COALESCE((SELECT w.unit_id FROM endpoint_was w WHERE w.endpoint_id = e.id AND w.until_s > " time_s " ORDER BY w.until_s LIMIT 1), e.unit_id)"

/* By id, by the beginning of an id (at least 4 characters) when only one machine has it, or by host name (without regard to case and marks) when only one active
 * machine has it. KH_E_NOT_FOUND; KH_E_AMBIGUOUS when there are several. */
int kh_endpoint_find(struct kh_db *db, const char *asked, int64_t *ret_id) KH_MUST_USE;

/* Certificates end, open orders expire, the answers leave the sums of postures: from the commit on the machine is refused. One that is not active
 * stays as it is. Writes the audit row. reason may be NULL. KH_E_NOT_FOUND. */
int kh_endpoint_revoke(struct kh_db *writer, int64_t id, const char *reason, const char *actor, int64_t now_s, int64_t *ret_certificates) KH_MUST_USE;

/* A machine, or all of a unit, go to another unit from now on. Sums of postures are the caller's. */
int kh_endpoint_move(struct kh_db *writer, int64_t id, int64_t to_unit, int64_t now_s) KH_MUST_USE;
int kh_endpoint_move_all(struct kh_db *writer, int64_t from_unit, int64_t to_unit, int64_t now_s) KH_MUST_USE;
