#include "os/table.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "os/host.h"

#include <stdio.h>

enum { GAP = 2, NARROWEST = 6 };

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

static size_t width_of(const struct kh_table *t, size_t column, size_t first_row)
{
	size_t width = 0;
	for (size_t i = first_row * t->columns + column; i < t->cells.n; i += t->columns)
		width = KH_MAX(width, kh_utf8_width(t->cells.v[i]));
	return width;
}

static size_t sum(const size_t *widths, size_t n)
{
	size_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += widths[i];
	return total;
}

/* Takes from the widest column that is wider than `least` of it (NULL: than NARROWEST), until all fit or none is. */
static void narrow(size_t *widths, const size_t *least, size_t columns, size_t room)
{
	for (size_t total = sum(widths, columns); total > room; total--) {
		size_t widest = columns;
		for (size_t c = 0; c < columns; c++)
			if (widths[c] > (least ? least[c] : NARROWEST) && (widest == columns || widths[c] >= widths[widest]))
				widest = c;
		if (widest == columns)
			return;
		widths[widest]--;
	}
}

static size_t longest_word(const char *text)
{
	size_t longest = 0;
	kh_auto_free char *copy = kh_strdup(text);
	for (char *rest = copy, *word = NULL; (word = kh_split(&rest, " ")) != NULL;)
		longest = KH_MAX(longest, kh_utf8_width(word));
	return longest;
}

/* Headings give way before what stands under them: they can be broken between words. */
static void fit(const struct kh_table *t, size_t *widths, size_t room)
{
	size_t gaps = GAP * (t->columns - 1);
	kh_auto_free size_t *least = kh_alloc_array(t->columns, sizeof *least);
	for (size_t c = 0; c < t->columns; c++)
		least[c] = KH_MAX(width_of(t, c, 1), longest_word(t->cells.v[c]));
	room = room > gaps ? room - gaps : 0;
	narrow(widths, least, t->columns, room);
	narrow(widths, NULL, t->columns, room);
}

static void print_cell(const char *cell, size_t width, bool last)
{
	size_t cut = strlen(cell);
	kh_auto_free char *part = kh_strdup(cell);
	if (kh_utf8_width(cell) > width) {
		while (cut && kh_utf8_width(part) + 1 > width)
			part[cut = kh_utf8_valid_prefix(part, cut - 1, cut)] = '\0';
		printf("%s…%*s", part, (int)(last ? 0 : width + GAP - 1 - kh_utf8_width(part)), "");
		return;
	}
	printf("%s%*s", cell, (int)(last ? 0 : width + GAP - kh_utf8_width(cell)), "");
}

static void print_row(const struct kh_table *t, size_t first, const size_t *widths)
{
	for (size_t c = 0; c < t->columns; c++)
		print_cell(t->cells.v[first + c], widths[c], c + 1 == t->columns);
	putchar('\n');
}

/* As many words as fit, at least one; *rest moves behind them. */
static char *next_words(const char **rest, size_t width)
{
	size_t end = strcspn(*rest, " ");
	for (size_t more = end; (*rest)[more]; end = more) {
		more += 1 + strcspn(*rest + more + 1, " ");
		kh_auto_free char *longer = kh_strndup(*rest, more);
		if (kh_utf8_width(longer) > width)
			break;
	}
	char *words = kh_strndup(*rest, end);
	*rest += end + strspn(*rest + end, " ");
	return words;
}

/* Headings that were narrowed go on in the next line. */
static void print_headings(const struct kh_table *t, const size_t *widths, bool bold)
{
	kh_auto_free const char **rest = kh_alloc_array(t->columns, sizeof *rest);
	for (size_t c = 0; c < t->columns; c++)
		rest[c] = t->cells.v[c];
	for (bool more = true; more;) {
		more = false;
		fputs(bold ? "\033[1m" : "", stdout);
		for (size_t c = 0; c < t->columns; c++) {
			kh_auto_free char *words = next_words(&rest[c], widths[c]);
			print_cell(words, widths[c], c + 1 == t->columns);
			more |= *rest[c];
		}
		fputs(bold ? "\033[0m\n" : "\n", stdout);
	}
}

int kh_table_print(const struct kh_table *t)
{
	int room = kh_host_terminal_columns();
	bool bold = room > 0 && !getenv("NO_COLOR");
	kh_auto_free size_t *widths = kh_alloc_array(t->columns, sizeof *widths);
	for (size_t c = 0; c < t->columns; c++)
		widths[c] = width_of(t, c, 0);
	if (room > 0)
		fit(t, widths, (size_t)room);
	if (t->cells.n)
		print_headings(t, widths, bold);
	for (size_t first = t->columns; first < t->cells.n; first += t->columns)
		print_row(t, first, widths);
	return fflush(stdout) != 0 || ferror(stdout) ? kh_fail_errno("standard output") : 0;
}
