#include "document/read/office/ppt.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/office/ole.h"
#include "document/read/office/ppt_text.h"
#include "document/read/parts.h"
#include "document/read/properties.h"
#include "document/read/text.h"

enum {
	DOCUMENT = 1000, DOCUMENT_ATOM = 1001, SLIDE = 1006, NOTES = 1008, SLIDE_PERSIST = 1011, MASTER = 1016, OUTLINE_REFERENCE = 3998, TEXT_HEADER = 3999, CHARACTERS = 4000, STYLE = 4001,
	BYTES = 4008, STRING = 4026, FONT = 4023, LIST = 4080, HEADERS_FOOTERS = 4057, USER_EDIT = 4085, OBJECTS = 6002, TAG_DATA = 5003, COMMENT = 12000, PLACEHOLDER = 3011,
	ANCHOR = 0xf010, TEXT_BOX = 0xf00d,
};

enum { LIST_OF_SLIDES, LIST_OF_MASTERS, LIST_OF_NOTES, LISTS };

/* A slide as the document lists it, with the text of its outline: titles and bodies. */
struct listed {
	uint32_t object;
	struct kh_cursor outline;
};

struct ppt {
	struct kh_reading *r;
	const uint8_t *bytes;
	size_t n;
	KH_ARRAY(uint32_t) objects; /* where they stand; 0: nowhere */
	struct kh_ppt_fonts fonts;
	KH_ARRAY(struct listed) lists[LISTS];
	double width, height; /* of slides */

	/* The slide being read. */
	struct kh_cursor outline;
	struct kh_ppt_text text;
	struct kh_art_options shape;
	struct kh_line_look line;
	enum kh_document_part part;  /* of shapes that are nothing else */
	bool master, is_placeholder, in_comment, in_headers;
	size_t depth;
};

/* ---- records ---- */

static bool next_record(struct kh_cursor *c, struct kh_art_record *ret, struct kh_cursor *ret_body)
{
	return kh_art_take(c, ret) && kh_cursor_sub(c, KH_MIN((size_t)ret->size, kh_cursor_left(c)), ret_body);
}

static struct kh_cursor object_at(const struct ppt *p, uint32_t at, unsigned type)
{
	struct kh_cursor c = kh_cursor_of(p->bytes, p->n), body;
	struct kh_art_record a = {0};
	if (at < p->n && kh_cursor_skip(&c, at) && next_record(&c, &a, &body) && a.type == type)
		return body;
	return kh_cursor_of(NULL, 0);
}

static struct kh_cursor object(const struct ppt *p, uint32_t number, unsigned type)
{
	return object_at(p, number < p->objects.n ? p->objects.v[number] : UINT32_MAX, type);
}

/* ---- which objects are current ---- */

static void take_object(struct ppt *p, uint32_t number, uint32_t at)
{
	while (p->objects.n <= number)
		kh_array_push(&p->objects, 0U);
	if (p->objects.v[number] == 0) /* a later edit has said another place */
		p->objects.v[number] = at;
}

/* Runs of numbers that follow each other: the first in 20 bits, how many in 12. */
static void take_objects(struct ppt *p, struct kh_cursor c)
{
	uint32_t run = 0, at = 0;
	while (kh_cursor_u32le(&c, &run)) {
		uint32_t first = run & 0xfffff, count = run >> 20;
		if (first + count > KH_SLIDES_MAX_OBJECTS)
			return;
		for (uint32_t i = 0; i < count && kh_cursor_u32le(&c, &at); i++)
			take_object(p, first + i, at);
	}
}

/* From the last edit back to the first. *ret_document: the number of the document. */
static bool follow_edits(struct ppt *p, uint32_t at, uint32_t *ret_document)
{
	enum { LAST_SLIDE_AND_VERSION = 8 };
	bool any = false;
	for (int edits = 0; at && edits < KH_SLIDES_MAX_EDITS && !kh_reading_over(p->r); edits++) {
		struct kh_cursor c = object_at(p, at, USER_EDIT);
		uint32_t before = 0, objects = 0, document = 0;
		if (!kh_cursor_skip(&c, LAST_SLIDE_AND_VERSION) || !kh_cursor_u32le(&c, &before) || !kh_cursor_u32le(&c, &objects) || !kh_cursor_u32le(&c, &document))
			return any;
		take_objects(p, object_at(p, objects, OBJECTS));
		*ret_document = any ? *ret_document : document;
		any = true;
		if (before >= at) /* edits are written one behind the other */
			return any;
		at = before;
	}
	return any;
}

