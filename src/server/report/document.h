/* A report as a document that can be signed: data of one kind, a template for it, the office's letterhead; as DOCX, PDF, XLSX, text or JSON. `khien-server report` and the API's
 * /api/v1/report are both this. */
#pragma once

#include "base/json.h"
#include "document/paper.h"
#include "server/report/data.h"
#include "server/report/template.h"

enum kh_document_format { KH_DOCUMENT_TEXT, KH_DOCUMENT_JSON, KH_DOCUMENT_DOCX, KH_DOCUMENT_PDF, KH_DOCUMENT_XLSX, KH_DOCUMENT_FORMATS };

struct kh_document_format_info {
	const char *name, *extension, *content_type;
};
extern const struct kh_document_format_info kh_document_formats[KH_DOCUMENT_FORMATS];
bool kh_document_format_parse(const char *name, enum kh_document_format *ret) KH_MUST_USE;

/* "bao-cao.PDF" → "pdf": the name of the format that a file's extension stands for; NULL: none of them. */
const char *kh_document_format_of(const char *path) KH_PURE;

/* One of directive, period, incident, mau08; or none of them, and a template whose data need none. */
struct kh_document_question {
	const struct kh_directives *directives;
	const struct kh_templates *templates;
	const char *template_id; /* NULL: the one with the name of the data */
	const char *directive;   /* id */
	const char *period;      /* "2026-11", "2026-Q4", "2026" */
	const char *incident;    /* number of its record. Default template: incident, once it was signed off incident_final */
	const char *mau08;       /* year of Form 08 */
	struct kh_scope scope;
	const char *at;          /* as in kh_report_question; of a directive only */
	int64_t now_s;
	unsigned rights;         /* enum kh_right: which registers may be read */
	bool signature;          /* with the image of signature and seal (signature.h) */
	const char *data_dir;    /* where it is kept */
	bool all_rows;           /* for XLSX: every failing case, up to KH_DOCUMENT_ROWS; else some of each control */
};

struct kh_document {
	json_t *data;            /* what it was filled from */
	struct kh_paper *paper;
	char *name;              /* for a file, without extension: "bao-cao-thai-hoa-2025-phuong-hoa-mai-2026-11-21" */
	char *title;             /* for people: "Báo cáo …" */
	size_t pages;            /* of the PDF that was written */
};
void kh_document_done(struct kh_document *document);
#define kh_auto_document KH_CLEANUP(kh_document_done)

/* KH_E_INVALID_FIELD: nothing is asked for, or two things, or the template is for other data; KH_E_NOT_FOUND: no such template; and what the data say. */
int kh_document_make(struct kh_db *db, const struct kh_document_question *question, struct kh_document *ret) KH_MUST_USE;

int kh_document_write(struct kh_document *document, enum kh_document_format format, int64_t made_s, struct kh_buf *out) KH_MUST_USE;

/* What a page shows of it, without its pages: {"sections":[{"landscape","pieces":[…]}]}, a piece being one of
 *     {"face","lead","text"} · {"rule":true} · {"left":[…],"right":[…]} · {"columns":[…],"rows":[[…]],"rows_total"}
 * with at most KH_PREVIEW_ROWS rows of a table. */
#define KH_PREVIEW_ROWS 50
json_t *kh_document_preview(const struct kh_document *document) KH_MUST_USE;
