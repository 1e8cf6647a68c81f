/* For tests: what a sink is told, as text, one thing a line:
 *
 *     begin docx
 *     body 1 red,centred: TỐI MẬT
 *     end
 *     gap time limit: inside.zip/a.doc */
#pragma once

#include "document/read/reading.h"

struct test_told {
	struct kh_buf text;
	KH_ARRAY(struct kh_document_line) lines; /* their texts are copies */
	size_t enough_after; /* lines; 0: never */
	size_t asked;        /* how often the reader asked whether to go on */
	size_t enough_from;  /* the asking that is told so; 0: none */
	bool (*of_interest)(void *context, const struct kh_document_line *line); /* as in struct kh_document_sink */
	size_t held_bytes;   /* as in struct kh_unpack_limits, of test_read_by(); 0: the usual ones */
	int64_t time_ms;     /* likewise */
};

struct kh_document_sink test_sink(struct test_told *told);
void test_told_done(struct test_told *told);

void test_read(struct test_told *told, const void *bytes, size_t n); /* by kh_document_read(), the usual limits */
void test_read_by(struct test_told *told, const struct kh_reader *reader, const void *bytes, size_t n); /* by this one, whatever the bytes are; members are not read */
void test_reads(const void *bytes, size_t n, const char *wanted); /* by kh_document_read(): exactly this is told */

void test_load(const char *name, struct kh_buf *ret); /* a file of at most a MiB, below src/document/read */