static void read_records(struct ppt *p, struct kh_cursor c);

/* ---- the document: fonts, and lists of slides with their outlines ---- */

static void take_font(struct ppt *p, struct kh_cursor c)
{
	enum { NAME = 64 };
	kh_auto_buf struct kh_buf name = KH_BUF_INIT;
	size_t n = 0, room = KH_MIN(kh_cursor_left(&c), (size_t)NAME);
	while (n + 2 <= room && (c.at[n] || c.at[n + 1]))
		n += 2;
	kh_text_convert(KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, c.at, n, &name);
	if (p->fonts.names.n < KH_SLIDES_MAX_FONTS)
		kh_array_push(&p->fonts.names, kh_strdup(kh_buf_text(&name)));
}

/* Behind each entry, up to the next, the texts of its slide. */
static void take_list(struct ppt *p, unsigned which, struct kh_cursor c)
{
	struct kh_art_record a = {0};
	struct kh_cursor body;
	uint32_t number = 0;
	struct listed *last = NULL;
	while (which < LISTS && p->lists[which].n < KH_SLIDES_MAX && next_record(&c, &a, &body)) {
		if (a.type == SLIDE_PERSIST && kh_cursor_u32le(&body, &number))
			last = kh_array_push(&p->lists[which], ((struct listed){number, kh_cursor_of(c.at, 0)}));
		else if (last)
			last->outline.end = c.at;
	}
}

static void read_document(struct ppt *p, struct kh_cursor c, size_t depth)
{
	struct kh_art_record a = {0};
	struct kh_cursor body;
	uint32_t width = 0, height = 0;
	while (next_record(&c, &a, &body)) {
		if (a.type == FONT) {
			take_font(p, body);
		} else if (a.type == LIST) {
			take_list(p, a.instance, body);
		} else if (a.type == DOCUMENT_ATOM && kh_cursor_u32le(&body, &width) && kh_cursor_u32le(&body, &height)) {
			p->width = (double)(int32_t)width;
			p->height = (double)(int32_t)height;
		} else if (a.type == HEADERS_FOOTERS) {
			p->in_headers = true;
			p->line = (struct kh_line_look){.page = 1};
			read_records(p, body);
			p->in_headers = false;
		} else if (a.version == KH_ART_CONTAINER && depth < KH_SLIDES_MAX_DEPTH) {
			read_document(p, body, depth + 1);
		}
	}
}

/* ---- texts ---- */

static void give_text(struct ppt *p)
{
	if (p->master && p->is_placeholder)
		p->text.n = 0; /* only shows where text goes */
	p->text.r = p->r;
	p->text.fonts = &p->fonts;
	p->text.look = p->line;
	kh_ppt_text_give(&p->text);
}

static void take_text(struct ppt *p, const struct kh_art_record *a, struct kh_cursor body)
{
	if (a->type != STYLE)
		give_text(p);
	if (a->type == CHARACTERS || a->type == BYTES) {
		p->text.wide = a->type == CHARACTERS;
		p->text.characters = body.at;
		p->text.n = kh_cursor_left(&body) / (p->text.wide ? 2 : 1);
	} else if (a->type == STYLE) {
		p->text.style = body.at;
		p->text.style_size = kh_cursor_left(&body);
	}
}

/* The text of a placeholder: that of its number among those of the slide's outline. */
static void take_outline(struct ppt *p, struct kh_cursor reference)
{
	struct kh_cursor c = p->outline, body;
	struct kh_art_record a = {0};
	uint32_t number = 0, headers = 0;
	if (!kh_cursor_u32le(&reference, &number))
		return;
	while (headers <= number + 1ULL && next_record(&c, &a, &body)) {
		headers += a.type == TEXT_HEADER;
		if (headers == number + 1ULL && (a.type == CHARACTERS || a.type == BYTES || a.type == STYLE))
			take_text(p, &a, body);
	}
}

/* Of a comment the second, of headers and footers all: date, header, footer. */
static void take_string(struct ppt *p, const struct kh_art_record *a, struct kh_cursor body)
{
	enum { COMMENT_TEXT = 1, HEADER = 1 };
	struct kh_line_look look = {.page = p->line.page, .part = KH_PART_COMMENT};
	if (p->in_headers)
		look.part = a->instance == HEADER ? KH_PART_HEADER : KH_PART_FOOTER;
	if (p->in_headers || (p->in_comment && a->instance == COMMENT_TEXT))
		kh_text_read(p->r, KH_TEXT_UTF16LE, KH_CHARSET_UNICODE, body.at, kh_cursor_left(&body), &look);
}

