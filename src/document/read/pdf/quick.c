#include "document/read/pdf/quick.h"

#include "base/str.h"
#include "document/read/pdf/limits.h"
#include "document/read/scan/limits.h"
#include "document/read/text.h"
#include "document/vietnamese/convert.h"
#include "document/vietnamese/letters.h"

#include <math.h>
#include <stdlib.h>

/* ---- pages ---- */

/* What a page has of those above it. */
struct inherited {
	struct kh_cursor resources, box;
	bool turned;
};

static void inherit(struct kh_pdf_objects *o, struct kh_cursor node, struct inherited *i)
{
	int64_t degrees = 0;
	kh_ignore(kh_pdf_get(o, node, "Resources", &i->resources));
	if (!kh_pdf_get(o, node, "CropBox", &i->box))
		kh_ignore(kh_pdf_get(o, node, "MediaBox", &i->box));
	if (kh_pdf_get_int(o, node, "Rotate", &degrees))
		i->turned = degrees % 360 != 0;
}

static void add_page(struct kh_pdf_quick *q, struct kh_cursor node, const struct inherited *i)
{
	struct kh_cursor box = i->box;
	double side[4] = {0};
	bool good = !i->turned && kh_pdf_take_token(&box, "[");
	for (size_t k = 0; k < KH_COUNT(side) && good; k++)
		good = kh_pdf_take_number(&box, &side[k]);
	struct kh_pdf_quick_page p = {.page = node, .resources = i->resources, .left = fmin(side[0], side[2]), .bottom = fmin(side[1], side[3])};
	p.width = good ? fabs(side[2] - side[0]) : 0; /* 0: Poppler's */
	p.height = fabs(side[3] - side[1]);
	kh_array_push(&q->pages, p);
}

static bool add_pages(struct kh_pdf_quick *q, struct kh_cursor node, struct inherited i, size_t depth)
{
	struct kh_cursor kids, kid;
	if (depth > KH_PDF_MAX_TREE || q->pages.n > KH_SCAN_MAX_PAGES)
		return false;
	inherit(&q->objects, node, &i);
	if (!kh_pdf_get(&q->objects, node, "Kids", &kids)) {
		add_page(q, node, &i);
		return true;
	}
	if (!kh_pdf_take_token(&kids, "["))
		return false;
	while (!kh_pdf_take_token(&kids, "]"))
		if (!kh_pdf_follow(&q->objects, kids, &kid) || !add_pages(q, kid, i, depth + 1) || !kh_pdf_skip_value(&kids))
			return false;
	return true;
}

bool kh_pdf_quick_open(struct kh_pdf_quick *q, struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_cursor root, pages;
	int64_t count = 0;
	*q = (struct kh_pdf_quick){0};
	return r->file->sink->of_interest && kh_pdf_objects_open(&q->objects, r, bytes, n) && kh_pdf_get(&q->objects, q->objects.trailer, "Root", &root) && kh_pdf_get(&q->objects, root, "Pages", &pages) &&
	       kh_pdf_get_int(&q->objects, pages, "Count", &count) && add_pages(q, pages, (struct inherited){0}, 0) && (int64_t)q->pages.n == count;
}

void kh_pdf_quick_done(struct kh_pdf_quick *q)
{
	kh_pdf_objects_done(&q->objects);
	kh_pdf_fonts_done(&q->fonts);
	kh_array_done(&q->pages);
}

/* ---- properties ---- */

