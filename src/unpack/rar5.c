#include "unpack/archive.h"

#include "base/alloc.h"
#include "base/cursor.h"

/* RAR 5.0 archive format (rarlab.com/technote.htm): blocks of a sum, a size, and a header of numbers of seven bits a byte, the lowest first. */

enum { SIGNATURE = 8, FILE_BLOCK = 2, ENCRYPTION_BLOCK = 4, HAS_EXTRA = 1, HAS_DATA = 2, HAS_TIME = 2, HAS_SUM = 4, FILE_ENCRYPTION = 1 };

struct block {
	uint64_t type, flags, extra_size, data_size;
	struct kh_cursor body; /* behind these */
};

static bool take_number(struct kh_cursor *c, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t byte = 0x80;
	for (unsigned shift = 0; byte & 0x80; shift += 7) {
		if (shift > 63 || !kh_cursor_u8(c, &byte))
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
	}
	*ret = v;
	return true;
}

static bool take_block(struct kh_cursor *c, struct block *ret)
{
	struct block b = {0};
	uint64_t size = 0;
	if (!kh_cursor_skip(c, 4) || !take_number(c, &size) || size > kh_cursor_left(c) || !kh_cursor_sub(c, (size_t)size, &b.body))
		return false;
	if (!take_number(&b.body, &b.type) || !take_number(&b.body, &b.flags))
		return false;
	if ((b.flags & HAS_EXTRA && !take_number(&b.body, &b.extra_size)) || (b.flags & HAS_DATA && !take_number(&b.body, &b.data_size)))
		return false;
	*ret = b;
	return b.data_size <= kh_cursor_left(c) && kh_cursor_skip(c, (size_t)b.data_size);
}

/* The extra area stands at the end of the header: records of size, type, content. */
static bool is_encrypted(const struct block *b)
{
	struct kh_cursor extra = b->body, record;
	uint64_t size = 0, type = 0;
	if (b->extra_size > kh_cursor_left(&extra))
		return false;
	extra.at = extra.end - b->extra_size;
	while (take_number(&extra, &size) && size <= kh_cursor_left(&extra) && kh_cursor_sub(&extra, (size_t)size, &record))
		if (take_number(&record, &type) && type == FILE_ENCRYPTION)
			return true;
	return false;
}

/* NULL when the header is not as it should be. */
static char *name_of(struct kh_cursor c)
{
	uint64_t flags = 0, skipped = 0, size = 0;
	const uint8_t *name = NULL;
	bool good = take_number(&c, &flags) && take_number(&c, &skipped) && take_number(&c, &skipped) && kh_cursor_skip(&c, (flags & HAS_TIME ? 4 : 0) + (flags & HAS_SUM ? 4 : 0)) &&
		    take_number(&c, &skipped) && take_number(&c, &skipped) && take_number(&c, &size) && size <= kh_cursor_left(&c) && kh_cursor_take(&c, (size_t)size, &name);
	return good ? kh_strndup((const char *)name, (size_t)size) : NULL;
}

void kh_rar5_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	static const struct kh_archive_kind kind = {.format = archive_read_support_format_rar5};
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct block b;
	kh_ignore(kh_cursor_skip(&c, SIGNATURE));
	while (take_block(&c, &b) && !kh_members_over(m)) {
		if (b.type == ENCRYPTION_BLOCK) {
			kh_members_gap(m, KH_GAP_ENCRYPTED, NULL);
			return;
		}
		if (b.type != FILE_BLOCK || !is_encrypted(&b))
			continue;
		kh_auto_free char *name = name_of(b.body);
		kh_members_gap(m, KH_GAP_ENCRYPTED, name);
	}
	kh_archive_read(m, &kind, bytes, n);
}
