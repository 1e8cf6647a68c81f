#include "document/read/office/ole.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/text.h"

#include <stdio.h>

/* ---- drawings ---- */

void kh_art_give_words(struct kh_reading *r, const struct kh_art_options *o, const struct kh_line_look *look)
{
	const uint8_t *words = o->words.at;
	size_t n = 0;
	while (n + 2 <= kh_cursor_left(&o->words) && (words[n] || words[n + 1]))
		n += 2;
	if (n > 0)
		kh_text_read(r, KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, words, n, look);
}

/* Bytes before a picture: one or two digests of 16, by the number of the record, and one more. */
static void give_picture(struct kh_reading *r, const struct kh_art_record *a, struct kh_cursor body, unsigned *number)
{
	enum { DIGEST = 16, MARK = 1, JPEG = 0xf01d, PNG = 0xf01e, TIFF = 0xf029, JPEG_CMYK = 0xf02a };
	char name[32];
	if (a->type != JPEG && a->type != PNG && a->type != TIFF && a->type != JPEG_CMYK)
		return;
	if (!kh_cursor_skip(&body, (a->instance & 1 ? 2 * DIGEST : DIGEST) + MARK))
		return;
	snprintf(name, sizeof name, "picture %u", ++*number);
	kh_reading_member(r, name, body.at, kh_cursor_left(&body));
}

/* Containers are walked through as if they were not there: what is inside follows. */
void kh_art_give_pictures(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	enum { STORED = 0xf007, OF_STORED = 36, NAME_SIZE_AT = 33 };
	struct kh_cursor c = kh_cursor_of(bytes, n), body;
	struct kh_art_record a = {0};
	unsigned number = 0;
	while (kh_art_take(&c, &a) && !kh_reading_over(r)) {
		size_t size = KH_MIN((size_t)a.size, kh_cursor_left(&c));
		if (a.version == KH_ART_CONTAINER)
			continue;
		if (a.type == STORED && size > OF_STORED)
			size = KH_MIN(size, (size_t)OF_STORED + c.at[NAME_SIZE_AT]);
		if (!kh_cursor_sub(&c, size, &body))
			return;
		give_picture(r, &a, body, &number);
	}
}

/* ---- what is embedded ---- */

struct embedded {
	struct kh_reading *r;
	bool (*has_pictures)(const char *path);
	void (*give_pictures)(struct kh_reading *r, const uint8_t *bytes, size_t n);
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool is_native(const char *path)
{
	const char *found = strstr(path, "\1Ole10Native/");
	return found && (found == path || found[-1] == '/');
}

/* A stream that is a file, or a workbook, which is one stream. */
static bool is_file(const char *path)
{
	static const char *const names[] = {"Package", "CONTENTS", "Workbook", "Book", "EPRINT"};
	for (size_t i = 0; strchr(path, '/') && i < KH_COUNT(names); i++)
		if (kh_streq_nocase(last_part(path), names[i]))
			return true;
	return false;
}

static bool is_document_storage(const char *path)
{
	return strchr(path, '/') && (kh_streq_nocase(last_part(path), "WordDocument") || kh_streq_nocase(last_part(path), "PowerPoint Document"));
}

static bool is_wanted(void *context, const char *path)
{
	const struct embedded *e = context;
	if (is_document_storage(path))
		kh_reading_gap(e->r, KH_GAP_DAMAGED, path);
	return e->has_pictures(path) || is_file(path) || kh_streq(last_part(path), "\1Ole10Native") || kh_streq_nocase(path, "PowerPoint Document");
}

static void on_member(void *context, const char *path, const uint8_t *bytes, size_t n)
{
	const struct embedded *e = context;
	if (e->has_pictures(path))
		e->give_pictures(e->r, bytes, n);
	if (is_native(path) || is_file(path) || kh_starts_with(path, "PowerPoint Document/"))
		kh_reading_member(e->r, path, bytes, n);
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	const struct embedded *e = context;
	if (kind != KH_GAP_ENCRYPTED && kind != KH_GAP_DAMAGED) /* told when the document was read */
		kh_reading_gap(e->r, kind, name);
}

void kh_ole_give_members(struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*has_pictures)(const char *path),
			 void (*give_pictures)(struct kh_reading *r, const uint8_t *bytes, size_t n))
{
	struct embedded e = {r, has_pictures, give_pictures};
	kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = &e, .wants = is_wanted, .on_member = on_member, .on_gap = on_gap});
}
