/* For fuzz targets: any bytes given to the reader of a format, with limits so small that each is reached. Every byte of every line is read, and what lines.h says of it is asserted. */
#pragma once

#include "base/utf8.h"
#include "document/read/reading.h"

#include <string.h>

static inline void fuzz_on_begin(void *context, enum kh_document_format format, const char *member)
{
	uint8_t *sum = context;
	*sum ^= (uint8_t)format ^ (uint8_t)(member ? strlen(member) : 0);
}

static inline void fuzz_on_line(void *context, const struct kh_document_line *line)
{
	uint8_t *sum = context;
	kh_assert(line->n > 0 && line->n <= KH_DOCUMENT_MAX_LINE && strlen(line->text) == line->n && kh_utf8_is_valid(line->text, line->n));
	kh_assert(line->part < KH_PARTS && line->charset < KH_CHARSETS && line->certainty <= 100);
	*sum ^= (uint8_t)line->text[line->n - 1];
}

static inline void fuzz_on_end(void *context)
{
	(void)context;
}

static inline void fuzz_on_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	fuzz_on_begin(context, (enum kh_document_format)kind, member);
}

static inline bool fuzz_enough(void *context)
{
	(void)context;
	return false;
}

/* Some lines are, so that what is read of the others only is met, too. */
static inline bool fuzz_of_interest(void *context, const struct kh_document_line *line)
{
	(void)context;
	return line->text[0] == 'M';
}

static const struct kh_unpack_limits fuzz_limits = {
	.depth = 3,
	.members = 200,
	.member_bytes = 64 * KH_KIB,
	.held_bytes = 128 * KH_KIB,
	.total_bytes = KH_MIB,
	.ratio = 100,
	.ratio_floor = 256 * KH_KIB,
	.time_ms = 2000,
};

static const struct kh_reader *fuzz_only;

static inline const struct kh_reader *fuzz_reader_of(const uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	return fuzz_only; /* what is inside is taken for the same format again, down to the depth limit */
}

static inline int fuzz_reading(const struct kh_reader *reader, const uint8_t *bytes, size_t n)
{
	uint8_t sum = 0;
	const struct kh_document_options options = {.limits = &fuzz_limits, .ocr = KH_OCR_NEVER};
	const struct kh_document_sink sink = {&sum, fuzz_on_begin, fuzz_on_line, fuzz_on_end, fuzz_on_gap, fuzz_enough, fuzz_of_interest};
	struct kh_reading_file file = {.options = &options, .sink = &sink, .reader_of = fuzz_reader_of};
	fuzz_only = reader;
	kh_reading_run(&file, bytes, n);
	return 0;
}
