#include "cli/progress_line.h"

#include "base/alloc.h"
#include "base/time.h"
#include "base/utf8.h"
#include "os/host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DUE_MS = 200 };

void kh_progress_line_init(struct kh_progress_line *p)
{
	*p = (struct kh_progress_line){.wanted = isatty(STDERR_FILENO)};
}

bool kh_progress_line_due(const struct kh_progress_line *p)
{
	return p->wanted && (!p->shown || kh_monotonic_ms() - p->since_ms >= DUE_MS);
}

void kh_progress_line_clear(struct kh_progress_line *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

void kh_progress_line_show(struct kh_progress_line *p, const char *text)
{
	if (!p->wanted)
		return;
	int columns = kh_host_terminal_columns();
	size_t room = columns > 1 ? (size_t)columns - 1 : 79;
	kh_auto_free char *fits = kh_strdup(text);
	for (size_t n = strlen(fits); kh_utf8_width(fits) > room; n = strlen(fits))
		fits[kh_utf8_valid_prefix(fits, n - 1, n)] = '\0';
	kh_progress_line_clear(p);
	fputs(fits, stderr);
	p->shown = true;
	p->since_ms = kh_monotonic_ms();
}
