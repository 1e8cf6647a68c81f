/* The parts of a LAN assessment that are measured: servers, workstations and system software of the unit's own machines, each 0 to 100, being the share of answers that pass (what could not be
 * measured counts against it). The rest people judge. A part of which nothing was measured stays as it is; `from_facts` says which parts were filled in. */
#pragma once

#include "db/db.h"
#include "server/register/record.h"

#include <stdint.h>

/* version: that was seen, or KH_RECORD_ANY_VERSION. KH_E_NOT_FOUND, KH_E_FORBIDDEN, KH_E_RECORD_STATE, KH_E_STALE_VERSION: of the record. */
int kh_lan_assessment_fill(struct kh_db *writer, int64_t id, int64_t version, const struct kh_record_by *by) KH_MUST_USE;
