/* khien secret: what a person types, around kh_search_run(). Results go to standard output, messages and progress to standard error. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "base/str.h"
#include "base/utf8.h"
#include "cli/file_lines.h"
#include "gen/cli_khien.h"
#include "gen/codes.h"
#include "search/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct screen {
	struct kh_file_lines lines;
	bool json;
	struct kh_buf line; /* of NDJSON; its room is used again */
};

static const enum kh_message level_words[KH_SECRECY_LEVELS] = {
	[KH_SECRECY_MAT] = KH_T_SECRET_LEVEL_MAT,
	[KH_SECRECY_TOI_MAT] = KH_T_SECRET_LEVEL_TOI_MAT,
	[KH_SECRECY_TUYET_MAT] = KH_T_SECRET_LEVEL_TUYET_MAT,
};

/* ---- progress ---- */

static void on_progress(void *context, const struct kh_search_progress *p)
{
	struct screen *screen = context;
	char files[32], size[KH_SIZE_TEXT], rate[KH_SIZE_TEXT], found[32], path[KH_MAX_PATH];
	const enum kh_language l = screen->lines.language;
	const int64_t ms = KH_MAX(p->elapsed_ms, INT64_C(1));
	kh_printable(path, sizeof path, p->path);
	kh_auto_free char *left = kh_left_words(l, p->left_ms);
	kh_auto_free char *line = kh_text_with(l, KH_T_SECRET_PROGRESS, {"files", kh_number_text(p->files, files)}, {"size", kh_size_text(l, p->bytes, size)},
					       {"rate", kh_size_text(l, p->bytes * 1000 / (uint64_t)ms, rate)}, {"left", left}, {"found", kh_number_text(p->found, found)}, {"path", path});
	kh_progress_line_show(&screen->lines.progress, line);
}

/* ---- results ---- */

static char *marks_text(enum kh_language l, const struct kh_search_report *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (const struct kh_search_mark *m = r->marks; m < r->marks + r->mark_count; m++) {
		char page[32];
		const char *kind = kh_code_text(kh_codes_secret_mark, m->kind, (int)l); /* a sign that an office added has the name it was given */
		kh_buf_add_part(&b, m->page ? kh_text_with(l, KH_T_SECRET_MARK, {"kind", kind}, {"page", kh_number_text(m->page, page)}) : kh_strdup(kind));
		if (m->line)
			kh_buf_addf(&b, " “%s”", m->line);
	}
	return kh_buf_take(&b);
}

static void print_marked(struct screen *screen, const struct kh_search_result *r)
{
	const enum kh_language l = screen->lines.language;
	const struct kh_search_report *report = r->report;
	char confidence[32];
	kh_auto_free char *marks = marks_text(l, report);
	kh_auto_free char *text = kh_text_with(l, report->inside ? KH_T_SECRET_FOUND_INSIDE : KH_T_SECRET_FOUND, {"format", kh_document_format_name(report->format)},
					       {"confidence", kh_number_text(report->confidence, confidence)}, {"marks", marks});
	kh_file_line(&screen->lines, KH_RED, level_words[report->level], r->path, text);
}

static void print_gaps(struct screen *screen, const struct kh_search_result *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	uint64_t said = 0; /* the same may lack in the file and in what is inside it */
	for (size_t i = 0; i < r->report->gap_count; i++) {
		const enum kh_gap_kind kind = r->report->gaps[i].kind;
		if (!(said >> kind & 1))
			kh_buf_add_item(&b, kh_gap_words(screen->lines.language, kind));
		said |= UINT64_C(1) << kind;
	}
	kh_file_line(&screen->lines, KH_YELLOW, KH_T_SECRET_PARTLY, r->path, kh_buf_text(&b));
}

static void print_unread(struct screen *screen, const struct kh_search_result *r)
{
	const bool details = r->why == KH_SCAN_WHY_UNREADABLE || r->why == KH_SCAN_WHY_WORKER_FAILED;
	const char *why = kh_why_words(screen->lines.language, r->why);
	kh_auto_free char *text = details ? kh_format("%s (%s)", why, r->reason) : kh_strdup(why);
	kh_file_line(&screen->lines, r->skipped ? KH_GREY : KH_YELLOW, r->skipped ? KH_T_SECRET_SKIPPED : KH_T_SECRET_ERROR, r->path, text);
}

static void print_result(struct screen *screen, const struct kh_search_result *r)
{
	if (r->skipped || r->report->state == KH_SEARCH_ERROR)
		print_unread(screen, r);
	else if (r->report->state == KH_SEARCH_ENCRYPTED)
		kh_file_line(&screen->lines, KH_YELLOW, KH_T_SECRET_ENCRYPTED, r->path, kh_text(screen->lines.language, KH_T_SECRET_ENCRYPTED_WHY));
	else if (r->report->state == KH_SEARCH_PARTLY)
		print_gaps(screen, r);
	if (r->report->level != KH_SECRECY_NONE)
		print_marked(screen, r);
}

static void on_result(void *context, const struct kh_search_result *r)
{
	struct screen *screen = context;
	if (!screen->json) {
		print_result(screen, r);
		return;
	}
	kh_buf_reset(&screen->line);
	kh_search_json_result(&screen->line, r);
	fwrite(screen->line.data, 1, screen->line.len, stdout);
}

/* ---- the end ---- */

