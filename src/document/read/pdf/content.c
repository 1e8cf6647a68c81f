#include "document/read/pdf/content.h"

#include "base/str.h"
#include "document/read/pdf/limits.h"

#include <math.h>
#include <string.h>

/* x' = a x + c y + e, y' = b x + d y + f */
struct matrix {
	double a, b, c, d, e, f;
};

struct state {
	struct matrix page;
	uint32_t font; /* which of the document's, from 1; 0: none that can be read */
	double size, letter_space, word_space, stretch, leading, rise;
};

enum { MOST_NUMBERS = 6 };

/* Strings to be shown, and moves back between them. */
struct shown {
	struct kh_buf bytes;
	KH_ARRAY(struct shown_part) parts;
};

struct shown_part {
	size_t end; /* of its bytes */
	double back; /* behind them, in thousandths of the size */
};

/* One drawing: the page's, or one within it. */
struct drawing {
	struct kh_pdf_objects *o;
	struct kh_pdf_fonts *fonts;
	struct kh_pdf_drawn *out;
	struct kh_cursor resources;
	double page_width;
	const struct drawing *outer; /* NULL: this is the page's */
	const uint8_t *form;
	size_t depth;
	bool given_up;

	struct state now, kept[KH_PDF_MAX_STATES];
	size_t n_kept;
	struct matrix text, line;

	double numbers[MOST_NUMBERS]; /* the last operands that were numbers */
	size_t n_numbers;
	struct kh_pdf_name name;
	struct shown shown; /* the operand that was a string, or an array of strings and numbers */
};

static const struct matrix same = {1, 0, 0, 1, 0, 0};

static struct matrix times(const struct matrix *m, const struct matrix *n)
{
	return (struct matrix){m->a * n->a + m->b * n->c,	 m->a * n->b + m->b * n->d,	m->c * n->a + m->d * n->c,
			       m->c * n->b + m->d * n->d, m->e * n->a + m->f * n->c + n->e, m->e * n->b + m->f * n->d + n->f};
}

static struct matrix given_matrix(const struct drawing *d)
{
	const double *n = d->numbers;
	return (struct matrix){n[0], n[1], n[2], n[3], n[4], n[5]};
}

/* The last operand but `back`. */
static double number(const struct drawing *d, size_t back)
{
	return d->n_numbers > back ? d->numbers[d->n_numbers - 1 - back] : 0;
}

/* ---- text ---- */

static const struct kh_pdf_font *font_of(const struct drawing *d)
{
	return &d->fonts->list.v[d->now.font - 1];
}

/* A run being drawn. */
struct run {
	size_t at;
	double from, to; /* in text space, from the place of the text matrix */
	bool blank;
};

static bool begins_with_mark(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	return n >= 2 && ((p[0] == 0xcc && p[1] >= 0x80) || (p[0] == 0xcd && p[1] <= 0xaf));
}

/* Text stands upright and runs to the right, or the page is Poppler's. */
static bool is_upright(const struct matrix *m)
{
	const double little = 0.01;
	return m->a > 0 && m->d > 0 && fabs(m->b) < little * m->a && fabs(m->c) < little * m->d;
}

/* A mark is of the letter before, wherever it stands: blanks that were drawn between them go. */
static void add_to_last(struct kh_pdf_drawn *out, size_t at, size_t n)
{
	struct kh_pdf_run *last = &out->runs.v[out->runs.n - 1];
	const size_t end = (size_t)last->at + last->n;
	memmove(out->text.data + end, out->text.data + at, n);
	out->text.len = end + n;
	out->text.data[end + n] = '\0';
	last->n += (uint32_t)n;
}

static bool is_number_of_page(double v)
{
	const double most = 1e9;
	return v > -most && v < most; /* nor what is no number */
}

static void add_run(struct drawing *d, const struct run *r, size_t n)
{
	struct kh_pdf_drawn *out = d->out;
	const struct matrix m = times(&d->text, &d->now.page);
	const double left = m.e + r->from * m.a, right = m.e + r->to * m.a, base = m.f + d->now.rise * m.d, size = fabs(d->now.size) * m.d;
	d->given_up |= !is_upright(&m) || out->text.overflow || out->runs.n >= KH_PDF_MAX_RUNS;
	d->given_up |= !is_number_of_page(left) || !is_number_of_page(right) || !is_number_of_page(base) || !is_number_of_page(size);
	if (!d->given_up)
		kh_array_push(&out->runs, ((struct kh_pdf_run){.left = (float)left, .right = (float)right, .base = (float)base, .size = (float)size, .at = (uint32_t)r->at, .n = (uint32_t)n,
								.font = d->now.font - 1}));
}

