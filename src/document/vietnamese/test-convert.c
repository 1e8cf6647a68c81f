#include "base/alloc.h"
#include "base/test.h"
#include "base/utf8.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/letters.h"

#include <iconv.h>
#include <utf8proc.h>

static const enum kh_charset all[] = {KH_CHARSET_TCVN3, KH_CHARSET_VNI, KH_CHARSET_VPS, KH_CHARSET_VISCII, KH_CHARSET_CP1258};

/* The letters with marks, both sizes, one a line. */
static void all_letters(struct kh_buf *to)
{
	for (int vowel = 0; vowel < KH_VOWELS; vowel++)
		for (int tone = 0; tone < KH_TONES; tone++)
			for (int capital = 0; capital < 2; capital++) {
				uint8_t bytes[4];
				struct kh_letter l = {(enum kh_vowel)vowel, (enum kh_tone)tone, capital}, again;
				int32_t c = kh_letter_character(&l);
				assert_true(kh_letter_of(c, &again) && again.vowel == l.vowel && again.tone == l.tone && again.capital == l.capital);
				kh_buf_add(to, bytes, (size_t)utf8proc_encode_char(c, bytes));
				kh_buf_addc(to, '\n');
			}
	kh_buf_adds(to, "đ\nĐ\n");
}

static void encode_and_decode(enum kh_charset c, const char *text, struct kh_buf *ret)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT, shown = KH_BUF_INIT;
	kh_charset_encode(c, text, strlen(text), &bytes);
	kh_charset_widen((const uint8_t *)kh_buf_text(&bytes), bytes.len, &shown);
	kh_charset_decode(c, kh_buf_text(&shown), shown.len, ret);
}

static void every_letter_goes_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_COUNT(all); i++) {
		kh_auto_buf struct kh_buf letters = KH_BUF_INIT, back = KH_BUF_INIT;
		all_letters(&letters);
		if (all[i] != KH_CHARSET_VISCII && all[i] != KH_CHARSET_VPS) /* which have letters there */
			kh_buf_adds(&letters, "“MẬT” – Điều 1…\n");
		kh_buf_adds(&letters, "Khoản 2; quốc gia,\tNguyễn, thuyền, giữ gìn, Ý kiến\n");
		encode_and_decode(all[i], kh_buf_text(&letters), &back);
		assert_string_equal(kh_buf_text(&back), kh_buf_text(&letters));
	}
}

/* By the C library's own tables, for the charsets that it knows. */
static void by_iconv(const char *charset, struct kh_buf *bytes, struct kh_buf *ret)
{
	kh_auto_free char *composed = NULL;
	char out[8192], *from = bytes->data, *to = out;
	size_t left = bytes->len, room = sizeof out - 1;
	iconv_t cd = iconv_open("UTF-8", charset);
	assert_ptr_not_equal(cd, (iconv_t)-1);
	assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
	assert_int_equal(iconv(cd, NULL, NULL, &to, &room), 0);
	iconv_close(cd);
	*to = '\0';
	assert_int_equal(kh_utf8_nfc(out, &composed), 0);
	kh_buf_adds(ret, composed);
}

static void tables_are_those_of_the_c_library(void **state)
{
	static const struct {
		enum kh_charset charset;
		const char *name;
		bool capitals; /* the standard's VN1 has capitals that VN3 does not */
	} cases[] = {{KH_CHARSET_VISCII, "VISCII", true}, {KH_CHARSET_CP1258, "CP1258", true}, {KH_CHARSET_TCVN3, "TCVN", false}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf letters = KH_BUF_INIT, wanted = KH_BUF_INIT, bytes = KH_BUF_INIT, got = KH_BUF_INIT;
		all_letters(&letters);
		for (const char *s = kh_buf_text(&letters); *s; s = strchr(s, '\n') + 1) {
			struct kh_letter l;
			int32_t c = 0;
			utf8proc_iterate((const uint8_t *)s, -1, &c);
			if (cases[i].capitals || !kh_letter_of(c, &l) || !l.capital || l.tone == KH_TONE_NONE)
				kh_buf_add(&wanted, s, (size_t)(strchr(s, '\n') + 1 - s));
		}
		kh_charset_encode(cases[i].charset, kh_buf_text(&wanted), wanted.len, &bytes);
		by_iconv(cases[i].name, &bytes, &got);
		assert_string_equal(kh_buf_text(&got), kh_buf_text(&wanted));
	}
}

static void texts_as_they_are_met(void **state)
{
	static const struct {
		enum kh_charset charset;
		const char *shown, *text;
	} cases[] = {
		{KH_CHARSET_TCVN3, "Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"},
		{KH_CHARSET_TCVN3, "§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"},
		{KH_CHARSET_TCVN3, "n\xc2\xad\xc3\xad" "c", "nước" /* ư is the soft hyphen's place */},
		{KH_CHARSET_TCVN3, "A¸ £Õ O¸", "Á Ế Oá"},
		{KH_CHARSET_TCVN3, "\xef\x82\xae\xc3\xaa", "đờ" /* F0AE */},
		{KH_CHARSET_VNI, "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"},
		{KH_CHARSET_VNI, "ÑOÄC LAÄP – Töï do – Haïnh phuùc", "ĐỘC LẬP – Tự do – Hạnh phúc"},
		{KH_CHARSET_VNI, "nöôùc", "nước"},
		{KH_CHARSET_VNI, "t\xc3\xb8 \xc3\xa4", "tø ä" /* marks without a vowel stay */},
		{KH_CHARSET_VISCII, "Vi®t Nam ð¤t nß¾c", "Việt Nam đất nước"},
		{KH_CHARSET_CP1258, "Viêòt Nam ðâÌt nýõìc", "Việt Nam đầt nước"},
		{KH_CHARSET_VPS, "Vi\xc5\x92t Nam \xc3\x87\xc3\x83t n\xc3\x9c\xc2\xa7" "c", "Việt Nam đất nước"},
		{KH_CHARSET_CP1252, "été", "été"},
		{KH_CHARSET_TCVN3, "日本 ộ", "日本 ộ"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf got = KH_BUF_INIT;
		kh_charset_decode(cases[i].charset, cases[i].shown, strlen(cases[i].shown), &got);
		assert_string_equal(kh_buf_text(&got), cases[i].text);
	}
}

static void what_a_charset_lacks_is_a_question_mark(void **state)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	(void)state;
	for (size_t i = 0; i < KH_COUNT(all); i++)
		kh_charset_encode(all[i], "日", 3, &bytes);
	kh_charset_encode(KH_CHARSET_TCVN3, "§", 2, &bytes); /* Đ stands there */
	assert_string_equal(kh_buf_text(&bytes), "??????");
}

static void every_byte_is_shown_and_found_again(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		kh_auto_buf struct kh_buf shown = KH_BUF_INIT;
		int32_t c = 0;
		kh_charset_widen(&(uint8_t){(uint8_t)byte}, 1, &shown);
		assert_int_equal(utf8proc_iterate((const uint8_t *)shown.data, (utf8proc_ssize_t)shown.len, &c), shown.len);
		assert_int_equal(kh_charset_byte_of(c), byte);
	}
	assert_int_equal(kh_charset_byte_of(0x1ed9), -1);
	assert_int_equal(kh_charset_byte_of(0xf0ae), 0xae);
}

KH_TESTS(every_letter_goes_there_and_back, tables_are_those_of_the_c_library, texts_as_they_are_met, what_a_charset_lacks_is_a_question_mark, every_byte_is_shown_and_found_again)
