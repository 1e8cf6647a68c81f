#include "document/read/word/docx.h"

#include "base/str.h"
#include "document/read/parts.h"
#include "document/read/word/docx_state.h"

/* ---- parts, in the order in which they are read ---- */

static const struct {
	const char *name; /* how it begins: header1.xml, header2.xml, … */
	enum kh_document_part part;
	bool pages;
} parts[] = {
	{"docProps/core", KH_PART_PROPERTIES, false},
	{"word/styles.", KH_PART_BODY, false},
	{"word/header", KH_PART_HEADER, false},
	{"word/document", KH_PART_BODY, true},
	{"word/footer", KH_PART_FOOTER, false},
	{"word/footnotes", KH_PART_NOTE, false},
	{"word/endnotes", KH_PART_NOTE, false},
	{"word/comments.", KH_PART_COMMENT, false},
	{"word/diagrams/data", KH_PART_BOX, false},
	{"word/charts/chart", KH_PART_BOX, false},
};

static bool begins_as(const char *name, const char *beginning)
{
	return strncasecmp(name, beginning, strlen(beginning)) == 0;
}

static bool is_xml(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && kh_streq_nocase(name + n - 4, ".xml");
}

static bool is_read(const char *name)
{
	bool yes = false;
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		yes |= begins_as(name, parts[i].name);
	return yes && is_xml(name);
}

static void read_part(struct kh_docx *d, const char *name, enum kh_document_part kind, bool pages, const uint8_t *bytes, size_t n)
{
	kh_flow_next(&d->flow, pages ? 1 : 0);
	d->part = kind;
	d->bytes = bytes;
	d->n = n;
	d->next_section = NULL;
	kh_xml_read(d->r, name, &kh_docx_format, d, &d->xml, bytes, n);
	d->places.n = d->tables.n = d->paragraphs.n = d->alternates.n = 0;
	d->now = NULL;
	d->in_paragraph_look = d->in_borders = d->in_text = d->section_ends = false;
}

static void docx_done(struct kh_docx *d)
{
	kh_flow_done(&d->flow);
	kh_word_styles_done(&d->styles);
	kh_array_done(&d->places);
	kh_array_done(&d->tables);
	kh_array_done(&d->paragraphs);
	kh_array_done(&d->alternates);
}

static void read_docx(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_docx d = {.r = r};
	struct kh_parts package;
	kh_flow_init(&d.flow, r);
	kh_parts_init(&package, r, bytes, n, is_read);
	for (size_t i = 0; i < KH_COUNT(parts); i++)
		kh_array_each(&package.list, part)
			if (begins_as(part->name, parts[i].name) && !kh_reading_over(r))
				read_part(&d, part->name, parts[i].part, parts[i].pages, part->bytes, part->n);
	if (package.list.n == 0)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	docx_done(&d);
	kh_parts_done(&package);
}

/* ---- documents inside ---- */

/* Not what a package itself is made of: its XML, fonts, settings of printers, macros. */
static bool is_document_inside(const char *name)
{
	static const char *const endings[] = {".xml", ".rels", ".odttf", "vbaProject.bin", ".vml"};
	size_t n = strlen(name);
	for (size_t i = 0; i < KH_COUNT(endings); i++)
		if (n >= strlen(endings[i]) && kh_streq_nocase(name + n - strlen(endings[i]), endings[i]))
			return begins_as(name, "word/afchunk");
	return !kh_find_nocase(name, "printerSettings");
}

static void give_members(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_members(r, bytes, n, is_document_inside);
}

static bool begins_in_word(void *context, const char *name)
{
	(void)context;
	return begins_as(name, "word/");
}

static bool looks_like_docx(const uint8_t *bytes, size_t n)
{
	return n > 4 && memcmp(bytes, "PK\3\4", 4) == 0 && kh_package_has(bytes, n, begins_in_word, NULL);
}

const struct kh_reader kh_docx_reader = {KH_DOCUMENT_DOCX, looks_like_docx, read_docx, give_members};

/* ---- Word 2003's one file of XML ---- */

static void read_word_xml(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_docx d = {.r = r};
	kh_flow_init(&d.flow, r);
	read_part(&d, NULL, KH_PART_BODY, true, bytes, n);
	docx_done(&d);
}

static bool looks_like_word_xml(const uint8_t *bytes, size_t n)
{
	enum { LOOK = 4096 };
	static const char root[] = "<w:wordDocument";
	return n > 5 && memcmp(bytes, "<?xml", 5) == 0 && memmem(bytes, KH_MIN(n, (size_t)LOOK), root, strlen(root));
}

const struct kh_reader kh_word_xml_reader = {KH_DOCUMENT_DOCX, looks_like_word_xml, read_word_xml, NULL};
