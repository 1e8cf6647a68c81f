/* Lines of a stream of foreign bytes, one at a time and of limited length: text files too large to hold whole, unpacked on the way.
 *
 * The source gives bytes by `fill`: at most `size` of them into `to`, *ret_n == 0 at the end, or an error, which the reader hands on. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_lines {
	int (*fill)(void *source, char *to, size_t size, size_t *ret_n);
	void *source;
	uint64_t max_bytes; /* of the whole stream; past it KH_E_TOO_LARGE */

	uint64_t bytes; /* private, as the rest */
	char *buffer;
	size_t start, end, size;
	bool ended;
};

/* Bytes in memory as a source: `fill` = kh_lines_memory, `source` = a struct kh_cursor. */
int kh_lines_memory(void *cursor, char *to, size_t size, size_t *ret_n) KH_MUST_USE;

/* An open file as a source: `fill` = kh_lines_fd, `source` = int. */
int kh_lines_fd(void *fd, char *to, size_t size, size_t *ret_n) KH_MUST_USE;

/* The next line without its end ("\n" or "\r\n"), lent until the next call; *ret_line NULL at the end of the stream. A line longer than
 * KH_FACTS_MAX_LINE is KH_E_TOO_LARGE. */
int kh_lines_next(struct kh_lines *lines, const char **ret_line, size_t *ret_length) KH_MUST_USE;

void kh_lines_done(struct kh_lines *lines);
#define kh_auto_lines KH_CLEANUP(kh_lines_done)
