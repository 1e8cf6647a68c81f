/* khien-server report: spec/cli/khien-server.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "server/posture/clock.h"
#include "server/report/report.h"
#include "server/verb/verb.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_OF_A_FILE 100 /* columns, when the output is no terminal */

enum format { TEXT, JSON, CSV };

static enum format format_of(const struct kh_cli_call *call)
{
	static const char *const names[] = {[TEXT] = "text", [JSON] = "json", [CSV] = "csv"}; /* what spec/cli allows */
	const char *asked = kh_cli_text(call, "format");
	enum format format = TEXT;
	while (asked && !kh_streq(asked, names[format]))
		format++;
	return format;
}

static struct kh_report_look look_of_output(void)
{
	struct winsize size = {0};
	const char *no_colour = getenv("NO_COLOR");
	bool terminal = isatty(STDOUT_FILENO);
	bool known = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	return (struct kh_report_look){.width = known ? size.ws_col : WIDTH_OF_A_FILE, .colours = terminal && !(no_colour && *no_colour)};
}

static int print_text(const struct kh_report *report)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_report_look look = look_of_output();
	kh_report_text(report, &look, &out);
	int r = kh_buf_status(&out);
	return r < 0 ? r : kh_print(kh_buf_take(&out));
}

/* Byte for byte: the lines end as RFC 4180 wants them. */
static int print_csv(const struct kh_report *report)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	kh_report_csv(report, &out);
	int r = kh_buf_status(&out);
	if (r < 0)
		return r;
	return fwrite(kh_buf_text(&out), 1, out.len, stdout) == out.len && fflush(stdout) == 0 ? 0 : kh_fail_errno("standard output");
}

static int print(const struct kh_report *report, enum format format)
{
	switch (format) {
	case JSON:
		return kh_print_json(kh_report_json(report));
	case CSV:
		return print_csv(report);
	case TEXT:
		break;
	}
	return print_text(report);
}

static int load_directives(const struct kh_verb *v, struct kh_directives *ret)
{
	kh_auto_free char *directory = kh_format("%s/directives", v->server->packs_dir);
	return kh_directives_load(directory, ret);
}

int kh_verb_report(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_directives struct kh_directives directives = {0};
	kh_auto_report struct kh_report report = {0};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : load_directives(&v, &directives);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	/* What time alone changed: a server that was off has not asked for it. */
	r = r < 0 ? r : kh_posture_refresh(v.server->store, KH_CLOCK_CONTROLS, v.now_s, NULL);
	struct kh_report_question q = {.directives = &directives, .directive = kh_cli_text(call, "directive"), .scope = {unit.id},
				       .at = kh_cli_text(call, "at"), .language = v.language, .now_s = v.now_s};
	r = r < 0 ? r : kh_report_make(v.db, &q, &report);
	return r < 0 ? r : print(&report, format_of(call));
}
