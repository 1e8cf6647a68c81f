/* khien scan: what a person types, around kh_scan_run(). Results go to standard output, messages and progress to standard error. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/size.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cli/hand_over.h"
#include "cli/externals.h"
#include "cli/left_out.h"
#include "cli/machine_settings.h"
#include "cli/progress_line.h"
#include "cli/quarantine.h"
#include "content/scan.h"
#include "gen/cli_khien.h"
#include "os/file.h"
#include "os/host.h"
#include "scan/places.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AGENT_SOCKETS "/run/khien"
#define OUTPUT_BYTES 65536 /* of NDJSON in one write */

struct screen {
	enum kh_language language;
	bool json, colour;
	struct kh_progress_line progress;
	struct kh_hand_over hand_over;
	struct kh_buf line; /* of NDJSON; its room is used again */
};

static volatile sig_atomic_t stop;

static void ask_to_stop(int signal_number)
{
	(void)signal_number;
	stop = 1;
}

/* ---- words ---- */

static const char *number_text(uint64_t n, char out[32])
{
	snprintf(out, 32, "%" PRIu64, n);
	return out;
}

static const char *why_text(enum kh_language language, enum kh_scan_why why)
{
	static const enum kh_message texts[KH_SCAN_WHY_COUNT] = {
		[KH_SCAN_WHY_EXCLUDED] = KH_T_SCAN_WHY_EXCLUDED,
		[KH_SCAN_WHY_OTHER_FILE_SYSTEM] = KH_T_SCAN_WHY_OTHER_FILE_SYSTEM,
		[KH_SCAN_WHY_NO_CONTENT] = KH_T_SCAN_WHY_NO_CONTENT,
		[KH_SCAN_WHY_TOO_LARGE] = KH_T_SCAN_WHY_TOO_LARGE,
		[KH_SCAN_WHY_NOT_FOUND] = KH_T_SCAN_WHY_NOT_FOUND,
		[KH_SCAN_WHY_PERMISSION] = KH_T_SCAN_WHY_PERMISSION,
		[KH_SCAN_WHY_UNREADABLE] = KH_T_SCAN_WHY_UNREADABLE,
		[KH_SCAN_WHY_TOO_DEEP] = KH_T_SCAN_WHY_TOO_DEEP,
		[KH_SCAN_WHY_WORKER_FAILED] = KH_T_SCAN_WHY_WORKER_FAILED,
		[KH_SCAN_WHY_ENGINE_FAILED] = KH_T_SCAN_WHY_ENGINE_FAILED,
	};
	return why == KH_SCAN_WHY_NONE ? "" : kh_text(language, texts[why]);
}

static const char *gap_text(enum kh_language language, enum kh_gap_kind kind)
{
	static const enum kh_message texts[KH_GAP_COUNT] = {
		[KH_GAP_DEPTH] = KH_T_SCAN_GAP_DEPTH,
		[KH_GAP_MEMBERS] = KH_T_SCAN_GAP_MEMBERS,
		[KH_GAP_MEMBER_BYTES] = KH_T_SCAN_GAP_MEMBER_BYTES,
		[KH_GAP_TOTAL_BYTES] = KH_T_SCAN_GAP_TOTAL_BYTES,
		[KH_GAP_RATIO] = KH_T_SCAN_GAP_RATIO,
		[KH_GAP_TIME] = KH_T_SCAN_GAP_TIME,
		[KH_GAP_ENCRYPTED] = KH_T_SCAN_GAP_ENCRYPTED,
		[KH_GAP_DAMAGED] = KH_T_SCAN_GAP_DAMAGED,
		[KH_GAP_MATCHES] = KH_T_SCAN_GAP_MATCHES,
		[KH_GAP_DETECTIONS] = KH_T_SCAN_GAP_DETECTIONS,
		[KH_GAP_CLAMAV] = KH_T_SCAN_GAP_CLAMAV,
		[KH_GAP_CLAMAV_LIMIT] = KH_T_SCAN_GAP_CLAMAV_LIMIT,
	};
	return kh_text(language, texts[kind]);
}

/* ---- progress ---- */

/* With what stands between it and what follows; "" while it is not known. */
static char *left_text(enum kh_language language, int64_t left_ms)
{
	char number[32];
	if (left_ms < 0)
		return kh_strdup("");
	bool minutes = left_ms >= 90000;
	number_text((uint64_t)(minutes ? (left_ms + 30000) / 60000 : left_ms / 1000), number);
	return kh_text_with(language, minutes ? KH_T_SCAN_LEFT_MINUTES : KH_T_SCAN_LEFT_SECONDS, {"number", number});
}