static void print_counts(enum kh_language l, const struct kh_search_summary *s)
{
	char files[32], size[KH_SIZE_TEXT], seconds[32], mat[32], toi_mat[32], tuyet_mat[32], encrypted[32];
	snprintf(seconds, sizeof seconds, "%" PRId64 "%s%" PRId64, s->elapsed_ms / 1000, kh_decimal_point(l), s->elapsed_ms % 1000 / 100);
	kh_auto_free char *text = kh_text_with(l, KH_T_SECRET_SUMMARY, {"files", kh_number_text(s->files, files)}, {"size", kh_size_text(l, s->bytes, size)}, {"seconds", seconds},
					       {"mat", kh_number_text(s->found[KH_SECRECY_MAT], mat)}, {"toi_mat", kh_number_text(s->found[KH_SECRECY_TOI_MAT], toi_mat)},
					       {"tuyet_mat", kh_number_text(s->found[KH_SECRECY_TUYET_MAT], tuyet_mat)}, {"encrypted", kh_number_text(s->encrypted, encrypted)});
	puts(text);
}

static void print_missing(enum kh_language l, const struct kh_search_summary *s)
{
	char errors[32], skipped[32], partly[32];
	if (s->errors + s->skipped + s->partly == 0)
		return;
	kh_auto_free char *text = kh_text_with(l, KH_T_SECRET_SUMMARY_MISSING, {"errors", kh_number_text(s->errors, errors)}, {"skipped", kh_number_text(s->skipped, skipped)},
					       {"partly", kh_number_text(s->partly, partly)});
	puts(text);
}

static void print_summary(struct screen *screen, const struct kh_search_summary *s, bool independent_lan)
{
	const enum kh_language l = screen->lines.language;
	kh_progress_line_clear(&screen->lines.progress);
	if (!s->pictures)
		fprintf(stderr, "%s\n", kh_text(l, KH_T_SECRET_NO_PICTURES));
	if (screen->json) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_search_json_summary(&b, s);
		fwrite(b.data, 1, b.len, stdout);
		return;
	}
	print_counts(l, s);
	print_missing(l, s);
	if (s->stop == KH_SEARCH_STOPPED)
		puts(kh_text(l, KH_T_SECRET_STOPPED));
	if (kh_search_found(s) > 0)
		fprintf(stderr, "%s\n", kh_text(l, independent_lan ? KH_T_SECRET_ADVICE_LAN : KH_T_SECRET_ADVICE_STRICT));
}

/* ---- the verb ---- */

/* spec/cli names the values. */
static enum kh_ocr ocr_of(const struct kh_cli_call *call)
{
	const char *name = kh_cli_text(call, "ocr");
	return !name || kh_streq(name, "auto") ? KH_OCR_AUTO : kh_streq(name, "never") ? KH_OCR_NEVER : KH_OCR_ALWAYS;
}

static int search_and_print(struct kh_cli_call *call, struct screen *screen, const struct kh_search_options *options)
{
	struct kh_search_summary summary = {0};
	const struct kh_search_events events = {screen, on_result, screen->lines.progress.wanted ? on_progress : NULL};
	if (screen->lines.progress.wanted)
		kh_progress_line_show(&screen->lines.progress, kh_text(call->language, KH_T_SECRET_STARTING));
	int r = kh_search_run(options, &events, &summary);
	if (r < 0) {
		kh_progress_line_clear(&screen->lines.progress);
		return r;
	}
	const char *policy = kh_cli_text(call, "policy");
	print_summary(screen, &summary, policy && kh_streq(policy, "independent-lan"));
	if (fflush(stdout) != 0 || ferror(stdout))
		return kh_fail_errno("standard output");
	return kh_search_exit_status(&summary);
}

/* What stands in such a document goes to somebody's eyes and into no file, pipe or log. */
static bool may_show(const struct kh_cli_call *call)
{
	bool asked = kh_cli_flag(call, "show"), terminal = isatty(STDOUT_FILENO);
	if (asked && !terminal)
		fprintf(stderr, "khien secret: %s\n", kh_text(call->language, KH_T_SECRET_NO_TERMINAL));
	return asked && terminal;
}

int kh_verb_secret(struct kh_cli_call *call)
{
	struct screen screen = {.lines = {.language = call->language, .colour = kh_wants_colour()}, .json = kh_cli_flag(call, "json"), .line = KH_BUF_INIT};
	struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	kh_progress_line_init(&screen.lines.progress);
	kh_auto_free char *cache = kh_cache_folder();
	kh_auto_free char *known = cache && !kh_cli_flag(call, "no-cache") ? kh_format("%s/searched", cache) : NULL;
	limits.time_ms = kh_cli_int(call, "max-time", limits.time_ms / 1000) * 1000;
	const struct kh_search_options options = {
		.paths = (const char *const *)call->args,
		.path_count = call->args_count,
		.max_size = (uint64_t)kh_cli_int(call, "max-size", 0),
		.workers = (size_t)kh_cli_int(call, "jobs", 0), /* at most KH_SEARCH_MAX_WORKERS: spec/cli says so */
		.ocr = ocr_of(call),
		.show = may_show(call),
		.rules = kh_cli_text(call, "rules"),
		.known = known,
		.limits = &limits,
		.estimate = screen.lines.progress.wanted,
		.stop = &kh_stop,
	};
	kh_stop_on_signals();
	int r = search_and_print(call, &screen, &options);
	kh_buf_done(&screen.line);
	return r;
}
