#include "server/ingest/batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"

#include <zstd.h>

enum { WINDOW_LOG_MAX = 25 }; /* 32 MiB, the largest batch: what a frame may make us keep */

static void free_dctx(ZSTD_DCtx **d)
{
	ZSTD_freeDCtx(*d);
}

/* Room for what the frame says it holds, so that it is unpacked in one go; 64 KiB when it does not say. */
static size_t step_for(const void *bytes, size_t n)
{
	unsigned long long size = ZSTD_getFrameContentSize(bytes, n);
	return size == 0 || size > KH_MAX_BATCH_BYTES ? 64 * KH_KIB : (size_t)size;
}

int kh_batch_unpack(const void *bytes, size_t n, struct kh_buf *ret)
{
	KH_CLEANUP(free_dctx) ZSTD_DCtx *d = ZSTD_createDCtx();
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_MAX_BATCH_BYTES);
	kh_assert(d && !ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)));
	ZSTD_inBuffer in = {bytes, n, 0};
	size_t left = 1, step = step_for(bytes, n);
	while (in.pos < in.size || left) {
		size_t room = KH_MIN(step, KH_MAX_BATCH_BYTES - text.len);
		ZSTD_outBuffer out = {kh_buf_reserve(&text, room), room, 0};
		size_t before = in.pos;
		left = ZSTD_decompressStream(d, &out, &in);
		if (ZSTD_isError(left))
			return kh_fail(KH_E_BATCH_MALFORMED, "zstd: %s", ZSTD_getErrorName(left));
		text.len += out.pos;
		if (left && out.pos == out.size && text.len == KH_MAX_BATCH_BYTES)
			return kh_fail(KH_E_TOO_LARGE, "more than %lu bytes unpacked", KH_MAX_BATCH_BYTES);
		if (left && out.pos == 0 && in.pos == before)
			return kh_fail(KH_E_BATCH_MALFORMED, "zstd: the data ends early");
		step = 64 * KH_KIB;
	}
	kh_buf_done(ret);
	*ret = text;
	text = (struct kh_buf){0};
	return 0;
}
