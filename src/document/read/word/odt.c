#include "document/read/word/odt.h"

#include "base/str.h"
#include "document/read/parts.h"
#include "document/read/style.h"
#include "document/read/word/styles.h"
#include "document/read/xml.h"

enum element {
	ANNOTATION = 1, BODY, BOX, CELL, CELL_LOOK, DEFAULT_STYLE, FONT_FACE, FOOTER, GRAPHIC_LOOK, HEADER, LINE_BREAK, META, NOTE_BODY, PARAGRAPH, PARAGRAPH_LOOK, PROPERTY, SHAPE, SOFT_BREAK, SPACE,
	SPAN, STYLE, STYLES, TAB, TABLE, TEXT_LOOK,
};

static const struct kh_xml_name names[] = {
	{"annotation", ANNOTATION}, {"automatic-styles", STYLES}, {"binary-data", KH_XML_LEFT_OUT}, {"body", BODY}, {"circle", SHAPE}, {"covered-table-cell", CELL}, {"creator", KH_XML_LEFT_OUT},
	{"creator-initials", KH_XML_LEFT_OUT}, {"custom-shape", SHAPE}, {"date", KH_XML_LEFT_OUT}, {"date-string", KH_XML_LEFT_OUT}, {"default-style", DEFAULT_STYLE}, {"desc", KH_XML_LEFT_OUT},
	{"description", PROPERTY}, {"ellipse", SHAPE}, {"font-face", FONT_FACE}, {"footer", FOOTER}, {"footer-first", FOOTER}, {"footer-left", FOOTER}, {"frame", BOX},
	{"graphic-properties", GRAPHIC_LOOK}, {"h", PARAGRAPH}, {"header", HEADER}, {"header-first", HEADER}, {"header-left", HEADER}, {"keyword", PROPERTY}, {"line-break", LINE_BREAK}, {"meta", META},
	{"note-body", NOTE_BODY}, {"note-citation", KH_XML_LEFT_OUT}, {"p", PARAGRAPH}, {"paragraph-properties", PARAGRAPH_LOOK}, {"path", SHAPE}, {"polygon", SHAPE}, {"rect", SHAPE}, {"s", SPACE},
	{"script", KH_XML_LEFT_OUT}, {"scripts", KH_XML_LEFT_OUT}, {"soft-page-break", SOFT_BREAK}, {"span", SPAN}, {"style", STYLE}, {"styles", STYLES}, {"subject", PROPERTY}, {"tab", TAB},
	{"table", TABLE}, {"table-cell", CELL}, {"table-cell-properties", CELL_LOOK}, {"text-properties", TEXT_LOOK}, {"title", PROPERTY},
};

struct face {
	char *name;
	const char *font;
};

/* What text stands in, the innermost last. */
struct place {
	enum kh_document_part part;
	bool framed;
};

struct odt {
	struct kh_reading *r;
	struct kh_flow flow;
	struct kh_xml *xml;
	enum kh_document_part part; /* of what stands in nothing else */
	bool in_meta, in_body, breaks_after;
	struct kh_word_styles styles;
	struct kh_word_style *style; /* being read */
	struct kh_word_look defaults, *now;
	KH_ARRAY(struct face) faces;
	KH_ARRAY(struct place) places;
	KH_ARRAY(struct kh_word_look) looks; /* of open paragraphs and spans */
};

/* ---- styles ---- */

static void sort_styles(struct odt *d)
{
	kh_word_styles_sort(&d->styles);
	d->style = NULL;
	d->now = NULL;
}

/* NULL: no such style. */
static const struct kh_word_style *find_style(struct odt *d, const char *family, const char *name)
{
	kh_auto_free char *key = name ? kh_format("%s/%s", family, name) : NULL;
	return key ? kh_word_styles_find(&d->styles, key) : NULL;
}

static void apply_style(struct odt *d, const char *family, const char *name, struct kh_word_look *look)
{
	const struct kh_word_style *s = find_style(d, family, name);
	if (s)
		kh_word_look_over(look, &s->look);
}

