#include "base/test.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/fonts.h"
#include "document/vietnamese/guess.h"
#include "document/vietnamese/syllable.h"

#include <stdio.h>
#include <utf8proc.h>

/* ---- fonts ---- */

static void fonts_say_their_charset(void **state)
{
	static const struct {
		const char *name;
		enum kh_charset charset;
		bool capitals;
	} cases[] = {
		{".VnTime", KH_CHARSET_TCVN3, false},
		{".VnTimeH", KH_CHARSET_TCVN3, true},
		{".VNTIMEH", KH_CHARSET_TCVN3, true},
		{"BCDEEE+.VnTimeH,Bold", KH_CHARSET_TCVN3, true},
		{".VnTimeH-BoldItalic", KH_CHARSET_TCVN3, true},
		{".VnArial NarrowH Bold", KH_CHARSET_TCVN3, true},
		{".VnCentury Schoolbook", KH_CHARSET_TCVN3, false},
		{"VNI-Times", KH_CHARSET_VNI, false},
		{"vni-helve", KH_CHARSET_VNI, false},
		{"VPS Times", KH_CHARSET_VPS, false},
		{"VPS Times Hoa", KH_CHARSET_VPS, true},
		{"VI Times", KH_CHARSET_VISCII, false},
		{"VI Times H", KH_CHARSET_VISCII, true},
		{"Times New Roman", KH_CHARSET_UNICODE, false},
		{"Viner Hand ITC", KH_CHARSET_UNICODE, false},
		{"", KH_CHARSET_UNICODE, false},
		{NULL, KH_CHARSET_UNICODE, false},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		bool capitals = true;
		assert_int_equal(kh_font_charset(cases[i].name, &capitals), cases[i].charset);
		assert_int_equal(capitals, cases[i].capitals);
	}
}

/* ---- syllables ---- */

static size_t characters(const char *s, int32_t *ret)
{
	size_t n = 0;
	while (*s && n < KH_SYLLABLE_MAX)
		s += utf8proc_iterate((const uint8_t *)s, -1, &ret[n++]);
	return n;
}

static void syllables_are_told_from_other_words(void **state)
{
	static const char *const good[] = {
		"mật", "TỐI", "Tuyệt", "nghiêng", "khuỷu", "giữ", "gì", "gìn", "giếng", "quốc", "quyết", "quý", "thuở", "xoong", "ườn", "ý", "ở", "đường", "khoảng", "rượu", "người", "uỷ", "ủy", "xoè",
	};
	static const char *const bad[] = {"été", "noël", "à-", "mat\xcc\xa3", "nóo", "ãng\xc3\xa3", "Straße", "mạt́", "ấ", "ăi", "mậts", "bật2", "sátt", "mac̣h", "cạtp", "qế", "fế", "ềc", "đ", "c", ""};
	int32_t word[KH_SYLLABLE_MAX];
	(void)state;
	for (size_t i = 0; i < KH_COUNT(good); i++)
		assert_true(kh_syllable_is_valid(word, characters(good[i], word)));
	for (size_t i = 0; i < KH_COUNT(bad); i++)
		assert_false(kh_syllable_is_valid(word, characters(bad[i], word)));
}

/* ---- documents ---- */

enum { MOST_LINES = 16 };

static enum kh_charset decide(const char *const *lines, size_t n, size_t which)
{
	struct kh_guess g = {0};
	struct kh_guess_line seen[MOST_LINES];
	for (size_t i = 0; i < n; i++)
		kh_guess_see(&g, lines[i], strlen(lines[i]), &seen[i]);
	return kh_guess_decide(&g, &seen[which]);
}

static const char *const vietnamese[] = {
	"Mật",
	"ỦY BAN NHÂN DÂN",
	"Số: 12/QĐ-UBND",
	"Độc lập - Tự do - Hạnh phúc",
	"Về việc ban hành Quy chế bảo vệ bí mật nhà nước trên địa bàn tỉnh",
	"Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
	"đ/c",
};

