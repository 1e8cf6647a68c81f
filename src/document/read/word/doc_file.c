#include "document/read/word/doc_file.h"

#include "document/read/wide.h"

enum {
	PAGE = 512, /* of formats: they stand in pages of the main stream */
	NO_STYLE = 0xfff,
	COMPLEX = 0x0004, ENCRYPTED = 0x0100, TABLE_1 = 0x0200, /* flags of the file information block */
};

/* ---- places in streams ---- */

static bool slice(struct kh_cursor stream, uint64_t at, uint64_t n, struct kh_cursor *ret)
{
	return at <= kh_cursor_left(&stream) && kh_cursor_skip(&stream, (size_t)at) && n <= kh_cursor_left(&stream) && kh_cursor_sub(&stream, (size_t)n, ret);
}

/* Numbers at a place, 0 where there is none; these are asked for every run of letters. */
static inline uint32_t u32_at(struct kh_cursor c, uint64_t at)
{
	if (at + 4 > kh_cursor_left(&c))
		return 0;
	const uint8_t *p = c.at + at;
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint16_t u16_at(struct kh_cursor c, uint64_t at)
{
	return at + 2 <= kh_cursor_left(&c) ? (uint16_t)(c.at[at] | c.at[at + 1] << 8) : 0;
}

static inline uint8_t u8_at(struct kh_cursor c, uint64_t at)
{
	return at < kh_cursor_left(&c) ? c.at[at] : 0;
}

/* ---- the file information block ---- */

enum list { STYLES, HEADERS, SECTIONS, LETTERS, PARAGRAPHS, FONTS, PIECES, DRAWINGS, BOXES, HEADER_BOXES, LISTS };

/* Where the place and size of each list stand: of Word 97 by number in its array, of Word 6 by byte; 0: not read. */
static const struct {
	uint16_t number, old_at;
} lists[LISTS] = {
	[STYLES] = {1, 0x60}, [HEADERS] = {11, 0}, [SECTIONS] = {6, 0x88}, [LETTERS] = {12, 0xb8}, [PARAGRAPHS] = {13, 0xc0}, [FONTS] = {15, 0xd0}, [PIECES] = {33, 0x160}, [DRAWINGS] = {50, 0},
	[BOXES] = {56, 0}, [HEADER_BOXES] = {58, 0},
};

static void read_lengths(struct kh_doc *d, uint64_t at)
{
	for (unsigned i = 0; i < KH_DOC_STORIES; i++)
		d->length[i] = KH_MIN(u32_at(d->main, at + 4ULL * i), (uint32_t)INT32_MAX / KH_DOC_STORIES);
}

/* The array's place depends on the sizes of what stands before it. */
static uint64_t place_of_list(const struct kh_doc *d, enum list l)
{
	enum { WORDS_AT = 32 };
	if (d->old)
		return lists[l].old_at;
	uint64_t longs_at = WORDS_AT + 2 + 2ULL * u16_at(d->main, WORDS_AT), lists_at = longs_at + 2 + 4ULL * u16_at(d->main, longs_at);
	return lists[l].number < u16_at(d->main, lists_at) ? lists_at + 2 + 8ULL * lists[l].number : 0;
}

static struct kh_cursor list_of(const struct kh_doc *d, enum list l)
{
	struct kh_cursor list = {0};
	uint64_t at = place_of_list(d, l);
	if (at > 0 && !slice(d->table, u32_at(d->main, at), u32_at(d->main, at + 4), &list))
		list = (struct kh_cursor){0};
	return list;
}

const char *kh_doc_table_name(const struct kh_part *main)
{
	return u16_at(kh_cursor_of(main->bytes, main->n), 10) & TABLE_1 ? "1Table" : "0Table";
}

/* ---- pieces ---- */

static void add_piece(struct kh_doc *d, struct kh_doc_piece p)
{
	if (p.from < p.to)
		kh_array_push(&d->pieces, p);
}

static struct kh_doc_piece piece_of(const struct kh_doc *d, struct kh_cursor list, size_t n, size_t i)
{
	enum { NARROW = 0x40000000 };
	uint64_t at = 4 * ((uint64_t)n + 1) + 8 * (uint64_t)i;
	uint32_t place = u32_at(list, at + 2);
	struct kh_doc_piece p = {.from = u32_at(list, 4 * (uint64_t)i), .to = u32_at(list, 4 * ((uint64_t)i + 1)), .at = place, .modifier = u16_at(list, at + 6)};
	if (!d->old) {
		p.wide = !(place & NARROW);
		p.at = p.wide ? place : (place & (NARROW - 1)) / 2;
	}
	return p;
}

/* n+1 characters, then n pieces of eight bytes. Each begins where the one before ends: characters never come twice. No more are read than the file has bytes, so that pieces that all stand at
 * the same place make no text without an end. */
static void read_pieces(struct kh_doc *d, struct kh_cursor list)
{
	size_t n = kh_cursor_left(&list) < 4 ? 0 : KH_MIN((kh_cursor_left(&list) - 4) / 12, (size_t)KH_DOC_MAX_PIECES);
	uint32_t reached = 0;
	uint64_t bytes = 0;
	for (size_t i = 0; i < n; i++) {
		struct kh_doc_piece p = piece_of(d, list, n, i);
		bytes += (uint64_t)(p.to - KH_MIN(p.from, p.to)) * (p.wide ? 2 : 1);
		d->damaged |= p.from < reached || p.to < p.from || bytes > kh_cursor_left(&d->main);
		if (d->damaged)
			return;
		reached = p.to;
		add_piece(d, p);
	}
}

/* Lists of modifiers, then the table of pieces. */
static void read_piece_lists(struct kh_doc *d, struct kh_cursor c)
{
	enum { MODIFIERS = 1, TABLE = 2, MOST = 0x7fff };
	uint8_t kind = 0;
	uint16_t size = 0;
	uint32_t table_size = 0;
	struct kh_cursor list = {0};
	while (kh_cursor_u8(&c, &kind)) {
		if (kind == MODIFIERS && kh_cursor_u16le(&c, &size) && kh_cursor_sub(&c, size, &list) && d->modifiers.n < MOST) {
			kh_array_push(&d->modifiers, list);
		} else if (kind == TABLE && kh_cursor_u32le(&c, &table_size)) {
			if (kh_cursor_sub(&c, KH_MIN((size_t)table_size, kh_cursor_left(&c)), &list))
				read_pieces(d, list);
			return;
		} else {
			return;
		}
	}
}

/* A document that was never saved fast by Word 6 has its text in one piece. */
static void make_one_piece(struct kh_doc *d)
{
	enum { FROM_AT = 0x18, TO_AT = 0x1c };
	uint32_t from = u32_at(d->main, FROM_AT), to = u32_at(d->main, TO_AT);
	if (from < to)
		add_piece(d, (struct kh_doc_piece){.from = 0, .to = to - from, .at = from});
}

/* ---- fonts ---- */

static const char *wide_name(struct kh_flow *f, struct kh_cursor c)
{
	enum { MOST = 64 };
	kh_auto_buf struct kh_buf name = KH_BUF_INIT;
	kh_wide_convert(c.at, KH_MIN(kh_cursor_left(&c) / 2, (size_t)MOST), &name); /* other names may stand behind its end */
	return kh_flow_font(f, kh_buf_text(&name), strlen(kh_buf_text(&name)));
}

static void read_fonts(struct kh_doc *d, struct kh_flow *f, struct kh_cursor c)
{
	enum { CHARSET_AT = 3, OLD_NAME_AT = 5, NAME_AT = 39, VIETNAMESE = 163, MOST = 4096 };
	struct kh_cursor font;
	uint8_t size = 0;
	if (!kh_cursor_skip(&c, d->old ? 2 : 4))
		return;
	while (d->fonts.n < MOST && kh_cursor_u8(&c, &size) && kh_cursor_sub(&c, size, &font)) {
		struct kh_cursor name = font;
		bool named = kh_cursor_skip(&name, d->old ? OLD_NAME_AT : NAME_AT);
		const char *text = !named ? NULL : d->old ? kh_flow_font(f, (const char *)name.at, strnlen((const char *)name.at, kh_cursor_left(&name))) : wide_name(f, name);
		kh_array_push(&d->fonts, ((struct kh_doc_font){text, u8_at(font, CHARSET_AT) == VIETNAMESE}));
	}
}

static void set_font(const struct kh_doc *d, unsigned number, struct kh_word_look *look)
{
	look->says |= KH_SAYS_FONT;
	look->font = number < d->fonts.n ? d->fonts.v[number].name : NULL;
}

/* ---- styles ---- */

static struct kh_cursor next_modifiers(struct kh_cursor *c, const uint8_t *begin)
{
	uint16_t size = 0;
	struct kh_cursor list = {0};
	if (((size_t)(c->at - begin) & 1) && !kh_cursor_skip(c, 1))
		return list;
	if (!kh_cursor_u16le(c, &size) || !kh_cursor_sub(c, size, &list))
		list = (struct kh_cursor){0};
	return list;
}

static struct kh_doc_style style_of(const struct kh_doc *d, struct kh_cursor c, size_t base_size)
{
	enum { KIND_AT = 2, OF_PARAGRAPHS = 1, OF_LETTERS = 2 };
	const uint8_t *begin = c.at;
	uint16_t kind = u16_at(c, KIND_AT), wide = 0;
	uint8_t narrow = 0;
	struct kh_doc_style s = {.base = kind >> 4};
	if (!kh_cursor_skip(&c, base_size))
		return s;
	bool named = d->old ? kh_cursor_u8(&c, &narrow) && kh_cursor_skip(&c, narrow + 1U) : kh_cursor_u16le(&c, &wide) && kh_cursor_skip(&c, 2U * wide + 2U);
	if (!named)
		return s;
	if ((kind & 15) == OF_PARAGRAPHS) {
		s.paragraph = next_modifiers(&c, begin);
		kh_ignore(kh_cursor_skip(&s.paragraph, 2)); /* its own number */
	}
	if ((kind & 15) == OF_PARAGRAPHS || (kind & 15) == OF_LETTERS)
		s.letters = next_modifiers(&c, begin);
	return s;
}

static void read_styles(struct kh_doc *d, struct kh_cursor c)
{
	enum { BASE_SIZE_AT = 2, FONT_AT = 12, MOST = 4096 };
	struct kh_cursor head = {0}, style;
	uint16_t size = 0;
	if (!kh_cursor_u16le(&c, &size) || !kh_cursor_sub(&c, size, &head))
		return;
	set_font(d, u16_at(head, FONT_AT), &d->standard);
	while (d->styles.n < MOST && kh_cursor_u16le(&c, &size) && kh_cursor_sub(&c, size, &style)) {
		kh_array_push(&d->styles, style_of(d, style, u16_at(head, BASE_SIZE_AT)));
		if (size & 1)
			kh_ignore(kh_cursor_skip(&c, 1));
	}
}

static const struct kh_word_look *resolve(struct kh_doc *d, unsigned number, unsigned depth)
{
	static const struct kh_word_look nothing;
	if (number >= d->styles.n || depth > KH_WORD_MAX_CHAIN)
		return &nothing;
	struct kh_doc_style *s = &d->styles.v[number];
	if (s->resolved)
		return &s->look;
	struct kh_word_look look = s->base == NO_STYLE ? nothing : *resolve(d, s->base, depth + 1);
	s->resolved = true;
	kh_doc_apply(d, s->paragraph, &look);
	kh_doc_apply(d, s->letters, &look);
	s->look = look;
	return &s->look;
}

const struct kh_word_look *kh_doc_style(struct kh_doc *d, unsigned number)
{
	return resolve(d, number, 0);
}

void kh_doc_apply(struct kh_doc *d, struct kh_cursor list, struct kh_word_look *look)
{
	struct kh_sprm s = {0};
	while (kh_sprm_next(&list, d->old, &s)) {
		if (s.code == KH_SPRM_FONT || s.code == KH_SPRM_FONT_OTHER)
			set_font(d, u16_at(s.operand, 0), look);
		else if (s.code == KH_SPRM_STYLE_OF_LETTERS)
			kh_word_look_over(look, kh_doc_style(d, u16_at(s.operand, 0)));
		else
			kh_sprm_apply(&s, look);
	}
}

/* Either the number of a list, or a modifier with an operand of a byte. */
void kh_doc_apply_piece(struct kh_doc *d, uint16_t modifier, struct kh_word_look *look)
{
	uint8_t operand = (uint8_t)(modifier >> 8);
	struct kh_sprm s = {.code = kh_sprm_of_piece(modifier >> 1 & 0x7f), .operand = kh_cursor_of(&operand, 1)};
	if (modifier & 1 && (size_t)(modifier >> 1) < d->modifiers.n)
		kh_doc_apply(d, d->modifiers.v[modifier >> 1], look);
	else if (!(modifier & 1) && s.code)
		kh_sprm_apply(&s, look);
}

/* ---- pages of formats ---- */

/* The last of n+1 places that is not behind `at`; n: none. */
static size_t find_place(struct kh_cursor list, size_t n, uint32_t at)
{
	size_t from = 0, to = n;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (u32_at(list, 4 * (uint64_t)middle) <= at)
			from = middle + 1;
		else
			to = middle;
	}
	return from > 0 && at < u32_at(list, 4 * (uint64_t)from) ? from - 1 : n;
}