static void on_progress(void *context, const struct kh_scan_progress *p)
{
	struct screen *screen = context;
	char files[32], size[32], rate[32], found[32], path[KH_MAX_PATH];
	int64_t ms = KH_MAX(p->elapsed_ms, INT64_C(1));
	kh_printable(path, sizeof path, p->path);
	kh_auto_free char *left = left_text(screen->language, p->left_ms);
	kh_auto_free char *line = kh_text_with(screen->language, KH_T_SCAN_PROGRESS, {"files", number_text(p->files, files)},
					       {"size", kh_size_text(screen->language, p->bytes, size)},
					       {"rate", kh_size_text(screen->language, p->bytes * 1000 / (uint64_t)ms, rate)}, {"left", left},
					       {"found", number_text(p->infected + p->suspicious, found)}, {"path", path});
	kh_progress_line_show(&screen->progress, line);
}

/* ---- results ---- */

enum colour { RED, YELLOW, GREY };

static void print_line(struct screen *screen, enum colour colour, enum kh_message label, const char *path, const char *rest)
{
	static const char *const codes[] = {[RED] = "\033[1;31m", [YELLOW] = "\033[33m", [GREY] = "\033[2m"};
	kh_auto_free char *safe_path = kh_alloc(4 * strlen(path) + 1), *safe_rest = kh_alloc(4 * strlen(rest) + 1);
	kh_printable(safe_path, 4 * strlen(path) + 1, path);
	kh_printable(safe_rest, 4 * strlen(rest) + 1, rest);
	kh_progress_line_clear(&screen->progress);
	printf("%s%s%s  %s  %s\n", screen->colour ? codes[colour] : "", kh_text(screen->language, label), screen->colour ? "\033[0m" : "", safe_path,
	       safe_rest);
}

static void add_part(struct kh_buf *b, char *part)
{
	kh_buf_addf(b, "%s%s", b->len ? ", " : "", part);
	free(part);
}

static char *running_text(enum kh_language l, const struct kh_running *r)
{
	kh_auto_free char *pids = kh_running_pids(r);
	return kh_text_with(l, r->of_the_system ? KH_T_SCAN_PROCESSES_SYSTEM : r->ended == r->pids.n ? KH_T_SCAN_PROCESSES_STOPPED : KH_T_SCAN_PROCESSES_RUNNING,
			    {"pids", pids});
}

static void print_detections(struct screen *screen, const struct kh_scan_result *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	enum kh_language l = screen->language;
	for (const struct kh_detection *d = r->detections; d < r->detections + r->detection_count; d++)
		add_part(&b, d->member ? kh_text_with(l, KH_T_SCAN_RULE_IN_MEMBER, {"rule", d->rule}, {"member", d->member})
				       : kh_text_with(l, KH_T_SCAN_RULE, {"rule", d->rule}));
	if (r->quarantine_id)
		add_part(&b, kh_text_with(l, KH_T_SCAN_QUARANTINED, {"id", r->quarantine_id}));
	if (r->not_quarantined)
		add_part(&b, kh_text_with(l, KH_T_SCAN_NOT_QUARANTINED, {"reason", r->not_quarantined}));
	if (r->running)
		add_part(&b, running_text(l, r->running));
	bool infected = r->verdict == KH_VERDICT_INFECTED;
	print_line(screen, infected ? RED : YELLOW, infected ? KH_T_SCAN_INFECTED : KH_T_SCAN_SUSPICIOUS, r->path, kh_buf_text(&b));
}

/* One reason is told once, with the first place it holds for. */
static char *gaps_text(enum kh_language l, const struct kh_gap *first, size_t places)
{
	char more[32];
	const char *gap = gap_text(l, first->kind);
	if (!first->member)
		return kh_strdup(gap);
	return places == 1 ? kh_text_with(l, KH_T_SCAN_GAP_IN_MEMBER, {"gap", gap}, {"member", first->member})
			   : kh_text_with(l, KH_T_SCAN_GAP_IN_MEMBERS, {"gap", gap}, {"member", first->member}, {"more", number_text(places - 1, more)});
}

