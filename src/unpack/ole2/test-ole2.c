#include "base/alloc.h"
#include "base/test.h"
#include "unpack/ole2/ole2.h"
#include "unpack/ole2/package.h"
#include "unpack/ole2/vba.h"
#include "unpack/test_members.h"

#include <zlib.h>

/* ---- OLE2 files, made by hand: one FAT sector, all small streams in the mini stream ---- */

enum { SECTOR = 512, PIECE = 64, ENTRY = 128, STORAGE = 1, STREAM = 2, ROOT = 5, CUTOFF = 4096 };
#define END 0xfffffffeU
#define NONE 0xffffffffU

/* Entries of the directory after the root; all that follow each other in one storage are siblings. */
struct entry {
	const char *name;
	uint8_t type;
	uint32_t child, right; /* numbers of entries, the root being 0; 0: none */
	const void *bytes;
	size_t n;
};

struct cfb {
	struct kh_buf file;
	uint32_t fat[SECTOR / 4], mini_fat[SECTOR / 4];
	uint32_t sectors, pieces;
};

static void put_u16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, v & 0xffff);
	put_u16(p + 2, v >> 16);
}

/* Appends whole sectors, chained; returns the first. */
static uint32_t add_sectors(struct cfb *c, const void *bytes, size_t n)
{
	uint32_t first = c->sectors;
	for (size_t at = 0; at < n; at += SECTOR) {
		uint8_t sector[SECTOR] = {0};
		memcpy(sector, (const uint8_t *)bytes + at, KH_MIN(n - at, (size_t)SECTOR));
		kh_buf_add(&c->file, sector, SECTOR);
		c->fat[c->sectors] = at + SECTOR < n ? c->sectors + 1 : END;
		c->sectors++;
	}
	return first;
}

static uint32_t add_pieces(struct cfb *c, struct kh_buf *mini, const void *bytes, size_t n)
{
	uint32_t first = c->pieces;
	for (size_t at = 0; at < n; at += PIECE) {
		uint8_t piece[PIECE] = {0};
		memcpy(piece, (const uint8_t *)bytes + at, KH_MIN(n - at, (size_t)PIECE));
		kh_buf_add(mini, piece, PIECE);
		c->mini_fat[c->pieces] = at + PIECE < n ? c->pieces + 1 : END;
		c->pieces++;
	}
	return first;
}

static void put_entry(uint8_t *p, const struct entry *e, uint32_t start, size_t n)
{
	size_t units = 0;
	for (const char *s = e->name; *s; s++) /* ASCII, and \x80\x81… for what Windows Installer writes */
		put_u16(p + 2 * units++, (uint8_t)*s < 0x80 ? (unsigned)*s : 0x3800 + 0x40 * ((unsigned)(uint8_t)*s - 0x80) + ((unsigned)(uint8_t)*s - 0x80));
	put_u16(p + 64, (unsigned)(2 * units + 2));
	p[66] = e->type;
	put_u32(p + 68, NONE);
	put_u32(p + 72, e->right ? e->right : NONE);
	put_u32(p + 76, e->child ? e->child : NONE);
	put_u32(p + 116, start);
	put_u32(p + 120, (uint32_t)n);
}

