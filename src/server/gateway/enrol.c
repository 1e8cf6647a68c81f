/* How machines come in: `enroll` with a token, `identity` for a copy of a machine that is in. Both end in the same steps. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "crypto/base64.h"
#include "crypto/random.h"
#include "server/account/token.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "content/bundle.h"
#include "server/gateway/inside.h"
#include "server/offline/sighting.h"
#include "server/posture/posture.h"

#include <stdio.h>

struct admission {
	struct kh_gateway *gateway;
	const char *token;         /* enroll; NULL: identity */
	struct kh_agent original;  /* identity: whose copy it is */
	const char *csr, *hostname, *os, *version, *fingerprint, *address;
	const char *offline_key; /* "": it was never reviewed without a link */
	char *hostname_fold;
	char key_hash[KH_PIN_SIZE];
	int64_t now_s;

	/* What comes of it; set anew with each try. */
	int64_t unit_id, origin; /* origin: the token's id, or for copies the original endpoint's, negative */
	bool unlinked; /* it must never be linked: it is not let in, and that it asked is on record */
	int64_t endpoint_id;
	char uid[KH_UUID_SIZE];
	char *certificate, *unit_code, *unit_name;
};

static void admission_done(struct admission *a)
{
	free(a->hostname_fold);
	free(a->certificate);
	free(a->unit_code);
	free(a->unit_name);
}

/* ---- the steps, on the writer ---- */

/* Whose machine it will be. */
static int find_origin(struct kh_db *db, struct admission *a)
{
	struct kh_token token = {0};
	if (!a->token) {
		a->unit_id = a->original.unit_id;
		a->origin = -a->original.endpoint_id;
		return 0;
	}
	int r = kh_token_find(db, a->token, a->now_s, &token);
	a->unit_id = token.unit_id;
	a->origin = token.id;
	return r;
}

static int set_endpoint(struct kh_db *db, struct admission *a, int64_t id)
{
	kh_auto_free char *uid = NULL;
	int r = kh_db_text(db, &uid, "SELECT uid FROM endpoint WHERE id = ?1 AND state = 'active'", id);
	if (r == 0 && !uid)
		r = kh_fail(KH_E_CERTIFICATE_REVOKED, "the right of this machine to connect was withdrawn");
	if (r == 0) {
		a->endpoint_id = id;
		snprintf(a->uid, sizeof a->uid, "%s", uid);
	}
	return r;
}

/* The same key asked before: its answer was lost. */
static int find_earlier_answer(struct kh_db *db, struct admission *a)
{
	int64_t id = 0;
	int r = kh_db_int(db, &id, "SELECT endpoint_id FROM enrolment WHERE token_id = ?1 AND key_hash = ?2", a->origin, a->key_hash);
	return r == 0 && id ? set_endpoint(db, a, id) : r;
}

static int take_a_use(struct kh_db *db, const struct admission *a)
{
	int64_t today = 0;
	if (a->token)
		return kh_token_use(db, a->origin);
	int r = kh_db_int(db, &today, "SELECT COUNT(*) FROM enrolment WHERE token_id = ?1 AND at_s > ?2", a->origin, a->now_s - KH_DAY_S);
	if (r == 0 && today >= KH_IDENTITIES_PER_DAY)
		r = kh_fail(KH_E_FORBIDDEN, "%d copies of this machine came in today", KH_IDENTITIES_PER_DAY);
	return r;
}

/* The same machine, set up anew: it stays what it was, and its old certificates end. One that used to be reviewed off line is linked from now on. */
static int find_same_machine(struct kh_db *db, struct admission *a)
{
	int64_t id = 0;
	/* "+ 0" keeps the store from looking through all machines of the unit instead of those few with the fingerprint. */
	int r = kh_db_int(db, &id, "SELECT MAX(id) FROM endpoint WHERE unit_id + 0 = ?1 AND fingerprint = ?2 AND state = 'active'", a->unit_id, a->fingerprint);
	if (r < 0 || !id)
		return r;
	r = set_endpoint(db, a, id);
	if (r == 0)
		r = kh_db_run(db, "UPDATE endpoint SET offline_key = NULL WHERE id = ?1", id);
	if (r == 0)
		r = kh_db_run(db, "UPDATE certificate SET revoked_s = ?2, reason = 'enrolled again' WHERE endpoint_id = ?1 AND revoked_s IS NULL", id, a->now_s);
	return r;
}

