#include "base/alloc.h"
#include "base/test.h"
#include "unpack/pdf/pdf.h"
#include "unpack/test_members.h"

#include <zlib.h>

static void check_pdf(const char *text, const char *expected)
{
	check_members(kh_pdf_read, text, strlen(text), expected);
}

static void decodes_filters(void **state)
{
	(void)state;
	static const struct {
		const char *dictionary, *data, *expected; /* NULL: damaged */
	} cases[] = {
		{"", "as it is", "as it is"},
		{"/Filter/ASCIIHexDecode", "48 65 6c6C6F2>", "Hello "},
		{"/Filter [ /AHx ]", "4865 >99", "He"},
		{"/Filter/ASCII85Decode", "87cURD]i,\"Ebo80~>", "Hello World!"},
		{"/Filter/A85", "<~zz!!~>", "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"},
		{"/Filter/RunLengthDecode", "\2abc\376x\200more", "abcxxx"},
		{"/Filter/LZWDecode", "\200\013\140\120\042\014\014\205\001", "-----A---B"}, /* the example of the standard */
		{"/Filter[/AHx/A85]", "38 37 63 55 52 44 5d 69 2c 22 45 62 6f 38 30 7e 3e", "Hello World!"},
		{"/#46ilter/#41#48x", "4869>", "Hi"},
		{"/Filter[/AHx/DCTDecode]", "4a504547>", "JPEG"},
		{"/Filter 7 0 R", "4869>", "Hi"},
		{"/DecodeParms[null<</Predictor 1>>]/Filter[/AHx/Crypt]", "4869>", "Hi"},
		{"/A(str(in)g\\))/B<41>/C[1 2 R/x]/Filter/AHx/D 5", "4869>", "Hi"},
		{"/Length 5/Filter/AHx", "4869>", "Hi"},
		{"/Length 8 0 R", "has endstream in it", "has endstream in it"},
		{"/Length 3", "not the length", "not the length"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *pdf = kh_format("%%PDF-1.7\n7 0 obj/AHx endobj 8 0 obj 19 endobj\n12 3 obj %% comment\n<<%s>>\nstream\r\n%s\nendstream endobj", cases[i].dictionary, cases[i].data);
		bool raw = strstr(cases[i].dictionary, "ilter") == NULL && strstr(cases[i].dictionary, "8 0 R") == NULL;
		kh_auto_free char *expected = kh_format("object 12 3: \"%s%s\"\n", cases[i].expected, raw ? "\\x0a" : "");
		check_pdf(pdf, expected);
	}
}

/* Zlib's form of the bytes, in a PDF. */
static void make_flate(const char *parameters, const void *bytes, size_t n, struct kh_buf *ret)
{
	uLongf size = compressBound(n);
	kh_auto_free Bytef *packed = kh_alloc(size);
	assert_int_equal(compress2(packed, &size, bytes, n, 9), Z_OK);
	kh_buf_reset(ret);
	kh_buf_addf(ret, "%%PDF-1.7\n1 0 obj<</Filter/FlateDecode/Length %lu%s>>stream\n", size, parameters);
	kh_buf_add(ret, packed, size);
	kh_buf_adds(ret, "\nendstream");
}

static void undoes_predictors(void **state)
{
	(void)state;
	static const struct {
		const char *parameters;
		const char *bytes;
		size_t n;
		const char *expected;
	} cases[] = {
		{"", "hello", 5, "hello"},
		{"/DecodeParms<</Predictor 12/Columns 4>>", "\2abcd\2\1\1\1\1", 10, "abcdbcde"},
		{"/DecodeParms<</Predictor 15/Columns 4>>", "\1a\1\1\1\0abcd\3a\1\1\1", 15, "abcdabcd\\x91zoj"},
		{"/DecodeParms<</Predictor 15/Columns 2/Colors 2>>", "\4abcd\4\1\1\1\1", 10, "ab\\xc4\\xc6bc\\xc5\\xc7"},
		{"/DecodeParms<</Predictor 2/Columns 3>>", "a\1\1b\1\1", 6, "abcbcd"},
		{"/DecodeParms<</Predictor 12/Columns 0>>", "\2ab", 3, "\\x02ab"},
		{"/DecodeParms<</Predictor 12/Columns 99999999999999999>>", "\2ab", 3, "\\x02ab"},
		{"/DecodeParms 9 0 R", "ab", 2, "ab"},
	};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		make_flate(cases[i].parameters, cases[i].bytes, cases[i].n, &b);
		kh_auto_free char *expected = kh_format("object 1 0: \"%s\"\n", cases[i].expected);
		check_members(kh_pdf_read, b.data, b.len, expected);
	}
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	check_pdf("1 0 obj<</Filter/Unheard>>stream\nx\nendstream", "object 1 0: \"x\\x0a\"\n! damaged or of an unknown kind: object 1 0\n");
	check_pdf("1 0 obj<</Filter 99 0 R>>stream\nx\nendstream", "object 1 0: \"x\\x0a\"\n! damaged or of an unknown kind: object 1 0\n");
	check_pdf("1 0 obj<</Filter/AHx>>stream\n41!!\nendstream", "object 1 0: \"A\"\n! damaged or of an unknown kind: object 1 0\n");
	check_pdf("1 0 obj<</Filter/Fl>>stream\nxx\nendstream", "! damaged or of an unknown kind: object 1 0\n");
	check_pdf("1 0 obj<<>>stream\ncut", "object 1 0: \"cut\"\n! damaged or of an unknown kind: object 1 0\n");
	check_pdf("1 0 obj<</Filter/Fl>>stream\nxx\nendstream trailer <</Encrypt 5 0 R>>", "! encrypted: \n");
	check_pdf("1 0 obj<</EncryptMetadata false/Filter/AHx>>stream\n41>endstream", "object 1 0: \"A\"\n");
	check_pdf("1 0 obj<</Filter[/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx/AHx]>>stream\n41>endstream", "! depth limit: object 1 0\n");
	check_pdf("no objects: obj 1 obj x 0 obj endobj 1 0 obj", "");
	check_pdf("1 0 obj<</A(", "");
	check_pdf("1 0 obj<</A[[[[[[", "");
}

