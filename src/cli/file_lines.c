#include "cli/file_lines.h"

#include "base/alloc.h"
#include "base/str.h"
#include "os/file.h"
#include "os/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- ending ---- */

volatile sig_atomic_t kh_stop;

static void ask_to_stop(int signal_number)
{
	(void)signal_number;
	kh_stop = 1;
}

void kh_stop_on_signals(void)
{
	struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND}; /* the second Ctrl-C ends it at once */
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* ---- words ---- */

const char *kh_number_text(uint64_t n, char out[32])
{
	snprintf(out, 32, "%" PRIu64, n);
	return out;
}

const char *kh_why_words(enum kh_language language, enum kh_scan_why why)
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

const char *kh_gap_words(enum kh_language language, enum kh_gap_kind kind)
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
		[KH_GAP_FORMAT_LIMIT] = KH_T_SCAN_GAP_FORMAT_LIMIT,
		[KH_GAP_PICTURES] = KH_T_SCAN_GAP_PICTURES,
	};
	return kh_text(language, texts[kind]);
}

char *kh_left_words(enum kh_language language, int64_t left_ms)
{
	char number[32];
	if (left_ms < 0)
		return kh_strdup("");
	bool minutes = left_ms >= 90000;
	kh_number_text((uint64_t)(minutes ? (left_ms + 30000) / 60000 : left_ms / 1000), number);
	return kh_text_with(language, minutes ? KH_T_SCAN_LEFT_MINUTES : KH_T_SCAN_LEFT_SECONDS, {"number", number});
}

void kh_buf_add_part(struct kh_buf *b, char *part)
{
	kh_buf_addf(b, "%s%s", b->len ? ", " : "", part);
	free(part);
}

/* ---- lines ---- */

bool kh_wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

void kh_file_line(struct kh_file_lines *lines, enum kh_colour colour, enum kh_message label, const char *path, const char *rest)
{
	static const char *const codes[] = {[KH_RED] = "\033[1;31m", [KH_YELLOW] = "\033[33m", [KH_GREY] = "\033[2m"};
	kh_auto_free char *safe_path = kh_alloc(4 * strlen(path) + 1), *safe_rest = kh_alloc(4 * strlen(rest) + 1);
	kh_printable(safe_path, 4 * strlen(path) + 1, path);
	kh_printable(safe_rest, 4 * strlen(rest) + 1, rest);
	kh_progress_line_clear(&lines->progress);
	printf("%s%s%s  %s  %s\n", lines->colour ? codes[colour] : "", kh_text(lines->language, label), lines->colour ? "\033[0m" : "", safe_path,
	       safe_rest);
}

/* ---- what is kept ---- */

char *kh_cache_folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	kh_auto_free char *folder = kh_host_is_privileged() ? kh_strdup("/var/cache/khien")
				    : cache && *cache == '/' ? kh_format("%s/khien", cache)
				    : home && *home == '/'   ? kh_format("%s/.cache/khien", home)
							     : NULL;
	return folder && kh_dir_make(folder, 0700) == 0 ? kh_take(folder) : NULL;
}
