#include "document/read/office/opc.h"

#include "base/str.h"
#include "document/read/office/limits.h"
#include "document/read/xml.h"

/* ---- relationships ---- */

enum { RELATION = 1 };
static const struct kh_xml_name relation_names[] = {{"Relationship", RELATION}};

struct relations {
	struct kh_opc_relations *o;
	const char *part;
};

/* Takes the last step of a path away. */
static void go_up(struct kh_buf *path)
{
	while (path->len > 0 && path->data[path->len - 1] != '/')
		path->len--;
	path->len -= path->len > 0;
}

/* "../media/a.png" as "xl/drawings/drawing1.xml" says it: "xl/media/a.png". */
static char *resolve(const char *part, const char *target)
{
	kh_auto_buf struct kh_buf path = KH_BUF_INIT;
	kh_auto_free char *steps = kh_strdup(target);
	char *rest = steps;
	if (*target != '/') {
		kh_buf_adds(&path, part);
		if (path.len > 0)
			go_up(&path);
	}
	for (const char *step = NULL; (step = kh_split(&rest, "/")) != NULL;) {
		if (kh_streq(step, "..")) {
			go_up(&path);
		} else if (*step && !kh_streq(step, ".")) {
			if (path.len > 0)
				kh_buf_addc(&path, '/');
			kh_buf_adds(&path, step);
		}
	}
	return kh_strndup(kh_buf_text(&path), path.len);
}

static const char *last_step(const char *address)
{
	const char *slash = strrchr(address, '/');
	return slash ? slash + 1 : address;
}

static void relation_start(void *context, unsigned id, const char **attributes)
{
	struct relations *x = context;
	const char *own = kh_xml_attribute(attributes, "Id"), *type = kh_xml_attribute(attributes, "Type"), *target = kh_xml_attribute(attributes, "Target");
	if (id != RELATION || !own || !type || !target || x->o->list.n >= KH_OFFICE_MAX_RELATIONS || kh_streq(kh_xml_attribute(attributes, "TargetMode"), "External"))
		return;
	kh_array_push(&x->o->list, ((struct kh_opc_relation){kh_strdup(own), kh_strdup(last_step(type)), resolve(x->part, target)}));
}

static const struct kh_xml_format relation_format = {relation_names, KH_COUNT(relation_names), relation_start, kh_xml_no_end, kh_xml_no_text};

void kh_opc_relations_init(struct kh_opc_relations *o, const struct kh_parts *parts, const char *part)
{
	const char *name = last_step(part);
	kh_auto_free char *where = kh_format("%.*s_rels/%s.rels", (int)(name - part), part, name);
	const struct kh_part *p = kh_parts_find(parts, where);
	struct relations x = {o, part};
	*o = (struct kh_opc_relations){0};
	if (p)
		kh_xml_read(parts->r, p->name, &relation_format, &x, NULL, p->bytes, p->n);
}

void kh_opc_relations_done(struct kh_opc_relations *o)
{
	kh_array_each(&o->list, one) {
		free(one->id);
		free(one->type);
		free(one->target);
	}
	kh_array_done(&o->list);
}

const char *kh_opc_target(const struct kh_opc_relations *o, const char *id)
{
	kh_array_each(&o->list, one)
		if (kh_streq(one->id, id))
			return one->target;
	return NULL;
}

const char *kh_opc_id(const char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *colon = strchr(attributes[0], ':');
		if (colon && kh_streq(colon, ":id"))
			return attributes[1];
	}
	return NULL;
}

/* ---- properties ---- */

enum { PROPERTY = 1 };

/* Of docProps/core.xml, the values of docProps/custom.xml, and OpenDocument's meta.xml. */
static const struct kh_xml_name property_names[] = {
	{"bstr", PROPERTY}, {"category", PROPERTY}, {"contentStatus", PROPERTY}, {"description", PROPERTY}, {"keyword", PROPERTY}, {"keywords", PROPERTY}, {"lpstr", PROPERTY}, {"lpwstr", PROPERTY}, {"subject", PROPERTY},
	{"title", PROPERTY}, {"user-defined", PROPERTY},
};

static void property_start(void *context, unsigned id, const char **attributes)
{
	struct kh_reading *r = context;
	(void)attributes;
	if (id == PROPERTY)
		kh_line_begin(&r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

static void property_end(void *context, unsigned id)
{
	struct kh_reading *r = context;
	if (id == PROPERTY)
		kh_line_end(&r->lines);
}

static void property_text(void *context, const char *text, size_t n)
{
	struct kh_reading *r = context;
	if (r->lines.open)
		kh_line_add(&r->lines, text, n, &(struct kh_run_look){0});
}

static const struct kh_xml_format property_format = {property_names, KH_COUNT(property_names), property_start, property_end, property_text};

bool kh_opc_is_properties(const char *name)
{
	return kh_streq_nocase(name, "docProps/core.xml") || kh_streq_nocase(name, "docProps/custom.xml");
}

void kh_opc_read_property_part(struct kh_reading *r, const struct kh_part *p)
{
	kh_xml_read(r, p->name, &property_format, r, NULL, p->bytes, p->n);
	kh_line_end(&r->lines);
}

void kh_opc_read_properties(const struct kh_parts *parts)
{
	kh_array_each(&parts->list, p)
		if (kh_opc_is_properties(p->name))
			kh_opc_read_property_part(parts->r, p);
}

bool kh_opc_is_inside(const char *name)
{
	return kh_find_nocase(name, "/media/") || kh_find_nocase(name, "/embeddings/");
}
