#include "unpack/container.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "unpack/mail/mail.h"
#include "unpack/mail/tnef.h"
#include "unpack/ole2/cfb.h"
#include "unpack/ole2/ole2.h"
#include "unpack/ole2/package.h"
#include "unpack/pdf/pdf.h"
#include "unpack/script/rtf.h"
#include "unpack/script/script.h"

#include <string.h>

/* ---- what looks like a container without fixed first bytes ---- */

/* A tar header's checksum: the sum of its 512 bytes, its own field taken as blanks, stands there as octal digits. */
bool kh_archive_is_tar(const uint8_t *p, size_t n)
{
	enum { HEADER = 512, FIELD = 148, FIELD_SIZE = 8 };
	if (n < HEADER || p[0] == '\0')
		return false;
	unsigned long sum = ' ' * FIELD_SIZE, said = 0;
	for (size_t i = 0; i < HEADER; i++)
		sum += i < FIELD || i >= FIELD + FIELD_SIZE ? p[i] : 0;
	size_t at = FIELD;
	while (at < FIELD + FIELD_SIZE && p[at] == ' ')
		at++;
	size_t digits = at;
	for (; at < FIELD + FIELD_SIZE && p[at] >= '0' && p[at] <= '7'; at++)
		said = said * 8 + (p[at] - '0');
	return at > digits && said == sum;
}

static bool is_iso(const uint8_t *p, size_t n)
{
	enum { DESCRIPTOR = 32768 };
	return n > DESCRIPTOR + 6 && memcmp(p + DESCRIPTOR + 1, "CD001", 5) == 0;
}

/* LZMA_alone: the properties that everybody uses; a dictionary of 2^n or 2^n + 2^(n-1) bytes; a size unknown or below 256 GiB; the coder begins with 0. */
static bool is_lzma(const uint8_t *p, size_t n)
{
	struct kh_cursor c = kh_cursor_of(p, n);
	uint8_t properties = 0, first = 0xff;
	uint32_t dictionary = 0;
	uint64_t size = 0;
	if (!kh_cursor_u8(&c, &properties) || !kh_cursor_u32le(&c, &dictionary) || !kh_cursor_u64le(&c, &size) || !kh_cursor_u8(&c, &first))
		return false;
	uint32_t low = dictionary & -dictionary, rest = dictionary - low; /* its lowest bit, and the others: none, or the next one */
	return properties == 0x5d && low != 0 && (rest == 0 || rest == 2 * low) && (size == UINT64_MAX || size < (uint64_t)1 << 38) && first == 0;
}

static bool is_lha(const uint8_t *p, size_t n)
{
	return n > 21 && p[2] == '-' && p[3] == 'l' && (p[4] == 'h' || p[4] == 'z') && p[6] == '-';
}

static bool is_bzip2(const uint8_t *p, size_t n)
{
	static const uint8_t block[] = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59}, end[] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};
	return n >= 10 && memcmp(p, "BZh", 3) == 0 && (memcmp(p + 4, block, 6) == 0 || memcmp(p + 4, end, 6) == 0);
}

/* A ZIP is read from its end, so anything may stand before it: a program that unpacks itself, a picture. */
static bool ends_as_zip(const uint8_t *p, size_t n)
{
	size_t tail = KH_MIN(n, (size_t)(16 * KH_KIB));
	return n > 22 && memmem(p + n - tail, tail, "PK\5\6", 4) != NULL;
}

static bool is_program(const uint8_t *p, size_t n)
{
	return n > 64 && (memcmp(p, "MZ", 2) == 0 || memcmp(p, "\177ELF", 4) == 0);
}

/* Programs that unpack themselves: the archive follows the code. libarchive looks for it in these places only. */
static bool carries(const uint8_t *p, size_t n, size_t from, size_t to, const char *magic, size_t magic_size)
{
	return is_program(p, n) && n > from && memmem(p + from, KH_MIN(n, to) - from, magic, magic_size) != NULL;
}

static bool carries_7z(const uint8_t *p, size_t n)
{
	return carries(p, n, 0x27000, 0x60000 + 6, "7z\xbc\xaf\x27\x1c", 6);
}

static bool carries_rar(const uint8_t *p, size_t n)
{
	return carries(p, n, 0x10000, 128 * KH_KIB + 7, "Rar!\x1a\x07\x00", 7);
}

/* ---- the table ---- */

/* A package holds its cpio compressed in one of these ways. */
static int rpm_filters(struct archive *a)
{
	static int (*const inside[])(struct archive *) = {
		archive_read_support_filter_rpm,  archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
		archive_read_support_filter_lzma, archive_read_support_filter_xz,   archive_read_support_filter_zstd,
	};
	int r = ARCHIVE_OK;
	for (size_t i = 0; i < KH_COUNT(inside) && r == ARCHIVE_OK; i++)
		r = inside[i](a);
	return r;
}

