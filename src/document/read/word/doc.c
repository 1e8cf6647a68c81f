#include "document/read/word/doc.h"

#include "base/str.h"
#include "document/read/properties.h"
#include "document/read/wide.h"
#include "document/read/word/doc_file.h"
#include "document/read/word/doc_shapes.h"
#include "document/vietnamese/convert.h"
#include "unpack/ole2/cfb.h"

/* Characters that are none. */
enum { CELL_END = 7, TAB = 9, LINE_END = 11, PAGE_END = 12, PARAGRAPH_END = 13, COLUMN_END = 14, FIELD = 19, FIELD_RESULT = 20, FIELD_END = 21, HYPHEN = 30, SOFT_HYPHEN = 31 };

enum { KEPT = 64 };

struct paragraph_look {
	const uint8_t *modifiers; /* whose look it is; NULL: nobody's */
	uint16_t number;          /* of the style */
	const struct kh_word_look *style;
	struct kh_word_look look;
	bool in_table, row_end;
};

struct story {
	struct kh_reading *r;
	struct kh_flow *flow;
	struct kh_doc *doc;
	enum kh_document_part part;
	bool framed;
	unsigned cell; /* of the row */
	struct {
		uint64_t in_code; /* a bit for each that is open: in its code, the lowest for the innermost */
		unsigned hidden;  /* characters of codes, since the last that was shown */
	} fields;
	struct {
		struct kh_doc_span letters, paragraph;
		const struct paragraph_look *of_paragraph;
		struct kh_word_look look; /* of both, with styles */
		enum kh_charset charset;
	} now;
	struct kh_buf text;

	/* Word writes modifiers that are alike once a page of formats, and refers to them; so does who has worked them out. */
	struct paragraph_look paragraphs[KEPT];
	struct letters_look {
		const uint8_t *modifiers;
		uint16_t style, piece;
		struct kh_word_look look;
	} letters[KEPT];
};

/* ---- looks ---- */

static bool is_vietnamese(const struct kh_doc *d, const char *font)
{
	kh_array_each(&d->fonts, f)
		if (f->name == font)
			return f->vietnamese;
	return false;
}

/* Text of Word 6 and 95 is bytes: what they are, the font says, or nobody. */
static enum kh_charset charset_of(const struct kh_doc *d, const struct kh_doc_piece *p, const char *font)
{
	return !d->old ? KH_CHARSET_UNICODE : p->wide ? KH_CHARSET_UNICODE : is_vietnamese(d, font) ? KH_CHARSET_CP1258 : KH_CHARSET_CP1252;
}

static size_t place_of(const uint8_t *modifiers)
{
	return ((uintptr_t)modifiers >> 1) % KEPT; /* they stand at even places */
}

static void work_out_paragraph(struct story *s, struct paragraph_look *p)
{
	struct kh_cursor list = s->now.paragraph.modifiers;
	struct kh_sprm m = {0};
	*p = (struct paragraph_look){.modifiers = list.at, .number = s->now.paragraph.style, .style = kh_doc_style(s->doc, s->now.paragraph.style)};
	p->look = *p->style;
	while (kh_sprm_next(&list, s->doc->old, &m)) {
		bool on = kh_cursor_left(&m.operand) > 0 && *m.operand.at != 0;
		if (m.code == KH_SPRM_IN_TABLE)
			p->in_table = on;
		else if (m.code == KH_SPRM_ROW_END)
			p->row_end = on;
		else if (m.code == KH_SPRM_TABLE_DEPTH)
			p->in_table |= on;
		else
			kh_sprm_apply(&m, &p->look);
	}
}

static void look_at_paragraph(struct story *s)
{
	struct paragraph_look *p = &s->paragraphs[place_of(s->now.paragraph.modifiers.at)];
	if (!p->modifiers || p->modifiers != s->now.paragraph.modifiers.at || p->number != s->now.paragraph.style)
		work_out_paragraph(s, p);
	s->now.of_paragraph = p;
}

