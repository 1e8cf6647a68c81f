#include "unpack/archive.h"

#include "base/alloc.h"

#include <archive_entry.h>
#include <string.h>

/* ---- one member ---- */

/* Unpacks the current member, as much of it as the limits let. False when nothing of it could be read. */
static bool read_member(struct kh_members *m, struct archive *a, const char *name)
{
	while (!kh_members_over(m)) {
		const void *bytes = NULL;
		size_t n = 0;
		la_int64_t at = 0;
		int e = archive_read_data_block(a, &bytes, &n, &at);
		if (e == ARCHIVE_EOF)
			return true;
		if (e < ARCHIVE_WARN) {
			m->stop |= e == ARCHIVE_FATAL;
			kh_members_damaged(m, name);
			return m->member.len > 0;
		}
		size_t hole = at > (la_int64_t)m->member.len ? (size_t)at - m->member.len : 0;
		if (!kh_members_add(m, NULL, hole) || !kh_members_add(m, bytes, n)) {
			kh_members_gap(m, KH_GAP_MEMBER_BYTES, name);
			return true;
		}
	}
	return m->member.len > 0;
}

static const char *name_of(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	return name ? name : archive_entry_pathname_utf8(entry);
}

static bool has_content(struct archive_entry *entry)
{
	mode_t type = archive_entry_filetype(entry);
	return type == AE_IFREG || type == 0;
}

static void unpack_member(struct kh_members *m, struct archive *a, struct archive_entry *entry)
{
	const char *name = name_of(entry);
	if (!kh_members_wants(m, name) || !kh_members_begin(m))
		return;
	if (!has_content(entry))
		return;
	if (archive_entry_is_data_encrypted(entry) > 0) /* asked for its bytes, libarchive gives them up, and often the members behind it; or gives them as they are (stored in RAR 4) */
		kh_members_gap(m, KH_GAP_ENCRYPTED, name);
	else if (read_member(m, a, name))
		kh_members_give(m, name);
}

/* ---- the archive ---- */

static void tell_damaged(struct kh_members *m, struct archive *a)
{
	if (archive_read_has_encrypted_entries(a) > 0)
		kh_members_gap(m, KH_GAP_ENCRYPTED, NULL);
	else
		kh_members_damaged(m, NULL);
}

