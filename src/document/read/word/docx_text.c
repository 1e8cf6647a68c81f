#include "document/read/word/docx_state.h"

#include "base/str.h"
#include "base/utf8.h"
#include "document/read/style.h"

/* ---- places ---- */

static bool cell_is_framed(const struct kh_docx_table *t)
{
	unsigned of_table = t->look.sides, around = 0;
	around |= of_table & (t->row == 0 ? KH_SIDE_TOP : KH_SIDE_INSIDE_H) ? KH_SIDE_TOP : 0;
	around |= of_table & (t->column == 0 ? KH_SIDE_LEFT : KH_SIDE_INSIDE_V) ? KH_SIDE_LEFT : 0;
	around |= of_table & (KH_SIDE_BOTTOM | KH_SIDE_INSIDE_H) ? KH_SIDE_BOTTOM : 0; /* whether it is the last row, or column, only comes later */
	around |= of_table & (KH_SIDE_RIGHT | KH_SIDE_INSIDE_V) ? KH_SIDE_RIGHT : 0;
	return ((around & ~t->cell.sides_said) | t->cell.sides) == KH_SIDE_ALL;
}

static struct kh_docx_place innermost(const struct kh_docx *d)
{
	return d->places.n > 0 ? d->places.v[d->places.n - 1] : (struct kh_docx_place){.part = d->part};
}

static struct kh_docx_table *table_of(const struct kh_docx *d)
{
	return d->tables.n > innermost(d).tables ? &d->tables.v[d->tables.n - 1] : NULL;
}

static struct kh_line_look line_look(const struct kh_docx *d)
{
	const struct kh_docx_place place = innermost(d);
	const struct kh_docx_table *t = table_of(d);
	struct kh_line_look look = {.part = place.part, .framed = place.framed};
	if (t && t->in_cell) {
		look.part = place.part == KH_PART_BODY ? KH_PART_CELL : place.part;
		look.framed = cell_is_framed(t);
	}
	return look;
}

/* ---- paragraphs and runs ---- */

void kh_docx_begin_run(struct kh_docx *d)
{
	d->run = d->defaults;
	if (d->paragraphs.n > 0)
		kh_word_look_over(&d->run, &d->paragraphs.v[d->paragraphs.n - 1]);
	d->now = NULL;
}

void kh_docx_begin_paragraph(struct kh_docx *d)
{
	struct kh_word_look look = {0};
	struct kh_line_look line = line_look(d);
	if (d->standard)
		kh_docx_apply_style(d, &look, d->standard);
	kh_array_push(&d->paragraphs, look);
	kh_flow_open(&d->flow, &line);
	kh_docx_begin_run(d);
}

/* What its look says, once that is told. */
void kh_docx_paragraph_look_is_told(struct kh_docx *d)
{
	const struct kh_word_look *look = d->paragraphs.n > 0 ? &d->paragraphs.v[d->paragraphs.n - 1] : NULL;
	if (!look || !kh_flow_is_open(&d->flow))
		return;
	struct kh_line_look *line = &kh_flow_paragraph(&d->flow)->look;
	line->centred = look->centred;
	line->framed |= (look->sides & KH_SIDE_ALL) == KH_SIDE_ALL;
	if (look->break_before)
		kh_flow_page_break(&d->flow, true);
}

/* A section says of itself, so behind what it ends, how it begins: that of the next one tells. */
static bool next_section_breaks(struct kh_docx *d)
{
	enum { LONGEST = 4096 };
	const uint8_t *now = d->bytes + kh_xml_at(d->xml), *end = d->bytes + d->n;
	if (!d->next_section || d->next_section < now) {
		const uint8_t *found = memmem(now, (size_t)(end - now), "<w:sectPr", 9);
		d->next_section = found ? found : end;
	}
	size_t room = KH_MIN((size_t)(end - d->next_section), (size_t)LONGEST);
	const uint8_t *last = memmem(d->next_section, room, "</w:sectPr>", 11);
	size_t n = last ? (size_t)(last - d->next_section) : 0;
	return !memmem(d->next_section, n, "\"continuous\"", 12) && !memmem(d->next_section, n, "\"nextColumn\"", 12);
}

void kh_docx_end_paragraph(struct kh_docx *d)
{
	kh_flow_close(&d->flow);
	if (d->paragraphs.n > 0)
		d->paragraphs.n--;
	if (d->section_ends && next_section_breaks(d))
		kh_flow_page_break(&d->flow, true);
	d->section_ends = false;
}

void kh_docx_add_text(struct kh_docx *d, const char *text, size_t n)
{
	kh_flow_text(&d->flow, text, n, KH_CHARSET_UNICODE, &d->run);
}

void kh_docx_add_symbol(struct kh_docx *d, const char **attributes)
{
	const char *code = kh_xml_attribute(attributes, "char"), *font = kh_xml_attribute(attributes, "font");
	uint8_t bytes[2] = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_word_look look = d->run;
	if (!code || strlen(code) != 4 || !kh_unhex(code, bytes, 2))
		return;
	unsigned c = (unsigned)bytes[0] << 8 | bytes[1];
	if (c < 0x80 || (c >= 0xd800 && c < 0xe000))
		return;
	kh_utf8_add(&text, (int32_t)c);
	look.font = font ? kh_flow_font(&d->flow, font, strlen(font)) : look.font;
	kh_flow_text(&d->flow, text.data, text.len, KH_CHARSET_UNICODE, &look);
}