/* ---- shapes ---- */

static void begin_shape(struct ppt *p)
{
	p->shape = (struct kh_art_options){0};
	p->line.part = p->part;
	p->line.framed = p->line.placed = p->is_placeholder = false;
}

/* Top, left, right, bottom, in 576ths of an inch; of shapes in a group in units of the group: they have no place. */
static void take_anchor(struct ppt *p, struct kh_cursor c)
{
	enum { LARGE = 16 };
	bool is_large = kh_cursor_left(&c) >= LARGE;
	int32_t v[4] = {0};
	for (int i = 0; i < 4; i++) {
		uint16_t small = 0;
		uint32_t large = 0;
		if (is_large ? !kh_cursor_u32le(&c, &large) : !kh_cursor_u16le(&c, &small))
			return;
		v[i] = is_large ? (int32_t)large : (int16_t)small;
	}
	if (p->width <= 0 || p->height <= 0)
		return;
	p->line.placed = true;
	p->line.top = (float)(v[0] / p->height);
	p->line.left = (float)(v[1] / p->width);
	p->line.right = (float)(v[2] / p->width);
	p->line.bottom = (float)(v[3] / p->height);
}

static void take_options(struct ppt *p, const struct kh_art_record *a, struct kh_cursor body)
{
	kh_art_read_options(body, a->instance, &p->shape);
	p->line.framed = p->shape.line_said && p->shape.line;
	kh_art_give_words(p->r, &p->shape, &p->line);
}

/* What the placeholder is: dates, numbers, footers, headers of masters; else a title or a body. */
static void take_placeholder(struct ppt *p, struct kh_cursor c)
{
	enum { FIRST_OF_PAGE = 7, LAST_OF_PAGE = 10 };
	uint32_t position = 0;
	uint8_t kind = 0;
	if (!kh_cursor_u32le(&c, &position) || !kh_cursor_u8(&c, &kind) || (kind >= FIRST_OF_PAGE && kind <= LAST_OF_PAGE))
		return;
	p->is_placeholder = true;
	p->line.part = p->part == KH_PART_BOX ? KH_PART_BODY : p->part;
}

/* Records that hold records, though not all say so. */
static void enter(struct ppt *p, const struct kh_art_record *a, struct kh_cursor body)
{
	bool comment = p->in_comment, headers = p->in_headers;
	p->in_comment |= a->type == COMMENT;
	p->in_headers |= a->type == HEADERS_FOOTERS;
	if (a->type == KH_ART_SHAPE)
		begin_shape(p);
	if (p->depth < KH_SLIDES_MAX_DEPTH) {
		p->depth++;
		read_records(p, body);
		p->depth--;
	}
	if (a->type == TEXT_BOX || a->type == KH_ART_SHAPE)
		give_text(p);
	p->in_comment = comment;
	p->in_headers = headers;
}

static void read_record(struct ppt *p, const struct kh_art_record *a, struct kh_cursor body)
{
	switch (a->type) {
	case TEXT_HEADER:
	case CHARACTERS:
	case BYTES:
	case STYLE:
		take_text(p, a, body);
		break;
	case OUTLINE_REFERENCE:
		take_outline(p, body);
		break;
	case STRING:
		take_string(p, a, body);
		break;
	case ANCHOR:
		take_anchor(p, body);
		break;
	case KH_ART_OPTIONS:
		take_options(p, a, body);
		break;
	case PLACEHOLDER:
		take_placeholder(p, body);
		break;
	default:
		if (a->version == KH_ART_CONTAINER || a->type == TAG_DATA || a->type == TEXT_BOX)
			enter(p, a, body);
		break;
	}
}

static void read_records(struct ppt *p, struct kh_cursor c)
{
	struct kh_art_record a = {0};
	struct kh_cursor body;
	while (!kh_reading_over(p->r) && next_record(&c, &a, &body))
		read_record(p, &a, body);
}

/* ---- slides ---- */

static void read_slide(struct ppt *p, struct kh_cursor c, struct kh_cursor outline, uint32_t page, enum kh_document_part part)
{
	p->outline = outline;
	p->part = part;
	p->line = (struct kh_line_look){.part = part, .page = page};
	read_records(p, c);
	give_text(p);
}