static void print_gaps(struct screen *screen, const struct kh_scan_result *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (int kind = 0; kind < KH_GAP_COUNT; kind++) {
		const struct kh_gap *first = NULL;
		size_t places = 0;
		for (const struct kh_gap *g = r->gaps; g < r->gaps + r->gap_count; g++) {
			first = (int)g->kind == kind && !first ? g : first;
			places += (int)g->kind == kind;
		}
		if (first)
			add_part(&b, gaps_text(screen->language, first, places));
	}
	print_line(screen, YELLOW, KH_T_SCAN_PARTLY, r->path, kh_buf_text(&b));
}

static void print_unscanned(struct screen *screen, const struct kh_scan_result *r)
{
	bool details = r->why == KH_SCAN_WHY_UNREADABLE || r->why == KH_SCAN_WHY_WORKER_FAILED;
	const char *why = why_text(screen->language, r->why);
	kh_auto_free char *text = details ? kh_format("%s (%s)", why, r->reason) : kh_strdup(why);
	bool skipped = r->verdict == KH_VERDICT_SKIPPED;
	print_line(screen, skipped ? GREY : YELLOW, skipped ? KH_T_SCAN_SKIPPED : KH_T_SCAN_ERROR, r->path, text);
}

static void print_result(struct screen *screen, const struct kh_scan_result *r)
{
	if (r->verdict == KH_VERDICT_SKIPPED || r->verdict == KH_VERDICT_ERROR)
		print_unscanned(screen, r);
	if (r->detection_count)
		print_detections(screen, r);
	if (r->gap_count)
		print_gaps(screen, r);
}

static void on_result(void *context, const struct kh_scan_result *r)
{
	struct screen *screen = context;
	kh_hand_over_result(&screen->hand_over, r);
	if (!screen->json) {
		print_result(screen, r);
		return;
	}
	kh_buf_reset(&screen->line);
	kh_scan_json_result(&screen->line, r);
	fwrite(screen->line.data, 1, screen->line.len, stdout);
}

/* ---- the end ---- */

static void say(char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
	free(sentence);
}

static void say_end(enum kh_language l, const struct kh_scan_summary *s)
{
	static const enum kh_message ends[] = {
		[KH_SCAN_STOPPED] = KH_T_SCAN_STOPPED, [KH_SCAN_OUT_OF_TIME] = KH_T_SCAN_OUT_OF_TIME, [KH_SCAN_ENOUGH_BYTES] = KH_T_SCAN_ENOUGH_BYTES};
	if (s->stop != KH_SCAN_TO_THE_END)
		fprintf(stderr, "%s\n", kh_text(l, ends[s->stop]));
}

/* "120 luật, cập nhật 21/11/2026"; what the rules do not say is left out. */
static char *rules_text(enum kh_language l, const struct kh_scan_summary *s)
{
	char rules[32], day[KH_ISO_SIZE];
	if (s->rules == 0)
		return kh_strdup(kh_text(l, KH_T_SCAN_RULES_NONE));
	number_text(s->rules, rules);
	if (s->test_rules_only)
		return kh_text_with(l, KH_T_SCAN_RULES_TEST, {"rules", rules});
	if (s->content_s == 0)
		return kh_text_with(l, KH_T_SCAN_RULES, {"rules", rules});
	*strchr(kh_time_local(s->content_s, day), ' ') = '\0';
	return kh_text_with(l, KH_T_SCAN_RULES_OF, {"rules", rules}, {"day", day});
}

static void print_counts(enum kh_language l, const struct kh_scan_summary *s)
{
	char files[32], size[KH_SIZE_TEXT], seconds[32], infected[32], suspicious[32];
	snprintf(seconds, sizeof seconds, "%" PRId64 "%s%" PRId64, s->elapsed_ms / 1000, kh_decimal_point(l), s->elapsed_ms % 1000 / 100);
	kh_auto_free char *rules = rules_text(l, s);
	kh_auto_free char *text = kh_text_with(l, KH_T_SCAN_SUMMARY, {"files", number_text(s->files, files)}, {"size", kh_size_text(l, s->bytes, size)},
					       {"seconds", seconds}, {"rules", rules}, {"infected", number_text(s->infected, infected)},
					       {"suspicious", number_text(s->suspicious, suspicious)});
	puts(text);
}

