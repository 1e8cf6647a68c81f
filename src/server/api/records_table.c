/* Routes of spec/api/records.yaml: a register as a file, out and in. */
#include "server/api/records.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/audit/audit.h"
#include "server/register/table.h"
#include "server/report/json.h"

#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/* ---- out ---- */

struct noting {
	const struct kh_register *reg;
	const struct kh_api_call *call;
	int64_t unit_id, rows;
};

/* Many records leave the server at once: that is written down. */
static int run_note(struct kh_db *writer, void *arg)
{
	const struct noting *n = arg;
	kh_auto_free char *detail = kh_format("%lld", (long long)n->rows);
	return kh_audit_append(writer, &(struct kh_audit){.actor = kh_call_actor(n->call), .unit_id = n->unit_id, .action = KH_AUDIT_ACTION_RECORD_EXPORT,
							   .target = n->reg->name, .detail = detail});
}

/* "Phiếu sửa chữa 2026-11-21.xlsx" */
static void respond_file(struct kh_api_call *call, const struct kh_register *reg, bool csv, struct kh_buf *bytes)
{
	char day[KH_ISO_SIZE];
	kh_auto_free char *name = kh_format("%s %s.%s", reg->label[kh_language()], kh_time_day(call->now_s, day), csv ? "csv" : "xlsx");
	kh_records_attach(call, name);
	kh_call_respond(call, csv ? "text/csv; charset=utf-8" : XLSX, bytes);
}

int kh_route_record_export(struct kh_api_call *call)
{
	KH_CLEANUP(kh_records_choice_done) struct kh_records_choice choice = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	struct noting n = {.call = call};
	bool csv = kh_streq(kh_call_text(call, "format"), "csv");
	int r = kh_records_register(call, &n.reg);
	if (r == 0)
		r = kh_records_chosen(call, &choice);
	if (r == 0)
		r = kh_table_export(call->db, n.reg, &choice.options, csv ? KH_TABLE_CSV : KH_TABLE_XLSX, &bytes, &n.rows);
	n.unit_id = choice.scope.unit_id;
	if (r == 0)
		r = kh_store_write(call->server->store, run_note, &n);
	if (r == 0)
		respond_file(call, n.reg, csv, &bytes);
	return r;
}

int kh_route_record_template(struct kh_api_call *call)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	const struct kh_register *reg = NULL;
	int r = kh_records_register(call, &reg);
	if (r == 0)
		r = kh_table_template(reg, &bytes);
	if (r == 0)
		respond_file(call, reg, false, &bytes);
	return r;
}

/* ---- in ---- */

struct importing {
	const struct kh_register *reg;
	struct kh_import_options options;
	struct kh_record_by by;
	struct kh_sheet sheet;
	struct kh_import_result result;
};

static void importing_done(struct importing *im)
{
	kh_sheet_done(&im->sheet);
	kh_import_result_done(&im->result);
}

static int run_import(struct kh_db *writer, void *arg)
{
	struct importing *im = arg;
	return kh_table_import(writer, im->reg, &im->sheet, &im->options, &im->by, &im->result);
}

static json_t *result_object(const struct kh_import_result *result)
{
	json_t *o = json_object(), *errors = json_array();
	kh_json_set_int(o, "rows", result->rows);
	kh_json_set_int(o, "created", result->created);
	kh_json_set_int(o, "changed", result->changed);
	kh_json_set_int(o, "same", result->same);
	kh_json_set_int(o, "failed", result->failed);
	kh_json_set_bool(o, "imported", result->imported);
	kh_array_each(&result->errors, error) {
		json_t *one = json_object();
		kh_json_set_int(one, "row", error->row);
		kh_json_set_text(one, "column", error->column);
		kh_json_set_text(one, "text", error->text);
		kh_json_add(errors, one);
	}
	kh_json_set(o, "errors", errors);
	return o;
}

int kh_route_record_import(struct kh_api_call *call)
{
	KH_CLEANUP(importing_done) struct importing im = {.by = kh_records_by(call, NULL)};
	struct kh_scope unit = {0};
	const struct kh_buf *body = &call->request->body;
	int r = kh_records_register(call, &im.reg);
	if (r == 0)
		r = kh_call_narrow(call, kh_call_text(call, "unit"), &unit);
	if (r == 0) /* who may not write the register does not keep a worker busy */
		r = kh_record_check_right(im.by.rights, im.reg->write);
	im.options = (struct kh_import_options){.unit_id = unit.unit_id, .dry_run = kh_call_bool(call, "dry_run"), .skip_errors = kh_call_bool(call, "skip_errors")};
	if (r == 0)
		r = kh_sheet_read(kh_buf_text(body), body->len, NULL, &im.sheet);
	if (r == 0)
		r = kh_store_write(call->server->store, run_import, &im);
	if (r == 0)
		kh_call_answer(call, result_object(&im.result));
	return r;
}
