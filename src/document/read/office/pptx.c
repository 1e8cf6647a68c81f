#include "document/read/office/pptx.h"

#include "base/str.h"
#include "document/read/office/drawing.h"
#include "document/read/office/limits.h"
#include "document/read/office/opc.h"
#include "document/read/xml.h"

#define PRESENTATION "ppt/presentation.xml"

struct pptx {
	struct kh_reading *r;
	struct kh_parts parts;
	struct kh_opc_relations relations; /* of the presentation */
	double width, height; /* of slides */
	KH_ARRAY(const struct kh_part *) slides;
};

static const struct kh_part *find(const struct pptx *x, const char *name)
{
	return name ? kh_parts_find(&x->parts, name) : NULL;
}

/* ---- the presentation ---- */

enum { SLIDE = 1, SLIDE_SIZE };
static const struct kh_xml_name names[] = {{"sldId", SLIDE}, {"sldSz", SLIDE_SIZE}};

static void on_start(void *context, unsigned id, const char **attributes)
{
	struct pptx *x = context;
	int64_t width = 0, height = 0;
	const struct kh_part *slide = id == SLIDE ? find(x, kh_opc_target(&x->relations, kh_opc_id(attributes))) : NULL;
	if (slide && x->slides.n < KH_SLIDES_MAX)
		kh_array_push(&x->slides, slide);
	if (id == SLIDE_SIZE && kh_parse_int(kh_xml_attribute(attributes, "cx"), 1, INT32_MAX, &width) && kh_parse_int(kh_xml_attribute(attributes, "cy"), 1, INT32_MAX, &height)) {
		x->width = (double)width;
		x->height = (double)height;
	}
}

static void on_end(void *context, unsigned id)
{
	(void)context;
	(void)id;
}

static void on_text(void *context, const char *text, size_t n)
{
	(void)context;
	(void)text;
	(void)n;
}

static void read_presentation(struct pptx *x, const struct kh_part *p)
{
	static const struct kh_xml_format format = {names, KH_COUNT(names), on_start, on_end, on_text};
	kh_opc_relations_init(&x->relations, &x->parts, p->name);
	kh_xml_read(x->r, p->name, &format, x, NULL, p->bytes, p->n);
}

/* ---- slides ---- */

static void read_texts(struct pptx *x, const struct kh_part *p, const struct kh_drawing *how)
{
	if (p && !kh_reading_over(x->r))
		kh_drawing_read(x->r, p->name, p->bytes, p->n, how);
}

/* A part of the presentation that a slide leads to, and what its texts are. */
static const struct {
	const char *type;
	enum kh_document_part part;
} related[] = {
	{"chart", KH_PART_BOX}, {"chartEx", KH_PART_BOX}, {"diagramData", KH_PART_BOX}, {"notesSlide", KH_PART_NOTE}, {"comments", KH_PART_COMMENT},
};

static void read_slide(struct pptx *x, const struct kh_part *slide, uint32_t page)
{
	struct kh_opc_relations relations;
	read_texts(x, slide, &(struct kh_drawing){.part = KH_PART_BODY, .page = page, .width = x->width, .height = x->height});
	kh_opc_relations_init(&relations, &x->parts, slide->name);
	for (size_t i = 0; i < KH_COUNT(related); i++)
		kh_array_each(&relations.list, one)
			if (kh_streq(one->type, related[i].type))
				read_texts(x, find(x, one->target), &(struct kh_drawing){.part = related[i].part, .page = page});
	kh_opc_relations_done(&relations);
}

static const struct {
	const char *folder;
	bool shown; /* on slides */
} masters[] = {{"ppt/slideMasters/", true}, {"ppt/slideLayouts/", true}, {"ppt/notesMasters/", false}, {"ppt/handoutMasters/", false}};

static void read_masters(struct pptx *x, bool shown)
{
	const struct kh_drawing on_slides = {.part = KH_PART_BODY, .page = 1, .master = true, .width = x->width, .height = x->height}, on_notes = {.part = KH_PART_NOTE, .master = true};
	for (size_t i = 0; i < KH_COUNT(masters); i++)
		kh_array_each(&x->parts.list, p)
			if (masters[i].shown == shown && kh_starts_with(p->name, masters[i].folder) && kh_ends_with(p->name, ".xml"))
				read_texts(x, p, shown ? &on_slides : &on_notes);
}

/* ---- the whole ---- */

static bool is_wanted(const char *name)
{
	return kh_opc_is_properties(name) || (kh_starts_with(name, "ppt/") && (kh_ends_with(name, ".xml") || kh_ends_with(name, ".rels")));
}

static void read_pptx(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct pptx x = {.r = r};
	uint32_t page = 0;
	kh_parts_init(&x.parts, r, bytes, n, is_wanted);
	const struct kh_part *presentation = find(&x, PRESENTATION);
	if (presentation) {
		kh_opc_read_properties(&x.parts);
		read_presentation(&x, presentation);
		read_masters(&x, true);
		kh_array_each(&x.slides, slide)
			read_slide(&x, *slide, ++page);
		read_masters(&x, false);
	} else {
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	}
	kh_array_done(&x.slides);
	kh_opc_relations_done(&x.relations);
	kh_parts_done(&x.parts);
}

/* ---- what is inside, and what it is ---- */

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, kh_opc_is_inside);
}

static bool is_in_ppt(void *context, const char *name)
{
	(void)context;
	return kh_starts_with(name, "ppt/");
}

static bool looks_like_pptx(const uint8_t *bytes, size_t n)
{
	return n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0 && kh_package_has(bytes, n, is_in_ppt, NULL);
}

const struct kh_reader kh_pptx_reader = {KH_DOCUMENT_PPTX, looks_like_pptx, read_pptx, give_members};