static void print_missing(enum kh_language l, const struct kh_scan_summary *s)
{
	char errors[32], skipped[32], partly[32];
	if (s->errors + s->skipped + s->partly == 0)
		return;
	kh_auto_free char *text = kh_text_with(l, KH_T_SCAN_SUMMARY_MISSING, {"errors", number_text(s->errors, errors)},
					       {"skipped", number_text(s->skipped, skipped)}, {"partly", number_text(s->partly, partly)});
	puts(text);
}

static void print_why_partly(enum kh_language l, const struct kh_scan_summary *s)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (int kind = 0; kind < KH_GAP_COUNT; kind++) {
		char count[32];
		if (s->gaps[kind])
			add_part(&b, kh_text_with(l, KH_T_SCAN_SUMMARY_GAP, {"gap", gap_text(l, (enum kh_gap_kind)kind)}, {"count", number_text(s->gaps[kind], count)}));
	}
	kh_auto_free char *text = kh_text_with(l, KH_T_SCAN_SUMMARY_PARTLY, {"gaps", kh_buf_text(&b)});
	if (b.len)
		puts(text);
}

static void print_quarantine(enum kh_language l, const struct kh_scan_summary *s, const char *folder)
{
	char count[32];
	kh_auto_free char *moved = kh_text_with(l, KH_T_SCAN_SUMMARY_QUARANTINED, {"count", number_text(s->quarantined, count)}, {"folder", folder});
	if (s->quarantined)
		puts(moved);
	kh_auto_free char *left = kh_text_with(l, KH_T_SCAN_SUMMARY_NOT_QUARANTINED, {"count", number_text(s->not_quarantined, count)});
	if (s->not_quarantined)
		puts(left);
}

static void print_summary(struct screen *screen, const struct kh_scan_summary *s, const char *quarantine)
{
	kh_progress_line_clear(&screen->progress);
	kh_say_left_out(stderr, screen->language, &s->rule_problems, KH_RULES_MAX_PROBLEMS);
	say_end(screen->language, s);
	if (s->rules == 0)
		fprintf(stderr, "%s\n", kh_text(screen->language, KH_T_SCAN_NO_RULES));
	else if (s->test_rules_only)
		fprintf(stderr, "%s\n", kh_text(screen->language, KH_T_SCAN_TEST_RULES_ONLY));
	else if (s->files == 0 && s->skipped + s->errors > 0)
		fprintf(stderr, "%s\n", kh_text(screen->language, KH_T_SCAN_NO_FILES));
	if (screen->json) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_scan_json_summary(&b, s);
		fwrite(b.data, 1, b.len, stdout);
		return;
	}
	print_counts(screen->language, s);
	print_missing(screen->language, s);
	print_why_partly(screen->language, s);
	if (quarantine)
		print_quarantine(screen->language, s, quarantine);
}

/* That it did not reach the agent makes the scan no worse, but somebody should know. */
static void say_handed_over(struct screen *screen)
{
	if (kh_hand_over_finish(&screen->hand_over) < 0)
		say(kh_text_with(screen->language, KH_T_SCAN_NOT_HANDED_OVER, {"reason", kh_fail_detail()}));
}

/* ---- the verb ---- */

static bool wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

/* What the command line says, with what it points to; scan.* is lent from here. */
struct wish {
	struct kh_scan_options scan;
	struct kh_unpack_limits limits;
	struct {
		const char **v;
		size_t n, cap;
	} paths;
	struct kh_cli_externals externals;
	struct kh_buf file_list;
	int input;
	struct kh_scan_input stdin_input;
	struct kh_scan_places places; /* of --quick and --full */
	char *cache, *verdicts;
};

static void wish_done(struct wish *w)
{
	kh_cli_externals_done(&w->externals);
	kh_array_done(&w->paths);
	kh_buf_done(&w->file_list);
	kh_fd_close(&w->input);
	kh_scan_places_done(&w->places);
	free(w->cache);
	free(w->verdicts);
}
#define auto_wish KH_CLEANUP(wish_done)

static int read_externals(const struct kh_cli_call *call, struct wish *w)
{
	int r = kh_cli_externals_read(call, &w->externals);
	w->scan.externals = w->externals.v;
	w->scan.external_count = w->externals.n;
	return r;
}

