/* What verbs that go through files have in common on a terminal: a line about a file, words, ending at Ctrl-C, where a user keeps what is known of files. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "cli/progress_line.h"
#include "scan/why.h"
#include "unpack/gap.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

extern volatile sig_atomic_t kh_stop; /* non-zero after Ctrl-C */
void kh_stop_on_signals(void);

const char *kh_number_text(uint64_t n, char out[32]); /* returns its second argument */
const char *kh_why_words(enum kh_language language, enum kh_scan_why why); /* "" for none */
const char *kh_gap_words(enum kh_language language, enum kh_gap_kind kind);
char *kh_left_words(enum kh_language language, int64_t left_ms) KH_MUST_USE; /* with what stands between it and what follows; "" while it is not known */
void kh_buf_add_part(struct kh_buf *b, char *part); /* with ", " in front of all but the first; the text is taken over */

bool kh_wants_colour(void);
enum kh_colour { KH_RED, KH_YELLOW, KH_GREY };

struct kh_file_lines {
	enum kh_language language;
	bool colour;
	struct kh_progress_line progress;
};
/* "NHIỄM  path  rest"; path and rest are made printable. */
void kh_file_line(struct kh_file_lines *lines, enum kh_colour colour, enum kh_message label, const char *path, const char *rest);

/* /var/cache/khien, or the user's; NULL when this user has no place for it. New memory. */
char *kh_cache_folder(void) KH_MUST_USE;
