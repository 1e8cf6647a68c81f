#include "document/read/office/drawing.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/style.h"
#include "document/read/xml.h"

enum element {
	BREAK = 1, CACHE, CELL, CHILD_EXTENT, CHILD_OFFSET, COLOR, DEFAULT_LOOK, EXTENT, FILL, FIRST_LEVEL, GROUP, GROUP_LOOK, LINE, LINE_REFERENCE, NO_FILL, OFFSET, PARAGRAPH,
	PARAGRAPH_LOOK, PLACEHOLDER, RUN, RUN_LOOK, SHAPE, TEXT, TYPEFACE, VALUE, WHOLE_TEXT,
};

static const struct kh_xml_name names[] = {
	{"Fallback", KH_XML_LEFT_OUT}, {"br", BREAK}, {"chExt", CHILD_EXTENT}, {"chOff", CHILD_OFFSET}, {"cxnSp", SHAPE}, {"defRPr", DEFAULT_LOOK}, {"endParaRPr", KH_XML_LEFT_OUT}, {"ext", EXTENT},
	{"graphicFrame", SHAPE}, {"grpSp", GROUP}, {"grpSpPr", GROUP_LOOK}, {"latin", TYPEFACE}, {"ln", LINE}, {"lnRef", LINE_REFERENCE}, {"lvl1pPr", FIRST_LEVEL},
	{"noFill", NO_FILL}, {"off", OFFSET}, {"p", PARAGRAPH}, {"pPr", PARAGRAPH_LOOK}, {"ph", PLACEHOLDER}, {"pic", SHAPE}, {"prstClr", COLOR}, {"r", RUN}, {"rPr", RUN_LOOK}, {"solidFill", FILL},
	{"sp", SHAPE}, {"srgbClr", COLOR}, {"strCache", CACHE}, {"t", TEXT}, {"tc", CELL}, {"text", WHOLE_TEXT}, {"v", VALUE},
};

/* A rectangle, or how the places inside a group become places on the slide. */
struct place {
	double x, y, width, height;
};

struct group {
	struct place own, inside;
};

struct drawing {
	const struct kh_drawing *how;
	struct kh_reading *r;
	struct kh_xml *xml;
	const uint8_t *bytes;
	size_t n;

	KH_ARRAY(struct group) groups;
	bool in_group_look, in_line, in_fill, in_text, in_cache, in_cell, in_levels, cell_framed;
	unsigned too_deep; /* groups */

	/* The shape. */
	bool in_shape, framed, has_no_line, skipped, has_place;
	enum kh_document_part part;
	struct place place;
	struct kh_run_look first_level, look;
	bool first_level_centred, centred;
	char first_level_font[64], font[64];
	struct kh_run_look *now; /* which look is being told */
};

/* ---- values ---- */

static int64_t number_of(const char **attributes, const char *name, int64_t otherwise)
{
	int64_t n = 0;
	return kh_parse_int(kh_xml_attribute(attributes, name), -INT32_MAX, INT32_MAX, &n) ? n : otherwise;
}

static bool is_on(const char **attributes, const char *name)
{
	const char *value = kh_xml_attribute(attributes, name);
	return kh_streq(value, "1") || kh_streq(value, "true");
}

/* ---- places ---- */

/* Through the groups around it, from the inside out, to parts of the slide. */
static void place_line(const struct drawing *d, struct kh_line_look *line)
{
	struct place p = d->place;
	if (!d->has_place || d->how->width <= 0 || d->how->height <= 0)
		return;
	for (size_t i = d->groups.n; i-- > 0;) {
		const struct group *g = &d->groups.v[i];
		double wide = g->inside.width > 0 ? g->own.width / g->inside.width : 1, high = g->inside.height > 0 ? g->own.height / g->inside.height : 1;
		p = (struct place){g->own.x + (p.x - g->inside.x) * wide, g->own.y + (p.y - g->inside.y) * high, p.width * wide, p.height * high};
	}
	line->placed = true;
	line->left = (float)(p.x / d->how->width);
	line->top = (float)(p.y / d->how->height);
	line->right = (float)((p.x + p.width) / d->how->width);
	line->bottom = (float)((p.y + p.height) / d->how->height);
}

