/* Routes of spec/api/incidents.yaml. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/api/objects.h"
#include "server/api/records.h"
#include "server/incident/incident.h"
#include "server/register/proof.h"
#include "server/report/document.h"
#include "server/report/json.h"

#define PACKAGE_NAME "chung-cu-su-co-%lld.zip"

static struct kh_incident_rules rules_of(const struct kh_api_call *call)
{
	return (struct kh_incident_rules){&call->api->law, &call->api->incident_routes};
}

/* ---- reporting ---- */

struct reporting {
	struct kh_incident_rules rules;
	struct kh_incident_new incident;
	struct kh_record_by by;
	int64_t id;
};

static int run_report(struct kh_db *writer, void *arg)
{
	struct reporting *p = arg;
	return kh_incident_report(writer, &p->rules, &p->incident, &p->by, &p->id);
}

static int add_dues(const struct kh_api_call *call, int64_t id, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, &call->scope, &s,
			    "SELECT r.kind, r.to_whom, r.due_s, c.name, c.phone FROM reg_incident_report r LEFT JOIN reg_contact c ON c.id = r.contact"
			    " WHERE r.incident = ?1 AND r.state = 'due' AND {scope:r.unit_id} ORDER BY r.due_s, r.id",
			    id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_text(o, "kind", kh_stmt_text(s, 0));
		kh_json_set_text(o, "to_whom", kh_stmt_text(s, 1));
		kh_json_set_int(o, "due_s", kh_stmt_int(s, 2));
		kh_json_set_text(o, "contact", kh_stmt_text(s, 3));
		kh_json_set_text(o, "phone", kh_stmt_text(s, 4));
		kh_json_add(list, o);
	}
	return r;
}

static int answer_report(struct kh_api_call *call, int64_t id)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *dues = json_array();
	int r = kh_record_get(call->db, KH_INCIDENT, id, &call->scope, &record);
	if (r == 0)
		r = add_dues(call, id, dues);
	if (r < 0)
		return r;
	json_t *o = json_pack("{s:I, s:I, s:O}", "id", (json_int_t)id, "t0_s", (json_int_t)kh_record_int(&record, "t0_s"), "reports", dues);
	int64_t by_s = kh_record_int(&record, "report_by_s");
	kh_json_set(o, "report_by_s", by_s ? json_integer(by_s) : json_null());
	kh_call_answer(call, o);
	return 0;
}

int kh_route_incident_report(struct kh_api_call *call)
{
	kh_auto_record_faults struct kh_record_faults faults = {0};
	int64_t found_s = kh_call_int(call, "found_s");
	const bool personal_data = kh_call_bool(call, "personal_data");
	struct reporting p = {
		.rules = rules_of(call),
		.incident = {.unit_id = call->scope.unit_id,
			     .t0_s = found_s ? found_s : call->now_s,
			     .title = kh_call_text(call, "title"),
			     .text = kh_call_text(call, "what"),
			     .group = kh_call_text(call, "group"),
			     .severity = kh_call_text(call, "severity"),
			     .machine = kh_call_text(call, "machine"),
			     .reporter = call->session.user.full_name,
			     .contact = kh_call_text(call, "contact"),
			     .personal_data = kh_call_json(call, "personal_data") ? &personal_data : NULL},
		.by = {.actor = kh_call_actor(call), .now_s = call->now_s, .faults = &faults},
	};
	int r = kh_store_write(call->server->store, run_report, &p);
	if (r < 0 && faults.of.n)
		kh_records_tell(call, &faults);
	return r < 0 ? r : answer_report(call, p.id);
}

/* ---- suspending, releasing ---- */

struct acting {
	int (*act)(struct kh_db *, int64_t, const struct kh_record_by *);
	int64_t id;
	struct kh_record_by by;
};

static int run_act(struct kh_db *writer, void *arg)
{
	const struct acting *a = arg;
	return a->act(writer, a->id, &a->by);
}

static int named(const struct kh_api_call *call, struct kh_record *ret)
{
	int64_t id = 0;
	if (!kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, &id))
		return kh_fail(KH_E_NOT_FOUND, "no such record");
	return kh_record_get(call->db, KH_INCIDENT, id, &call->scope, ret);
}

