#include "base/test.h"

#include "spool/crc32c.h"
#include "spool/frame.h"
#include "spool/segment.h"

/* RFC 3720, appendix B.4. */
static void crc_agrees_with_the_standard(void **state)
{
	(void)state;
	uint8_t bytes[32] = {0};
	assert_int_equal(kh_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(kh_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof bytes; i++)
		bytes[i] = i;
	assert_int_equal(kh_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
	assert_int_equal(kh_crc32c(kh_crc32c(0, bytes, 5), bytes + 5, 27), 0x46dd794e);
	assert_int_equal(kh_crc32c(0, bytes, 0), 0);
}

static const struct kh_frame example = {.delta = 7, .place = 3, .time_ms = -1, .producer = 11, .n = 12, .tag = 13};

static void header_comes_back(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_frame_add(&b, &example, "hello", 5);
	assert_int_equal(b.len, KH_FRAME_HEADER + 5);
	struct kh_frame f = {0};
	assert_true(kh_frame_read((const uint8_t *)b.data, &f));
	assert_int_equal(f.len, 5);
	assert_int_equal(f.payload_crc, kh_crc32c(0, "hello", 5));
	assert_int_equal(f.delta, 7);
	assert_int_equal(f.place, 3);
	assert_true(f.time_ms == -1 && f.producer == 11 && f.n == 12 && f.tag == 13);
}

static void any_flipped_bit_is_seen(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_frame_add(&b, &example, "hello", 5);
	struct kh_frame f = {0};
	for (size_t bit = 0; bit < KH_FRAME_HEADER * 8; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(kh_frame_read((const uint8_t *)b.data, &f));
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void names_of_segments(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "ledger", "00000001-0000000000000002-0000000000000003.", "00000001-0000000000000002-0000000000000003.events",
		"00000001-0000000000000002-000000000000000g.event", "00000001-0000000000000002-0000000000000003.event~",
		"0000000A-0000000000000002-0000000000000003.event", "00000001_0000000000000002-0000000000000003.event",
	};
	struct kh_segment s = {.fd = -1};
	assert_true(kh_segment_parse_name("0000000a-fedcba9876543210-0000000000000003.facts", &s));
	assert_int_equal(s.class_, KH_SPOOL_FACTS);
	assert_int_equal(s.ordinal, 10);
	assert_true(s.epoch == 0xfedcba9876543210U && s.first == 3);
	for (size_t i = 0; i < KH_COUNT(bad); i++)
		assert_false(kh_segment_parse_name(bad[i], &s));
}

KH_TESTS(crc_agrees_with_the_standard, header_comes_back, any_flipped_bit_is_seen, names_of_segments)