static void give_property(struct kh_reading *r, const struct kh_buf *said)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	const uint8_t *bytes = (const uint8_t *)kh_buf_text(said);
	if (said->len >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)
		kh_text_convert(KH_TEXT_UTF16BE, KH_CHARSET_UNICODE, bytes + 2, said->len - 2, &text);
	else
		kh_charset_widen(bytes, said->len, &text);
	kh_text_read(r, KH_TEXT_UTF8, KH_CHARSET_UNICODE, (const uint8_t *)kh_buf_text(&text), text.len, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

void kh_pdf_quick_properties(struct kh_pdf_quick *q)
{
	static const char *const keys[] = {"Title", "Subject", "Keywords"};
	struct kh_cursor info, value;
	for (size_t i = 0; i < KH_COUNT(keys); i++) {
		kh_auto_buf struct kh_buf said = KH_BUF_MAX(KH_PDF_MAX_PAGE_TEXT);
		if (kh_pdf_get(&q->objects, q->objects.trailer, "Info", &info) && kh_pdf_get(&q->objects, info, keys[i], &value) && kh_pdf_take_string(&value, &said))
			give_property(q->objects.r, &said);
	}
}

/* ---- rows ---- */

/* Parts of the size of letters. */
#define SAME_ROW 0.3f
#define SAME_PLACE 0.2f
#define BLANK 0.1f
#define APART 0.6f

struct row {
	size_t first, n; /* of the sorted runs */
};

struct page {
	struct kh_pdf_quick *q;
	const struct kh_pdf_quick_page *is;
	uint32_t number;
	struct kh_pdf_drawn drawn;
	KH_ARRAY(struct row) rows;
};

static int from_above(const void *a, const void *b)
{
	const struct kh_pdf_run *x = a, *y = b;
	return x->base != y->base ? (x->base < y->base ? 1 : -1) : x->at < y->at ? -1 : x->at > y->at;
}

static int from_left(const void *a, const void *b)
{
	const struct kh_pdf_run *x = a, *y = b;
	return x->left != y->left ? (x->left < y->left ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

static void find_rows(struct page *p)
{
	struct kh_pdf_run *runs = p->drawn.runs.v;
	const size_t n = p->drawn.runs.n;
	if (n > 1)
		qsort(runs, n, sizeof *runs, from_above);
	for (size_t i = 0, end = 0; i < n; i = end) {
		for (end = i + 1; end < n && runs[i].base - runs[end].base < SAME_ROW * KH_MIN(runs[i].size, runs[end].size); end++)
			;
		qsort(runs + i, end - i, sizeof *runs, from_left);
		kh_array_push(&p->rows, ((struct row){i, end - i}));
	}
}

static const char *text_of(const struct page *p, const struct kh_pdf_run *run)
{
	return p->drawn.text.data + run->at;
}

/* Bold letters are drawn twice, by some. */
static bool is_again(const struct page *p, const struct kh_pdf_run *run, const struct kh_pdf_run *before)
{
	return run->n == before->n && fabsf(run->left - before->left) < SAME_PLACE * run->size && memcmp(text_of(p, run), text_of(p, before), run->n) == 0;
}

/* Calls `add` for each run of a row, with what stands between it and the one before: "", a blank or a tab. */
static void each_run(const struct page *p, const struct row *row, void (*add)(void *context, const struct page *p, const struct kh_pdf_run *run, const char *between), void *context)
{
	const struct kh_pdf_run *before = NULL;
	for (size_t i = 0; i < row->n; i++) {
		const struct kh_pdf_run *run = &p->drawn.runs.v[row->first + i];
		if (before && is_again(p, run, before))
			continue;
		const float gap = before ? (run->left - before->right) / KH_MAX(run->size, 0.1f) : 0;
		add(context, p, run, gap > APART ? "\t" : gap > BLANK ? " " : "");
		before = run;
	}
}

/* ---- is anything of interest ---- */

static bool is_of_interest(const struct page *p, const char *text, size_t n)
{
	const struct kh_document_sink *sink = p->q->objects.r->file->sink;
	const struct kh_document_line line = {.text = text, .n = n, .part = KH_PART_BODY, .page = p->number, .certainty = 100};
	return n > 0 && sink->of_interest(sink->context, &line);
}

static bool is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* As it stands, and as fonts of legacy charsets would show it. */
static bool may_be_of_interest(const struct page *p, const char *text, size_t n)
{
	static const enum kh_charset legacy[] = {KH_CHARSET_TCVN3, KH_CHARSET_VNI, KH_CHARSET_VPS, KH_CHARSET_VISCII, KH_CHARSET_CP1258};
	kh_auto_free char *piece = kh_strndup(text, n);
	if (is_of_interest(p, piece, n))
		return true;
	if (is_ascii(text, n) || kh_letters_are_unicode(text, n))
		return false;
	for (size_t i = 0; i < KH_COUNT(legacy); i++) {
		kh_auto_buf struct kh_buf shown = KH_BUF_INIT;
		kh_charset_decode(legacy[i], text, n, &shown);
		if (is_of_interest(p, kh_buf_text(&shown), shown.len))
			return true;
	}
	return false;
}

static void add_text(void *context, const struct page *p, const struct kh_pdf_run *run, const char *between)
{
	struct kh_buf *text = context;
	kh_buf_adds(text, between);
	kh_buf_add(text, text_of(p, run), run->n);
}

static size_t piece_size(const char *s, const char *end)
{
	const char *tab = memchr(s, '\t', (size_t)(end - s));
	return (size_t)((tab ? tab : end) - s);
}

/* Letters set far apart are pieces of a row, each short: some of them together. */
static bool any_together(const struct page *p, const char *s, const char *end)
{
	enum { SHORT = 8, MOST = 12 };
	const char *at = s;
	for (int count = 0; count < MOST && at < end && piece_size(at, end) <= SHORT; count++) {
		at += piece_size(at, end);
		if (count > 0 && may_be_of_interest(p, s, (size_t)(at - s)))
			return true;
		at += at < end;
	}
	return false;
}

static bool row_is_of_interest(const struct page *p, const struct row *row, struct kh_buf *text)
{
	kh_buf_reset(text);
	each_run(p, row, add_text, text);
	const char *s = kh_buf_text(text), *end = s + text->len;
	if (may_be_of_interest(p, s, text->len))
		return true;
	if (piece_size(s, end) == text->len)
		return false;
	for (; s < end; s++) {
		const size_t n = piece_size(s, end);
		if (may_be_of_interest(p, s, n) || any_together(p, s, end))
			return true;
		s += n;
	}
	return false;
}

static bool any_of_interest(const struct page *p)
{
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_PDF_MAX_PAGE_TEXT);
	kh_array_each(&p->rows, row)
		if (row_is_of_interest(p, row, &text))
			return true;
	return false;
}

/* ---- giving ---- */

static float part_of(double v, double whole)
{
	return whole > 0 ? (float)fmin(fmax(v / whole, 0), 1) : 0;
}

static void give_run(void *context, const struct page *p, const struct kh_pdf_run *run, const char *between)
{
	struct kh_line_builder *b = context;
	const struct kh_run_look look = {.font = p->q->fonts.list.v[run->font].name, .size_pt = run->size};
	kh_line_add(b, between, strlen(between), &look);
	kh_line_add(b, text_of(p, run), run->n, &look);
}

static void give_row(const struct page *p, const struct row *row)
{
	struct kh_line_builder *b = &p->q->objects.r->lines;
	const struct kh_pdf_run *first = &p->drawn.runs.v[row->first], *last = first + row->n - 1;
	struct kh_line_look look = {.part = KH_PART_BODY, .page = p->number, .placed = true};
	look.left = part_of(first->left - p->is->left, p->is->width);
	look.right = part_of(last->right - p->is->left, p->is->width);
	look.bottom = part_of(p->is->height - (first->base - p->is->bottom), p->is->height);
	look.top = part_of(p->is->height - (first->base + first->size - p->is->bottom), p->is->height);
	kh_line_begin(b, &look);
	each_run(p, row, give_run, b);
	kh_line_end(b);
}

/* Links have no text. */
static bool has_notes(struct kh_pdf_objects *o, struct kh_cursor page)
{
	struct kh_cursor list, note;
	if (!kh_pdf_get(o, page, "Annots", &list))
		return false;
	if (!kh_pdf_take_token(&list, "["))
		return true;
	while (!kh_pdf_take_token(&list, "]"))
		if (!kh_pdf_follow(o, list, &note) || !kh_pdf_is(o, note, "Subtype", "Link") || !kh_pdf_skip_value(&list))
			return true;
	return false;
}

bool kh_pdf_quick_give(struct kh_pdf_quick *q, size_t page)
{
	struct page p = {.q = q, .is = &q->pages.v[page], .number = (uint32_t)page + 1};
	bool good = p.is->width > 0 && !has_notes(&q->objects, p.is->page) && kh_pdf_draw(&q->objects, &q->fonts, p.is->page, p.is->resources, p.is->width, &p.drawn) && p.drawn.runs.n > 0;
	good = good && q->objects.follows <= KH_PDF_MAX_FOLLOWS; /* else some of it was not found */
	if (good)
		find_rows(&p);
	good = good && !any_of_interest(&p);
	if (good)
		kh_array_each(&p.rows, row)
			if (!kh_reading_over(q->objects.r))
				give_row(&p, row);
	const bool over = kh_reading_over(q->objects.r), too_much = !over && p.drawn.too_much;
	if (too_much)
		kh_reading_gap(q->objects.r, KH_GAP_FORMAT_LIMIT, NULL);
	kh_pdf_drawn_done(&p.drawn);
	kh_array_done(&p.rows);
	return good || too_much || over;
}
