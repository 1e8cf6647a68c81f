#include "document/read/office/xlsx.h"

#include "base/str.h"
#include "document/read/office/book.h"
#include "document/read/office/drawing.h"
#include "document/read/office/limits.h"
#include "document/read/office/opc.h"
#include "document/read/style.h"
#include "document/read/xml.h"

struct sheet {
	char *name, *part;
};

/* A range of cells, from 0. */
struct range {
	uint32_t left, top, right, bottom;
};

struct xlsx {
	struct kh_reading *r;
	struct kh_parts parts;
	struct kh_book book;
	struct kh_opc_relations relations; /* of the workbook */
	KH_ARRAY(struct sheet) sheets;

	/* Styles. */
	bool in_fonts, in_formats;
	KH_ARRAY(unsigned) borders; /* sides */

	/* The part being read. */
	uint32_t page;
	bool in_text, in_run;
	uint32_t run_font;
	KH_ARRAY(struct range) merged;
	size_t format;
	bool is_shared; /* the cell's text is a number of a string */
	struct kh_buf value;
	enum kh_document_part part;
};

static const struct kh_part *find(struct xlsx *x, const char *name)
{
	return name ? kh_parts_find(&x->parts, name) : NULL;
}

static void read_part(struct xlsx *x, const struct kh_part *p, const struct kh_xml_format *f)
{
	if (p && !kh_reading_over(x->r))
		kh_xml_read(x->r, p->name, f, x, NULL, p->bytes, p->n);
	kh_line_end(&x->r->lines);
	x->in_text = x->in_run = false;
}

static uint32_t number_of(const char **attributes, const char *name)
{
	int64_t n = 0;
	return kh_parse_int(kh_xml_attribute(attributes, name), 0, UINT32_MAX - 1, &n) ? (uint32_t)n : 0;
}

/* ---- the workbook ---- */

enum { SHEET = 1 };
static const struct kh_xml_name workbook_names[] = {{"sheet", SHEET}};

static void workbook_start(void *context, unsigned id, const char **attributes)
{
	struct xlsx *x = context;
	const char *name = kh_xml_attribute(attributes, "name");
	if (id == SHEET && x->sheets.n < KH_BOOK_MAX_SHEETS)
		kh_array_push(&x->sheets, ((struct sheet){kh_strdup(name ? name : ""), kh_strdup(kh_opc_target(&x->relations, kh_opc_id(attributes)))}));
}

static const struct kh_xml_format workbook_format = {workbook_names, KH_COUNT(workbook_names), workbook_start, kh_xml_no_end, kh_xml_no_text};

static void give_names(struct xlsx *x)
{
	uint32_t page = 0;
	kh_array_each(&x->sheets, s) {
		kh_line_begin(&x->r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES, .page = ++page});
		kh_line_add(&x->r->lines, s->name, strlen(s->name), &(struct kh_run_look){0});
		kh_line_end(&x->r->lines);
	}
}

/* ---- styles ---- */

enum { STYLE_ALIGNMENT = 1, STYLE_BOLD, STYLE_BORDER, STYLE_BOTTOM, STYLE_COLOR, STYLE_FONT, STYLE_FONTS, STYLE_FORMAT, STYLE_FORMATS, STYLE_LEFT, STYLE_NAME, STYLE_RIGHT, STYLE_SIZE, STYLE_TOP };
static const struct kh_xml_name style_names[] = {
	{"alignment", STYLE_ALIGNMENT}, {"b", STYLE_BOLD}, {"border", STYLE_BORDER}, {"bottom", STYLE_BOTTOM}, {"cellXfs", STYLE_FORMATS}, {"color", STYLE_COLOR}, {"dxfs", KH_XML_LEFT_OUT},
	{"end", STYLE_RIGHT}, {"font", STYLE_FONT}, {"fonts", STYLE_FONTS}, {"left", STYLE_LEFT}, {"name", STYLE_NAME}, {"right", STYLE_RIGHT}, {"start", STYLE_LEFT}, {"sz", STYLE_SIZE},
	{"top", STYLE_TOP}, {"xf", STYLE_FORMAT},
};