static void end_run(struct drawing *d, struct run *r)
{
	struct kh_pdf_drawn *out = d->out;
	const size_t n = out->text.len - r->at;
	if (n > 0 && !r->blank && out->runs.n > 0 && begins_with_mark(out->text.data + r->at, n))
		add_to_last(out, r->at, n);
	else if (n > 0 && !r->blank)
		add_run(d, r, n);
	*r = (struct run){.at = out->text.len, .from = r->to, .to = r->to, .blank = true};
}

static void show_code(struct drawing *d, struct run *r, unsigned code)
{
	const struct kh_pdf_font *f = font_of(d);
	const struct kh_pdf_glyph *g = code < f->glyphs.n ? &f->glyphs.v[code] : NULL;
	if (!g || g->n == 0) {
		d->given_up = true;
		return;
	}
	const char *s = f->text.data + g->at;
	r->blank = r->blank && g->n == 1 && *s == ' ';
	kh_buf_add(&d->out->text, s, g->n);
	r->to += (g->width / 1000.0 * d->now.size + d->now.letter_space + (code == ' ' && !f->wide ? d->now.word_space : 0)) * d->now.stretch;
}

static void show_bytes(struct drawing *d, struct run *r, const char *bytes, size_t n)
{
	const size_t step = font_of(d)->wide ? 2 : 1;
	for (size_t i = 0; i + step <= n && !d->given_up; i += step)
		show_code(d, r, step == 2 ? (unsigned)(uint8_t)bytes[i] << 8 | (uint8_t)bytes[i + 1] : (uint8_t)bytes[i]);
}

static void move_text(struct drawing *d, double x, double y)
{
	const struct matrix by = {1, 0, 0, 1, x, y};
	d->line = times(&by, &d->line);
	d->text = d->line;
}

static void move_back(struct drawing *d, struct run *r, double back)
{
	const double wide = 0.1; /* of the size: what is further apart is two words */
	const double moved = -back / 1000 * d->now.size * d->now.stretch;
	if (fabs(moved) > wide * fabs(d->now.size))
		end_run(d, r);
	const bool begun = d->out->text.len > r->at;
	r->to += moved;
	r->from = begun ? r->from : r->to;
}

static void show(struct drawing *d)
{
	struct run r = {.at = d->out->text.len, .blank = true};
	size_t at = 0;
	if (!d->now.font || d->shown.bytes.overflow) {
		d->given_up = true;
		return;
	}
	kh_array_each(&d->shown.parts, part) {
		show_bytes(d, &r, d->shown.bytes.data + at, part->end - at);
		if (part->back != 0)
			move_back(d, &r, part->back);
		at = part->end;
	}
	const double whole = r.to;
	end_run(d, &r);
	const struct matrix by = {1, 0, 0, 1, whole, 0};
	d->text = times(&by, &d->text);
}

/* ---- fonts ---- */

/* What the operand names among the resources of a kind. A dictionary may be long, and may be asked for often. */
static bool get_named(struct drawing *d, const char *kind, struct kh_cursor *ret)
{
	struct kh_cursor all;
	d->given_up |= kh_reading_over(d->o->r);
	return !d->given_up && kh_pdf_get(d->o, d->resources, kind, &all) && kh_pdf_get(d->o, all, d->name.text, ret);
}

static void set_font(struct drawing *d)
{
	struct kh_cursor font;
	size_t i = 0;
	d->now.size = number(d, 0);
	d->now.font = 0;
	if (!get_named(d, "Font", &font))
		return;
	while (i < d->fonts->places.n && d->fonts->places.v[i] != font.at)
		i++;
	if (i == KH_PDF_MAX_FONTS)
		return;
	if (i == d->fonts->places.n) {
		struct kh_pdf_font f;
		const bool good = kh_pdf_font_read(d->o, font, &f);
		kh_array_push(&d->fonts->places, font.at);
		kh_array_push(&d->fonts->good, good);
		kh_array_push(&d->fonts->list, f);
	}
	d->now.font = d->fonts->good.v[i] ? (uint32_t)i + 1 : 0;
}

