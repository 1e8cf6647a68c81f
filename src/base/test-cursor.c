#include "base/cursor.h"
#include "base/test.h"

static void reads_both_orders(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
	struct kh_cursor c = kh_cursor_of(bytes, sizeof bytes);
	uint8_t u8 = 0;
	uint16_t u16 = 0;
	uint32_t u32 = 0;
	assert_true(kh_cursor_u8(&c, &u8));
	assert_int_equal(u8, 1);
	assert_true(kh_cursor_u16le(&c, &u16));
	assert_int_equal(u16, 0x0302);
	assert_true(kh_cursor_u16be(&c, &u16));
	assert_int_equal(u16, 0x0405);
	assert_true(kh_cursor_u32le(&c, &u32));
	assert_int_equal(u32, 0x09080706);
	assert_true(kh_cursor_u32be(&c, &u32));
	assert_int_equal(u32, 0x0a0b0c0d);
	assert_int_equal(kh_cursor_left(&c), 1);
}

static void a_failed_read_moves_nothing(void **state)
{
	(void)state;
	struct kh_cursor c = kh_cursor_of("abc", 3), sub = {0};
	uint32_t u32 = 7;
	uint64_t u64 = 7;
	char copy[8];
	assert_false(kh_cursor_u32le(&c, &u32));
	assert_false(kh_cursor_u64be(&c, &u64));
	assert_false(kh_cursor_skip(&c, SIZE_MAX));
	assert_false(kh_cursor_sub(&c, 4, &sub));
	assert_false(kh_cursor_copy(&c, copy, 4));
	assert_int_equal(u32, 7);
	assert_int_equal(kh_cursor_left(&c), 3);
	assert_true(kh_cursor_sub(&c, 3, &sub));
	assert_int_equal(kh_cursor_left(&sub), 3);
}

static void gives_lines(void **state)
{
	(void)state;
	static const char text[] = "one\r\n\ntwo\rx\nlast";
	static const char *const expected[] = {"one", "", "two\rx", "last"};
	struct kh_cursor c = kh_cursor_of(text, sizeof text - 1);
	const char *line = NULL;
	size_t len = 0;
	for (size_t i = 0; i < KH_COUNT(expected); i++) {
		assert_true(kh_cursor_line(&c, &line, &len));
		assert_int_equal(len, strlen(expected[i]));
		assert_memory_equal(line, expected[i], len);
	}
	assert_false(kh_cursor_line(&c, &line, &len));
}

KH_TESTS(reads_both_orders, a_failed_read_moves_nothing, gives_lines)