static bool is_off(const char *value)
{
	return kh_streq(value, "0") || kh_streq(value, "false");
}

static bool says_red(const char **attributes)
{
	const char *rgb = kh_xml_attribute(attributes, "rgb"), *index = kh_xml_attribute(attributes, "indexed");
	if (rgb)
		return kh_style_color_is_red(strlen(rgb) == 8 ? rgb + 2 : rgb); /* the first two: how opaque */
	return index && kh_book_color_is_red(number_of(attributes, "indexed"));
}

/* What is said of a font: of the workbook's styles, or of a run. */
static void tell_font(struct kh_book_font *f, unsigned id, const char **attributes)
{
	const char *value = kh_xml_attribute(attributes, "val");
	if (id == STYLE_BOLD)
		f->bold = !is_off(value);
	if (id == STYLE_COLOR)
		f->red = says_red(attributes);
	if (id == STYLE_SIZE)
		f->size_pt = value ? strtof(value, NULL) : 0;
	if (id == STYLE_NAME && value) {
		free(f->name);
		f->name = kh_strdup(value);
	}
}

static void tell_side(struct xlsx *x, unsigned side, const char **attributes)
{
	const char *style = kh_xml_attribute(attributes, "style");
	if (x->borders.n > 0 && style && !kh_streq(style, "none"))
		x->borders.v[x->borders.n - 1] |= side;
}

static void begin_format(struct xlsx *x, const char **attributes)
{
	uint32_t border = number_of(attributes, "borderId");
	struct kh_book_format f = {.font = number_of(attributes, "fontId"), .sides = border < x->borders.n ? x->borders.v[border] : 0};
	if (x->in_formats && x->book.formats.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&x->book.formats, f);
}

static void styles_start(void *context, unsigned id, const char **attributes)
{
	static const unsigned sides[] = {[STYLE_LEFT] = KH_BORDER_LEFT, [STYLE_RIGHT] = KH_BORDER_RIGHT, [STYLE_TOP] = KH_BORDER_TOP, [STYLE_BOTTOM] = KH_BORDER_BOTTOM};
	struct xlsx *x = context;
	struct kh_book *b = &x->book;
	if (id == STYLE_FONTS || id == STYLE_FORMATS)
		*(id == STYLE_FONTS ? &x->in_fonts : &x->in_formats) = true;
	else if (id == STYLE_FONT && x->in_fonts && b->fonts.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&b->fonts, (struct kh_book_font){0});
	else if (id == STYLE_BORDER && x->borders.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&x->borders, 0U);
	else if (id == STYLE_FORMAT)
		begin_format(x, attributes);
	else if (id == STYLE_ALIGNMENT && x->in_formats && b->formats.n > 0)
		b->formats.v[b->formats.n - 1].centred = kh_find_nocase(kh_xml_attribute(attributes, "horizontal") ? kh_xml_attribute(attributes, "horizontal") : "", "center") != NULL;
	else if (x->in_fonts && b->fonts.n > 0)
		tell_font(&b->fonts.v[b->fonts.n - 1], id, attributes);
	else if (id < KH_COUNT(sides) && sides[id])
		tell_side(x, sides[id], attributes);
}

static void styles_end(void *context, unsigned id)
{
	struct xlsx *x = context;
	if (id == STYLE_FONTS)
		x->in_fonts = false;
	if (id == STYLE_FORMATS)
		x->in_formats = false;
}

static const struct kh_xml_format styles_format = {style_names, KH_COUNT(style_names), styles_start, styles_end, kh_xml_no_text};

/* ---- texts made of runs: shared strings, cells, comments ---- */