static const struct {
	const char *magic; /* first bytes; NULL: asked by the function */
	size_t magic_size;
	bool (*looks)(const uint8_t *p, size_t n);
	struct kh_container container;
} table[] = {
#define MAGIC(s) s, sizeof(s) - 1, NULL
#define LOOKS(f) NULL, 0, f
#define FORMAT(f) NULL, 0, {archive_read_support_format_##f, NULL}
#define FILTER(f) NULL, 0, {NULL, archive_read_support_filter_##f}
#define CODEC(c) NULL, KH_CODEC_##c, {0}
#define OWN(f) kh_##f##_read, 0, {0}
	{MAGIC("PK\3\4"), {"zip", OWN(zip)}},
	{MAGIC("PK\5\6"), {"zip", OWN(zip), true}}, /* an empty one */
	{MAGIC("PK00PK\3\4"), {"zip", OWN(zip)}},
	{MAGIC(KH_CFB_MAGIC), {"ole2", OWN(ole2)}},
	{MAGIC("%PDF-"), {"pdf", OWN(pdf)}},
	{MAGIC("{\\rt"), {"rtf", OWN(rtf)}},
	{MAGIC("\x78\x9f\x3e\x22"), {"tnef", OWN(tnef)}},
	{MAGIC("7z\xbc\xaf\x27\x1c"), {"7z", FORMAT(7zip)}},
	{MAGIC("Rar!\x1a\x07\x01\x00"), {"rar5", OWN(rar5)}},
	{MAGIC("Rar!\x1a\x07\x00"), {"rar", FORMAT(rar)}},
	{MAGIC("MSCF\0\0\0\0"), {"cab", FORMAT(cab)}},
	{MAGIC("!<arch>\n"), {"ar", FORMAT(ar)}}, /* deb too */
	{MAGIC("xar!"), {"xar", FORMAT(xar)}},
	{MAGIC("WARC/"), {"warc", FORMAT(warc), true}},
	{MAGIC("070701"), {"cpio", FORMAT(cpio)}},
	{MAGIC("070702"), {"cpio", FORMAT(cpio)}},
	{MAGIC("070707"), {"cpio", FORMAT(cpio), true}},
	{MAGIC("\xc7\x71"), {"cpio", FORMAT(cpio), true}},
	{MAGIC("\x71\xc7"), {"cpio", FORMAT(cpio), true}},
	{MAGIC("\xed\xab\xee\xdb"), {"rpm", NULL, 0, {archive_read_support_format_cpio, rpm_filters}}},
	{MAGIC("\x1f\x8b\x08"), {"gzip", CODEC(GZIP)}},
	{LOOKS(is_bzip2), {"bzip2", CODEC(BZIP2)}},
	{MAGIC("\xfd" "7zXZ\0"), {"xz", CODEC(XZ)}},
	{MAGIC("\x28\xb5\x2f\xfd"), {"zstd", CODEC(ZSTD)}},
	{MAGIC("\x04\x22\x4d\x18"), {"lz4", FILTER(lz4)}},
	{MAGIC("LZIP"), {"lzip", CODEC(LZIP), true}},
	{LOOKS(is_lzma), {"lzma", CODEC(LZMA), true}},
	{MAGIC("\x1f\x9d"), {"compress", FILTER(compress), true}},
	{LOOKS(kh_ole1_looks), {"ole1", OWN(ole1), true}},
	{LOOKS(kh_archive_is_tar), {"tar", FORMAT(tar)}}, /* whose first member may be a PDF */
	{LOOKS(kh_pdf_looks), {"pdf", OWN(pdf), true}},
	{LOOKS(kh_mail_looks), {"mail", OWN(mail)}},
	{LOOKS(is_lha), {"lha", FORMAT(lha), true}},
	{LOOKS(is_iso), {"iso", FORMAT(iso9660)}},
	{LOOKS(carries_7z), {"7z", FORMAT(7zip), true}},
	{LOOKS(carries_rar), {"rar", FORMAT(rar), true}},
	{LOOKS(kh_script_looks), {"script", OWN(script), true}},
	{LOOKS(ends_as_zip), {"zip", OWN(zip), true}},
};

const struct kh_container *kh_container_of(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < KH_COUNT(table); i++) {
		bool it_is = table[i].magic ? n >= table[i].magic_size && memcmp(p, table[i].magic, table[i].magic_size) == 0 : table[i].looks(p, n);
		if (it_is)
			return &table[i].container;
	}
	return NULL;
}