static void make_cfb(struct cfb *c, const struct entry *entries, size_t count)
{
	kh_auto_buf struct kh_buf mini = KH_BUF_INIT;
	uint8_t directory[32 * ENTRY] = {0}, header[SECTOR] = {0};
	static const struct entry root = {"Root Entry", ROOT, 1, 0, NULL, 0};
	*c = (struct cfb){0};
	memset(c->fat, 0xff, sizeof c->fat);
	memset(c->mini_fat, 0xff, sizeof c->mini_fat);
	kh_buf_add(&c->file, header, SECTOR);
	for (size_t i = 0; i < count; i++) {
		uint32_t start = entries[i].n < CUTOFF ? add_pieces(c, &mini, entries[i].bytes, entries[i].n) : add_sectors(c, entries[i].bytes, entries[i].n);
		put_entry(directory + (i + 1) * ENTRY, &entries[i], start, entries[i].n);
	}
	uint32_t mini_start = add_sectors(c, kh_buf_text(&mini), mini.len);
	put_entry(directory, &root, mini_start, mini.len);
	uint32_t directory_start = add_sectors(c, directory, (count + 1) * ENTRY), mini_fat_start = add_sectors(c, c->mini_fat, SECTOR);
	c->fat[c->sectors] = 0xfffffffdU;
	uint32_t fat_start = add_sectors(c, "", 1);
	c->fat[fat_start] = 0xfffffffdU;
	uint8_t *p = (uint8_t *)c->file.data;
	for (size_t i = 0; i < SECTOR / 4; i++) {
		put_u32(p + ((size_t)fat_start + 1) * SECTOR + 4 * i, c->fat[i]);
		put_u32(p + ((size_t)mini_fat_start + 1) * SECTOR + 4 * i, c->mini_fat[i]);
	}
	memcpy(p, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	put_u16(p + 24, 0x3e);
	put_u16(p + 26, 3);
	put_u16(p + 28, 0xfffe);
	put_u16(p + 30, 9);
	put_u16(p + 32, 6);
	put_u32(p + 44, 1);
	put_u32(p + 48, directory_start);
	put_u32(p + 56, CUTOFF);
	put_u32(p + 60, mini_fat_start);
	put_u32(p + 64, 1);
	put_u32(p + 68, END);
	memset(p + 76, 0xff, 4 * 109);
	put_u32(p + 76, fat_start);
}

static void check_cfb(const struct entry *entries, size_t count, const char *expected)
{
	struct cfb c;
	make_cfb(&c, entries, count);
	check_members(kh_ole2_read, c.file.data, c.file.len, expected);
	kh_buf_done(&c.file);
}
#define CHECK_CFB(entries, expected) check_cfb(entries, KH_COUNT(entries), expected)

static char large[5000];

static void gives_streams(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct entry entries[] = {
		{"one", STREAM, 0, 2, "first", 5},
		{"store", STORAGE, 3, 4, NULL, 0},
		{"inside", STREAM, 0, 0, large, 100},
		{"large", STREAM, 0, 5, large, sizeof large},
		{"\x8a\x8b", STREAM, 0, 0, "msi", 3}, /* as Windows Installer writes "AABB" */
		{"lost", STREAM, 0, 0, "lost", 4},
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
	const struct entry package[] = {{"EncryptedPackage", STREAM, 0, 0, "xyz", 3}}, word[] = {{"WordDocument", STREAM, 0, 0, "\xec\xa5\0\0\0\0\0\0\0\0\0\1\0", 13}},
			   excel[] = {{"Workbook", STREAM, 0, 0, "\x09\x08\2\0xx\x2f\0\1\0x", 11}},
			   powerpoint[] = {{"Current User", STREAM, 0, 0, "\0\0\xf6\x0f\0\0\0\0\0\0\0\0\xdf\xc4\xd1\xf3", 16}};
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
	const struct entry entries[] = {
		{"Macros", STORAGE, 2, 0, NULL, 0},		  {"VBA", STORAGE, 3, 0, NULL, 0},			    {"dir", STREAM, 0, 4, dir, sizeof dir},
		{"M", STREAM, 0, 5, module, sizeof module - 1}, {"N", STREAM, 0, 0, by_word, sizeof by_word - 1},
	};
	struct cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	make_cfb(&c, entries, KH_COUNT(entries));
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
	const struct entry entries[] = {{"\1Ole10Native", STREAM, 0, 2, native.data, native.len}, {"other", STORAGE, 3, 0, NULL, 0}, {"\1Ole10Native", STREAM, 0, 0, "\5\0\0\0plain", 9}};
	struct cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	make_cfb(&c, entries, KH_COUNT(entries));
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
	const struct entry entries[] = {{"PowerPoint Document", STREAM, 0, 0, stream, 12 + size}};
	struct cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	make_cfb(&c, entries, 1);
	kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
	assert_non_null(strstr(got, "PowerPoint Document/object 1: \"hello\"\n"));
	kh_buf_done(&c.file);
}

/* ---- hostile ones: each ends, and what is wrong is said ---- */

static void ends_loops(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct entry entries[] = {{"large", STREAM, 0, 2, large, sizeof large}, {"small", STREAM, 0, 0, large, 1000}};
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	for (uint32_t from = 0; from < 20; from++)
		for (uint32_t to = 0; to < 20; to++)
			for (size_t table = 0; table < 2; table++) {
				struct cfb c;
				make_cfb(&c, entries, 2);
				uint8_t *fat = (uint8_t *)c.file.data + c.sectors * SECTOR, *mini_fat = fat - SECTOR;
				put_u32((table ? mini_fat : fat) + 4 * from, to);
				kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, c.file.len, &usual);
				assert_true(strlen(got) < 10000);
				kh_buf_done(&c.file);
			}
	const struct entry circle[] = {{"a", STORAGE, 1, 2, NULL, 0}, {"b", STREAM, 0, 1, "b", 1}};
	CHECK_CFB(circle, "b: \"b\"\n! damaged or of an unknown kind: \n");
}

static void survives_cut_files(void **state)
{
	(void)state;
	memset(large, 'L', sizeof large);
	const struct entry entries[] = {{"one", STREAM, 0, 2, "first", 5}, {"large", STREAM, 0, 0, large, sizeof large}};
	struct cfb c;
	const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	make_cfb(&c, entries, 2);
	for (size_t n = 0; n < c.file.len - SECTOR; n += 97) {
		kh_auto_free char *got = test_members_of(kh_ole2_read, c.file.data, n, &usual);
		assert_non_null(strstr(got, "! damaged"));
	}
	kh_buf_done(&c.file);
}

KH_TESTS(gives_streams, says_encrypted, decompresses_vba, gives_macros, gives_packages, gives_powerpoint_objects, ends_loops, survives_cut_files)