static void begin_style(struct odt *d, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "name"), *family = kh_xml_attribute(attributes, "family"), *base = kh_xml_attribute(attributes, "parent-style-name"),
		   *master = kh_xml_attribute(attributes, "master-page-name");
	d->now = NULL;
	if (!name || !family)
		return;
	/* "paragraph/P1". Of two of one name the last counts: those of the text come behind those of the package. */
	struct kh_word_style s = {.name = kh_format("%s/%s", family, name), .base = base ? kh_format("%s/%s", family, base) : NULL, .order = SIZE_MAX - d->styles.list.n, .new_master = master && *master};
	struct kh_word_style *added = kh_word_styles_add(&d->styles, s);
	if (!added)
		return;
	d->style = added;
	d->now = &added->look;
}

static void begin_default_style(struct odt *d, const char **attributes)
{
	const char *family = kh_xml_attribute(attributes, "family");
	d->style = NULL;
	d->now = family && kh_streq(family, "paragraph") ? &d->defaults : NULL;
}

static void end_style(struct odt *d)
{
	d->style = NULL;
	d->now = NULL;
}

/* ---- what styles say ---- */

/* The first of a list, without its quotes. */
static const char *family_of(struct odt *d, const char *s)
{
	s += *s == '\'' || *s == '"';
	return kh_flow_font(&d->flow, s, strcspn(s, "'\",;"));
}

static void add_face(struct odt *d, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "name"), *family = kh_xml_attribute(attributes, "font-family");
	if (name && family && d->faces.n < KH_WORD_MAX_FONTS)
		kh_array_push(&d->faces, ((struct face){kh_strdup(name), family_of(d, family)}));
}

static void on_font_name(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_FONT;
	d->now->font = kh_flow_font(&d->flow, value, strlen(value));
	kh_array_each(&d->faces, face)
		if (kh_streq(face->name, value))
			d->now->font = face->font;
}

static void on_font_family(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_FONT;
	d->now->font = family_of(d, value);
}

static void on_color(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_RED;
	d->now->red = kh_style_color_is_red(value);
}

static void on_weight(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_BOLD;
	d->now->bold = kh_streq(value, "bold") || (*value >= '6' && *value <= '9' && strlen(value) == 3);
}

static void on_capitals(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_CAPITALS;
	d->now->capitals = kh_streq(value, "uppercase") || kh_streq(value, "small-caps");
}

/* "14pt"; of other units nothing. */
static void on_size(struct odt *d, const char *value)
{
	char *end = NULL;
	float size = strtof(value, &end);
	if (!kh_streq(end, "pt") || !(size > 0 && size < 4000))
		return;
	d->now->says |= KH_SAYS_SIZE;
	d->now->size_pt = size;
}

static void on_align(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_CENTRED;
	d->now->centred = kh_streq(value, "center");
}

static void on_break_before(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_BREAK;
	d->now->break_before = kh_streq(value, "page");
}

static void on_break_after(struct odt *d, const char *value)
{
	if (d->style)
		d->style->breaks_after = kh_streq(value, "page");
}

static bool is_border(const char *value)
{
	bool number = (*value >= '0' && *value <= '9') || *value == '.';
	return number ? strtof(value, NULL) > 0 : *value && !kh_starts_with(value, "none") && !kh_starts_with(value, "hidden");
}

static void on_border(struct odt *d, const char *value)
{
	kh_word_look_side(d->now, KH_SIDE_ALL, is_border(value));
}

static void on_border_top(struct odt *d, const char *value)
{
	kh_word_look_side(d->now, KH_SIDE_TOP, is_border(value));
}

static void on_border_left(struct odt *d, const char *value)
{
	kh_word_look_side(d->now, KH_SIDE_LEFT, is_border(value));
}

static void on_border_bottom(struct odt *d, const char *value)
{
	kh_word_look_side(d->now, KH_SIDE_BOTTOM, is_border(value));
}

static void on_border_right(struct odt *d, const char *value)
{
	kh_word_look_side(d->now, KH_SIDE_RIGHT, is_border(value));
}

static void on_border_of_letters(struct odt *d, const char *value)
{
	d->now->says |= KH_SAYS_FRAMED;
	d->now->framed = is_border(value);
}

