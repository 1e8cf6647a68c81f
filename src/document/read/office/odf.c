#include "document/read/office/odf.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/office/odf_styles.h"
#include "document/read/office/opc.h"

#define TYPE "application/vnd.oasis.opendocument."

enum element {
	ANNOTATION = 1, BLANK, CELL, COLUMN, DECLARED_FOOTER, DECLARED_HEADER, DEFAULT_STYLE, FONT_FACE, FOOTER, HEADER, LINE_BREAK, MASTER_PAGE, NOTES, PAGE_LAYOUT, PARAGRAPH,
	PROPERTIES, ROW, SHAPE, SLIDE, SPAN, STYLE, TAB, TABLE, PAGE_SIZE,
};

static const struct kh_xml_name names[] = {
	{"annotation", ANNOTATION}, {"binary-data", KH_XML_LEFT_OUT}, {"caption", SHAPE}, {"chart-properties", PROPERTIES}, {"circle", SHAPE}, {"connector", SHAPE}, {"covered-table-cell", CELL},
	{"custom-shape", SHAPE}, {"default-style", DEFAULT_STYLE}, {"ellipse", SHAPE}, {"font-face", FONT_FACE}, {"footer", FOOTER}, {"footer-decl", DECLARED_FOOTER}, {"footer-first", FOOTER},
	{"footer-left", FOOTER}, {"frame", SHAPE}, {"graphic-properties", PROPERTIES}, {"h", PARAGRAPH}, {"header", HEADER}, {"header-decl", DECLARED_HEADER}, {"header-first", HEADER},
	{"header-left", HEADER}, {"line", SHAPE}, {"line-break", LINE_BREAK}, {"master-page", MASTER_PAGE}, {"notes", NOTES}, {"p", PARAGRAPH},
	{"page", SLIDE}, {"page-layout", PAGE_LAYOUT}, {"page-layout-properties", PAGE_SIZE}, {"paragraph-properties", PROPERTIES}, {"path", SHAPE}, {"polygon", SHAPE}, {"polyline", SHAPE},
	{"rect", SHAPE}, {"regular-polygon", SHAPE}, {"s", BLANK}, {"span", SPAN}, {"style", STYLE}, {"tab", TAB}, {"table", TABLE}, {"table-cell", CELL}, {"table-cell-properties", PROPERTIES},
	{"table-column", COLUMN}, {"table-row", ROW},
	{"text-properties", PROPERTIES}, {"tracked-changes", KH_XML_LEFT_OUT},
};

struct layout {
	char *name;
	double width, height;
};

/* Columns up to this one have this style, where a cell says none itself. */
struct column {
	uint64_t end;
	char *style;
};

struct odf {
	struct kh_reading *r;
	struct kh_xml *xml;
	bool slides; /* a presentation: pages are slides, and tables are on them */
	struct kh_odf_styles styles;
	KH_ARRAY(struct layout) layouts;
	double width, height; /* of slides */

	uint32_t page;
	bool in_master, in_cell, cell_has_line, in_shape;
	unsigned in_header, in_footer, in_notes, in_comment;
	struct kh_odf_look cell, shape;
	KH_ARRAY(struct column) columns; /* of the table */
	uint64_t column; /* of the next cell in its row */
	char *row_style;
	struct kh_line_look place; /* of the shape */
	enum kh_document_part part; /* of texts that are nothing else */

	KH_ARRAY(struct kh_odf_look) looks; /* of the open paragraphs and spans */
	unsigned too_deep;
	size_t paragraphs; /* open */
};

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

static void begin_layout(struct odf *o, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "name");
	if (name && o->layouts.n < KH_ODF_MAX_STYLES)
		kh_array_push(&o->layouts, (struct layout){.name = kh_strdup(name)});
}

static void tell_layout(struct odf *o, const char **attributes)
{
	struct layout *l = o->layouts.n > 0 ? &o->layouts.v[o->layouts.n - 1] : NULL;
	if (l && l->width <= 0 && !(length_of(attributes, "page-width", &l->width) && length_of(attributes, "page-height", &l->height)))
		l->width = l->height = 0;
}

/* All slides have the size that the first master page has. */
static void begin_master_page(struct odf *o, const char **attributes)
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

static void place_shape(struct odf *o, const char **attributes)
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

static enum kh_document_part part_of_class(const struct odf *o, const char *class)
{
	if (kh_streq(class, "footer") || kh_streq(class, "date-time") || kh_streq(class, "page-number"))
		return KH_PART_FOOTER;
	if (kh_streq(class, "header"))
		return KH_PART_HEADER;
	return o->slides && class ? KH_PART_BODY : KH_PART_BOX;
}