static void takes_every_object(void **state)
{
	(void)state;
	check_pdf("1 0 obj<<>>stream\na\nendstream endobj\n1 0 obj<<>>stream\nb\nendstream\n22\n1\nobj<<>>stream\r\nc\nendstream",
		  "object 1 0: \"a\\x0a\"\nobject 1 0: \"b\\x0a\"\nobject 22 1: \"c\\x0a\"\n");
	/* One in the data of another is data. */
	check_pdf("1 0 obj<</Length 45>>stream\n2 0 obj<<>>stream\nx\nendstream endobj         \nendstream", "object 1 0: \"2 0 obj<<>>stream\\x0ax\\x0aendstream endobj         \"\n");
}

/* Every width of codes is passed: a text in which pairs do not come back, encoded by the rule of the standard. */
static void decodes_long_lzw(void **state)
{
	(void)state;
	enum { SYMBOLS = 6000, CLEAR = 256, END = 257 };
	for (unsigned early = 0; early < 2; early++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT, text = KH_BUF_INIT;
		uint32_t bits = 0;
		unsigned have = 0, next = 258, sent = 0;
		kh_buf_addf(&b, "1 0 obj<</Filter/LZWDecode/DecodeParms<</EarlyChange %u>>>>stream\n", early);
		for (unsigned i = 0; i <= SYMBOLS + 1; i++) {
			bool clear = i == 0 || next + early == 4096;
			unsigned symbol = clear ? CLEAR : i > SYMBOLS ? END : (i * 7919 >> 3) & 0xff, size = next + early;
			unsigned width = size >= 2048 ? 12 : size >= 1024 ? 11 : size >= 512 ? 10 : 9;
			bits = bits << width | symbol;
			for (have += width; have >= 8; have -= 8)
				kh_buf_addc(&b, (char)(bits >> (have - 8)));
			if (symbol < CLEAR)
				kh_buf_addc(&text, (char)symbol);
			next = clear ? 258 : next + (sent > 0 && symbol < CLEAR); /* what the decoder has made by now */
			sent = clear ? 0 : sent + 1;
		}
		kh_buf_addc(&b, (char)(bits << (8 - have)));
		kh_buf_adds(&b, "endstream");
		kh_auto_free char *shown = kh_format("(%zu bytes)\n", text.len);
		const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
		kh_auto_free char *got = test_members_of(kh_pdf_read, b.data, b.len, &usual);
		if (!strstr(got, shown) || strstr(got, "damaged"))
			fail_msg("early change %u: %s, %zu", early, got, text.len);
	}
}

static void finds_the_header(void **state)
{
	(void)state;
	char late[2000];
	memset(late, ' ', sizeof late);
	memcpy(late + 900, "%PDF-1.4", 8);
	assert_true(kh_pdf_looks((const uint8_t *)late, sizeof late));
	memset(late, ' ', sizeof late);
	memcpy(late + 1100, "%PDF-1.4", 8);
	assert_false(kh_pdf_looks((const uint8_t *)late, sizeof late));
}

KH_TESTS(decodes_filters, undoes_predictors, says_what_is_wrong, takes_every_object, decodes_long_lzw, finds_the_header)
