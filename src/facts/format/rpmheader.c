#include "facts/format/rpmheader.h"

#include "base/cursor.h"
#include "base/error.h"

#include <string.h>

enum { TYPE_INT32 = 4, TYPE_INT64 = 5, TYPE_STRING = 6, TYPE_I18N = 9 };
#define MAX_ENTRIES 65536 /* rpm's own bound (hdrchkTags) */

static const struct {
	uint32_t tag;
	size_t at; /* of a text in struct kh_rpm_header */
} text_tags[] = {
	{1000, offsetof(struct kh_rpm_header, name)},    {1001, offsetof(struct kh_rpm_header, version)},
	{1002, offsetof(struct kh_rpm_header, release)}, {1011, offsetof(struct kh_rpm_header, vendor)},
	{1014, offsetof(struct kh_rpm_header, licence)}, {1016, offsetof(struct kh_rpm_header, group)},
	{1022, offsetof(struct kh_rpm_header, arch)},    {1044, offsetof(struct kh_rpm_header, source_rpm)},
}, number_tags[] = {
	{1003, offsetof(struct kh_rpm_header, epoch)},      {1008, offsetof(struct kh_rpm_header, install_s)},
	{1009, offsetof(struct kh_rpm_header, size_bytes)}, {5009, offsetof(struct kh_rpm_header, size_bytes)},
};

struct entry {
	uint32_t tag, type, offset, count;
};

static const char *text_at(struct kh_cursor data, uint32_t offset)
{
	if (!kh_cursor_skip(&data, offset) || !memchr(data.at, '\0', kh_cursor_left(&data)))
		return NULL;
	return (const char *)data.at;
}

static int64_t number_at(struct kh_cursor data, const struct entry *e)
{
	uint32_t small = 0;
	uint64_t large = 0;
	if (!kh_cursor_skip(&data, e->offset) || e->count == 0)
		return -1;
	if (e->type == TYPE_INT32 && kh_cursor_u32be(&data, &small))
		return small;
	if (e->type == TYPE_INT64 && kh_cursor_u64be(&data, &large) && large <= INT64_MAX)
		return (int64_t)large;
	return -1;
}

static void take_entry(const struct entry *e, struct kh_cursor data, struct kh_rpm_header *h)
{
	for (size_t i = 0; i < KH_COUNT(text_tags); i++)
		if (text_tags[i].tag == e->tag && (e->type == TYPE_STRING || e->type == TYPE_I18N))
			*(const char **)((char *)h + text_tags[i].at) = text_at(data, e->offset);
	for (size_t i = 0; i < KH_COUNT(number_tags); i++)
		if (number_tags[i].tag == e->tag)
			*(int64_t *)((char *)h + number_tags[i].at) = number_at(data, e);
}

int kh_rpm_header_parse(const void *bytes, size_t n, struct kh_rpm_header *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n), entries = {0}, data = {0};
	struct kh_rpm_header h = {.epoch = -1, .install_s = -1, .size_bytes = -1};
	uint32_t count = 0, data_size = 0;
	if (!kh_cursor_u32be(&c, &count) || !kh_cursor_u32be(&c, &data_size) || count > MAX_ENTRIES ||
	    !kh_cursor_sub(&c, (size_t)count * 16, &entries) || !kh_cursor_sub(&c, data_size, &data))
		return kh_fail(KH_E_SYNTAX, "rpm header of %zu bytes: the counts do not fit", n);
	for (struct entry e = {0}; kh_cursor_u32be(&entries, &e.tag) && kh_cursor_u32be(&entries, &e.type) &&
				   kh_cursor_u32be(&entries, &e.offset) && kh_cursor_u32be(&entries, &e.count);)
		take_entry(&e, data, &h);
	if (!h.name || !h.version || !h.release)
		return kh_fail(KH_E_SYNTAX, "rpm header of %zu bytes: no name, version or release", n);
	*ret = h;
	return 0;
}