enum { TEXT_BOLD = STYLE_BOLD, TEXT_COLOR = STYLE_COLOR, TEXT_NAME = STYLE_NAME, TEXT_SIZE = STYLE_SIZE, TEXT_RUN = 20, TEXT_RUN_LOOK, TEXT_STRING, TEXT_TEXT, CELL, COMMENT, FOOTER,
       HEADER, LONG_TEXT, VALUE };

/* A run with a look of its own has a font of its own, added to the workbook's. */
static void start_in_text(struct xlsx *x, unsigned id, const char **attributes)
{
	struct kh_book *b = &x->book;
	if (id == TEXT_RUN) {
		x->run_font = KH_BOOK_FONT_OF_CELL;
	} else if (id == TEXT_RUN_LOOK && b->fonts.n < KH_BOOK_MAX_FORMATS) {
		kh_array_push(&b->fonts, (struct kh_book_font){0});
		x->in_run = true;
	} else if (id == TEXT_TEXT) {
		x->in_text = true;
	} else if (x->in_run) {
		tell_font(&b->fonts.v[b->fonts.n - 1], id, attributes);
	}
}

static bool same_font(const struct kh_book_font *a, const struct kh_book_font *b)
{
	return a->red == b->red && a->bold == b->bold && a->size_pt >= b->size_pt && a->size_pt <= b->size_pt && kh_streq(a->name, b->name);
}

/* Runs often look like the run with a look before them. */
static void end_run_look(struct xlsx *x)
{
	struct kh_book *b = &x->book;
	if (!x->in_run)
		return;
	x->in_run = false;
	if (b->fonts.n > 1 && same_font(&b->fonts.v[b->fonts.n - 1], &b->fonts.v[b->fonts.n - 2]))
		free(b->fonts.v[--b->fonts.n].name);
	x->run_font = (uint32_t)b->fonts.n - 1;
}

static void end_in_text(struct xlsx *x, unsigned id)
{
	if (id == TEXT_RUN_LOOK)
		end_run_look(x);
	if (id == TEXT_RUN)
		x->run_font = KH_BOOK_FONT_OF_CELL;
	if (id == TEXT_TEXT)
		x->in_text = false;
}

static const struct kh_xml_name string_names[] = {
	{"b", TEXT_BOLD}, {"color", TEXT_COLOR}, {"r", TEXT_RUN}, {"rFont", TEXT_NAME}, {"rPh", KH_XML_LEFT_OUT}, {"rPr", TEXT_RUN_LOOK}, {"si", TEXT_STRING}, {"sz", TEXT_SIZE}, {"t", TEXT_TEXT},
};

static void strings_start(void *context, unsigned id, const char **attributes)
{
	struct xlsx *x = context;
	start_in_text(x, id, attributes);
	if (id == TEXT_STRING) {
		kh_book_string_begin(&x->book);
		x->run_font = KH_BOOK_FONT_OF_CELL;
	}
}

static void strings_end(void *context, unsigned id)
{
	end_in_text(context, id);
}

static void strings_text(void *context, const char *text, size_t n)
{
	struct xlsx *x = context;
	if (x->in_text)
		kh_book_string_add(&x->book, text, n, x->run_font);
}

static const struct kh_xml_format strings_format = {string_names, KH_COUNT(string_names), strings_start, strings_end, strings_text};

/* ---- merged cells ---- */

/* "BC12" → column 54, row 11; returns what is behind, NULL: it is none. */
static const char *take_reference(const char *s, uint32_t *ret_column, uint32_t *ret_row)
{
	uint32_t column = 0, row = 0;
	const char *letters = s;
	for (; *s >= 'A' && *s <= 'Z' && s - letters < 3; s++)
		column = column * 26 + (uint32_t)(*s - 'A' + 1);
	const char *digits = s;
	for (; *s >= '0' && *s <= '9' && s - digits < 7; s++)
		row = row * 10 + (uint32_t)(*s - '0');
	if (column == 0 || row == 0)
		return NULL;
	*ret_column = column - 1;
	*ret_row = row - 1;
	return s;
}

