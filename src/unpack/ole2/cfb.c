#include "unpack/ole2/cfb.h"

#include "base/cursor.h"
#include "unpack/ole2/limits.h"

#include <string.h>

enum {
	HEADER = 512,
	HEADER_DIFAT = 109,     /* sectors of the FAT that the header names itself */
	ENTRY = 128,            /* bytes of a directory entry */
	STORAGE = 1, STREAM = 2, ROOT = 5,
};
#define NOTHING 0xffffffffU /* no sibling, no child */
#define LAST_SECTOR 0xfffffffaU /* larger numbers mean something else */

/* ---- sectors ---- */

static size_t sector_size(const struct kh_cfb *c)
{
	return (size_t)1 << c->sector_shift;
}

/* Sectors the file has, the last perhaps cut short. */
static size_t sector_count(const struct kh_cfb *c)
{
	return c->n <= sector_size(c) ? 0 : (c->n - 1) >> c->sector_shift;
}

/* n bytes from the start of a sector, as many as the file has. */
static const uint8_t *bytes_at(const struct kh_cfb *c, uint32_t sector, size_t n, size_t *ret_n)
{
	size_t at = ((size_t)sector + 1) << c->sector_shift;
	*ret_n = at < c->n ? KH_MIN(n, c->n - at) : 0;
	return c->bytes + KH_MIN(at, c->n);
}

static uint32_t next_of(const struct kh_cfb *c, uint32_t sector)
{
	return sector < c->fat.n ? c->fat.v[sector] : NOTHING;
}

/* Appends the numbers that a sector holds, until there are `max`. */
static void add_numbers(const struct kh_cfb *c, struct kh_cfb_numbers *to, uint32_t sector, size_t max)
{
	size_t n = 0;
	const uint8_t *p = bytes_at(c, sector, sector_size(c), &n);
	struct kh_cursor in = kh_cursor_of(p, n);
	for (uint32_t number = 0; to->n < max && kh_cursor_u32le(&in, &number);)
		kh_array_push(to, number);
}

/* ---- the FAT: named by the header, then by a chain of sectors whose last number leads on ---- */

static void add_fat_sector(struct kh_cfb *c, uint32_t sector)
{
	if (sector <= LAST_SECTOR)
		add_numbers(c, &c->fat, sector, sector_count(c));
}

static void read_fat(struct kh_cfb *c, struct kh_cursor header_difat, uint32_t difat)
{
	uint32_t sector = 0;
	for (int i = 0; i < HEADER_DIFAT && kh_cursor_u32le(&header_difat, &sector); i++)
		add_fat_sector(c, sector);
	for (size_t steps = sector_count(c); steps > 0 && difat < sector_count(c); steps--) {
		size_t n = 0;
		const uint8_t *p = bytes_at(c, difat, sector_size(c), &n);
		struct kh_cursor in = kh_cursor_of(p, n);
		for (size_t i = 0; i < sector_size(c) / 4 - 1 && kh_cursor_u32le(&in, &sector); i++)
			add_fat_sector(c, sector);
		if (!kh_cursor_u32le(&in, &difat))
			return;
	}
}

static void read_mini_fat(struct kh_cfb *c, uint32_t sector)
{
	for (size_t steps = sector_count(c); steps > 0 && sector < sector_count(c); steps--) {
		add_numbers(c, &c->mini_fat, sector, c->n >> c->mini_shift);
		sector = next_of(c, sector);
	}
}

static void list_mini_sectors(struct kh_cfb *c, uint32_t sector)
{
	for (size_t steps = sector_count(c); steps > 0 && sector < sector_count(c); steps--) {
		kh_array_push(&c->mini_sectors, sector);
		sector = next_of(c, sector);
	}
}

/* ---- names ---- */

static void add_utf8(struct kh_buf *b, uint32_t u)
{
	if (u < 0x80) {
		kh_buf_addc(b, (char)u);
		return;
	}
	int more = u < 0x800 ? 1 : u < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
	kh_buf_addc(b, (char)(lead[more] | u >> (6 * more)));
	while (more-- > 0)
		kh_buf_addc(b, (char)(0x80 | (u >> (6 * more) & 0x3f)));
}

/* Windows Installer packs two of these 64 characters into one of the plane that begins at U+3800. */
static bool add_msi(struct kh_buf *b, uint32_t u)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
	if (u < 0x3800 || u > 0x4840)
		return false;
	if (u == 0x4840)
		kh_buf_addc(b, '!'); /* begins the name of a table */
	else
		kh_buf_addc(b, set[(u - 0x3800) & 0x3f]);
	if (u < 0x4800)
		kh_buf_addc(b, set[(u - 0x3800) >> 6 & 0x3f]);
	return true;
}

