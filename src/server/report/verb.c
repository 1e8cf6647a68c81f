/* khien-server report: spec/cli/khien-server.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
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

/* Byte for byte, to the file of --output or to standard output. */
static int put(const struct kh_cli_call *call, const struct kh_buf *out)
{
	const char *path = kh_cli_text(call, "output");
	int r = kh_buf_status(out);
	if (r < 0)
		return r;
	if (path && !kh_streq(path, "-"))
		return kh_file_replace(path, kh_buf_text(out), out->len, 0640);
	return fwrite(kh_buf_text(out), 1, out->len, stdout) == out->len && fflush(stdout) == 0 ? 0 : kh_fail_errno("standard output");
}

/* ---- every clause of the directives, for the terminal and for programs ---- */

static int write_answers(const struct kh_cli_call *call, const struct kh_report *report, const char *format)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_report_look look = kh_report_look_of(kh_cli_text(call, "output"));
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
	return put(call, &out);
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
					 .at = kh_cli_text(call, "at"), .now_s = v->now_s};
	if (!kh_document_format_parse(format, &as))
		return kh_fail(KH_E_USAGE, "--format csv is for --directive");
	int r = kh_templates_load(directory, &templates);
	r = r < 0 ? r : kh_document_make(v->db, &q, &document);
	r = r < 0 ? r : kh_document_write(&document, as, v->now_s, &out);
	return r < 0 ? r : put(call, &out);
}

int kh_report_directives(const struct kh_verb *v, struct kh_directives *ret)
{
	kh_auto_free char *directory = kh_format("%s/directives", v->server->packs_dir);
	return kh_directives_load(directory, ret);
}

/* The answers to directives are as old as this verb: text, json and csv of them stay what they were. */
static bool wants_answers(const struct kh_cli_call *call, const char *format)
{
	bool plain = kh_streq(format, "text") || kh_streq(format, "json") || kh_streq(format, "csv");
	return plain && !kh_cli_text(call, "period") && !kh_cli_text(call, "incident") && !kh_cli_text(call, "mau08") && !kh_cli_text(call, "template");
}

int kh_verb_report(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_directives struct kh_directives directives = {0};
	const char *asked = kh_cli_text(call, "format"), *format = asked ? asked : "text";
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_report_directives(&v, &directives);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	/* What time alone changed: a server that was off has not asked for it. */
	r = r < 0 ? r : kh_posture_refresh(v.server->store, &(struct kh_refresh){.which = KH_CLOCK_CONTROLS, .now_s = v.now_s}, NULL);
	if (r < 0)
		return r;
	return wants_answers(call, format) ? report_answers(call, &v, &directives, unit.id, format) : report_document(call, &v, &directives, unit.id, format);
}