static void begin_shape(struct odf *o, const char **attributes)
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

static void forget_columns(struct odf *o)
{
	kh_array_each(&o->columns, c)
		free(c->style);
	o->columns.n = 0;
}

static void take_column(struct odf *o, const char **attributes)
{
	uint64_t before = o->columns.n > 0 ? o->columns.v[o->columns.n - 1].end : 0;
	if (o->columns.n < KH_ODF_MAX_STYLES)
		kh_array_push(&o->columns, ((struct column){before + repeated(attributes), kh_strdup(kh_xml_attribute(attributes, "default-cell-style-name"))}));
}

static void begin_row(struct odf *o, const char **attributes)
{
	free(o->row_style);
	o->row_style = kh_strdup(kh_xml_attribute(attributes, "default-cell-style-name"));
	o->column = 0;
}

static const char *style_of_column(const struct odf *o)
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

static void begin_cell(struct odf *o, const char **attributes)
{
	const char *own = kh_xml_attribute(attributes, "style-name");
	o->cell = (struct kh_odf_look){0};
	kh_odf_apply(&o->styles, &o->cell, "table-cell", own ? own : o->row_style ? o->row_style : style_of_column(o));
	o->column += repeated(attributes);
	o->in_cell = true;
	o->cell_has_line = false;
}

/* ---- lines ---- */

static enum kh_document_part part_now(const struct odf *o)
{
	if (o->in_comment || o->in_notes)
		return o->in_comment ? KH_PART_COMMENT : KH_PART_NOTE;
	if (o->in_header || o->in_footer)
		return o->in_header ? KH_PART_HEADER : KH_PART_FOOTER;
	return o->in_cell && (o->slides || !o->in_shape) ? KH_PART_CELL : o->in_shape ? o->part : KH_PART_BODY;
}

static bool in_cell_itself(const struct odf *o)
{
	return part_now(o) == KH_PART_CELL && !o->slides;
}

static void begin_line(struct odf *o)
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

static void push_look(struct odf *o, const struct kh_odf_look *look)
{
	if (o->looks.n < KH_ODF_MAX_SPANS)
		kh_array_push(&o->looks, *look);
	else
		o->too_deep++;
}

static void pop_look(struct odf *o)
{
	if (o->too_deep > 0)
		o->too_deep--;
	else if (o->looks.n > 0)
		o->looks.n--;
}

static void add_text(void *context, const char *text, size_t n)
{
	struct odf *o = context;
	if (o->paragraphs == 0)
		return;
	if (!o->r->lines.open) /* goes on behind what stood inside */
		begin_line(o);
	struct kh_run_look run = {0};
	if (o->looks.n > 0)
		run = kh_odf_run(&o->looks.v[o->looks.n - 1]);
	kh_line_add(&o->r->lines, text, n, &run);
}

/* Paragraphs of a cell are one line. */
static void begin_paragraph(struct odf *o, const char **attributes)
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
		add_text(o, " ", 1);
	else
		begin_line(o);
	o->cell_has_line |= in_cell_itself(o);
}

static void end_paragraph(struct odf *o)
{
	pop_look(o);
	o->paragraphs -= o->paragraphs > 0;
	if (!in_cell_itself(o))
		kh_line_end(&o->r->lines);
}

static void begin_span(struct odf *o, const char **attributes)
{
	struct kh_odf_look look = o->looks.n > 0 ? o->looks.v[o->looks.n - 1] : (struct kh_odf_look){0};
	kh_odf_apply(&o->styles, &look, "text", kh_xml_attribute(attributes, "style-name"));
	push_look(o, &look);
}

static void break_line(struct odf *o, const char **attributes)
{
	(void)attributes;
	if (in_cell_itself(o))
		add_text(o, " ", 1);
	else if (o->paragraphs > 0)
		begin_line(o);
}

/* ---- elements ---- */

static void begin_font_face(struct odf *o, const char **attributes)
{
	kh_odf_font_face(&o->styles, attributes);
}

static void begin_style(struct odf *o, const char **attributes)
{
	kh_odf_style_begin(&o->styles, attributes, false);
}

static void begin_default_style(struct odf *o, const char **attributes)
{
	kh_odf_style_begin(&o->styles, attributes, true);
}

static void end_style(struct odf *o)
{
	kh_odf_style_end(&o->styles);
}

static void tell_style(struct odf *o, const char **attributes)
{
	kh_odf_style_tell(&o->styles, attributes);
}

static void end_master_page(struct odf *o)
{
	o->in_master = false;
}

static void begin_table(struct odf *o, const char **attributes)
{
	(void)attributes;
	o->page += !o->slides;
	forget_columns(o);
}