static int make_endpoint(struct kh_db *db, struct admission *a)
{
	kh_random_uuid(a->uid);
	return kh_db_int(db, &a->endpoint_id,
			 "INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s,"
			 " clock_offset_s) VALUES(?1, ?2, ?3, ?4, 'internet', ?5, 'active', ?6, ?7, ?8, ?9, ?9, 0) RETURNING id",
			 a->uid, a->unit_id, a->hostname, a->hostname_fold, a->os, a->fingerprint, a->version, a->address, a->now_s);
}

static int note_enrolment(struct kh_db *db, const struct admission *a)
{
	return kh_db_run(db, "INSERT INTO enrolment(token_id, key_hash, endpoint_id, at_s) VALUES(?1, ?2, ?3, ?4)", a->origin, a->key_hash, a->endpoint_id, a->now_s);
}

static int audit(struct kh_db *db, const struct admission *a)
{
	kh_auto_free char *actor = kh_format("endpoint:%s", a->token ? a->uid : a->original.uid);
	kh_auto_free char *detail = kh_audit_words("%s, %s, from %s", a->hostname, a->os, a->address, NULL);
	return kh_audit_append(db, &(struct kh_audit){.actor = actor, .unit_id = a->unit_id, .action = a->token ? KH_AUDIT_ACTION_ENDPOINT_ENROLL : KH_AUDIT_ACTION_ENDPOINT_IDENTITY, .target = a->uid, .detail = detail});
}

static int come_in(struct kh_db *db, struct admission *a)
{
	int r = take_a_use(db, a);
	if (r == 0)
		r = find_same_machine(db, a);
	if (r == 0 && !a->endpoint_id)
		r = make_endpoint(db, a);
	if (r == 0)
		r = note_enrolment(db, a);
	if (r == 0)
		r = audit(db, a);
	if (r == 0)
		r = kh_posture_endpoint_changed(db, a->endpoint_id, NULL, 0);
	return r;
}

static int read_unit(struct kh_db *db, struct admission *a)
{
	int r = kh_db_text(db, &a->unit_code, "SELECT code FROM unit WHERE id = ?1", a->unit_id);
	return r < 0 ? r : kh_db_text(db, &a->unit_name, "SELECT name FROM unit WHERE id = ?1", a->unit_id);
}

static int let_in(struct kh_db *db, struct admission *a)
{
	int r = find_earlier_answer(db, a);
	if (r == 0 && !a->endpoint_id)
		r = come_in(db, a);
	if (r == 0)
		r = kh_certificate_issue(db, a->gateway->ca, a->endpoint_id, a->uid, a->csr, a->now_s, &a->certificate);
	if (r == 0)
		r = read_unit(db, a);
	return r;
}

/* A machine that is not let in leaves its trace all the same, so that is no error here. */
static int admit(struct kh_db *db, void *arg)
{
	struct admission *a = arg;
	const struct kh_sighting sighting = {a->fingerprint, a->offline_key, a->hostname, a->address, a->now_s};
	a->endpoint_id = 0;
	free(kh_take(a->certificate)); /* of a try that was undone */
	int r = find_origin(db, a);
	if (r == 0)
		r = kh_sighting_note(db, &sighting, &a->unlinked);
	return r < 0 || a->unlinked ? r : let_in(db, a);
}

/* ---- question and answer ---- */