/* The page that speaks of `at`, and its entry; *ret_end: up to where that goes. */
static bool find_entry(const struct kh_doc *d, struct kh_cursor list, uint32_t at, struct kh_cursor *ret_page, size_t *ret_count, size_t *ret_entry, uint32_t *ret_end)
{
	size_t width = d->old ? 2 : 4, n = kh_cursor_left(&list) < 4 ? 0 : (kh_cursor_left(&list) - 4) / (4 + width), i = find_place(list, n, at);
	if (i == n)
		return false;
	uint64_t number_at = 4 * ((uint64_t)n + 1) + (uint64_t)i * width;
	uint32_t number = d->old ? u16_at(list, number_at) : u32_at(list, number_at) & 0x3fffff;
	*ret_end = u32_at(list, 4 * ((uint64_t)i + 1));
	if (!slice(d->main, (uint64_t)number * PAGE, PAGE, ret_page))
		return false;
	*ret_count = u8_at(*ret_page, PAGE - 1);
	*ret_entry = find_place(*ret_page, *ret_count, at);
	if (*ret_entry < *ret_count)
		*ret_end = u32_at(*ret_page, 4 * ((uint64_t)*ret_entry + 1));
	return *ret_entry < *ret_count;
}

static struct kh_doc_span span_to(uint32_t at, uint32_t end)
{
	return (struct kh_doc_span){.end = end > at ? end : UINT32_MAX};
}