enum { MERGE = 1 };
static const struct kh_xml_name merge_names[] = {{"mergeCell", MERGE}};

static void merge_start(void *context, unsigned id, const char **attributes)
{
	struct xlsx *x = context;
	struct range m = {0};
	const char *said = id == MERGE ? kh_xml_attribute(attributes, "ref") : NULL;
	said = said ? take_reference(said, &m.left, &m.top) : NULL;
	if (said && *said == ':' && take_reference(said + 1, &m.right, &m.bottom) && x->merged.n < KH_BOOK_MAX_FORMATS)
		kh_array_push(&x->merged, m);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	if (x->top != y->top)
		return x->top < y->top ? -1 : 1;
	return (x->left > y->left) - (x->left < y->left);
}

/* They stand behind the cells, and say how those look: read before, alone. */
static void read_merged(struct xlsx *x, const struct kh_part *p)
{
	static const struct kh_xml_format format = {merge_names, KH_COUNT(merge_names), merge_start, kh_xml_no_end, kh_xml_no_text};
	static const char end_mark[] = "</mergeCells>";
	const uint8_t *from = memmem(p->bytes, p->n, "<mergeCells", strlen("<mergeCells"));
	const uint8_t *end = from ? memmem(from, (size_t)(p->bytes + p->n - from), end_mark, strlen(end_mark)) : NULL;
	x->merged.n = 0;
	if (end)
		kh_xml_read(x->r, p->name, &format, x, NULL, from, (size_t)(end - from) + strlen(end_mark));
	if (x->merged.n > 0)
		qsort(x->merged.v, x->merged.n, sizeof *x->merged.v, compare_ranges);
}

/* Sides of a cell whose borders other cells of its merge have. */
static unsigned sides_elsewhere(const struct xlsx *x, const char *reference)
{
	struct range cell = {0};
	if (x->merged.n == 0 || !reference || !take_reference(reference, &cell.left, &cell.top))
		return 0;
	const struct range *m = bsearch(&cell, x->merged.v, x->merged.n, sizeof *x->merged.v, compare_ranges);
	return !m ? 0 : (m->right > m->left ? KH_BORDER_RIGHT : 0U) | (m->bottom > m->top ? KH_BORDER_BOTTOM : 0U);
}

/* ---- a sheet ---- */

static const struct kh_xml_name sheet_names[] = {
	{"b", TEXT_BOLD}, {"c", CELL}, {"color", TEXT_COLOR}, {"evenFooter", FOOTER}, {"evenHeader", HEADER}, {"firstFooter", FOOTER}, {"firstHeader", HEADER}, {"oddFooter", FOOTER},
	{"oddHeader", HEADER}, {"r", TEXT_RUN}, {"rFont", TEXT_NAME}, {"rPh", KH_XML_LEFT_OUT}, {"rPr", TEXT_RUN_LOOK}, {"sz", TEXT_SIZE}, {"t", TEXT_TEXT}, {"v", VALUE},
};

static void begin_cell(struct xlsx *x, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "t");
	unsigned elsewhere = sides_elsewhere(x, kh_xml_attribute(attributes, "r"));
	x->format = number_of(attributes, "s");
	x->is_shared = kh_streq(type, "s");
	x->run_font = KH_BOOK_FONT_OF_CELL;
	kh_buf_reset(&x->value);
	kh_book_cell_begin(&x->book, x->page, x->format);
	if (elsewhere && x->format < x->book.formats.n)
		x->r->lines.now.look.framed = (x->book.formats.v[x->format].sides | elsewhere) == KH_BORDER_ALL;
}