static void work_out_letters(struct story *s, uint16_t piece, struct letters_look *l)
{
	*l = (struct letters_look){s->now.letters.modifiers.at, s->now.paragraph.style, piece, s->doc->standard};
	kh_word_look_over(&l->look, s->now.of_paragraph->style);
	kh_doc_apply(s->doc, s->now.letters.modifiers, &l->look);
	kh_doc_apply_piece(s->doc, piece, &l->look);
}

static void look_at_letters(struct story *s, const struct kh_doc_piece *p)
{
	struct letters_look *l = &s->letters[place_of(s->now.letters.modifiers.at)];
	if (!l->modifiers || l->modifiers != s->now.letters.modifiers.at || l->style != s->now.paragraph.style || l->piece != p->modifier)
		work_out_letters(s, p->modifier, l);
	s->now.look = l->look;
	s->now.charset = charset_of(s->doc, p, l->look.font);
}

/* Returns up to where it is the same. */
static uint32_t look_at(struct story *s, const struct kh_doc_piece *p, uint32_t at)
{
	bool other_paragraph = at >= s->now.paragraph.end, other_letters = at >= s->now.letters.end;
	if (other_paragraph) {
		s->now.paragraph = kh_doc_paragraph_at(s->doc, at);
		look_at_paragraph(s);
	}
	if (other_letters)
		s->now.letters = kh_doc_letters_at(s->doc, at);
	if (other_paragraph || other_letters)
		look_at_letters(s, p);
	return KH_MIN(s->now.letters.end, s->now.paragraph.end);
}

/* ---- paragraphs ---- */

static void open_paragraph(struct story *s)
{
	if (kh_flow_is_open(s->flow))
		return;
	if (s->now.of_paragraph->look.break_before)
		kh_flow_page_break(s->flow, true);
	kh_flow_open(s->flow, &(struct kh_line_look){.part = s->part, .framed = s->framed});
}

static void flush_text(struct story *s)
{
	if (s->text.len == 0)
		return;
	open_paragraph(s);
	kh_flow_text(s->flow, s->text.data, s->text.len, s->now.charset, &s->now.look);
	kh_buf_reset(&s->text);
}

static bool cell_is_framed(const void *context, unsigned cell)
{
	const struct kh_sprm_row *row = context;
	return cell < row->n && (row->sides[cell] & KH_SIDE_ALL) == KH_SIDE_ALL;
}

static void end_row(struct story *s)
{
	struct kh_sprm_row row;
	kh_sprm_row(s->now.paragraph.modifiers, s->doc->old, &row);
	kh_flow_close(s->flow);
	kh_flow_row_end(s->flow, cell_is_framed, &row);
	s->cell = 0;
}

static void end_paragraph(struct story *s, unsigned mark)
{
	const struct paragraph_look *p = s->now.of_paragraph;
	bool in_table = p->in_table || mark == CELL_END;
	if (in_table && p->row_end) {
		end_row(s);
		return;
	}
	if (!in_table)
		kh_flow_row_end(s->flow, NULL, NULL);
	if (kh_flow_is_open(s->flow)) {
		struct kh_line_look *look = &kh_flow_paragraph(s->flow)->look;
		look->centred = p->look.centred;
		look->framed |= (p->look.sides & KH_SIDE_ALL) == KH_SIDE_ALL;
		look->part = in_table && s->part == KH_PART_BODY ? KH_PART_CELL : s->part;
		if (in_table)
			kh_flow_close_in_row(s->flow, s->cell);
		else
			kh_flow_close(s->flow);
	}
	s->cell += mark == CELL_END;
}

/* ---- fields ---- */

