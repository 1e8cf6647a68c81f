/* One endpoint: what is known of it (spec/api/endpoints.yaml). */
#include "base/error.h"
#include "base/str.h"
#include "gen/facts.h"
#include "server/api/endpoints.h"
#include "server/api/objects.h"
#include "server/posture/control.h"

/* Fields of the endpoint's own row, beside those of Endpoint. */
static int set_own(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT e.clock_offset_s, e.health,"
			       " (SELECT COUNT(*) FROM detection d WHERE d.endpoint_id = e.id AND d.state IN ('found', 'verified')),"
			       " (SELECT COUNT(*) FROM endpoint_order o WHERE o.endpoint_id = e.id AND o.state IN ('waiting', 'sent'))"
			       " FROM endpoint e WHERE e.id = ?1 AND {scope:e.unit_id}",
			       id);
	while (kh_stmt_next(s, &r)) {
		kh_json_set_int(answer, "clock_offset_s", kh_stmt_int(s, 0));
		kh_json_set(answer, "health", kh_object_stored(s, 1));
		kh_json_set_int(answer, "open_detections", kh_stmt_int(s, 2));
		kh_json_set_int(answer, "waiting_orders", kh_stmt_int(s, 3));
	}
	return r;
}

/* The certificate that ends last among those that hold. */
static int set_certificate(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	kh_json_set(answer, "certificate", json_null());
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT c.serial, c.issued_s, c.expires_s FROM certificate c JOIN endpoint e ON e.id = c.endpoint_id"
			       " WHERE c.endpoint_id = ?1 AND c.revoked_s IS NULL AND {scope:e.unit_id} ORDER BY c.expires_s DESC, c.serial LIMIT 1",
			       id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_text(o, "serial", kh_stmt_text(s, 0));
		kh_json_set_int(o, "issued_s", kh_stmt_int(s, 1));
		kh_json_set_int(o, "expires_s", kh_stmt_int(s, 2));
		kh_json_set(answer, "certificate", o);
	}
	return r;
}

static int set_last_scan(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	static const char *const fields[] = {"started_s", "ended_s", "files", "bytes", "infected", "suspicious", "errors", "skipped", "partly", "rules"};
	kh_json_set(answer, "last_scan", json_null());
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT c.kind, c.started_s, c.ended_s, c.files, c.bytes, c.infected, c.suspicious, c.errors, c.skipped, c.partly, c.rules, c.stopped"
			       " FROM scan c JOIN endpoint e ON e.id = c.endpoint_id WHERE c.endpoint_id = ?1 AND {scope:e.unit_id}"
			       " ORDER BY c.ended_s DESC, c.id DESC LIMIT 1",
			       id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_text(o, "kind", kh_stmt_text(s, 0));
		for (int i = 0; i < (int)KH_COUNT(fields); i++)
			kh_json_set_int(o, fields[i], kh_stmt_int(s, i + 1));
		kh_json_set_text(o, "stopped", kh_stmt_text(s, (int)KH_COUNT(fields) + 1));
		kh_json_set(answer, "last_scan", o);
	}
	return r;
}

/* --- facts --- */

static json_t *fact_state(const struct kh_fact_table_info *table)
{
	json_t *o = json_object();
	kh_json_set_text(o, "table", table->name);
	kh_json_set(o, "label", kh_object_words(table->label));
	kh_json_set_bool(o, "privileged", table->privileged);
	kh_json_set_text(o, "state", "not_received");
	kh_json_set_text(o, "reason", NULL);
	kh_json_set_int(o, "rows", 0);
	kh_json_set(o, "collected_s", json_null());
	kh_json_set(o, "received_s", json_null());
	return o;
}

static json_t *find_fact(json_t *facts, const char *table)
{
	size_t i = 0;
	json_t *o = NULL;
	json_array_foreach(facts, i, o)
		if (kh_streq(json_string_value(json_object_get(o, "table")), table))
			return o;
	return NULL;
}

