/* Routes of spec/api/reports.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/report/document.h"

#define NAME_CHARACTERS 100 /* of a file: systems allow 255 bytes, and a Vietnamese letter has up to three */

int kh_route_report_templates(struct kh_api_call *call)
{
	json_t *items = json_array();
	kh_array_each(&call->api->templates.of, t) {
		json_t *o = json_object();
		kh_json_set_text(o, "id", t->id);
		kh_json_set_text(o, "title", t->title);
		kh_json_set_text(o, "data", t->data->name);
		kh_json_add(items, o);
	}
	kh_call_answer(call, kh_call_page(items, (int64_t)call->api->templates.of.n));
	return 0;
}

/* Who names nothing gets the report of the month that runs. */
static int make(struct kh_api_call *call, bool all_rows, bool signature, struct kh_document *ret)
{
	char today[KH_ISO_SIZE];
	struct kh_document_question q = {.directives = &call->api->directives, .templates = &call->api->templates, .template_id = kh_call_text(call, "template"),
					 .directive = kh_call_text(call, "directive"), .period = kh_call_text(call, "period"), .incident = kh_call_text(call, "incident"),
					 .mau08 = kh_call_text(call, "mau08"), .rights = call->session.user.role->rights, .at = kh_call_text(call, "at"),
					 .now_s = call->now_s};
	kh_auto_free char *month = kh_format("%.7s", kh_time_day(call->now_s, today));
	if (!q.directive && !q.period && !q.incident && !q.mau08 && !q.template_id)
		q.period = month;
	q.all_rows = all_rows;
	q.signature = signature;
	q.data_dir = call->server->data_dir;
	if (signature && !(call->session.user.role->rights & KH_RIGHT_REGISTER_APPROVE))
		return kh_fail(KH_E_FORBIDDEN, "your role has not the right for this");
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &q.scope);
	return r < 0 ? r : kh_document_make(call->db, &q, ret);
}

/* RFC 6266: a name of plain letters for all, and (RFC 8187) the title for those who read it. */
static char *disposition(const struct kh_document *document, const char *extension)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	size_t n = kh_utf8_valid_prefix(document->title, strlen(document->title), NAME_CHARACTERS);
	kh_buf_adds(&out, "attachment; filename=\"");
	for (const char *c = document->name; *c; c++)
		kh_buf_addc(&out, (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' ? *c : '_');
	kh_buf_addf(&out, ".%s\"; filename*=UTF-8''", extension);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)document->title[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (plain)
			kh_buf_addc(&out, (char)c);
		else
			kh_buf_addf(&out, "%%%02X", strchr("/\\:*?\"<>|", c) ? '-' : c);
	}
	kh_buf_addf(&out, ".%s", extension);
	return kh_buf_take(&out);
}

int kh_route_report_file(struct kh_api_call *call)
{
	kh_auto_document struct kh_document document = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_MAX(KH_MAX_BUF);
	enum kh_document_format format = KH_DOCUMENT_DOCX;
	kh_assert(kh_document_format_parse(kh_call_text(call, "format"), &format)); /* the spec allows no other */
	int r = make(call, format == KH_DOCUMENT_XLSX, kh_call_bool(call, "signature"), &document);
	r = r < 0 ? r : kh_document_write(&document, format, call->now_s, &out);
	if (r < 0)
		return r;
	kh_auto_free char *header = disposition(&document, kh_document_formats[format].extension);
	kh_respond_header(call->request, "Content-Disposition", header);
	kh_call_respond(call, kh_document_formats[format].content_type, &out);
	return 0;
}

int kh_route_report_preview(struct kh_api_call *call)
{
	kh_auto_document struct kh_document document = {0};
	int r = make(call, false, false, &document);
	if (r == 0)
		kh_call_answer(call, kh_document_preview(&document));
	return r;
}