static void add_name(struct kh_buf *b, const uint8_t *entry)
{
	struct kh_cursor in = kh_cursor_of(entry, 64);
	uint16_t unit = 0, low = 0;
	while (kh_cursor_u16le(&in, &unit) && unit != 0) {
		struct kh_cursor after = in;
		if (unit >= 0xd800 && unit < 0xdc00 && kh_cursor_u16le(&after, &low) && low >= 0xdc00 && low < 0xe000) {
			in = after;
			add_utf8(b, 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (low - 0xdc00));
		} else if (!add_msi(b, unit))
			add_utf8(b, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
	}
}

const char *kh_cfb_name(const struct kh_cfb_stream *s)
{
	const char *slash = strrchr(s->path, '/');
	return slash ? slash + 1 : s->path;
}

/* ---- the directory ---- */

struct visit {
	uint32_t entry;
	size_t storage; /* place of its storage's path in `storages` */
};

struct directory {
	struct kh_cfb *c;
	const uint8_t *entries;
	size_t n;
	KH_ARRAY(struct visit) todo;
	KH_ARRAY(char *) storages; /* paths; the first is "" */
	bool *seen;
};

static uint32_t field(const uint8_t *entry, size_t at)
{
	return (uint32_t)entry[at] | (uint32_t)entry[at + 1] << 8 | (uint32_t)entry[at + 2] << 16 | (uint32_t)entry[at + 3] << 24;
}

static void visit_later(struct directory *d, uint32_t entry, size_t storage)
{
	if (entry >= d->n || d->seen[entry]) {
		d->c->damaged |= entry != NOTHING;
		return;
	}
	d->seen[entry] = true;
	kh_array_push(&d->todo, ((struct visit){entry, storage}));
}

static char *path_of(const struct directory *d, const struct visit *v)
{
	kh_auto_buf struct kh_buf path = KH_BUF_INIT;
	kh_buf_adds(&path, d->storages.v[v->storage]);
	if (path.len > 0)
		kh_buf_addc(&path, '/');
	add_name(&path, d->entries + (size_t)v->entry * ENTRY);
	return kh_strdup(kh_buf_text(&path));
}

static void add_stream(struct directory *d, const struct visit *v)
{
	const uint8_t *entry = d->entries + (size_t)v->entry * ENTRY;
	uint64_t high = d->c->sector_shift > 9 ? field(entry, 124) : 0; /* version 3 leaves anything there */
	const struct kh_cfb_stream s = {.path = path_of(d, v), .start = field(entry, 116), .size = field(entry, 120) | high << 32};
	kh_array_push(&d->c->streams, s);
}

static void enter_storage(struct directory *d, const struct visit *v)
{
	size_t inside = v->storage;
	if (v->entry > 0 && strlen(d->storages.v[inside]) <= KH_UNPACK_MAX_MEMBER) {
		inside = d->storages.n;
		kh_array_push(&d->storages, path_of(d, v));
	}
	visit_later(d, field(d->entries + (size_t)v->entry * ENTRY, 76), inside);
}

static void visit(struct directory *d, struct visit v)
{
	const uint8_t *entry = d->entries + (size_t)v.entry * ENTRY;
	uint8_t type = entry[66];
	visit_later(d, field(entry, 68), v.storage);
	visit_later(d, field(entry, 72), v.storage);
	if (type == STREAM)
		add_stream(d, &v);
	else if (type == STORAGE || type == ROOT)
		enter_storage(d, &v);
}

static void visit_all(struct directory *d)
{
	kh_array_push(&d->storages, kh_strdup(""));
	visit_later(d, 0, 0);
	while (d->todo.n > 0)
		visit(d, d->todo.v[--d->todo.n]);
	for (uint32_t i = 0; i < d->n; i++) /* what no storage leads to */
		if (!d->seen[i] && d->entries[(size_t)i * ENTRY + 66] == STREAM)
			add_stream(d, &(struct visit){i, 0});
	kh_array_each(&d->storages, path)
		free(*path);
	kh_array_done(&d->storages);
	kh_array_done(&d->todo);
}

static void read_directory(struct kh_cfb *c, uint32_t sector)
{
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	for (size_t steps = sector_count(c); steps > 0 && sector < sector_count(c) && all.len < (size_t)KH_OLE2_MAX_ENTRIES * ENTRY; steps--) {
		size_t n = 0;
		const uint8_t *p = bytes_at(c, sector, sector_size(c), &n);
		kh_buf_add(&all, p, n);
		sector = next_of(c, sector);
	}
	c->too_many = sector < sector_count(c) && all.len >= (size_t)KH_OLE2_MAX_ENTRIES * ENTRY;
	struct directory d = {.c = c, .entries = (const uint8_t *)kh_buf_text(&all), .n = all.len / ENTRY};
	if (d.n == 0) {
		c->damaged = true;
		return;
	}
	list_mini_sectors(c, field(d.entries, 116)); /* the root's own stream */
	kh_auto_free bool *seen = kh_alloc(d.n);
	d.seen = seen;
	visit_all(&d);
}

/* ---- the whole ---- */

bool kh_cfb_init(struct kh_cfb *c, const uint8_t *bytes, size_t n)
{
	struct kh_cursor in = kh_cursor_of(bytes, n);
	uint16_t sector_shift = 0, mini_shift = 0;
	uint32_t directory = 0, cutoff = 0, mini_fat = 0, difat = 0;
	*c = (struct kh_cfb){.bytes = bytes, .n = n};
	bool good = kh_cursor_skip(&in, 30) && kh_cursor_u16le(&in, &sector_shift) && kh_cursor_u16le(&in, &mini_shift) && kh_cursor_skip(&in, 14) &&
		    kh_cursor_u32le(&in, &directory) && kh_cursor_skip(&in, 4) && kh_cursor_u32le(&in, &cutoff) && kh_cursor_u32le(&in, &mini_fat) &&
		    kh_cursor_skip(&in, 4) && kh_cursor_u32le(&in, &difat) && kh_cursor_skip(&in, 4) && n > HEADER;
	if (!good || (sector_shift != 9 && sector_shift != 12) || mini_shift != 6)
		return false;
	c->sector_shift = sector_shift;
	c->mini_shift = mini_shift;
	c->mini_cutoff = cutoff;
	read_fat(c, in, difat);
	read_mini_fat(c, mini_fat);
	read_directory(c, directory);
	return true;
}

void kh_cfb_done(struct kh_cfb *c)
{
	kh_array_each(&c->streams, s)
		free(s->path);
	kh_array_done(&c->streams);
	kh_array_done(&c->fat);
	kh_array_done(&c->mini_fat);
	kh_array_done(&c->mini_sectors);
}

/* ---- a stream's bytes ---- */

static enum kh_cfb_read read_large(const struct kh_cfb *c, const struct kh_cfb_stream *s, struct kh_members *m)
{
	uint64_t left = s->size;
	uint32_t sector = s->start;
	for (size_t steps = sector_count(c); left > 0 && steps > 0 && sector < sector_count(c);) {
		size_t run = 1, have = 0, needed = (size_t)KH_MIN(left >> c->sector_shift, steps - 1) + 1;
		while (run < needed && next_of(c, sector + (uint32_t)run - 1) == sector + run)
			run++; /* sectors that follow each other are copied at once */
		size_t want = run << c->sector_shift;
		want = want < left ? want : (size_t)left;
		const uint8_t *p = bytes_at(c, sector, want, &have);
		if (!kh_members_add(m, p, have))
			return KH_CFB_FULL;
		left -= have;
		if (have < want)
			break;
		steps -= run;
		sector = next_of(c, sector + (uint32_t)run - 1);
	}
	return left > 0 ? KH_CFB_CUT : KH_CFB_WHOLE;
}

static enum kh_cfb_read read_small(const struct kh_cfb *c, const struct kh_cfb_stream *s, struct kh_members *m)
{
	size_t left = (size_t)s->size, piece_size = (size_t)1 << c->mini_shift;
	uint32_t piece = s->start;
	for (size_t steps = c->mini_fat.n; left > 0 && steps > 0 && piece < c->mini_fat.n; steps--) {
		size_t at = (size_t)piece << c->mini_shift, in_list = at >> c->sector_shift, inside = at & (sector_size(c) - 1), have = 0;
		if (in_list >= c->mini_sectors.n)
			break;
		const uint8_t *p = bytes_at(c, c->mini_sectors.v[in_list], inside + KH_MIN(left, piece_size), &have);
		if (have <= inside)
			break;
		if (!kh_members_add(m, p + inside, have - inside))
			return KH_CFB_FULL;
		left -= have - inside;
		piece = c->mini_fat.v[piece];
	}
	return left > 0 ? KH_CFB_CUT : KH_CFB_WHOLE;
}

enum kh_cfb_read kh_cfb_read(const struct kh_cfb *c, const struct kh_cfb_stream *s, struct kh_members *m)
{
	return s->size < c->mini_cutoff ? read_small(c, s, m) : read_large(c, s, m);
}