struct kh_doc_span kh_doc_letters_at(const struct kh_doc *d, uint32_t at)
{
	struct kh_cursor page = {0};
	size_t count = 0, entry = 0;
	uint32_t end = 0;
	bool found = find_entry(d, d->letters, at, &page, &count, &entry, &end);
	struct kh_doc_span span = span_to(at, end);
	unsigned place = found ? 2U * u8_at(page, 4 * ((uint64_t)count + 1) + entry) : 0;
	if (place > 0 && !slice(page, place + 1, u8_at(page, place), &span.modifiers))
		span.modifiers = (struct kh_cursor){0};
	return span;
}

struct kh_doc_span kh_doc_paragraph_at(const struct kh_doc *d, uint32_t at)
{
	struct kh_cursor page = {0};
	size_t count = 0, entry = 0, width = d->old ? 7 : 13;
	uint32_t end = 0;
	bool found = find_entry(d, d->paragraphs, at, &page, &count, &entry, &end);
	struct kh_doc_span span = span_to(at, end);
	unsigned place = found ? 2U * u8_at(page, 4 * ((uint64_t)count + 1) + entry * width) : 0;
	if (place == 0)
		return span;
	unsigned words = u8_at(page, place), size = words > 0 ? 2 * words - 1 : 2U * u8_at(page, place + 1);
	if (!slice(page, place + (words > 0 ? 1 : 2), size, &span.modifiers) || !kh_cursor_u16le(&span.modifiers, &span.style))
		span.modifiers = (struct kh_cursor){0};
	return span;
}