static void read_limits(const struct kh_cli_call *call, struct wish *w)
{
	w->limits = (struct kh_unpack_limits)KH_UNPACK_LIMITS;
	w->limits.closed = kh_cli_flag(call, "no-archives");
	w->limits.depth = (size_t)kh_cli_int(call, "max-depth", (int64_t)w->limits.depth);
	w->limits.members = (uint64_t)kh_cli_int(call, "max-members", (int64_t)w->limits.members);
	w->limits.total_bytes = (uint64_t)kh_cli_int(call, "max-unpacked", (int64_t)w->limits.total_bytes);
	w->limits.time_ms = kh_cli_int(call, "max-time", w->limits.time_ms / 1000) * 1000;
	w->scan.limits = &w->limits;
}

/* A line a path; or a NUL after each, as find -print0 writes them: then names with line ends can be told too. */
static int read_file_list(const char *path, struct wish *w)
{
	int r = path ? kh_file_read(path, KH_MAX_BUF, &w->file_list) : 0;
	if (r < 0 || !path)
		return r;
	char *at = w->file_list.data, *end = at + w->file_list.len, separator = w->file_list.len && memchr(at, 0, w->file_list.len) ? 0 : '\n';
	while (at < end) {
		char *stop_at = memchr(at, separator, (size_t)(end - at));
		if (stop_at)
			*stop_at = '\0';
		if (*at)
			kh_array_push(&w->paths, at);
		at = stop_at ? stop_at + 1 : end;
	}
	return 0;
}

/* Standard input, copied into a file without a name, because a file is what workers are given. */
static int read_input(struct wish *w, uint64_t max_size)
{
	char piece[65536];
	w->input = memfd_create("khien-input", MFD_CLOEXEC);
	for (uint64_t total = 0; w->input >= 0 && total <= max_size;) {
		ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n > 0 && write(w->input, piece, (size_t)n) != n))
			break;
		if (n == 0) {
			w->stdin_input = (struct kh_scan_input){w->input, "-"};
			w->scan.inputs = &w->stdin_input;
			w->scan.input_count = 1;
			return 0;
		}
		total += (uint64_t)n;
	}
	return errno ? kh_fail_errno("standard input") : kh_fail(KH_E_TOO_LARGE, "standard input");
}

/* --quick and --full, as the agent's; the folders that quick takes besides are the settings'. */
static int find_places(const struct kh_cli_call *call, struct wish *w)
{
	struct kh_agent_settings settings = {0};
	bool quick = kh_cli_flag(call, "quick"), full = kh_cli_flag(call, "full");
	if (!quick && !full)
		return 0;
	if ((quick && full) || w->paths.n || w->scan.input_count)
		return kh_fail(KH_E_USAGE, "--quick and --full stand alone, without other places");
	int r = kh_machine_settings(&settings);
	if (r < 0)
		return r;
	size_t count = 0;
	while (settings.scan_quick && settings.scan_quick[count])
		count++;
	if (full)
		kh_scan_places_full(&w->places, "");
	else
		kh_scan_places_quick(&w->places, NULL);
	if (quick)
		kh_scan_places_named(&w->places, (const char *const *)settings.scan_quick, count);
	kh_machine_settings_done(&settings);
	w->scan.cross_file_systems = full;
	kh_scan_places_use(&w->places, &w->scan);
	if (w->places.lack)
		fprintf(stderr, "%s: %s\n", kh_text(call->language, KH_T_SCAN_PLACES_LACK), w->places.lack);
	return 0;
}

static int read_wish(const struct kh_cli_call *call, struct wish *w)
{
	w->scan = (struct kh_scan_options){
		.workers = (size_t)kh_cli_int(call, "jobs", 0), /* at most KH_SCAN_MAX_WORKERS: spec/cli says so */
		.max_size = (uint64_t)kh_cli_int(call, "max-size", 0),
		.stop = &stop,
	};
	for (size_t i = 0; i < call->args_count; i++)
		kh_array_push(&w->paths, call->args[i]);
	w->scan.rule_count = kh_cli_list(call, "rules", &w->scan.rules);
	w->scan.signature_count = kh_cli_list(call, "clamdb", &w->scan.signatures);
	read_limits(call, w);
	int r = read_externals(call, w);
	if (r == 0)
		r = read_file_list(kh_cli_text(call, "file-list"), w);
	errno = 0;
	if (r == 0 && kh_cli_flag(call, "stdin"))
		r = read_input(w, w->scan.max_size ? w->scan.max_size : KH_SCAN_MAX_SIZE);
	w->scan.paths = w->paths.v;
	w->scan.path_count = w->paths.n;
	return r < 0 ? r : find_places(call, w);
}