/* ---- boxes and shapes ---- */

void kh_docx_begin_box(struct kh_docx *d)
{
	kh_array_push(&d->places, ((struct kh_docx_place){KH_PART_BOX, d->shape.framed, d->tables.n}));
}

void kh_docx_end_box(struct kh_docx *d)
{
	if (d->places.n > 0) {
		d->tables.n = KH_MIN(d->tables.n, innermost(d).tables);
		d->places.n--;
	}
	kh_docx_begin_run(d);
}

void kh_docx_begin_shape(struct kh_docx *d)
{
	d->shape = (__typeof__(d->shape)){0};
}

void kh_docx_begin_old_shape(struct kh_docx *d, const char **attributes)
{
	const char *stroked = kh_xml_attribute(attributes, "stroked"), *fill = kh_xml_attribute(attributes, "fillcolor");
	kh_docx_begin_shape(d);
	d->shape.framed = !stroked || !kh_docx_is_off(stroked);
	d->shape.red = fill && kh_style_color_is_red(fill);
}

void kh_docx_line_by_reference(struct kh_docx *d, const char **attributes)
{
	const char *which = kh_xml_attribute(attributes, "idx");
	d->shape.framed |= which && !kh_streq(which, "0");
}

void kh_docx_give_word_art(struct kh_docx *d, const char **attributes)
{
	const char *text = kh_xml_attribute(attributes, "string"), *css = kh_xml_attribute(attributes, "style");
	struct kh_style style = {0};
	if (!text)
		return;
	if (css)
		kh_style_attribute(&style, "textpath", "style", css);
	kh_flow_open(&d->flow, &(struct kh_line_look){.part = KH_PART_BOX});
	kh_flow_text(&d->flow, text, strlen(text), KH_CHARSET_UNICODE,
		     &(struct kh_word_look){.red = d->shape.red, .bold = style.bold, .font = kh_flow_font(&d->flow, style.font, strlen(style.font))});
	kh_flow_close(&d->flow);
}

static void begin_place(struct kh_docx *d, enum kh_document_part part)
{
	kh_array_push(&d->places, ((struct kh_docx_place){part, false, d->tables.n}));
}

void kh_docx_begin_header(struct kh_docx *d)
{
	begin_place(d, KH_PART_HEADER);
}

void kh_docx_begin_footer(struct kh_docx *d)
{
	begin_place(d, KH_PART_FOOTER);
}

void kh_docx_begin_note(struct kh_docx *d)
{
	begin_place(d, KH_PART_NOTE);
}

/* Comments of Word 2003, and its marks of changes, which leave the text where it is. */
void kh_docx_begin_annotation(struct kh_docx *d, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "type");
	begin_place(d, type && kh_streq(type, "Word.Comment") ? KH_PART_COMMENT : innermost(d).part);
}

/* ---- texts that are there twice ---- */

static size_t length_of_open(const struct kh_docx *d)
{
	return d->flow.n_open > 0 ? d->flow.paragraphs.v[d->flow.n_open - 1].text.len : 0;
}

void kh_docx_begin_alternates(struct kh_docx *d)
{
	kh_array_push(&d->alternates, ((struct kh_docx_alternate){d->flow.given, length_of_open(d)}));
	d->flow.given = false;
}

void kh_docx_begin_choice(struct kh_docx *d)
{
	if (d->alternates.n > 0 && (d->flow.given || length_of_open(d) != d->alternates.v[d->alternates.n - 1].length))
		kh_xml_leave_out(d->xml);
}

void kh_docx_end_alternates(struct kh_docx *d)
{
	if (d->alternates.n > 0)
		d->flow.given |= d->alternates.v[--d->alternates.n].given;
}

/* ---- tables ---- */

void kh_docx_begin_table(struct kh_docx *d)
{
	d->now = &kh_array_push(&d->tables, (struct kh_docx_table){0})->look;
}

void kh_docx_end_table(struct kh_docx *d)
{
	d->tables.n -= table_of(d) ? 1 : 0;
	d->now = NULL;
}

void kh_docx_begin_row(struct kh_docx *d)
{
	struct kh_docx_table *t = table_of(d);
	if (t)
		t->column = 0;
}

void kh_docx_end_row(struct kh_docx *d)
{
	struct kh_docx_table *t = table_of(d);
	if (t)
		t->row++;
}

void kh_docx_begin_cell(struct kh_docx *d)
{
	struct kh_docx_table *t = table_of(d);
	if (!t)
		return;
	t->cell = (struct kh_word_look){0};
	t->in_cell = true;
	d->now = &t->cell;
}

void kh_docx_end_cell(struct kh_docx *d)
{
	struct kh_docx_table *t = table_of(d);
	if (!t)
		return;
	t->in_cell = false;
	t->column++;
}