static void tell_offset(struct drawing *d, struct place *p, const char **attributes)
{
	if (!p || !kh_xml_attribute(attributes, "x"))
		return;
	p->x = (double)number_of(attributes, "x", 0);
	p->y = (double)number_of(attributes, "y", 0);
	d->has_place |= p == &d->place;
}

/* Elements of extension lists have the same name. */
static void tell_extent(struct place *p, const char **attributes)
{
	if (!p || !kh_xml_attribute(attributes, "cx"))
		return;
	p->width = (double)number_of(attributes, "cx", 0);
	p->height = (double)number_of(attributes, "cy", 0);
}

static struct group *innermost(struct drawing *d)
{
	return d->groups.n > 0 ? &d->groups.v[d->groups.n - 1] : NULL;
}

/* ---- shapes ---- */

static void begin_group(struct drawing *d, const char **attributes)
{
	(void)attributes;
	if (d->groups.n < KH_SLIDES_MAX_DEPTH)
		kh_array_push(&d->groups, (struct group){0});
	else
		d->too_deep++;
}

static void end_group(struct drawing *d)
{
	if (d->too_deep > 0)
		d->too_deep--;
	else if (d->groups.n > 0)
		d->groups.n--;
}

static void begin_shape(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_shape = true;
	d->framed = d->has_no_line = d->skipped = d->has_place = d->first_level_centred = false;
	d->part = d->how->part == KH_PART_BODY ? KH_PART_BOX : d->how->part;
	d->first_level = (struct kh_run_look){0};
	d->now = NULL;
}

static void tell_placeholder(struct drawing *d, const char **attributes)
{
	const char *type = kh_xml_attribute(attributes, "type");
	bool footer = kh_streq(type, "ftr") || kh_streq(type, "dt") || kh_streq(type, "sldNum"), header = kh_streq(type, "hdr");
	d->skipped = d->how->master && !footer && !header;
	if (d->how->part == KH_PART_BODY)
		d->part = footer ? KH_PART_FOOTER : header ? KH_PART_HEADER : KH_PART_BODY;
}

/* ---- cells of a table ---- */

static bool is_drawn(const uint8_t *from, const uint8_t *to, const char *side, const char *side_end)
{
	const uint8_t *at = memmem(from, (size_t)(to - from), side, strlen(side)), *end = NULL;
	if (!at)
		return false;
	end = memmem(at, (size_t)(to - at), side_end, strlen(side_end));
	return end && !memmem(at, (size_t)(end - at), "noFill", strlen("noFill"));
}

/* A cell says behind its text how it looks. */
static bool cell_is_framed(const struct drawing *d)
{
	enum { LOOKED_AT = 64 * 1024 };
	const uint8_t *from = d->bytes + KH_MIN(kh_xml_at(d->xml), d->n), *to = from + KH_MIN((size_t)(d->bytes + d->n - from), (size_t)LOOKED_AT);
	const uint8_t *end = memmem(from, (size_t)(to - from), "</a:tc>", strlen("</a:tc>"));
	return end && is_drawn(from, end, "<a:lnL ", "</a:lnL>") && is_drawn(from, end, "<a:lnR ", "</a:lnR>") && is_drawn(from, end, "<a:lnT ", "</a:lnT>") &&
	       is_drawn(from, end, "<a:lnB ", "</a:lnB>");
}

/* ---- lines ---- */

