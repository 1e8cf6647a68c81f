/* Machines that must never be linked, seen on the network all the same.
 *
 * A machine of the role `secret` that came in by file (it has an offline key) is known by its fingerprint, or by that key, which is in its state directory: whoever plugs in a card
 * to link it changes the fingerprint. When it asks to enrol, with whatever unit's token, it is not let in:
 * endpoint.linked_s notes when, the audit log who asked from where, and the control secret_machine_never_linked fails until people have checked the machine and say
 * so (`khien-server import --checked`), take the role from it, or revoke it. docs/offline.md tells it to administrators. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

/* Who asks to come in. */
struct kh_sighting {
	const char *fingerprint, *offline_key, *hostname, *address; /* offline_key "": it has none */
	int64_t at_s;
};

/* Inside a transaction. Is it such a machine? Then it is noted (once an hour, however often it asks). */
int kh_sighting_note(struct kh_db *writer, const struct kh_sighting *sighting, bool *ret_unlinked) KH_MUST_USE;

/* The machine was checked; `record` says by what document. Inside a transaction; the caller asks the controls anew. KH_E_CONFLICT when it was never seen; KH_E_OUTDATED when it was seen after
 * measured_s: what was measured before it was on the network proves nothing. */
int kh_sighting_end(struct kh_db *writer, int64_t endpoint_id, int64_t measured_s, const char *record, const char *actor) KH_MUST_USE;