enum { OF_TEXT = 1, OF_BLOCK = 2, OF_SHAPE = 4 };
static const struct {
	const char *name;
	unsigned of;
	void (*apply)(struct odt *d, const char *value);
} properties[] = {
	{"font-name", OF_TEXT, on_font_name},
	{"font-family", OF_TEXT, on_font_family},
	{"color", OF_TEXT, on_color},
	{"font-weight", OF_TEXT, on_weight},
	{"text-transform", OF_TEXT, on_capitals},
	{"font-variant", OF_TEXT, on_capitals},
	{"font-size", OF_TEXT, on_size},
	{"border", OF_TEXT, on_border_of_letters},
	{"text-align", OF_BLOCK, on_align},
	{"break-before", OF_BLOCK, on_break_before},
	{"break-after", OF_BLOCK, on_break_after},
	{"border", OF_BLOCK | OF_SHAPE, on_border},
	{"border-top", OF_BLOCK | OF_SHAPE, on_border_top},
	{"border-left", OF_BLOCK | OF_SHAPE, on_border_left},
	{"border-bottom", OF_BLOCK | OF_SHAPE, on_border_bottom},
	{"border-right", OF_BLOCK | OF_SHAPE, on_border_right},
	{"stroke", OF_SHAPE, on_border},
};

static void tell(struct odt *d, unsigned of, const char **attributes)
{
	for (size_t i = 0; i < KH_COUNT(properties) && d->now; i++) {
		const char *value = properties[i].of & of ? kh_xml_attribute(attributes, properties[i].name) : NULL;
		if (value)
			properties[i].apply(d, value);
	}
}

/* ---- places ---- */

static struct place innermost(const struct odt *d)
{
	return d->places.n > 0 ? d->places.v[d->places.n - 1] : (struct place){d->part, false};
}

static void push_place(struct odt *d, enum kh_document_part part, bool framed)
{
	kh_array_push(&d->places, ((struct place){part, framed}));
}

static void pop_place(struct odt *d)
{
	d->places.n -= d->places.n > 0;
}

static bool is_framed(struct odt *d, const char *family, const char **attributes, bool unsaid)
{
	const struct kh_word_style *s = find_style(d, family, kh_xml_attribute(attributes, "style-name"));
	unsigned sides = s && s->look.sides_said ? s->look.sides : unsaid ? KH_SIDE_ALL : 0;
	return (sides & KH_SIDE_ALL) == KH_SIDE_ALL;
}

static void begin_frame(struct odt *d, const char **attributes)
{
	push_place(d, KH_PART_BOX, is_framed(d, "graphic", attributes, false));
}

static void begin_shape(struct odt *d, const char **attributes)
{
	push_place(d, KH_PART_BOX, is_framed(d, "graphic", attributes, true));
}

static void begin_cell(struct odt *d, const char **attributes)
{
	enum kh_document_part part = innermost(d).part;
	push_place(d, part == KH_PART_BODY ? KH_PART_CELL : part, is_framed(d, "table-cell", attributes, false));
}

static void begin_header(struct odt *d, const char **attributes)
{
	(void)attributes;
	push_place(d, KH_PART_HEADER, false);
}

static void begin_footer(struct odt *d, const char **attributes)
{
	(void)attributes;
	push_place(d, KH_PART_FOOTER, false);
}

static void begin_note(struct odt *d, const char **attributes)
{
	(void)attributes;
	push_place(d, KH_PART_NOTE, false);
}

static void begin_annotation(struct odt *d, const char **attributes)
{
	(void)attributes;
	push_place(d, KH_PART_COMMENT, false);
}

/* ---- paragraphs ---- */

static void begin_paragraph(struct odt *d, const char **attributes)
{
	const struct place place = innermost(d);
	const struct kh_word_style *s = find_style(d, "paragraph", kh_xml_attribute(attributes, "style-name"));
	struct kh_word_look look = d->defaults;
	if (s)
		kh_word_look_over(&look, &s->look);
	if (d->flow.page > 0 && d->flow.given && s && (look.break_before || s->new_master))
		kh_flow_page_break(&d->flow, true);
	kh_array_push(&d->looks, look);
	kh_flow_open(&d->flow, &(struct kh_line_look){
		.part = place.part, .centred = look.centred, .framed = place.framed || (look.sides & KH_SIDE_ALL) == KH_SIDE_ALL});
	d->breaks_after = s && s->breaks_after;
}