static void begin_line(struct drawing *d)
{
	bool cell = d->in_cell && d->how->part == KH_PART_BODY;
	struct kh_line_look line = {.part = cell ? KH_PART_CELL : d->in_shape ? d->part : d->how->part, .page = d->how->page, .centred = d->centred};
	line.framed = d->in_cell ? d->cell_framed : d->in_shape && d->framed;
	if (d->in_shape)
		place_line(d, &line);
	if (!d->skipped)
		kh_line_begin(&d->r->lines, &line);
}

static void begin_paragraph(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->centred = d->first_level_centred;
	d->look = d->first_level;
	begin_line(d);
}

static void add_text(void *context, const char *text, size_t n)
{
	struct drawing *d = context;
	if (d->in_text && d->r->lines.open)
		kh_line_add(&d->r->lines, text, n, &d->look);
}

/* ---- looks ---- */

static void begin_look(struct drawing *d, struct kh_run_look *look, const char **attributes)
{
	const char *capitals = kh_xml_attribute(attributes, "cap");
	*look = d->first_level;
	if (kh_xml_attribute(attributes, "b"))
		look->bold = is_on(attributes, "b");
	if (kh_xml_attribute(attributes, "sz"))
		look->size_pt = (float)number_of(attributes, "sz", 0) / 100;
	look->capitals = capitals ? kh_streq(capitals, "all") || kh_streq(capitals, "small") : look->capitals;
	d->now = look;
}

static void tell_typeface(struct drawing *d, const char **attributes)
{
	const char *name = kh_xml_attribute(attributes, "typeface");
	char *room = d->now == &d->look ? d->font : d->first_level_font;
	if (!d->now || !name || *name == '+' || strlen(name) >= sizeof d->font) /* "+mj-lt": the theme's */
		return;
	memcpy(room, name, strlen(name) + 1);
	d->now->font = room;
}

static void tell_color(struct drawing *d, const char **attributes)
{
	const char *value = kh_xml_attribute(attributes, "val");
	if (d->now && d->in_fill && !d->in_line && value)
		d->now->red = kh_style_color_is_red(value);
}

/* ---- elements ---- */

static void end_shape(struct drawing *d)
{
	d->in_shape = d->skipped = false;
}

static void begin_group_look(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_group_look = true;
}

static void end_group_look(struct drawing *d)
{
	d->in_group_look = false;
}

/* Where a shape's place is told, or that of the innermost group; NULL: of what has none. */
static struct place *place_told(struct drawing *d)
{
	struct group *g = innermost(d);
	return !d->in_group_look ? &d->place : g ? &g->own : NULL;
}

static void begin_offset(struct drawing *d, const char **attributes)
{
	tell_offset(d, place_told(d), attributes);
}

static void begin_extent(struct drawing *d, const char **attributes)
{
	tell_extent(place_told(d), attributes);
}

static void begin_child_offset(struct drawing *d, const char **attributes)
{
	tell_offset(d, innermost(d) ? &innermost(d)->inside : NULL, attributes);
}

static void begin_child_extent(struct drawing *d, const char **attributes)
{
	tell_extent(innermost(d) ? &innermost(d)->inside : NULL, attributes);
}

static void begin_outline(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_line = true;
	d->framed |= d->now == NULL;
}

static void end_outline(struct drawing *d)
{
	d->in_line = false;
}

static void tell_no_fill(struct drawing *d, const char **attributes)
{
	(void)attributes;
	if (d->in_line && !d->now) {
		d->framed = false;
		d->has_no_line = true;
	}
}

/* Of the shape's style, behind what it says itself. */
static void tell_line_reference(struct drawing *d, const char **attributes)
{
	d->framed |= !d->has_no_line && number_of(attributes, "idx", 0) > 0;
}

static void begin_cell(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_cell = true;
	d->cell_framed = cell_is_framed(d);
}

static void end_cell(struct drawing *d)
{
	d->in_cell = false;
}

static void begin_cache(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_cache = true;
}

static void end_cache(struct drawing *d)
{
	d->in_cache = false;
}