/* ---- operators ---- */

static void keep_state(struct drawing *d)
{
	if (d->n_kept < KH_PDF_MAX_STATES)
		d->kept[d->n_kept++] = d->now;
	else
		d->given_up = true;
}

static void restore_state(struct drawing *d)
{
	if (d->n_kept > 0)
		d->now = d->kept[--d->n_kept];
}

static void change_page(struct drawing *d)
{
	const struct matrix m = given_matrix(d);
	d->now.page = times(&m, &d->now.page);
}

static void begin_text(struct drawing *d)
{
	d->text = d->line = same;
}

static void set_text(struct drawing *d)
{
	d->text = d->line = given_matrix(d);
}

static void next_line(struct drawing *d)
{
	move_text(d, 0, -d->now.leading);
}

static void move(struct drawing *d)
{
	move_text(d, number(d, 1), number(d, 0));
}

static void move_and_lead(struct drawing *d)
{
	d->now.leading = -number(d, 0);
	move(d);
}

static void show_on_next_line(struct drawing *d)
{
	next_line(d);
	show(d);
}

static void show_spaced_on_next_line(struct drawing *d)
{
	d->now.word_space = number(d, 1);
	d->now.letter_space = number(d, 0);
	show_on_next_line(d);
}

static void set_letter_space(struct drawing *d)
{
	d->now.letter_space = number(d, 0);
}

static void set_word_space(struct drawing *d)
{
	d->now.word_space = number(d, 0);
}

static void set_stretch(struct drawing *d)
{
	d->now.stretch = number(d, 0) / 100;
}

static void set_leading(struct drawing *d)
{
	d->now.leading = number(d, 0);
}

static void set_rise(struct drawing *d)
{
	d->now.rise = number(d, 0);
}

static void give_up(struct drawing *d)
{
	d->given_up = true;
}

/* A graphics state that sets a font. */
static void set_state(struct drawing *d)
{
	struct kh_cursor state, font;
	if (get_named(d, "ExtGState", &state) && kh_pdf_get(d->o, state, "Font", &font))
		d->given_up = true;
}

static void draw_form(struct drawing *d, struct kh_cursor form);

static void draw_picture(struct drawing *d)
{
	const double min_width = 24, min_height = 8; /* points, as of the pictures that are looked at: scan/pdf.c */
	const struct matrix *m = &d->now.page;
	const double width = fabs(m->a) + fabs(m->c), height = fabs(m->b) + fabs(m->d);
	d->given_up |= width >= min_width && (height >= min_height || width >= d->page_width / 2);
}

static void draw_object(struct drawing *d)
{
	struct kh_cursor object;
	if (!get_named(d, "XObject", &object))
		return;
	if (kh_pdf_is(d->o, object, "Subtype", "Form"))
		draw_form(d, object);
	else
		draw_picture(d);
}

static const struct operator {
	char name[4];
	void (*run)(struct drawing *d);
} operators[] = {
	{"Tj", show},	      {"TJ", show},	     {"Td", move},	       {"TD", move_and_lead}, {"Tm", set_text},		  {"Tf", set_font},    {"T*", next_line},
	{"BT", begin_text},   {"q", keep_state},     {"Q", restore_state},     {"cm", change_page},   {"Tc", set_letter_space},	  {"Tw", set_word_space}, {"Tz", set_stretch},
	{"TL", set_leading},  {"Ts", set_rise},	     {"'", show_on_next_line}, {"\"", show_spaced_on_next_line}, {"Do", draw_object}, {"gs", set_state},   {"BI", give_up},
};

static void forget_shown(struct drawing *d)
{
	kh_buf_reset(&d->shown.bytes);
	d->shown.parts.n = 0;
}

static void run_operator(struct drawing *d, const uint8_t *word, size_t n)
{
	for (size_t i = 0; n < sizeof operators->name && i < KH_COUNT(operators); i++)
		if (strlen(operators[i].name) == n && memcmp(operators[i].name, word, n) == 0) {
			operators[i].run(d);
			break;
		}
	d->n_numbers = 0;
	forget_shown(d);
}

/* ---- the drawing ---- */

static void note_number(struct drawing *d, double v)
{
	if (d->n_numbers == MOST_NUMBERS) {
		memmove(d->numbers, d->numbers + 1, sizeof d->numbers - sizeof *d->numbers);
		d->n_numbers--;
	}
	d->numbers[d->n_numbers++] = v;
}

