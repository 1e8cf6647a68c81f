#include "spool/frame.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "spool/crc32c.h"

#include <string.h>

enum { SUMMED_FROM = 8 };

void kh_frame_add(struct kh_buf *b, const struct kh_frame *frame, const void *payload, size_t len)
{
	kh_auto_buf struct kh_buf rest = KH_BUF_INIT;
	kh_buf_add_u32le(&rest, (uint32_t)len);
	kh_buf_add_u32le(&rest, kh_crc32c(0, payload, len));
	kh_buf_add_u32le(&rest, frame->delta);
	kh_buf_add_u32le(&rest, frame->place);
	kh_buf_add_u64le(&rest, (uint64_t)frame->time_ms);
	kh_buf_add_u64le(&rest, frame->producer);
	kh_buf_add_u64le(&rest, frame->n);
	kh_buf_add_u64le(&rest, frame->tag);
	kh_buf_add_u64le(&rest, 0);
	kh_assert(rest.len == KH_FRAME_HEADER - SUMMED_FROM);
	kh_buf_add_u32le(b, KH_FRAME_MAGIC);
	kh_buf_add_u32le(b, kh_crc32c(0, rest.data, rest.len));
	kh_buf_add(b, rest.data, rest.len);
	kh_buf_add(b, payload, len);
}

bool kh_frame_read(const uint8_t header[KH_FRAME_HEADER], struct kh_frame *ret)
{
	struct kh_cursor c = kh_cursor_of(header, KH_FRAME_HEADER);
	struct kh_frame f = {0};
	uint32_t magic = 0, sum = 0;
	uint64_t time = 0, reserved = 0;
	bool whole = kh_cursor_u32le(&c, &magic) && kh_cursor_u32le(&c, &sum) && kh_cursor_u32le(&c, &f.len) &&
		     kh_cursor_u32le(&c, &f.payload_crc) && kh_cursor_u32le(&c, &f.delta) && kh_cursor_u32le(&c, &f.place) &&
		     kh_cursor_u64le(&c, &time) && kh_cursor_u64le(&c, &f.producer) && kh_cursor_u64le(&c, &f.n) &&
		     kh_cursor_u64le(&c, &f.tag) && kh_cursor_u64le(&c, &reserved);
	if (!whole || magic != KH_FRAME_MAGIC || f.len > KH_MAX_RECORD || f.place > INT32_MAX || f.delta > INT32_MAX)
		return false;
	if (sum != kh_crc32c(0, header + SUMMED_FROM, KH_FRAME_HEADER - SUMMED_FROM))
		return false;
	f.time_ms = (int64_t)time;
	*ret = f;
	return true;
}
