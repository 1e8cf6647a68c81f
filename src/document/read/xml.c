#include "document/read/xml.h"

#include "base/str.h"

#include <expat.h>

struct kh_xml {
	struct kh_reading *r;
	const char *name;
	const struct kh_xml_format *format;
	void *context;
	XML_Parser parser;
	uint8_t ids[KH_XML_MAX_DEPTH]; /* of the open elements */
	struct kh_names names;
	unsigned ended;      /* elements */
	size_t depth, left_out; /* left_out: at which depth; 0: nothing is */
	bool stopped;
};

static void stop(struct kh_xml *x)
{
	x->stopped = true;
	kh_ignore(XML_StopParser(x->parser, XML_FALSE));
}

static void stop_with(struct kh_xml *x, enum kh_gap_kind kind)
{
	kh_reading_gap(x->r, kind, x->name);
	stop(x);
}

static const char *without_prefix(const char *name)
{
	const char *colon = strchr(name, ':');
	return colon ? colon + 1 : name;
}

static unsigned id_of(const struct kh_xml *x, const char *name)
{
	uint32_t sum = 0;
	for (const char *s = name; *s; s++) {
		sum = *s == ':' ? 0 : kh_names_sum(sum, *s);
		name = *s == ':' ? s + 1 : name;
	}
	size_t place = kh_names_find(&x->names, name, sum);
	return place ? x->format->names[place - 1].id : 0;
}

/* ---- expat's events ---- */

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct kh_xml *x = data;
	if (x->stopped)
		return;
	if (x->depth >= KH_XML_MAX_DEPTH) {
		stop_with(x, KH_GAP_DEPTH);
		return;
	}
	unsigned id = x->left_out ? 0 : id_of(x, name);
	x->ids[x->depth++] = (uint8_t)id;
	if (x->left_out)
		return;
	if (id == KH_XML_LEFT_OUT)
		x->left_out = x->depth;
	else
		x->format->on_start(x->context, id, attributes);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct kh_xml *x = data;
	(void)name;
	if (x->stopped)
		return;
	unsigned id = x->ids[--x->depth];
	if (!x->left_out)
		x->format->on_end(x->context, id);
	else if (x->depth < x->left_out)
		x->left_out = 0;
	if (++x->ended % 64 == 0 && kh_reading_over(x->r))
		stop(x);
}

static void XMLCALL on_text(void *data, const XML_Char *text, int n)
{
	struct kh_xml *x = data;
	if (!x->stopped && !x->left_out)
		x->format->on_text(x->context, text, (size_t)KH_MAX(n, 0));
}

static void XMLCALL on_entity(void *data, const XML_Char *name, int is_parameter, const XML_Char *value, int size, const XML_Char *base, const XML_Char *system, const XML_Char *public,
			      const XML_Char *notation)
{
	(void)name, (void)is_parameter, (void)value, (void)size, (void)base, (void)system, (void)public, (void)notation;
	struct kh_xml *x = data;
	if (!x->stopped)
		stop_with(x, KH_GAP_DAMAGED);
}

/* ---- reading ---- */

void kh_xml_read(struct kh_reading *r, const char *name, const struct kh_xml_format *f, void *context, struct kh_xml **ret_parser, const uint8_t *bytes, size_t n)
{
	struct kh_xml x = {.r = r, .name = name, .format = f, .context = context, .parser = XML_ParserCreate(NULL)};
	kh_assert(x.parser);
	kh_names_init(&x.names, f->names, sizeof *f->names, f->n);
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_start, on_end);
	XML_SetCharacterDataHandler(x.parser, on_text);
	XML_SetEntityDeclHandler(x.parser, on_entity);
	if (ret_parser)
		*ret_parser = &x;
	bool whole = XML_Parse(x.parser, (const char *)bytes, (int)KH_MIN(n, (size_t)INT32_MAX), XML_TRUE) != XML_STATUS_ERROR;
	if (!whole && !x.stopped)
		kh_reading_gap(r, KH_GAP_DAMAGED, name);
	if (ret_parser)
		*ret_parser = NULL;
	XML_ParserFree(x.parser);
}

void kh_xml_leave_out(struct kh_xml *x)
{
	x->left_out = x->depth;
}

size_t kh_xml_at(const struct kh_xml *x)
{
	return (size_t)KH_MAX(XML_GetCurrentByteIndex(x->parser), 0);
}

const char *kh_xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (kh_streq(without_prefix(attributes[0]), name))
			return attributes[1];
	return NULL;
}

void kh_xml_no_end(void *context, unsigned id)
{
	(void)context;
	(void)id;
}

void kh_xml_no_text(void *context, const char *text, size_t n)
{
	(void)context;
	(void)text;
	(void)n;
}