static void a_document_is_known_with_all_its_lines(void **state)
{
	static const enum kh_charset all[] = {KH_CHARSET_TCVN3, KH_CHARSET_VNI, KH_CHARSET_VPS, KH_CHARSET_VISCII, KH_CHARSET_CP1258};
	(void)state;
	for (size_t c = 0; c < KH_COUNT(all); c++) {
		struct kh_buf shown[KH_COUNT(vietnamese)] = {0};
		const char *lines[KH_COUNT(vietnamese)];
		for (size_t i = 0; i < KH_COUNT(vietnamese); i++) {
			kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
			kh_charset_encode(all[c], vietnamese[i], strlen(vietnamese[i]), &bytes);
			kh_charset_widen((const uint8_t *)kh_buf_text(&bytes), bytes.len, &shown[i]);
			lines[i] = kh_buf_text(&shown[i]);
		}
		for (size_t i = 0; i < KH_COUNT(vietnamese); i++)
			if (decide(lines, KH_COUNT(lines), i) != all[c])
				fail_msg("%s: «%s» was taken for %s", kh_charset_name(all[c]), lines[i], kh_charset_name(decide(lines, KH_COUNT(lines), i)));
		for (size_t i = 0; i < KH_COUNT(vietnamese); i++)
			kh_buf_done(&shown[i]);
	}
}

static void charsets_in_one_document_are_told_apart(void **state)
{
	static const char *const lines[] = {
		"TèI MËT",
		"Céng hßa x· héi chñ nghÜa ViÖt Nam",
		"Cộng hòa xã hội chủ nghĩa Việt Nam, và",
		"Quyeát ñònh veà vieäc ban haønh Quy cheá",
		"Il a été décidé à Genève, où siège le comité",
		"và có",
	};
	static const enum kh_charset charsets[] = {KH_CHARSET_TCVN3, KH_CHARSET_TCVN3, KH_CHARSET_UNICODE, KH_CHARSET_VNI, KH_CHARSET_UNICODE, KH_CHARSET_UNICODE};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(lines); i++)
		assert_int_equal(decide(lines, KH_COUNT(lines), i), charsets[i]);
}

static void a_line_alone_is_known_when_it_says_enough(void **state)
{
	static const struct {
		const char *line;
		enum kh_charset charset;
	} cases[] = {{"TèI MËT", KH_CHARSET_TCVN3}, {"TuyÖt mËt", KH_CHARSET_TCVN3}, {"TOÁI MAÄT", KH_CHARSET_VNI}, {"MËT", KH_CHARSET_UNICODE}, {"m²", KH_CHARSET_UNICODE}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(decide(&cases[i].line, 1, 0), cases[i].charset);
}

static void other_languages_stay(void **state)
{
	static const char *const lines[] = {
		"L'été dernier, le comité s'est réuni à Genève; où ça? Là-bas, près de l'hôpital.",
		"Die Übergröße der Straßen für Fußgänger wäre schön, möglicherweise nötig.",
		"A ação não são três irmãos; é, à noite, avó e avô põem pão.",
		"El niño español comió jamón, ¿verdad? ¡Sí! mañana también",
		"På blåbærsyltetøy er det ikke så ærlig å være",
		"Perché è già così, però più città e virtù lunedì",
		"Copyright © 2020 Acme® – 5 µm, 10 m², 3 cm³, 20 °C ± 1 · «bonjour» ½ £5 ¥3 ¶2 §4",
		"µm µm µs µg µl",
		"u3¾i mo4¹i u4øi t3ø1 ¹ú2na ho3è v¾2 u4¹i ho3¹ mo4¾i u4èi 3øe", /* where words may be parted */
		"Noël", "là", "à la", "Zoë", "Škoda, žluťoučký kůň",
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(lines); i++) {
		assert_int_equal(decide(&lines[i], 1, 0), KH_CHARSET_UNICODE);
		assert_int_equal(decide(lines, KH_COUNT(lines), i), KH_CHARSET_UNICODE);
	}
}

KH_TESTS(fonts_say_their_charset, syllables_are_told_from_other_words, a_document_is_known_with_all_its_lines, charsets_in_one_document_are_told_apart,
	 a_line_alone_is_known_when_it_says_enough, other_languages_stay)
