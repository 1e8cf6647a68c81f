#include "document/read/word/flow.h"

#include "base/str.h"

#include <math.h>

/* ---- how text looks ---- */

void kh_word_look_over(struct kh_word_look *l, const struct kh_word_look *over)
{
	l->says |= over->says;
	l->font = over->says & KH_SAYS_FONT ? over->font : l->font;
	l->size_pt = over->says & KH_SAYS_SIZE ? over->size_pt : l->size_pt;
	l->red = over->says & KH_SAYS_RED ? over->red : l->red;
	l->bold = over->says & KH_SAYS_BOLD ? over->bold : l->bold;
	l->capitals = over->says & KH_SAYS_CAPITALS ? over->capitals : l->capitals;
	l->framed = over->says & KH_SAYS_FRAMED ? over->framed : l->framed;
	l->centred = over->says & KH_SAYS_CENTRED ? over->centred : l->centred;
	l->break_before = over->says & KH_SAYS_BREAK ? over->break_before : l->break_before;
	l->sides_said |= over->sides_said;
	l->sides = (l->sides & ~over->sides_said) | over->sides;
}

void kh_word_look_side(struct kh_word_look *l, unsigned side, bool border)
{
	l->sides_said |= side;
	l->sides = border ? l->sides | side : l->sides & ~side;
}

/* ---- giving out ---- */

static bool is_framed(const struct kh_flow_paragraph *p, size_t from, size_t to)
{
	size_t framed = 0, all = 0, at = from > 0 ? p->runs.v[from - 1].end : 0;
	for (size_t i = from; i < to; i++) {
		all += p->runs.v[i].end - at;
		framed += p->runs.v[i].framed ? p->runs.v[i].end - at : 0;
		at = p->runs.v[i].end;
	}
	return 2 * framed > all;
}

static void give_line(struct kh_flow *f, const struct kh_flow_paragraph *p, size_t from, size_t to)
{
	struct kh_line_builder *b = &f->r->lines;
	struct kh_line_look look = p->look;
	look.page = p->runs.v[from].page;
	look.framed |= is_framed(p, from, to);
	kh_line_begin(b, &look);
	for (size_t i = from; i < to; i++) {
		size_t at = i > 0 ? p->runs.v[i - 1].end : 0;
		kh_line_add(b, p->text.data + at, p->runs.v[i].end - at, &p->runs.v[i].look);
	}
	kh_line_end(b);
	f->given = true;
}

static void give_paragraph(struct kh_flow *f, struct kh_flow_paragraph *p)
{
	size_t from = 0;
	for (size_t i = 0; i < p->runs.n && !kh_reading_over(f->r); i++)
		if (p->runs.v[i].ends_line || i + 1 == p->runs.n) {
			give_line(f, p, from, i + 1);
			from = i + 1;
		}
	kh_buf_reset(&p->text);
	p->runs.n = 0;
}

static void paragraph_done(struct kh_flow_paragraph *p)
{
	kh_buf_done(&p->text);
	kh_array_done(&p->runs);
}

/* ---- the flow ---- */

void kh_flow_init(struct kh_flow *f, struct kh_reading *r)
{
	*f = (struct kh_flow){.r = r};
}

void kh_flow_next(struct kh_flow *f, uint32_t page)
{
	kh_flow_row_end(f, NULL, NULL);
	while (f->n_open > 0)
		kh_flow_close(f);
	f->page = page;
	f->broken = false;
}

void kh_flow_done(struct kh_flow *f)
{
	kh_flow_next(f, 0);
	kh_array_each(&f->paragraphs, p)
		paragraph_done(p);
	kh_array_done(&f->paragraphs);
	kh_array_done(&f->row.paragraphs);
	kh_array_each(&f->fonts, font)
		free(*font);
	kh_array_done(&f->fonts);
}

const char *kh_flow_font(struct kh_flow *f, const char *name, size_t n)
{
	kh_array_each(&f->fonts, font)
		if (strncmp(*font, name, n) == 0 && (*font)[n] == '\0')
			return *font;
	return f->fonts.n < KH_WORD_MAX_FONTS ? *kh_array_push(&f->fonts, kh_strndup(name, n)) : NULL;
}

