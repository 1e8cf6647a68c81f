#include "server/offline/sighting.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "server/posture/posture.h"

#define AGAIN_S 3600 /* a machine that asks every minute fills no log */

struct machine {
	int64_t id, unit_id, linked_s;
	char *uid;
};

static void machine_done(struct machine *m)
{
	free(m->uid);
}

#define SELECT_ACTIVE "SELECT id, unit_id, linked_s, uid FROM endpoint WHERE state = 'active' AND "

/* id 0: there is none. */
static int take(struct kh_stmt *s, int r, struct machine *ret)
{
	if (kh_stmt_next(s, &r))
		*ret = (struct machine){kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_stmt_int(s, 2), kh_strdup(kh_stmt_text(s, 3))};
	return r;
}

static int find_unlinked(struct kh_db *db, const struct kh_sighting *sighting, struct machine *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_ACTIVE "role = 'secret' AND offline_key IS NOT NULL AND (fingerprint = ?1 OR offline_key = ?2) ORDER BY id DESC LIMIT 1",
			    sighting->fingerprint, sighting->offline_key);
	return take(s, r, ret);
}

static int find_by_id(struct kh_db *db, int64_t id, struct machine *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_ACTIVE "id = ?1", id);
	return take(s, r, ret);
}

static int note(struct kh_db *writer, const struct machine *m, const struct kh_sighting *sighting)
{
	kh_auto_free char *detail = kh_audit_words("%s, from %s", sighting->hostname, sighting->address, NULL);
	const struct kh_audit entry = {.actor = "system", .unit_id = m->unit_id, .action = KH_AUDIT_ACTION_ENDPOINT_SIGHTED, .target = m->uid, .detail = detail};
	int r = kh_db_run(writer, "UPDATE endpoint SET linked_s = ?2 WHERE id = ?1", m->id, sighting->at_s);
	r = r < 0 ? r : kh_posture_endpoint_changed(writer, m->id, NULL, 0);
	return r < 0 ? r : kh_audit_append(writer, &entry);
}

int kh_sighting_note(struct kh_db *writer, const struct kh_sighting *sighting, bool *ret_unlinked)
{
	KH_CLEANUP(machine_done) struct machine m = {0};
	int r = find_unlinked(writer, sighting, &m);
	if (r == 0 && m.id && m.linked_s <= sighting->at_s - AGAIN_S)
		r = note(writer, &m, sighting);
	if (r == 0)
		*ret_unlinked = m.id != 0;
	return r;
}

int kh_sighting_end(struct kh_db *writer, int64_t endpoint_id, int64_t measured_s, const char *record, const char *actor)
{
	KH_CLEANUP(machine_done) struct machine m = {0};
	int r = find_by_id(writer, endpoint_id, &m);
	if (r == 0 && !m.linked_s)
		r = kh_fail(KH_E_CONFLICT, "--checked: this machine was never seen on the network");
	if (r == 0 && measured_s <= m.linked_s)
		r = kh_fail(KH_E_OUTDATED, "--checked: this review is older than the sighting: review the machine again after the check");
	if (r == 0)
		r = kh_db_run(writer, "UPDATE endpoint SET linked_s = NULL WHERE id = ?1", endpoint_id);
	return r < 0 ? r : kh_audit_append(writer, &(struct kh_audit){.actor = actor, .unit_id = m.unit_id, .action = KH_AUDIT_ACTION_ENDPOINT_CHECKED, .target = m.uid, .detail = record});
}
