#include "base/alloc.h"
#include "base/test.h"
#include "unpack/decoder.h"
#include "unpack/test_archive.h"

static const struct {
	const char *filter;
	enum kh_codec codec;
} codecs[] = {
	{"gzip", KH_CODEC_GZIP}, {"bzip2", KH_CODEC_BZIP2}, {"xz", KH_CODEC_XZ}, {"lzma", KH_CODEC_LZMA}, {"lzip", KH_CODEC_LZIP}, {"zstd", KH_CODEC_ZSTD},
};
enum { TEXT = 300000 };
static char text[TEXT];

static void make(const char *filter, const void *bytes, size_t n, struct kh_buf *ret)
{
	for (size_t i = 0; i < TEXT; i++)
		text[i] = (char)(i * i % 251);
	test_archive("raw", filter, NULL, &(struct test_member){"x", bytes, n}, 1, ret);
}

/* Reads all, in pieces; whether it is whole. */
static bool decode(enum kh_codec codec, const struct kh_buf *b, size_t n, size_t piece, struct kh_buf *ret)
{
	void *exact = kh_memdup(kh_buf_text(b), n);
	kh_auto_decoder struct kh_decoder *d = kh_decoder_new(codec, exact, n);
	kh_buf_reset(ret);
	for (size_t got = piece; got == piece;) {
		got = kh_decoder_read(d, kh_buf_reserve(ret, piece), piece);
		ret->len += got;
	}
	bool whole = !kh_decoder_damaged(d);
	free(exact);
	return whole;
}

static void decodes_in_pieces(void **state)
{
	(void)state;
	static const size_t pieces[] = {1, 7, 4096, 10 * TEXT};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, got = KH_BUF_INIT;
	for (size_t i = 0; i < KH_COUNT(codecs); i++) {
		make(codecs[i].filter, text, TEXT, &b);
		for (size_t k = 0; k < KH_COUNT(pieces); k++) {
			assert_true(decode(codecs[i].codec, &b, b.len, pieces[k], &got));
			assert_int_equal(got.len, TEXT);
			assert_memory_equal(got.data, text, TEXT);
		}
	}
}

static void says_what_is_cut(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, got = KH_BUF_INIT;
	for (size_t i = 0; i < KH_COUNT(codecs); i++) {
		make(codecs[i].filter, text, TEXT, &b);
		for (size_t n = 0; n < b.len; n += n < 40 ? 1 : 97) {
			if (decode(codecs[i].codec, &b, n, TEXT, &got))
				fail_msg("%s cut at %zu of %zu", codecs[i].filter, n, b.len);
			assert_true(got.len <= TEXT && memcmp(kh_buf_text(&got), text, got.len) == 0);
		}
	}
}

static void goes_on_with_the_next_part(void **state)
{
	(void)state;
	static const enum kh_codec parts[] = {KH_CODEC_GZIP, KH_CODEC_BZIP2, KH_CODEC_XZ, KH_CODEC_LZIP, KH_CODEC_ZSTD};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, two = KH_BUF_INIT, got = KH_BUF_INIT;
	for (size_t i = 0; i < KH_COUNT(codecs); i++) {
		bool has_parts = false;
		for (size_t k = 0; k < KH_COUNT(parts); k++)
			has_parts |= parts[k] == codecs[i].codec;
		if (!has_parts)
			continue;
		make(codecs[i].filter, "hello", 5, &b);
		kh_buf_reset(&two);
		kh_buf_add(&two, b.data, b.len);
		kh_buf_add(&two, b.data, b.len);
		assert_true(decode(codecs[i].codec, &two, two.len, 100, &got));
		assert_int_equal(got.len, 10);
		assert_memory_equal(got.data, "hellohello", 10);
	}
	make("gzip", "hello", 5, &b);
	kh_buf_adds(&b, "what follows");
	assert_true(decode(KH_CODEC_GZIP, &b, b.len, 100, &got));
	assert_int_equal(got.len, 5);
}

static void decodes_at_once(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	char to[TEXT];
	make("gzip", text, TEXT, &b);
	assert_int_equal(kh_gzip_size((const uint8_t *)b.data, b.len), TEXT);
	assert_true(kh_gzip_whole((const uint8_t *)b.data, b.len, to, TEXT));
	assert_memory_equal(to, text, TEXT);
	assert_false(kh_gzip_whole((const uint8_t *)b.data, b.len, to, TEXT - 1));
	assert_false(kh_gzip_whole((const uint8_t *)b.data, b.len - 9, to, TEXT));
	assert_int_equal(kh_gzip_size((const uint8_t *)"\x1f\x8b", 2), 0);
	memset(b.data + b.len - 4, 0xff, 4); /* 4 GiB of so little: that cannot be */
	assert_int_equal(kh_gzip_size((const uint8_t *)b.data, b.len), 0);
}

/* A dictionary larger than is held: the header of an LZMA_alone file can ask for 4 GiB. */
static void bounds_the_dictionary(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, got = KH_BUF_INIT;
	make("lzma", "hello", 5, &b);
	assert_true(decode(KH_CODEC_LZMA, &b, b.len, 100, &got));
	memcpy(b.data + 1, "\0\0\0\x40", 4); /* 1 GiB */
	assert_false(decode(KH_CODEC_LZMA, &b, b.len, 100, &got));
	assert_int_equal(got.len, 0);
}

KH_TESTS(decodes_in_pieces, says_what_is_cut, goes_on_with_the_next_part, decodes_at_once, bounds_the_dictionary)
