#include "document/read/office/xls_state.h"

#include "document/read/office/drawing.h"

/* ---- what else a sheet has ---- */

void kh_xls_on_page_text(struct kh_xls *x, struct kh_biff_record *rec)
{
	kh_buf_reset(&x->text);
	if (kh_biff_text(&x->biff, &rec->body, x->biff.version >= 8 ? 2 : 1, &x->text))
		kh_book_page_text(&x->book, x->page, rec->type == KH_XLS_HEADER ? KH_PART_HEADER : KH_PART_FOOTER, kh_buf_text(&x->text), x->text.len);
}

/* Before BIFF8 a comment's text stands in it, as far as 2,048 bytes; in BIFF8 in a text box. */
void kh_xls_on_note(struct kh_xls *x, struct kh_biff_record *rec)
{
	const uint8_t *text = NULL;
	if (x->biff.version >= 8 || !kh_cursor_skip(&rec->body, 6) || !kh_cursor_take(&rec->body, kh_cursor_left(&rec->body), &text))
		return;
	struct kh_run_look look = {.charset = x->book.charset};
	kh_line_begin(&x->r->lines, &(struct kh_line_look){.part = KH_PART_COMMENT, .page = x->page});
	kh_buf_reset(&x->text);
	rec->body = kh_cursor_of(text - 2, (size_t)(rec->body.end - text) + 2); /* its length, in two bytes */
	if (kh_biff_text(&x->biff, &rec->body, 2, &x->text))
		kh_line_add(&x->r->lines, kh_buf_text(&x->text), x->text.len, &look);
	kh_line_end(&x->r->lines);
}

void kh_xls_on_object(struct kh_xls *x, struct kh_biff_record *rec)
{
	enum { COMMENT = 0x19 };
	uint16_t type = 0;
	if (kh_cursor_skip(&rec->body, 4) && kh_cursor_u16le(&rec->body, &type))
		x->in_note = type == COMMENT;
}

static void add_to_box(void *context, const char *s, size_t n, uint32_t font)
{
	struct kh_xls *x = context;
	struct kh_run_look look = kh_book_look(&x->book, SIZE_MAX, font);
	const struct kh_line_look line = x->r->lines.now.look;
	for (const char *end = s + n; s < end;) {
		const char *newline = memchr(s, '\n', (size_t)(end - s)), *stop = newline ? newline : end;
		kh_line_add(&x->r->lines, s, (size_t)(stop - s), &look);
		if (newline)
			kh_line_begin(&x->r->lines, &line);
		s = stop + (newline != NULL);
	}
}

/* The text in the CONTINUE behind it, its runs in the next one. */
void kh_xls_on_text_box(struct kh_xls *x, struct kh_biff_record *rec)
{
	enum { CENTRED = 2 };
	struct kh_biff_chain c;
	struct kh_xls_rich rich = {0};
	uint16_t flags = 0, count = 0, size_of_runs = 0;
	kh_biff_chain_init(&c, &x->biff, rec);
	struct kh_cursor *first = &c.parts.v[0];
	bool good = kh_cursor_u16le(first, &flags) && kh_cursor_skip(first, 8) && kh_cursor_u16le(first, &count) && kh_cursor_u16le(first, &size_of_runs) && kh_cursor_skip(first, kh_cursor_left(first));
	kh_buf_reset(&x->text);
	if (good && count > 0 && kh_biff_characters(&c, count, false, &x->text))
		for (unsigned i = 0; i < size_of_runs / 8U; i++) {
			struct kh_xls_run run = {0};
			if (!kh_biff_u16(&c, &run.from) || !kh_biff_u16(&c, &run.font) || !kh_biff_bytes(&c, NULL, 4))
				break;
			if (run.from < count)
				kh_array_push(&rich.runs, run);
		}
	struct kh_line_look line = {.part = x->in_note ? KH_PART_COMMENT : KH_PART_BOX, .page = x->page, .centred = (flags >> 1 & 7) == CENTRED};
	line.framed = !x->in_note && (!x->shape.line_said || x->shape.line);
	kh_line_begin(&x->r->lines, &line);
	kh_xls_in_runs(kh_buf_text(&x->text), x->text.len, rich.runs.v, rich.runs.n, add_to_box, x);
	kh_line_end(&x->r->lines);
	kh_array_done(&rich.runs);
	kh_biff_chain_done(&c);
}

/* A piece of the sheet's drawing: of what is in it, the shapes' options. */
void kh_xls_on_drawing(struct kh_xls *x, struct kh_biff_record *rec)
{
	struct kh_art_record a = {0};
	struct kh_cursor body;
	while (kh_art_take(&rec->body, &a)) {
		if (a.version == KH_ART_CONTAINER) {
			if (a.type == KH_ART_SHAPE)
				x->shape = (struct kh_art_options){0};
			continue;
		}
		if (!kh_cursor_sub(&rec->body, KH_MIN((size_t)a.size, kh_cursor_left(&rec->body)), &body))
			return;
		if (a.type == KH_ART_OPTIONS) {
			kh_art_read_options(body, a.instance, &x->shape);
			kh_art_give_words(x->r, &x->shape, &(struct kh_line_look){.part = KH_PART_BOX, .page = x->page});
		}
	}
}