static void tell_paragraph_look(struct drawing *d, const char **attributes)
{
	if (kh_xml_attribute(attributes, "algn"))
		d->centred = kh_streq(kh_xml_attribute(attributes, "algn"), "ctr");
	if (d->r->lines.open && d->r->lines.now.text.len == 0)
		begin_line(d);
}

static void begin_first_level(struct drawing *d, const char **attributes)
{
	d->in_levels = true;
	d->first_level_centred = kh_streq(kh_xml_attribute(attributes, "algn"), "ctr");
}

static void end_first_level(struct drawing *d)
{
	d->in_levels = false;
}

static void begin_default_look(struct drawing *d, const char **attributes)
{
	if (d->in_levels)
		begin_look(d, &d->first_level, attributes);
}

static void begin_run(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->look = d->first_level;
}

static void begin_run_look(struct drawing *d, const char **attributes)
{
	begin_look(d, &d->look, attributes);
}

static void end_look(struct drawing *d)
{
	d->now = NULL;
}

static void begin_fill(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_fill = true;
}

static void end_fill(struct drawing *d)
{
	d->in_fill = false;
}

static void break_line(struct drawing *d, const char **attributes)
{
	(void)attributes;
	if (d->r->lines.open)
		begin_line(d);
}

static void begin_text(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->in_text = true;
}

static void end_text(struct drawing *d)
{
	d->in_text = false;
}

/* Text that is in no paragraph. */
static void begin_whole_text(struct drawing *d, const char **attributes)
{
	(void)attributes;
	d->look = (struct kh_run_look){0};
	d->in_text = true;
	begin_line(d);
}

static void end_line(struct drawing *d)
{
	kh_line_end(&d->r->lines);
	d->in_text = false;
}

static void begin_value(struct drawing *d, const char **attributes)
{
	if (d->in_cache)
		begin_whole_text(d, attributes);
}

static void end_value(struct drawing *d)
{
	if (d->in_cache)
		end_line(d);
}

static const struct {
	void (*start)(struct drawing *d, const char **attributes);
	void (*end)(struct drawing *d);
} elements[] = {
	[BREAK] = {break_line, NULL},
	[CACHE] = {begin_cache, end_cache},
	[CELL] = {begin_cell, end_cell},
	[CHILD_EXTENT] = {begin_child_extent, NULL},
	[CHILD_OFFSET] = {begin_child_offset, NULL},
	[COLOR] = {tell_color, NULL},
	[DEFAULT_LOOK] = {begin_default_look, end_look},
	[EXTENT] = {begin_extent, NULL},
	[FILL] = {begin_fill, end_fill},
	[FIRST_LEVEL] = {begin_first_level, end_first_level},
	[GROUP] = {begin_group, end_group},
	[GROUP_LOOK] = {begin_group_look, end_group_look},
	[LINE] = {begin_outline, end_outline},
	[LINE_REFERENCE] = {tell_line_reference, NULL},
	[NO_FILL] = {tell_no_fill, NULL},
	[OFFSET] = {begin_offset, NULL},
	[PARAGRAPH] = {begin_paragraph, end_line},
	[PARAGRAPH_LOOK] = {tell_paragraph_look, NULL},
	[PLACEHOLDER] = {tell_placeholder, NULL},
	[RUN] = {begin_run, NULL},
	[RUN_LOOK] = {begin_run_look, end_look},
	[SHAPE] = {begin_shape, end_shape},
	[TEXT] = {begin_text, end_text},
	[TYPEFACE] = {tell_typeface, NULL},
	[VALUE] = {begin_value, end_value},
	[WHOLE_TEXT] = {begin_whole_text, end_line},
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

void kh_drawing_read(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n, const struct kh_drawing *how)
{
	static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, add_text};
	struct drawing d = {.how = how, .r = r, .bytes = bytes, .n = n};
	kh_xml_read(r, name, &format, &d, &d.xml, bytes, n);
	kh_line_end(&r->lines);
	kh_array_done(&d.groups);
}
