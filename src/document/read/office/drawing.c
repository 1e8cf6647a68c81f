#include "document/read/office/drawing.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/style.h"
#include "document/read/xml.h"

enum element {
	BREAK = 1, CACHE, CELL, CHILD_EXTENT, CHILD_OFFSET, COLOR, DEFAULT_LOOK, EXTENT, FILL, FIRST_LEVEL, FRAME, GROUP, GROUP_LOOK, LINE, LINE_REFERENCE, NO_FILL, OFFSET, PARAGRAPH,
	PARAGRAPH_LOOK, PICTURE, PLACEHOLDER, RUN, RUN_LOOK, SHAPE, TEXT, TYPEFACE, VALUE, WHOLE_TEXT,
};

static const struct kh_xml_name names[] = {
	{"Fallback", KH_XML_LEFT_OUT}, {"br", BREAK}, {"chExt", CHILD_EXTENT}, {"chOff", CHILD_OFFSET}, {"cxnSp", SHAPE}, {"defRPr", DEFAULT_LOOK}, {"endParaRPr", KH_XML_LEFT_OUT}, {"ext", EXTENT},
	{"graphicFrame", FRAME}, {"grpSp", GROUP}, {"grpSpPr", GROUP_LOOK}, {"latin", TYPEFACE}, {"ln", LINE}, {"lnRef", LINE_REFERENCE}, {"lvl1pPr", FIRST_LEVEL},
	{"noFill", NO_FILL}, {"off", OFFSET}, {"p", PARAGRAPH}, {"pPr", PARAGRAPH_LOOK}, {"ph", PLACEHOLDER}, {"pic", PICTURE}, {"prstClr", COLOR}, {"r", RUN}, {"rPr", RUN_LOOK}, {"solidFill", FILL},
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
	if (!kh_xml_attribute(attributes, "x"))
		return;
	p->x = (double)number_of(attributes, "x", 0);
	p->y = (double)number_of(attributes, "y", 0);
	d->has_place |= p == &d->place;
}

/* Elements of extension lists have the same name. */
static void tell_extent(struct place *p, const char **attributes)
{
	if (!kh_xml_attribute(attributes, "cx"))
		return;
	p->width = (double)number_of(attributes, "cx", 0);
	p->height = (double)number_of(attributes, "cy", 0);
}

static struct group *innermost(struct drawing *d)
{
	return d->groups.n > 0 ? &d->groups.v[d->groups.n - 1] : NULL;
}

/* ---- shapes ---- */

static void begin_group(struct drawing *d)
{
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

static void begin_shape(struct drawing *d)
{
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

static void begin_paragraph(struct drawing *d)
{
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

static void begin_text(struct drawing *d, unsigned id)
{
	if (id == WHOLE_TEXT || (id == VALUE && d->in_cache)) {
		d->look = (struct kh_run_look){0};
		begin_line(d);
	}
	d->in_text = id != VALUE || d->in_cache;
}

static void start_of_shape(struct drawing *d, unsigned id, const char **attributes)
{
	struct group *g = innermost(d);
	switch (id) {
	case SHAPE:
	case PICTURE:
	case FRAME:
		begin_shape(d);
		break;
	case GROUP:
		begin_group(d);
		break;
	case GROUP_LOOK:
		d->in_group_look = true;
		break;
	case PLACEHOLDER:
		tell_placeholder(d, attributes);
		break;
	case OFFSET:
		if (!d->in_group_look || g)
			tell_offset(d, d->in_group_look ? &g->own : &d->place, attributes);
		break;
	case EXTENT:
		if (!d->in_group_look || g)
			tell_extent(d->in_group_look ? &g->own : &d->place, attributes);
		break;
	case CHILD_OFFSET:
		if (g)
			tell_offset(d, &g->inside, attributes);
		break;
	case CHILD_EXTENT:
		if (g)
			tell_extent(&g->inside, attributes);
		break;
	case LINE:
		d->in_line = true;
		d->framed |= d->now == NULL;
		break;
	case NO_FILL:
		if (d->in_line && !d->now) {
			d->framed = false;
			d->has_no_line = true;
		}
		break;
	case LINE_REFERENCE: /* of the shape's style, behind what it says itself */
		d->framed |= !d->has_no_line && number_of(attributes, "idx", 0) > 0;
		break;
	default:
		break;
	}
}

static void start_of_text(struct drawing *d, unsigned id, const char **attributes)
{
	switch (id) {
	case CELL:
		d->in_cell = true;
		d->cell_framed = cell_is_framed(d);
		break;
	case CACHE:
		d->in_cache = true;
		break;
	case PARAGRAPH:
		begin_paragraph(d);
		break;
	case PARAGRAPH_LOOK:
		if (kh_xml_attribute(attributes, "algn"))
			d->centred = kh_streq(kh_xml_attribute(attributes, "algn"), "ctr");
		if (d->r->lines.open && d->r->lines.now.text.len == 0)
			begin_line(d);
		break;
	case FIRST_LEVEL:
		d->in_levels = true;
		d->first_level_centred = kh_streq(kh_xml_attribute(attributes, "algn"), "ctr");
		break;
	case DEFAULT_LOOK:
		if (d->in_levels)
			begin_look(d, &d->first_level, attributes);
		break;
	case RUN:
		d->look = d->first_level;
		break;
	case RUN_LOOK:
		begin_look(d, &d->look, attributes);
		break;
	case TYPEFACE:
		tell_typeface(d, attributes);
		break;
	case FILL:
		d->in_fill = true;
		break;
	case COLOR:
		tell_color(d, attributes);
		break;
	case BREAK:
		if (d->r->lines.open)
			begin_line(d);
		break;
	case TEXT:
	case VALUE:
	case WHOLE_TEXT:
		begin_text(d, id);
		break;
	default:
		break;
	}
}

static void on_start(void *context, unsigned id, const char **attributes)
{
	start_of_shape(context, id, attributes);
	start_of_text(context, id, attributes);
}

static void on_end(void *context, unsigned id)
{
	struct drawing *d = context;
	switch (id) {
	case SHAPE:
	case PICTURE:
	case FRAME:
		d->in_shape = d->skipped = false;
		break;
	case GROUP:
		end_group(d);
		break;
	case GROUP_LOOK:
		d->in_group_look = false;
		break;
	case LINE:
		d->in_line = false;
		break;
	case FILL:
		d->in_fill = false;
		break;
	case FIRST_LEVEL:
		d->in_levels = false;
		break;
	case DEFAULT_LOOK:
	case RUN_LOOK:
		d->now = NULL;
		break;
	case CELL:
		d->in_cell = false;
		break;
	case CACHE:
		d->in_cache = false;
		break;
	case PARAGRAPH:
	case WHOLE_TEXT:
		kh_line_end(&d->r->lines);
		d->in_text = false;
		break;
	case VALUE:
		if (d->in_cache)
			kh_line_end(&d->r->lines);
		d->in_text = false;
		break;
	case TEXT:
		d->in_text = false;
		break;
	default:
		break;
	}
}

void kh_drawing_read(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n, const struct kh_drawing *how)
{
	static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, add_text};
	struct drawing d = {.how = how, .r = r, .bytes = bytes, .n = n};
	kh_xml_read(r, name, &format, &d, &d.xml, bytes, n);
	kh_line_end(&r->lines);
	kh_array_done(&d.groups);
}
