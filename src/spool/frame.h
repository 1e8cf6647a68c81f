/* One record as it lies in a segment: a header of 64 bytes, little endian, then the payload.
 *
 *      0  u32 magic            24  i64 time (Unix ms)
 *      4  u32 CRC-32C of 8…63  32  u64 producer
 *      8  u32 payload length   40  u64 n, the producer's own number
 *     12  u32 CRC of payload   48  u64 tag
 *     16  u32 seq - first      56  u64 0
 *     20  u32 place in segment
 *
 * A header is believed when its own sum is right, so a damaged payload costs one record; after a damaged header the next magic with a right
 * sum is looked for. The magic holds bytes that UTF-8 never has, so no payload of ours looks like it. The place in the segment tells how many
 * records lie between two that could be read. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_FRAME_HEADER 64
#define KH_FRAME_MAGIC 0xf5cbfef5U

struct kh_frame {
	uint32_t len, payload_crc, delta, place;
	int64_t time_ms;
	uint64_t producer, n, tag;
};

/* Appends header and payload; len and payload_crc of the frame are worked out here. */
void kh_frame_add(struct kh_buf *b, const struct kh_frame *frame, const void *payload, size_t len);

/* False when these bytes are no header of ours, or a damaged one. */
bool kh_frame_read(const uint8_t header[KH_FRAME_HEADER], struct kh_frame *ret) KH_MUST_USE;