static bool take_shown_string(struct drawing *d, struct kh_cursor *c)
{
	if (!kh_pdf_take_string(c, &d->shown.bytes))
		return false;
	kh_array_push(&d->shown.parts, (struct shown_part){.end = d->shown.bytes.len});
	return true;
}

/* An array of strings and numbers; of any other, false. */
static bool take_shown_array(struct drawing *d, struct kh_cursor *c)
{
	double v = 0;
	for (c->at++; kh_pdf_skip_blank(c), c->at < c->end && *c->at != ']';) {
		if (*c->at == '(' || *c->at == '<') {
			if (!take_shown_string(d, c))
				return false;
		} else if (!kh_pdf_take_number(c, &v)) {
			return false;
		} else {
			if (d->shown.parts.n == 0)
				kh_array_push(&d->shown.parts, (struct shown_part){0});
			d->shown.parts.v[d->shown.parts.n - 1].back += v;
		}
	}
	return kh_cursor_skip(c, 1);
}

/* A string, an array or a dictionary. */
static bool take_shown(struct drawing *d, struct kh_cursor *c)
{
	struct kh_cursor in = *c;
	const bool array = *c->at == '[', dictionary = *c->at == '<' && kh_cursor_left(c) > 1 && c->at[1] == '<';
	if (!dictionary && (array ? take_shown_array(d, &in) : take_shown_string(d, &in))) {
		*c = in;
		return true;
	}
	forget_shown(d);
	return kh_pdf_skip_value(c);
}

static bool ends_word(uint8_t c)
{
	return c <= ' ' || c == '/' || c == '(' || c == '[' || c == '<' || c == '>' || c == ']' || c == '{' || c == '}' || c == ')' || c == '%';
}

static bool take_word(struct kh_cursor *c, const uint8_t **ret, size_t *ret_n)
{
	*ret = c->at;
	while (c->at < c->end && !ends_word(*c->at))
		c->at++;
	*ret_n = (size_t)(c->at - *ret);
	return *ret_n > 0;
}

/* One operand or operator. False: there is none. */
static bool step(struct drawing *d, struct kh_cursor *c)
{
	const uint8_t *word = NULL;
	size_t n = 0;
	double v = 0;
	kh_pdf_skip_blank(c);
	if (kh_cursor_left(c) == 0)
		return false;
	const uint8_t first = *c->at;
	if ((first >= '0' && first <= '9') || first == '-' || first == '.' || first == '+') {
		if (!kh_pdf_take_number(c, &v))
			return false;
		note_number(d, v);
		return true;
	}
	if (first == '/')
		return kh_pdf_take_name(c, &d->name);
	if (first == '(' || first == '[' || first == '<')
		return take_shown(d, c);
	if (!take_word(c, &word, &n))
		return false;
	run_operator(d, word, n);
	return true;
}

/* What cannot be understood to its end is given up. */
static void run_content(struct drawing *d, const struct kh_buf *content)
{
	enum { STEPS = 1024 }; /* between looks at the clock */
	struct kh_cursor c = kh_cursor_of(kh_buf_text(content), content->len);
	for (size_t i = 1; !d->given_up && step(d, &c); i++)
		if (i % STEPS == 0)
			d->given_up = d->given_up || kh_reading_over(d->o->r);
	kh_pdf_skip_blank(&c);
	d->given_up |= kh_cursor_left(&c) > 0 || kh_reading_over(d->o->r);
	kh_buf_done(&d->shown.bytes);
	kh_array_done(&d->shown.parts);
}

static struct matrix matrix_of(struct kh_pdf_objects *o, struct kh_cursor form)
{
	struct kh_cursor list;
	double n[6] = {0};
	if (!kh_pdf_get(o, form, "Matrix", &list) || !kh_pdf_take_token(&list, "["))
		return same;
	for (size_t i = 0; i < KH_COUNT(n); i++)
		if (!kh_pdf_take_number(&list, &n[i]))
			return same;
	return (struct matrix){n[0], n[1], n[2], n[3], n[4], n[5]};
}

/* A drawing's content, appended. */
static bool take_content(struct kh_pdf_objects *o, struct kh_pdf_drawn *out, struct kh_cursor stream, struct kh_buf *to)
{
	const size_t before = to->len;
	o->too_large = false;
	const bool good = kh_pdf_stream(o, stream, to);
	out->all += to->overflow ? KH_PDF_MAX_CONTENT : to->len - before;
	out->too_much |= o->too_large || out->all > KH_PDF_MAX_DRAWN_IN_ALL;
	return good && !out->too_much;
}