static void sheet_start(void *context, unsigned id, const char **attributes)
{
	struct xlsx *x = context;
	start_in_text(x, id, attributes);
	if (id == CELL)
		begin_cell(x, attributes);
	x->in_text |= id == VALUE || id == HEADER || id == FOOTER;
	if (id == HEADER || id == FOOTER)
		kh_buf_reset(&x->value);
	x->part = id == HEADER ? KH_PART_HEADER : id == FOOTER ? KH_PART_FOOTER : KH_PART_CELL;
}

static void end_cell(struct xlsx *x)
{
	int64_t string = 0;
	if (x->is_shared && x->r->lines.open && kh_parse_int(kh_buf_text(&x->value), 0, INT64_MAX, &string))
		kh_book_cell_shared(&x->book, x->format, (uint64_t)string);
	kh_line_end(&x->r->lines);
}

static void sheet_end(void *context, unsigned id)
{
	struct xlsx *x = context;
	end_in_text(x, id);
	if (id == CELL)
		end_cell(x);
	if (id == VALUE || id == HEADER || id == FOOTER)
		x->in_text = false;
	if (id == HEADER || id == FOOTER) {
		kh_book_page_text(&x->book, x->page, x->part, kh_buf_text(&x->value), x->value.len);
		x->part = KH_PART_CELL;
	}
}

static void sheet_text(void *context, const char *text, size_t n)
{
	struct xlsx *x = context;
	if (!x->in_text)
		return;
	if (x->is_shared || x->part != KH_PART_CELL)
		kh_buf_add(&x->value, text, n);
	else if (x->r->lines.open)
		kh_book_cell_add(&x->book, x->format, x->run_font, text, n);
}

static const struct kh_xml_format sheet_format = {sheet_names, KH_COUNT(sheet_names), sheet_start, sheet_end, sheet_text};

/* ---- comments ---- */

static const struct kh_xml_name comment_names[] = {
	{"b", TEXT_BOLD}, {"color", TEXT_COLOR}, {"comment", COMMENT}, {"r", TEXT_RUN}, {"rFont", TEXT_NAME}, {"rPh", KH_XML_LEFT_OUT}, {"rPr", TEXT_RUN_LOOK}, {"sz", TEXT_SIZE}, {"t", TEXT_TEXT},
	{"text", LONG_TEXT}, {"threadedComment", COMMENT},
};

static void comments_start(void *context, unsigned id, const char **attributes)
{
	struct xlsx *x = context;
	start_in_text(x, id, attributes);
	x->in_text |= id == LONG_TEXT; /* of a threaded one the text itself */
	if (id == COMMENT)
		kh_line_begin(&x->r->lines, &(struct kh_line_look){.part = KH_PART_COMMENT, .page = x->page});
	if (id == COMMENT)
		x->run_font = KH_BOOK_FONT_OF_CELL;
}

static void comments_end(void *context, unsigned id)
{
	struct xlsx *x = context;
	end_in_text(x, id);
	if (id == COMMENT)
		kh_line_end(&x->r->lines);
}

static void comments_text(void *context, const char *text, size_t n)
{
	struct xlsx *x = context;
	struct kh_run_look look = x->run_font == KH_BOOK_FONT_OF_CELL ? (struct kh_run_look){0} : kh_book_look(&x->book, 0, x->run_font);
	if (x->in_text && x->r->lines.open)
		kh_line_add(&x->r->lines, text, n, &look);
}

static const struct kh_xml_format comments_format = {comment_names, KH_COUNT(comment_names), comments_start, comments_end, comments_text};

/* ---- what belongs to a sheet ---- */

static void read_drawing(struct xlsx *x, const struct kh_part *p)
{
	const struct kh_drawing how = {.part = KH_PART_BOX, .page = x->page};
	if (p && !kh_reading_over(x->r))
		kh_drawing_read(x->r, p->name, p->bytes, p->n, &how);
}