/* Something to scan, or to tell. */
static bool has_subject(const struct kh_cli_call *call, const struct wish *w)
{
	bool named = kh_cli_flag(call, "explain") ? w->paths.n > 0 : w->scan.path_count > 0 || w->scan.input_count;
	return named || kh_cli_flag(call, "list-rules");
}

static void print_plain(void *context, const char *line)
{
	(void)context;
	puts(line);
}

static int tell_about_rules(const struct kh_cli_call *call, const struct wish *w)
{
	int r = 0;
	if (kh_cli_flag(call, "list-rules"))
		return kh_content_list_rules(kh_machine_store(), &w->scan, print_plain, NULL);
	for (size_t i = 0; i < w->paths.n && r == 0; i++)
		r = kh_content_explain(kh_machine_store(), &w->scan, w->paths.v[i], print_plain, NULL);
	return r;
}

/* Where clean verdicts and compiled rules are kept from scan to scan; NULL when this user has no place for it. */
static char *cache_folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	kh_auto_free char *folder = kh_host_is_privileged() ? kh_strdup("/var/cache/khien")
				    : cache && *cache == '/' ? kh_format("%s/khien", cache)
				    : home && *home == '/'   ? kh_format("%s/.cache/khien", home)
							     : NULL;
	return folder && kh_dir_make(folder, 0700) == 0 ? kh_take(folder) : NULL;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND}; /* the second Ctrl-C ends it at once */
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int scan_and_print(struct screen *screen, const struct kh_scan_options *options, const char *quarantine)
{
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	const struct kh_scan_events events = {screen, on_result, screen->progress.wanted ? on_progress : NULL};
	if (screen->progress.wanted)
		kh_progress_line_show(&screen->progress, kh_text(screen->language, KH_T_SCAN_STARTING));
	int r = kh_content_scan(kh_machine_store(), options, &events, &summary);
	if (r < 0) {
		kh_progress_line_clear(&screen->progress);
		return r;
	}
	print_summary(screen, &summary, quarantine);
	say_handed_over(screen);
	if (fflush(stdout) != 0 || ferror(stdout))
		return kh_fail_errno("standard output");
	return kh_scan_exit_status(&summary);
}

/* spec/cli names the values. */
static enum kh_running_policy processes_policy(const struct kh_cli_call *call)
{
	const char *name = kh_cli_text(call, "processes");
	enum kh_running_policy policy = KH_RUNNING_WARN;
	kh_assert(!name || kh_running_policy_parse(name, &policy));
	return policy;
}

static int scan(struct kh_cli_call *call, struct wish *w)
{
	struct screen screen = {
		.language = call->language, .json = kh_cli_flag(call, "json"), .colour = wants_colour(), .line = KH_BUF_INIT};
	kh_progress_line_init(&screen.progress);
	kh_auto_free char *folder = NULL;
	kh_auto_quarantine struct kh_quarantine *quarantine = NULL;
	int r = kh_cli_flag(call, "quarantine") ? kh_quarantine_usual_folder(&folder) : 0;
	if (r == 0 && folder)
		r = kh_quarantine_open(folder, &quarantine);
	if (r < 0)
		return r;
	w->scan.quarantine = quarantine;
	w->scan.processes = processes_policy(call);
	w->scan.estimate = screen.progress.wanted;
	const char *run = kh_cli_text(call, "run");
	kh_hand_over_init(&screen.hand_over, run ? run : AGENT_SOCKETS);
	catch_signals();
	static char output[OUTPUT_BYTES];
	if (screen.json)
		setvbuf(stdout, output, _IOFBF, sizeof output);
	r = scan_and_print(&screen, &w->scan, folder);
	kh_buf_done(&screen.line);
	return r;
}

int kh_verb_scan(struct kh_cli_call *call)
{
	auto_wish struct wish w = {.input = -1};
	int r = read_wish(call, &w);
	if (r == 0 && !has_subject(call, &w))
		r = kh_fail(KH_E_USAGE, "name a file or a folder, such as: khien scan /home");
	if (r < 0)
		return r;
	w.cache = cache_folder();
	w.verdicts = w.cache && !kh_cli_flag(call, "no-cache") ? kh_format("%s/verdicts", w.cache) : NULL;
	w.scan.compiled = w.cache;
	w.scan.verdicts = w.verdicts;
	return kh_cli_flag(call, "list-rules") || kh_cli_flag(call, "explain") ? tell_about_rules(call, &w) : scan(call, &w);
}