static int set_facts(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	json_t *facts = json_array();
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		kh_json_add(facts, fact_state(&kh_fact_tables[i]));
	kh_json_set(answer, "facts", facts);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT f.fact_table, f.state, f.reason, f.row_count, f.collected_s, f.received_s FROM fact_state f"
			       " JOIN endpoint e ON e.id = f.endpoint_id WHERE f.endpoint_id = ?1 AND {scope:e.unit_id}",
			       id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = find_fact(facts, kh_stmt_text(s, 0));
		if (!o)
			continue;
		kh_json_set_text(o, "state", kh_stmt_text(s, 1));
		kh_json_set_text(o, "reason", kh_stmt_text(s, 2));
		kh_json_set_int(o, "rows", kh_stmt_int(s, 3));
		kh_json_set_int(o, "collected_s", kh_stmt_int(s, 4));
		kh_json_set_int(o, "received_s", kh_stmt_int(s, 5));
	}
	return r;
}

/* --- answers --- */

static json_t *answer_of(struct kh_stmt *s, const struct kh_control *control, enum kh_answer *ret_worst)
{
	struct kh_counts counts = {0};
	for (int i = 0; i < KH_ANSWERS; i++)
		counts.of[i] = kh_stmt_int(s, i);
	*ret_worst = kh_counts_worst(&counts);
	json_t *o = json_object();
	kh_json_set_text(o, "control", control->name);
	kh_json_set(o, "title", kh_object_words(control->title));
	kh_json_set(o, "remedy", kh_object_words(control->remedy));
	kh_json_set_text(o, "subject", control->subject);
	kh_json_set_text(o, "state", kh_answer_names[*ret_worst]);
	kh_json_set(o, "counts", kh_object_counts(&counts));
	kh_json_set_int(o, "since_s", kh_stmt_int(s, 6));
	kh_json_set_int(o, "evaluated_s", kh_stmt_int(s, 7));
	return o;
}

static int set_answers(const struct kh_api_call *call, int64_t id, json_t *answer)
{
	json_t *by_worst[KH_ANSWERS];
	for (int i = 0; i < KH_ANSWERS; i++)
		by_worst[i] = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			       "SELECT w.pass, w.fail, w.unknown, w.not_applicable, w.excepted, w.control, w.since_s, w.evaluated_s FROM answer w"
			       " JOIN endpoint e ON e.id = w.endpoint_id WHERE w.endpoint_id = ?1 AND {scope:e.unit_id} ORDER BY w.control",
			       id);
	while (kh_stmt_next(s, &r)) {
		const struct kh_control *control = kh_control_named(kh_stmt_text(s, KH_ANSWERS));
		enum kh_answer worst = KH_PASS;
		json_t *o = control ? answer_of(s, control, &worst) : NULL;
		if (o)
			kh_json_add(by_worst[worst], o);
	}
	json_t *answers = json_array();
	for (int i = 0; i < KH_ANSWERS; i++)
		json_array_extend(answers, by_worst[kh_answers_worst_first[i]]);
	for (int i = 0; i < KH_ANSWERS; i++)
		json_decref(by_worst[i]);
	kh_json_set(answer, "answers", answers);
	return r;
}

int kh_route_endpoint_show(struct kh_api_call *call)
{
	kh_auto_json json_t *answer = json_object();
	json_t *endpoint = NULL, *content = NULL;
	int64_t id = 0;
	int r = kh_call_endpoint(call, 0, &id);
	r = r < 0 ? r : kh_endpoint_object(call, id, &endpoint);
	if (r < 0)
		return r;
	kh_json_set(answer, "endpoint", endpoint);
	r = set_own(call, id, answer);
	r = r < 0 ? r : set_certificate(call, id, answer);
	r = r < 0 ? r : set_last_scan(call, id, answer);
	r = r < 0 ? r : kh_endpoint_content(call, id, &content);
	kh_json_set(answer, "content", content);
	r = r < 0 ? r : set_facts(call, id, answer);
	r = r < 0 ? r : set_answers(call, id, answer);
	if (r == 0)
		kh_call_answer(call, kh_take(answer));
	return r;
}
