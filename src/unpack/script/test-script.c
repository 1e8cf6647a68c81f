#include "base/alloc.h"
#include "base/test.h"
#include "unpack/script/rtf.h"
#include "unpack/script/script.h"
#include "unpack/test_members.h"

/* ---- base64 ---- */

static void add_base64(struct kh_buf *b, const void *bytes, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = bytes;
	for (size_t i = 0; i + 2 < n; i += 3)
		for (int shift = 18; shift >= 0; shift -= 6)
			kh_buf_addc(b, set[((uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2]) >> shift & 63]);
}

static const char payload[] = "KHIEN payload: 120 bytes and no less, so that it is long enough to be seen; 0123456789 abcdefghijklmnopqrstuvwxyz; the end.";
enum { PAYLOAD = 120 };

static void finds_runs_anywhere(void **state)
{
	(void)state;
	for (size_t before = 0; before < 200; before++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		for (size_t i = 0; i < before; i++)
			kh_buf_addc(&b, i % 7 ? 'x' : ' ');
		kh_buf_addc(&b, '"');
		add_base64(&b, payload, PAYLOAD);
		kh_buf_adds(&b, "\" and more");
		assert_true(kh_script_looks((const uint8_t *)b.data, b.len));
		kh_auto_free char *expected = kh_format("base64 at %zu: \"%.60s\"… (120 bytes)\n", before + 1, payload);
		check_members(kh_script_read, b.data, b.len, expected);
	}
}

static void passes_over_what_is_no_base64(void **state)
{
	(void)state;
	char long_word[1000];
	static const char fills[] = {'-', '/', 'A', '0', 'f', '=', '_', ' '};
	for (size_t i = 0; i < sizeof fills; i++) {
		memset(long_word, fills[i], sizeof long_word);
		assert_false(kh_script_looks((const uint8_t *)long_word, sizeof long_word));
	}
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (int i = 0; i < 300; i++)
		kh_buf_addf(&b, "%02x%02X", i & 0xff, 255 - (i & 0xff)); /* hex digits of both cases */
	assert_false(kh_script_looks((const uint8_t *)b.data, b.len));
	kh_buf_reset(&b);
	add_base64(&b, payload, PAYLOAD - 3);
	assert_false(kh_script_looks((const uint8_t *)b.data, b.len));
	kh_buf_reset(&b);
	kh_buf_add(&b, "\x7f" "ELF\0", 5);
	add_base64(&b, payload, PAYLOAD);
	assert_false(kh_script_looks((const uint8_t *)b.data, b.len)); /* no text */
}

static void narrows_powershell(void **state)
{
	(void)state;
	uint8_t wide[2 * PAYLOAD] = {0};
	for (size_t i = 0; i < PAYLOAD; i++)
		wide[2 * i] = (uint8_t)payload[i];
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_adds(&b, "powershell -w hidden -EncodedCommand ");
	add_base64(&b, wide, sizeof wide);
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	kh_auto_free char *got = test_members_of(kh_script_read, b.data, b.len, &usual), *expected = kh_format("base64 at 37 as text: \"%.60s\"… (120 bytes)\n", payload);
	assert_non_null(strstr(got, expected));
	struct kh_unpack_limits small = usual;
	small.held_bytes = sizeof wide + 10;
	kh_auto_free char *cut = test_members_of(kh_script_read, b.data, b.len, &small);
	assert_non_null(strstr(cut, "base64 at 37 as text: \"KHIEN p"));
	assert_non_null(strstr(cut, "! member size limit: base64 at 37 as text\n"));
}

/* ---- the Script Encoder ---- */

static void decodes_encoded_scripts(void **state)
{
	(void)state;
	static const char encoded[] = "#@~^dAAAAA==\134ko$K6,JC\177V^G~,@!AWMV[@*r@#@&E@$PmxN,OC4it\177Dn~~sKxLP\177UW!o4~DWP;d\177PCV^~Dtn,/b6YHO6GEMP2Vmmnd,W0,Ot\177PYm8s+=PZF+&*X+G0,/iMA"
		"AA==^#~@";
	check_members(kh_script_read, encoded, sizeof encoded - 1, "script at 0: \"MsgBox \"Hello, <world>\"\\x0d\\x0a'@ and tab\\x09here, long enough to use\"… (111 bytes)\n");
	assert_true(kh_script_looks((const uint8_t *)encoded, sizeof encoded - 1));
	assert_false(kh_script_looks((const uint8_t *)"text #@~^DgAAAA==", 17));
	struct kh_unpack_limits small = KH_UNPACK_LIMITS;
	small.member_bytes = 10;
	kh_auto_free char *cut = test_members_of(kh_script_read, encoded, sizeof encoded - 1, &small);
	assert_string_equal(cut, "script at 0: \"MsgBox \"He\"\n! member size limit: script at 0\n");
	check_members(kh_script_read, "#@~^", 4, "");
	check_members(kh_script_read, "<%#@~^/////w==", 14, "");
}

/* ---- RTF ---- */

static void decodes_objects(void **state)
{
	(void)state;
	static const struct {
		const char *rtf, *expected;
	} cases[] = {
		{"{\\rtf1 {\\object{\\*\\objdata 4142\n43 44}}}", "object 1: \"ABCD\"\n"},
		{"{\\rtf1\\objdata 41{\\*\\x 99 {\\y} 99}42\\'4143\\bin 44}", "object 1: \"ABCD\"\n"},
		{"{\\rtf1{\\objdata{41}42}{\\datastore 4}{\\themedata 43}}", "object 1: \"AB\"\nobject 3: \"C\"\n"},
		{"{\\rtf1\\objdatax 4142}", ""},
		{"{\\rtf1\\objdata", ""},
		{"{\\rtf1\\objdata 41", "object 1: \"A\"\n"},
		{"{\\rtf1\\objdata\\", ""},
		{"{\\rtf1\\objdata{\\*", ""},
		{"{\\rtf1\\objdata 41\\'", "object 1: \"A\"\n"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		check_members(kh_rtf_read, cases[i].rtf, strlen(cases[i].rtf), cases[i].expected);
}

KH_TESTS(finds_runs_anywhere, passes_over_what_is_no_base64, narrows_powershell, decodes_encoded_scripts, decodes_objects)
