#include "unpack/archive.h"

#include "base/array.h"
#include "base/cursor.h"

#include <string.h>

/* ZIP by PKWARE's APPNOTE.TXT 6.3.10. A member stands where its local header is; the central directory at the end says where these are, and it alone is
 * believed by most programs. Some read the local headers instead: what only they see is looked at too.
 *
 * An archive of nothing but what almost all are made of (stored, deflated, perhaps encrypted) is read here, twice as fast; any other by libarchive. */

struct entry {
	size_t start, end; /* of the member: local header, name, extra and data */
	size_t data;       /* where the data begins */
	uint64_t packed, size;
	uint32_t crc;
	uint16_t flags, method;
	const char *name; /* lent, not NUL-terminated */
	size_t name_size;
};

struct directory {
	KH_ARRAY(struct entry) entries;
	bool simple; /* all that it names can be read here */
	size_t at;   /* where it stands */
};

enum { LOCAL_HEADER = 30, CENTRAL_HEADER = 46, END_HEADER = 22, END_TAIL = 16 * 1024 /* where libarchive looks for it */, STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

static uint16_t u16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)u16_at(p) | (uint32_t)u16_at(p + 2) << 16;
}

static uint64_t u64_at(const uint8_t *p)
{
	return (uint64_t)u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

/* The last end of a central directory; NULL: there is none, and libarchive has read the local headers. */
static const uint8_t *find_end(const uint8_t *bytes, size_t n)
{
	for (size_t back = END_HEADER; back <= KH_MIN(n, (size_t)END_TAIL); back++)
		if (memcmp(bytes + n - back, "PK\5\6", 4) == 0)
			return bytes + n - back;
	return NULL;
}

/* Size and place of the central directory, as they are said; those of ZIP64 stand in a record of their own, to which a locator leads. */
static void read_end(const uint8_t *bytes, const uint8_t *end, uint64_t *ret_size, uint64_t *ret_at)
{
	enum { LOCATOR = 20, END64 = 56 };
	*ret_size = u32_at(end + 12);
	*ret_at = u32_at(end + 16);
	if ((*ret_size != UINT32_MAX && *ret_at != UINT32_MAX) || end - bytes < LOCATOR || memcmp(end - LOCATOR, "PK\6\7", 4) != 0)
		return;
	uint64_t at = u64_at(end - LOCATOR + 8);
	if ((uint64_t)(end - bytes) >= END64 && at <= (uint64_t)(end - bytes) - END64 && memcmp(bytes + at, "PK\6\6", 4) == 0) {
		*ret_size = u64_at(bytes + at + 40);
		*ret_at = u64_at(bytes + at + 48);
	}
}

/* ZIP64: the fields that are too large for the header follow in this order. */
static void read_extra(const uint8_t *extra, size_t n, uint64_t *size, uint64_t *packed, uint64_t *at)
{
	struct kh_cursor c = kh_cursor_of(extra, n), body;
	uint16_t tag = 0, length = 0;
	while (kh_cursor_u16le(&c, &tag) && kh_cursor_u16le(&c, &length) && kh_cursor_sub(&c, length, &body)) {
		if (tag != 1)
			continue;
		bool good = *size != UINT32_MAX || kh_cursor_u64le(&body, size);
		good = good && (*packed != UINT32_MAX || kh_cursor_u64le(&body, packed));
		kh_ignore(good && (*at != UINT32_MAX || kh_cursor_u64le(&body, at)));
		return;
	}
}

/* Finds the member that the entry speaks of. False: it is not there. */
static bool find_member(struct entry *e, const uint8_t *bytes, size_t n, uint64_t at)
{
	if (at > n || n - at < LOCAL_HEADER || memcmp(bytes + at, "PK\3\4", 4) != 0)
		return false;
	size_t head = LOCAL_HEADER + (size_t)u16_at(bytes + at + 26) + u16_at(bytes + at + 28), left = n - (size_t)at;
	e->start = (size_t)at;
	e->data = e->start + KH_MIN(head, left);
	e->end = e->packed > n - e->data ? n : e->data + (size_t)e->packed;
	return true;
}

static bool is_simple(const struct entry *e, const uint8_t *bytes, size_t n)
{
	bool same = u16_at(bytes + e->start + 8) == e->method && (e->method == DEFLATED || (e->method == STORED && e->packed == e->size) || e->flags & ENCRYPTED);
	return same && e->packed <= n - e->data;
}

/* One more than may be unpacked, so that reaching the limit is noticed. `shift`: what stands before the archive. */
static void read_directory(struct directory *d, size_t max, const uint8_t *bytes, size_t n, uint64_t shift)
{
	struct kh_cursor c = kh_cursor_of(bytes + d->at, n - d->at);
	const uint8_t *head = NULL, *name = NULL, *extra = NULL;
	d->simple = true;
	while (d->entries.n <= max && kh_cursor_take(&c, CENTRAL_HEADER, &head) && memcmp(head, "PK\1\2", 4) == 0) {
		struct entry e = {.flags = u16_at(head + 8), .method = u16_at(head + 10), .crc = u32_at(head + 16), .packed = u32_at(head + 20), .size = u32_at(head + 24)};
		uint64_t at = u32_at(head + 42);
		size_t extra_size = u16_at(head + 30);
		e.name_size = u16_at(head + 28);
		if (!kh_cursor_take(&c, e.name_size, &name) || !kh_cursor_take(&c, extra_size, &extra) || !kh_cursor_skip(&c, u16_at(head + 32))) {
			d->simple = false;
			return;
		}
		e.name = (const char *)name;
		read_extra(extra, extra_size, &e.size, &e.packed, &at);
		bool found = at <= UINT64_MAX - shift && find_member(&e, bytes, n, at + shift);
		d->simple = d->simple && found && is_simple(&e, bytes, n);
		if (found)
			kh_array_push(&d->entries, e);
	}
}

/* False: there is none; libarchive then reads the local headers. */
static bool find_directory(struct directory *d, size_t max, const uint8_t *bytes, size_t n)
{
	const uint8_t *end = find_end(bytes, n);
	uint64_t size = 0, at = 0;
	*d = (struct directory){0};
	if (!end)
		return false;
	read_end(bytes, end, &size, &at);
	size_t before_end = (size_t)(end - bytes);
	if (size > before_end)
		return false;
	/* Where it says, or else right before its end, when something stands before the archive. */
	bool as_said = at <= before_end - size && n - at >= 4 && memcmp(bytes + at, "PK\1\2", 4) == 0;
	d->at = as_said ? (size_t)at : before_end - (size_t)size;
	read_directory(d, max, bytes, n, as_said ? 0 : d->at - KH_MIN(at, d->at));
	return true;
}

/* ---- members that the directory names ---- */

/* OpenDocument encrypts its members, not the archive: the manifest names for each how (ODF 1.2 part 3, 3.4.1). */
static void look_at_manifest(struct kh_members *m, const char *name, const void *bytes, size_t n)
{
	static const char mark[] = ":encryption-data";
	if (strcmp(name, "META-INF/manifest.xml") == 0 && memmem(bytes, n, mark, strlen(mark)))
		kh_members_gap(m, KH_GAP_ENCRYPTED, NULL);
}

static void give_deflated(struct kh_members *m, const struct entry *e, const uint8_t *bytes, const char *name)
{
	size_t packed = e->end - e->data, room = 0;
	if (!kh_members_begin(m))
		return;
	bool small = e->size > 0 && e->size <= m->u->limits->ratio_floor && kh_deflate_can_be(packed, e->size);
	uint8_t *to = small ? kh_members_room(m, (size_t)e->size, &room) : NULL;
	bool whole = small && room == e->size && kh_deflate_whole(bytes + e->data, packed, to, room);
	if (whole) {
		kh_members_used(m, room);
	} else {
		kh_auto_decoder struct kh_decoder *d = kh_decoder_new(KH_CODEC_DEFLATE, bytes + e->data, packed);
		whole = true;
		if (!kh_members_decode(m, d))
			kh_members_gap(m, KH_GAP_MEMBER_BYTES, name);
		else if (!m->stop)
			whole = !kh_decoder_damaged(d) && m->member.len == e->size;
	}
	if (whole && m->member.len == e->size)
		whole = kh_crc32(kh_buf_text(&m->member), m->member.len) == e->crc;
	if (m->member.len > 0 || whole)
		kh_members_give(m, name);
	look_at_manifest(m, name, kh_buf_text(&m->member), m->member.len);
	if (!whole)
		kh_members_damaged(m, name);
}

static void give_stored(struct kh_members *m, const struct entry *e, const uint8_t *bytes, const char *name)
{
	size_t n = e->end - e->data;
	kh_members_lend(m, name, bytes + e->data, n);
	look_at_manifest(m, name, bytes + e->data, n);
	if (!m->stop && kh_crc32(bytes + e->data, n) != e->crc)
		kh_members_damaged(m, name);
}

static void give_entry(struct kh_members *m, const struct entry *e, const uint8_t *bytes)
{
	kh_auto_free char *name = kh_strndup(e->name, e->name_size);
	if (!kh_members_wants(m, name))
		return;
	if (e->flags & ENCRYPTED) {
		if (kh_members_begin(m))
			kh_members_gap(m, KH_GAP_ENCRYPTED, name);
	} else if (e->method == DEFLATED)
		give_deflated(m, e, bytes, name);
	else if (e->size > 0)
		give_stored(m, e, bytes, name);
}

static void give_entries(struct kh_members *m, const struct directory *d, const uint8_t *bytes)
{
	kh_array_each(&d->entries, e)
		if (!kh_members_over(m))
			give_entry(m, e, bytes);
}

/* ---- members that it does not name ---- */

static int by_start(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* A local header, and not just its four letters, as they stand in every program that knows ZIP: a version there is, a method there is, a name. */
static bool is_local_header(const uint8_t *p, size_t n)
{
	enum { LAST_VERSION = 63, MAX_METHOD = 99, MAX_NAME = 1024 };
	if (n < LOCAL_HEADER)
		return false;
	size_t name_size = u16_at(p + 26);
	return p[4] <= LAST_VERSION && u16_at(p + 8) <= MAX_METHOD && name_size > 0 && name_size <= KH_MIN((size_t)MAX_NAME, n - LOCAL_HEADER);
}

/* NULL: none. */
static const uint8_t *find_local_header(const uint8_t *p, const uint8_t *end)
{
	while ((p = memmem(p, (size_t)(end - p), "PK\3\4", 4)) != NULL && !is_local_header(p, (size_t)(end - p)))
		p += 4;
	return p;
}

/* What stands between the members, if a local header is there. */
static void read_between(struct kh_members *m, const uint8_t *bytes, size_t n, size_t start, size_t end)
{
	enum { AHEAD = 24 }; /* libarchive loses the last bytes of a member behind which there are not so many */
	static const struct kh_archive_kind streamed = {.format = archive_read_support_format_zip_streamable, .part = true};
	const uint8_t *local = find_local_header(bytes + start, bytes + end);
	if (!local)
		return;
	struct kh_members hidden;
	kh_members_init(&hidden, m->u, m->context, m->size, true);
	kh_archive_read(&hidden, &streamed, local, (size_t)(bytes + KH_MIN(n, end + AHEAD) - local));
	kh_members_done(&hidden);
}

static void read_hidden(struct kh_members *m, struct directory *d, const uint8_t *bytes, size_t n)
{
	if (d->entries.n > 1)
		qsort(d->entries.v, d->entries.n, sizeof *d->entries.v, by_start);
	size_t seen = 0;
	kh_array_each(&d->entries, e) {
		if (e->start > seen && !kh_members_over(m))
			read_between(m, bytes, n, seen, e->start);
		seen = KH_MAX(seen, e->end);
	}
	if (d->at > seen && !kh_members_over(m))
		read_between(m, bytes, n, seen, d->at);
}

void kh_zip_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	static const struct kh_archive_kind whole = {.format = archive_read_support_format_zip};
	struct directory d;
	bool found = find_directory(&d, m->u->limits->members, bytes, n);
	if (found && d.simple && d.entries.n > 0)
		give_entries(m, &d, bytes);
	else
		kh_archive_read(m, &whole, bytes, n);
	m->stop = false; /* a damaged member does not hide others; a limit is told once more, which changes nothing */
	if (found && (d.entries.n > 0 || memcmp(bytes, "PK", 2) == 0)) /* a real directory, or else a real beginning */
		read_hidden(m, &d, bytes, n);
	kh_array_done(&d.entries);
}
