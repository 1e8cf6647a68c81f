#include "unpack/decoder.h"

#include "base/alloc.h"
#include "unpack/limits.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum step { MORE, ENDED, BROKEN }; /* what one call of a library said */

struct decoder_kind {
	bool (*start)(struct kh_decoder *d);
	enum step (*step)(struct kh_decoder *d, uint8_t *to, size_t room, size_t *ret_made);
	void (*stop)(struct kh_decoder *d);
	bool (*again)(const struct kh_decoder *d); /* whether another part begins here; NULL: never */
	bool (*restart)(struct kh_decoder *d);     /* for it; must be quick: parts can be empty, and millions */
};

struct kh_decoder {
	const struct decoder_kind *kind;
	const uint8_t *at;
	size_t left; /* of the compressed bytes */
	bool started, ended, damaged;
	int window; /* for inflateInit2() */
	enum kh_codec codec;
	union {
		z_stream z;
		bz_stream bz;
		lzma_stream lzma;
		ZSTD_DStream *zstd;
	};
};

#define MAX_PIECE ((size_t)1 << 30) /* the libraries count in 32 bits */

static void consumed(struct kh_decoder *d, size_t n)
{
	d->at += n;
	d->left -= n;
}

/* ---- zlib ---- */

static bool start_zlib(struct kh_decoder *d)
{
	memset(&d->z, 0, sizeof d->z);
	return inflateInit2(&d->z, d->window) == Z_OK;
}

static enum step step_zlib(struct kh_decoder *d, uint8_t *to, size_t room, size_t *ret_made)
{
	size_t in = KH_MIN(d->left, MAX_PIECE), out = KH_MIN(room, MAX_PIECE);
	d->z.next_in = (Bytef *)d->at; /* zlib does not write there */
	d->z.avail_in = (uInt)in;
	d->z.next_out = to;
	d->z.avail_out = (uInt)out;
	int r = inflate(&d->z, Z_NO_FLUSH);
	consumed(d, in - d->z.avail_in);
	*ret_made = out - d->z.avail_out;
	return r == Z_OK ? MORE : r == Z_STREAM_END ? ENDED : BROKEN;
}

static void stop_zlib(struct kh_decoder *d)
{
	inflateEnd(&d->z);
}

static bool restart_zlib(struct kh_decoder *d)
{
	return inflateReset(&d->z) == Z_OK;
}

static bool gzip_again(const struct kh_decoder *d)
{
	return d->left >= 3 && memcmp(d->at, "\x1f\x8b\x08", 3) == 0;
}

/* ---- bzip2 ---- */

static bool start_bzip2(struct kh_decoder *d)
{
	memset(&d->bz, 0, sizeof d->bz);
	return BZ2_bzDecompressInit(&d->bz, 0, 0) == BZ_OK;
}

static enum step step_bzip2(struct kh_decoder *d, uint8_t *to, size_t room, size_t *ret_made)
{
	size_t in = KH_MIN(d->left, MAX_PIECE), out = KH_MIN(room, MAX_PIECE);
	d->bz.next_in = (char *)d->at;
	d->bz.avail_in = (unsigned)in;
	d->bz.next_out = (char *)to;
	d->bz.avail_out = (unsigned)out;
	int r = BZ2_bzDecompress(&d->bz);
	size_t used = in - d->bz.avail_in;
	consumed(d, used);
	*ret_made = out - d->bz.avail_out;
	if (r == BZ_OK && used == 0 && *ret_made == 0)
		return BROKEN; /* it wants more than there is */
	return r == BZ_OK ? MORE : r == BZ_STREAM_END ? ENDED : BROKEN;
}

static void stop_bzip2(struct kh_decoder *d)
{
	BZ2_bzDecompressEnd(&d->bz);
}

static bool restart_bzip2(struct kh_decoder *d)
{
	stop_bzip2(d);
	return start_bzip2(d);
}

static bool bzip2_again(const struct kh_decoder *d)
{
	return d->left >= 4 && memcmp(d->at, "BZh", 3) == 0;
}

/* ---- liblzma ---- */

#define MEMORY (KH_UNPACK_MAX_DICTIONARY + 16 * KH_MIB) /* and what it needs besides */

static bool start_lzma(struct kh_decoder *d)
{
	const lzma_stream fresh = LZMA_STREAM_INIT;
	d->lzma = fresh;
	if (d->codec == KH_CODEC_XZ)
		return lzma_stream_decoder(&d->lzma, MEMORY, LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK;
	return (d->codec == KH_CODEC_LZIP ? lzma_lzip_decoder(&d->lzma, MEMORY, LZMA_CONCATENATED) : lzma_alone_decoder(&d->lzma, MEMORY)) ==
	       LZMA_OK;
}

static enum step step_lzma(struct kh_decoder *d, uint8_t *to, size_t room, size_t *ret_made)
{
	d->lzma.next_in = d->at;
	d->lzma.avail_in = d->left;
	d->lzma.next_out = to;
	d->lzma.avail_out = room;
	lzma_ret r = lzma_code(&d->lzma, LZMA_FINISH);
	consumed(d, d->left - d->lzma.avail_in);
	*ret_made = room - d->lzma.avail_out;
	return r == LZMA_OK || r == LZMA_UNSUPPORTED_CHECK ? MORE : r == LZMA_STREAM_END ? ENDED : BROKEN;
}

static void stop_lzma(struct kh_decoder *d)
{
	lzma_end(&d->lzma);
}

/* ---- zstd ---- */

static bool start_zstd(struct kh_decoder *d)
{
	d->zstd = ZSTD_createDStream();
	return d->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, KH_UNPACK_MAX_WINDOW_LOG));
}

