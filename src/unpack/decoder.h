/* Compressed bytes → bytes, a piece at a time, from memory: what could be read before the damage is given, and nothing else is lost.
 *
 * By zlib (gzip of several parts, zlib, raw deflate), bzip2 (several streams), liblzma (xz, lzma, lzip) and zstd (several frames). What follows the last
 * part and begins none is ignored, as gzip does. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_codec {
	KH_CODEC_GZIP = 1,
	KH_CODEC_ZLIB,
	KH_CODEC_DEFLATE, /* without a header */
	KH_CODEC_BZIP2,
	KH_CODEC_XZ,
	KH_CODEC_LZMA, /* LZMA_alone */
	KH_CODEC_LZIP,
	KH_CODEC_ZSTD,
};

struct kh_decoder;

struct kh_decoder *kh_decoder_new(enum kh_codec codec, const void *bytes, size_t n) KH_MUST_USE; /* the bytes stay the caller's, and stay */
void kh_decoder_free(struct kh_decoder *d);

/* Fills `to` as far as it goes; 0: there is no more. */
size_t kh_decoder_read(struct kh_decoder *d, void *to, size_t room);
size_t kh_decoder_left(const struct kh_decoder *d); /* compressed bytes that it has not had yet */
bool kh_decoder_damaged(const struct kh_decoder *d); /* after the end: cut short or not what it should be */

/* A gzip file of one part at once, by libdeflate: twice as fast as a piece at a time. The size it says of itself, 0 when that cannot be; then its bytes, false when
 * they are not exactly so many: then it is to be read piece by piece. */
size_t kh_gzip_size(const uint8_t *bytes, size_t n);
bool kh_gzip_whole(const uint8_t *bytes, size_t n, void *to, size_t size) KH_MUST_USE;

/* The same of deflate without a header; bytes may follow it. And the sum that ZIP keeps of each member. */
bool kh_deflate_can_be(size_t n, uint64_t size); /* whether n bytes can become so many */
bool kh_deflate_whole(const uint8_t *bytes, size_t n, void *to, size_t size) KH_MUST_USE;
uint32_t kh_crc32(const void *bytes, size_t n);

KH_DEFINE_CLEANUP(decoder, struct kh_decoder *, kh_decoder_free);
#define kh_auto_decoder KH_CLEANUP(kh_cleanup_decoder)
