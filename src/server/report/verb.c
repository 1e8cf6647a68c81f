/* khien-server report: spec/cli/khien-server.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "server/packs.h"
#include "server/posture/clock.h"
#include "server/report/document.h"
#include "server/report/report.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_OF_A_FILE 100 /* columns, when the output is no terminal */

struct kh_report_look kh_report_look_of(bool file)
{
	struct winsize size = {0};
	const char *no_colour = getenv("NO_COLOR");
	bool terminal = !file && isatty(STDOUT_FILENO);
	bool known = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	return (struct kh_report_look){.width = known ? size.ws_col : WIDTH_OF_A_FILE, .colours = terminal && !(no_colour && *no_colour)};
}

/* The file of --output; NULL: standard output. */
static const char *file_of(const struct kh_cli_call *call)
{
	const char *path = kh_cli_text(call, "output");
	return kh_streq(path, "-") ? NULL : path;
}

/* On standard error, so that what is piped on stays the report alone. */
static void tell(const struct kh_cli_call *call, enum kh_message message, size_t count)
{
	kh_auto_free char *n = kh_format("%zu", count);
	kh_auto_free char *text = kh_text_with(call->language, message, {"path", file_of(call)}, {"count", n});
	if (!kh_cli_flag(call, "quiet"))
		fprintf(stderr, "%s\n", text);
}

/* Byte for byte, to the file or to standard output. */
static int put(const struct kh_cli_call *call, const struct kh_buf *out)
{
	const char *path = file_of(call);
	int r = kh_buf_status(out);
	if (r < 0)
		return r;
	if (path)
		return kh_file_replace(path, kh_buf_text(out), out->len, 0640);
	return fwrite(kh_buf_text(out), 1, out->len, stdout) == out->len && fflush(stdout) == 0 ? 0 : kh_fail_errno("standard output");
}

/* ---- every clause of the directives, for the terminal and for programs ---- */

static int write_answers(const struct kh_cli_call *call, const struct kh_report *report, const char *format)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_report_look look = kh_report_look_of(file_of(call));
	if (kh_streq(format, "csv")) {
		kh_report_csv(report, &out);
	} else if (kh_streq(format, "json")) {
		kh_auto_json json_t *json = kh_report_json(report);
		kh_auto_free char *text = kh_json_dump(json);
		kh_buf_addf(&out, "%s\n", text);
	} else {
		kh_report_text(report, &look, &out);
		kh_buf_addc(&out, '\n');
	}
	int r = put(call, &out);
	if (r == 0 && file_of(call))
		tell(call, KH_T_REPORT_WRITTEN, 0);
	return r;
}

static int report_answers(struct kh_cli_call *call, const struct kh_verb *v, const struct kh_directives *directives, int64_t unit_id, const char *format)
{
	kh_auto_report struct kh_report report = {0};
	struct kh_report_question q = {.directives = directives, .directive = kh_cli_text(call, "directive"), .scope = {unit_id},
				       .at = kh_cli_text(call, "at"), .language = v->language, .now_s = v->now_s};
	int r = kh_report_make(v->db, &q, &report);
	return r < 0 ? r : write_answers(call, &report, format);
}

/* ---- a document to be signed ---- */

static bool is_binary(enum kh_document_format format)
{
	return format != KH_DOCUMENT_TEXT && format != KH_DOCUMENT_JSON;
}

