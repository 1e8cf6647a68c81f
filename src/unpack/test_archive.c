#include "unpack/test_archive.h"

#include "base/alloc.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

/* ---- by libarchive ---- */

static la_ssize_t take(struct archive *a, void *context, const void *bytes, size_t n)
{
	(void)a;
	kh_buf_add(context, bytes, n);
	return (la_ssize_t)n;
}

static void add_member(struct archive *a, const struct test_member *m)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, m->name);
	archive_entry_set_size(e, (la_int64_t)m->n);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	kh_assert(archive_write_header(a, e) >= ARCHIVE_WARN);
	kh_assert(archive_write_data(a, m->bytes, m->n) == (la_ssize_t)m->n);
	archive_entry_free(e);
}

void test_archive(const char *format, const char *filter, const char *options, const struct test_member *members, size_t count, struct kh_buf *ret)
{
	kh_buf_reset(ret);
	struct archive *a = archive_write_new();
	kh_assert(archive_write_set_format_by_name(a, format) == ARCHIVE_OK);
	kh_assert(!filter || archive_write_add_filter_by_name(a, filter) == ARCHIVE_OK);
	kh_assert(!options || archive_write_set_options(a, options) == ARCHIVE_OK);
	archive_write_set_passphrase(a, "x");
	archive_write_set_bytes_per_block(a, 0);
	kh_assert(archive_write_open(a, ret, NULL, take, NULL) == ARCHIVE_OK);
	for (size_t i = 0; i < count; i++)
		add_member(a, &members[i]);
	kh_assert(archive_write_close(a) == ARCHIVE_OK);
	archive_write_free(a);
}

/* ---- by hand ---- */

static void add_u16(struct kh_buf *b, unsigned v)
{
	kh_buf_addc(b, (char)(v & 0xff));
	kh_buf_addc(b, (char)(v >> 8 & 0xff));
}