/* ---- sections ---- */

bool kh_doc_section_breaks(const struct kh_doc *d, uint32_t mark)
{
	enum { SECTION = 12, PLACE_AT = 2, CONTINUOUS = 0, NEW_COLUMN = 1 };
	size_t n = kh_cursor_left(&d->sections) < 4 ? 0 : (kh_cursor_left(&d->sections) - 4) / (4 + SECTION), i = find_place(d->sections, n, mark + 1);
	if (i == n || u32_at(d->sections, 4 * (uint64_t)i) != mark + 1)
		return true; /* a page break within a section */
	uint32_t place = u32_at(d->sections, 4 * ((uint64_t)n + 1) + SECTION * (uint64_t)i + PLACE_AT);
	struct kh_cursor list = {0};
	struct kh_sprm s = {0};
	bool breaks = true;
	if (slice(d->main, (uint64_t)place + 2, u16_at(d->main, place), &list))
		while (kh_sprm_next(&list, d->old, &s))
			if (s.code == KH_SPRM_SECTION_BREAK && kh_cursor_left(&s.operand) > 0)
				breaks = *s.operand.at != CONTINUOUS && *s.operand.at != NEW_COLUMN;
	return breaks;
}

/* ---- the document ---- */

static bool is_known(const struct kh_doc *d)
{
	enum { WORD_6 = 0xa5dc, WORD_97 = 0xa5ec, LEAST = 0x200 };
	uint16_t magic = u16_at(d->main, 0);
	return kh_cursor_left(&d->main) >= LEAST && (magic == WORD_97 || magic == WORD_6);
}

