#include "base/alloc.h"
#include "base/test.h"
#include "unpack/ole2/ole2.h"
#include "unpack/ole2/package.h"
#include "unpack/ole2/vba.h"
#include "unpack/test_cfb.h"
#include "unpack/test_members.h"

#include <zlib.h>

static void put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void check_cfb(const struct test_cfb_entry *entries, size_t count, const char *expected)
{
	struct test_cfb c;
	test_cfb_make(&c, entries, count);
	check_members(kh_ole2_read, c.file.data, c.file.len, expected);
	kh_buf_done(&c.file);
}
#define CHECK_CFB(entries, expected) check_cfb(entries, KH_COUNT(entries), expected)

static char large[5000];

static void gives_streams(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct test_cfb_entry entries[] = {
		{"one", TEST_CFB_STREAM, 0, 2, "first", 5},
		{"store", TEST_CFB_STORAGE, 3, 4, NULL, 0},
		{"inside", TEST_CFB_STREAM, 0, 0, large, 100},
		{"large", TEST_CFB_STREAM, 0, 5, large, sizeof large},
		{"\x8a\x8b", TEST_CFB_STREAM, 0, 0, "msi", 3}, /* as Windows Installer writes "AABB" */
		{"lost", TEST_CFB_STREAM, 0, 0, "lost", 4},
	};
	CHECK_CFB(entries, "one: \"first\"\n"
			   "store/inside: \"LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL\"… (100 bytes)\n"
			   "large: \"LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL\"… (5000 bytes)\n"
			   "AABB: \"msi\"\n"
			   "lost: \"lost\"\n");
}

static void says_encrypted(void **state)
{
	(void)state;
	const struct test_cfb_entry package[] = {{"EncryptedPackage", TEST_CFB_STREAM, 0, 0, "xyz", 3}}, word[] = {{"WordDocument", TEST_CFB_STREAM, 0, 0, "\xec\xa5\0\0\0\0\0\0\0\0\0\1\0", 13}},
			   excel[] = {{"Workbook", TEST_CFB_STREAM, 0, 0, "\x09\x08\2\0xx\x2f\0\1\0x", 11}},
			   powerpoint[] = {{"Current User", TEST_CFB_STREAM, 0, 0, "\0\0\xf6\x0f\0\0\0\0\0\0\0\0\xdf\xc4\xd1\xf3", 16}};
	CHECK_CFB(package, "EncryptedPackage: \"xyz\"\n! encrypted: EncryptedPackage\n");
	CHECK_CFB(word, "WordDocument: \"\\xec\\xa5\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\"\n! encrypted: WordDocument\n");
	CHECK_CFB(excel, "Workbook: \"\\x09\\x08\\x02\\x00xx/\\x00\\x01\\x00x\"\n! encrypted: Workbook\n");
	CHECK_CFB(powerpoint, "Current User: \"\\x00\\x00\\xf6\\x0f\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xdf\\xc4\\xd1\\xf3\"\n! encrypted: Current User\n");
}

/* ---- what is in streams ---- */

/* [MS-OVBA] 3.2.2 and 3.2.3 */
static const char vba_normal[] = "\x01\x2f\xb0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6a\x01\x38\x08\x61\x6b\x6c\x00\x30\x6d\x6e\x6f"
				 "\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7a\x00\x3c";
static const char vba_shortest[] = "\x01\x03\xb0\x02\x61\x45\x00";

static void read_vba(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	if (!kh_members_begin(m))
		return;
	bool good = kh_vba_decompress(m, bytes, n) == KH_DECODED_WHOLE;
	kh_members_give(m, good ? "good" : "damaged");
}

