#include "document/read/office/odf.h"

#include "base/str.h"
#include "document/read/office/odf_state.h"
#include "document/read/office/opc.h"

#define TYPE "application/vnd.oasis.opendocument."

/* ---- the whole ---- */

static void read_xml(struct kh_odf *o, const char *name, const uint8_t *bytes, size_t n)
{
	if (kh_reading_over(o->r))
		return;
	kh_xml_read(o->r, name, &kh_odf_format, o, &o->xml, bytes, n);
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

static void read_part(struct kh_odf *o, const struct kh_parts *parts, const char *name)
{
	const struct kh_part *p = kh_parts_find(parts, name);
	if (p)
		read_xml(o, p->name, p->bytes, p->n);
}

/* Charts, formulas and the like are documents of their own, in folders. */
static void read_objects(struct kh_odf *o, const struct kh_parts *parts)
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

static void read_package(struct kh_odf *o, const struct kh_parts *parts)
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
	struct kh_odf o = {.r = r, .slides = slides};
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
	kh_odf_forget_columns(&o);
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