static bool is_within(const struct drawing *d, struct kh_cursor form)
{
	for (; d; d = d->outer)
		if (d->form == form.at)
			return true;
	return false;
}

/* A form that draws itself is Poppler's, which knows such. */
static void draw_form(struct drawing *d, struct kh_cursor form)
{
	struct kh_pdf_drawn *out = d->out;
	kh_auto_buf struct kh_buf content = KH_BUF_MAX(KH_MIN((size_t)KH_PDF_MAX_CONTENT, KH_PDF_MAX_DRAWN - out->held));
	const struct matrix m = matrix_of(d->o, form);
	const bool loop = is_within(d, form);
	out->too_much |= !loop && (d->depth >= KH_PDF_MAX_TREE || ++out->forms > KH_PDF_MAX_FORMS || out->held >= KH_PDF_MAX_DRAWN);
	if (loop || out->too_much || !take_content(d->o, out, form, &content)) {
		out->too_much |= content.overflow;
		d->given_up = true;
		return;
	}
	kh_auto_free struct drawing *inner = kh_alloc(sizeof *inner);
	*inner = (struct drawing){.o = d->o, .fonts = d->fonts, .out = out, .resources = d->resources, .page_width = d->page_width, .outer = d, .form = form.at, .depth = d->depth + 1, .now = d->now, .text = same,
				  .line = same, .shown.bytes.max = KH_PDF_MAX_PAGE_TEXT};
	inner->now.page = times(&m, &d->now.page);
	kh_ignore(kh_pdf_get(d->o, form, "Resources", &inner->resources));
	out->held += content.len;
	run_content(inner, &content);
	out->held -= content.len;
	d->given_up |= inner->given_up;
}

/* Of a page that is more than is held, the rest is counted: it may be the same stream again and again. */
static bool add_contents(struct kh_pdf_objects *o, struct kh_cursor page, struct kh_pdf_drawn *out, struct kh_buf *to)
{
	struct kh_cursor value, part;
	bool whole = true;
	if (!kh_pdf_get(o, page, "Contents", &value))
		return false;
	if (!kh_pdf_take_token(&value, "["))
		return take_content(o, out, value, to);
	while (!kh_pdf_take_token(&value, "]")) {
		kh_auto_buf struct kh_buf content = KH_BUF_MAX(KH_PDF_MAX_CONTENT);
		const bool good = kh_pdf_follow(o, value, &part) && take_content(o, out, part, &content);
		if ((!good && !content.overflow) || out->too_much || !kh_pdf_skip_value(&value))
			return false;
		kh_buf_add(to, kh_buf_text(&content), content.len);
		kh_buf_addc(to, '\n');
		whole = whole && good;
	}
	return whole && !to->overflow;
}

bool kh_pdf_draw(struct kh_pdf_objects *o, struct kh_pdf_fonts *fonts, struct kh_cursor page, struct kh_cursor resources, double page_width, struct kh_pdf_drawn *ret)
{
	kh_auto_buf struct kh_buf content = KH_BUF_MAX(KH_PDF_MAX_CONTENT);
	kh_auto_free struct drawing *d = kh_alloc(sizeof *d);
	*d = (struct drawing){.o = o, .fonts = fonts, .out = ret, .resources = resources, .page_width = page_width, .now = {.page = same, .stretch = 1}, .text = same, .line = same, .shown.bytes.max = KH_PDF_MAX_PAGE_TEXT};
	*ret = (struct kh_pdf_drawn){.text.max = KH_PDF_MAX_PAGE_TEXT};
	if (!add_contents(o, page, ret, &content))
		return false;
	ret->held = content.len;
	run_content(d, &content);
	return !d->given_up;
}

void kh_pdf_drawn_done(struct kh_pdf_drawn *d)
{
	kh_buf_done(&d->text);
	kh_array_done(&d->runs);
}

void kh_pdf_fonts_done(struct kh_pdf_fonts *f)
{
	kh_array_each(&f->list, font)
		kh_pdf_font_done(font);
	kh_array_done(&f->list);
	kh_array_done(&f->places);
	kh_array_done(&f->good);
}
