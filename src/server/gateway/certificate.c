#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/audit/audit.h"
#include "server/gateway/inside.h"

#include <stdio.h>

#define SUPERSEDED "renewed" /* certificate.reason of one that gave way to a newer one */

int kh_agent_has_certificate(const struct kh_request *r)
{
	if (r->client->state == KH_CLIENT_NONE)
		return kh_fail(KH_E_CERTIFICATE_MISSING, "this address wants the endpoint's certificate");
	if (r->client->state == KH_CLIENT_UNKNOWN)
		return kh_fail(KH_E_CERTIFICATE_UNKNOWN, "the certificate was not issued by this server");
	return 0;
}

static int check_time(const struct kh_request *r, bool renewing)
{
	int64_t ended_s = r->client->info.not_after_s;
	if (r->client->state == KH_CLIENT_OK || (renewing && kh_now_s() > ended_s && kh_now_s() - ended_s <= KH_CERTIFICATE_GRACE_S))
		return 0;
	char day[KH_ISO_SIZE];
	return kh_fail(KH_E_CERTIFICATE_EXPIRED, "the certificate ended on %s", kh_time_day(ended_s, day));
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* What the database knows of the certificate. */
struct on_record {
	bool found, revoked, superseded, active;
	struct kh_agent agent;
};

static int look_up(struct kh_db *db, const char *serial, struct on_record *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT c.revoked_s, c.reason, e.state, e.id, e.unit_id, e.uid, e.fingerprint, e.role, e.seen_s, c.issued_s, c.expires_s"
			    " FROM certificate c JOIN endpoint e ON e.id = c.endpoint_id WHERE c.serial = ?1",
			    serial);
	while (kh_stmt_next(s, &r)) {
		ret->found = true;
		ret->revoked = !kh_stmt_is_null(s, 0);
		ret->superseded = ret->revoked && kh_streq(kh_stmt_text(s, 1), SUPERSEDED);
		ret->active = kh_streq(kh_stmt_text(s, 2), "active");
		ret->agent.endpoint_id = kh_stmt_int(s, 3);
		ret->agent.unit_id = kh_stmt_int(s, 4);
		copy_text(ret->agent.uid, sizeof ret->agent.uid, kh_stmt_text(s, 5));
		copy_text(ret->agent.fingerprint, sizeof ret->agent.fingerprint, kh_stmt_text(s, 6));
		copy_text(ret->agent.role, sizeof ret->agent.role, kh_stmt_text(s, 7));
		ret->agent.seen_s = kh_stmt_int(s, 8);
		ret->agent.issued_s = kh_stmt_int(s, 9);
		ret->agent.expires_s = kh_stmt_int(s, 10);
	}
	return r;
}

/* ---- certificates that a restored database does not remember ---- */

static int insert_certificate(struct kh_db *writer, int64_t endpoint_id, const struct kh_certificate_info *info)
{
	return kh_db_run(writer, "INSERT INTO certificate(serial, endpoint_id, key_hash, issued_s, expires_s) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(serial) DO NOTHING",
			 info->serial, endpoint_id, info->pin, info->not_before_s + KH_DAY_S, info->not_after_s);
}

static int adopt(struct kh_db *writer, void *arg)
{
	const struct kh_certificate_info *info = arg;
	int64_t endpoint_id = 0, unit_id = 0;
	int r = kh_db_int(writer, &endpoint_id, "SELECT id FROM endpoint WHERE uid = ?1 AND state = 'active'", info->common_name);
	if (r == 0 && !endpoint_id)
		r = kh_fail(KH_E_CERTIFICATE_UNKNOWN, "no active machine has the name %s", info->common_name);
	if (r == 0)
		r = kh_db_int(writer, &unit_id, "SELECT unit_id FROM endpoint WHERE id = ?1", endpoint_id);
	if (r == 0)
		r = insert_certificate(writer, endpoint_id, info);
	if (r < 0)
		return r;
	return kh_audit_append(writer, &(struct kh_audit){.actor = "system", .unit_id = unit_id, .action = KH_AUDIT_ACTION_CERTIFICATE_ADOPT, .target = info->common_name, .detail = info->serial});
}

/* Our authority issued it, for a machine that is active, but it is not on record: the database was restored from a copy made before. Without this every machine
 * that renewed since would have to be enrolled again by hand. */
static int adopt_and_look_up(struct kh_gateway *g, struct kh_db *db, const struct kh_request *r, struct on_record *ret)
{
	struct kh_certificate_info info = r->client->info;
	int e = kh_store_write(g->store, adopt, &info);
	return e ? e : look_up(db, info.serial, ret);
}

int kh_agent_identify(struct kh_gateway *g, const struct kh_request *r, bool renewing, struct kh_agent *ret)
{
	struct kh_db *db = NULL;
	struct on_record on = {0};
	int e = kh_agent_has_certificate(r);
	if (e == 0)
		e = check_time(r, renewing);
	if (e == 0)
		e = kh_store_reader(g->store, &db);
	if (e == 0)
		e = look_up(db, r->client->info.serial, &on);
	if (e == 0 && !on.found)
		e = adopt_and_look_up(g, db, r, &on);
	if (e < 0)
		return e;
	if (!on.active || (on.revoked && !on.superseded))
		return kh_fail(KH_E_CERTIFICATE_REVOKED, "the right of %s to connect was withdrawn", on.agent.uid);
	/* A disk restored from an older copy: told "expired", the agent renews, and goes on. */
	if (on.superseded && !renewing)
		return kh_fail(KH_E_CERTIFICATE_EXPIRED, "the certificate gave way to a newer one");
	*ret = on.agent;
	return 0;
}

int kh_certificate_issue(struct kh_db *writer, const struct kh_ca *ca, int64_t endpoint_id, const char *uid, const char *csr, int64_t now_s, char **ret_pem)
{
	struct kh_certificate_info info;
	kh_auto_free char *pem = NULL;
	int r = kh_ca_issue_client(ca, csr, uid, now_s, KH_CERTIFICATE_LIFE_S, &pem, &info);
	if (r == 0)
		r = insert_certificate(writer, endpoint_id, &info);
	if (r == 0)
		*ret_pem = kh_take(pem);
	return r;
}