static void read_members(struct kh_members *m, struct archive *a, const struct kh_archive_kind *k)
{
	struct archive_entry *entry = NULL;
	while (!kh_members_over(m)) {
		int e = archive_read_next_header(a, &entry);
		if (e == ARCHIVE_EOF)
			return;
		if (e == ARCHIVE_RETRY)
			continue;
		if (e < ARCHIVE_WARN) {
			if (!k->part)
				tell_damaged(m, a);
			return;
		}
		if (k->filter && !k->format && archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
			return; /* it only began like a compressed file */
		unpack_member(m, a, entry);
	}
}

/* Turns the format on that a compressed file is read by. */
static int expect_what_streams(struct archive *a)
{
	int r = archive_read_support_format_tar(a);
	return r == ARCHIVE_OK ? archive_read_support_format_cpio(a) : r;
}

static int expect_bytes(struct archive *a)
{
	int r = archive_read_support_format_empty(a);
	return r == ARCHIVE_OK ? archive_read_support_format_raw(a) : r;
}

/* Anything but ARCHIVE_OK would mean that libarchive wants to run a program to decompress. */
static struct archive *open_archive(const struct kh_archive_kind *k, const uint8_t *bytes, size_t n)
{
	struct archive *a = archive_read_new();
	bool good = a && (!k->filter || k->filter(a) == ARCHIVE_OK) && k->format(a) == ARCHIVE_OK;
	if (good && archive_read_open_memory(a, bytes, n) == ARCHIVE_OK)
		return a;
	archive_read_free(a);
	return NULL;
}

bool kh_archive_streams(const uint8_t *p, size_t n)
{
	return kh_archive_is_tar(p, n) || (n >= 6 && (memcmp(p, "070701", 6) == 0 || memcmp(p, "070702", 6) == 0 || memcmp(p, "070707", 6) == 0));
}

enum { FIRST = 4096, PIECE = 256 * 1024 };

/* What is compressed in a way that only libarchive knows: an archive that streams, by our own eyes (to libarchive, zeros are an empty tar), or bytes. */
static int (*format_inside(int (*filter)(struct archive *a), const uint8_t *bytes, size_t n))(struct archive *a)
{
	struct archive *a = open_archive(&(struct kh_archive_kind){.filter = filter, .format = expect_bytes}, bytes, n);
	struct archive_entry *entry = NULL;
	uint8_t first[FIRST];
	la_ssize_t got = a && archive_read_next_header(a, &entry) == ARCHIVE_OK ? archive_read_data(a, first, sizeof first) : 0;
	archive_read_free(a);
	return got > 0 && kh_archive_streams(first, (size_t)got) ? expect_what_streams : expect_bytes;
}

void kh_archive_read(struct kh_members *m, const struct kh_archive_kind *k, const uint8_t *bytes, size_t n)
{
	struct kh_archive_kind whole = *k;
	if (!whole.format)
		whole.format = format_inside(k->filter, bytes, n);
	struct archive *a = open_archive(&whole, bytes, n);
	if (a)
		read_members(m, a, k);
	else
		kh_members_damaged(m, NULL);
	archive_read_free(a);
}

/* ---- compressed ---- */

/* What libarchive reads of an archive that we decompress: the piece that was looked at, then the rest. */
struct source {
	struct kh_decoder *d;
	const uint8_t *first;
	size_t first_size;
	uint8_t piece[PIECE];
};

static la_ssize_t read_source(struct archive *a, void *context, const void **ret)
{
	struct source *s = context;
	size_t n = s->first_size;
	(void)a;
	*ret = n ? s->first : s->piece;
	s->first_size = 0;
	return (la_ssize_t)(n ? n : kh_decoder_read(s->d, s->piece, sizeof s->piece));
}

static void read_streamed(struct kh_members *m, struct kh_decoder *d, const uint8_t *first, size_t first_size)
{
	struct archive *a = archive_read_new();
	kh_auto_free struct source *s = kh_alloc(sizeof *s);
	s->d = d;
	s->first = first;
	s->first_size = first_size;
	if (a && expect_what_streams(a) == ARCHIVE_OK && archive_read_open(a, s, NULL, read_source, NULL) == ARCHIVE_OK)
		read_members(m, a, &(struct kh_archive_kind){0});
	archive_read_free(a);
}

static void read_plain(struct kh_members *m, struct kh_decoder *d, const uint8_t *first, size_t first_size)
{
	if (!kh_members_begin(m))
		return;
	if (!kh_members_add(m, first, first_size) || !kh_members_decode(m, d))
		kh_members_gap(m, KH_GAP_MEMBER_BYTES, "data");
	if (m->member.len > 0)
		kh_members_give(m, "data");
}

/* Most compressed files are small, one gzip, and no archive. False: this one is not. */
static bool read_small_gzip(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	size_t size = kh_gzip_size(bytes, n), room = 0;
	if (size == 0 || size > m->u->limits->ratio_floor || !kh_members_begin(m))
		return false;
	uint8_t *to = kh_members_room(m, size, &room);
	if (room < size || !kh_gzip_whole(bytes, n, to, size) || kh_archive_streams(to, size))
		return false;
	kh_members_used(m, size);
	kh_members_give(m, "data");
	return true;
}

static void read_any(struct kh_members *m, enum kh_codec codec, const uint8_t *bytes, size_t n)
{
	uint8_t first[FIRST];
	kh_auto_decoder struct kh_decoder *d = kh_decoder_new(codec, bytes, n);
	size_t first_size = kh_decoder_read(d, first, sizeof first);
	if (kh_archive_streams(first, first_size))
		read_streamed(m, d, first, first_size);
	else
		read_plain(m, d, first, first_size);
	if (kh_decoder_damaged(d) && !m->stop)
		kh_members_damaged(m, NULL);
}

void kh_compressed_read(struct kh_members *m, enum kh_codec codec, const uint8_t *bytes, size_t n)
{
	if (codec != KH_CODEC_GZIP || !read_small_gzip(m, bytes, n))
		read_any(m, codec, bytes, n);
}