/* A drawing leads to its charts and diagrams. */
static void read_drawings(struct xlsx *x, const char *part)
{
	struct kh_opc_relations relations;
	read_drawing(x, find(x, part));
	kh_opc_relations_init(&relations, &x->parts, part);
	kh_array_each(&relations.list, one)
		if (kh_streq(one->type, "chart") || kh_streq(one->type, "chartEx") || kh_streq(one->type, "diagramData"))
			read_drawing(x, find(x, one->target));
	kh_opc_relations_done(&relations);
}

static void read_related(struct xlsx *x, const char *part)
{
	struct kh_opc_relations relations;
	kh_opc_relations_init(&relations, &x->parts, part);
	kh_array_each(&relations.list, one)
		if (kh_streq(one->type, "drawing"))
			read_drawings(x, one->target);
	kh_array_each(&relations.list, one)
		if (kh_streq(one->type, "comments") || kh_streq(one->type, "threadedComment"))
			read_part(x, find(x, one->target), &comments_format);
	kh_opc_relations_done(&relations);
}

static void read_sheets(struct xlsx *x)
{
	kh_array_each(&x->sheets, s) {
		const struct kh_part *p = find(x, s->part);
		x->page++;
		if (!p || kh_reading_over(x->r))
			continue;
		read_merged(x, p);
		read_part(x, p, &sheet_format);
		read_related(x, p->name);
	}
}

/* ---- the whole ---- */

static bool is_wanted(const char *name)
{
	return kh_opc_is_properties(name) || (kh_starts_with(name, "xl/") && (kh_ends_with(name, ".xml") || kh_ends_with(name, ".rels")));
}

/* Where the package says it is, else where all programs put it. */
static const struct kh_part *find_workbook(struct xlsx *x)
{
	const struct kh_part *p = find(x, "xl/workbook.xml");
	if (!p)
		kh_array_each(&x->parts.list, one)
			if (kh_starts_with(one->name, "xl/workbook") && kh_ends_with(one->name, ".xml"))
				return one;
	return p;
}

static const struct kh_part *related_to_workbook(struct xlsx *x, const char *type)
{
	kh_array_each(&x->relations.list, one)
		if (kh_streq(one->type, type))
			return find(x, one->target);
	return NULL;
}

static void xlsx_done(struct xlsx *x)
{
	kh_array_each(&x->sheets, s) {
		free(s->name);
		free(s->part);
	}
	kh_array_done(&x->sheets);
	kh_array_done(&x->borders);
	kh_array_done(&x->merged);
	kh_buf_done(&x->value);
	kh_opc_relations_done(&x->relations);
	kh_book_done(&x->book);
	kh_parts_done(&x->parts);
}

static void read_xlsx(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct xlsx x = {.r = r, .part = KH_PART_CELL, .run_font = KH_BOOK_FONT_OF_CELL, .value = KH_BUF_MAX(64 * KH_KIB)};
	kh_book_init(&x.book, r);
	kh_parts_init(&x.parts, r, bytes, n, is_wanted);
	const struct kh_part *workbook = find_workbook(&x);
	if (workbook) {
		kh_opc_read_properties(&x.parts);
		kh_opc_relations_init(&x.relations, &x.parts, workbook->name);
		read_part(&x, workbook, &workbook_format);
		give_names(&x);
		read_part(&x, related_to_workbook(&x, "styles"), &styles_format);
		read_part(&x, related_to_workbook(&x, "sharedStrings"), &strings_format);
		read_sheets(&x);
	} else {
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	}
	xlsx_done(&x);
}

/* ---- what is inside, and what it is ---- */

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, kh_opc_is_inside);
}

static bool is_in_xl(void *context, const char *name)
{
	(void)context;
	return kh_starts_with(name, "xl/");
}

static bool looks_like_xlsx(const uint8_t *bytes, size_t n)
{
	return n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0 && kh_package_has(bytes, n, is_in_xl, NULL);
}

const struct kh_reader kh_xlsx_reader = {KH_DOCUMENT_XLSX, looks_like_xlsx, read_xlsx, give_members};