static uint32_t crc32_of(const void *bytes, size_t n)
{
	uint32_t crc = ~0U;
	for (const uint8_t *p = bytes, *end = p + n; p < end; p++) {
		crc ^= *p;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

/* A block of RAR 1.5-4: the low half of its CRC, then the rest. */
static void add_rar_block(struct kh_buf *b, const struct kh_buf *block)
{
	add_u16(b, crc32_of(block->data, block->len) & 0xffff);
	kh_buf_add(b, block->data, block->len);
}

enum { RAR_ENCRYPTED = 4, RAR_HEADERS_ENCRYPTED = 0x80, RAR_SALT = 0x400, RAR_DATA = 0x8000 };

static void begin_rar(struct kh_buf *b, unsigned flags)
{
	kh_auto_buf struct kh_buf block = KH_BUF_INIT;
	kh_buf_reset(b);
	kh_buf_add(b, "Rar!\x1a\x07\x00", 7);
	kh_buf_addc(&block, 0x73); /* type */
	add_u16(&block, flags);
	kh_buf_add(&block, "\x0d\0\0\0\0\0\0\0", 8); /* size 13, reserved */
	add_rar_block(b, &block);
}

static void add_rar_file(struct kh_buf *b, unsigned flags, const char *name, const void *bytes, size_t n)
{
	kh_auto_buf struct kh_buf block = KH_BUF_INIT;
	kh_buf_addc(&block, 0x74); /* type */
	add_u16(&block, RAR_DATA | flags);
	add_u16(&block, (unsigned)(32 + strlen(name) + (flags & RAR_SALT ? 8 : 0)));
	kh_buf_add_u32le(&block, (uint32_t)n); /* packed */
	kh_buf_add_u32le(&block, (uint32_t)n);
	kh_buf_addc(&block, 3); /* Unix */
	kh_buf_add_u32le(&block, crc32_of(bytes, n));
	kh_buf_add_u32le(&block, 0x5a214000); /* date */
	kh_buf_add(&block, flags & RAR_ENCRYPTED ? "\x1d\x30" : "\x14\x30", 2); /* version 2.9 or 2.0, stored */
	add_u16(&block, (unsigned)strlen(name));
	kh_buf_add_u32le(&block, 0100644);
	kh_buf_adds(&block, name);
	if (flags & RAR_SALT)
		kh_buf_add(&block, "saltsalt", 8);
	add_rar_block(b, &block);
	kh_buf_add(b, bytes, n);
}

static void end_rar(struct kh_buf *b)
{
	kh_buf_add(b, "\xc4\x3d\x7b\0\x40\x07\0", 7);
}

void test_archive_rar(const char *name, const void *bytes, size_t n, struct kh_buf *ret)
{
	begin_rar(ret, 0);
	add_rar_file(ret, 0, name, bytes, n);
	end_rar(ret);
}

void test_archive_rar_encrypted_before(const char *name, const void *bytes, size_t n, struct kh_buf *ret)
{
	begin_rar(ret, 0);
	add_rar_file(ret, RAR_ENCRYPTED | RAR_SALT, "secret.txt", "sixteen bytes...", 16);
	add_rar_file(ret, 0, name, bytes, n);
	end_rar(ret);
}

void test_archive_rar_encrypted_headers(struct kh_buf *ret)
{
	begin_rar(ret, RAR_HEADERS_ENCRYPTED);
	kh_buf_adds(ret, "saltsalt" "what nobody can read without the password, forty-eight b");
}

void test_archive_cab(const char *name, const void *bytes, size_t n, struct kh_buf *ret)
{
	uint32_t name_size = (uint32_t)strlen(name) + 1, files_at = 36 + 8, data_at = files_at + 16 + name_size;
	kh_buf_reset(ret);
	kh_buf_add(ret, "MSCF\0\0\0\0", 8);
	kh_buf_add_u32le(ret, data_at + 8 + (uint32_t)n);
	kh_buf_add_u32le(ret, 0);
	kh_buf_add_u32le(ret, files_at);
	kh_buf_add_u32le(ret, 0);
	kh_buf_add(ret, "\3\1\1\0\1\0\0\0\0\0\0\0", 12); /* version 1.3, one folder, one file */
	kh_buf_add_u32le(ret, data_at);
	kh_buf_add(ret, "\1\0\0\0", 4); /* one block, stored */
	kh_buf_add_u32le(ret, (uint32_t)n);
	kh_buf_add_u32le(ret, 0);
	kh_buf_add(ret, "\0\0\x21\x5a\0\0\x20\0", 8); /* folder 0, date, time, attributes */
	kh_buf_add(ret, name, name_size);
	kh_buf_add_u32le(ret, 0); /* no checksum */
	add_u16(ret, (unsigned)n);
	add_u16(ret, (unsigned)n);
	kh_buf_add(ret, bytes, n);
}

static unsigned crc16_of(const void *bytes, size_t n)
{
	unsigned crc = 0;
	for (const uint8_t *p = bytes, *end = p + n; p < end; p++) {
		crc ^= *p;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xa001U : 0);
	}
	return crc;
}

void test_archive_lha(const char *name, const void *bytes, size_t n, struct kh_buf *ret)
{
	kh_auto_buf struct kh_buf header = KH_BUF_INIT; /* level 0, after its size and sum */
	kh_buf_adds(&header, "-lh0-");
	kh_buf_add_u32le(&header, (uint32_t)n);
	kh_buf_add_u32le(&header, (uint32_t)n);
	kh_buf_add_u32le(&header, 0x5a214000);
	kh_buf_add(&header, "\x20\0", 2); /* attribute, level */
	kh_buf_addc(&header, (char)strlen(name));
	kh_buf_adds(&header, name);
	add_u16(&header, crc16_of(bytes, n));
	unsigned sum = 0;
	for (size_t i = 0; i < header.len; i++)
		sum += (uint8_t)header.data[i];
	kh_buf_reset(ret);
	kh_buf_addc(ret, (char)header.len);
	kh_buf_addc(ret, (char)(sum & 0xff));
	kh_buf_add(ret, header.data, header.len);
	kh_buf_add(ret, bytes, n);
	kh_buf_addc(ret, 0);
}
