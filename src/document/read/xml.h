/* XML of documents, by expat, as events with small numbers for the names that a reader knows, whatever prefix they have. Entities cannot be declared, so nothing can be expanded;
 * depth is bounded by KH_XML_MAX_DEPTH. What is told as a gap ends the reading; what came before stands. */
#pragma once

#include "document/read/names.h"
#include "document/read/reading.h"

#define KH_XML_MAX_DEPTH 1000 /* elements inside each other; a table in a table in a text box has some sixty */

struct kh_xml_name {
	const char *name; /* without a prefix */
	uint8_t id;       /* not 0, which all others get; 255: left out, with everything inside */
};
#define KH_XML_LEFT_OUT 255

struct kh_xml_format {
	const struct kh_xml_name *names; /* at most KH_NAMES_MAX */
	size_t n;
	void (*on_start)(void *context, unsigned id, const char **attributes); /* names and values by turns, then NULL */
	void (*on_end)(void *context, unsigned id);
	void (*on_text)(void *context, const char *text, size_t n);
};

struct kh_xml;

/* `name`: of the part in its package, for gaps; NULL: the document itself. *ret_parser may be NULL; else it is where the functions find the parser while they are called. */
void kh_xml_read(struct kh_reading *r, const char *name, const struct kh_xml_format *f, void *context, struct kh_xml **ret_parser, const uint8_t *bytes, size_t n);

/* ---- for the functions ---- */

void kh_xml_leave_out(struct kh_xml *x); /* in on_start: this element, with everything inside; its end is not told */
size_t kh_xml_at(const struct kh_xml *x); /* where in the bytes the event stands */

/* An attribute by its name without a prefix; NULL: there is none. */
const char *kh_xml_attribute(const char **attributes, const char *name);

/* For formats that have no use for ends, or for text. */
void kh_xml_no_end(void *context, unsigned id);
void kh_xml_no_text(void *context, const char *text, size_t n);