static void end_paragraph(struct odt *d)
{
	kh_flow_close(&d->flow);
	d->looks.n -= d->looks.n > 0;
	if (d->breaks_after)
		kh_flow_page_break(&d->flow, true);
	d->breaks_after = false;
}

static void begin_span(struct odt *d, const char **attributes)
{
	struct kh_word_look look = d->looks.n > 0 ? d->looks.v[d->looks.n - 1] : d->defaults;
	apply_style(d, "text", kh_xml_attribute(attributes, "style-name"), &look);
	kh_array_push(&d->looks, look);
}

static void end_span(struct odt *d)
{
	d->looks.n -= d->looks.n > 0;
}

static void add_text(struct odt *d, const char *text, size_t n)
{
	if (d->looks.n > 0)
		kh_flow_text(&d->flow, text, n, KH_CHARSET_UNICODE, &d->looks.v[d->looks.n - 1]);
}

static void on_space(struct odt *d, const char **attributes)
{
	(void)attributes;
	add_text(d, " ", 1);
}

static void on_tab(struct odt *d, const char **attributes)
{
	(void)attributes;
	add_text(d, "\t", 1);
}

static void on_line_break(struct odt *d, const char **attributes)
{
	(void)attributes;
	kh_flow_line_end(&d->flow);
}

static void on_soft_break(struct odt *d, const char **attributes)
{
	(void)attributes;
	kh_flow_page_break(&d->flow, false);
}

/* ---- the rest ---- */

static void begin_meta(struct odt *d, const char **attributes)
{
	(void)attributes;
	d->in_meta = true;
}

static void end_meta(struct odt *d)
{
	d->in_meta = false;
}

