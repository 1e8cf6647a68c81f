#include "server/verb/table.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/host.h"

#include <stdio.h>

void kh_table_done(struct kh_table *t)
{
	kh_array_each(&t->cells, cell)
		free(*cell);
	kh_array_done(&t->cells);
}

void kh_table_row(struct kh_table *t, const char *const *cells, size_t n)
{
	if (!t->columns)
		t->columns = n;
	kh_assert(n == t->columns);
	for (size_t i = 0; i < n; i++) {
		char safe[512];
		kh_printable(safe, sizeof safe, cells[i] ? cells[i] : "");
		kh_array_push(&t->cells, kh_strdup(safe));
	}
}

static size_t width_of(const struct kh_table *t, size_t column)
{
	size_t width = 0;
	for (size_t i = column; i < t->cells.n; i += t->columns)
		width = KH_MAX(width, kh_utf8_width(t->cells.v[i]));
	return width;
}

static void print_row(const struct kh_table *t, size_t first, const size_t *widths)
{
	for (size_t c = 0; c < t->columns; c++) {
		const char *cell = t->cells.v[first + c];
		size_t pad = c + 1 < t->columns ? widths[c] + 2 - kh_utf8_width(cell) : 0;
		printf("%s%*s", cell, (int)pad, "");
	}
}

int kh_table_print(const struct kh_table *t)
{
	bool bold = kh_host_terminal_columns() > 0 && !getenv("NO_COLOR");
	kh_auto_free size_t *widths = kh_alloc_array(t->columns, sizeof *widths);
	for (size_t c = 0; c < t->columns; c++)
		widths[c] = width_of(t, c);
	for (size_t first = 0; first < t->cells.n; first += t->columns) {
		fputs(first == 0 && bold ? "\033[1m" : "", stdout);
		print_row(t, first, widths);
		fputs(first == 0 && bold ? "\033[0m\n" : "\n", stdout);
	}
	return fflush(stdout) != 0 || ferror(stdout) ? kh_fail_errno("standard output") : 0;
}