static int act(struct kh_api_call *call, int (*what)(struct kh_db *, int64_t, const struct kh_record_by *))
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_record_faults struct kh_record_faults faults = {0};
	int r = named(call, &record);
	struct acting a = {.act = what, .id = record.id, .by = kh_records_by(call, &faults)};
	if (r == 0)
		r = kh_store_write(call->server->store, run_act, &a);
	if (r < 0 && faults.of.n)
		kh_records_tell(call, &faults);
	return r < 0 ? r : kh_records_answer(call, KH_INCIDENT, record.id);
}

int kh_route_incident_suspend(struct kh_api_call *call)
{
	return act(call, kh_incident_suspend);
}

int kh_route_incident_release(struct kh_api_call *call)
{
	return act(call, kh_incident_release);
}

/* ---- files ---- */

int kh_route_incident_form(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	json_t *form = NULL;
	int r = named(call, &record);
	if (r == 0)
		r = kh_incident_form(call->db, &record, call->now_s, &form);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:o}", "form", form));
	return r;
}

/* The caller's name for the file has the number of the incident. */
static void respond_file(struct kh_api_call *call, const char *name, const char *type, struct kh_buf *bytes)
{
	kh_records_attach(call, name);
	kh_call_respond(call, type, bytes);
}

int kh_route_incident_document(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	int r = named(call, &record);
	if (r == 0)
		r = kh_incident_form_docx(call->db, &record, call->now_s, &bytes);
	if (r < 0)
		return r;
	kh_auto_free char *name = kh_format("su-co-%lld.docx", (long long)record.id);
	respond_file(call, name, kh_document_formats[KH_DOCUMENT_DOCX].content_type, &bytes);
	return 0;
}

int kh_route_incident_evidence(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_incident_package struct kh_incident_package evidence = {0};
	int r = named(call, &record);
	if (r == 0)
		r = kh_incident_pack(call->db, call->server->data_dir, &record, &call->scope, call->now_s, &evidence);
	if (r < 0)
		return r;
	kh_auto_free char *name = kh_format(PACKAGE_NAME, (long long)record.id);
	respond_file(call, name, "application/zip", &evidence.zip);
	return 0;
}

struct handing {
	const struct kh_record *incident;
	const struct kh_incident_package *evidence;
	const char *to_whom;
	struct kh_record_by by;
	int64_t id;
};

static int run_hand_over(struct kh_db *writer, void *arg)
{
	struct handing *h = arg;
	kh_auto_free char *name = kh_format(PACKAGE_NAME, (long long)h->incident->id);
	const struct kh_register *reg = &kh_registers[KH_REGISTER_EVIDENCE_HANDOVER];
	struct kh_proof_new file = {"evidence", name, (int64_t)h->evidence->zip.len, h->evidence->sha256};
	int64_t file_id = 0;
	int r = kh_incident_hand_over(writer, h->incident, h->evidence, h->to_whom, &h->by, &h->id);
	return r < 0 ? r : kh_proof_add(writer, reg, h->id, &file, &h->by, &file_id);
}

int kh_route_incident_hand_over(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_incident_package struct kh_incident_package evidence = {0};
	char sha256[KH_SHA256_HEX_SIZE] = "";
	struct handing h = {.incident = &record, .evidence = &evidence, .to_whom = kh_call_text(call, "to_whom"), .by = kh_records_by(call, NULL)};
	int r = named(call, &record);
	if (r == 0)
		r = kh_record_may_change(call->db, &record, &h.by);
	if (r == 0)
		r = kh_incident_pack(call->db, call->server->data_dir, &record, &call->scope, call->now_s, &evidence);
	if (r == 0 && evidence.items == 0)
		r = kh_fail(KH_E_RECORD_STATE, "the incident has no files to hand over");
	if (r == 0 && evidence.zip.len > KH_PROOF_MAX_BYTES)
		r = kh_fail(KH_E_TOO_LARGE, "the package is larger than %lu MiB: download it, and enter the handover with its hash by hand", KH_PROOF_MAX_BYTES >> 20);
	if (r == 0)
		r = kh_proof_store(call->server->data_dir, kh_buf_text(&evidence.zip), evidence.zip.len, sha256);
	if (r == 0)
		r = kh_store_write(call->server->store, run_hand_over, &h);
	return r < 0 ? r : kh_records_answer(call, &kh_registers[KH_REGISTER_EVIDENCE_HANDOVER], h.id);
}
