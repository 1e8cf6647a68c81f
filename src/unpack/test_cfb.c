#include "unpack/test_cfb.h"

#include "base/alloc.h"

#include <string.h>

enum { SECTOR = TEST_CFB_SECTOR, PIECE = TEST_CFB_PIECE, ENTRY = 128, MOST_ENTRIES = 64, ROOT = 5, CUTOFF = 4096 };
#define END 0xfffffffeU
#define NONE 0xffffffffU

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
static uint32_t add_sectors(struct test_cfb *c, const void *bytes, size_t n)
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

static uint32_t add_pieces(struct test_cfb *c, struct kh_buf *mini, const void *bytes, size_t n)
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

static void put_entry(uint8_t *p, const struct test_cfb_entry *e, uint32_t start, size_t n)
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

void test_cfb_make(struct test_cfb *c, const struct test_cfb_entry *entries, size_t count)
{
	kh_auto_buf struct kh_buf mini = KH_BUF_INIT;
	uint8_t directory[MOST_ENTRIES * ENTRY] = {0}, header[SECTOR] = {0};
	static const struct test_cfb_entry root = {"Root Entry", ROOT, 1, 0, NULL, 0};
	kh_assert(count < MOST_ENTRIES);
	*c = (struct test_cfb){0};
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