bool kh_flow_is_open(const struct kh_flow *f)
{
	return f->n_open > 0;
}

struct kh_flow_paragraph *kh_flow_paragraph(struct kh_flow *f)
{
	kh_assert(f->n_open > 0);
	return &f->paragraphs.v[f->n_open - 1];
}

void kh_flow_open(struct kh_flow *f, const struct kh_line_look *look)
{
	if (f->n_open >= KH_WORD_MAX_NESTED) {
		f->too_deep++;
		return;
	}
	if (f->n_open == f->paragraphs.n)
		kh_array_push(&f->paragraphs, (struct kh_flow_paragraph){0});
	f->paragraphs.v[f->n_open++].look = *look;
}

static bool looks_alike(const struct kh_flow_run *a, const struct kh_flow_run *b)
{
	const struct kh_run_look *l = &a->look, *m = &b->look;
	return l->font == m->font && l->charset == m->charset && l->red == m->red && l->bold == m->bold && l->capitals == m->capitals && fabsf(l->size_pt - m->size_pt) < 0.01f &&
	       a->framed == b->framed && a->page == b->page;
}

static void add_run(struct kh_flow *f, struct kh_flow_run run)
{
	struct kh_flow_paragraph *p = kh_flow_paragraph(f);
	struct kh_flow_run *last = p->runs.n > 0 ? &p->runs.v[p->runs.n - 1] : NULL;
	run.page = f->page;
	run.end = p->text.len;
	if (last && !last->ends_line && looks_alike(last, &run))
		last->end = run.end;
	else
		kh_array_push(&p->runs, run);
}

void kh_flow_text(struct kh_flow *f, const char *text, size_t n, enum kh_charset charset, const struct kh_word_look *look)
{
	if (f->n_open == 0 || n == 0)
		return;
	struct kh_flow_paragraph *p = kh_flow_paragraph(f);
	kh_buf_add(&p->text, text, n);
	add_run(f, (struct kh_flow_run){
		.look = {.font = look->font, .charset = charset, .red = look->red, .bold = look->bold, .capitals = look->capitals, .size_pt = look->size_pt}, .framed = look->framed});
	f->broken = false;
	if (p->text.len > KH_WORD_MAX_PARAGRAPH || p->runs.n > KH_WORD_MAX_PARAGRAPH)
		give_paragraph(f, p);
}

void kh_flow_line_end(struct kh_flow *f)
{
	if (f->n_open == 0)
		return;
	struct kh_flow_paragraph *p = kh_flow_paragraph(f);
	if (p->runs.n > 0)
		p->runs.v[p->runs.n - 1].ends_line = true;
}

void kh_flow_page_break(struct kh_flow *f, bool hard)
{
	if (hard)
		kh_flow_line_end(f);
	if (f->page > 0 && f->page < UINT32_MAX && (hard || !f->broken))
		f->page++;
	f->broken = hard;
}

void kh_flow_close(struct kh_flow *f)
{
	if (f->too_deep > 0) {
		f->too_deep--;
		kh_flow_line_end(f);
		return;
	}
	if (f->n_open == 0)
		return;
	give_paragraph(f, kh_flow_paragraph(f));
	f->n_open--;
}

/* ---- rows that wait ---- */

void kh_flow_close_in_row(struct kh_flow *f, unsigned cell)
{
	if (f->n_open != 1 || f->too_deep > 0) {
		kh_flow_close(f);
		return;
	}
	struct kh_flow_paragraph *p = kh_flow_paragraph(f);
	p->cell = cell;
	f->row.bytes += p->text.len + sizeof *p + p->runs.n * sizeof *p->runs.v;
	kh_array_push(&f->row.paragraphs, *p);
	*p = (struct kh_flow_paragraph){0};
	f->n_open--;
	if (f->row.bytes > KH_WORD_MAX_ROW)
		kh_flow_row_end(f, NULL, NULL);
}

void kh_flow_row_end(struct kh_flow *f, bool (*framed)(const void *context, unsigned cell), const void *context)
{
	kh_array_each(&f->row.paragraphs, p) {
		p->look.framed |= framed && framed(context, p->cell);
		give_paragraph(f, p);
		paragraph_done(p);
	}
	f->row.paragraphs.n = 0;
	f->row.bytes = 0;
}