/* What a list leads to: titles and bodies, which stand in the list, are given where the slide refers to them. */
static void read_list(struct ppt *p, unsigned which, unsigned type, enum kh_document_part part)
{
	uint32_t page = 0;
	kh_array_each(&p->lists[which], one) {
		struct kh_cursor c = object(p, one->object, type);
		page++;
		read_slide(p, c, one->outline, which == LIST_OF_MASTERS ? 1 : page, part);
		if (kh_cursor_left(&c) == 0)
			read_slide(p, one->outline, one->outline, page, KH_PART_BODY);
	}
}

static void read_masters(struct ppt *p)
{
	p->master = true;
	kh_array_each(&p->lists[LIST_OF_MASTERS], one) {
		struct kh_cursor main_master = object(p, one->object, MASTER), title_master = object(p, one->object, SLIDE);
		read_slide(p, kh_cursor_left(&main_master) ? main_master : title_master, one->outline, 1, KH_PART_BOX);
	}
	p->master = false;
}

static bool is_current_user(const char *path)
{
	return kh_streq_nocase(path, "Current User");
}

static bool is_wanted(const char *path)
{
	return is_current_user(path) || kh_streq_nocase(path, "PowerPoint Document") || kh_streq(path, KH_PROPERTIES_STREAM);
}

/* Where the last edit stands; 0: unknown. */
static uint32_t last_edit(const struct kh_parts *parts, bool *ret_encrypted)
{
	enum { SIZE_FIELD = 4 };
	const struct kh_part *user = kh_parts_find(parts, "Current User");
	struct kh_cursor c = kh_cursor_of(user ? user->bytes : NULL, user ? user->n : 0);
	struct kh_art_record a = {0};
	uint32_t token = 0, at = 0;
	if (!user || !kh_art_take(&c, &a) || !kh_cursor_skip(&c, SIZE_FIELD) || !kh_cursor_u32le(&c, &token) || !kh_cursor_u32le(&c, &at))
		return 0;
	*ret_encrypted = token == 0xf3d1c4df;
	return at;
}

static void read_presentation(struct ppt *p, uint32_t edit)
{
	uint32_t document = 0;
	struct kh_cursor c = kh_cursor_of(NULL, 0);
	if (follow_edits(p, edit, &document))
		c = object(p, document, DOCUMENT);
	if (kh_cursor_left(&c) == 0) {
		kh_reading_gap(p->r, KH_GAP_DAMAGED, NULL);
		read_slide(p, kh_cursor_of(p->bytes, p->n), c, 0, KH_PART_BODY);
		return;
	}
	read_document(p, c, 0);
	read_masters(p);
	read_list(p, LIST_OF_SLIDES, SLIDE, KH_PART_BOX);
	read_list(p, LIST_OF_NOTES, NOTES, KH_PART_NOTE);
}

static void read_ppt(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts parts;
	bool encrypted = false;
	kh_parts_init(&parts, r, bytes, n, is_wanted);
	const struct kh_part *stream = kh_parts_find(&parts, "PowerPoint Document"), *properties = kh_parts_find(&parts, KH_PROPERTIES_STREAM);
	uint32_t edit = last_edit(&parts, &encrypted);
	if (properties)
		kh_properties_read(r, properties->bytes, properties->n);
	if (stream && !encrypted) { /* encrypted: told when the file was taken apart */
		struct ppt p = {.r = r, .bytes = stream->bytes, .n = stream->n};
		read_presentation(&p, edit);
		kh_array_each(&p.fonts.names, name)
			free(*name);
		kh_array_done(&p.fonts.names);
		kh_array_done(&p.objects);
		for (unsigned i = 0; i < LISTS; i++)
			kh_array_done(&p.lists[i]);
	}
	kh_parts_done(&parts);
}

/* ---- what is inside, and what it is ---- */

static bool is_pictures(const char *path)
{
	return kh_streq_nocase(path, "Pictures");
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_ole_give_members(r, bytes, n, is_pictures, kh_art_give_pictures);
}

static bool is_stream(void *context, const char *path)
{
	(void)context;
	return kh_streq_nocase(path, "PowerPoint Document");
}

static bool looks_like_ppt(const uint8_t *bytes, size_t n)
{
	return n >= 8 && memcmp(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0 && kh_package_has(bytes, n, is_stream, NULL);
}

const struct kh_reader kh_ppt_reader = {KH_DOCUMENT_PPT, looks_like_ppt, read_ppt, give_members};
