#include "document/read/word/doc_shapes.h"

#include "document/read/color.h"
#include "document/read/wide.h"

#include <stdio.h>

enum { DRAWING = 0xf002, SHAPE = 0xf004, SHAPE_ID = 0xf00a, PROPERTIES = 0xf00b, CONTAINER = 15 };
enum { WORDS = 0x00c0, WORDS_FONT = 0x00c5, FILL_COLOR = 0x0181, LINE_FLAGS = 0x01ff, COMPLEX = 0x8000, PROPERTY_SIZE = 6 };

struct record {
	unsigned version, instance, type;
	uint32_t size;
};

static bool take_header(struct kh_cursor *c, struct record *ret)
{
	uint16_t version = 0, type = 0;
	if (!kh_cursor_u16le(c, &version) || !kh_cursor_u16le(c, &type) || !kh_cursor_u32le(c, &ret->size))
		return false;
	ret->version = version & 15;
	ret->instance = version >> 4;
	ret->type = type;
	return true;
}

/* ---- shapes ---- */

static void apply_property(struct kh_doc_shape *s, unsigned id, uint32_t value, struct kh_cursor complex)
{
	enum { LINE = 0x8, USES_LINE = 0x80000 };
	if (id == LINE_FLAGS && value & USES_LINE)
		s->framed = value & LINE;
	else if (id == FILL_COLOR && value >> 24 == 0)
		s->red = kh_color_is_red((value & 0xff) << 16 | (value & 0xff00) | (value >> 16 & 0xff));
	else if (id == WORDS)
		s->words = complex;
	else if (id == WORDS_FONT)
		s->font = complex;
}

/* Six bytes each; what is longer stands behind all of them, in their order. */
static void apply_properties(struct kh_doc_shape *s, unsigned n, struct kh_cursor c)
{
	struct kh_cursor properties = {0}, none = {0};
	uint16_t id = 0;
	uint32_t value = 0;
	if (!kh_cursor_sub(&c, KH_MIN((size_t)n * PROPERTY_SIZE, kh_cursor_left(&c)), &properties))
		return;
	while (kh_cursor_u16le(&properties, &id) && kh_cursor_u32le(&properties, &value)) {
		struct kh_cursor complex = none;
		if (id & COMPLEX && !kh_cursor_sub(&c, KH_MIN((size_t)value, kh_cursor_left(&c)), &complex))
			return;
		apply_property(s, id & 0x3fff, value, complex);
	}
}

/* Containers are walked into, so that all records of the drawing come one after the other. */
static void read_drawing(struct kh_doc_shapes *s, struct kh_cursor c)
{
	struct record r;
	struct kh_cursor body;
	struct kh_doc_shape *now = NULL;
	while (take_header(&c, &r) && s->list.n < KH_DOC_MAX_SHAPES) {
		if (r.type == SHAPE)
			now = kh_array_push(&s->list, ((struct kh_doc_shape){.framed = true})); /* as shapes are that say nothing */
		if (r.version == CONTAINER)
			continue;
		if (!kh_cursor_sub(&c, r.size, &body))
			return;
		if (now && r.type == SHAPE_ID)
			kh_ignore(kh_cursor_u32le(&body, &now->id));
		else if (now && r.type == PROPERTIES)
			apply_properties(now, r.instance, body);
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
	struct record r;
	struct kh_cursor drawing;
	*s = (struct kh_doc_shapes){0};
	if (!take_header(&c, &r) || !kh_cursor_skip(&c, r.size))
		return;
	while (kh_cursor_skip(&c, 1) && take_header(&c, &r) && kh_cursor_sub(&c, KH_MIN((size_t)r.size, kh_cursor_left(&c)), &drawing))
		if (r.type == DRAWING)
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
	return found && found->framed;
}

void kh_doc_shapes_give_words(const struct kh_doc_shapes *s, struct kh_flow *f)
{
	kh_array_each(&s->list, shape) {
		kh_auto_buf struct kh_buf words = KH_BUF_INIT, font = KH_BUF_INIT;
		kh_wide_convert(shape->words.at, kh_cursor_left(&shape->words) / 2, &words);
		kh_wide_convert(shape->font.at, KH_MIN(kh_cursor_left(&shape->font) / 2, (size_t)64), &font);
		if (words.len == 0)
			continue;
		kh_flow_open(f, &(struct kh_line_look){.part = KH_PART_BOX});
		kh_flow_text(f, words.data, words.len, KH_CHARSET_UNICODE, &(struct kh_word_look){.red = shape->red, .font = kh_flow_font(f, kh_buf_text(&font), strlen(kh_buf_text(&font)))});
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
	struct record r;
	if (!take_header(&c, &r))
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
