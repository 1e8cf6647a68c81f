#include "server/report/document.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "document/docx.h"
#include "document/pdf.h"
#include "document/sheet.h"
#include "document/text.h"
#include "server/report/signature.h"
#include "server/unit/unit.h"

#include <strings.h>

const struct kh_document_format_info kh_document_formats[KH_DOCUMENT_FORMATS] = {
	[KH_DOCUMENT_TEXT] = {"text", "txt", "text/plain; charset=utf-8"},
	[KH_DOCUMENT_JSON] = {"json", "json", "application/json"},
	[KH_DOCUMENT_DOCX] = {"docx", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	[KH_DOCUMENT_PDF] = {"pdf", "pdf", "application/pdf"},
	[KH_DOCUMENT_XLSX] = {"xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

bool kh_document_format_parse(const char *name, enum kh_document_format *ret)
{
	for (int i = 0; i < KH_DOCUMENT_FORMATS; i++)
		if (kh_streq(kh_document_formats[i].name, name)) {
			*ret = (enum kh_document_format)i;
			return true;
		}
	return false;
}

const char *kh_document_format_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *point = strrchr(slash ? slash : path, '.');
	if (!point)
		return NULL;
	for (int i = 0; i < KH_DOCUMENT_FORMATS; i++)
		if (strcasecmp(point + 1, kh_document_formats[i].extension) == 0)
			return kh_document_formats[i].name;
	return strcasecmp(point + 1, "csv") == 0 ? "csv" : NULL;
}

void kh_document_done(struct kh_document *document)
{
	json_decref(document->data);
	kh_paper_free(document->paper);
	free(document->name);
	free(document->title);
	*document = (struct kh_document){0};
}

/* ---- the data ---- */

static struct kh_report_question report_question(const struct kh_document_question *q)
{
	return (struct kh_report_question){.directives = q->directives, .directive = q->directive, .scope = q->scope, .at = q->at, .language = KH_VI, .now_s = q->now_s,
					    .all_rows = q->all_rows ? KH_DOCUMENT_ROWS : 0};
}

static int gather_directive(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret)
{
	struct kh_report_question question = report_question(q);
	return kh_data_directive(db, &question, office, ret);
}

static int gather_period(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret)
{
	struct kh_report_question question = report_question(q);
	struct kh_period period = {0};
	int r = kh_period_parse(q->period, q->now_s, &period);
	return r < 0 ? r : kh_data_period(db, &question, &period, office, ret);
}

static int gather_inspection(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret)
{
	struct kh_report_question question = report_question(q);
	return kh_data_inspection(db, &question, q->rights, office, ret);
}

static const char *subject_directive(const struct kh_document_question *q)
{
	return q->directive;
}

static const char *subject_incident(const struct kh_document_question *q)
{
	return q->incident;
}

static const char *subject_mau08(const struct kh_document_question *q)
{
	return q->mau08;
}

static int gather_incident(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret)
{
	struct kh_report_question question = report_question(q);
	return kh_data_incident(db, &question, q->incident, office, ret);
}

static int gather_form08(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret)
{
	struct kh_report_question question = report_question(q);
	return kh_data_form08(db, &question, q->mau08, office, ret);
}

static const char *subject_period(const struct kh_document_question *q)
{
	return q->period;
}

/* Each kind of data, and what of the question it is asked by. */
static const struct source {
	const char *data;
	const char *(*subject)(const struct kh_document_question *q); /* NULL: nothing but the unit */
	int (*gather)(struct kh_db *db, const struct kh_document_question *q, const struct kh_office *office, json_t **ret);
} sources[] = {
	{"directive", subject_directive, gather_directive},
	{"period", subject_period, gather_period},
	{"incident", subject_incident, gather_incident},
	{"form08", subject_mau08, gather_form08},
	{"inspection", NULL, gather_inspection},
};

static int find_template(const struct kh_document_question *q, const char *id, const struct kh_template **ret)
{
	*ret = kh_template_named(q->templates, id);
	return *ret ? 0 : kh_fail(KH_E_NOT_FOUND, "template %s", id);
}

/* The source that the question names a subject of; where it names none, that of its template. */
static int find_source(const struct kh_document_question *q, const struct source **ret, const struct kh_template **ret_template)
{
	const struct source *asked = NULL;
	size_t n = 0;
	for (size_t i = 0; i < KH_COUNT(sources); i++)
		if (sources[i].subject && sources[i].subject(q)) {
			asked = &sources[i];
			n++;
		}
	if (n > 1 || (n == 0 && !q->template_id))
		return kh_fail(KH_E_INVALID_FIELD, "expected one of directive, period, incident, mau08 and template");
	int r = find_template(q, q->template_id ? q->template_id : asked->data, ret_template);
	for (size_t i = 0; r == 0 && !asked && i < KH_COUNT(sources); i++)
		if (!sources[i].subject && kh_streq(sources[i].data, (*ret_template)->data->name))
			asked = &sources[i];
	if (r == 0 && (!asked || !kh_streq(asked->data, (*ret_template)->data->name)))
		r = kh_fail(KH_E_INVALID_FIELD, "the template %s wants a %s", (*ret_template)->id, (*ret_template)->data->name);
	if (r == 0 && q->at && !q->directive)
		r = kh_fail(KH_E_INVALID_FIELD, "at: only the answer to a directive is given for a day");
	*ret = asked;
	return r;
}

/* ---- the document ---- */

static int year_of(const json_t *data)
{
	const char *day = json_string_value(json_object_get(data, "today"));
	int64_t year = 0;
	kh_auto_free char *digits = kh_strndup(day ? day : "", 4);
	return kh_parse_int(digits, 0, 9999, &year) ? (int)year : 0;
}

static char *file_name(const struct kh_template *t, const struct source *source, const struct kh_document_question *q, const struct kh_office *office, const json_t *data)
{
	const char *subject = source->subject ? source->subject(q) : NULL, *day = json_string_value(json_object_get(data, "day"));
	return kh_format("%s%s%s-%s-%s", t->id, subject ? "-" : "", subject ? subject : "", office->unit_code, day);
}

static void compose(const struct kh_template *t, const struct kh_office *office, struct kh_document *document)
{
	struct kh_paper *paper = document->paper = kh_paper_new();
	paper->year = year_of(document->data);
	kh_template_fill(t, document->data, paper);
	kh_office_put(office, t->symbol, paper);
	document->title = kh_format("%s%s%s", paper->type, *paper->type ? " " : "", paper->about);
}

/* An incident that is over gets its final report, unless another is asked for. */
static int final_template(const struct kh_document_question *q, const json_t *data, const struct kh_template **t)
{
	bool final = q->incident && !q->template_id && json_is_true(json_object_get(data, "ended"));
	return final ? find_template(q, "incident_final", t) : 0;
}

static int make(struct kh_db *db, const struct kh_document_question *q, struct kh_document *ret)
{
	struct kh_document document KH_CLEANUP(kh_document_done) = {0};
	kh_auto_office struct kh_office office = {0};
	const struct source *source = NULL;
	const struct kh_template *t = NULL;
	int r = find_source(q, &source, &t);
	r = r < 0 ? r : kh_office_read(db, q->scope.unit_id, &office);
	r = r < 0 ? r : source->gather(db, q, &office, &document.data);
	r = r < 0 ? r : final_template(q, document.data, &t);
	r = r < 0 ? r : kh_data_set_records(db, &q->scope, t->records, q->rights, document.data);
	if (r < 0)
		return r;
	compose(t, &office, &document);
	r = q->signature ? kh_signature_read(db, q->data_dir, q->scope.unit_id, &document.paper->signature) : 0;
	if (r < 0)
		return r;
	document.name = file_name(t, source, q, &office, document.data);
	*ret = document;
	document = (struct kh_document){0};
	return 0;
}

/* Documents are in Vietnamese, whatever language the one who asks for them speaks. */
int kh_document_make(struct kh_db *db, const struct kh_document_question *asked, struct kh_document *ret)
{
	struct kh_document_question q = *asked;
	q.scope.admin = !q.incident; /* sums go by the administrative line; an incident may be told of by whoever may see it */
	enum kh_language language = kh_language();
	kh_language_use(KH_VI);
	int r = make(db, &q, ret);
	kh_language_use(language);
	return r;
}

int kh_document_write(struct kh_document *document, enum kh_document_format format, int64_t made_s, struct kh_buf *out)
{
	kh_auto_free char *json = NULL;
	switch (format) {
	case KH_DOCUMENT_DOCX:
		return kh_docx_write(document->paper, made_s, out);
	case KH_DOCUMENT_PDF:
		return kh_pdf_print(document->paper, made_s, out, &document->pages);
	case KH_DOCUMENT_XLSX:
		return kh_sheet_write(document->paper, made_s, out);
	case KH_DOCUMENT_JSON:
		json = kh_json_dump(document->data);
		kh_buf_adds(out, json);
		return kh_buf_status(out);
	default:
		return kh_plain_write(document->paper, out);
	}
}
