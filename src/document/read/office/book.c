#include "document/read/office/book.h"

#include "base/str.h"
#include "document/read/color.h"
#include "document/read/office/limits.h"

#include <ctype.h>

void kh_book_init(struct kh_book *b, struct kh_reading *r)
{
	*b = (struct kh_book){.r = r, .text = KH_BUF_MAX(KH_BOOK_MAX_TEXT)};
}

void kh_book_done(struct kh_book *b)
{
	kh_array_each(&b->fonts, font)
		free(font->name);
	kh_array_done(&b->fonts);
	kh_array_done(&b->formats);
	kh_array_done(&b->runs);
	kh_array_done(&b->strings);
	kh_buf_done(&b->text);
}

/* Bright red as one of the eight colours and as the third of the palette, dark red, brown. */
bool kh_book_color_is_red(uint32_t index)
{
	return index == 2 || index == 10 || index == 16 || index == 60;
}

/* ---- shared strings ---- */

static bool has_room(struct kh_book *b)
{
	if (!b->full && (b->text.overflow || b->runs.n >= KH_BOOK_MAX_RUNS || b->strings.n >= KH_BOOK_MAX_RUNS)) {
		kh_reading_gap(b->r, KH_GAP_MEMBER_BYTES, NULL);
		b->full = true;
	}
	return !b->full;
}

void kh_book_string_begin(struct kh_book *b)
{
	if (has_room(b))
		kh_array_push(&b->strings, b->runs.n);
}

void kh_book_string_add(struct kh_book *b, const char *text, size_t n, uint32_t font)
{
	if (!has_room(b) || b->strings.n == 0)
		return;
	bool first = b->strings.v[b->strings.n - 1] == b->runs.n;
	struct kh_book_run *last = first ? NULL : &b->runs.v[b->runs.n - 1];
	kh_buf_add(&b->text, text, n);
	if (last && last->font == font)
		last->end = b->text.len;
	else
		kh_array_push(&b->runs, ((struct kh_book_run){b->text.len, font}));
}

/* ---- cells ---- */

static struct kh_book_format format_of(const struct kh_book *b, size_t format)
{
	return format < b->formats.n ? b->formats.v[format] : (struct kh_book_format){0};
}

struct kh_run_look kh_book_look(const struct kh_book *b, size_t format, uint32_t font)
{
	uint32_t number = font == KH_BOOK_FONT_OF_CELL ? format_of(b, format).font : font;
	if (number >= b->fonts.n)
		return (struct kh_run_look){.charset = b->charset};
	const struct kh_book_font *f = &b->fonts.v[number];
	return (struct kh_run_look){.font = f->name, .charset = b->charset, .red = f->red, .bold = f->bold, .size_pt = f->size_pt};
}

void kh_book_cell_begin(struct kh_book *b, uint32_t sheet, size_t format)
{
	struct kh_book_format f = format_of(b, format);
	kh_line_begin(&b->r->lines, &(struct kh_line_look){.part = KH_PART_CELL, .page = sheet, .framed = f.sides == KH_BORDER_ALL, .centred = f.centred});
}

void kh_book_cell_add(struct kh_book *b, size_t format, uint32_t font, const char *text, size_t n)
{
	struct kh_run_look look = kh_book_look(b, format, font);
	kh_line_add(&b->r->lines, text, n, &look);
}

void kh_book_cell_shared(struct kh_book *b, size_t format, uint64_t string)
{
	if (string >= b->strings.n)
		return;
	size_t run = b->strings.v[string], end = string + 1 < b->strings.n ? b->strings.v[string + 1] : b->runs.n;
	for (size_t at = run > 0 ? b->runs.v[run - 1].end : 0; run < end; at = b->runs.v[run++].end)
		kh_book_cell_add(b, format, b->runs.v[run].font, b->text.data + at, b->runs.v[run].end - at);
}

/* ---- headers and footers ---- */

struct page_text {
	struct kh_book *b;
	struct kh_line_look line;
	struct kh_run_look look;
	char font[64];
};

static void page_line(struct page_text *t)
{
	kh_line_begin(&t->b->r->lines, &t->line);
}

static void begin_section(struct page_text *t, char section)
{
	t->line.centred = section == 'C';
	t->look = kh_book_look(t->b, 0, KH_BOOK_FONT_OF_CELL);
	page_line(t);
}

/* &"Times New Roman,Bold" */
static const char *take_font(struct page_text *t, const char *s, const char *end)
{
	const char *quote = memchr(s, '"', (size_t)(end - s)), *comma = NULL;
	if (!quote)
		return end;
	kh_auto_free char *said = kh_strndup(s, (size_t)(quote - s));
	comma = strchr(said, ',');
	size_t n = comma ? (size_t)(comma - said) : strlen(said);
	if (n < sizeof t->font && !kh_starts_with(said, "-")) {
		memcpy(t->font, said, n);
		t->font[n] = '\0';
		t->look.font = t->font;
	}
	t->look.bold = comma && kh_find_nocase(comma, "bold");
	return quote + 1;
}

/* &KFF0000; &K05+000 is a colour of the theme. */
static const char *take_color(struct page_text *t, const char *s, const char *end)
{
	uint8_t rgb[3] = {0};
	char digits[7] = "";
	if (end - s < 6)
		return s;
	memcpy(digits, s, 6);
	if (kh_unhex(digits, rgb, 3))
		t->look.red = kh_color_is_red((uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]);
	return s + 6;
}

static const char *take_size(struct page_text *t, const char *s, const char *end)
{
	unsigned size = 0;
	for (; s < end && isdigit((unsigned char)*s) && size < 1000; s++)
		size = size * 10 + (unsigned)(*s - '0');
	t->look.size_pt = (float)size;
	return s;
}

/* What stands behind an '&'; returns what is behind that. */
static const char *take_code(struct page_text *t, const char *s, const char *end)
{
	if (s == end)
		return end;
	if (isdigit((unsigned char)*s))
		return take_size(t, s, end);
	switch (*s++) {
	case 'L':
	case 'C':
	case 'R':
		begin_section(t, s[-1]);
		break;
	case 'B':
		t->look.bold = !t->look.bold;
		break;
	case 'K':
		return take_color(t, s, end);
	case '"':
		return take_font(t, s, end);
	case '&':
		kh_line_add(&t->b->r->lines, "&", 1, &t->look);
		break;
	default: /* the page's number, the date, italics, … */
		break;
	}
	return s;
}

void kh_book_page_text(struct kh_book *b, uint32_t sheet, enum kh_document_part part, const char *text, size_t n)
{
	struct page_text t = {.b = b, .line = {.part = part, .page = sheet}};
	begin_section(&t, 'C'); /* text without a section */
	for (const char *s = text, *end = text + n; s < end;) {
		const char *plain = s;
		while (s < end && *s != '&' && *s != '\n' && *s != '\r')
			s++;
		if (s > plain)
			kh_line_add(&b->r->lines, plain, (size_t)(s - plain), &t.look);
		if (s == end)
			break;
		if (*s++ == '&')
			s = take_code(&t, s, end);
		else
			page_line(&t);
	}
	kh_line_end(&b->r->lines);
}