static void decompresses_vba(void **state)
{
	(void)state;
	check_members(read_vba, vba_normal, sizeof vba_normal - 1, "good: \"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa\"\n");
	check_members(read_vba, vba_shortest, sizeof vba_shortest - 1, "good: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"… (73 bytes)\n");
	check_members(read_vba, vba_shortest, 6, "damaged: \"a\"\n");
	check_members(read_vba, "\x02\x03\xb0", 3, "damaged: \"\"\n");
	check_members(read_vba, "\x01\x03\xb0\x01\x61\x45\x00", 7, "damaged: \"\"\n"); /* copies from before the beginning */
	check_members(read_vba, "\x01\x02\x30" "abc", 6, "good: \"abc\"\n");	       /* not compressed */
}

static void gives_macros(void **state)
{
	(void)state;
	/* dir: module "M" (name in UTF-16), text at 2; module N is found by its first word. */
	static const char dir[] = "\x01\x11\x30\x32\0\2\0\0\0M\0\x31\0\4\0\0\0\2\0\0", module[] = "xx\x01\x03\xb0\x02\x61\x45\x00", by_word[] = "x\x01\x0b\xb0\0Attribut\0e ";
	const struct test_cfb_entry entries[] = {
		{"Macros", TEST_CFB_STORAGE, 2, 0, NULL, 0},		  {"VBA", TEST_CFB_STORAGE, 3, 0, NULL, 0},			    {"dir", TEST_CFB_STREAM, 0, 4, dir, sizeof dir},
		{"M", TEST_CFB_STREAM, 0, 5, module, sizeof module - 1}, {"N", TEST_CFB_STREAM, 0, 0, by_word, sizeof by_word - 1},
	};
	struct test_cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	test_cfb_make(&c, entries, KH_COUNT(entries));
	kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
	assert_non_null(strstr(got, "Macros/VBA/M.bas: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"… (73 bytes)\n"));
	assert_non_null(strstr(got, "Macros/VBA/N.bas: \"Attribute \"\n"));
	struct kh_unpack_limits small = usual;
	small.member_bytes = 50;
	kh_auto_free char *cut = test_members_of(kh_ole2_read, c.file.data, c.file.len, &small);
	assert_non_null(strstr(cut, "! member size limit: Macros/VBA/M.bas\n"));
	kh_buf_done(&c.file);
}

static const char package[] = "\2\0label\0C:\\dir\\a.exe\0\0\0\3\0\4\0\0\0tmp\0\5\0\0\0hello";

static void gives_packages(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf native = KH_BUF_INIT, ole1 = KH_BUF_INIT;
	kh_buf_add_u32le(&native, sizeof package - 1);
	kh_buf_add(&native, package, sizeof package - 1);
	const struct test_cfb_entry entries[] = {{"\1Ole10Native", TEST_CFB_STREAM, 0, 2, native.data, native.len}, {"other", TEST_CFB_STORAGE, 3, 0, NULL, 0}, {"\1Ole10Native", TEST_CFB_STREAM, 0, 0, "\5\0\0\0plain", 9}};
	struct test_cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	test_cfb_make(&c, entries, KH_COUNT(entries));
	kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
	assert_non_null(strstr(got, "\n\1Ole10Native/a.exe: \"hello\"\n"));
	assert_non_null(strstr(got, "other/\1Ole10Native/data: \"plain\"\n"));
	kh_buf_done(&c.file);

	kh_buf_add(&ole1, "\1\5\0\0\2\0\0\0\x8\0\0\0Package\0\0\0\0\0\0\0\0\0", 28);
	kh_buf_add_u32le(&ole1, sizeof package - 1);
	kh_buf_add(&ole1, package, sizeof package - 1);
	assert_true(kh_ole1_looks((const uint8_t *)ole1.data, ole1.len));
	check_members(kh_ole1_read, ole1.data, ole1.len, "a.exe: \"hello\"\n");
	check_members(kh_ole1_read, ole1.data, ole1.len - 2, "a.exe: \"hel\"\n");
	assert_false(kh_ole1_looks((const uint8_t *)ole1.data, 20));
}

static void gives_powerpoint_objects(void **state)
{
	(void)state;
	uint8_t stream[200] = {0x10, 0, 0x11, 0x10, 0, 0, 0, 0, 5, 0, 0, 0};
	uLongf size = sizeof stream - 12;
	assert_int_equal(compress(stream + 12, &size, (const Bytef *)"hello", 5), Z_OK);
	put_u32(stream + 4, (uint32_t)size + 4);
	const struct test_cfb_entry entries[] = {{"PowerPoint Document", TEST_CFB_STREAM, 0, 0, stream, 12 + size}};
	struct test_cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	test_cfb_make(&c, entries, 1);
	kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
	assert_non_null(strstr(got, "PowerPoint Document/object 1: \"hello\"\n"));
	kh_buf_done(&c.file);
}

/* ---- hostile ones: each ends, and what is wrong is said ---- */

static void ends_loops(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct test_cfb_entry entries[] = {{"large", TEST_CFB_STREAM, 0, 2, large, sizeof large}, {"small", TEST_CFB_STREAM, 0, 0, large, 1000}};
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	for (uint32_t from = 0; from < 20; from++)
		for (uint32_t to = 0; to < 20; to++)
			for (size_t table = 0; table < 2; table++) {
				struct test_cfb c;
				test_cfb_make(&c, entries, 2);
				uint8_t *fat = (uint8_t *)c.file.data + c.sectors * TEST_CFB_SECTOR, *mini_fat = fat - TEST_CFB_SECTOR;
				put_u32((table ? mini_fat : fat) + 4 * from, to);
				kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
				assert_true(strlen(got) < 10000);
				kh_buf_done(&c.file);
			}
	const struct test_cfb_entry circle[] = {{"a", TEST_CFB_STORAGE, 1, 2, NULL, 0}, {"b", TEST_CFB_STREAM, 0, 1, "b", 1}};
	CHECK_CFB(circle, "b: \"b\"\n! damaged or of an unknown kind: \n");
}

static void survives_cut_files(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct test_cfb_entry entries[] = {{"one", TEST_CFB_STREAM, 0, 2, "first", 5}, {"large", TEST_CFB_STREAM, 0, 0, large, sizeof large}};
	struct test_cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	test_cfb_make(&c, entries, 2);
	for (size_t n = 0; n < c.file.len - TEST_CFB_SECTOR; n += 97) {
		kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, n, &usual);
		assert_non_null(strstr(got, "! damaged"));
	}
	kh_buf_done(&c.file);
}

KH_TESTS(gives_streams, says_encrypted, decompresses_vba, gives_macros, gives_packages, gives_powerpoint_objects, ends_loops, survives_cut_files)
