/* Writing a batch as it goes over the wire: a header line, the records' lines, packed by zstd (docs/protocol.md). */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdint.h>

struct kh_batch_header {
	uint64_t epoch, first, last;
	int64_t time_ms, clock_offset_ms;
};

/* Appends the packed batch. `lines` are the records from first to last, each with its line end (kh_record_line). KH_E_TOO_LARGE. */
int kh_batch_pack(const struct kh_batch_header *header, const char *lines, size_t n, struct kh_buf *ret) KH_MUST_USE;
