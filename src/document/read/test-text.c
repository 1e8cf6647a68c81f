#include "base/test.h"
#include "document/read/test_reading.h"
#include "document/read/text.h"
#include "document/vietnamese/convert.h"

#include <utf8proc.h>

#define READS(bytes, wanted) test_reads(bytes, sizeof(bytes) - 1, wanted)

static void lines_end_as_systems_end_them(void **state)
{
	(void)state;
	READS("a\nb\r\nc\rd\fe", "begin text\nbody 0: a\nbody 0: b\nbody 0: c\nbody 0: d\nbody 0: e\nend\n");
	READS("\n \n\t\n", "begin text\nend\n");
	READS("UBND TINH        MAT\n        MAT\n", "begin text\nbody 0: UBND TINH\tMAT\nbody 0: MAT\nend\n");
}

static void unicode_is_known_with_and_without_a_mark(void **state)
{
	(void)state;
	READS("\xef\xbb\xbfMật", "begin text\nbody 0: Mật\nend\n");
	READS("Ma\xcc\xa3\xcc\x82t", "begin text\nbody 0: Mật\nend\n");
	READS("\xff\xfeM\0\xad\x1et\0", "begin text\nbody 0: Mật\nend\n");
	READS("\xfe\xff\0M\x1e\xad\0t", "begin text\nbody 0: Mật\nend\n");
	READS("T\0\xd1\x1ei\0 \0m\0\xad\x1et\0", "begin text\nbody 0: Tối mật\nend\n");
	READS("\0T\x1e\xd1\0i\0 \0m\x1e\xad\0t", "begin text\nbody 0: Tối mật\nend\n");
	READS("\xff\xfe\x3d\xd8\x00\xde\x00\xdc", "begin text\nbody 0: 😀\xef\xbf\xbd\nend\n"); /* a pair, and half a one */
}

static void bytes_of_legacy_charsets_are_guessed(void **state)
{
	static const enum kh_charset all[] = {KH_CHARSET_TCVN3, KH_CHARSET_VNI, KH_CHARSET_VPS, KH_CHARSET_VISCII, KH_CHARSET_CP1258};
	static const char text[] = "Mật\nCộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n";
	(void)state;
	for (size_t i = 0; i < KH_COUNT(all); i++) {
		kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
		struct test_told told = {0};
		kh_charset_encode(all[i], text, strlen(text), &bytes);
		test_read(&told, bytes.data, bytes.len);
		assert_string_equal(kh_buf_text(&told.text), "begin text\nbody 0 guessed: Mật\nbody 0 guessed: Cộng hòa xã hội chủ nghĩa Việt Nam\n"
							     "body 0 guessed: Độc lập - Tự do - Hạnh phúc\nend\n");
		for (size_t k = 0; k < told.lines.n; k++)
			assert_int_equal(told.lines.v[k].charset, all[i]);
		test_told_done(&told);
	}
	READS("d\xe9j\xe0 vu \xe0 l'\xe9t\xe9", "begin text\nbody 0 guessed: déjà vu à l'été\nend\n");
	READS("Th\xf4ng \x93t\xf4i\x94", "begin text\nbody 0 guessed: Thông “tôi”\nend\n");
}

static void an_encrypted_text_is_said_to_be(void **state)
{
	(void)state;
	READS("-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "begin text\ngap encrypted\nbody 0: -----BEGIN PGP MESSAGE-----\nbody 0: hQ==\nend\n");
}

static void what_is_no_text_is_none(void **state)
{
	static const uint8_t noise[64] = {1, 2, 3, 0, 5, 200, 7, 0, 0, 0, 9, 201};
	(void)state;
	test_reads(noise, sizeof noise, "begin none\nend\n");
	READS("", "begin none\nend\n");
}

static void a_long_text_is_the_same_in_pieces(void **state)
{
	kh_auto_buf struct kh_buf in = KH_BUF_INIT, out = KH_BUF_INIT, utf16 = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	for (unsigned i = 0; i < 30000; i++)
		kh_buf_addf(&in, "%s%uế mật độ%s", i % 7 ? " " : "\n", i, i % 50 ? "" : "😀");
	for (size_t at = 0; at < in.len;) {
		int32_t c = 0;
		at += (size_t)utf8proc_iterate((const uint8_t *)in.data + at, (utf8proc_ssize_t)(in.len - at), &c);
		unsigned units[2] = {c < 0x10000 ? (unsigned)c : 0xd800U + ((unsigned)(c - 0x10000) >> 10), 0xdc00U + ((unsigned)(c - 0x10000) & 0x3ff)};
		for (int u = 0; u < (c < 0x10000 ? 1 : 2); u++) {
			kh_buf_addc(&utf16, (char)(units[u] & 0xff));
			kh_buf_addc(&utf16, (char)(units[u] >> 8));
		}
	}
	test_read(&told, in.data, in.len);
	test_read(&told, utf16.data, utf16.len);
	size_t half = told.lines.n / 2;
	assert_true(half > 4000 && told.lines.n == 2 * half);
	for (size_t i = 0; i < half; i++)
		assert_string_equal(told.lines.v[i].text, told.lines.v[half + i].text);
	test_told_done(&told);
}

/* A buffer that holds the text and no byte more takes it; one that is a byte shorter says so. The longest that a unit becomes, in a piece and behind its end: three bytes, a pair's four. */
static void what_is_converted_takes_the_room_it_needs(void **state)
{
	static const struct {
		const char *units;
		size_t bytes; /* in UTF-8 */
	} texts[] = {{"a\0", 1}, {"\xad\x1e", 3}, {"\x3d\xd8\x00\xde", 4}, {"a\0\x3d\xd8\x00\xde", 5}};
	static const size_t lengths[] = {1, 2, 2047, 2048, 2049, 5000};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(texts) * KH_COUNT(lengths) * 2; i++) {
		const size_t times = lengths[i / 2 % KH_COUNT(lengths)], kind = i / 2 / KH_COUNT(lengths), size = kind == 3 ? 6 : kind == 2 ? 4 : 2, needed = times * texts[kind].bytes, missing = i % 2;
		kh_auto_buf struct kh_buf in = KH_BUF_INIT, out = KH_BUF_MAX(5 + needed - missing);
		kh_buf_adds(&out, "begun");
		for (size_t k = 0; k < times; k++)
			kh_buf_add(&in, texts[kind].units, size);
		const size_t used = kh_text_convert(KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, (const uint8_t *)in.data, in.len, &out);
		assert_int_equal(used, in.len);
		assert_int_equal(out.overflow, missing);
		assert_true(missing ? out.len < 5 + needed : out.len == 5 + needed);
		assert_int_equal(strlen(out.data), out.len);
	}
}

static void reading_ends_when_the_sink_has_enough(void **state)
{
	struct test_told told = {.enough_after = 2};
	(void)state;
	test_read(&told, "a\nb\nc\nd\n", 8);
	assert_string_equal(kh_buf_text(&told.text), "begin text\nbody 0: a\nbody 0: b\nend\n");
	test_told_done(&told);
}

KH_TESTS(lines_end_as_systems_end_them, unicode_is_known_with_and_without_a_mark, bytes_of_legacy_charsets_are_guessed, an_encrypted_text_is_said_to_be, what_is_no_text_is_none, a_long_text_is_the_same_in_pieces, what_is_converted_takes_the_room_it_needs,
	 reading_ends_when_the_sink_has_enough)
