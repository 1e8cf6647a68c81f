/* One line on a terminal that says how far something is: it is wiped away before anything else is written. On standard error; where that is no terminal, nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct kh_progress_line {
	bool wanted; /* standard error is a terminal */
	bool shown;  /* a line stands there */
	int64_t since_ms; /* it was last changed */
};

void kh_progress_line_init(struct kh_progress_line *p);
bool kh_progress_line_due(const struct kh_progress_line *p); /* the last one has stood for a while */
void kh_progress_line_show(struct kh_progress_line *p, const char *text); /* cut to one line */
void kh_progress_line_clear(struct kh_progress_line *p);