static enum step step_zstd(struct kh_decoder *d, uint8_t *to, size_t room, size_t *ret_made)
{
	ZSTD_inBuffer in = {d->at, d->left, 0};
	ZSTD_outBuffer out = {to, room, 0};
	size_t r = ZSTD_decompressStream(d->zstd, &out, &in);
	consumed(d, in.pos);
	*ret_made = out.pos;
	if (ZSTD_isError(r) || (r > 0 && in.pos == 0 && out.pos == 0))
		return BROKEN;
	return r == 0 ? ENDED : MORE;
}

static void stop_zstd(struct kh_decoder *d)
{
	ZSTD_freeDStream(d->zstd);
}

static bool restart_zstd(struct kh_decoder *d)
{
	(void)d; /* it goes on by itself */
	return true;
}

static bool zstd_again(const struct kh_decoder *d)
{
	return d->left >= 4 && (memcmp(d->at, "\x28\xb5\x2f\xfd", 4) == 0 || ((d->at[0] & 0xf0) == 0x50 && memcmp(d->at + 1, "\x2a\x4d\x18", 3) == 0));
}

/* ---- all of them ---- */

static const struct decoder_kind gzip = {start_zlib, step_zlib, stop_zlib, gzip_again, restart_zlib}, zlib = {start_zlib, step_zlib, stop_zlib, NULL, NULL},
				 bzip2 = {start_bzip2, step_bzip2, stop_bzip2, bzip2_again, restart_bzip2}, lzma = {start_lzma, step_lzma, stop_lzma, NULL, NULL},
				 zstd = {start_zstd, step_zstd, stop_zstd, zstd_again, restart_zstd};

struct kh_decoder *kh_decoder_new(enum kh_codec codec, const void *bytes, size_t n)
{
	static const struct {
		const struct decoder_kind *kind;
		int window;
	} kinds[] = {
		[KH_CODEC_GZIP] = {&gzip, 15 + 16}, [KH_CODEC_ZLIB] = {&zlib, 15}, [KH_CODEC_DEFLATE] = {&zlib, -15}, [KH_CODEC_BZIP2] = {&bzip2, 0},
		[KH_CODEC_XZ] = {&lzma, 0},	    [KH_CODEC_LZMA] = {&lzma, 0},  [KH_CODEC_LZIP] = {&lzma, 0},      [KH_CODEC_ZSTD] = {&zstd, 0},
	};
	struct kh_decoder *d = kh_alloc(sizeof *d);
	d->codec = codec;
	d->kind = kinds[codec].kind;
	d->window = kinds[codec].window;
	d->at = bytes;
	d->left = n;
	d->started = d->kind->start(d);
	d->ended = d->damaged = !d->started;
	return d;
}

void kh_decoder_free(struct kh_decoder *d)
{
	if (d && d->started)
		d->kind->stop(d);
	free(d);
}

/* At the end of a part: goes on with the next, if one begins. */
static void end_part(struct kh_decoder *d)
{
	if (!d->kind->again || !d->kind->again(d)) {
		d->ended = true;
		return;
	}
	d->started = d->kind->restart(d);
	d->ended = d->damaged = !d->started;
}

size_t kh_decoder_read(struct kh_decoder *d, void *to, size_t room)
{
	size_t filled = 0;
	while (filled < room && !d->ended) {
		size_t made = 0;
		enum step s = d->kind->step(d, (uint8_t *)to + filled, room - filled, &made);
		filled += made;
		if (s == ENDED)
			end_part(d);
		else if (s == BROKEN)
			d->ended = d->damaged = true;
	}
	return filled;
}

bool kh_decoder_damaged(const struct kh_decoder *d)
{
	return d->damaged;
}

size_t kh_decoder_left(const struct kh_decoder *d)
{
	return d->left;
}

/* ---- at once ---- */

bool kh_deflate_can_be(size_t n, uint64_t size)
{
	enum { MOST_RATIO = 1032 };
	return size / MOST_RATIO <= n;
}

size_t kh_gzip_size(const uint8_t *bytes, size_t n)
{
	enum { LEAST = 18 };
	if (n < LEAST)
		return 0;
	const uint8_t *p = bytes + n - 4;
	size_t size = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
	return kh_deflate_can_be(n, size) ? size : 0;
}

bool kh_gzip_whole(const uint8_t *bytes, size_t n, void *to, size_t size)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t used = 0, made = 0;
	bool good = d && libdeflate_gzip_decompress_ex(d, bytes, n, to, size, &used, &made) == LIBDEFLATE_SUCCESS && used == n && made == size;
	libdeflate_free_decompressor(d);
	return good;
}

bool kh_deflate_whole(const uint8_t *bytes, size_t n, void *to, size_t size)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	bool good = d && libdeflate_deflate_decompress(d, bytes, n, to, size, NULL) == LIBDEFLATE_SUCCESS;
	libdeflate_free_decompressor(d);
	return good;
}

uint32_t kh_crc32(const void *bytes, size_t n)
{
	return libdeflate_crc32(0, bytes, n);
}