/* What a code hides has an end: no code of Word's is that long. */
static bool is_hidden(struct story *s, size_t n)
{
	enum { LONGEST_CODE = 4000 };
	if (s->fields.in_code == 0)
		return false;
	s->fields.hidden += (unsigned)KH_MIN(n, (size_t)LONGEST_CODE);
	if (s->fields.hidden >= LONGEST_CODE)
		s->fields.in_code = 0;
	return s->fields.in_code != 0;
}

static void on_field(struct story *s, unsigned c)
{
	if (c == FIELD)
		s->fields.in_code = s->fields.in_code << 1 | 1;
	else if (c == FIELD_RESULT)
		s->fields.in_code &= ~1ULL;
	else
		s->fields.in_code >>= 1;
	if (!s->fields.in_code)
		s->fields.hidden = 0;
}

/* ---- characters ---- */

static bool is_mark(unsigned c)
{
	return c < ' ' && c != TAB;
}

static void on_mark(struct story *s, unsigned c, uint32_t number)
{
	if (c >= FIELD && c <= FIELD_END)
		on_field(s, c);
	else if (is_hidden(s, 1))
		return;
	else if (c == PARAGRAPH_END || c == CELL_END)
		end_paragraph(s, c);
	else if (c == LINE_END || c == COLUMN_END)
		kh_flow_line_end(s->flow);
	else if (c == PAGE_END && kh_doc_section_breaks(s->doc, number))
		kh_flow_page_break(s->flow, true);
	else if (c == PAGE_END)
		kh_flow_line_end(s->flow);
	else if (c == HYPHEN)
		kh_buf_addc(&s->text, '-');
	else if (c == SOFT_HYPHEN)
		kh_buf_adds(&s->text, "\u00ad"); /* in TCVN3, which programs take for Western text, it is a letter */
}

static void add_plain(struct story *s, const struct kh_doc_piece *p, const uint8_t *bytes, size_t n)
{
	if (n == 0 || is_hidden(s, n))
		return;
	if (p->wide)
		kh_wide_convert(bytes, n, &s->text);
	else
		kh_charset_widen(bytes, n, &s->text);
}

/* Characters that look the same. */
static void read_characters(struct story *s, const struct kh_doc_piece *p, uint32_t number, const uint8_t *bytes, size_t n)
{
	size_t width = p->wide ? 2 : 1, plain = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned c = p->wide ? bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8 : bytes[i];
		if (!is_mark(c))
			continue;
		add_plain(s, p, bytes + plain * width, i - plain);
		if (c != HYPHEN && c != SOFT_HYPHEN)
			flush_text(s);
		on_mark(s, c, number + (uint32_t)i);
		plain = i + 1;
	}
	add_plain(s, p, bytes + plain * width, n - plain);
	flush_text(s);
}

/* The part of a piece that belongs to the story. False: its bytes are not there. */
static bool read_piece(struct story *s, const struct kh_doc_piece *p, uint32_t from, uint32_t to)
{
	uint32_t width = p->wide ? 2 : 1, number = KH_MAX(from, p->from), end = KH_MIN(to, p->to);
	s->now.letters.end = s->now.paragraph.end = 0;
	while (number < end && !kh_reading_over(s->r)) {
		uint64_t at = p->at + (uint64_t)(number - p->from) * width;
		struct kh_cursor c = s->doc->main;
		const uint8_t *bytes = NULL;
		if (at >= kh_cursor_left(&c) || !kh_cursor_skip(&c, (size_t)at))
			return false;
		uint32_t same = (look_at(s, p, (uint32_t)at) - (uint32_t)at + width - 1) / width;
		size_t n = KH_MIN((size_t)KH_MIN(same, end - number), kh_cursor_left(&c) / width);
		if (n == 0 || !kh_cursor_take(&c, n * width, &bytes))
			return false;
		read_characters(s, p, number, bytes, n);
		number += (uint32_t)n;
	}
	return true;
}