static void begin_slide(struct odf *o, const char **attributes)
{
	(void)attributes;
	o->page += o->slides;
}

static void end_cell(struct odf *o)
{
	kh_line_end(&o->r->lines);
	o->in_cell = false;
}

static void end_shape(struct odf *o)
{
	o->in_shape = false;
}

static void add_blank(struct odf *o, const char **attributes)
{
	(void)attributes;
	add_text(o, " ", 1);
}

static void add_tab(struct odf *o, const char **attributes)
{
	(void)attributes;
	add_text(o, "\t", 1);
}

static void leave(unsigned *counter)
{
	*counter -= *counter > 0;
}

static void begin_annotation(struct odf *o, const char **attributes)
{
	(void)attributes;
	o->in_comment++;
}

static void end_annotation(struct odf *o)
{
	leave(&o->in_comment);
}

static void begin_notes(struct odf *o, const char **attributes)
{
	(void)attributes;
	o->in_notes++;
}

static void end_notes(struct odf *o)
{
	leave(&o->in_notes);
}

static void begin_displayed(struct odf *o, unsigned *counter, const char **attributes)
{
	if (kh_streq(kh_xml_attribute(attributes, "display"), "false"))
		kh_xml_leave_out(o->xml);
	else
		++*counter;
}

static void begin_header(struct odf *o, const char **attributes)
{
	begin_displayed(o, &o->in_header, attributes);
}

static void end_header(struct odf *o)
{
	leave(&o->in_header);
}

static void begin_footer(struct odf *o, const char **attributes)
{
	begin_displayed(o, &o->in_footer, attributes);
}

static void end_footer(struct odf *o)
{
	leave(&o->in_footer);
}

/* The text of a declaration stands in it without a paragraph. */
static void begin_declared(struct odf *o, unsigned *counter)
{
	++*counter;
	o->paragraphs++;
	begin_line(o);
}

static void end_declared(struct odf *o, unsigned *counter)
{
	kh_line_end(&o->r->lines);
	o->paragraphs -= o->paragraphs > 0;
	leave(counter);
}

static void begin_declared_header(struct odf *o, const char **attributes)
{
	(void)attributes;
	begin_declared(o, &o->in_header);
}

static void end_declared_header(struct odf *o)
{
	end_declared(o, &o->in_header);
}

static void begin_declared_footer(struct odf *o, const char **attributes)
{
	(void)attributes;
	begin_declared(o, &o->in_footer);
}

static void end_declared_footer(struct odf *o)
{
	end_declared(o, &o->in_footer);
}

static const struct {
	void (*start)(struct odf *o, const char **attributes);
	void (*end)(struct odf *o);
} elements[] = {
	[ANNOTATION] = {begin_annotation, end_annotation},
	[BLANK] = {add_blank, NULL},
	[CELL] = {begin_cell, end_cell},
	[COLUMN] = {take_column, NULL},
	[DECLARED_FOOTER] = {begin_declared_footer, end_declared_footer},
	[DECLARED_HEADER] = {begin_declared_header, end_declared_header},
	[DEFAULT_STYLE] = {begin_default_style, end_style},
	[FONT_FACE] = {begin_font_face, NULL},
	[FOOTER] = {begin_footer, end_footer},
	[HEADER] = {begin_header, end_header},
	[LINE_BREAK] = {break_line, NULL},
	[MASTER_PAGE] = {begin_master_page, end_master_page},
	[NOTES] = {begin_notes, end_notes},
	[PAGE_LAYOUT] = {begin_layout, NULL},
	[PAGE_SIZE] = {tell_layout, NULL},
	[PARAGRAPH] = {begin_paragraph, end_paragraph},
	[PROPERTIES] = {tell_style, NULL},
	[ROW] = {begin_row, NULL},
	[SHAPE] = {begin_shape, end_shape},
	[SLIDE] = {begin_slide, NULL},
	[SPAN] = {begin_span, pop_look},
	[STYLE] = {begin_style, end_style},
	[TAB] = {add_tab, NULL},
	[TABLE] = {begin_table, NULL},
};

static void on_start(void *context, unsigned id, const char **attributes)
{
	if (id < KH_COUNT(elements) && elements[id].start)
		elements[id].start(context, attributes);
}

static void on_end(void *context, unsigned id)
{
	if (id < KH_COUNT(elements) && elements[id].end)
		elements[id].end(context);
}

/* ---- the whole ---- */

