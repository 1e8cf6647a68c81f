/* What the files of this folder share; for no other folder. */
#pragma once

#include "server/incident/incident.h"

/* isolation.c: `by` without a scope. The first for an incident that names a machine: an order where an agent is, and a task where there is none, or where it was not heard for an hour; KH_E_RECORD_STATE: the
 * machine has gone to another unit (an order that waits for a machine is taken back when it goes). The second
 * notes what became of orders, and ends the isolation of what was released; nothing changes when all of it stands. */
int kh_incident_isolate(struct kh_db *writer, const struct kh_record *incident, const struct kh_record_by *by) KH_MUST_USE;
int kh_incident_follow_isolation(struct kh_db *writer, int64_t id, const struct kh_record_by *by) KH_MUST_USE;
