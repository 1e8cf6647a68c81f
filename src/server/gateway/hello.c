#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/gateway/inside.h"
#include "server/posture/posture.h"

enum { SILENCE_S = 3600 }; /* after which being heard from is asked anew */

struct hello {
	struct kh_agent agent;
	struct kh_request *request;
	const char *fingerprint, *version, *hostname, *os, *epoch;
	int64_t time_ms, clock_offset_ms, now_s;
	char *hostname_fold;
};

static void hello_done(struct hello *h)
{
	free(h->hostname_fold);
}

static int read_hello(const json_t *body, struct hello *h)
{
	int r = kh_field_hex(body, "fingerprint", 64, &h->fingerprint);
	if (r == 0)
		r = kh_field_text(body, "agent_version", KH_MAX_VERSION, &h->version);
	if (r == 0)
		r = kh_field_text(body, "hostname", KH_MAX_HOSTNAME, &h->hostname);
	if (r == 0)
		r = kh_field_text(body, "os", KH_MAX_OS, &h->os);
	if (r == 0)
		r = kh_json_int(body, "time_ms", INT64_MIN, INT64_MAX, &h->time_ms);
	if (r == 0)
		r = kh_json_int_or(body, "clock_offset_ms", INT64_MIN, INT64_MAX, 0, &h->clock_offset_ms);
	if (r == 0)
		r = kh_field_hex(body, "epoch", KH_EPOCH_SIZE - 1, &h->epoch);
	if (r == 0)
		r = kh_utf8_fold(h->hostname, &h->hostname_fold);
	return r;
}

static int check_machine(const struct hello *h)
{
	if (!h->agent.fingerprint[0] || kh_streq(h->agent.fingerprint, h->fingerprint))
		return 0;
	return kh_fail(KH_E_DUPLICATE_IDENTITY, "%s is on record as another machine", h->agent.uid);
}

static int write_hello(struct kh_db *writer, void *arg)
{
	const struct hello *h = arg;
	const struct kh_agent *a = &h->agent;
	int r = kh_db_run(writer,
			  "UPDATE endpoint SET hostname = ?2, hostname_fold = ?3, os = ?4, agent_version = ?5, address = ?6, seen_s = ?7, clock_offset_s = ?8,"
			  " fingerprint = ?9 WHERE id = ?1",
			  a->endpoint_id, h->hostname, h->hostname_fold, h->os, h->version, h->request->remote, h->now_s, h->clock_offset_ms / 1000, h->fingerprint);
	/* The new certificate is in use: the ones before it are no longer needed. */
	if (r == 0)
		r = kh_db_run(writer, "UPDATE certificate SET revoked_s = ?3, reason = 'renewed' WHERE endpoint_id = ?1 AND revoked_s IS NULL AND issued_s < ?2",
			      a->endpoint_id, a->issued_s, h->now_s);
	if (r == 0 && h->now_s - a->seen_s > SILENCE_S)
		r = kh_posture_endpoint_changed(writer, a->endpoint_id, (const char *const[]){""}, 0);
	return r;
}

static int facts_held(struct kh_db *db, int64_t endpoint_id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *facts = json_object();
	int r = kh_db_query(db, &s, "SELECT fact_table, hash FROM fact_state WHERE endpoint_id = ?1 ORDER BY fact_table", endpoint_id);
	while (kh_stmt_next(s, &r))
		kh_json_set_text(facts, kh_stmt_text(s, 0), kh_stmt_text(s, 1));
	if (r == 0)
		*ret = kh_take(facts);
	return r;
}

static int unit_of(struct kh_db *db, int64_t endpoint_id, json_t **ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *unit = json_object();
	int r = kh_db_query(db, &s, "SELECT u.code, u.name FROM endpoint e JOIN unit u ON u.id = e.unit_id WHERE e.id = ?1", endpoint_id);
	while (kh_stmt_next(s, &r)) {
		kh_json_set_text(unit, "code", kh_stmt_text(s, 0));
		kh_json_set_text(unit, "name", kh_stmt_text(s, 1));
	}
	if (r == 0)
		*ret = kh_take(unit);
	return r;
}

static int compose_reply(struct kh_db *db, const struct hello *h, json_t *reply)
{
	json_t *facts = NULL, *unit = NULL;
	int64_t last_seq = 0;
	int r = kh_db_int(db, &last_seq, "SELECT last_seq FROM stream WHERE endpoint_id = ?1 AND epoch = ?2", h->agent.endpoint_id, h->epoch);
	if (r == 0)
		r = facts_held(db, h->agent.endpoint_id, &facts);
	if (r == 0)
		r = unit_of(db, h->agent.endpoint_id, &unit);
	json_object_set_new(reply, "facts", facts);
	json_object_set_new(reply, "unit", unit);
	json_object_set_new(reply, "content", kh_gateway_content(db));
	kh_json_set_int(reply, "server_time_ms", kh_now_ms());
	kh_json_set_int(reply, "last_seq", last_seq);
	kh_json_set_int(reply, "batch_records", KH_BATCH_RECORDS_WANTED);
	kh_json_set_int(reply, "heartbeat_s", KH_HEARTBEAT_S);
	kh_json_set_bool(reply, "renew", h->agent.expires_s - h->now_s < KH_CERTIFICATE_RENEW_S);
	kh_json_set_text(reply, "role", h->agent.role);
	return r;
}

int kh_agent_hello(struct kh_gateway *g, struct kh_request *r)
{
	KH_CLEANUP(hello_done) struct hello h = {.request = r, .now_s = kh_now_s()};
	kh_auto_json json_t *body = NULL, *reply = json_object();
	struct kh_db *db = NULL;
	int e = kh_agent_identify(g, r, false, &h.agent);
	if (e == 0)
		e = kh_request_json(r, &body);
	if (e == 0)
		e = read_hello(body, &h);
	if (e == 0)
		e = kh_clock_check(r, h.time_ms, h.clock_offset_ms);
	if (e == KH_E_WRONG_CLOCK)
		return 0; /* answered */
	if (e == 0)
		e = check_machine(&h);
	if (e == 0)
		e = kh_store_write(g->store, write_hello, &h);
	if (e == 0)
		e = kh_store_reader(g->store, &db);
	if (e == 0)
		e = compose_reply(db, &h, reply);
	if (e == 0)
		kh_respond_json(r, 200, reply);
	return e;
}