static void read_xml(struct odf *o, const char *name, const uint8_t *bytes, size_t n)
{
	static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, add_text};
	if (kh_reading_over(o->r))
		return;
	kh_xml_read(o->r, name, &format, o, &o->xml, bytes, n);
	kh_line_end(&o->r->lines);
	o->looks.n = o->too_deep = 0;
	o->paragraphs = 0;
	o->in_master = o->in_cell = o->in_shape = false;
	o->in_header = o->in_footer = o->in_notes = o->in_comment = 0;
}

static bool is_wanted(const char *name)
{
	return kh_streq(name, "META-INF/manifest.xml") || kh_streq(name, "meta.xml") || kh_streq(name, "styles.xml") || kh_streq(name, "content.xml") || kh_ends_with(name, "/content.xml");
}

static bool is_encrypted(const struct kh_parts *parts)
{
	static const char mark[] = "encryption-data";
	const struct kh_part *p = kh_parts_find(parts, "META-INF/manifest.xml");
	return p && memmem(p->bytes, p->n, mark, strlen(mark));
}

static void read_part(struct odf *o, const struct kh_parts *parts, const char *name)
{
	const struct kh_part *p = kh_parts_find(parts, name);
	if (p)
		read_xml(o, p->name, p->bytes, p->n);
}

/* Charts, formulas and the like are documents of their own, in folders. */
static void read_objects(struct odf *o, const struct kh_parts *parts)
{
	kh_array_each(&parts->list, p)
		if (kh_ends_with(p->name, "/content.xml")) {
			o->page = 0;
			o->part = KH_PART_BOX;
			o->in_shape = true;
			o->place.placed = false;
			read_xml(o, p->name, p->bytes, p->n);
		}
}

static void read_package(struct odf *o, const struct kh_parts *parts)
{
	const struct kh_part *meta = kh_parts_find(parts, "meta.xml");
	if (is_encrypted(parts)) /* told when the package was taken apart */
		return;
	if (!kh_parts_find(parts, "content.xml"))
		kh_reading_gap(o->r, KH_GAP_DAMAGED, NULL);
	if (meta)
		kh_opc_read_property_part(o->r, meta);
	read_part(o, parts, "styles.xml");
	read_part(o, parts, "content.xml");
	read_objects(o, parts);
}

static bool is_zip(const uint8_t *bytes, size_t n)
{
	return n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

static void read_odf(struct kh_reading *r, bool slides, const uint8_t *bytes, size_t n)
{
	struct odf o = {.r = r, .slides = slides};
	if (is_zip(bytes, n)) {
		struct kh_parts parts;
		kh_parts_init(&parts, r, bytes, n, is_wanted);
		read_package(&o, &parts);
		kh_parts_done(&parts);
	} else {
		const struct kh_part whole = {.bytes = (uint8_t *)bytes, .n = n};
		kh_opc_read_property_part(r, &whole);
		read_xml(&o, NULL, bytes, n);
	}
	kh_array_each(&o.layouts, l)
		free(l->name);
	kh_array_done(&o.layouts);
	forget_columns(&o);
	kh_array_done(&o.columns);
	free(o.row_style);
	kh_array_done(&o.looks);
	kh_odf_styles_done(&o.styles);
}

static void read_ods(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	read_odf(r, false, bytes, n);
}

static void read_odp(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	read_odf(r, true, bytes, n);
}

/* ---- what is inside ---- */

static bool is_inside(const char *name)
{
	return kh_starts_with(name, "Pictures/") || (kh_starts_with(name, "Object") && !strchr(name, '/'));
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	if (is_zip(bytes, n))
		kh_reading_members(r, bytes, n, is_inside);
}

/* ---- is it one? ---- */

/* As one file of XML: an attribute near the beginning. */
static bool is_flat(const uint8_t *bytes, size_t n, const char *type)
{
	enum { LOOK = 8192 };
	const uint8_t *found = memmem(bytes, KH_MIN(n, (size_t)LOOK), type, strlen(type));
	return found && (memcmp(bytes, "<?xml", 5) == 0 || memcmp(bytes, "\xef\xbb\xbf<?", 5) == 0) && memmem(bytes, (size_t)(found - bytes), "office:document", strlen("office:document"));
}

static bool looks_like_ods(const uint8_t *bytes, size_t n)
{
	return kh_package_is_opendocument(bytes, n, "spreadsheet") || is_flat(bytes, n, TYPE "spreadsheet");
}

static bool looks_like_odp(const uint8_t *bytes, size_t n)
{
	return kh_package_is_opendocument(bytes, n, "presentation") || is_flat(bytes, n, TYPE "presentation");
}

const struct kh_reader kh_ods_reader = {KH_DOCUMENT_ODS, looks_like_ods, read_ods, give_members};
const struct kh_reader kh_odp_reader = {KH_DOCUMENT_ODP, looks_like_odp, read_odp, give_members};
