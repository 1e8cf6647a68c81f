#include "document/read/office/odf_state.h"

#include "document/read/office/limits.h"

/* ---- lines ---- */

static enum kh_document_part part_now(const struct kh_odf *o)
{
	if (o->in_comment || o->in_notes)
		return o->in_comment ? KH_PART_COMMENT : KH_PART_NOTE;
	if (o->in_header || o->in_footer)
		return o->in_header ? KH_PART_HEADER : KH_PART_FOOTER;
	return o->in_cell && (o->slides || !o->in_shape) ? KH_PART_CELL : o->in_shape ? o->part : KH_PART_BODY;
}

static bool in_cell_itself(const struct kh_odf *o)
{
	return part_now(o) == KH_PART_CELL && !o->slides;
}

void kh_odf_begin_line(struct kh_odf *o)
{
	const struct kh_odf_look *look = o->looks.n > 0 ? &o->looks.v[o->looks.n - 1] : &o->shape;
	struct kh_line_look line = {.part = part_now(o), .page = o->in_master ? 1 : o->page, .centred = look->centred};
	const struct kh_odf_look *around = line.part == KH_PART_CELL ? &o->cell : &o->shape;
	line.framed = (look->sides & KH_ODF_ALL_SIDES) == KH_ODF_ALL_SIDES;
	if (line.part == KH_PART_CELL || o->in_shape)
		line.framed |= (around->sides & KH_ODF_ALL_SIDES) == KH_ODF_ALL_SIDES || (line.part != KH_PART_CELL && around->stroke);
	if (o->in_shape && line.part != KH_PART_COMMENT && line.part != KH_PART_NOTE && o->place.placed) {
		line.placed = true;
		line.left = o->place.left;
		line.top = o->place.top;
		line.right = o->place.right;
		line.bottom = o->place.bottom;
	}
	kh_line_begin(&o->r->lines, &line);
}

static void push_look(struct kh_odf *o, const struct kh_odf_look *look)
{
	if (o->looks.n < KH_ODF_MAX_SPANS)
		kh_array_push(&o->looks, *look);
	else
		o->too_deep++;
}

void kh_odf_pop_look(struct kh_odf *o)
{
	if (o->too_deep > 0)
		o->too_deep--;
	else if (o->looks.n > 0)
		o->looks.n--;
}

void kh_odf_add_text(void *context, const char *text, size_t n)
{
	struct kh_odf *o = context;
	if (o->paragraphs == 0)
		return;
	if (!o->r->lines.open) /* goes on behind what stood inside */
		kh_odf_begin_line(o);
	struct kh_run_look run = {0};
	if (o->looks.n > 0)
		run = kh_odf_run(&o->looks.v[o->looks.n - 1]);
	kh_line_add(&o->r->lines, text, n, &run);
}

/* Paragraphs of a cell are one line. */
void kh_odf_begin_paragraph(struct kh_odf *o, const char **attributes)
{
	struct kh_odf_look look = {0};
	if (o->in_cell && part_now(o) == KH_PART_CELL)
		kh_odf_look_over(&look, &o->cell);
	else if (o->in_shape)
		kh_odf_look_over(&look, &o->shape);
	look.sides = 0; /* those of the cell and the shape are theirs */
	if (kh_xml_attribute(attributes, "style-name"))
		kh_odf_apply(&o->styles, &look, "paragraph", kh_xml_attribute(attributes, "style-name"));
	push_look(o, &look);
	o->paragraphs++;
	if (in_cell_itself(o) && o->cell_has_line && o->r->lines.open)
		kh_odf_add_text(o, " ", 1);
	else
		kh_odf_begin_line(o);
	o->cell_has_line |= in_cell_itself(o);
}

void kh_odf_end_paragraph(struct kh_odf *o)
{
	kh_odf_pop_look(o);
	o->paragraphs -= o->paragraphs > 0;
	if (!in_cell_itself(o))
		kh_line_end(&o->r->lines);
}

void kh_odf_begin_span(struct kh_odf *o, const char **attributes)
{
	struct kh_odf_look look = o->looks.n > 0 ? o->looks.v[o->looks.n - 1] : (struct kh_odf_look){0};
	kh_odf_apply(&o->styles, &look, "text", kh_xml_attribute(attributes, "style-name"));
	push_look(o, &look);
}

void kh_odf_break_line(struct kh_odf *o, const char **attributes)
{
	(void)attributes;
	if (in_cell_itself(o))
		kh_odf_add_text(o, " ", 1);
	else if (o->paragraphs > 0)
		kh_odf_begin_line(o);
}
