#include "facts/format/lines.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "facts/limits.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE (64 * KH_KIB)

int kh_lines_memory(void *cursor, char *to, size_t size, size_t *ret_n)
{
	struct kh_cursor *c = cursor;
	size_t n = KH_MIN(size, kh_cursor_left(c));
	kh_assert(kh_cursor_copy(c, to, n));
	*ret_n = n;
	return 0;
}

int kh_lines_fd(void *fd, char *to, size_t size, size_t *ret_n)
{
	ssize_t n = 0;
	do
		n = read(*(int *)fd, to, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return kh_fail_errno("read");
	*ret_n = (size_t)n;
	return 0;
}

void kh_lines_done(struct kh_lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}

/* Makes room behind the bytes not yet given out, then reads more of them. */
static int read_more(struct kh_lines *lines)
{
	size_t kept = lines->end - lines->start, n = 0;
	if (lines->start) {
		memmove(lines->buffer, lines->buffer + lines->start, kept);
		lines->start = 0;
		lines->end = kept;
	}
	if (lines->end == lines->size) {
		if (lines->size >= KH_FACTS_MAX_LINE)
			return kh_fail(KH_E_TOO_LARGE, "a line is longer than %lu bytes", KH_FACTS_MAX_LINE);
		lines->size = lines->size ? lines->size * 2 : FIRST_SIZE;
		lines->buffer = kh_realloc_array(lines->buffer, lines->size, 1);
	}
	int r = lines->fill(lines->source, lines->buffer + lines->end, lines->size - lines->end, &n);
	if (r < 0)
		return r;
	lines->end += n;
	lines->bytes += n;
	lines->ended = n == 0;
	return lines->bytes > lines->max_bytes ? kh_fail(KH_E_TOO_LARGE, "more than %llu bytes", (unsigned long long)lines->max_bytes) : 0;
}

static void give(struct kh_lines *lines, size_t length, size_t with_end, const char **ret_line, size_t *ret_length)
{
	*ret_line = lines->buffer + lines->start;
	lines->start += with_end;
	*ret_length = length && (*ret_line)[length - 1] == '\r' ? length - 1 : length;
}

int kh_lines_next(struct kh_lines *lines, const char **ret_line, size_t *ret_length)
{
	for (size_t searched = 0;;) {
		size_t left = lines->end - lines->start;
		const char *from = left > searched ? lines->buffer + lines->start + searched : NULL; /* there is no buffer before the first read */
		const char *newline = from ? memchr(from, '\n', left - searched) : NULL;
		if (newline) {
			size_t length = searched + (size_t)(newline - from);
			give(lines, length, length + 1, ret_line, ret_length);
			return 0;
		}
		if (lines->ended) {
			*ret_line = NULL;
			*ret_length = 0;
			if (left)
				give(lines, left, left, ret_line, ret_length);
			return 0;
		}
		searched = left;
		int r = read_more(lines);
		if (r < 0)
			return r;
	}
}
