#include "document/read/word/doc_shapes.h"

#include "document/read/wide.h"

#include <stdio.h>

/* ---- shapes ---- */

/* Containers are walked into, so that all records of the drawing come one after the other. */
static void read_drawing(struct kh_doc_shapes *s, struct kh_cursor c)
{
	struct kh_art_record r;
	struct kh_cursor body;
	struct kh_doc_shape *now = NULL;
	while (kh_art_take(&c, &r) && s->list.n < KH_DOC_MAX_SHAPES) {
		if (r.type == KH_ART_SHAPE)
			now = kh_array_push(&s->list, ((struct kh_doc_shape){0}));
		if (r.version == KH_ART_CONTAINER)
			continue;
		if (!kh_cursor_sub(&c, r.size, &body))
			return;
		if (now && r.type == KH_ART_SHAPE_ID)
			kh_ignore(kh_cursor_u32le(&body, &now->id));
		else if (now && r.type == KH_ART_OPTIONS)
			kh_art_read_options(body, r.instance, &now->art);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct kh_doc_shape *x = a, *y = b;
	return (x->id > y->id) - (x->id < y->id);
}

/* What all drawings share; then drawings, each behind a byte that says where it stands. */
void kh_doc_shapes_init(struct kh_doc_shapes *s, struct kh_cursor c)
{
	struct kh_art_record r;
	struct kh_cursor drawing;
	*s = (struct kh_doc_shapes){0};
	if (!kh_art_take(&c, &r) || !kh_cursor_skip(&c, r.size))
		return;
	while (kh_cursor_skip(&c, 1) && kh_art_take(&c, &r) && kh_cursor_sub(&c, KH_MIN((size_t)r.size, kh_cursor_left(&c)), &drawing))
		if (r.type == KH_ART_DRAWING)
			read_drawing(s, drawing);
	if (s->list.n > 0)
		qsort(s->list.v, s->list.n, sizeof *s->list.v, by_id);
}

void kh_doc_shapes_done(struct kh_doc_shapes *s)
{
	kh_array_done(&s->list);
}

bool kh_doc_shape_is_framed(const struct kh_doc_shapes *s, uint32_t id)
{
	const struct kh_doc_shape key = {.id = id}, *found = s->list.n > 0 ? bsearch(&key, s->list.v, s->list.n, sizeof key, by_id) : NULL;
	return found && (!found->art.line_said || found->art.line); /* as shapes are that say nothing */
}

void kh_doc_shapes_give_words(const struct kh_doc_shapes *s, struct kh_flow *f)
{
	kh_array_each(&s->list, shape) {
		kh_auto_buf struct kh_buf words = KH_BUF_INIT, font = KH_BUF_INIT;
		kh_wide_convert(shape->art.words.at, kh_cursor_left(&shape->art.words) / 2, &words);
		kh_wide_convert(shape->art.font.at, KH_MIN(kh_cursor_left(&shape->art.font) / 2, (size_t)64), &font);
		if (words.len == 0)
			continue;
		kh_flow_open(f, &(struct kh_line_look){.part = KH_PART_BOX});
		kh_flow_text(f, words.data, words.len, KH_CHARSET_UNICODE, &(struct kh_word_look){.red = shape->art.red, .font = kh_flow_font(f, kh_buf_text(&font), strlen(kh_buf_text(&font)))});
		kh_flow_close(f);
	}
}

/* ---- pictures ---- */

static const struct {
	uint8_t type; /* the low byte of the record's, the high one being F0 */
	uint8_t size;
	const char *magic;
} kinds[] = {{0x1d, 3, "\xff\xd8\xff"}, {0x2a, 3, "\xff\xd8\xff"}, {0x1e, 4, "\x89PNG"}, {0x29, 4, "II*\0"}, {0x29, 4, "MM\0*"}};

/* A picture in the record whose header is at c: behind one name of 16 bytes, or two, and a byte. */
static bool take_picture(struct kh_cursor c, struct kh_cursor *ret)
{
	static const size_t heads[] = {17, 33};
	struct kh_art_record r;
	if (!kh_art_take(&c, &r))
		return false;
	for (size_t k = 0; k < KH_COUNT(kinds); k++)
		for (size_t h = 0; h < KH_COUNT(heads) && kinds[k].type == (r.type & 0xff); h++) {
			struct kh_cursor body = c;
			if (r.size > heads[h] && kh_cursor_skip(&body, heads[h]) && kh_cursor_left(&body) >= kinds[k].size && memcmp(body.at, kinds[k].magic, kinds[k].size) == 0)
				return kh_cursor_sub(&body, KH_MIN(r.size - heads[h], kh_cursor_left(&body)), ret);
		}
	return false;
}

void kh_doc_shapes_give_pictures(struct kh_reading *r, const char *stream, const uint8_t *bytes, size_t n)
{
	enum { HIGH = 0xf0, HIGH_AT = 3 };
	unsigned number = 0;
	struct kh_cursor picture;
	for (const uint8_t *at = bytes, *end = bytes + n; (at = memchr(at, HIGH, (size_t)(end - at))) != NULL && !r->over; at++) {
		if (at - bytes < HIGH_AT || !take_picture(kh_cursor_of(at - HIGH_AT, (size_t)(end - at) + HIGH_AT), &picture))
			continue;
		char name[64];
		snprintf(name, sizeof name, "%.40s/picture %u", stream, ++number);
		kh_reading_member(r, name, picture.at, kh_cursor_left(&picture));
		if (kh_reading_over(r))
			return;
		at = picture.at + kh_cursor_left(&picture) - 1;
	}
}