/* Outside of the properties, the title and the description of a picture. */
static void begin_property(struct odt *d, const char **attributes)
{
	(void)attributes;
	if (!d->in_meta) {
		kh_xml_leave_out(d->xml);
		return;
	}
	kh_array_push(&d->looks, (struct kh_word_look){0});
	kh_flow_open(&d->flow, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

static void end_property(struct odt *d)
{
	kh_flow_close(&d->flow);
	end_span(d);
}

static void begin_body(struct odt *d, const char **attributes)
{
	(void)attributes;
	d->flow.page = d->part == KH_PART_BODY ? 1 : 0;
	d->flow.given = false;
}

static void tell_text(struct odt *d, const char **attributes)
{
	tell(d, OF_TEXT, attributes);
}

static void tell_block(struct odt *d, const char **attributes)
{
	tell(d, OF_BLOCK, attributes);
}

static void tell_shape(struct odt *d, const char **attributes)
{
	tell(d, OF_SHAPE, attributes);
}

static const struct {
	void (*start)(struct odt *d, const char **attributes);
	void (*end)(struct odt *d);
} handlers[] = {
	[ANNOTATION] = {begin_annotation, pop_place},
	[BODY] = {begin_body, NULL},
	[BOX] = {begin_frame, pop_place},
	[CELL] = {begin_cell, pop_place},
	[CELL_LOOK] = {tell_block, NULL},
	[DEFAULT_STYLE] = {begin_default_style, end_style},
	[FONT_FACE] = {add_face, NULL},
	[FOOTER] = {begin_footer, pop_place},
	[GRAPHIC_LOOK] = {tell_shape, NULL},
	[HEADER] = {begin_header, pop_place},
	[LINE_BREAK] = {on_line_break, NULL},
	[META] = {begin_meta, end_meta},
	[NOTE_BODY] = {begin_note, pop_place},
	[PARAGRAPH] = {begin_paragraph, end_paragraph},
	[PARAGRAPH_LOOK] = {tell_block, NULL},
	[PROPERTY] = {begin_property, end_property},
	[SHAPE] = {begin_shape, pop_place},
	[SOFT_BREAK] = {on_soft_break, NULL},
	[SPACE] = {on_space, NULL},
	[SPAN] = {begin_span, end_span},
	[STYLE] = {begin_style, end_style},
	[STYLES] = {NULL, sort_styles},
	[TAB] = {on_tab, NULL},
	[TABLE] = {NULL, NULL},
	[TEXT_LOOK] = {tell_text, NULL},
};

static void on_start(void *context, unsigned id, const char **attributes)
{
	if (id < KH_COUNT(handlers) && handlers[id].start)
		handlers[id].start(context, attributes);
}

static void on_end(void *context, unsigned id)
{
	if (id < KH_COUNT(handlers) && handlers[id].end)
		handlers[id].end(context);
}

static void on_text(void *context, const char *text, size_t n)
{
	add_text(context, text, n);
}

static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, on_text};

static void odt_done(struct odt *d)
{
	kh_flow_done(&d->flow);
	kh_array_each(&d->faces, face)
		free(face->name);
	kh_word_styles_done(&d->styles);
	kh_array_done(&d->faces);
	kh_array_done(&d->places);
	kh_array_done(&d->looks);
}

static void read_part(struct odt *d, const char *name, enum kh_document_part part, const uint8_t *bytes, size_t n)
{
	kh_flow_next(&d->flow, 0);
	d->part = part;
	kh_xml_read(d->r, name, &format, d, &d->xml, bytes, n);
	d->places.n = d->looks.n = 0;
	d->in_meta = d->breaks_after = false;
	sort_styles(d);
}

/* ---- packages ---- */

static const struct {
	const char *ending; /* of the path: objects have folders of their own */
	enum kh_document_part part;
} parts[] = {{"meta.xml", KH_PART_PROPERTIES}, {"styles.xml", KH_PART_BODY}, {"content.xml", KH_PART_BODY}};

static bool is_part(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	return kh_streq_nocase(slash ? slash + 1 : path, name);
}

static bool is_read(const char *path)
{
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		if (is_part(path, parts[i].ending))
			return true;
	return kh_streq_nocase(path, "META-INF/manifest.xml");
}

static bool is_encrypted(const struct kh_parts *package)
{
	static const char sign[] = "encryption-data";
	const struct kh_part *manifest = kh_parts_find(package, "META-INF/manifest.xml");
	return manifest && memmem(manifest->bytes, manifest->n, sign, strlen(sign));
}

static void read_parts(struct kh_reading *r, const struct kh_parts *package)
{
	struct odt d = {.r = r};
	kh_flow_init(&d.flow, r);
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		kh_array_each(&package->list, part) {
			bool own = !strchr(part->name, '/');
			if (is_part(part->name, parts[i].ending) && !kh_reading_over(r))
				read_part(&d, part->name, own ? parts[i].part : KH_PART_BOX, part->bytes, part->n);
		}
	odt_done(&d);
}

static void read_odt(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts package;
	kh_parts_init(&package, r, bytes, n, is_read);
	if (!is_encrypted(&package)) /* who took the package apart has told it */
		read_parts(r, &package);
	if (package.list.n == 0)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	kh_parts_done(&package);
}

/* Not what a package itself is made of. */
static bool is_document_inside(const char *name)
{
	static const char *const own[] = {"META-INF/", "Configurations2/", "Thumbnails/", "ObjectReplacements/", "mimetype", "layout-cache"};
	for (size_t i = 0; i < KH_COUNT(own); i++)
		if (kh_starts_with(name, own[i]))
			return false;
	return !kh_ends_with(name, ".xml") && !kh_ends_with(name, ".rdf");
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, is_document_inside);
}

static bool looks_like_odt(const uint8_t *bytes, size_t n)
{
	return kh_package_is_opendocument(bytes, n, "text");
}

const struct kh_reader kh_odt_reader = {KH_DOCUMENT_ODT, looks_like_odt, read_odt, give_members};

/* ---- one file of XML ---- */

static void read_fodt(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct odt d = {.r = r};
	kh_flow_init(&d.flow, r);
	read_part(&d, NULL, KH_PART_BODY, bytes, n);
	odt_done(&d);
}

static bool looks_like_fodt(const uint8_t *bytes, size_t n)
{
	enum { LOOK = 4096 };
	static const char root[] = "<office:document", type[] = "opendocument.text";
	size_t head = KH_MIN(n, (size_t)LOOK);
	return n > 5 && memcmp(bytes, "<?xml", 5) == 0 && memmem(bytes, head, root, strlen(root)) && memmem(bytes, n, type, strlen(type));
}

const struct kh_reader kh_fodt_reader = {KH_DOCUMENT_ODT, looks_like_fodt, read_fodt, NULL};