bool kh_doc_init(struct kh_doc *d, struct kh_flow *f, const struct kh_part *main, const struct kh_part *table)
{
	enum { VERSION_AT = 2, FLAGS_AT = 10, WORD_97 = 105, OLD_LENGTHS_AT = 0x34, LENGTHS_AT = 0x4c };
	*d = (struct kh_doc){.main = kh_cursor_of(main->bytes, main->n)};
	if (!is_known(d))
		return false;
	uint16_t flags = u16_at(d->main, FLAGS_AT);
	d->old = u16_at(d->main, VERSION_AT) < WORD_97;
	d->encrypted = flags & ENCRYPTED;
	if (d->encrypted || (!d->old && !table))
		return false;
	d->table = d->old ? d->main : kh_cursor_of(table->bytes, table->n);
	read_lengths(d, d->old ? OLD_LENGTHS_AT : LENGTHS_AT);
	d->letters = list_of(d, LETTERS);
	d->paragraphs = list_of(d, PARAGRAPHS);
	d->headers = list_of(d, HEADERS);
	d->sections = list_of(d, SECTIONS);
	d->box_places = list_of(d, BOXES);
	d->header_box_places = list_of(d, HEADER_BOXES);
	d->drawings = list_of(d, DRAWINGS);
	read_fonts(d, f, list_of(d, FONTS));
	read_styles(d, list_of(d, STYLES));
	if (!d->old || flags & COMPLEX)
		read_piece_lists(d, list_of(d, PIECES));
	if (d->pieces.n == 0 && d->old)
		make_one_piece(d);
	return d->pieces.n > 0;
}

void kh_doc_done(struct kh_doc *d)
{
	kh_array_done(&d->pieces);
	kh_array_done(&d->modifiers);
	kh_array_done(&d->fonts);
	kh_array_done(&d->styles);
}
