#include "unpack/limits.h"

void kh_unpack_limits_put(const struct kh_unpack_limits *l, struct kh_buf *b)
{
	const uint64_t numbers[] = {l->depth, l->members, l->member_bytes, l->held_bytes, l->total_bytes, l->ratio, l->ratio_floor, (uint64_t)l->time_ms};
	for (size_t i = 0; i < KH_COUNT(numbers); i++)
		kh_buf_add_u64le(b, numbers[i]);
	kh_buf_addc(b, l->closed);
}

bool kh_unpack_limits_get(struct kh_cursor *c, struct kh_unpack_limits *ret)
{
	uint64_t v[8];
	uint8_t closed = 0;
	for (size_t i = 0; i < KH_COUNT(v); i++)
		if (!kh_cursor_u64le(c, &v[i]) || v[i] > INT64_MAX)
			return false;
	if (!kh_cursor_u8(c, &closed) || closed > 1)
		return false;
	*ret = (struct kh_unpack_limits){v[0], v[1], v[2], v[3], v[4], v[5], v[6], (int64_t)v[7], closed};
	return true;
}