static int read_question(const json_t *body, struct admission *a)
{
	int r = kh_json_text(body, "csr", &a->csr);
	if (r == 0)
		r = kh_field_text(body, "hostname", KH_MAX_HOSTNAME, &a->hostname);
	if (r == 0)
		r = kh_field_text(body, "os", KH_MAX_OS, &a->os);
	if (r == 0)
		r = kh_field_hex(body, "fingerprint", 64, &a->fingerprint);
	if (r == 0)
		r = kh_json_text_or(body, "offline_key", "", &a->offline_key);
	if (r == 0)
		r = kh_x509_request_pin(a->csr, a->key_hash);
	if (r == 0)
		r = kh_utf8_fold(a->hostname, &a->hostname_fold);
	return r;
}

/* Whose bundles of content the machine is to believe. */
static json_t *content_keys(const struct kh_gateway *g)
{
	json_t *list = json_array();
	struct kh_content_keys keys = {0};
	int r = g->content_keys ? kh_sign_public_load(g->content_keys, keys.v, KH_CONTENT_MAX_KEYS, &keys.n) : 0;
	if (r < 0 && r != KH_E_NOT_FOUND)
		kh_log(KH_LOG_WARNING, "the keys of content bundles cannot be read", KH_S("file", g->content_keys), KH_ERR(r));
	for (size_t i = 0; r == 0 && i < keys.n; i++) {
		char key[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
		json_array_append_new(list, json_string(kh_base64(keys.v[i], KH_SIGN_PUBLIC_SIZE, key)));
	}
	return list;
}

static void answer(struct kh_request *r, const struct admission *a)
{
	const struct kh_gateway *g = a->gateway;
	char order_key[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
	kh_auto_json json_t *reply = json_object();
	json_t *unit = json_object();
	kh_json_set_text(unit, "code", a->unit_code);
	kh_json_set_text(unit, "name", a->unit_name);
	kh_json_set_text(reply, "endpoint", a->uid);
	json_object_set_new(reply, "unit", unit);
	kh_json_set_text(reply, "certificate", a->certificate);
	kh_json_set_text(reply, "ca", kh_ca_certificate(g->ca));
	kh_json_set_text(reply, "order_key", kh_base64(g->order_key->public, KH_SIGN_PUBLIC_SIZE, order_key));
	json_object_set_new(reply, "content_keys", content_keys(g));
	kh_json_set_text(reply, "server_key_pin", g->server_pin);
	kh_json_set_int(reply, "server_time_ms", kh_now_ms());
	kh_respond_json(r, 200, reply);
}

static int admit_and_answer(struct kh_gateway *g, struct kh_request *r, struct admission *a)
{
	int e = kh_store_write(g->store, admit, a);
	if (e == 0 && a->unlinked)
		e = kh_fail(KH_E_MUST_STAY_OFFLINE, "unplug it and tell the head of your unit; that it asked was put on record");
	if (e < 0)
		return e;
	answer(r, a);
	atomic_fetch_add(&g->enrolled, 1);
	return 0;
}

int kh_agent_enroll(struct kh_gateway *g, struct kh_request *r)
{
	KH_CLEANUP(admission_done) struct admission a = {.gateway = g, .address = r->remote, .now_s = kh_now_s()};
	kh_auto_json json_t *body = NULL;
	int e = kh_request_json(r, &body);
	if (e == 0)
		e = kh_field_text(body, "token", 128, &a.token);
	if (e == 0)
		e = kh_field_text(body, "agent_version", KH_MAX_VERSION, &a.version);
	if (e == 0)
		e = read_question(body, &a);
	return e ? e : admit_and_answer(g, r, &a);
}

int kh_agent_identity(struct kh_gateway *g, struct kh_request *r)
{
	KH_CLEANUP(admission_done) struct admission a = {.gateway = g, .address = r->remote, .version = "", .now_s = kh_now_s()};
	kh_auto_json json_t *body = NULL;
	int e = kh_agent_identify(g, r, false, &a.original);
	if (e == 0)
		e = kh_request_json(r, &body);
	if (e == 0)
		e = read_question(body, &a);
	if (e == 0 && kh_streq(a.fingerprint, a.original.fingerprint))
		e = kh_fail(KH_E_EXISTS, "this is the machine on record: it is no copy");
	return e ? e : admit_and_answer(g, r, &a);
}