static int report_document(struct kh_cli_call *call, const struct kh_verb *v, const struct kh_directives *directives, int64_t unit_id, const char *format)
{
	kh_auto_templates struct kh_templates templates = {0};
	kh_auto_document struct kh_document document = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	enum kh_document_format as = KH_DOCUMENT_TEXT;
	kh_auto_free char *directory = kh_format("%s/reports", v->server->packs_dir);
	struct kh_document_question q = {.directives = directives, .templates = &templates, .template_id = kh_cli_text(call, "template"),
					 .directive = kh_cli_text(call, "directive"), .period = kh_cli_text(call, "period"), .incident = kh_cli_text(call, "incident"),
					 .mau08 = kh_cli_text(call, "mau08"), .rights = ~0u, .scope = {unit_id},
					 .at = kh_cli_text(call, "at"), .now_s = v->now_s, .signature = kh_cli_flag(call, "signature"), .data_dir = v->server->data_dir};
	if (!kh_document_format_parse(format, &as))
		return kh_fail(KH_E_USAGE, "the format csv is for --directive");
	if (is_binary(as) && !file_of(call) && isatty(STDOUT_FILENO))
		return kh_fail(KH_E_USAGE, "a %s cannot be shown in a terminal: name a file with -o FILE.%s", format, format);
	q.all_rows = as == KH_DOCUMENT_XLSX;
	int r = kh_templates_load(directory, &templates);
	r = r < 0 ? r : kh_document_make(v->db, &q, &document);
	r = r < 0 ? r : kh_document_write(&document, as, v->now_s, &out);
	r = r < 0 ? r : put(call, &out);
	if (r < 0 || !file_of(call))
		return r;
	if (as == KH_DOCUMENT_PDF)
		tell(call, KH_T_REPORT_WRITTEN_PAGES, document.pages);
	else if (as == KH_DOCUMENT_XLSX)
		tell(call, KH_T_REPORT_WRITTEN_ROWS, kh_paper_rows(document.paper));
	else
		tell(call, KH_T_REPORT_WRITTEN, 0);
	return 0;
}

int kh_report_directives(const struct kh_verb *v, struct kh_directives *ret)
{
	kh_auto_free char *directory = kh_format("%s/directives", v->server->packs_dir);
	int r = kh_packs_find(v->server->packs_dir);
	return r < 0 ? r : kh_directives_load(directory, ret);
}

/* The answers to directives are as old as this verb: text, json and csv of them stay what they were. */
static bool wants_answers(const struct kh_cli_call *call, const char *format)
{
	bool plain = kh_streq(format, "text") || kh_streq(format, "json") || kh_streq(format, "csv");
	return plain && !kh_cli_text(call, "period") && !kh_cli_text(call, "incident") && !kh_cli_text(call, "mau08") && !kh_cli_text(call, "template");
}

/* What is asked for with --format, else what the file's name says, else text. */
static int choose_format(const struct kh_cli_call *call, const char **ret)
{
	const char *asked = kh_cli_text(call, "format"), *path = file_of(call), *named = path ? kh_document_format_of(path) : NULL;
	if (asked && named && !kh_streq(asked, named))
		return kh_fail(KH_E_USAGE, "--format %s and the name %s contradict each other", asked, path);
	if (!asked && path && !named)
		return kh_fail(KH_E_USAGE, "%s: the name does not say the format: end it with .docx .pdf .xlsx .txt .json or .csv, or add --format", path);
	*ret = asked ? asked : named ? named : "text";
	return 0;
}

/* A report is of one thing. */
static int check_subject(const struct kh_cli_call *call)
{
	static const char *const subjects[] = {"directive", "period", "incident", "mau08"};
	const char *first = NULL;
	for (size_t i = 0; i < KH_COUNT(subjects); i++) {
		if (!kh_cli_text(call, subjects[i]))
			continue;
		if (first)
			return kh_fail(KH_E_USAGE, "--%s and --%s are two reports: ask for one at a time", first, subjects[i]);
		first = subjects[i];
	}
	return 0;
}

int kh_verb_report(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_directives struct kh_directives directives = {0};
	const char *format = NULL;
	int r = choose_format(call, &format);
	r = r < 0 ? r : check_subject(call);
	r = r < 0 ? r : kh_verb_open(call, &v);
	r = r < 0 ? r : kh_report_directives(&v, &directives);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	/* What time alone changed: a server that was off has not asked for it. */
	r = r < 0 ? r : kh_posture_refresh(v.server->store, KH_CLOCK_CONTROLS, v.now_s, NULL);
	if (r < 0)
		return r;
	return wants_answers(call, format) ? report_answers(call, &v, &directives, unit.id, format) : report_document(call, &v, &directives, unit.id, format);
}