static size_t first_piece(const struct kh_doc *d, uint32_t character)
{
	size_t from = 0, to = d->pieces.n;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (d->pieces.v[middle].to <= character)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool read_story(struct story *s, uint32_t from, uint32_t to)
{
	bool whole = true;
	s->fields = (__typeof__(s->fields)){0};
	s->cell = 0;
	for (size_t i = first_piece(s->doc, from); i < s->doc->pieces.n && s->doc->pieces.v[i].from < to; i++)
		whole &= read_piece(s, &s->doc->pieces.v[i], from, to);
	kh_flow_next(s->flow, s->flow->page);
	return whole;
}

/* ---- stories ---- */

static uint32_t beginning_of(const struct kh_doc *d, enum kh_doc_story story)
{
	uint32_t at = 0;
	for (unsigned i = 0; i < story; i++)
		at += d->length[i];
	return at;
}

static bool read_whole(struct story *s, enum kh_doc_story story, enum kh_document_part part)
{
	uint32_t from = beginning_of(s->doc, story);
	s->part = part;
	return read_story(s, from, from + s->doc->length[story]);
}

/* Six stories that separate notes; then, of each section, headers and footers: of even pages, of odd ones, of the first. */
static bool read_headers(struct story *s)
{
	enum { SEPARATORS = 6, KINDS = 6 };
	static const enum kh_document_part kinds[KINDS] = {KH_PART_HEADER, KH_PART_HEADER, KH_PART_FOOTER, KH_PART_FOOTER, KH_PART_HEADER, KH_PART_FOOTER};
	struct kh_cursor c = s->doc->headers;
	uint32_t base = beginning_of(s->doc, KH_DOC_HEADERS), length = s->doc->length[KH_DOC_HEADERS], from = 0, to = 0;
	bool whole = true;
	if (kh_cursor_left(&c) / 4 < SEPARATORS + 2)
		return read_whole(s, KH_DOC_HEADERS, KH_PART_HEADER);
	kh_ignore(kh_cursor_skip(&c, (size_t)SEPARATORS * 4));
	for (unsigned i = 0; kh_cursor_u32le(&c, &to) && to <= length && to >= from; i++) {
		s->part = kinds[(i + KINDS - 1) % KINDS];
		if (i > 0 && to > from)
			whole &= read_story(s, base + from, base + to);
		from = to;
	}
	return whole;
}

/* Texts of boxes one after the other, each with the shape that it is in. */
static bool read_boxes(struct story *s, const struct kh_doc_shapes *shapes, enum kh_doc_story story, struct kh_cursor places)
{
	enum { PLACE = 4, BOX = 22, SHAPE_AT = 14 };
	size_t n = kh_cursor_left(&places) < PLACE ? 0 : (kh_cursor_left(&places) - PLACE) / (PLACE + BOX);
	uint32_t base = beginning_of(s->doc, story), length = s->doc->length[story], from = 0, to = 0, shape = 0;
	struct kh_cursor boxes = places;
	bool whole = true;
	s->part = KH_PART_BOX;
	if (n == 0 || !kh_cursor_u32le(&places, &from) || !kh_cursor_skip(&boxes, PLACE * (n + 1) + SHAPE_AT))
		return read_whole(s, story, KH_PART_BOX);
	for (size_t i = 0; i < n && kh_cursor_u32le(&places, &to) && kh_cursor_u32le(&boxes, &shape) && from <= to && to <= length; i++, from = to) {
		s->framed = kh_doc_shape_is_framed(shapes, shape);
		whole &= read_story(s, base + from, base + to);
		if (!kh_cursor_skip(&boxes, BOX - 4))
			break;
	}
	s->framed = false;
	return whole & read_story(s, base + from, base + length);
}

static bool read_stories(struct story *s)
{
	struct kh_doc_shapes shapes;
	bool whole = read_headers(s);
	kh_doc_shapes_init(&shapes, s->doc->drawings);
	kh_flow_next(s->flow, 1);
	whole &= read_whole(s, KH_DOC_BODY, KH_PART_BODY);
	kh_flow_next(s->flow, 0);
	whole &= read_boxes(s, &shapes, KH_DOC_BOXES, s->doc->box_places);
	whole &= read_boxes(s, &shapes, KH_DOC_HEADER_BOXES, s->doc->header_box_places);
	kh_doc_shapes_give_words(&shapes, s->flow);
	whole &= read_whole(s, KH_DOC_FOOT_NOTES, KH_PART_NOTE);
	whole &= read_whole(s, KH_DOC_END_NOTES, KH_PART_NOTE);
	whole &= read_whole(s, KH_DOC_COMMENTS, KH_PART_COMMENT);
	kh_doc_shapes_done(&shapes);
	return whole;
}

/* ---- the file, and what is in it ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool is_read(const char *name)
{
	static const char *const streams[] = {"WordDocument", "0Table", "1Table", KH_PROPERTIES_STREAM};
	for (size_t i = 0; i < KH_COUNT(streams); i++)
		if (kh_streq_nocase(last_part(name), streams[i]))
			return true;
	return false;
}

/* The stream beside it. */
static const struct kh_part *find_beside(const struct kh_parts *parts, const struct kh_part *main, const char *name)
{
	kh_auto_free char *path = kh_format("%.*s%s", (int)(last_part(main->name) - main->name), main->name, name);
	return kh_parts_find(parts, path);
}

static void read_document(struct kh_reading *r, const struct kh_parts *parts, const struct kh_part *main)
{
	struct kh_flow flow;
	struct kh_doc doc;
	const struct kh_part *properties = find_beside(parts, main, KH_PROPERTIES_STREAM);
	kh_flow_init(&flow, r);
	if (properties)
		kh_properties_read(r, properties->bytes, properties->n);
	bool found = kh_doc_init(&doc, &flow, main, find_beside(parts, main, kh_doc_table_name(main)));
	struct story s = {.r = r, .flow = &flow, .doc = &doc};
	if (!(found ? read_stories(&s) && !doc.damaged : doc.encrypted)) /* what is encrypted was told by who took the file apart */
		kh_reading_gap(r, KH_GAP_DAMAGED, main == parts->list.v ? NULL : main->name);
	kh_buf_done(&s.text);
	kh_flow_done(&flow);
	kh_doc_done(&doc);
}

static void read_doc(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts parts;
	kh_parts_init(&parts, r, bytes, n, is_read);
	kh_array_each(&parts.list, p)
		if (kh_streq_nocase(last_part(p->name), "WordDocument") && !kh_reading_over(r))
			read_document(r, &parts, p);
	if (parts.list.n == 0)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	kh_parts_done(&parts);
}

static bool is_object(const char *name)
{
	return kh_starts_with(name, "ObjectPool/") && (unsigned char)*last_part(name) >= ' ' && !is_read(name);
}

static bool may_have_pictures(void *context, const char *name)
{
	(void)context;
	return kh_streq_nocase(name, "Data") || kh_streq_nocase(name, "WordDocument");
}

static void give_pictures(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	if (may_have_pictures(context, name))
		kh_doc_shapes_give_pictures(context, name, bytes, n);
}

/* Of the file as a whole, and of its encryption, it was told before. */
static void tell_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	if (name && kind != KH_GAP_ENCRYPTED)
		kh_reading_gap(context, kind, name);
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, is_object);
	kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = r, .wants = may_have_pictures, .on_member = give_pictures, .on_gap = tell_gap});
}

static bool is_main_stream(void *context, const char *name)
{
	(void)context;
	return kh_streq_nocase(name, "WordDocument");
}

static bool looks_like_doc(const uint8_t *bytes, size_t n)
{
	return n > 8 && memcmp(bytes, KH_CFB_MAGIC, 8) == 0 && kh_package_has(bytes, n, is_main_stream, NULL);
}

const struct kh_reader kh_doc_reader = {KH_DOCUMENT_DOC, looks_like_doc, read_doc, give_members};
