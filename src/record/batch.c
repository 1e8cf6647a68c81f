#include "record/batch.h"

#include "base/error.h"

#include <inttypes.h>
#include <zstd.h>

#define PACK_LEVEL 3

int kh_batch_pack(const struct kh_batch_header *h, const char *lines, size_t n, struct kh_buf *ret)
{
	kh_auto_buf struct kh_buf plain = KH_BUF_MAX(KH_MAX_BATCH_BYTES);
	kh_buf_addf(&plain, "{\"v\":1,\"epoch\":\"%016" PRIx64 "\",\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"time_ms\":%" PRId64 ",\"clock_offset_ms\":%" PRId64 "}\n",
		    h->epoch, h->first, h->last, h->time_ms, h->clock_offset_ms);
	kh_buf_add(&plain, lines, n);
	int r = kh_buf_status(&plain);
	if (r < 0)
		return r;
	size_t room = ZSTD_compressBound(plain.len);
	void *to = kh_buf_reserve(ret, room);
	size_t packed = to ? ZSTD_compress(to, room, plain.data, plain.len, PACK_LEVEL) : 0;
	if (!to || ZSTD_isError(packed))
		return kh_fail(KH_E_TOO_LARGE, "a batch of %zu bytes cannot be packed", plain.len);
	ret->len += packed;
	return 0;
}
