#include "document/read/office/odf_state.h"

#include "base/str.h"
#include "document/read/office/limits.h"

#include <stdlib.h>

/* ---- lengths ---- */

/* "2.5cm": in points. */
static bool length_of(const char **attributes, const char *name, double *ret)
{
	static const struct {
		const char *unit;
		double points;
	} units[] = {{"cm", 72 / 2.54}, {"mm", 72 / 25.4}, {"in", 72}, {"pt", 1}, {"pc", 12}, {"px", 0.75}};
	const char *said = kh_xml_attribute(attributes, name);
	char *end = NULL;
	double value = said ? strtod(said, &end) : 0;
	for (size_t i = 0; said && end > said && i < KH_COUNT(units); i++)
		if (kh_streq(end, units[i].unit)) {
			*ret = value * units[i].points;
			return true;
		}
	return false;
}

/* ---- page layouts ---- */

void kh_odf_begin_layout(struct kh_odf *o, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "name");
	if (name && o->layouts.n < KH_ODF_MAX_STYLES)
		kh_array_push(&o->layouts, (struct kh_odf_layout){.name = kh_strdup(name)});
}

void kh_odf_tell_layout(struct kh_odf *o, const char **attributes)
{
	struct kh_odf_layout *l = o->layouts.n > 0 ? &o->layouts.v[o->layouts.n - 1] : NULL;
	if (l && l->width <= 0 && !(length_of(attributes, "page-width", &l->width) && length_of(attributes, "page-height", &l->height)))
		l->width = l->height = 0;
}

/* All slides have the size that the first master page has. */
void kh_odf_begin_master_page(struct kh_odf *o, const char **attributes)
{
	const char *layout = kh_xml_attribute(attributes, "page-layout-name");
	o->in_master = true;
	kh_array_each(&o->layouts, l)
		if (o->width <= 0 && kh_streq(l->name, layout)) {
			o->width = l->width;
			o->height = l->height;
		}
}

/* ---- shapes and cells ---- */

static void place_shape(struct kh_odf *o, const char **attributes)
{
	double x = 0, y = 0, width = 0, height = 0;
	o->place.placed = false;
	if (!o->slides || o->width <= 0 || o->height <= 0 || kh_xml_attribute(attributes, "transform") || !length_of(attributes, "x", &x) || !length_of(attributes, "y", &y) ||
	    !length_of(attributes, "width", &width) || !length_of(attributes, "height", &height))
		return;
	o->place.placed = true;
	o->place.left = (float)(x / o->width);
	o->place.top = (float)(y / o->height);
	o->place.right = (float)((x + width) / o->width);
	o->place.bottom = (float)((y + height) / o->height);
}

static bool is_on(const char **attributes, const char *name)
{
	return kh_streq(kh_xml_attribute(attributes, name), "true");
}

static enum kh_document_part part_of_class(const struct kh_odf *o, const char *class)
{
	if (kh_streq(class, "footer") || kh_streq(class, "date-time") || kh_streq(class, "page-number"))
		return KH_PART_FOOTER;
	if (kh_streq(class, "header"))
		return KH_PART_HEADER;
	return o->slides && class ? KH_PART_BODY : KH_PART_BOX;
}

void kh_odf_begin_shape(struct kh_odf *o, const char **attributes)
{
	const char *class = kh_xml_attribute(attributes, "class"), *presentation = NULL;
	for (const char **a = attributes; *a; a += 2)
		presentation = kh_streq(a[0], "presentation:style-name") ? a[1] : presentation;
	if (o->in_master && is_on(attributes, "placeholder")) {
		kh_xml_leave_out(o->xml);
		return;
	}
	o->shape = (struct kh_odf_look){0};
	kh_odf_apply(&o->styles, &o->shape, presentation ? "presentation" : "graphic", presentation ? presentation : kh_xml_attribute(attributes, "style-name"));
	if (kh_xml_attribute(attributes, "text-style-name"))
		kh_odf_apply(&o->styles, &o->shape, "paragraph", kh_xml_attribute(attributes, "text-style-name"));
	place_shape(o, attributes);
	o->part = part_of_class(o, class);
	o->in_shape = true;
}

static uint64_t repeated(const char **attributes)
{
	int64_t n = 1;
	return kh_parse_int(kh_xml_attribute(attributes, "number-columns-repeated"), 1, INT32_MAX, &n) ? (uint64_t)n : 1;
}

void kh_odf_forget_columns(struct kh_odf *o)
{
	kh_array_each(&o->columns, c)
		free(c->style);
	o->columns.n = 0;
}

void kh_odf_take_column(struct kh_odf *o, const char **attributes)
{
	uint64_t before = o->columns.n > 0 ? o->columns.v[o->columns.n - 1].end : 0;
	if (o->columns.n < KH_ODF_MAX_STYLES)
		kh_array_push(&o->columns, ((struct kh_odf_column){before + repeated(attributes), kh_strdup(kh_xml_attribute(attributes, "default-cell-style-name"))}));
}

void kh_odf_begin_row(struct kh_odf *o, const char **attributes)
{
	free(o->row_style);
	o->row_style = kh_strdup(kh_xml_attribute(attributes, "default-cell-style-name"));
	o->column = 0;
}

static const char *style_of_column(const struct kh_odf *o)
{
	size_t from = 0, to = o->columns.n;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (o->columns.v[middle].end <= o->column)
			from = middle + 1;
		else
			to = middle;
	}
	return from < o->columns.n && o->columns.v[from].style ? o->columns.v[from].style : "Default";
}

void kh_odf_begin_cell(struct kh_odf *o, const char **attributes)
{
	const char *own = kh_xml_attribute(attributes, "style-name");
	o->cell = (struct kh_odf_look){0};
	kh_odf_apply(&o->styles, &o->cell, "table-cell", own ? own : o->row_style ? o->row_style : style_of_column(o));
	o->column += repeated(attributes);
	o->in_cell = true;
	o->cell_has_line = false;
}
